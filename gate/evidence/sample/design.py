"""Which rows a sample keeps, by design: full, exact, screen:S, budget:ROWS; the only parser of a design's name."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Protocol

import numpy as np

from gate.errors import SampleError
from gate.evidence.model import Detector
from gate.evidence.sample.sequential import asked_of, holds_needed, miss_bound
from gate.evidence.sweep.cells import Grid, Rule, filler, judge, threshold, without_effect
from gate.evidence.sweep.columns import Bytes, Flags, Ints, Sweep
from gate.evidence.sweep.detector import ABSENT, HIT, HOLD, BySource, ladders_of
from gate.evidence.sweep.groups import Groups, combined


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
class Draw:
    """The rows that a design keeps, as ascending indices, and the most that it can miss.

    `screens` are the S sources of each stratum, a (codec, rc_mode), on which cells were cleared: fewer than rule a
    structural cell out. Empty where the design clears none so.
    """

    rows: Ints
    miss_bound: Fraction  # highest probability that a cell which is structural in the sweep isn't in the sample
    screens: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    whole: bool = False  # nothing was left out

    @property
    def screen(self) -> int:
        """S; 0 where no cell was cleared on fewer sources than prove it."""
        return max(map(len, self.screens.values()), default=0)


class Design(Protocol):
    """A rule that picks rows. Another design is another implementation; nothing else knows them apart."""

    @property
    def name(self) -> str:
        """What manifests and reports call it."""

    @property
    def parameters(self) -> Mapping[str, int | str]:
        """What the manifest records beside the name, so that the draw can be repeated."""

    def draw(self, judged: Judged, seed: int) -> Draw:
        """The rows to keep; the same for the same sweep and seed."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Full:
    """Every row."""

    name: str = "full"

    @property
    def parameters(self) -> Mapping[str, int | str]:
        """None."""
        return {}

    def draw(self, judged: Judged, seed: int) -> Draw:
        """All that there is."""
        return Draw(rows=np.arange(len(judged.sweep)), miss_bound=Fraction(0), whole=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exact:
    """Every cell is structural, ruled out or undetermined in the sample exactly where it is in the sweep (design 6).

    Structural cells keep every row, so that reports show all their hits; undetermined ones all that can be compared,
    and every row where the bare ladder calls them structural. Cells that are ruled out keep N − T + 1 sources that
    hold, and one that hits where any does: content-dependent stays content-dependent. A touched slice keeps its whole
    bare ladder.
    """

    name: str = "exact"

    @property
    def parameters(self) -> Mapping[str, int | str]:
        """None: the corpus and the rule say it all."""
        return {}

    def draw(self, judged: Judged, seed: int) -> Draw:
        """Chooses with hindsight, so that few slices, and with them few ladders, are touched."""
        kept = [rows_of(stratum, _chosen(stratum, judged, seed)) for stratum in strata(judged)]
        return Draw(rows=in_file_order(kept), miss_bound=Fraction(0))


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


def least_rows(judged: Judged) -> int:
    """The floor that no exact sample goes below.

    T hits per structural cell, N − T + 1 holds per cell that is ruled out, one row per undetermined cell, and the bare
    ladders of as many slices as that takes at least. Units count as one row each.
    """
    return sum(_least_rows(stratum, judged) for stratum in strata(judged))


def _least_rows(stratum: Stratum, judged: Judged) -> int:
    need = holds_needed(len(judged.corpus), judged.threshold)
    structural, cleared = _verdicts(stratum.states, judged.threshold, need)
    per_cell = np.where(structural, judged.threshold, np.where(cleared, need, 1))
    slices = int(per_cell.max(initial=1))
    ladders = np.sort(np.bincount(stratum.source[stratum.bare], minlength=len(judged.corpus)))
    ladders = ladders[ladders > 0]
    return int(per_cell.sum() + ladders[:slices].sum())


def source_order(sources: tuple[str, ...], stratum: int, seed: int) -> Ints:
    """The stratum's own fixed order of sources: one shuffle per seed, rotated from stratum to stratum."""
    drawn = sorted(range(len(sources)), key=lambda i: hashlib.sha256(f"{seed}|{sources[i]}".encode()).digest())
    return np.roll(np.array(drawn, np.int64), -(stratum % max(1, len(drawn))))


def rows_of(stratum: Stratum, keep: Flags) -> Ints:
    """The rows of the kept (unit, source) pairs, shape (U, N), all repeats, and the whole ladders of their slices."""
    keep = _with_every_cell(stratum, keep)
    touched = _touched(keep)
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


def _chosen(stratum: Stratum, judged: Judged, seed: int) -> Flags:
    order = source_order(judged.corpus, stratum.index, seed)
    need = holds_needed(len(judged.corpus), judged.threshold)
    return _kept_pairs(stratum, judged.threshold, need, order)


def _kept_pairs(stratum: Stratum, threshold: int, need: int, order: Ints) -> Flags:
    """Which (unit, source) pairs to keep, shape (U, N). Repeats of a pair stay together."""
    states = stratum.states
    structural, cleared = _verdicts(states, threshold, need)
    whole, cleared = structural | stratum.forced, cleared & ~stratum.forced
    keep = np.zeros(states.shape, np.bool_)
    keep[whole] = states[whole] != ABSENT
    keep[~whole & ~cleared] = _all_comparable(states[~whole & ~cleared], order)
    found = states[cleared]
    holds, hits = found == HOLD, (found == HIT) & stratum.told[cleared][:, None]
    touched = _covering(hits, 1, _covering(holds, need, _touched(keep), order), order, most=True)
    keep[cleared] = _first(holds & touched, need, order) | _first(hits & touched, 1, order)
    return keep


def _all_comparable(states: Bytes, order: Ints) -> Flags:
    """Every pair that the detector could compare; where there is none, one pair, so that the cell stays in the grid."""
    compared: Flags = states >= HOLD
    return np.where(compared.any(axis=1, keepdims=True), compared, _first(states != ABSENT, 1, order))


def _first(usable: Flags, count: int, order: Ints) -> Flags:
    """Of each unit's usable sources, the first `count` in `order`."""
    ordered = usable[:, order]
    chosen = np.zeros_like(usable)
    chosen[:, order] = ordered & (np.cumsum(ordered, axis=1) <= count)
    return chosen


def _touched(keep: Flags) -> Flags:
    """Which sources any cell keeps, shape (N,)."""
    touched: Flags = np.logical_or.reduce(keep, axis=0)
    return touched


def _verdicts(states: Bytes, threshold: int, need: int) -> tuple[Flags, Flags]:
    """Which cells are structural, and which are ruled out."""
    structural = (states == HIT).sum(axis=1) >= threshold
    return structural, ~structural & ((states == HOLD).sum(axis=1) >= need)


def _covering(wanted: Flags, need: int, touched: Flags, order: Ints, *, most: bool = False) -> Flags:
    """Few sources, those in `touched` among them, on which every unit is wanted at least `need` times.

    Takes the source that helps most units, the earliest in `order` of equals, until all are served; then gives back
    those that turn out not to be needed. With `most`, units that aren't wanted so often are served by what there is.
    """
    if most:
        wanted = wanted[wanted.sum(axis=1) >= need]
    chosen, added = touched.copy(), []
    while (short := wanted[:, chosen].sum(axis=1) < need).any():
        helps = np.where(chosen, -1, wanted[short].sum(axis=0))
        best = int(order[int(np.argmax(helps[order]))])
        chosen[best] = True
        added.append(best)
    for source in added:
        chosen[source] = False
        chosen[source] = bool((wanted[:, chosen].sum(axis=1) < need).any())
    return chosen


_TEXT = re.compile(r"(full|exact)|(screen|budget):([0-9]{1,12})", re.ASCII)


def design_named(text: str) -> tuple[str, int] | None:
    """The name in `full`, `exact`, `screen:S` or `budget:ROWS`, and S or ROWS, 0 where there is none; else None."""
    found = _TEXT.fullmatch(text)
    if found is None or (found[3] is not None and int(found[3]) < 1):
        return None
    return found[1] or found[2], int(found[3] or 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """Cells that hold on the first `sources` of their stratum's order are cleared, others are measured to the end.

    Drawn from a whole sweep as the sequential plan would have measured it, without hindsight: looking at the rest of
    the table to choose the screen would make the bound a lie.
    """

    sources: int  # S, from 1 to N - T
    name: str = "screen"

    @property
    def parameters(self) -> Mapping[str, int | str]:
        """S."""
        return {"screen": self.sources}

    def draw(self, judged: Judged, seed: int) -> Draw:
        """What the plan asks for, stratum by stratum. SampleError for an S that no screen of this corpus can have."""
        most = len(judged.corpus) - judged.threshold
        if not 1 <= self.sources <= most:
            can = f"screens from 1 to {most} can be drawn" if most else "a screen of 1 is exact already"
            what = f"screen:{self.sources} makes no sense at {judged.threshold} of {len(judged.corpus)} sources: {can}"
            raise SampleError(what, where="--design", fix="take exact")
        found = list(strata(judged))
        return Draw(
            rows=in_file_order([rows_of(stratum, self._pairs(stratum, judged, seed)) for stratum in found]),
            miss_bound=miss_bound(len(judged.corpus), judged.threshold, self.sources),
            screens={stratum.labels(judged.sweep): self._screen(stratum, judged, seed) for stratum in found},
        )

    def _pairs(self, stratum: Stratum, judged: Judged, seed: int) -> Flags:
        order = source_order(judged.corpus, stratum.index, seed)
        asked = asked_of(stratum.states, order, threshold=judged.threshold, screen=self.sources)
        pairs: Flags = (asked | stratum.forced[:, None]) & (stratum.states != ABSENT)
        return pairs

    def _screen(self, stratum: Stratum, judged: Judged, seed: int) -> tuple[str, ...]:
        order = source_order(judged.corpus, stratum.index, seed)
        return tuple(judged.corpus[at] for at in order[: self.sources].tolist())


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """The first of full, exact, screen:(N - T), ... screen:1 that takes at most `rows` rows."""

    rows: int
    name: str = "budget"

    @property
    def parameters(self) -> Mapping[str, int | str]:
        """The budget. What it came to shows in the draw."""
        return {"rows": self.rows}

    def draw(self, judged: Judged, seed: int) -> Draw:
        """SampleError that names what each design takes, where none fits."""
        takes = []
        for design in _best_first(judged):
            draw = design.draw(judged, seed)
            if len(draw.rows) <= self.rows:
                return draw
            takes.append(f"{design_text(design)} takes {len(draw.rows):,}")
        raise SampleError(f"no design fits in {self.rows:,} rows: {', '.join(takes)}", where="--design")


def design_of(text: str) -> Design:
    """`full`, `exact`, `screen:S` or `budget:ROWS`. SampleError for anything else."""
    name, number = design_named(text) or ("", 0)
    made: dict[str, Design] = {
        "full": Full(),
        "exact": Exact(),
        "screen": Screen(sources=number),
        "budget": Budget(rows=number),
    }
    if name not in made:
        fix = "full, exact, screen:S with S from 1, or budget:ROWS"
        raise SampleError(f"{text!r} is no design", where="--design", fix=fix)
    return made[name]


def design_text(design: Design) -> str:
    """A design as `design_of` reads it."""
    return ":".join([design.name, *map(str, design.parameters.values())])


def _best_first(judged: Judged) -> Iterator[Design]:
    yield Full()
    yield Exact()
    for sources in range(len(judged.corpus) - judged.threshold, 0, -1):
        yield Screen(sources=sources)
