"""A whole sweep as designs choose from it: what each cell does on each source, stratum by stratum."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import numpy as np

from gate.evidence.model import Detector
from gate.evidence.sweep.cells import Grid, Rule, filler, judge, threshold, without_effect
from gate.evidence.sweep.columns import Bytes, Flags, Ints, Sweep
from gate.evidence.sweep.detector import HIT, HOLD, BySource, ladders_of
from gate.evidence.sweep.groups import Groups, combined
from gate.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A whole sweep, what the deciding detector says of its C cells on N sources, and T.

    `units` are what a design keeps or leaves on a source: single cells, or, where the detector pools them, all q of a
    recipe at a preset. `forced` are cells whose every row stays: those without effect, and those that the detector
    leaves open and the bare ladder calls structural, which reports have to name.
    """

    grid: Grid
    states: BySource
    units: Groups
    forced: Flags
    told: Flags  # cells that get a verdict: not the filler of a reconstruction
    threshold: int  # hits from which a cell is structural

    @property
    def sweep(self) -> Sweep:
        return self.grid.sweep

    @property
    def corpus(self) -> tuple[str, ...]:
        """The sources; they may be more than the rows show."""
        return self.grid.sources


def judged(sweep: Sweep, rule: Rule, sources: tuple[str, ...] | None = None) -> Judged:
    """What a design chooses from.

    Raises: SweepError for a source outside the corpus; PolicyError for an impossible threshold.
    """
    said = judge(sweep, rule, sources=sources)
    required = threshold(len(said.grid.sources), rule.structural)
    single = Groups(of=np.arange(len(said.grid.groups), dtype=np.int32), first=said.grid.groups.first)
    open_ = (said.decided.of != HOLD).sum(axis=1) >= required
    others = (said.interpolated.of == HIT).sum(axis=1) >= required
    told = ~filler(said.grid)
    return Judged(
        grid=said.grid,
        states=said.decided,
        units=ladders_of(sweep, said.grid.groups) if rule.detector is Detector.POOLED else single,
        forced=told & (without_effect(said.grid, said.decided) | open_ & others),
        told=told,
        threshold=required,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """One (codec, rc_mode): its rows, and what each of its U units does on each of N sources."""

    index: int
    rows: Ints
    bare: Flags  # per row
    unit: Ints  # per row; of no meaning for bare rows
    cell: Ints  # per row; of no meaning for bare rows
    source: Ints  # per row, an index into the corpus
    states: Bytes  # shape (U, N)
    forced: Flags  # per unit
    told: Flags  # per unit

    def labels(self, sweep: Sweep) -> tuple[str, str]:
        """Its codec and rc_mode in the sweep that it is of."""
        first = int(self.rows[0])
        return sweep.codec.of(first), sweep.rc_mode.of(first)


def strata(judged: Judged) -> Iterator[Stratum]:
    """The sweep's strata, in the order of their first rows."""
    sweep, grid = judged.sweep, judged.grid
    place = {source: i for i, source in enumerate(judged.corpus)}
    source = np.array([place[name] for name in sweep.source.names], np.int64)[sweep.source.codes]
    stratum = combined([sweep.codec.codes, sweep.rc_mode.codes], [len(sweep.codec.names), len(sweep.rc_mode.names)])
    order = np.argsort(stratum, kind="stable")
    starts = np.flatnonzero(np.diff(stratum[order], prepend=-1))
    groups = sorted(np.split(order, starts[1:]), key=lambda rows: int(rows[0])) if len(sweep) else []
    cell = np.full(len(sweep), -1, np.int64)
    cell[grid.rows] = grid.groups.of
    unit = np.full(len(sweep), -1, np.int64)
    unit[grid.rows] = judged.units.of[grid.groups.of]
    states = np.zeros((len(judged.units), len(judged.corpus)), np.int8)
    np.maximum.at(states, judged.units.of, judged.states.of)
    forced, told = np.zeros(len(judged.units), np.bool_), np.zeros(len(judged.units), np.bool_)
    forced[judged.units.of[judged.forced]] = told[judged.units.of[judged.told]] = True
    for index, rows in enumerate(groups):
        bare = sweep.bare[rows]
        units, local = np.unique(unit[rows][~bare], return_inverse=True)
        own = np.full(len(rows), -1, np.int64)
        own[~bare] = local
        yield Stratum(
            index=index,
            rows=rows,
            bare=bare,
            unit=own,
            cell=cell[rows],
            source=source[rows],
            states=states[units],
            forced=forced[units],
            told=told[units],
        )


def source_order(sources: tuple[str, ...], stratum: int, seed: int) -> Ints:
    """The stratum's own fixed order of sources: one shuffle per seed, rotated from stratum to stratum."""
    drawn = sorted(range(len(sources)), key=lambda i: hashlib.sha256(f"{seed}|{sources[i]}".encode()).digest())
    return np.roll(np.array(drawn, np.int64), -(stratum % max(1, len(drawn))))


def rows_of(stratum: Stratum, keep: Flags) -> Ints:
    """The rows of the kept (unit, source) pairs, shape (U, N), all repeats, and the whole ladders of their slices."""
    keep = _with_every_cell(stratum, keep)
    touched = kept_sources(keep)
    if not touched.any():  # nothing but bare rows: one ladder says that the codec was measured at all
        touched[stratum.source[0]] = True
    wanted = touched[stratum.source]
    candidates = ~stratum.bare
    wanted[candidates] = keep[stratum.unit[candidates], stratum.source[candidates]]
    return stratum.rows[wanted]


def _with_every_cell(stratum: Stratum, keep: Flags) -> Flags:
    """So that no q of a unit leaves the grid: how many a ladder has is part of what is pooled over."""
    candidates = np.flatnonzero(~stratum.bare)
    kept = keep[stratum.unit[candidates], stratum.source[candidates]]
    missing = candidates[~np.isin(stratum.cell[candidates], stratum.cell[candidates][kept])]
    _, first = np.unique(stratum.cell[missing], return_index=True)
    more = keep.copy()
    more[stratum.unit[missing[first]], stratum.source[missing[first]]] = True
    return more


def in_file_order(rows: list[Ints]) -> Ints:
    """The rows of all strata, ascending."""
    return np.sort(np.concatenate(rows)) if rows else np.empty(0, np.int64)


def kept_sources(keep: Flags) -> Flags:
    """Which sources any cell keeps, shape (N,)."""
    touched: Flags = np.logical_or.reduce(keep, axis=0)
    return touched


def settled(states: Bytes, threshold: int, need: int) -> tuple[Flags, Flags]:
    """Which cells are structural, and which are ruled out."""
    structural = (states == HIT).sum(axis=1) >= threshold
    return structural, ~structural & ((states == HOLD).sum(axis=1) >= need)
