"""Every detector beside its rule of design 3 written out plainly, the three-valued logic, and the signed mismatch."""

from __future__ import annotations

import math
from collections import defaultdict
from statistics import fmean

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.interpolate import PchipInterpolator

from gate.evidence.model import CellVerdict, Detector
from gate.evidence.sweep.cells import COUNTED, Kept, Rule, find_cells, judge
from gate.evidence.sweep.columns import Bytes
from gate.evidence.sweep.detector import ABSENT, ABSTAINS, HIT, HOLD, combine, mismatch_pct
from gate.evidence.sweep.exact import sweep_of
from gate.evidence.sweep.nearest import Baseline, Tolerances, detect

# nearest, interpolated: both, filled
TABLE = {
    (ABSENT, ABSENT): (ABSENT, ABSENT),
    (ABSTAINS, ABSTAINS): (ABSTAINS, ABSTAINS),
    (ABSTAINS, HOLD): (HOLD, HOLD),
    (ABSTAINS, HIT): (ABSTAINS, HIT),
    (HOLD, ABSTAINS): (HOLD, HOLD),
    (HOLD, HOLD): (HOLD, HOLD),
    (HOLD, HIT): (HOLD, HOLD),
    (HIT, ABSTAINS): (ABSTAINS, HIT),
    (HIT, HOLD): (HOLD, HIT),
    (HIT, HIT): (HIT, HIT),
}


def column(codes: list[int]) -> Bytes:
    """Cells of one source: shape (C, 1)."""
    return np.array(codes, np.int8)[:, None]


@pytest.mark.parametrize(
    ("detector", "expected"),
    [
        (Detector.NEAREST, [nearest for nearest, _ in TABLE]),
        (Detector.INTERPOLATED, [interpolated for _, interpolated in TABLE]),
        (Detector.BOTH, [both for both, _ in TABLE.values()]),
        (Detector.FILLED, [filled for _, filled in TABLE.values()]),
    ],
)
def test_combine(detector: Detector, expected: list[int]) -> None:
    nearest, interpolated = zip(*TABLE, strict=True)
    found = combine(column(list(nearest)), column(list(interpolated)), detector)
    assert found.dtype == np.int8
    assert found[:, 0].tolist() == expected


Encode = tuple[str, str, str, str, float, float]  # source, recipe, preset, q, kbit/s, VMAF
SOURCES = ("a", "b", "c", "d", "e")


def sweep(encodes):
    keys = ("source", "recipe", "preset", "q", "bitrate_kbps", "vmaf_score")
    fixed = {"codec": "x", "rc_mode": "crf", "encode_time_ms": 1.0}
    return sweep_of((n, fixed | dict(zip(keys, row, strict=True))) for n, row in enumerate(encodes))


def plain_nearest(encodes, row, baseline):
    source, _, preset, _, bitrate, vmaf = row
    near = [
        (abs(b[4] - bitrate), index)
        for index, b in enumerate(encodes)
        if b[0] == source and b[1] == "bare" and abs(b[4] - bitrate) <= 5.0 / 100.0 * bitrate
        and (baseline is Baseline.ANY or b[2] == preset)
    ]  # fmt: skip
    return vmaf - encodes[min(near)[1]][5] if near else None


def plain_interpolated(encodes, row):
    rungs = defaultdict(list)
    for b in encodes:
        if (b[0], b[1], b[2]) == (row[0], "bare", row[2]):
            rungs[b[3]].append(b[4:])
    ladder = dict(sorted((fmean(rate for rate, _ in of), fmean(vmaf for _, vmaf in of)) for of in rungs.values()))
    if len(ladder) < 3 or len(ladder) < len(rungs) or not min(ladder) <= row[4] <= max(ladder):
        return None
    return row[5] - float(PchipInterpolator(np.log(list(ladder)), list(ladder.values()))(math.log(row[4])))


def plain_mean(deltas):
    """Of a source's repeats, or of a ladder's q: None unless at least half speak."""
    known = [delta for delta in deltas if delta is not None]
    return fmean(known) if known and 2 * len(known) >= len(deltas) else None


def plain(encodes, detector, baseline):
    """(recipe, preset, q) -> source -> Δ that decides, None where the detector abstains or there is no row."""
    repeats = defaultdict(list)
    for row in encodes:
        if row[1] != "bare":
            repeats[row[1:4], row[0]].append(row)
    cells = {cell for cell, _ in repeats}
    deltas = {
        name: {key: plain_mean([one(row) for row in rows]) for key, rows in repeats.items()}
        for name, one in (
            ("nearest", lambda row: plain_nearest(encodes, row, baseline)),
            ("interpolated", lambda row: plain_interpolated(encodes, row)),
        )
    }
    pooled = {
        (ladder, source): plain_mean([deltas["interpolated"].get((c, source)) for c in cells if c[:2] == ladder])
        for ladder in {cell[:2] for cell in cells}
        for source in SOURCES
    }
    found: dict[object, dict[str, float | None]] = {}
    for cell in cells:
        found[cell] = {}
        for source in SOURCES:
            first, second = (deltas[name].get((cell, source)) for name in ("nearest", "interpolated"))
            found[cell][source] = {
                Detector.NEAREST: first,
                Detector.INTERPOLATED: second,
                Detector.FILLED: second if first is None else first,
                Detector.POOLED: pooled[cell[:2], source],
                Detector.BOTH: plain_both(first, second),
            }[detector]
    return found


