"""Subscripts: reading, storing and deleting elements."""

from __future__ import annotations

import operator

from gate.proposal.evaluator import iteration
from gate.proposal.evaluator.equality import key_of
from gate.proposal.evaluator.machine import Machine
from gate.proposal.evaluator.operators import is_type
from gate.proposal.evaluator.plain import described, entries, is_primitive, native, plain, type_name, use
from gate.proposal.evaluator.values import (
    BuiltinType,
    DictObj,
    External,
    Host,
    ListObj,
    Proxy,
    SetObj,
    Value,
    of,
)


def subscript(machine: Machine, container: Value, index: Value) -> Value:
    """`container[index]`."""
    data = use(machine, container)
    use(machine, index)
    if isinstance(data, Host):
        return Value(Host("value", data.probe, data.where)).also(container).also(index)
    if isinstance(data, DictObj | Proxy):
        found = entries(machine, data).get(key_of(machine, index))
        if found is None:
            raise machine.raising_with("KeyError", index)
        return container.part(found[1]).also(index)
    if isinstance(data, str | bytes | range):
        made = native(machine, operator.getitem, data, plain(machine, index))
        return Value(made).also(container).also(index)
    if isinstance(data, tuple | ListObj):
        return _element(machine, container, index)
    if isinstance(data, BuiltinType) or (isinstance(data, External) and is_type(data)):
        return Value(data if isinstance(data, External) else External("type expression"))
    if is_primitive(data) or isinstance(data, SetObj):
        raise machine.raising("TypeError", f"'{type_name(data)}' object is not subscriptable")
    raise machine.unmodelled(f"a subscript of {described(data)}")


def _element(machine: Machine, container: Value, index: Value) -> Value:
    data = container.data
    items: list[Value] | tuple[Value, ...]
    if isinstance(data, ListObj):
        machine.live(data)
        items = data.items
    else:
        items = of(container, tuple)
    place = plain(machine, index)
    if not isinstance(place, int | slice):
        message = f"{type_name(data)} indices must be integers or slices, not {type_name(index.data)}"
        raise machine.raising("TypeError", message)
    if isinstance(place, slice):
        part = [container.part(item) for item in native(machine, operator.getitem, items, place)]
        return Value(tuple(part)) if isinstance(data, tuple) else Value(machine.list_of(part))
    if not -len(items) <= place < len(items):
        raise machine.raising("IndexError", f"{type_name(data)} index out of range")
    return container.part(items[place]).also(index)


def store(machine: Machine, container: Value, index: Value, value: Value) -> None:
    """`container[index] = value`."""
    data = use(machine, container)
    if isinstance(data, DictObj):
        machine.mutate(data)
        key = key_of(machine, index)
        kept = data.entries[key][0] if key in data.entries else index
        data.entries[key] = (kept, machine.tagged(value))
        machine.limit(len(data.entries))
        return
    if isinstance(data, ListObj):
        machine.mutate(data)
        place = plain(machine, index)
        if isinstance(place, int) and -len(data.items) <= place < len(data.items):
            data.items[place] = machine.tagged(value)
            return
        if isinstance(place, int):
            raise machine.raising("IndexError", "list assignment index out of range")
        if isinstance(place, slice) and place.step is None:
            data.items[place] = [machine.tagged(item) for item in iteration.items(machine, value)]
            machine.fits(len(data.items))
            return
    if isinstance(data, tuple | Proxy) or is_primitive(data):
        raise machine.raising("TypeError", f"'{type_name(data)}' object does not support item assignment")
    raise machine.unmodelled(f"assigns into {described(data)}")


def remove(machine: Machine, container: Value, index: Value) -> None:
    """`del container[index]`."""
    data = use(machine, container)
    if isinstance(data, DictObj):
        machine.mutate(data)
        key = key_of(machine, index)
        if key not in data.entries:
            raise machine.raising_with("KeyError", index)
        del data.entries[key]
        return
    if isinstance(data, ListObj):
        machine.mutate(data)
        place = plain(machine, index)
        if isinstance(place, int | slice):
            native(machine, operator.delitem, data.items, place)
            return
    raise machine.unmodelled(f"deletes from {described(data)}")
