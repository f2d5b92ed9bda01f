"""Which encodes a run makes next: all of a plan, or only those that the rows so far leave needed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Protocol

import numpy as np

from gate.evidence.measure.model import Row, RowKey
from gate.evidence.measure.plan import Plan, Stratum
from gate.evidence.measure.rows import raw_row
from gate.evidence.measure.store import Store
from gate.evidence.model import Detector
from gate.evidence.sample.sequential import next_pairs
from gate.evidence.sample.strata import source_order
from gate.evidence.sweep.cells import PUBLISHED, Rule, judge
from gate.evidence.sweep.columns import Bytes
from gate.evidence.sweep.detector import ABSENT, ABSTAINS
from gate.evidence.sweep.exact import sweep_of
from gate.evidence.sweep.row import BARE
from gate.values import dataclass, field


class Schedule(Protocol):
    """Decides what is measured next. Another design is another implementation.

    An encode that failed is known, too: it won't be had by asking again.
    """

    def ahead(self, known: Store, pending: Collection[RowKey]) -> list[RowKey]:
        """What is surely needed, neither known nor `pending`, in a good order; all of it known: nothing, for good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Full:
    """Every encode of the plan, in its order."""

    plan: Plan

    def ahead(self, known: Store, pending: Collection[RowKey]) -> list[RowKey]:
        return [place for place in self.plan.encodes if _is_new(place, known, pending)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequential:
    """Screens each stratum's cells on `screen` sources, then confirms those that don't hold (design 6).

    The rows so far are judged by `rule`, once a slice's whole bare ladder is known; where it pools a recipe's ladder,
    all q of it are measured together. Strata go on side by side. What ends up measured follows from the outcomes alone,
    not from their order or from interruptions.
    """

    plan: Plan
    threshold: int
    screen: int
    seed: int
    rule: Rule = PUBLISHED
    # A stratum is judged again only when more of it is known.
    _judged: dict[int, tuple[int, list[RowKey]]] = field(default_factory=dict, repr=False)

    def ahead(self, known: Store, pending: Collection[RowKey]) -> list[RowKey]:
        needed = (place for stratum in self.plan.strata for place in self._needed(stratum, known))
        return [place for place in needed if _is_new(place, known, pending)]

    def _needed(self, stratum: Stratum, known: Store) -> list[RowKey]:
        count = sum(_is_known(place, known) for place in _places(stratum, self.plan.sources))
        before, needed = self._judged.get(stratum.index, (-1, []))
        if before != count:
            needed = list(self._next(stratum, known))
            self._judged[stratum.index] = count, needed
        return needed

    def _next(self, stratum: Stratum, known: Store) -> Iterator[RowKey]:
        sources = self.plan.sources
        order = source_order(sources, stratum.index, self.seed)
        if not stratum.cells:  # one ladder says that the codec was measured at all
            yield from stratum.ladder(sources[int(order[0])])
            return
        states = states_of(stratum, sources, known, self.rule)
        units = units_of(stratum, self.rule)
        pairs = next_pairs(states, order, threshold=self.threshold, screen=self.screen)
        for source in (each for each in order.tolist() if pairs[:, each].any()):
            yield from stratum.ladder(sources[source])
            for unit in np.flatnonzero(pairs[:, source]).tolist():
                yield from (stratum.place(cell, sources[source]) for cell in units[unit])


@dataclass(frozen=True, slots=True, kw_only=True)
class Budgeted:
    """Another schedule, broken off before it takes more than so many rows."""

    schedule: Schedule
    rows: int

    def ahead(self, known: Store, pending: Collection[RowKey]) -> list[RowKey]:
        left = self.rows - len(known.rows) - len(known.failures) - len(pending)
        return self.schedule.ahead(known, pending)[: max(0, left)]


def units_of(stratum: Stratum, rule: Rule) -> Sequence[Sequence[int]]:
    """The stratum's cells as they are judged: each alone, or all q of a recipe at a preset together."""
    if rule.detector is not Detector.POOLED:
        return [[cell] for cell in range(len(stratum.cells))]
    ladders: dict[tuple[str, str], list[int]] = {}
    for at, (recipe, preset, _) in enumerate(stratum.cells):
        ladders.setdefault((recipe, preset), []).append(at)
    return list(ladders.values())


def states_of(stratum: Stratum, sources: tuple[str, ...], known: Store, rule: Rule) -> Bytes:
    """What each of the stratum's U units does on each of N sources, shape (U, N), in the words of the detectors.

    A pair is ABSENT until all of it and the whole bare ladder of its slice are known; one that failed is ABSTAINS.
    """
    units = units_of(stratum, rule)
    states = np.full((len(units), len(sources)), ABSENT, np.int8)
    rows: list[Row] = []
    for column, source in enumerate(sources):
        ladder = list(stratum.ladder(source))
        if all(_is_known(place, known) for place in ladder):
            rows += [known.rows[place] for place in ladder if place in known.rows]
            for at, unit in enumerate(units):
                places = [stratum.place(cell, source) for cell in unit]
                if all(_is_known(place, known) for place in places):
                    states[at, column] = ABSTAINS
                    rows += [known.rows[place] for place in places if place in known.rows]
    if any(row.place.recipe != BARE for row in rows):
        found = judge(sweep_of(enumerate(map(raw_row, rows))), rule, sources=sources)
        labels = (found.grid.sweep.recipe, found.grid.sweep.preset, found.grid.sweep.q)
        unit_of = {stratum.cells[cell]: at for at, unit in enumerate(units) for cell in unit}
        for cell, row in enumerate(found.grid.groups.first.tolist()):
            recipe, preset, q = (column.of(row) for column in labels)
            states[unit_of[recipe, preset, q]] = np.maximum(states[unit_of[recipe, preset, q]], found.decided.of[cell])
    return states


def _places(stratum: Stratum, sources: tuple[str, ...]) -> Iterator[RowKey]:
    for source in sources:
        yield from stratum.ladder(source)
        for cell in range(len(stratum.cells)):
            yield stratum.place(cell, source)


def _is_known(place: RowKey, known: Store) -> bool:
    return place in known.rows or place in known.failures


def _is_new(place: RowKey, known: Store, pending: Collection[RowKey]) -> bool:
    return not _is_known(place, known) and place not in pending
