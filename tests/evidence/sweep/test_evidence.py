"""A sweep as the gate asks for it."""

from __future__ import annotations

import pytest

from gate.errors import SampleError
from gate.evidence.model import Basis, CellKey, CellVerdict
from gate.evidence.sweep.codecs import Rule, codec_evidence
from gate.evidence.sweep.columns import Sweep
from gate.evidence.sweep.exact import sweep_of
from gate.evidence.sweep.nearest import Baseline

SOURCES = ("a", "b", "c")
RECIPES = {"h264_nvenc": {"bf3": (("bf", "3"),), "unused": (("bf", "4"),)}, "av1_qsv": {"full": (("rdo", "1"),)}}
MODES = {"h264_nvenc": {"vbr": frozenset({"vbr-cq", "vbr"}), "cqp": frozenset({"cqp"})}}


def sweep(*rows: tuple[str, str, str, str, str, str, float, float, str]) -> Sweep:
    keys = ("source", "codec", "rc_mode", "recipe", "preset", "q", "bitrate_kbps", "vmaf_score", "basis")
    return sweep_of(
        (number, {**dict(zip(keys, row, strict=True)), "encode_time_ms": 1}) for number, row in enumerate(rows)
    )


SWEEP = sweep(
    *((source, "h264_nvenc", "vbr", "bare", "p7", "2", 100.0, 90.0, "measured") for source in "ab"),
    *((source, "h264_nvenc", "vbr", "bf3", "p1", "2", 100.0, 80.0, "measured") for source in "ab"),
    ("a", "h264_nvenc", "cqp", "bf3", "p1", "18", 100.0, 80.0, "filler"),
    ("a", "av1_qsv", "icq", "bare", "slow", "25", 100.0, 90.0, "measured"),
)


def test_evidence() -> None:
    found = codec_evidence(
        SWEEP, sample="sha", sources=SOURCES, recipes=RECIPES, rc_modes=MODES, rule=Rule(structural=2, min_sources=3)
    )
    assert list(found) == ["h264_nvenc", "av1_qsv"]
    nvenc, qsv = found.values()
    assert (nvenc.codec, nvenc.sample, nvenc.sources, nvenc.threshold) == ("h264_nvenc", "sha", SOURCES, 2)
    assert nvenc.presets == ("p7", "p1")
    assert nvenc.qualities == {"vbr": ("2",), "cqp": ("18",)}
    assert nvenc.rc_modes == MODES["h264_nvenc"]
    assert nvenc.recipes == {"bare": (), "bf3": (("bf", "3"),)}
    assert [(key.rc_mode, cell.verdict, cell.basis, cell.hits, cell.unknown) for key, cell in nvenc.cells.items()] == [
        ("vbr", CellVerdict.STRUCTURAL, Basis.MEASURED, 2, 1),
        ("cqp", CellVerdict.UNMEASURED, Basis.FILLER, 0, 3),
    ]
    assert qsv.cells == {}
    assert qsv.rc_modes == {"icq": frozenset()}


def test_the_rule_is_obeyed() -> None:
    rule = Rule(structural=2, min_sources=3, baseline=Baseline.SAME_PRESET)
    found = codec_evidence(SWEEP, sample="sha", sources=SOURCES, recipes=RECIPES, rc_modes=MODES, rule=rule)
    cell = found["h264_nvenc"].cells[CellKey(codec="h264_nvenc", rc_mode="vbr", recipe="bf3", preset="p1", q="2")]
    assert (cell.verdict, cell.unknown) == (CellVerdict.UNDETERMINED, 3)


def test_a_recipe_without_knobs_is_refused() -> None:
    with pytest.raises(SampleError, match="no knobs for recipe 'bf3' of h264_nvenc"):
        codec_evidence(SWEEP, sample="sha", sources=None, recipes={}, rc_modes={}, rule=Rule())
