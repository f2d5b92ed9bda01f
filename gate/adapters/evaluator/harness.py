"""One question about an adapter, over every answer of the host, and over every quality."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Generic, TypeVar

from gate.adapters.evaluator.bounds import MAX_PATHS, MAX_STEPS_EMISSION, Unmodelled
from gate.adapters.evaluator.machine import Answers, Machine, Span
from gate.adapters.evaluator.plain import EARLIER, plain
from gate.adapters.evaluator.scopes import Frame
from gate.adapters.evaluator.text import text
from gate.adapters.evaluator.values import Host, InstanceObj, ListObj, Quality, QualityText, Raising, Value
from gate.model import ALL_QUALITIES, Location, Qualities
from gate.values import dataclass, field

Words = tuple[Value, ...]
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An exception that left the method."""

    exception: str
    message: str
    where: Location


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome(Generic[T]):
    """Every path of one evaluation: what was given or raised, or why neither is known; and for which qualities."""

    given: T | None = None
    failure: Failure | None = None
    unresolved: Unmodelled | None = None
    condition: str = ""
    touched: frozenset[Location] = field(default=frozenset())
    qualities: Qualities = ALL_QUALITIES


def explore(
    machine: Machine, question: Callable[[], T], same: Callable[[T], Hashable], quality: int | None = None
) -> Outcome[T]:
    """Evaluate `question` once for every answer of the host that it depends on.

    `same` gives what two results are compared by. Where some paths raise and all others agree, both are reported.
    """
    answers = machine.answers = Answers()
    machine.touched = set()
    machine.span = Span(quality=quality) if quality is not None else None
    paths: list[tuple[T | None, Failure | None, tuple[str, ...]]] = []
    unresolved: Unmodelled | None = None
    try:
        while unresolved is None:
            answers.restart()
            machine.epoch += 1
            try:
                given, failure = _run(machine, question)
            except Unmodelled as stopped:
                unresolved = stopped
                break
            paths.append((given, failure, tuple(answers.questions)))
            if not answers.advance():
                break
            if len(paths) >= MAX_PATHS:
                unresolved = machine.unmodelled(f"depends on more than {MAX_PATHS} answers of the host")
        found = _judged(machine, paths, same) if unresolved is None else Outcome(unresolved=unresolved)
    finally:
        machine.answers = None
    span = machine.span
    around = Qualities(low=span.low, high=span.high) if span is not None else Qualities()
    machine.span = None
    return Outcome(
        given=found.given,
        failure=found.failure,
        unresolved=found.unresolved,
        condition=found.condition,
        touched=frozenset(machine.touched),
        qualities=around,
    )


def _judged(
    machine: Machine, paths: list[tuple[T | None, Failure | None, tuple[str, ...]]], same: Callable[[T], Hashable]
) -> Outcome[T]:
    failure = next((failure for _, failure, _ in paths if failure), None)
    given = [(given, questions) for given, _, questions in paths if given is not None]
    if not given:
        return Outcome(failure=failure)
    first, questions = given[0]
    earlier = [question for _, _, asked in paths for question in asked if question.startswith(EARLIER)]
    if failure and earlier:
        return Outcome(unresolved=machine.unmodelled(f"raises or not, depending on {earlier[0]}"))
    if len({same(each) for each, _ in given}) > 1:
        asked = next((each[0] for _, each in given if each), "the host")
        why = machine.unmodelled(f"gives one thing or another, depending on what {asked} finds")
        return Outcome(unresolved=why)
    condition = f"where {questions[0]} finds what the adapter asks for" if failure and questions else ""
    return Outcome(given=first, failure=failure, condition=condition)


def _run(machine: Machine, question: Callable[[], T]) -> tuple[T | None, Failure | None]:
    frame, depth, guard = machine.frame, machine.depth, machine.guard
    machine.restart(MAX_STEPS_EMISSION)
    try:
        return question(), None
    except Raising as error:
        return None, failed(machine, error)
    except RecursionError:
        raise Unmodelled("is nested too deeply", machine.here()) from None
    finally:
        machine.frame, machine.depth, machine.guard = frame, depth, guard


def failed(machine: Machine, error: Raising) -> Failure:
    """What is reported of an exception."""
    instance: InstanceObj = error.instance.data
    if instance.native:
        args = instance.attributes["args"].data
        message = str(args[0].data) if args else ""
    else:
        try:
            message = str(text(machine, error.instance).data)
        except (Unmodelled, Raising):
            message = ""
    return Failure(
        exception=error.cls.name, message=message.encode("utf-8", "backslashreplace").decode(), where=error.where
    )


def frame_at(machine: Machine, where: Location) -> Frame:
    """A frame from which the harness's own calls are made, for the lines of what goes wrong in them."""
    module = next((each for each in machine.modules.values() if each.path == where.path), machine.frame.module)
    return Frame(kind="module", module=module, names={}, line=where.line, epoch=machine.epoch)


def over_qualities(ask: Callable[[int], Outcome[T]], default: int, span: tuple[int, int]) -> Iterator[Outcome[T]]:
    """The answer at every quality from span[0] to span[1]: each once per interval.

    The default's interval comes first, then those below it downwards, then those above it.
    """
    low, high = span
    first = ask(default)
    yield first
    below, above = first.qualities.low, first.qualities.high
    while below is not None and below > low:
        found = ask(below - 1)
        yield found
        below = found.qualities.low
    while above is not None and above < high:
        found = ask(above + 1)
        yield found
        above = found.qualities.high


def words(machine: Machine, value: Value) -> Words:
    """A method's result as words; pairs are flattened. Anything but text leaves the language."""
    data = value.data
    held = data.items if isinstance(data, ListObj) else data
    if not isinstance(held, tuple | list):
        raise machine.unmodelled("gives something that isn't a list or tuple of strings")
    found: list[Value] = []
    for item in held:
        machine.charge()
        if isinstance(item.data, tuple | ListObj):
            found.extend(words(machine, item))
        elif isinstance(item.data, QualityText):
            found.append(item)
        elif isinstance(item.data, Host) and item.data.kind == "text" and found and found[-1].data == "-threads":
            found.append(Value("auto", item.origins, item.control))  # whatever it is, the encode is the same
        elif isinstance(item.data, InstanceObj) and item.data.cls.mixin is str:
            found.append(Value(plain(machine, item), item.origins, item.control))
        elif type(item.data) is str and sayable(item.data):
            found.append(item)
        else:
            raise machine.unmodelled("gives something that isn't a list or tuple of strings")
    machine.limit(len(found))
    return tuple(each.owed(value.origins, value.control) for each in found)


def without_threads(words: Iterable[str]) -> tuple[str, ...]:
    """Words as they are compared: how many threads an encoder gets is neutral."""
    found: list[str] = []
    for each in words:
        found.append("" if found and found[-1] == "-threads" else each)
    return tuple(found)


def sayable(text: str) -> bool:
    """Text that can be written: no half of a surrogate pair."""
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)


def quality_value(quality: object) -> Value:
    """The quality as it is handed to a method."""
    return Value(Quality(quality)) if type(quality) is int else Value(quality)
