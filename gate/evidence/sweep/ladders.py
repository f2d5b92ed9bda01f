"""Bare ladders: the rungs of one encoder at one preset by bitrate, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

import numpy as np

from gate.evidence.sweep.columns import Codes, Flags, Floats, Ints, Sweep
from gate.evidence.sweep.groups import Groups, bounds, combined, distinct, group_by, order_by
from gate.values import dataclass

MIN_RUNGS: Final = 3
SATURATED_VMAF: Final = 99.0  # above it VMAF hardly tells better from worse
Flaw = Literal["saturated", "not monotone"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rungs:
    """K rungs of G ladders by rising bitrate, ladder after ladder: ladder g has `start[g]` to `start[g + 1] - 1`.

    Repeats (rows of the same q) are averaged, in bitrate and in VMAF. Rungs of the same bitrate are one, with their
    mean VMAF. So bitrates, and their logarithms, rise strictly within a ladder.
    """

    start: Ints  # (G + 1,)
    bitrate_kbps: Floats  # (K,)
    vmaf: Floats  # (K,)

    @property
    def counts(self) -> Ints:
        """How many rungs each ladder has, shape (G,)."""
        return np.diff(self.start)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladders:
    """The bare ladders of a sweep: G groups of (source, codec, rc_mode, preset), some of which may have no bare row.

    `groups.of` says for every row of the sweep, candidates included, which ladder is its own. `saturated`: some rung
    has a VMAF above 99; `monotone`: VMAF falls nowhere as bitrate rises. Both are named, neither is left out.
    """

    groups: Groups
    rungs: Rungs
    saturated: Flags  # (G,)
    monotone: Flags  # (G,)

    def __len__(self) -> int:
        return len(self.groups)

    def flaws(self, ladder: int) -> tuple[Flaw, ...]:
        """What is wrong with one ladder."""
        saturated: tuple[Flaw, ...] = ("saturated",) if self.saturated[ladder] else ()
        return saturated if self.monotone[ladder] else (*saturated, "not monotone")


def bare_ladders(sweep: Sweep) -> Ladders:
    """Every bare ladder of a sweep, without a loop over them."""
    groups = group_by((sweep.source, sweep.codec, sweep.rc_mode, sweep.preset))
    rows = np.flatnonzero(sweep.bare)
    rungs = rungs_of(sweep, rows, groups.of[rows], len(groups))
    ladder = np.repeat(np.arange(len(groups)), rungs.counts)
    falls = (np.diff(rungs.vmaf) < 0.0) & (ladder[1:] == ladder[:-1])
    saturated, monotone = np.zeros(len(groups), np.bool_), np.ones(len(groups), np.bool_)
    saturated[ladder[rungs.vmaf > SATURATED_VMAF]] = True
    monotone[ladder[1:][falls]] = False
    return Ladders(groups=groups, rungs=rungs, saturated=saturated, monotone=monotone)


def flawed(ladders: Ladders) -> Iterator[tuple[int, tuple[Flaw, ...]]]:
    """The ladders that something is wrong with; `ladders.groups.first` of each is a row that has its labels."""
    for ladder in np.flatnonzero(ladders.saturated | ~ladders.monotone).tolist():
        yield ladder, ladders.flaws(ladder)


def rungs_of(sweep: Sweep, rows: Ints, of: Codes, count: int) -> Rungs:
    """The rungs of `count` ladders from these rows; `of[i]` is the ladder of `rows[i]`."""
    keys, rung = distinct(combined([of, sweep.q.codes[rows]], [count, len(sweep.q.names)]))
    ladder = (keys // max(1, len(sweep.q.names))).astype(np.int32)
    bitrate = _means(rung, sweep.bitrate_kbps[rows], len(keys))
    vmaf = _means(rung, sweep.vmaf[rows], len(keys))
    order = order_by(ladder, bitrate)
    ladder, bitrate, vmaf = ladder[order], bitrate[order], vmaf[order]
    log = np.log(bitrate)
    fresh = np.ones(len(log), np.bool_)
    fresh[1:] = (log[1:] != log[:-1]) | (ladder[1:] != ladder[:-1])
    vmaf = _means(np.cumsum(fresh) - 1, vmaf, int(fresh.sum()))
    return Rungs(start=bounds(ladder[fresh], count), bitrate_kbps=bitrate[fresh], vmaf=vmaf)


def _means(of: Ints | Codes, values: Floats, count: int) -> Floats:
    """The mean of each group's values; every group has one."""
    means: Floats = np.bincount(of, weights=values, minlength=count) / np.bincount(of, minlength=count)
    return means
