"""A design over a plan: the schedule that measures by it, how many encodes it can take, and its miss bound."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from gate.errors import UsageError
from gate.evidence.measure.plan import Plan
from gate.evidence.measure.schedule import Budgeted, Full, Schedule, Sequential
from gate.evidence.sample.design import design_named
from gate.evidence.sample.sequential import holds_needed, miss_bound
from gate.evidence.sweep.cells import PUBLISHED, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A design over a plan: its schedule, what it comes to in words, and the least and most encodes that it takes.

    `screen` is on how many sources every cell is tried; 0 where all are. `miss_bound` is the highest probability that
    a structural cell is cleared.
    """

    name: str
    words: str
    schedule: Schedule
    least: int
    most: int
    screen: int
    miss_bound: Fraction


def design_of(text: str, plan: Plan, *, threshold: int, seed: int, rule: Rule = PUBLISHED) -> Chosen:
    """The design that `text` names; `rule` judges the rows on the way.

    Raises: UsageError for another, or one that this plan can't have.
    """
    design = design_named(text)
    if design is None:
        raise UsageError(f"no design {text!r}", where="--design", fix="full, exact, screen:S or budget:ROWS")
    if design.name == "full":
        return _full(plan)
    if design.name == "exact":
        return _sequential(text, plan, _need(plan, threshold), threshold=threshold, seed=seed, rule=rule)
    return (_screen if design.name == "screen" else _budget)(design.number, plan, threshold, seed, rule)


def _full(plan: Plan) -> Chosen:
    count = len(plan.encodes)
    words = "full: every cell on every source"
    return Chosen(
        name="full", words=words, schedule=Full(plan=plan), least=count, most=count, screen=0, miss_bound=Fraction(0)
    )


def _screen(screen: int, plan: Plan, threshold: int, seed: int, rule: Rule) -> Chosen:
    need = _need(plan, threshold)
    if screen > need:
        what = f"a screen on {screen} sources measures more than `exact`, which needs {need} of {len(plan.sources)}"
        raise UsageError(
            what, where="--design", fix=f"screen:1 to screen:{need - 1}, or exact" if need > 1 else "exact"
        )
    return _sequential(f"screen:{screen}", plan, screen, threshold=threshold, seed=seed, rule=rule)


def _sequential(name: str, plan: Plan, screen: int, *, threshold: int, seed: int, rule: Rule) -> Chosen:
    """Bounds, because the encodes depend on their outcomes: every cell holds; or the detector abstains on all."""
    bound = miss_bound(len(plan.sources), threshold, screen)
    misses = f"a structural cell is missed with probability at most {bound}" if bound else "misses no structural cell"
    return Chosen(
        name=name,
        words=f"{name}: every cell on {screen} sources first, and on more where it doesn't hold; {misses}",
        schedule=Sequential(plan=plan, threshold=threshold, screen=screen, seed=seed, rule=rule),
        least=_screening(plan, min(screen, threshold)),
        most=len(plan.encodes),
        screen=screen,
        miss_bound=bound,
    )


def _budget(rows: int, plan: Plan, threshold: int, seed: int, rule: Rule) -> Chosen:
    """The whole plan if it fits; else the largest screen all of whose screening does; confirming takes what is left."""
    if len(plan.encodes) <= rows:
        return _full(plan)
    fitting = [screen for screen in range(1, _need(plan, threshold) + 1) if _screening(plan, screen) <= rows]
    if not fitting:
        least = _screening(plan, 1)
        what = f"a budget of {rows:,} rows is too small: screen:1 takes at least {least:,}"
        raise UsageError(what, where="--design", fix=f"budget:{least} or more")
    screen = fitting[-1]
    name = "exact" if screen == _need(plan, threshold) else f"screen:{screen}"
    inner = _sequential(name, plan, screen, threshold=threshold, seed=seed, rule=rule)
    return Chosen(
        name=f"budget:{rows}",
        words=f"budget of {rows:,} rows: {inner.words}; what the budget leaves unsettled stays undetermined",
        schedule=Budgeted(schedule=inner.schedule, rows=rows),
        least=inner.least,
        most=rows,
        screen=screen,
        miss_bound=inner.miss_bound,
    )


def _screening(plan: Plan, screen: int) -> int:
    """The encodes of the screening alone, and the ladders that it needs."""
    return sum(
        (screen if stratum.cells else 1) * len(stratum.rungs) + screen * len(stratum.cells) for stratum in plan.strata
    )


def _need(plan: Plan, threshold: int) -> int:
    return holds_needed(len(plan.sources), threshold)
