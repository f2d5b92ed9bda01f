"""Small sweeps whose samples a codec engineer would doubt: what the gate says of each, from sweep to check."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

CLIPS = tuple(f"clip{at}" for at in range(1, 10))
# preset, recipe, knobs, q, kbit/s, VMAF[, stream]
BARE = [
    ("fast", "bare", None, q, kbps, vmaf, q) for q, kbps, vmaf in (("20", 1000, 90), ("24", 700, 86), ("28", 500, 81))
]
SLOW = [
    ("slow", "bare", None, q, kbps, vmaf) for q, kbps, vmaf in (("20", 920, 91.5), ("24", 640, 87.7), ("28", 455, 82.9))
]
ADAPTERS = """adapters:
  - {name: x, encoder: libx264, argv: "-preset fast -crf 20%s", presets: {only: ""}}
"""
POLICY = "version: 1\nadapters:\n  - {paths: [d.yaml], reader: manifest}\n"


def bf8(*rows):
    return [("fast", "bf8", "bf=8", *row) for row in rows]


@pytest.fixture
def checked(work, gate, tmp_path):
    """The check of a default that takes bf=8, by a sample of these rows on these clips."""

    def call(rows, clips=CLIPS, policy="", **built):
        _, sample = sampled(gate, tmp_path, rows, clips, **built)
        work.commit({"d.yaml": ADAPTERS % "", ".github/codec-gate.yml": POLICY + policy})
        work.commit({"d.yaml": ADAPTERS % " -bf 8"})
        return gate("check", "--repo", work.top, "--base", "HEAD~1", "--head", "HEAD", "--sample", sample)

    return call


def sampled(gate, folder, rows, clips, design="exact", provenance="measured", content=None, clip=None):
    sweep, sample = folder / "s.jsonl", folder / "s.parquet"
    keys = ("preset", "recipe", "knob_combo", "q", "bitrate_kbps", "vmaf_score", "bitstream")
    fixed = {"codec": "libx264", "rc_mode": "crf", "encode_time_ms": 1}
    made = [
        {**fixed, "source": name, **{k: v for k, v in zip(keys, row, strict=False) if v is not None}}
        for name in clips
        for row in (rows(name) if callable(rows) else rows)
    ]
    sweep.write_text("".join(json.dumps(row) + "\n" for row in made))
    said = {"provenance": provenance, "rc_modes": {"libx264": {"crf": ["crf"]}}}
    said |= ({"content": content} if content else {}) | ({"clips": clip} if clip else {})
    (folder / "s.jsonl.manifest.json").write_text(json.dumps({"schema": "codec-gate.sweep/1", **said}))
    ended = gate("sample", "build", sweep, "-o", sample, "--design", design)
    assert ended.status == 0, ended.err
    return sweep, sample


def flat(ended):
    return " ".join((ended.out + ended.err).split())


LOSES = bf8(("20", 1003, 89.5), ("24", 703, 85.5))
SCATTER = (89.85, 90.15, 90, 89.95, 90.05)
CASES: dict[str, tuple[Any, Any, int, str, str]] = {
    "one clip is no corpus": (LOSES, {"clips": CLIPS[:1]}, 0, "only one source", "BLOCKED"),
    "nor are four": (LOSES, {"clips": CLIPS[:4]}, 0, "only 4 sources", "BLOCKED"),
    "unless the policy says so": (LOSES, {"clips": CLIPS[:4], "policy": "min_sources: 4\n"}, 1, "BLOCKED", "only 4"),
    "five are": (LOSES, {"clips": CLIPS[:5]}, 1, "BLOCKED", "only 5"),
    "repeats that scatter about no loss": (bf8(*(("20", 1000, v) for v in SCATTER)), {}, 0, "PASSED", "BLOCKED"),
    "repeats that scatter about a loss": (bf8(*(("20", 1000, v - 0.5) for v in SCATTER)), {}, 1, "BLOCKED", "PASSED"),
    "a loss against rows of another preset": (
        [*SLOW, *bf8(("20", 930, 89.19))], {}, 1, "9 of 9 losses are against bare rows of another preset (slow)", "PASSED",
    ),
    "above its own preset's curve": (
        [*SLOW, *bf8(("20", 930, 89.6), ("24", 650, 85.55))], {"policy": "detector: pooled\n"}, 0,
        "structural by nearest (the nearest bare rows, 9/9); pooled decides and says clean (0/9)",
        "BLOCKED",
    ),
    "below its own preset's curve too": (
        [*SLOW, *bf8(("20", 930, 87.7), ("24", 650, 83.6))], {"policy": "detector: pooled\n"}, 1, "BLOCKED", "PASSED",
    ),
    "no bare row within 5 %": (
        bf8(("20", 900, 87), ("24", 610, 82.2)), {}, 0,
        "structural by interpolated (the bare ladder at equal bitrate, 9/9) and pooled (the recipe's ladder over all its q, "
        "9/9); nearest decides and leaves it open (0/9, 9 unknown)", "9/9 agrees",
    ),
    "the very stream": (bf8(("20", 1000, 90, "20"), ("24", 700, 86, "24")), {}, 0, "no effect", "BLOCKED"),
    "another stream": (bf8(("20", 1000, 90, "x"), ("24", 700, 86, "24")), {}, 0, "PASSED", "no effect: every"),
    "generated clips": (
        LOSES, {"content": "synthetic", "clip": {"width": 320, "height": 180, "seconds": 2}}, 1,
        "is SYNTHETIC: 9 generated clips of 320×180, 2 s, not film", "PASSED",
    ),
    "natural clips": (LOSES, {"content": "natural"}, 1, "measured, natural, 9 clips", "SYNTHETIC"),
    "clips of which nobody says anything": (LOSES, {}, 1, "content not stated, 9 clips", "SYNTHETIC"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_a_check_says(checked, name: str):
    rows, given, status, said, never = CASES[name]
    ended = checked([*BARE, *rows], **given)
    assert (ended.status, said in flat(ended), never in flat(ended)) == (status, True, False), flat(ended)


@pytest.mark.parametrize("design", ["full", "exact"])
@pytest.mark.parametrize("provenance", ["measured", "imported"])
def test_a_sample_verifies_against_its_own_sweep_and_no_other(gate, tmp_path, design, provenance):
    sweep, sample = sampled(gate, tmp_path, [*BARE, *LOSES], CLIPS, design=design, provenance=provenance)
    assert gate("sample", "verify", sample, "--against", sweep).status == 0
    other = tmp_path / "other.jsonl"
    other.write_text(sweep.read_text().replace("89.5", "89.4"))
    ended = gate("sample", "verify", sample, "--against", other)
    assert (ended.status, "NOT SOUND" in ended.out) == (1, True)


def some_lose(clip):
    """A recipe that loses on the first six clips."""
    return [
        *BARE,
        *bf8(("20", 1000, 89.4 if clip in CLIPS[:6] else 90.02), ("24", 700, 85.4 if clip in CLIPS[:6] else 86.02)),
    ]


@pytest.mark.parametrize("design", ["full", "exact"])
def test_a_content_dependent_cell_stays_so_and_is_not_just_kept_on_its_own_source(gate, tmp_path, design):
    _, sample = sampled(gate, tmp_path, some_lose, CLIPS, design=design)
    (tmp_path / "r.jsonl").write_text(
        json.dumps(
            {"codec": "libx264", "rc_mode": "crf", "preset": "fast", "q": "24", "recipe": "bf8", "source": "clip1"}
        )
    )
    ended = gate("vet", "r.jsonl", "--sample", sample)
    assert re.search("not judged|dropped|loses? on", flat(ended))
    assert "CONTENT-DEPENDENT" in gate("explain", "libx264", "crf", "bf8", "fast", "24", "--sample", sample).out


def test_statistics_are_not_given_of_sources_that_were_kept_for_what_they_said(gate, tmp_path):
    _, sample = sampled(gate, tmp_path, some_lose, CLIPS)
    told = flat(gate("explain", "libx264", "crf", "bf8", "fast", "24", "--sample", sample))
    assert "none: the design kept these clips for what they said" in told
    assert "median Δ" not in told


def test_a_sample_is_drawn_for_a_policys_rule_or_says_that_it_was_not(gate, tmp_path, checked):
    ended = checked([*BARE, *LOSES], policy="detector: pooled\n")
    assert "was not drawn for this policy's rule" not in flat(ended)  # every row of a structural cell is kept
    folder = tmp_path / "other"
    folder.mkdir()
    sweep, sample = sampled(gate, folder, some_lose, CLIPS)
    (folder / "p.yml").write_text("detector: pooled\nbaseline: same-preset\nstructural: 8\n")
    assert gate("sample", "build", sweep, "-o", sample, "--policy", folder / "p.yml").status == 0
    told = gate("sample", "info", sample).out
    assert "structural from 8/9" in told
    assert "detector pooled, baseline same-preset" in told
    listed = f"samples: [{{path: {sample.name}, sha256: {'a' * 64}, detector: filled}}]\n"
    (folder / "q.yml").write_text(listed)
    gate("sample", "build", sweep, "-o", sample, "--policy", folder / "q.yml")
    assert "detector filled, baseline any" in gate("sample", "info", sample).out


def test_a_sweep_is_analysed_with_what_has_no_effect(gate, tmp_path):
    sweep, _ = sampled(gate, tmp_path, [*BARE, *bf8(("20", 1000, 90, "20"))], CLIPS)
    assert gate("analyze", sweep, "--out", tmp_path / "o").status == 0
    assert "1 no effect" in (tmp_path / "o/summary.md").read_text()
