"""Going through containers as Python does: lists live, dictionaries in order, sets only where order can't show."""

from __future__ import annotations

from collections.abc import Hashable, Iterator

from gate.proposal.evaluator.machine import Machine
from gate.proposal.evaluator.plain import described, entries, is_primitive, type_name, use
from gate.proposal.evaluator.values import (
    DictObj,
    IterObj,
    ListObj,
    Proxy,
    SetObj,
    Value,
    View,
)

Pair = tuple[Value, Value]


def over(machine: Machine, value: Value) -> Iterator[Value]:
    """The elements, each owed to the conditions behind the container. Each step is charged."""
    source = start(machine, value)
    for item in source:
        yield value.part(item)


def items(machine: Machine, value: Value) -> list[Value]:
    """All elements at once."""
    found: list[Value] = []
    for item in over(machine, value):
        found.append(item)
        machine.limit(len(found))
    machine.fits(len(found))
    return found


def start(machine: Machine, value: Value) -> Iterator[Value]:  # noqa: PLR0911 - one per kind
    """`iter(value)`: fails here, not at the first element, where the value can't be iterated."""
    data = use(machine, value)
    if isinstance(data, tuple):
        return _charged(machine, iter(data))
    if isinstance(data, ListObj):
        return _list(machine, data)
    if isinstance(data, DictObj | Proxy):
        return _dict(machine, data, "keys")
    if isinstance(data, View):
        return _dict(machine, data.of, data.kind)
    if isinstance(data, IterObj):
        return _iterator(machine, data)
    if isinstance(data, str | bytes | range):
        return _charged(machine, (Value(part, value.origins, value.control) for part in data))
    if isinstance(data, SetObj):
        machine.live(data)
        if len(data.entries) > 1:
            raise machine.unmodelled("depends on the order of a set")
        return _charged(machine, iter(list(data.entries.values())))
    if is_primitive(data):
        raise machine.raising("TypeError", f"'{type_name(data)}' object is not iterable")
    raise machine.unmodelled(f"iterates over {described(data)}")


def unordered(machine: Machine, value: Value) -> list[Value]:
    """All elements, for uses in which a set's order can't show."""
    data = use(machine, value)
    if isinstance(data, SetObj):
        machine.live(data)
        machine.fits(len(data.entries))
        return [value.part(item) for item in data.entries.values()]
    return items(machine, value)


def _charged(machine: Machine, source: Iterator[Value]) -> Iterator[Value]:
    for item in source:
        machine.charge()
        yield item


def _list(machine: Machine, data: ListObj) -> Iterator[Value]:
    machine.live(data)
    place = 0
    while place < len(data.items):
        machine.charge()
        machine.live(data)
        yield data.items[place]
        place += 1


def _dict(machine: Machine, data: DictObj | Proxy, kind: str) -> Iterator[Value]:
    before = dict(entries(machine, data))
    for filed, (key, _) in before.items():
        now = _unchanged(machine, data, before)
        if kind == "keys":
            yield key
        else:
            yield now[filed][1] if kind == "values" else Value((key, now[filed][1]))
    _unchanged(machine, data, before)


def _unchanged(machine: Machine, data: DictObj | Proxy, before: dict[Hashable, Pair]) -> dict[Hashable, Pair]:
    """The dictionary as it is now: a loop may replace values while it runs, but not alter which keys there are."""
    machine.charge(1 + len(before) // 32)
    now = entries(machine, data)
    if len(now) != len(before):
        raise machine.raising("RuntimeError", "dictionary changed size during iteration")
    if now.keys() != before.keys():
        raise machine.unmodelled("alters the keys of a dictionary while it goes through it")
    return now


def _iterator(machine: Machine, data: IterObj) -> Iterator[Value]:
    while True:
        machine.mutate(data)
        machine.charge()
        try:
            item = next(data.source)
        except StopIteration:
            return
        yield item
