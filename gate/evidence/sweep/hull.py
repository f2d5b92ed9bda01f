"""The Pareto hull of a slice, whether a cell's row is on it, and what beats it where it isn't."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

import numpy as np

from gate.evidence.model import Basis, CellKey, Rung
from gate.evidence.sweep.columns import Codes, Flags, Floats, Ints, Sweep, take
from gate.evidence.sweep.groups import Groups, group_by, order_by, slices
from gate.values import dataclass

EPSILON: Final = 1e-6  # VMAF points, and kbit/s
_GRID: Final = 2.0**24  # a power of two, so that cutting keeps the order; 100 of these fit into 31 bits


def hull(sweep: Sweep, slices: Groups) -> Ints:
    """The rows on their slice's hull, ordered by slice and bitrate.

    Rows are taken by (bitrate, -VMAF, encode time, file order); one is on the hull iff `vmaf > best + 1e-6`, best being
    the VMAF of the hull's last row so far. Of it and the rows after it that are within 1e-6 of it on both axes, the
    fastest encode stands for all.
    """
    order = order_by(slices.of, sweep.bitrate_kbps, -sweep.vmaf, sweep.encode_ms)
    records = _records(slices.of[order], sweep.vmaf[order])
    group, vmaf = slices.of[order[records]], sweep.vmaf[order[records]]
    return _fastest(sweep, slices, order, records[_clear_steps(group, vmaf)])


def _records(group: Codes, vmaf: Floats) -> Ints:
    """The rows, sorted by group, with more VMAF than every row of their group before them: no other can be admitted.

    First by VMAF cut to a grid, where one running maximum serves all groups at once; then exactly among the few left.
    """
    coarse = (vmaf * _GRID).astype(np.int64) + (group.astype(np.int64) << 32)
    likely = np.ones(len(group), dtype=np.bool_)
    likely[1:] = coarse[1:] >= np.maximum.accumulate(coarse)[:-1]
    rows = np.flatnonzero(likely)
    return rows[_exact_records(group[rows], vmaf[rows])]


def _exact_records(group: Codes, vmaf: Floats) -> Flags:
    position = np.arange(len(group)) - _starts(group)
    best = vmaf.copy()  # by doubling: the maximum over the last 1, 2, 4 ... rows of the group
    step = 1
    while step <= int(position.max(initial=0)):
        best[step:] = np.where(position[step:] >= step, np.maximum(best[step:], best[:-step]), best[step:])
        step *= 2
    record: Flags = position == 0
    record[1:] |= vmaf[1:] > best[:-1]
    return record


def _starts(group: Codes) -> Ints:
    """For each row, sorted by group, where its group begins."""
    first = np.ones(len(group), dtype=np.bool_)
    first[1:] = group[1:] != group[:-1]
    return np.maximum.accumulate(np.where(first, np.arange(len(group)), 0))


def _clear_steps(group: Codes, vmaf: Floats) -> Flags:
    """Which of the records exceed the last one admitted by more than EPSILON."""
    admitted = np.ones(len(group), dtype=np.bool_)
    admitted[1:] = (group[1:] != group[:-1]) | (vmaf[1:] > vmaf[:-1] + EPSILON)
    for crowded in sorted(set(group[~admitted].tolist())):  # a step this small is rare: these slices one by one
        low, high = np.searchsorted(group, [crowded, crowded + 1]).tolist()
        best = -np.inf
        for at in range(low, high):
            admitted[at] = bool(vmaf[at] > best + EPSILON)
            best = float(vmaf[at]) if admitted[at] else best
    return admitted


def _fastest(sweep: Sweep, slices: Groups, order: Ints, on_hull: Ints) -> Ints:
    """For each hull row (a position in `order`) the fastest of it and the rows after it within EPSILON on both axes."""
    chosen = order[on_hull]
    queries, position = np.arange(len(on_hull)), on_hull + 1
    while True:
        inside = position < len(order)
        queries, position = queries[inside], position[inside]
        row, anchor = order[position], order[on_hull[queries]]
        near = (slices.of[row] == slices.of[anchor]) & (sweep.bitrate_kbps[row] - sweep.bitrate_kbps[anchor] <= EPSILON)
        queries, position, row, anchor = queries[near], position[near] + 1, row[near], anchor[near]
        if not len(queries):
            return chosen
        faster = sweep.encode_ms[row] < sweep.encode_ms[chosen[queries]]
        faster &= np.abs(sweep.vmaf[row] - sweep.vmaf[anchor]) <= EPSILON
        chosen[queries[faster]] = row[faster]


@dataclass(frozen=True, slots=True, kw_only=True)
class HullPlace:
    """A cell's row on one source. `beaten_by` is a hull row with as much VMAF for no more bits; None on the hull."""

    row: Rung
    beaten_by: Rung | None


