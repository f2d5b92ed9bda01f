"""Whether a cell's row is on the Pareto hull of its slice on one source, and what beats it where it isn't."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from gate.exhibit import Rung
from gate.model import Basis, CellKey
from gate.sweep.build import take
from gate.sweep.columns import Floats, Ints, Sweep
from gate.sweep.groups import group_by, order_by, slices
from gate.sweep.hull import hull


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
