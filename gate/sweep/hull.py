"""The Pareto hull of each slice: least bitrate, most VMAF (design 3)."""

from __future__ import annotations

from typing import Final

import numpy as np

from gate.sweep.columns import Codes, Flags, Floats, Ints, Sweep
from gate.sweep.groups import Groups, order_by

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
    for crowded in np.unique(group[~admitted]).tolist():  # a step this small is rare: these slices one by one
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
