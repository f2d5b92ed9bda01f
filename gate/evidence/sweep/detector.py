"""The detectors: what each says of every cell on every source, and which of them decides (design 3)."""

from __future__ import annotations

from typing import Final

import numpy as np

from gate.evidence.model import Detector
from gate.evidence.sweep.columns import Bytes, Flags, Floats, Ints, Sweep
from gate.evidence.sweep.groups import Groups, group_by, order_by
from gate.evidence.sweep.nearest import Findings
from gate.values import dataclass, replace

ABSENT, ABSTAINS, HOLD, HIT = range(4)
"""No row; rows that the detector abstains on; compared and held; regressed."""

NO_ROW: Final = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class BySource:
    """C cells on N sources; every array is (C, N).

    `delta` is what decides: the mean Δ of the repeats that could be compared (of `pooled`, of the recipe's ladder), NaN
    where the detector abstains. `row` is the row that is shown for it: the compared repeat whose Δ is nearest to that
    mean, of equals the first in the file; where the detector abstains the first; NO_ROW where there is none. `repeats`
    counts rows.
    """

    of: Bytes
    delta: Floats
    row: Ints
    repeats: Ints


def by_source(
    sweep: Sweep, findings: Findings, rows: Ints, groups: Groups, sources: tuple[str, ...], *, tolerance: float
) -> BySource:
    """What one detector says of the cells that `groups` makes of the candidates at `rows`.

    A source's state comes from the mean Δ of its repeats: a hit below `-tolerance` (VMAF). It abstains unless at least
    half of them could be compared.
    """
    place = {name: index for index, name in enumerate(sources)}
    source = np.array([place[name] for name in sweep.source.names], np.int64)[sweep.source.codes[rows]]
    pair, total = groups.of * len(sources) + source, len(groups) * len(sources)
    comparable, delta = findings.comparable[rows], findings.delta[rows]
    repeats = np.bincount(pair, minlength=total)
    compared = np.bincount(pair[comparable], minlength=total)
    mean = _means(pair[comparable], delta[comparable], compared)
    spoken = (compared > 0) & (2 * compared >= repeats)
    shape = (len(groups), len(sources))
    return BySource(
        of=_states(repeats > 0, spoken, mean, tolerance).reshape(shape),
        delta=np.where(spoken, mean, np.nan).reshape(shape),
        row=_shown(pair, delta, mean, rows, repeats).reshape(shape),
        repeats=repeats.reshape(shape),
    )


def pooled(sweep: Sweep, groups: Groups, interpolated: BySource, *, tolerance: float, whole: bool = False) -> BySource:
    """What each recipe's ladder says of all of its cells: the mean of `interpolated` over its q, per source.

    A ladder is one (codec, rc_mode, recipe, preset). It abstains unless at least half of its q could be compared.
    With `whole` it is ABSENT unless every q has a row: rows that a design left out by what they said leave a mean of
    those that were kept for it.
    """
    ladders = ladders_of(sweep, groups)
    count, size = len(ladders), np.bincount(ladders.of)[:, None]
    shape = (count, interpolated.of.shape[1])
    spoke, there, total = np.zeros(shape, np.int64), np.zeros(shape, np.int64), np.zeros(shape)
    np.add.at(spoke, ladders.of, interpolated.of >= HOLD)
    np.add.at(there, ladders.of, interpolated.of != ABSENT)
    np.add.at(total, ladders.of, np.where(interpolated.of >= HOLD, interpolated.delta, 0.0))
    mean = total / np.maximum(spoke, 1)
    present = there == size if whole else there > 0
    spoken = present & (spoke > 0) & (2 * spoke >= size)
    return replace(
        interpolated,
        of=_states(present, spoken, mean, tolerance)[ladders.of],
        delta=np.where(spoken, mean, np.nan)[ladders.of],
    )


