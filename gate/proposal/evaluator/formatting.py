"""Formatting by format specification and by `%`, within bounds."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence

from gate.proposal.evaluator.bounds import MAX_TEMPLATE, MAX_WIDTH
from gate.proposal.evaluator.machine import Machine
from gate.proposal.evaluator.plain import described, is_primitive, native, plain, use
from gate.proposal.evaluator.shown import size, text
from gate.proposal.evaluator.values import (
    DictObj,
    ListObj,
    Proxy,
    Value,
)

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
