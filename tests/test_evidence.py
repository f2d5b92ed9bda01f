"""What the policy's samples come to: what a design promises holds under the rule that it was drawn for."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from gate.evidence import gather
from gate.model import CellVerdict
from gate.policy.load import load_policy
from gate.samples import Wanted, build
from tests.small_sweep import CORPUS, MANIFEST, rows
from tests.test_judging import NoTree


@pytest.fixture(scope="module")
def screened(tmp_path_factory):
    """A sample of nine sources, drawn by `screen:1` for structural from 7/9."""
    folder = tmp_path_factory.mktemp("screened")
    sweep, out = folder / "small.jsonl", folder / "small.parquet"
    sweep.write_text("".join(json.dumps(row) + "\n" for row in rows()))
    (folder / "small.jsonl.manifest.yaml").write_text(MANIFEST.format(corpus=", ".join(CORPUS)))
    build(
        Wanted(sweeps=(sweep,), output=out, manifest=None, design="screen:1", seed=1, structural="7/9", mixed=False),
        lambda stage: None,
    )
    return out


@pytest.mark.parametrize(
    ("structural", "bound", "verdict"),
    [
        ("7/9", 2 / 9, CellVerdict.CLEAN),
        ("8", 1 / 9, CellVerdict.CLEAN),
        ("6", 0.0, CellVerdict.UNDETERMINED),  # C(3, 1) / C(9, 1): more than the manifest states
        ("2/9", 0.0, CellVerdict.UNDETERMINED),
    ],
)
def test_a_screen_clears_nothing_where_it_would_miss_more_than_its_manifest_states(
    screened, structural, bound, verdict
):
    policy = load_policy(f"structural: {structural}".encode(), "p.yml").policy
    found = gather(policy, NoTree(), screened, pinned=False, as_of=dt.date(2026, 6, 1))
    (info,) = found.samples
    assert info.miss_bound == pytest.approx(bound)
    cells = [cell for key, cell in found.by_codec["h264_nvenc"].cells.items() if key.recipe == "temporal_aq"]
    assert {cell.verdict for cell in cells} == {verdict}
    assert {cell.screened for cell in cells} == {verdict is CellVerdict.CLEAN}


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        ("{}", ""),
        ("structural: 8", ""),  # what rules out seven rules out eight
        ("{tolerances: {bitrate_pct: 5, vmaf: 0.1}, detector: nearest, baseline: any}", ""),
        ("structural: 5/9", "(structural from 5/9)"),
        ("{detector: interpolated, baseline: same-preset}", "(detector interpolated, baseline same-preset)"),
        ("tolerances: {bitrate_pct: 4, vmaf: 0.2}", "(bitrate tolerance 4 %, VMAF tolerance 0.2)"),
    ],
)
def test_a_rule_that_the_sample_was_not_drawn_for_is_told(screened, policy, said):
    policy = load_policy(policy.encode(), "p.yml").policy
    notices = gather(policy, NoTree(), screened, pinned=False, as_of=dt.date(2026, 6, 1)).notices
    assert [said in notice for notice in notices] == ([True] if said else [])