def ladders_of(sweep: Sweep, groups: Groups) -> Groups:
    """Which (codec, rc_mode, recipe, preset) each cell belongs to."""
    return group_by((sweep.codec, sweep.rc_mode, sweep.recipe, sweep.preset), groups.first)


def decided(detector: Detector, nearest: BySource, interpolated: BySource, pooled: BySource) -> BySource:
    """What the deciding detector says. Where nearest says the same as it does, nearest's row and Δ stand."""
    if detector is Detector.POOLED:
        return pooled
    if detector is Detector.INTERPOLATED:
        return interpolated
    of = combine(nearest.of, interpolated.of, detector)
    own = (nearest.of == of) & (nearest.of >= HOLD) | (interpolated.of != of)
    return BySource(
        of=of,
        delta=np.where(of >= HOLD, np.where(own, nearest.delta, interpolated.delta), np.nan),
        row=np.where(own, nearest.row, interpolated.row),
        repeats=nearest.repeats,
    )


def combine(nearest: Bytes, interpolated: Bytes, detector: Detector) -> Bytes:
    """What a detector that is made of nearest and interpolated says; all three (C, N) codes.

    An abstention is an unknown of three-valued logic. `both` hits where both hit, and holds where either holds: then
    both can't hit. `filled` is nearest where it speaks, and interpolated where it abstains.
    """
    if detector is Detector.BOTH:
        hit, hold = (nearest == HIT) & (interpolated == HIT), (nearest == HOLD) | (interpolated == HOLD)
        unknown = np.minimum(np.maximum(nearest, interpolated), np.int8(ABSTAINS))
        return np.where(hit, np.int8(HIT), np.where(hold, np.int8(HOLD), unknown))
    if detector is Detector.FILLED:
        return np.where(nearest >= HOLD, nearest, np.maximum(nearest, interpolated))
    return interpolated if detector is Detector.INTERPOLATED else nearest


def mismatch_pct(sweep: Sweep, findings: Findings) -> Floats:
    """By how much each reference's bitrate is off, in per cent of the candidate's; shape (R,), NaN without a reference.

    Positive: the reference has more bits, so that the candidate looks worse than it is.
    """
    off = np.full(len(sweep), np.nan)
    rows = np.flatnonzero(findings.comparable)
    own, reference = sweep.bitrate_kbps[rows], sweep.bitrate_kbps[findings.reference[rows]]
    off[rows] = 100.0 * (reference - own) / own
    return off


def _states(present: Flags, spoken: Flags, mean: Floats, tolerance: float) -> Bytes:
    heard = np.where(mean < -tolerance, np.int8(HIT), np.int8(HOLD))
    return np.where(spoken, heard, np.where(present, np.int8(ABSTAINS), np.int8(ABSENT)))


def _means(pair: Ints, delta: Floats, counts: Ints) -> Floats:
    """The mean of each pair's values, 0 without any; no rounding takes it beyond them: that of equal ones is theirs."""
    mean: Floats = np.bincount(pair, weights=delta, minlength=len(counts)) / np.maximum(counts, 1)
    if int(counts.max(initial=0)) > 1:
        low, high = np.full(len(counts), np.inf), np.full(len(counts), -np.inf)
        np.minimum.at(low, pair, delta)
        np.maximum.at(high, pair, delta)
        mean = np.where(counts > 1, np.minimum(np.maximum(mean, low), high), mean)
    return mean


def _shown(pair: Ints, delta: Floats, mean: Floats, rows: Ints, repeats: Ints) -> Ints:
    row = np.full(len(repeats), NO_ROW, dtype=np.int64)
    if int(repeats.max(initial=0)) > 1:
        off = np.abs(delta - mean[pair])
        nearest_first = order_by(pair.astype(np.int32), np.where(np.isnan(off), np.inf, off))[::-1]
        pair, rows = pair[nearest_first], rows[nearest_first]
    row[pair] = rows  # of repeated indices the last assignment stays
    return row
