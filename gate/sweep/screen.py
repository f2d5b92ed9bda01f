"""Designs that may miss, with the bound that they state: `screen:S`, and the best design that fits a budget."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gate.errors import SampleError
from gate.sweep.columns import Flags
from gate.sweep.design import Design, Draw, Exact, Judged, Stratum, in_file_order, rows_of, source_order, strata
from gate.sweep.sequential import asked_of, miss_bound
from gate.sweep.states import ABSENT

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
