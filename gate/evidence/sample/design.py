"""Which rows a sample keeps, by design: full, exact, screen:S, budget:ROWS; the only parser of a design's name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction

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
from gate.values import dataclass, field


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


@dataclass(frozen=True, slots=True)
class Design:
    """A rule that picks rows: `full`, `exact`, `screen` on a `number` of sources, `budget` of a `number` of rows.

    Another rule is a subclass that draws otherwise; nothing else knows them apart.
    """

    name: str
    number: int = 0

    def __str__(self) -> str:
        """As `design_of` reads it."""
        return ":".join([self.name, *map(str, self.parameters.values())])

    @property
    def parameters(self) -> dict[str, int]:
        """What the manifest records beside the name, so that the draw can be repeated."""
        return dict.fromkeys({"screen": ("screen",), "budget": ("rows",)}.get(self.name, ()), self.number)

    def draw(self, judged: Judged, seed: int) -> Draw:
        """The rows to keep; the same for the same sweep and seed. SampleError where this corpus can't be drawn so."""
        return {"full": _full, "exact": _exact, "screen": _screen, "budget": _budget}[self.name](
            judged, seed, self.number
        )


def _full(judged: Judged, seed: int, _: int) -> Draw:
    return Draw(rows=np.arange(len(judged.sweep)), miss_bound=Fraction(0), whole=True)


def _exact(judged: Judged, seed: int, _: int) -> Draw:
    """Every cell is structural, ruled out or undetermined in the sample exactly where it is in the sweep (design 6).

    Structural cells keep every row, so that reports show all their hits; undetermined ones all that can be compared,
    and every row where the bare ladder calls them structural. Cells that are ruled out keep N − T + 1 sources that
    hold, and one that hits where any does: content-dependent stays content-dependent. A touched slice keeps its whole
    bare ladder. Chooses with hindsight, so that few slices, and with them few ladders, are touched.
    """
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


def _screen(judged: Judged, seed: int, screen: int) -> Draw:
    """Cells that hold on the first S sources of their stratum's order are cleared, others are measured to the end.

    Drawn from a whole sweep as the sequential plan would have measured it, without hindsight: looking at the rest of
    the table to choose the screen would make the bound a lie. SampleError for an S outside 1 to N − T.
    """
    most = len(judged.corpus) - judged.threshold
    if not 1 <= screen <= most:
        can = f"screens from 1 to {most} can be drawn" if most else "a screen of 1 is exact already"
        what = f"screen:{screen} makes no sense at {judged.threshold} of {len(judged.corpus)} sources: {can}"
        raise SampleError(what, where="--design", fix="take exact")
    rows, screens = [], {}
    for stratum in strata(judged):
        order = source_order(judged.corpus, stratum.index, seed)
        asked = asked_of(stratum.states, order, threshold=judged.threshold, screen=screen)
        rows.append(rows_of(stratum, (asked | stratum.forced[:, None]) & (stratum.states != ABSENT)))
        screens[stratum.labels(judged.sweep)] = tuple(judged.corpus[at] for at in order[:screen].tolist())
    bound = miss_bound(len(judged.corpus), judged.threshold, screen)
    return Draw(rows=in_file_order(rows), miss_bound=bound, screens=screens)


def _budget(judged: Judged, seed: int, rows: int) -> Draw:
    """The first of full, exact, screen:(N - T), ... screen:1 that fits; SampleError with what each takes for none."""
    takes = []
    screens = range(len(judged.corpus) - judged.threshold, 0, -1)
    for design in (Design("full"), Design("exact"), *(Design("screen", screen) for screen in screens)):
        draw = design.draw(judged, seed)
        if len(draw.rows) <= rows:
            return draw
        takes.append(f"{design} takes {len(draw.rows):,}")
    raise SampleError(f"no design fits in {rows:,} rows: {', '.join(takes)}", where="--design")


_TEXT = re.compile(r"(full|exact)|(screen|budget):([0-9]{1,12})", re.ASCII)


def design_named(text: str) -> Design | None:
    """The design that `full`, `exact`, `screen:S` or `budget:ROWS` names, S and ROWS from 1 on; else None."""
    found = _TEXT.fullmatch(text)
    if found is None or (found[3] is not None and int(found[3]) < 1):
        return None
    return Design(found[1] or found[2], int(found[3] or 0))


def design_of(text: str) -> Design:
    """`full`, `exact`, `screen:S` or `budget:ROWS`. SampleError for anything else."""
    design = design_named(text)
    if design is None:
        fix = "full, exact, screen:S with S from 1, or budget:ROWS"
        raise SampleError(f"{text!r} is no design", where="--design", fix=fix)
    return design