def plain_both(first, second):
    """Some Δ that both call a hit, or one of them a hold."""
    held = [delta for delta in (first, second) if delta is not None and delta >= -0.1]
    return held[0] if held else None if None in (first, second) else first


rows_ = st.lists(
    st.tuples(
        st.sampled_from(SOURCES[:4]),
        st.sampled_from(["bare", "bare", "r", "s"]),
        st.sampled_from(["p", "p", "o"]),
        st.sampled_from(["1", "2", "3", "4"]),
        st.sampled_from([100.0, 103.0, 106.0, 150.0, 153.0, 230.0, 400.0]),
        st.sampled_from([90.0, 89.95, 89.0, 91.3, 88.2]),
    ),
    min_size=6,
    max_size=70,
)


@given(rows_, st.sampled_from(Detector), st.sampled_from(Baseline))
def test_every_detector_equals_its_plain_rule(encodes, detector, baseline) -> None:
    assume(any(row[1] != "bare" for row in encodes))
    found = judge(sweep(encodes), Rule(detector=detector, baseline=baseline), sources=SOURCES)
    grid, states = found.grid, found.decided
    expected = plain(encodes, detector, baseline)
    for cell, first in enumerate(grid.groups.first.tolist()):
        key = (grid.sweep.recipe.of(first), grid.sweep.preset.of(first), grid.sweep.q.of(first))
        for at, source in enumerate(SOURCES):
            delta, state = expected[key][source], int(states.of[cell, at])
            assert (state < HOLD) == (delta is None)
            if delta is not None and abs(delta + 0.1) > 1e-9:
                assert (state == HIT) == (delta < -0.1)
                if detector is not Detector.BOTH:
                    assert float(states.delta[cell, at]) == pytest.approx(delta)


LADDER = [(source, "bare", "p", str(q), 100.0 * 2**q, 80.0 + 4 * q) for source in SOURCES for q in range(4)]


def candidates(*deltas, sources=SOURCES):
    """A recipe on the very bitrates of the ladder, so much above it at each q; None: no row."""
    return [
        (source, "r", "p", str(q), 100.0 * 2**q, 80.0 + 4 * q + delta)
        for source in sources
        for q, delta in enumerate(deltas)
        if delta is not None
    ]


def verdicts(encodes, detector, **more):
    cells = find_cells(sweep(encodes), Rule(detector=detector), sources=SOURCES, **more)
    return [COUNTED[code] for code in cells.verdict.tolist()]


def test_a_ladder_is_judged_as_one_by_pooled_alone() -> None:
    encodes = LADDER + candidates(-0.3, 0.05, 0.05, 0.05)
    assert verdicts(encodes, Detector.POOLED) == [CellVerdict.CLEAN] * 4
    assert verdicts(encodes, Detector.INTERPOLATED) == [CellVerdict.STRUCTURAL] + [CellVerdict.CLEAN] * 3
    assert verdicts(LADDER + candidates(-0.5, 0.0, 0.0, 0.05), Detector.POOLED) == [CellVerdict.STRUCTURAL] * 4


@pytest.mark.parametrize(
    ("deltas", "kept", "verdict"),
    [
        ((-1, -1, None, None), Kept(), CellVerdict.STRUCTURAL),  # half of four q's
        ((-1, None, None, None), Kept(), CellVerdict.UNDETERMINED),
        ((-1, -1, None, None), Kept(thinned=True, ladders=False), CellVerdict.UNDETERMINED),  # kept for what they said
        ((-1, -1, None, None), Kept(thinned=True, ladders=True), CellVerdict.STRUCTURAL),
    ],
)
def test_how_much_of_a_ladder_pooled_needs(deltas, kept, verdict) -> None:
    whole = candidates(0, 0, 0, 0, sources=SOURCES[:1])
    found = verdicts(LADDER + whole + candidates(*deltas, sources=SOURCES[1:]), Detector.POOLED, kept=kept)
    assert found == [verdict] * 4


def test_equal_repeats_are_no_deeper_than_one() -> None:
    """Three times −0.1, which isn't below −0.1, must not come to a mean that is."""
    one = [("a", "bare", "p", "1", 100.0, 0.3), ("a", "r", "p", "1", 100.0, 0.2)]
    assert detect(sweep(one), Tolerances()).regression.tolist() == [False, False]
    for repeats in range(1, 8):
        cells = find_cells(sweep(one + one[1:] * repeats), sources=("a",))
        assert cells.hits.tolist() == [0]


def test_mismatch_is_positive_where_the_reference_has_more_bits() -> None:
    rows = [("bare", 1000.0), ("bf3", 1025.0), ("bf3", 960.0), ("bf3", 500.0)]
    found = sweep([("a", recipe, "p4", "2", bitrate, 90.0) for recipe, bitrate in rows])
    off = mismatch_pct(found, detect(found, Tolerances()))
    assert off[1:3].tolist() == pytest.approx([-100.0 * 25 / 1025, 100.0 * 40 / 960])
    assert np.isnan(off[[0, 3]]).all()
