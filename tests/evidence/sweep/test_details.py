"""The evidence behind a cell, and which witness decides it, on sweeps small enough to reckon by hand."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.evidence.model import CellKey, CellVerdict, Detector, SourceState, disagree
from gate.evidence.sweep.cells import ALL, Kept
from gate.evidence.sweep.codecs import Rule, codec_evidence
from gate.evidence.sweep.columns import Sweep
from gate.evidence.sweep.exact import sweep_of
from gate.evidence.sweep.nearest import Tolerances, detect

KEYS = ("source", "codec", "rc_mode", "recipe", "preset", "q", "bitrate_kbps", "vmaf_score", "basis")
CELL = CellKey(codec="x", rc_mode="crf", recipe="r", preset="p", q="1")
SOURCES = ("a", "b", "c")
RUNGS = ((1000.0, 90.0), (1100.0, 91.0), (1200.0, 92.0), (1300.0, 93.0))


def sweep(candidates: dict[str, list[tuple[float, float]]], rungs=RUNGS, presets=("p",)) -> Sweep:
    """Bare ladders of every preset on three sources, and candidates `source -> [(bitrate, VMAF)]` at (p, q=1)."""
    rows = [
        (source, "x", "crf", "bare", preset, str(20 + at), bitrate, vmaf, "measured")
        for source in SOURCES
        for preset in presets
        for at, (bitrate, vmaf) in enumerate(rungs)
    ]
    rows += [
        (source, "x", "crf", "r", "p", "1", bitrate, vmaf, "measured")
        for source, found in candidates.items()
        for bitrate, vmaf in found
    ]
    return sweep_of(
        (number, {**dict(zip(KEYS, row, strict=True)), "encode_time_ms": 1}) for number, row in enumerate(rows)
    )


def evidence(found: Sweep, detector: Detector = Detector.NEAREST, kept: Kept = ALL):
    return codec_evidence(
        found,
        sample="s",
        sources=SOURCES,
        recipes={"x": {"r": (("k", "1"),)}},
        rc_modes={},
        rule=Rule(detector=detector, structural=2, min_sources=3),
        kept=kept,
    )["x"]


# The nearest bare row has 4 % more bits and so about 0.4 more VMAF: a loss by the published rule, none at equal bitrate.
SAVES_BITS = (1056.0, 90.6)  # nearest 1100 (91.0): −0.4; the ladder has about 90.56 at 1056
HIDES_A_LOSS = (1145.0, 91.3)  # nearest 1100 (91.0): +0.3; the ladder has about 91.46 at 1145: −0.16
LOSES = (1100.0, 90.0)
HOLDS = (1100.0, 91.0)
OUT_OF_RANGE = (970.0, 89.9)  # nearest 1000 (90.0): −0.1, which isn't below; no ladder there
TOO_FAR = (2000.0, 95.0)  # nothing within 5 %, and above the ladder


@pytest.mark.parametrize(
    ("candidate", "published", "interpolated", "both", "filled"),
    [
        (SAVES_BITS, "hit", "holds", "holds", "hit"),
        (HIDES_A_LOSS, "holds", "hit", "holds", "holds"),
        (LOSES, "hit", "hit", "hit", "hit"),
        (HOLDS, "holds", "holds", "holds", "holds"),
        (OUT_OF_RANGE, "holds", "abstains", "holds", "holds"),
        (TOO_FAR, "abstains", "abstains", "abstains", "abstains"),
    ],
)
def test_what_each_detector_makes_of_a_source(candidate, published, interpolated, both, filled) -> None:
    rows = sweep({"a": [candidate], "b": [HOLDS]})
    expected = {
        Detector.NEAREST: published,
        Detector.INTERPOLATED: interpolated,
        Detector.BOTH: both,
        Detector.FILLED: filled,
    }
    for detector, state in expected.items():
        first, second, third = evidence(rows, detector).details.of([CELL])[0].sources
        assert (first.state, first.nearest, first.interpolated) == (state, published, interpolated)
        assert second.state is SourceState.HOLDS
        assert third.state is SourceState.ABSENT


@pytest.mark.parametrize(
    ("detector", "verdict", "hits"),
    [
        (Detector.NEAREST, CellVerdict.STRUCTURAL, 3),
        (Detector.INTERPOLATED, CellVerdict.CLEAN, 0),
        (Detector.BOTH, CellVerdict.CLEAN, 0),
        (Detector.FILLED, CellVerdict.STRUCTURAL, 3),
        (Detector.POOLED, CellVerdict.CLEAN, 0),
    ],
)
def test_the_policy_says_who_decides_and_both_are_told(detector, verdict, hits) -> None:
    cell = evidence(sweep({source: [SAVES_BITS] for source in SOURCES}), detector).cells[CELL]
    assert (cell.verdict, cell.hits) == (verdict, hits)
    assert (cell.nearest.verdict, cell.interpolated.verdict) == (CellVerdict.STRUCTURAL, CellVerdict.CLEAN)
    assert disagree(cell.nearest, cell.interpolated)


def test_a_source_of_a_detail() -> None:
    source = evidence(sweep({"a": [SAVES_BITS]})).details.of([CELL])[0].sources[0]
    assert (source.bitrate_kbps, source.vmaf, source.repeats) == (1056.0, 90.6, 1)
    assert (source.matched.q, source.matched.bitrate_kbps, source.matched.vmaf) == ("21", 1100.0, 91.0)
    assert source.matched.mismatch_pct == pytest.approx(100 * 44 / 1056)
    assert source.delta == pytest.approx(-0.4)
    assert source.interpolated_vmaf == pytest.approx(90.57, abs=0.02)
    assert source.interpolated_delta == pytest.approx(90.6 - source.interpolated_vmaf)
    assert (source.abstains_because, source.ladder) == ("", ())
    assert (source.bd, source.no_bd_because) == (None, "the recipe has fewer than four points")


def test_why_the_second_witness_abstains_and_what_is_wrong_with_a_ladder() -> None:
    flat = ((1000.0, 99.5), (1100.0, 99.4), (1200.0, 99.6))
    source = evidence(sweep({"a": [(970.0, 99.0)]}, rungs=flat)).details.of([CELL])[0].sources[0]
    assert source.abstains_because == "its bitrate is below the bare ladder's"
    assert source.ladder == ("saturated", "not monotone")
    few = evidence(sweep({"a": [(1050.0, 89.0)]}, rungs=RUNGS[:2])).details.of([CELL])[0].sources[0]
    assert few.abstains_because == "fewer than three bare rungs of this preset"


def test_of_several_repeats_their_mean_decides_and_the_nearest_to_it_is_shown() -> None:
    rows = sweep({"a": [HOLDS, (1100.0, 89.0), (1100.0, 89.5)]})
    source = evidence(rows).details.of([CELL])[0].sources[0]
    assert (source.repeats, source.vmaf, source.delta) == (3, 89.5, pytest.approx(-3.5 / 3))
    assert source.interpolated_delta == pytest.approx(-3.5 / 3)


def test_statistics_are_given_only_of_sources_that_no_outcome_picked() -> None:
    rows = sweep({"a": [LOSES], "b": [LOSES]})
    for kept, picked in ((Kept(), False), (Kept(thinned=True), True)):
        shown = evidence(rows, kept=kept).details.of([CELL])[0].statistics
        assert (shown.picked, shown.sources, shown.median_delta is None) == (picked, 0 if picked else 2, picked)
    whole = evidence(sweep({source: [LOSES] for source in SOURCES}), kept=Kept(thinned=True))
    assert whole.details.of([CELL])[0].statistics.median_delta == pytest.approx(-1.0)


def test_statistics_and_fragility() -> None:
    just_over, just_under = (1100.0, 90.89), (1100.0, 90.91)
    shown = evidence(sweep({"a": [just_over], "b": [just_over], "c": [just_under]})).details.of([CELL])[0].statistics
    assert (shown.sources, shown.median_delta) == (3, pytest.approx(-0.11))
    assert shown.sign_test_p == 0.25
    assert shown.floor_assumed
    assert (shown.fragile, shown.flips, shown.within_floor) == (True, 1, ("a", "b", "c"))
    sure = evidence(sweep({source: [LOSES] for source in SOURCES})).details.of([CELL])[0].statistics
    assert (sure.fragile, sure.flips, sure.within_floor) == (False, None, ())


@pytest.mark.parametrize(
    ("detector", "within", "flips"),
    [
        (Detector.NEAREST, (), None),
        (Detector.INTERPOLATED, ("a", "b", "c"), 2),
        (Detector.BOTH, ("a", "b", "c"), 2),  # the published Δ is sure, the other isn't
        (Detector.FILLED, (), None),
        (Detector.POOLED, ("a", "b", "c"), 2),
    ],
)
def test_fragility_heeds_both_witnesses_where_both_are_heard(detector, within, flips) -> None:
    """Near −0.1 by the ladder, far below by the nearest bare row, which has 4 % more bits."""
    barely = 90.6 - (evidence(sweep({"a": [SAVES_BITS]})).details.of([CELL])[0].sources[0].interpolated_delta + 0.105)
    shown = evidence(sweep({source: [(1056.0, barely)] for source in SOURCES}), detector).details.of([CELL])[0]
    assert shown.sources[0].interpolated_delta == pytest.approx(-0.105)
    assert (shown.statistics.within_floor, shown.statistics.flips) == (within, flips)


def test_the_planes_of_a_cell() -> None:
    found = evidence(sweep({"a": [LOSES], "c": [HOLDS]}, presets=("p", "other"))).details.slices([CELL])
    assert [(plane.source, plane.codec, plane.rc_mode, len(plane.rungs)) for plane in found] == [
        ("a", "x", "crf", 9),
        ("b", "x", "crf", 8),
        ("c", "x", "crf", 9),
    ]
    assert [rung.recipe for rung in found[0].rungs].count("r") == 1
    assert not next(rung for rung in found[0].rungs if rung.recipe == "r").on_hull


ROW = st.tuples(st.floats(900, 1400), st.floats(85, 97))


@given(
    st.fixed_dictionaries({source: st.lists(ROW, max_size=3) for source in SOURCES}).filter(lambda d: any(d.values()))
)
def test_a_detail_says_what_the_cell_counts(candidates) -> None:
    rows = sweep(candidates)
    findings = detect(rows, Tolerances())
    for detector in Detector:
        found = evidence(rows, detector)
        cell, shown = found.cells[CELL], found.details.of([CELL])[0]
        states = [source.state for source in shown.sources]
        assert states.count(SourceState.HIT) == cell.hits
        assert states.count(SourceState.HOLDS) == cell.holds
        assert [source.repeats for source in shown.sources] == [len(candidates[source]) for source in SOURCES]
        for name, source in zip(SOURCES, shown.sources, strict=True):
            own = [row for row in range(len(rows)) if rows.source.of(row) == name and not rows.bare[row]]
            deltas = [findings.delta[row] for row in own if not math.isnan(findings.delta[row])]
            spoken = deltas and 2 * len(deltas) >= len(own)
            assert source.delta == (pytest.approx(sum(deltas) / len(deltas)) if spoken else None)
