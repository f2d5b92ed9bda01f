"""What the policy's samples come to: what a design promises holds under the rule that it was drawn for."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from gate.cli.main import run
from gate.evidence.model import CellVerdict
from gate.judge.evidence import gather
from gate.judge.trust import NO_TREE
from gate.policy.load import load_policy
from gate.report.basis import sample_line
from tests.evidence.small_sweep import CORPUS, MANIFEST, rows


@pytest.fixture(scope="module")
def screened(tmp_path_factory):
    """A sample of nine sources, drawn by `screen:1` for structural from 7/9."""
    return drawn(tmp_path_factory.mktemp("screened"), rows(), "screen:1")


def drawn(folder, found, design):
    """A sample of these rows. Seed 1 tries clip8 first, and clip4 next."""
    sweep, out = folder / "small.jsonl", folder / "small.parquet"
    sweep.write_text("".join(json.dumps(row) + "\n" for row in found))
    (folder / "small.jsonl.manifest.yaml").write_text(MANIFEST.format(corpus=", ".join(CORPUS)))
    assert run(["sample", "build", str(sweep), "-o", str(out), "--design", design, "--seed", "1"]) == 0
    return out


def gathered(sample, policy="{}"):
    policy = load_policy(policy.encode(), "p.yml").policy
    return gather(policy, NO_TREE, sample, pinned=False, as_of=dt.date(2026, 6, 1))


def only_on(source, recipe, q=None):
    """The small sweep, less the recipe (at `q`, else everywhere) on all other sources."""
    return [
        row for row in rows() if row["recipe"] != recipe or row["source"] == source or (q is not None and row["q"] != q)
    ]


@pytest.mark.parametrize("design", ["exact", "screen:1", "screen:2"])
@pytest.mark.parametrize("source", ["clip4", "clip2"])
def test_a_cell_that_the_screen_could_not_try_is_left_open_and_never_lost(tmp_path, design, source):
    found = gathered(drawn(tmp_path, only_on(source, "temporal_aq", "8"), design))
    cells = {key.q: cell for key, cell in found.by_codec["h264_nvenc"].cells.items() if key.recipe == "temporal_aq"}
    assert {q: cell.verdict for q, cell in cells.items()} == {
        "2": CellVerdict.CLEARED,
        "4": CellVerdict.CLEARED,
        "8": CellVerdict.UNDETERMINED,
    }
    assert [cell.screened for cell in cells.values()] == [design != "exact"] * 2 + [False]


@pytest.mark.parametrize("design", ["exact", "screen:1", "screen:2"])
def test_a_cell_that_was_not_screened_is_not_cleared_by_other_tolerances(tmp_path, design):
    """It hits on its one source by the rule that the sample was drawn for, and holds there by the policy's."""
    found = gathered(drawn(tmp_path, only_on("clip4", "bf4"), design), "tolerances: {bitrate_pct: 5, vmaf: 0.2}")
    cells = [cell for key, cell in found.by_codec["h264_nvenc"].cells.items() if key.recipe == "bf4"]
    assert [(cell.verdict, cell.screened, cell.holds) for cell in cells] == [(CellVerdict.UNDETERMINED, False, 1)] * 3


@pytest.mark.parametrize(
    ("structural", "bound", "verdict"),
    [
        ("7/9", 2 / 9, CellVerdict.CLEARED),
        ("8", 1 / 9, CellVerdict.CLEARED),
        ("6", 0.0, CellVerdict.UNDETERMINED),  # C(3, 1) / C(9, 1): more than the manifest states
        ("2/9", 0.0, CellVerdict.UNDETERMINED),
    ],
)
def test_a_screen_clears_nothing_where_it_would_miss_more_than_its_manifest_states(
    screened, structural, bound, verdict
):
    policy = load_policy(f"structural: {structural}".encode(), "p.yml").policy
    found = gather(policy, NO_TREE, screened, pinned=False, as_of=dt.date(2026, 6, 1))
    (info,) = found.samples
    assert info.miss_bound == pytest.approx(bound)
    cells = [cell for key, cell in found.by_codec["h264_nvenc"].cells.items() if key.recipe == "temporal_aq"]
    assert {cell.verdict for cell in cells} == {verdict}
    assert {cell.screened for cell in cells} == {verdict is CellVerdict.CLEARED}


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
    found = gather(policy, NO_TREE, screened, pinned=False, as_of=dt.date(2026, 6, 1))
    assert [said in notice for notice in found.shown([])[1]] == ([True] if said else [])
    assert [f"({info.drawn_otherwise})" for info in found.samples] == [said or "()"]


@pytest.mark.parametrize(
    ("policy", "exact", "screen"),
    [
        ("{}", "exact: no structural cell missed; ", "screen:1: misses a structural cell with p ≤ 22.2%; "),
        (
            "detector: interpolated",
            "exact: drawn for another rule (detector interpolated), may leave structural cells open; ",
            "screen:1: misses a structural cell with p ≤ 22.2%; drawn for another rule (detector interpolated), ",
        ),
        (
            "structural: 5/9",
            "exact: drawn for another rule (structural from 5/9), may leave structural cells open; ",
            "screen:1: drawn for another rule (structural from 5/9), may leave structural cells open; ",
        ),
    ],
)
def test_the_line_of_a_sample_promises_nothing_for_a_rule_that_it_was_not_drawn_for(
    tmp_path, screened, policy, exact, screen
):
    for sample, said in ((drawn(tmp_path, rows(), "exact"), exact), (screened, screen)):
        (info,) = gathered(sample, policy).samples
        assert said in sample_line(info)
        assert ("no structural cell missed" in sample_line(info)) == ("no structural cell missed" in said)
