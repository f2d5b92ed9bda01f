"""A design over a plan: the schedule that measures by it, its miss bound, how many encodes and how long it takes."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction

from gate.errors import UsageError
from gate.evidence.measure.model import Clips, Encode, Failure, Outcome, Row, RowKey
from gate.evidence.measure.plan import Plan, Stratum
from gate.evidence.measure.schedule import Budgeted, Full, Schedule, Sequential
from gate.evidence.measure.spec import BARE
from gate.evidence.sample.design import design_named
from gate.evidence.sample.sequential import holds_needed, miss_bound
from gate.evidence.sweep.cells import PUBLISHED, Rule
from gate.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A design over a plan: its schedule, what it comes to in words, and the least and most encodes that it takes.

    `miss_bound` is the highest probability that a structural cell is cleared.
    """

    name: str
    words: str
    schedule: Schedule
    least: int
    most: int
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
    return Chosen(name="full", words=words, schedule=Full(plan=plan), least=count, most=count, miss_bound=Fraction(0))


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
        miss_bound=inner.miss_bound,
    )


def _screening(plan: Plan, screen: int) -> int:
    """The encodes of the screening alone, and the ladders that it needs."""
    return sum(
        (screen if stratum.cells else 1) * len(stratum.rungs) + screen * len(stratum.cells) for stratum in plan.strata
    )


def _need(plan: Plan, threshold: int) -> int:
    return holds_needed(len(plan.sources), threshold)


Grade = tuple[str, str]  # (codec, preset): what encode time hangs on most
Times = Mapping[Grade, float]
Sizes = Mapping[str, float]  # source -> megapixels of all its pictures


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Mean time in ms for a million pixels: of encoding per (codec, preset), and of all that an encode takes beside.

    That is scoring, and starting programs.
    """

    encode_ms: Times
    beside_ms: float

    def seconds(self, plan: Plan, sizes: Sizes, encodes: int, jobs: int) -> float:
        """The wall time of so many encodes of a plan, taken evenly from all of it, `jobs` at a time."""
        total = sum(self._of(place.codec, place.preset) * sizes[place.source] for place in plan.encodes)
        return total / max(1, len(plan.encodes)) * encodes / jobs / 1000

    def _of(self, codec: str, preset: str) -> float:
        """What is unknown of one preset is taken from the codec's others; of one codec, from all."""
        known = self.encode_ms.get((codec, preset))
        if known is None:
            alike = [ms for (name, _), ms in self.encode_ms.items() if name == codec] or list(self.encode_ms.values())
            known = _mean(alike)
        return known + self.beside_ms


def sizes_of(clips: Clips) -> Sizes:
    """How much each clip holds."""
    return {name: clip.width * clip.height * clip.frames / 1e6 for name, clip in clips.items()}


def mean_times(encode_times: Iterable[tuple[RowKey, float]], sizes: Sizes) -> Times:
    """Mean encode time in ms for a million pixels, per (codec, preset)."""
    times: dict[Grade, list[float]] = defaultdict(list)
    for place, encode_ms in encode_times:
        times[place.codec, place.preset].append(encode_ms / sizes[place.source])
    return {grade: _mean(found) for grade, found in times.items()}


def calibrate(encodes: Iterable[Encode], measure: Callable[[Encode], Outcome], sizes: Sizes) -> Pace:
    """The pace of a few encodes, made here and now, one after the other. UsageError where one fails."""
    made: list[tuple[Row, float]] = []
    for encode in encodes:
        begun = time.monotonic()
        outcome = measure(encode)
        if isinstance(outcome, Failure):
            place = encode.place
            what = f"a bare encode failed, {place.codec} at preset {place.preset}: {outcome.reason}"
            raise UsageError(what, fix="see its words with `gate sweep run --limit 1`")
        made.append((outcome, 1000 * (time.monotonic() - begun)))
    times = mean_times(((row.place, row.encode_time_ms) for row, _ in made), sizes)
    beside = [(wall_ms - row.encode_time_ms) / sizes[row.place.source] for row, wall_ms in made]
    return Pace(encode_ms=times, beside_ms=_mean(beside))


def typical(plan: Plan) -> Iterator[Encode]:
    """Two bare encodes per codec and preset: the first quality of its first rate control, the last of its last.

    Each is of another source than the one before, so that no clip's own pace is taken for all of them.
    """
    strata: dict[str, list[Stratum]] = defaultdict(list)
    for stratum in plan.strata:
        strata[stratum.codec].append(stratum)
    turn = 0
    for codec, found in strata.items():
        for preset in dict.fromkeys(preset for preset, _ in found[0].rungs):
            for stratum, end in ((found[0], 0), (found[-1], -1)):
                q = [q for own, q in stratum.rungs if own == preset][end]
                source = plan.sources[turn % len(plan.sources)]
                turn += 1
                yield plan.encodes[RowKey(source, codec, stratum.rc_mode, BARE, preset, q)]


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0
