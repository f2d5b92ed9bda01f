"""One preset, over every answer of the host."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from gate.adapters.evaluator.attributes import lookup
from gate.adapters.evaluator.bounds import MAX_PATHS, MAX_STEPS_EMISSION, Unmodelled
from gate.adapters.evaluator.machine import Machine
from gate.adapters.evaluator.text import text
from gate.adapters.evaluator.values import NOTHING, Frame, FunctionObj, InstanceObj, ListObj, Raising, Value
from gate.model import Location

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
    """Every path of one evaluation: what was given, what was raised, or why neither is known."""

    given: T | None = None
    failure: Failure | None = None
    unresolved: Unmodelled | None = None
    condition: str = ""
    touched: frozenset[Location] = field(default=frozenset())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Path(Generic[T]):
    given: T | None
    failure: Failure | None
    questions: tuple[str, ...]


def explore(machine: Machine, question: Callable[[], T], same: Callable[[T], Hashable]) -> Outcome[T]:
    """Evaluate `question` once for every answer of the host that it depends on.

    `same` gives what two results are compared by. Where some paths raise and all others agree, both are reported.
    """
    machine.answers.script.clear()
    machine.touched = set()
    paths: list[_Path[T]] = []
    while True:
        machine.answers.restart()
        machine.epoch += 1
        try:
            paths.append(_run(machine, question))
        except Unmodelled as stopped:
            return Outcome(unresolved=stopped, touched=frozenset(machine.touched))
        if not machine.answers.advance():
            break
        if len(paths) >= MAX_PATHS:
            why = machine.unmodelled(f"depends on more than {MAX_PATHS} answers of the host")
            return Outcome(unresolved=why, touched=frozenset(machine.touched))
    return _judged(machine, paths, same)


def _judged(machine: Machine, paths: list[_Path[T]], same: Callable[[T], Hashable]) -> Outcome[T]:
    touched = frozenset(machine.touched)
    failure = next((path.failure for path in paths if path.failure), None)
    given = [(path.given, path.questions) for path in paths if path.given is not None]
    if not given:
        return Outcome(failure=failure, touched=touched)
    first, questions = given[0]
    if len({same(each) for each, _ in given}) > 1:
        asked = next((each[0] for _, each in given if each), "the host")
        why = Unmodelled(f"gives one thing or another, depending on what {asked} finds", machine.here())
        return Outcome(unresolved=why, touched=touched)
    condition = f"where {questions[0]} finds what the adapter asks for" if failure and questions else ""
    return Outcome(given=first, failure=failure, condition=condition, touched=touched)


def _run(machine: Machine, question: Callable[[], T]) -> _Path[T]:
    frame, depth, nesting, guard = machine.frame, machine.depth, machine.nesting, machine.guard
    machine.meter.restart(MAX_STEPS_EMISSION)
    given: T | None = None
    failure: Failure | None = None
    try:
        given = question()
    except Raising as error:
        failure = failed(machine, error)
    except RecursionError:
        raise Unmodelled("is nested too deeply", machine.here()) from None
    finally:
        machine.frame, machine.depth, machine.nesting, machine.guard = frame, depth, nesting, guard
    return _Path(given=given, failure=failure, questions=tuple(machine.answers.questions))


def failed(machine: Machine, error: Raising) -> Failure:
    """What is reported of an exception."""
    instance = error.instance.data
    if isinstance(instance, InstanceObj) and instance.native:
        args = instance.attributes["args"]
        shown = args if not isinstance(args.data, tuple) or len(args.data) != 1 else args.data[0]
        is_key = machine.is_a(instance.cls, "KeyError")
        message = text(machine, shown, repr if is_key else str) if args.data else ""
    else:
        message = text(machine, error.instance)
    shown_text = message.encode("utf-8", "backslashreplace").decode()
    return Failure(exception=error.cls.name, message=shown_text, where=error.where)


def frame_at(machine: Machine, where: Location) -> Frame:
    """A frame from which the harness's own calls are made, for the lines of what goes wrong in them."""
    module = next((each for each in machine.modules.values() if each.path == where.path), machine.frame.module)
    return Frame(kind="module", module=module, names={}, scope=NOTHING, line=where.line, epoch=machine.epoch)


def words(machine: Machine, value: Value) -> Words:
    """A method's result as words; pairs are flattened. Anything but strings leaves the model."""
    data = value.data
    if isinstance(data, ListObj):
        machine.live(data)
    items = data.items if isinstance(data, ListObj) else data
    if not isinstance(items, tuple | list):
        raise machine.unmodelled("gives something that isn't a list or tuple of strings")
    found: list[Value] = []
    for item in items:
        if isinstance(item.data, tuple | ListObj):
            found.extend(value.part(each) for each in words(machine, item))
        elif isinstance(item.data, str) and sayable(item.data):
            found.append(value.part(item))
        else:
            raise machine.unmodelled("gives something that isn't a list or tuple of strings")
    machine.fits(len(found))
    return tuple(found)


def sayable(text: str) -> bool:
    """Text that can be written: no half of a surrogate pair."""
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)


def arity(machine: Machine, instance: InstanceObj, name: str) -> tuple[int, int] | None:
    """How many arguments a method of the class must and may take, itself left out; None where that isn't known."""
    found = lookup(machine, instance.cls, name)
    if found is None or name in instance.attributes or not isinstance(found[1].data, FunctionObj):
        return None
    function = found[1].data
    spec = function.node.args
    most = len(spec.posonlyargs) + len(spec.args)
    least = most - len(function.defaults)
    if any(default is None for default in spec.kw_defaults) or most == 0:
        return None
    return max(0, least - 1), 99 if spec.vararg else most - 1


_NUMBER = re.compile(r"(\d+(?:\.\d+)?)")


def neighbours(default: object, limits: Sequence[object]) -> tuple[int | float, ...]:
    """The qualities one above and one below `default` that lie within `limits` (low, high), if these are two numbers.

    Empty where `default` isn't a number.
    """
    if isinstance(default, bool) or not isinstance(default, int | float):
        return ()
    low, high = limits if len(limits) == 2 else (None, None)
    if not isinstance(low, int | float) or not isinstance(high, int | float):
        return (default + 1, default - 1)
    return tuple(quality for quality in (default + 1, default - 1) if low <= quality <= high)


def alike(one: Sequence[str], other: Sequence[str], qualities: tuple[object, object], knob: str) -> bool:
    """Whether two command lines differ in nothing but the two `qualities` that they were made for.

    A word may differ where it follows the option of the quality, `knob`, or where each number in it that differs is
    one quality here and the other there.
    """
    option = f"-{knob}".partition(":")[0]
    before = ("", *one)
    return len(one) == len(other) and all(
        here == there or (knob and option == after.partition(":")[0]) or _carries(here, there, qualities)
        for after, here, there in zip(before, one, other, strict=False)
    )


def _carries(one: str, other: str, qualities: tuple[object, object]) -> bool:
    here, there = _NUMBER.split(one), _NUMBER.split(other)
    wanted = tuple(abs(float(str(quality))) for quality in qualities)
    return len(here) == len(there) and all(
        x == y or (place % 2 == 1 and (float(x), float(y)) == wanted)
        for place, (x, y) in enumerate(zip(here, there, strict=True))
    )
