"""Rows into groups: dense codes for combinations of labels, slices, and orders within them. All of it vectorised."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from gate.evidence.sweep.columns import Codes, Flags, Floats, Ints, Labels, Sweep
from gate.values import dataclass

_KEY_MAX: Final = 2**62
_PIECE: Final = 1 << 16  # rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """G groups of R rows: `of`, shape (R,), says which; `first`, shape (G,), the first row of each.

    Groups are in the order of their labels' codes: by the first label, then the second, and so on.
    """

    of: Codes
    first: Ints

    def __len__(self) -> int:
        return len(self.first)


def group_by(columns: Sequence[Labels], rows: Ints | None = None) -> Groups:
    """Groups of the rows (all, or those at `rows`) that share a label in every column; `first` indexes the sweep."""
    chosen = [column.codes if rows is None else column.codes[rows] for column in columns]
    found, of = distinct(combined(chosen, [len(column.names) for column in columns]))
    first = first_rows(of, len(found))
    return Groups(of=of, first=first if rows is None else rows[first])


def combined(codes: Sequence[Codes], sizes: Sequence[int]) -> Ints:
    """One key per row for the combination of its codes, in their lexicographic order."""
    keys, span = np.zeros(len(codes[0]), dtype=np.int64), 1
    for column, size in zip(codes, sizes, strict=True):
        if span * size > _KEY_MAX:
            found, dense = distinct(keys)
            keys, span = dense.astype(np.int64), len(found)
        keys *= size
        keys += column
        span *= size
    return keys


def first_rows(of: Codes, count: int) -> Ints:
    """The first row of each of `count` groups, all of which have one."""
    first = np.empty(count, dtype=np.int64)
    first[of[::-1]] = np.arange(len(of) - 1, -1, -1)  # of repeated indices the last assignment stays
    return first


def slices(sweep: Sweep) -> Groups:
    """The slices of a sweep: (source, codec, rc_mode)."""
    return group_by((sweep.source, sweep.codec, sweep.rc_mode))


def as_bare(place: Sequence[Labels], bare: Flags, stream: Ints, said: Flags) -> Flags | None:
    """Which candidates have the stream of a bare row of the same labels in `place`, or are `said` to.

    `stream` tells streams apart, 0 is of an unknown one; all have shape (R,). None where nobody says anything of any.
    """
    if not (said.any() or stream.any()):
        return None
    _, where = distinct(combined([column.codes for column in place], [len(column.names) for column in place]))
    _, which = np.unique(stream, return_inverse=True)
    keys = where.astype(np.int64) * (int(which.max()) + 1) + which
    found: Flags = ~bare & (said & np.isin(where, where[bare]) | (stream != 0) & np.isin(keys, keys[bare]))
    return found


def distinct(keys: Ints) -> tuple[Ints, Codes]:
    """The distinct keys (not negative), ascending, and for each key its index among them."""
    top = int(keys.max(initial=-1)) + 1
    if top > 4 * len(keys) + 1024:
        found, inverse = np.unique(keys, return_inverse=True)
        return found, inverse.astype(np.int32)
    present = np.zeros(top, dtype=np.bool_)
    present[keys] = True
    found = np.flatnonzero(present)
    index = np.empty(top, dtype=np.int32)
    index[found] = np.arange(len(found), dtype=np.int32)
    return found, index[keys]


def order_by(groups: Codes, values: Floats, *ties: Floats) -> Ints:
    """The order of rows by (group, value, ties..., row), shape (R,)."""
    order = _by_group(groups)
    begin = 0
    while begin < len(order):  # piece by piece, each of whole groups, so that what is sorted stays in the cache
        end = _end_of_group(groups, order, begin + _PIECE)
        rows = order[begin:end]
        order[begin:end] = rows[_within(groups[rows], values[rows], *(tie[rows] for tie in ties))]
        begin = end
    return order


def bounds(sorted_groups: Codes, count: int) -> Ints:
    """Where each of `count` groups begins in rows that are sorted by group, and the end of the last: (count + 1,)."""
    return np.concatenate(([0], np.cumsum(np.bincount(sorted_groups, minlength=count)))).astype(np.int64)


def _by_group(groups: Codes) -> Ints:
    """Stable order by group. Files are mostly written slice by slice: then there is nothing to do."""
    if len(groups) < 2 or bool((groups[1:] >= groups[:-1]).all()):
        return np.arange(len(groups))
    return _stable_by_code(groups)


def _end_of_group(groups: Codes, order: Ints, at: int) -> int:
    """Where the group of the row at `at - 1` ends in `order`, which is by group."""
    if at >= len(order):
        return len(order)
    low, high, group = at, len(order), groups[order[at - 1]]
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if groups[order[middle]] <= group else (low, middle)
    return low


def _within(group: Codes, value: Floats, *ties: Floats) -> Ints:
    """The order of a few rows, which are by (group, row), by (group, value, ties..., row).

    An unstable sort and a mend of what it leaves tied: values seldom tie, and this takes a third of a lexsort's time.
    """
    order = np.argsort(value)
    order = order[_stable_by_code(group[order] - group[0])]
    same = (group[order[1:]] == group[order[:-1]]) & (value[order[1:]] == value[order[:-1]])
    tied = np.flatnonzero(np.append(same, False) | np.insert(same, 0, False))
    rows = order[tied]
    keys: list[np.ndarray[Any, Any]] = [rows, *(tie[rows] for tie in reversed(ties)), value[rows], group[rows]]
    order[tied] = rows[np.lexsort(keys)]
    return order


def _stable_by_code(codes: Codes) -> Ints:
    """Stable argsort of small integers by 16 bits at a time, for which NumPy has a radix sort."""
    low = np.argsort(codes.astype(np.uint16), kind="stable")  # the cast keeps the low bits
    if int(codes.max(initial=0)) <= 0xFFFF:
        return low
    high = (codes >> 16).astype(np.uint16)
    return low[np.argsort(high[low], kind="stable")]
