"""Designs that may miss, with the bound that they state: `screen:S`, and the best design that fits a budget."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from gate.errors import SampleError
from gate.sweep.columns import Flags, Ints
from gate.sweep.design import Design, Draw, Exact, Judged, Stratum, in_file_order, rows_of, source_order, strata
from gate.sweep.sequential import asked_of, miss_bound
from gate.sweep.states import ABSENT, HOLD

_TEXT = re.compile(r"(exact)|(screen|budget):([0-9]{1,12})", re.ASCII)


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
        kept = [rows_of(stratum, self._pairs(stratum, judged, seed)) for stratum in strata(judged)]
        bound = miss_bound(len(judged.corpus), judged.threshold, self.sources)
        return Draw(rows=in_file_order(kept), miss_bound=bound, screen=self.sources)

    def _pairs(self, stratum: Stratum, judged: Judged, seed: int) -> Flags:
        order = source_order(judged.corpus, stratum.index, seed)
        asked = asked_of(stratum.states, order, threshold=judged.threshold, screen=self.sources)
        return _not_alike_cleared(asked & (stratum.states != ABSENT), stratum, order, self.sources)


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
    found = _TEXT.fullmatch(text)
    if found is None or (found[3] is not None and int(found[3]) < 1):
        fix = "exact, screen:S with S from 1, or budget:ROWS"
        raise SampleError(f"{text!r} is no design", where="--design", fix=fix)
    if found[1]:
        return Exact()
    return Screen(sources=int(found[3])) if found[2] == "screen" else Budget(rows=int(found[3]))


def design_text(design: Design) -> str:
    """A design as `design_of` reads it."""
    return ":".join([design.name, *map(str, design.parameters.values())])


def _best_first(judged: Judged) -> Iterator[Design]:
    yield Exact()
    for sources in range(len(judged.corpus) - judged.threshold, 0, -1):
        yield Screen(sources=sources)


def _not_alike_cleared(keep: Flags, stratum: Stratum, order: Ints, screen: int) -> Flags:
    """`keep`, less a pair of each cell that would pass for cleared though the screen didn't clear it.

    A sample's cell counts as cleared when it has rows on exactly S sources and holds on all. So does one that the sweep
    lacks on a source of the screen and has on just S others: with one pair fewer it stays open, as it is in the sweep.
    """
    first = (stratum.states[:, order[:screen]] == HOLD).all(axis=1)
    holds = (keep & (stratum.states == HOLD)).sum(axis=1)
    alike = ~first & (holds == screen) & (keep.sum(axis=1) == screen)
    last = order[keep.shape[1] - 1 - np.argmax(keep[:, order][:, ::-1], axis=1)]
    trimmed = keep.copy()
    trimmed[alike, last[alike]] = False
    return trimmed
