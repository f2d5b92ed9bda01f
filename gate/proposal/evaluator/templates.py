"""`str.format`: the template taken apart here, so that its fields are read by the model and not by Python."""

from __future__ import annotations

import re
import string
from collections.abc import Sequence

from gate.proposal.evaluator.formatting import formatted
from gate.proposal.evaluator.machine import Machine
from gate.proposal.evaluator.plain import native
from gate.proposal.evaluator.subscripts import subscript
from gate.proposal.evaluator.values import Value, of

_FIELD = re.compile(r"([^.\[]*)((?:\.[^.\[]+|\[[^\]]+\])*)\Z")
_STEP = re.compile(r"\.([^.\[]+)|\[([^\]]+)\]")


def fill(machine: Machine, template: Value, args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    """`template.format(*args, **kwargs)`."""
    whole, owed, place, length = [], Value(None), 0, 0
    for literal, field, spec, conversion in _parsed(machine, of(template, str)):
        whole.append(literal)
        if field is None:
            continue
        if "{" in (spec or ""):
            raise machine.unmodelled("fields inside a format specification aren't modelled")
        value, place = _field(machine, field, place, args, kwargs)
        whole.append(formatted(machine, value, spec or "", ord(conversion) if conversion else -1))
        owed = owed.also(value)
        length += len(literal) + len(whole[-1])
        machine.limit_text(length)
    return Value("".join(whole), owed.origins, owed.control).also(template)


def _parsed(machine: Machine, template: str) -> list[tuple[str, str | None, str | None, str | None]]:
    machine.fits_text(len(template))
    return native(machine, lambda: list(string.Formatter().parse(template)))


def _field(
    machine: Machine, field: str, place: int, args: Sequence[Value], kwargs: dict[str, Value]
) -> tuple[Value, int]:
    match = _FIELD.match(field)
    if match is None:
        raise machine.unmodelled(f"format field {field[:40]!r} isn't modelled")
    name, rest = match.groups()
    if name == "":
        if place < 0:
            raise machine.unmodelled("a template that numbers some of its fields isn't modelled")
        name, place = str(place), place + 1
    elif name.isdecimal():
        if place > 0:
            raise machine.unmodelled("a template that numbers some of its fields isn't modelled")
        place = -1
    return _stepped(machine, _argument(machine, name, args, kwargs), rest), place


def _argument(machine: Machine, name: str, args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    if name.isdecimal():
        if len(name) > 3 or int(name) >= len(args):
            message = f"Replacement index {name} out of range for positional args tuple"
            raise machine.raising("IndexError", message)
        return args[int(name)]
    if name not in kwargs:
        raise machine.raising("KeyError", name)
    return kwargs[name]


def _stepped(machine: Machine, value: Value, rest: str) -> Value:
    for attribute, index in _STEP.findall(rest):
        if attribute:
            found = machine.attribute(value, attribute)
            if found is None:
                raise machine.raising("AttributeError", f"no attribute '{attribute}'")
            value = found
        else:
            value = subscript(machine, value, Value(int(index) if index.isdecimal() else index))
    return value
