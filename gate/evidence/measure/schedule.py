"""Which encodes a run makes next: all of a plan, or only those that the rows so far leave needed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from gate.evidence.measure.model import Failure, Row, RowKey
from gate.evidence.measure.plan import Plan, Stratum
from gate.evidence.measure.rows import raw_row
from gate.evidence.sample.design import source_order
from gate.evidence.sample.sequential import next_pairs
from gate.evidence.sweep.columns import Bytes, Ints
from gate.evidence.sweep.detector import ABSENT, ABSTAINS, HIT, HOLD
from gate.evidence.sweep.exact import sweep_of
from gate.evidence.sweep.nearest import Tolerances, detect


class Known(Protocol):
    """What is known so far. An encode that failed is known, too: it won't be had by asking again."""

    @property
    def rows(self) -> Mapping[RowKey, Row]:
        """The rows on disk."""

    @property
    def failures(self) -> Mapping[RowKey, Failure]:
        """The encodes that came to nothing."""


class Schedule(Protocol):
    """Decides what is measured next. Another design is another implementation."""

    def ahead(self, known: Known, pending: Collection[RowKey]) -> list[RowKey]:
        """What is surely needed, neither known nor `pending`, in a good order; all of it known: nothing, for good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Full:
    """Every encode of the plan, in its order."""

    plan: Plan

    def ahead(self, known: Known, pending: Collection[RowKey]) -> list[RowKey]:
        return [place for place in self.plan.encodes if _is_new(place, known, pending)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequential:
    """Screens each stratum's cells on `screen` sources, then confirms those that don't hold (design 6).

    The rows so far are judged by the published rule, once a slice's whole bare ladder is known. Strata go on side by
    side. What ends up measured follows from the outcomes alone, not from their order or from interruptions.
    """

    plan: Plan
    threshold: int
    screen: int
    seed: int
    tolerances: Tolerances = field(default_factory=Tolerances)
    # A stratum is judged again only when more of it is known.
    _judged: dict[int, tuple[int, list[RowKey]]] = field(default_factory=dict, repr=False)

    def ahead(self, known: Known, pending: Collection[RowKey]) -> list[RowKey]:
        needed = (place for stratum in self.plan.strata for place in self._needed(stratum, known))
        return [place for place in needed if _is_new(place, known, pending)]

    def _needed(self, stratum: Stratum, known: Known) -> list[RowKey]:
        count = sum(_is_known(place, known) for place in _places(stratum, self.plan.sources))
        before, needed = self._judged.get(stratum.index, (-1, []))
        if before != count:
            needed = list(self._next(stratum, known))
            self._judged[stratum.index] = count, needed
        return needed

    def _next(self, stratum: Stratum, known: Known) -> Iterator[RowKey]:
        sources = self.plan.sources
        order = source_order(sources, stratum.index, self.seed)
        if not stratum.cells:  # one ladder says that the codec was measured at all
            yield from stratum.ladder(sources[int(order[0])])
            return
        states = states_of(stratum, sources, known, self.tolerances)
        pairs = next_pairs(states, order, threshold=self.threshold, screen=self.screen)
        for source in _touched(pairs, order):
            yield from stratum.ladder(sources[source])
            for cell in np.flatnonzero(pairs[:, source]).tolist():
                yield stratum.place(cell, sources[source])


@dataclass(frozen=True, slots=True, kw_only=True)
class Budgeted:
    """Another schedule, broken off before it takes more than so many rows."""

    schedule: Schedule
    rows: int

    def ahead(self, known: Known, pending: Collection[RowKey]) -> list[RowKey]:
        left = self.rows - len(known.rows) - len(known.failures) - len(pending)
        return self.schedule.ahead(known, pending)[: max(0, left)]


def states_of(stratum: Stratum, sources: tuple[str, ...], known: Known, tolerances: Tolerances) -> Bytes:
    """What each of the stratum's C cells does on each of N sources, shape (C, N), in the words of the detectors.

    A pair is ABSENT until it and the whole bare ladder of its slice are known; one that failed is ABSTAINS.
    """
    states = np.full((len(stratum.cells), len(sources)), ABSENT, np.int8)
    rows: list[Row] = []
    pairs: list[tuple[int, int]] = []
    for column, source in enumerate(sources):
        ladder = list(stratum.ladder(source))
        if not all(_is_known(place, known) for place in ladder):
            continue
        bare = [known.rows[place] for place in ladder if place in known.rows]
        rows += bare
        pairs += [(-1, column)] * len(bare)
        for cell in range(len(stratum.cells)):
            place = stratum.place(cell, source)
            if place in known.rows:
                rows.append(known.rows[place])
                pairs.append((cell, column))
            elif place in known.failures:
                states[cell, column] = ABSTAINS
    for (cell, column), state in zip(pairs, _detected(rows, tolerances), strict=True):
        if cell >= 0:
            states[cell, column] = state
    return states


def _detected(rows: list[Row], tolerances: Tolerances) -> list[int]:
    """The state of each row, of no meaning for bare ones."""
    if not rows:
        return []
    findings = detect(sweep_of(enumerate(raw_row(row) for row in rows)), tolerances)
    found: list[int] = np.where(findings.regression, HIT, np.where(findings.comparable, HOLD, ABSTAINS)).tolist()
    return found


def _touched(pairs: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], order: Ints) -> Iterable[int]:
    """The sources on which anything is asked for, in the stratum's order."""
    return (source for source in order.tolist() if pairs[:, source].any())


def _places(stratum: Stratum, sources: tuple[str, ...]) -> Iterator[RowKey]:
    for source in sources:
        yield from stratum.ladder(source)
        for cell in range(len(stratum.cells)):
            yield stratum.place(cell, source)


def _is_known(place: RowKey, known: Known) -> bool:
    return place in known.rows or place in known.failures


def _is_new(place: RowKey, known: Known, pending: Collection[RowKey]) -> bool:
    return not _is_known(place, known) and place not in pending
