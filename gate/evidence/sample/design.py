"""Which rows a sample keeps, by design: exact, screen:S, budget:ROWS; the only parser of a design's name."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Protocol

import numpy as np

from gate.errors import SampleError
from gate.evidence.sample.sequential import asked_of, holds_needed, miss_bound
from gate.evidence.sweep.columns import Bytes, Flags, Ints, Labels, Sweep
from gate.evidence.sweep.detector import ABSENT, ABSTAINS, HIT, HOLD
from gate.evidence.sweep.groups import combined


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A whole sweep and what the detector says of its R rows. `corpus` may name more sources than the rows do."""

    sweep: Sweep
    comparable: Flags
    regression: Flags
    corpus: tuple[str, ...]
    threshold: int  # T: hits from which a cell is structural


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """The rows that a design keeps, as ascending indices, and the most that it can miss.

    `screens` are the S sources of each stratum, a (codec, rc_mode), on which cells were cleared: fewer than rule a
    structural cell out. Empty where the design clears none so.
    """

    rows: Ints
    miss_bound: Fraction  # highest probability that a cell which is structural in the sweep isn't in the sample
    screens: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)

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
    """One (codec, rc_mode): its rows, and what each of its C cells does on each of N sources."""

    index: int
    rows: Ints
    bare: Flags  # per row
    cell: Ints  # per row; of no meaning for bare rows
    source: Ints  # per row, an index into the corpus
    states: Bytes  # shape (C, N)

    def labels(self, sweep: Sweep) -> tuple[str, str]:
        """Its codec and rc_mode in the sweep that it is of."""
        first = int(self.rows[0])
        return sweep.codec.of(first), sweep.rc_mode.of(first)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exact:
    """Every cell is structural, ruled out or undetermined in the sample exactly where it is in the sweep (design 6).

    Structural cells keep every row, so that reports show all their hits; cells that are ruled out keep N − T + 1
    sources that hold; undetermined ones all that can be compared. A touched slice keeps its whole bare ladder.
    """

    name: str = "exact"

    @property
    def parameters(self) -> Mapping[str, int | str]:
        """None: the corpus and the threshold say it all."""
        return {}

    def draw(self, judged: Judged, seed: int) -> Draw:
        """Chooses with hindsight, so that few slices, and with them few ladders, are touched."""
        kept = [rows_of(stratum, _chosen(stratum, judged, seed)) for stratum in strata(judged)]
        return Draw(rows=in_file_order(kept), miss_bound=Fraction(0))


def strata(judged: Judged) -> Iterator[Stratum]:
    """The sweep's strata, in the order of their first rows."""
    sweep = judged.sweep
    place = {source: i for i, source in enumerate(judged.corpus)}
    source = np.array([place[name] for name in sweep.source.names], np.int64)[sweep.source.codes]
    stratum = _key(sweep.codec, sweep.rc_mode)
    order = np.argsort(stratum, kind="stable")
    starts = np.flatnonzero(np.diff(stratum[order], prepend=-1))
    groups = sorted(np.split(order, starts[1:]), key=lambda rows: int(rows[0])) if len(sweep) else []
    cell = _key(sweep.recipe, sweep.preset, sweep.q)
    state = np.where(judged.regression, HIT, np.where(judged.comparable, HOLD, ABSTAINS)).astype(np.int8)
    for index, rows in enumerate(groups):
        bare = sweep.bare[rows]
        names, cells = np.unique(np.where(bare, -1, cell[rows]), return_inverse=True)
        cells -= int(names[0] == -1)
        states = np.zeros((len(names) - int(names[0] == -1), len(judged.corpus)), np.int8)
        np.maximum.at(states, (cells[~bare], source[rows][~bare]), state[rows][~bare])
        yield Stratum(index=index, rows=rows, bare=bare, cell=cells, source=source[rows], states=states)


