"""Which rows a sample keeps, by design: full, exact, screen:S, budget:ROWS; the only parser of a design's name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Protocol

import numpy as np

from gate.errors import SampleError
from gate.evidence.sample.sequential import asked_of, holds_needed, miss_bound
from gate.evidence.sample.strata import (
    Judged,
    Stratum,
    in_file_order,
    kept_sources,
    rows_of,
    settled,
    source_order,
    strata,
)
from gate.evidence.sweep.columns import Bytes, Flags, Ints
from gate.evidence.sweep.detector import ABSENT, HIT, HOLD


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


def _chosen(stratum: Stratum, judged: Judged, seed: int) -> Flags:
    order = source_order(judged.corpus, stratum.index, seed)
    need = holds_needed(len(judged.corpus), judged.threshold)
    return _kept_pairs(stratum, judged.threshold, need, order)


def _kept_pairs(stratum: Stratum, threshold: int, need: int, order: Ints) -> Flags:
    """Which (unit, source) pairs to keep, shape (U, N). Repeats of a pair stay together."""
    states = stratum.states
    structural, cleared = settled(states, threshold, need)
    whole, cleared = structural | stratum.forced, cleared & ~stratum.forced
    keep = np.zeros(states.shape, np.bool_)
    keep[whole] = states[whole] != ABSENT
    keep[~whole & ~cleared] = _all_comparable(states[~whole & ~cleared], order)
    found = states[cleared]
    holds, hits = found == HOLD, (found == HIT) & stratum.told[cleared][:, None]
    touched = _covering(hits, 1, _covering(holds, need, kept_sources(keep), order), order, most=True)
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
