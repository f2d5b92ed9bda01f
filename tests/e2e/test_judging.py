"""What a check says of a change of defaults: a table of cases, each two commits of a real repository."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

import pytest
import yaml

TABLE = yaml.safe_load(Path(__file__).with_name("judging.yaml").read_text())
POLICY = "adapters: [{paths: d.yaml, reader: manifest}]\n"
# What the software encoders' cases were written for: the rule as published, on generated clips.
GENERATED = Path(__file__).parents[2].joinpath("fixtures/generated/sample.parquet").read_bytes()
SAMPLES = (
    "samples: [{builtin: research-0080}, {path: generated.parquet, detector: nearest, "
    f"sha256: {sha256(GENERATED).hexdigest()}}}]\n"
)


def _commit(case, work, side):
    """One commit of a case: `base`, or `head`."""
    if "before" in case:
        listed = "".join(f"  - {line}\n" for line in case["before" if side == "base" else "after"])
        work.write({"d.yaml": f"adapters:\n{listed}"})
    elif side == "base":
        tree = TABLE["trees"][case["tree"]]
        work.write(
            TABLE["trees"].get(tree.get("like"), {}) | {path: text for path, text in tree.items() if path != "like"}
        )
    for path, old, new in case.get("base_edit" if side == "base" else "edit", ()):
        text = (work.top / path).read_text()
        assert old in text
        work.write({path: text.replace(old, new)})
    work.commit({})


@pytest.mark.parametrize("case", TABLE["cases"], ids=lambda case: case["name"])
def test_a_change_is_judged_for_what_it_is(case, work, gate, tmp_path):
    policy = case.get("policy", POLICY if "before" in case else "version: 1\n")
    work.write({".github/codec-gate.yml": policy + SAMPLES, "generated.parquet": GENERATED})
    _commit(case, work, "base")
    _commit(case, work, "head")
    for path in case.get("work", ()):
        (work.top / path).unlink()
    refs = () if "work" in case else ("--head", "HEAD")
    if "given" in case:
        (tmp_path / "given.yml").write_text(case["given"] + SAMPLES)
        refs += ("--policy", tmp_path / "given.yml")
    form = ("--format", "json") if "counts" in case else ()
    ended = gate("check", "--repo", work.top, "--base", "HEAD~1", "--trust", "HEAD~1", *refs, *form)
    assert ended.status in case["exit"], ended
    said = " ".join((ended.out + ended.err).split())
    assert [words for words in case.get("says", ()) if not re.search(words, said)] == [], said
    assert [words for words in case.get("never", ()) if re.search(words, said)] == [], said
    assert len(ended.out.splitlines()) <= case.get("lines", 1000)
    if "counts" in case:
        assert case["counts"].items() <= ended.report["counts"].items()