def hull_places(sweep: Sweep, wanted: Collection[tuple[CellKey, str]]) -> Mapping[tuple[CellKey, str], HullPlace]:
    """(cell, source) -> where its row stands in its slice; no entry where the sweep has no such row.

    Of several repeats the one that is best placed speaks. Rows of a recipe that are filler are no part of a hull.
    """
    sweep = take(sweep, np.flatnonzero(sweep.bare | ~_is_filler(sweep)))
    planes = slices(sweep)
    on_hull = hull(sweep, planes)
    is_on_hull = np.zeros(len(sweep), np.bool_)
    is_on_hull[on_hull] = True
    edge = planes.of[on_hull], sweep.bitrate_kbps[on_hull]
    found: dict[tuple[CellKey, str], HullPlace] = {}
    for pair, rows in _rows(sweep, frozenset(wanted)):
        best = int(max(rows, key=lambda row: (is_on_hull[row], sweep.vmaf[row])))
        rival = None if is_on_hull[best] else on_hull[_last_below(edge, int(planes.of[best]), sweep.bitrate_kbps[best])]
        beaten_by = None if rival is None else _rung(sweep, int(rival), True)
        found[pair] = HullPlace(row=_rung(sweep, best, rival is None), beaten_by=beaten_by)
    return found


def _is_filler(sweep: Sweep) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.array([basis is Basis.FILLER for basis in sweep.bases], np.bool_)[sweep.basis]


def _rows(sweep: Sweep, wanted: Collection[tuple[CellKey, str]]) -> list[tuple[tuple[CellKey, str], Ints]]:
    labels = (sweep.codec, sweep.rc_mode, sweep.recipe, sweep.preset, sweep.q)
    groups = group_by((*labels, sweep.source))
    named = {_pair(sweep, int(row)): index for index, row in enumerate(groups.first)}
    order = order_by(groups.of, np.arange(len(sweep), dtype=np.float64))
    bounds = np.searchsorted(groups.of[order], np.arange(len(groups) + 1))
    places = [(pair, named[pair]) for pair in wanted if pair in named]
    return [(pair, order[bounds[index] : bounds[index + 1]]) for pair, index in places]


def _pair(sweep: Sweep, row: int) -> tuple[CellKey, str]:
    key = CellKey(
        codec=sweep.codec.of(row),
        rc_mode=sweep.rc_mode.of(row),
        recipe=sweep.recipe.of(row),
        preset=sweep.preset.of(row),
        q=sweep.q.of(row),
    )
    return key, sweep.source.of(row)


def _last_below(edge: tuple[np.ndarray[tuple[int], np.dtype[np.int32]], Floats], plane: int, bitrate: float) -> int:
    """The hull row of a slice with most bits that has no more than `bitrate`; a fastest twin may have 1e-6 more."""
    low, high = map(int, np.searchsorted(edge[0], [plane, plane + 1]))
    return max(low, low + int(np.searchsorted(edge[1][low:high], bitrate + 1e-6, side="right")) - 1)


def _rung(sweep: Sweep, row: int, on_hull: bool) -> Rung:
    return Rung(
        recipe=sweep.recipe.of(row),
        preset=sweep.preset.of(row),
        q=sweep.q.of(row),
        bitrate_kbps=float(sweep.bitrate_kbps[row]),
        vmaf=float(sweep.vmaf[row]),
        on_hull=on_hull,
    )
