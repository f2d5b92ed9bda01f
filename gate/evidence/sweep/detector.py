"""What a cell does on each source: hit, holds, abstains or absent; which of the detectors decides."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from gate.evidence.sweep.columns import Bytes, Floats, Ints, Sweep
from gate.evidence.sweep.groups import Groups, order_by
from gate.evidence.sweep.nearest import Findings

ABSENT, ABSTAINS, HOLD, HIT = range(4)
"""No row; rows that the detector abstains on; compared and held; regressed. Of several repeats the highest counts."""

NO_ROW: Final = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class BySource:
    """C cells on N sources; every array is (C, N).

    `row` is the row that speaks: of several repeats the one that loses most, of equals the first in the file; where the
    detector abstains the first; NO_ROW where there is none. `deepest` is its Δ, NaN where there is none; `delta` is the
    mean over the regressing repeats of a hit, and the row's own of a hold. `repeats` counts rows.
    """

    of: Bytes
    delta: Floats
    deepest: Floats
    row: Ints
    repeats: Ints


def by_source(sweep: Sweep, findings: Findings, rows: Ints, groups: Groups, sources: tuple[str, ...]) -> BySource:
    """What one detector says of the cells that `groups` makes of the candidates at `rows`."""
    place = {name: index for index, name in enumerate(sources)}
    source = np.array([place[name] for name in sweep.source.names], np.int64)[sweep.source.codes[rows]]
    width = len(sources)
    pair = groups.of * width + source
    total = len(groups) * width
    regressing, comparable = findings.regression[rows], findings.comparable[rows]
    delta = findings.delta[rows]
    hit_count = np.bincount(pair[regressing], minlength=total)
    hit_delta = np.bincount(pair[regressing], weights=delta[regressing], minlength=total)
    state = np.zeros(total, np.int8)
    state[pair] = ABSTAINS
    state[pair[comparable]] = HOLD
    state[pair[regressing]] = HIT
    row = _speaking(pair, delta, rows, total)
    own = np.where(row >= 0, findings.delta[row], np.nan)
    mean = np.where(hit_count > 0, hit_delta / np.maximum(hit_count, 1), own)
    shape = (len(groups), width)
    return BySource(
        of=state.reshape(shape),
        delta=np.where(state >= HOLD, mean, np.nan).reshape(shape),
        deepest=own.reshape(shape),
        row=row.reshape(shape),
        repeats=np.bincount(pair, minlength=total).reshape(shape),
    )


def merged(first: BySource, second: BySource, of: Bytes) -> BySource:
    """Two detectors of the same cells as one, whose states are `of`. Where the first speaks, its row and Δ stand."""
    takes_first = (first.of == of) & (first.of >= HOLD) | (second.of != of)
    return BySource(
        of=of,
        delta=np.where(takes_first, first.delta, second.delta),
        deepest=np.where(takes_first, first.deepest, second.deepest),
        row=np.where(takes_first, first.row, second.row),
        repeats=first.repeats,
    )


def _speaking(pair: Ints, delta: Floats, rows: Ints, total: int) -> Ints:
    deepest_first = order_by(pair.astype(np.int32), np.where(np.isnan(delta), np.inf, delta))
    row = np.full(total, NO_ROW, dtype=np.int64)
    row[pair[deepest_first[::-1]]] = rows[deepest_first[::-1]]  # of repeated indices the last assignment stays
    return row


class Detector(StrEnum):
    """Which detector decides what a cell does on a source."""

    NEAREST = "nearest"  # the published rule
    INTERPOLATED = "interpolated"
    BOTH = "both"
    EITHER = "either"


def combine(nearest: Bytes, interpolated: Bytes, detector: Detector) -> Bytes:
    """What the deciding detector says, from what the two detectors say; all three (C, N) codes.

    An abstention is an unknown of three-valued logic. `both` hits where both hit, and holds where either holds: then
    both can't hit. `either` hits where either hits, and holds where both hold.
    """
    if detector is Detector.NEAREST:
        return nearest
    if detector is Detector.INTERPOLATED:
        return interpolated
    hits, holds = (nearest == HIT, interpolated == HIT), (nearest == HOLD, interpolated == HOLD)
    if detector is Detector.BOTH:
        hit, hold = hits[0] & hits[1], holds[0] | holds[1]
    else:
        hit, hold = hits[0] | hits[1], holds[0] & holds[1]
    unknown = np.where((nearest == ABSENT) & (interpolated == ABSENT), np.int8(ABSENT), np.int8(ABSTAINS))
    return np.where(hit, np.int8(HIT), np.where(hold, np.int8(HOLD), unknown))


def mismatch_pct(sweep: Sweep, findings: Findings) -> Floats:
    """By how much each reference's bitrate is off, in per cent of the candidate's; shape (R,), NaN without a reference.

    Positive: the reference has more bits, so that the candidate looks worse than it is.
    """
    off = np.full(len(sweep), np.nan)
    rows = np.flatnonzero(findings.comparable)
    own, reference = sweep.bitrate_kbps[rows], sweep.bitrate_kbps[findings.reference[rows]]
    off[rows] = 100.0 * (reference - own) / own
    return off