def least_rows(judged: Judged) -> int:
    """The floor that no exact sample goes below.

    T hits per structural cell, N − T + 1 holds per cell that is ruled out, one row per undetermined cell, and the bare
    ladders of as many slices as that takes at least.
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
    """The rows of the kept (cell, source) pairs, shape (C, N), all repeats, and the whole ladders of their slices."""
    touched = _touched(keep)
    if not touched.any():  # nothing but bare rows: one ladder says that the codec was measured at all
        touched[stratum.source[0]] = True
    wanted = touched[stratum.source]
    candidates = ~stratum.bare
    wanted[candidates] = keep[stratum.cell[candidates], stratum.source[candidates]]
    return stratum.rows[wanted]


def in_file_order(rows: list[Ints]) -> Ints:
    """The rows of all strata, ascending."""
    return np.sort(np.concatenate(rows)) if rows else np.empty(0, np.int64)


def _chosen(stratum: Stratum, judged: Judged, seed: int) -> Flags:
    order = source_order(judged.corpus, stratum.index, seed)
    need = holds_needed(len(judged.corpus), judged.threshold)
    return _kept_pairs(stratum.states, judged.threshold, need, order)


def _kept_pairs(states: Bytes, threshold: int, need: int, order: Ints) -> Flags:
    """Which (cell, source) pairs to keep, shape (C, N). Repeats of a pair stay together."""
    structural, cleared = _verdicts(states, threshold, need)
    undetermined = ~structural & ~cleared
    keep = np.zeros(states.shape, np.bool_)
    keep[structural] = states[structural] != ABSENT
    keep[undetermined] = _all_comparable(states[undetermined], order)
    holds = states[cleared] == HOLD
    touched = _covering(holds, need, _touched(keep), order)
    usable = (holds & touched)[:, order]
    chosen = np.zeros_like(holds)
    chosen[:, order] = usable & (np.cumsum(usable, axis=1) <= need)
    keep[cleared] = chosen
    return keep


def _touched(keep: Flags) -> Flags:
    """Which sources any cell keeps, shape (N,)."""
    touched: Flags = np.logical_or.reduce(keep, axis=0)
    return touched


def _verdicts(states: Bytes, threshold: int, need: int) -> tuple[Flags, Flags]:
    """Which cells are structural, and which are ruled out."""
    structural = (states == HIT).sum(axis=1) >= threshold
    return structural, ~structural & ((states == HOLD).sum(axis=1) >= need)


def _all_comparable(states: Bytes, order: Ints) -> Flags:
    """Every pair that the detector could compare; where there is none, one pair, so that the cell stays in the grid."""
    keep = states >= HOLD
    for cell in np.flatnonzero(~keep.any(axis=1)):
        first = next(source for source in order if states[cell, source] != ABSENT)
        keep[cell, first] = True
    return keep


def _covering(holds: Flags, need: int, touched: Flags, order: Ints) -> Flags:
    """Few sources, those in `touched` among them, on which every cell holds at least `need` times.

    Takes the source that helps most cells, the earliest in `order` of equals, until all are served; then gives back
    those that turn out not to be needed.
    """
    chosen, added = touched.copy(), []
    while (short := holds[:, chosen].sum(axis=1) < need).any():
        helps = np.where(chosen, -1, holds[short].sum(axis=0))
        best = int(order[int(np.argmax(helps[order]))])
        chosen[best] = True
        added.append(best)
    for source in added:
        chosen[source] = False
        chosen[source] = bool((holds[:, chosen].sum(axis=1) < need).any())
    return chosen


def _key(*columns: Labels) -> Ints:
    return combined([column.codes for column in columns], [len(column.names) for column in columns])


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
        pairs: Flags = asked & (stratum.states != ABSENT)
        return pairs

    def _screen(self, stratum: Stratum, judged: Judged, seed: int) -> tuple[str, ...]:
        order = source_order(judged.corpus, stratum.index, seed)
        return tuple(judged.corpus[at] for at in order[: self.sources].tolist())


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """The first of exact, screen:(N - T), ... screen:1 that takes at most `rows` rows."""

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
    """`exact`, `screen:S` or `budget:ROWS`. SampleError for anything else."""
    name, number = design_named(text) or ("", 0)
    if name not in ("exact", "screen", "budget"):
        fix = "exact, screen:S with S from 1, or budget:ROWS"
        raise SampleError(f"{text!r} is no design", where="--design", fix=fix)
    return Exact() if name == "exact" else Screen(sources=number) if name == "screen" else Budget(rows=number)


def design_text(design: Design) -> str:
    """A design as `design_of` reads it."""
    return ":".join([design.name, *map(str, design.parameters.values())])


def _best_first(judged: Judged) -> Iterator[Design]:
    yield Exact()
    for sources in range(len(judged.corpus) - judged.threshold, 0, -1):
        yield Screen(sources=sources)
