"""Three real changes: what changed, where, how bad at worst and typically, how sure, what to do, on the first screen."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from fixtures.pages import BLOCKS, blocks

GOLDEN = Path(__file__).parents[1] / "report/golden"
LOSS = r"Δ worst −[\d.]+, median −[\d.]+; [\d–]+ of 9 clips, \d+ of 36 settings"
QUESTIONS = {  # what changed, where, how bad, how sure, what to do
    "cavlc": (r"knob added: (\(none\)|nothing) → coder=0", r"codec_adapters/x264\.py:20", LOSS, r"measured, natural, 9 clips of 480×270", r"Take coder=0 back"),
    "bf3": (r"knob added: (\(none\)|nothing) → bf=3", r"codec_adapters/h264_nvenc\.py:\d+", LOSS, r"RECONSTRUCTED, natural, 9 clips", r"Take bf=3 back"),
    "unmeasured": (r"knob added: (\(none\)|nothing) → aq-mode=3", r"codec_adapters/libaom\.py:32", r"NOT JUDGED", r"no sample covers libaom-av1", r"Measure aq-mode=3"),
}  # fmt: skip


def _equals_golden(name, rendered):
    if os.environ.get("GOLDEN") == "write":
        (GOLDEN / name).write_text(rendered)
    assert rendered == (GOLDEN / name).read_text()


@pytest.mark.parametrize("name", BLOCKS)
def test_a_change_is_understood_from_its_first_screen(name, gate, tmp_path, monkeypatch):
    top = blocks(tmp_path, name)
    assert gate("check", "--repo", top, "--format", "markdown").status == (name != "unmeasured")
    markdown = gate("check", "--repo", top, "--format", "markdown").out
    monkeypatch.undo()
    monkeypatch.setattr("gate.cli.check.width", lambda: 80)
    text = gate("check", "--repo", top).out
    first = "\n".join(text.partition("\n\npolicy ")[0].split("\n")[:12]) + "\n"
    folded = markdown.partition("<details>")[0]
    assert max(map(len, first.splitlines())) <= 80
    plain = re.sub(r"[\\`*]", "", folded)
    for question in QUESTIONS[name]:
        assert re.search(question, first), question
        assert re.search(question, plain.replace("knob added\n\n", "knob added: ")), question
    _equals_golden(f"first-{name}.txt", first)
    _equals_golden(f"first-{name}.md", folded)


def test_a_change_has_its_losses_in_json_too(gate, tmp_path):
    top = blocks(tmp_path, "cavlc")
    (change,) = json.loads(gate("check", "--repo", top, "--format", "json").out)["changes"]
    said = gate("check", "--repo", top).out
    assert [loss["method"] for loss in change["losses"]] == ["pooled", "nearest", "interpolated"]
    for loss in change["losses"]:
        figures = f"Δ worst −{-loss['worst_delta']:.2f}, median −{-loss['median_delta']:.2f}"
        clips = dict.fromkeys((str(loss["fewest_hits"]), str(loss["most_hits"])))
        assert f"{figures}; {'–'.join(clips)} of {loss['sources']} clips, {loss['structural']} of" in said
