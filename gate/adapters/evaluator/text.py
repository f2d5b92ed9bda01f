"""Str, repr, format, %."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence

from gate.adapters.evaluator.bounds import MAX_TEMPLATE, MAX_WIDTH
from gate.adapters.evaluator.machine import Machine
from gate.adapters.evaluator.plain import described, is_primitive, method_of, native, plain, use
from gate.adapters.evaluator.values import DictObj, InstanceObj, ListObj, Proxy, Value, of


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


CONVERSIONS: dict[str, Callable[[object], str]] = {"s": str, "r": repr, "a": ascii}
_PERCENT = re.compile(r"%(?:\([^)]*\))?[-#0 +]*(\*|\d*)(?:\.(\*|\d*))?")


_SPEC = re.compile(r"\d+")


def check_percent(machine: Machine, template: str) -> None:
    """Refuse widths in `%`-formatting that are too large, or come from the arguments."""
    if len(template) > MAX_TEMPLATE:
        raise machine.unmodelled(f"formats by a template of more than {MAX_TEMPLATE} characters")
    for match in _PERCENT.finditer(template):
        for part in match.groups():
            if part == "*" or (part and (len(part) > 6 or int(part) > MAX_WIDTH)):
                raise machine.unmodelled(f"formats to a width of more than {MAX_WIDTH}")


def check_spec(machine: Machine, spec: str) -> None:
    """Refuse format specifications with a width or precision that is too large."""
    for match in _SPEC.findall(spec):
        if len(match) > 6 or int(match) > MAX_WIDTH:
            raise machine.unmodelled(f"formats to a width of more than {MAX_WIDTH}")


def formatted(machine: Machine, value: Value, spec: str, conversion: int = -1) -> str:
    """`format(value, spec)`, after `!r`, `!s` or `!a`."""
    check_spec(machine, spec)
    data = use(machine, value)
    if conversion != -1:
        shown: object = text(machine, value, CONVERSIONS[chr(conversion)])
    elif is_primitive(data):
        shown = data
    elif spec:
        raise machine.unmodelled(f"formats {described(data)}")
    else:
        return text(machine, value)
    made = native(machine, format, shown, spec)
    machine.fits_text(len(made))
    return made


def percent(machine: Machine, template: str, left: Value, right: Value) -> Value:
    """`template % arguments`."""
    check_percent(machine, template)
    args = plain(machine, right)
    times = template.count("%") if isinstance(right.data, DictObj | Proxy) else 1
    machine.fits_text(len(template) + size(args) * times)
    made = native(machine, operator.mod, template, args)
    machine.fits_text(len(made))
    return Value(made, left.origins, left.control).also(gathered(right))


def gathered(value: Value) -> Value:
    """A container with the lines of its elements added: what a text made from it is owed to."""
    data = value.data
    if isinstance(data, tuple):
        for item in data[:64]:
            value = value.also(item)
    elif isinstance(data, ListObj):
        for item in data.items[:64]:
            value = value.also(item)
    elif isinstance(data, DictObj):
        for _, item in list(data.entries.values())[:64]:
            value = value.also(item)
    return value


def owed(made: Value, args: Sequence[Value]) -> Value:
    """What a function of Python's own gives, owed to the arguments it was made from."""
    for arg in args:
        made = made.also(gathered(arg))
    return made
