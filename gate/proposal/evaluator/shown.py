"""Values as text: `str`, `repr`, and how long the text would get."""

from __future__ import annotations

from collections.abc import Callable

from gate.proposal.evaluator.machine import Machine
from gate.proposal.evaluator.plain import described, method_of, native, plain, use
from gate.proposal.evaluator.values import (
    InstanceObj,
    Value,
    of,
)


def text(machine: Machine, value: Value, conversion: Callable[[object], str] = str) -> str:
    """`str(value)`, or `repr`."""
    data = use(machine, value)
    if isinstance(data, InstanceObj):
        return _instance_text(machine, data, conversion)
    whole = plain(machine, value)
    if isinstance(whole, type):
        raise machine.unmodelled("shows a class as text")
    machine.fits_text(size(whole))
    shown = native(machine, conversion, whole)
    machine.fits_text(len(shown))
    return shown


def _instance_text(machine: Machine, data: InstanceObj, conversion: Callable[[object], str]) -> str:
    if not machine.is_a(data.cls, "BaseException") or conversion is not str:
        raise machine.unmodelled(f"shows {described(data)} as text")
    if data.native:
        raise machine.unmodelled("uses the words of an exception that Python itself raises")
    if method_of(data.cls, "__str__") or machine.is_a(data.cls, "OSError"):
        raise machine.unmodelled(f"{data.cls.name} shows itself as text")
    args = of(data.attributes["args"], tuple)
    if len(args) == 1:
        return text(machine, args[0], repr if machine.is_a(data.cls, "KeyError") else str)
    return text(machine, Value(args)) if args else ""


def size(whole: object) -> int:
    """A floor of how long the text of plain data gets; shared parts count as often as they show."""
    if isinstance(whole, str | bytes):
        return len(whole)
    if isinstance(whole, dict):
        return sum(size(k) + size(v) + 4 for k, v in whole.items())
    if isinstance(whole, tuple | list):
        return sum(size(item) + 2 for item in whole)
    return 1
