"""The nearest detector, the published rule: the bare row nearest in bitrate, within 5 %; a loss above 0.1 VMAF."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import numpy as np

from gate.evidence.sweep.columns import Codes, Flags, Floats, Ints, Labels, Sweep
from gate.evidence.sweep.groups import bounds, group_by, order_by
from gate.values import dataclass

NO_REFERENCE: Final = -1
_NOBODY: Final = np.iinfo(np.int64).max  # after every row of a file
# A bitrate from half to twice c is subtracted from c without rounding (Sterbenz), so that on one side no two rungs
# within 50 % are equally far. Only beyond that can there be more ties than one rung on each side.
_ROUNDING_PCT: Final = 50.0
_BLOCK: Final = 1 << 13  # candidates at a time, so that what is worked with stays in the processor's cache


class Baseline(StrEnum):
    """Among which bare rows of its slice a candidate's reference is looked for."""

    ANY = "any"  # as published: the reference may have another preset or q
    SAME_PRESET = "same-preset"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerances:
    """How near in bitrate a reference must be, and how much VMAF below it is a regression."""

    bitrate_pct: float = 5.0  # of the candidate's bitrate
    vmaf: float = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What one detector says of each of R rows; every array has shape (R,).

    `reference` is the bare row that a candidate was compared with, or NO_REFERENCE: the detector abstains. `delta` is
    VMAF minus the reference's, NaN where there is none. Bare rows are not candidates and have neither. Another detector
    gives another `Findings` of the same sweep, to be laid beside this one.
    """

    reference: Codes
    delta: Floats
    candidate: Flags
    comparable: Flags
    regression: Flags


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rungs:
    """The bare rows of every group by bitrate, equal bitrates once: the first in the file.

    Each group stands between two stops, at `stop[g]` and `stop[g + 1] - 1`: bitrates of -inf and inf, endlessly far.
    """

    bitrate: Floats
    row: Ints
    stop: Ints


def detect(sweep: Sweep, tolerances: Tolerances, baseline: Baseline = Baseline.ANY) -> Findings:
    """Findings of the published rule.

    The distance of a bare row b from a candidate c is `abs(b - c)` of their bitrates in double precision; b is a
    possible reference iff `abs(b - c) <= tolerances.bitrate_pct / 100.0 * c`. The nearest wins, of equally near ones
    the first in the file. c regresses iff `c.vmaf - b.vmaf < -tolerances.vmaf`.
    """
    groups = group_by(_within(sweep, baseline))
    candidates = np.flatnonzero(~sweep.bare)
    rungs = _rungs(sweep, groups.of, len(groups))
    reference = np.full(len(sweep), NO_REFERENCE, dtype=np.int32)
    delta = np.full(len(sweep), np.nan)
    for block in np.split(candidates, range(_BLOCK, len(candidates), _BLOCK)):
        found = _nearest(rungs, groups.of[block], sweep.bitrate_kbps[block], tolerances.bitrate_pct)
        reference[block] = found
        known, bare = block[found != NO_REFERENCE], found[found != NO_REFERENCE]
        delta[known] = sweep.vmaf[known] - sweep.vmaf[bare]
    return Findings(
        reference=reference,
        delta=delta,
        candidate=~sweep.bare,
        comparable=reference != NO_REFERENCE,
        regression=delta < -tolerances.vmaf,  # a NaN is never below
    )


def _within(sweep: Sweep, baseline: Baseline) -> tuple[Labels, ...]:
    slice_labels = (sweep.source, sweep.codec, sweep.rc_mode)
    return (*slice_labels, sweep.preset) if baseline is Baseline.SAME_PRESET else slice_labels


def _rungs(sweep: Sweep, groups: Codes, count: int) -> _Rungs:
    rows = np.flatnonzero(sweep.bare)
    rows = rows[order_by(groups[rows], sweep.bitrate_kbps[rows])]
    bitrate, group = sweep.bitrate_kbps[rows], groups[rows]
    first = np.ones(len(rows), dtype=np.bool_)
    first[1:] = (bitrate[1:] != bitrate[:-1]) | (group[1:] != group[:-1])
    rows, group = rows[first], group[first]
    stop = bounds(group, count) + 2 * np.arange(count + 1)
    place = np.arange(len(rows)) + 2 * group + 1
    padded_bitrate, padded_row = np.full(stop[-1], np.inf), np.full(stop[-1], _NOBODY)
    padded_bitrate[stop[:-1]] = -np.inf
    padded_bitrate[place], padded_row[place] = sweep.bitrate_kbps[rows], rows
    return _Rungs(bitrate=padded_bitrate, row=padded_row, stop=stop)


def _nearest(rungs: _Rungs, groups: Codes, bitrate: Floats, tolerance_pct: float) -> Ints:
    """The reference row of each candidate, or NO_REFERENCE."""
    above = _bisect(rungs, groups, bitrate)
    left, right = (np.abs(rungs.bitrate[at] - bitrate) for at in (above - 1, above))
    distance = np.minimum(left, right)
    best = np.where(left == distance, rungs.row[above - 1], _NOBODY)
    best = np.where(right == distance, np.minimum(best, rungs.row[above]), best)
    if tolerance_pct >= _ROUNDING_PCT:
        best = np.minimum(best, _walked(rungs, above - 2, -1, bitrate, distance))
        best = np.minimum(best, _walked(rungs, above + 1, 1, bitrate, distance))
    return np.where(distance <= tolerance_pct / 100.0 * bitrate, best, NO_REFERENCE)


def _bisect(rungs: _Rungs, groups: Codes, bitrate: Floats) -> Ints:
    """The first rung or stop of each candidate's group whose bitrate is not below its own."""
    low, high = rungs.stop[groups] + 1, rungs.stop[groups + 1] - 1
    for _ in range(int((high - low).max(initial=0)).bit_length()):
        middle = (low + high) >> 1
        below = rungs.bitrate[middle] < bitrate
        low = np.where(below, middle + 1, low)
        high = np.where(below, high, middle)
    return low


def _walked(rungs: _Rungs, start: Ints, step: int, bitrate: Floats, distance: Floats) -> Ints:
    """The first row in the file of those rungs from `start` on that are exactly `distance` away."""
    best = np.full(len(start), _NOBODY)
    queries = np.flatnonzero(np.isfinite(distance) & (start >= 0) & (start < len(rungs.row)))
    position = start[queries]
    while len(queries):
        equal = np.abs(rungs.bitrate[position] - bitrate[queries]) == distance[queries]
        queries, position = queries[equal], position[equal]
        best[queries] = np.minimum(best[queries], rungs.row[position])
        position = position + step
    return best
