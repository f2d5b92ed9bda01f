"""The tables that the rest fills and looks things up in: methods, types, and what lies outside by exact dotted name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gate.adapters.evaluator.machine import STANDARD, Machine
from gate.adapters.evaluator.values import Args, External, FunctionObj, Names, Opaque, Unknown, Value

Call = Callable[[Machine, Args, Names], Value]
METHODS: dict[tuple[Any, str], Any] = {}  # (kind, name) -> function(machine, args, kwargs, receiver=…)
UNBOUND: dict[tuple[type, str], Call] = {}  # what a type itself has: `dict.fromkeys`
TYPES: dict[type, Call] = {}  # what calling a type does
OUTSIDE_CALLS: dict[str, Call] = {}  # dotted name -> what calling it does
OUTSIDE_VALUES: dict[str, Callable[[Machine], Value]] = {}  # dotted name -> the value that it is
OUTSIDE_NAMES: dict[str, frozenset[str]] = {}  # module -> its names that may be imported and handed around
DECORATORS: dict[str, Callable[[Machine, Value], Value]] = {}  # dotted name -> what it makes of a function or class
INERT: set[str] = set()  # dotted names: calling them does nothing to the package, and gives something unknown


def known_outside(path: str) -> bool:
    """Whether a dotted name is in the language."""
    module, _, name = path.rpartition(".")
    tables = (STANDARD, OUTSIDE_CALLS, OUTSIDE_VALUES, DECORATORS, OUTSIDE_NAMES, INERT)
    return any(path in table for table in tables) or name in OUTSIDE_NAMES.get(module, ())


def outside(machine: Machine, path: str) -> Value:
    """The value of an exact dotted name."""
    path = path.replace("typing_extensions.", "typing.")
    if not known_outside(path):
        raise machine.unmodelled(f"{path} isn't read")
    if path in machine.classes:
        return Value(machine.classes[path])
    made = OUTSIDE_VALUES.get(path)
    return made(machine) if made is not None else Value(External(path), machine.origins())


def inert_argument(data: object) -> bool:
    """Plain data, or a function that is kept and not called."""
    if isinstance(data, tuple):
        return all(inert_argument(each.data) for each in data)
    return isinstance(data, str | int | float | bytes | FunctionObj | External | Opaque) or data is None


def call_outside(machine: Machine, callee: External, args: Args, kwargs: Names) -> Value:
    """A call of an exact dotted name."""
    found = OUTSIDE_CALLS.get(callee.path)
    if found is not None:
        return found(machine, args, kwargs)
    if (
        callee.path in INERT
        and not machine.guard
        and all(inert_argument(each.data) for each in (*args, *kwargs.values()))
    ):
        return Value(Unknown(machine.unmodelled(f"{callee.path}() isn't read"), inert=True), machine.origins())
    if callee.path in DECORATORS and len(args) == 1 and not kwargs:
        return DECORATORS[callee.path](machine, args[0])
    raise machine.unmodelled(f"{callee.path}() isn't read")
