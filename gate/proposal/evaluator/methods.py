"""The table of the methods of Python's own types. What isn't registered here isn't modelled."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gate.proposal.evaluator.machine import Machine
from gate.proposal.evaluator.values import Value

Method = Callable[[Machine, Value, Sequence[Value], dict[str, Value]], Value]


METHODS: dict[tuple[type, str], Method] = {}


def method(kind: type, *names: str) -> Callable[[Method], Method]:
    """Register the decorated function as these methods of `kind`."""

    def register(function: Method) -> Method:
        for name in names:
            METHODS[(kind, name)] = function
        return function

    return register


def arguments(
    machine: Machine, name: str, args: Sequence[Value], kwargs: dict[str, Value], least: int, most: int
) -> None:
    """Refuse what isn't `least` to `most` positional arguments."""
    if kwargs:
        raise machine.unmodelled(f"keyword arguments of {name}() aren't modelled")
    if not least <= len(args) <= most:
        raise machine.unmodelled(f"{name}() with {len(args)} arguments isn't modelled")
