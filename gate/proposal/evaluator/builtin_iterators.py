"""Built-in functions that go through things: `zip`, `map`, `sorted`, `min`."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from gate.proposal.evaluator import iteration
from gate.proposal.evaluator.builtin import builtin
from gate.proposal.evaluator.formatting import owed
from gate.proposal.evaluator.machine import Machine
from gate.proposal.evaluator.operators import binary, compare
from gate.proposal.evaluator.ordering import sort_keys, sort_values
from gate.proposal.evaluator.plain import described, plain, python_type, use
from gate.proposal.evaluator.truth import truth
from gate.proposal.evaluator.values import (
    DictObj,
    IterObj,
    ListObj,
    Names,
    SetObj,
    Value,
)


@builtin("sum", 1, 2, "start")
def _sum(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    total = args[1] if len(args) > 1 else kwargs.get("start", Value(0))
    if isinstance(total.data, str):
        raise machine.raising("TypeError", "sum() can't sum strings [use ''.join(seq) instead]")
    for item in iteration.over(machine, args[0]):
        total = binary(machine, ast.Add, total, item)
    return total


def _extreme(name: str, kind: type) -> None:
    @builtin(name, 1, 255, "key", "default")
    def run(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
        found = iteration.unordered(machine, args[0]) if len(args) == 1 else list(args)
        if not found:
            if "default" in kwargs:
                return kwargs["default"]
            raise machine.unmodelled(f"{name}() of nothing isn't modelled")
        if isinstance(args[0].data, SetObj) and "key" in kwargs:
            raise machine.unmodelled("depends on the order of a set")
        keys = sort_keys(machine, found, kwargs.get("key"))
        best = 0
        for place in range(1, len(found)):
            if truth(machine, compare(machine, kind, _shown(keys[place]), _shown(keys[best]))):
                best = place
        made = found[best]
        for other in found[:32]:
            made = made.owed((), other.origins)
        return made


def _shown(whole: object) -> Value:
    """A sort key as a value again; only ever compared."""
    if isinstance(whole, tuple):
        return Value(tuple(_shown(part) for part in whole))
    if isinstance(whole, list):
        return Value(ListObj(items=[_shown(part) for part in whole]))
    return Value(whole)


_extreme("min", ast.Lt)


_extreme("max", ast.Gt)


@builtin("sorted", 1, 1, "key", "reverse")
def _sorted(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    if isinstance(args[0].data, SetObj) and "key" in kwargs:
        raise machine.unmodelled("may depend on the order of a set")
    found = iteration.unordered(machine, args[0])
    if isinstance(args[0].data, SetObj) and len({type(item.data) for item in found}) > 1:
        raise machine.unmodelled("may depend on the order of a set")
    return Value(machine.list_of(sort_values(machine, found, kwargs)))


def _iterator(machine: Machine, source: Iterator[Value]) -> Value:
    return Value(IterObj(source=source, epoch=machine.epoch, home=machine.frame.module.path))


@builtin("iter", 1, 1)
def _iter(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    if isinstance(args[0].data, IterObj):
        return args[0]
    return _iterator(machine, iteration.over(machine, _checked_iterable(machine, args[0])))


def _checked_iterable(machine: Machine, value: Value) -> Value:
    """Fails now, as Python does, and not at the first step."""
    iteration.start(machine, value)
    return value


@builtin("next", 1, 2)
def _next(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    data = use(machine, args[0])
    if not isinstance(data, IterObj):
        raise machine.raising(
            "TypeError", f"'{getattr(python_type(data), '__name__', 'object')}' object is not an iterator"
        )
    machine.mutate(data)
    try:
        return next(data.source)
    except StopIteration:
        if len(args) > 1:
            return args[1]
        raise machine.raising("StopIteration") from None


@builtin("reversed", 1, 1)
def _reversed(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    data = use(machine, args[0])
    if not isinstance(data, tuple | ListObj | str | range | DictObj):
        raise machine.unmodelled(f"reversed() of {described(data)} isn't modelled")
    return _iterator(machine, iter(iteration.items(machine, args[0])[::-1]))


@builtin("enumerate", 1, 2, "start")
def _enumerate(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    first = plain(machine, args[1] if len(args) > 1 else kwargs.get("start", Value(0)))
    if not isinstance(first, int):
        raise machine.unmodelled("enumerate() from this isn't modelled")
    source = iteration.over(machine, _checked_iterable(machine, args[0]))
    return _iterator(machine, (Value((Value(place), item)) for place, item in enumerate(source, first)))


@builtin("zip", 0, 16, "strict")
def _zip(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    if "strict" in kwargs and truth(machine, kwargs["strict"]):
        raise machine.unmodelled("zip(strict=True) isn't modelled")
    sources = [iteration.over(machine, _checked_iterable(machine, arg)) for arg in args]
    return _iterator(machine, (Value(row) for row in zip(*sources, strict=False)))


@builtin("map", 2, 8)
def _map(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    sources = [iteration.over(machine, _checked_iterable(machine, arg)) for arg in args[1:]]
    return _iterator(machine, (machine.call(args[0], row) for row in zip(*sources, strict=False)))


@builtin("filter", 2, 2)
def _filter(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    source = iteration.over(machine, _checked_iterable(machine, args[1]))
    if args[0].data is None:
        return _iterator(machine, (item for item in source if truth(machine, item)))
    return _iterator(machine, (item for item in source if truth(machine, machine.call(args[0], [item]))))


@builtin("all", 1, 1)
def _all(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    return owed(Value(all(truth(machine, item) for item in iteration.over(machine, args[0]))), args)


@builtin("any", 1, 1)
def _any(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    return owed(Value(any(truth(machine, item) for item in iteration.over(machine, args[0]))), args)
