"""Methods of list and tuple."""

from __future__ import annotations

from collections.abc import Sequence

from gate.proposal.evaluator import iteration
from gate.proposal.evaluator.equality import equals
from gate.proposal.evaluator.machine import Machine
from gate.proposal.evaluator.methods import METHODS, arguments, method
from gate.proposal.evaluator.ordering import sort_values
from gate.proposal.evaluator.plain import NONE, native, plain
from gate.proposal.evaluator.values import ListObj, Raising, Value, of


def _list(value: Value) -> ListObj:
    return of(value, ListObj)


@method(list, "append")
def _append(machine: Machine, receiver: Value, args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    arguments(machine, "append", args, kwargs, 1, 1)
    machine.mutate(_list(receiver))
    _list(receiver).items.append(machine.tagged(args[0]))
    machine.limit(len(_list(receiver).items))
    return NONE


@method(list, "extend")
def _extend(machine: Machine, receiver: Value, args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    arguments(machine, "extend", args, kwargs, 1, 1)
    machine.mutate(_list(receiver))
    more = [machine.tagged(item) for item in iteration.items(machine, args[0])]
    machine.mutate(_list(receiver))
    _list(receiver).items.extend(more)
    machine.limit(len(_list(receiver).items))
    return NONE


@method(list, "insert")
def _insert(machine: Machine, receiver: Value, args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    arguments(machine, "insert", args, kwargs, 2, 2)
    machine.mutate(_list(receiver))
    native(machine, list.insert, _list(receiver).items, plain(machine, args[0]), machine.tagged(args[1]))
    machine.limit(len(_list(receiver).items))
    return NONE


@method(list, "pop")
def _pop(machine: Machine, receiver: Value, args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    arguments(machine, "pop", args, kwargs, 0, 1)
    machine.mutate(_list(receiver))
    return native(machine, _list(receiver).items.pop, *(plain(machine, arg) for arg in args))


@method(list, "clear")
def _clear(machine: Machine, receiver: Value, args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    arguments(machine, "clear", args, kwargs, 0, 0)
    machine.mutate(_list(receiver))
    _list(receiver).items.clear()
    return NONE


@method(list, "reverse")
def _reverse(machine: Machine, receiver: Value, args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    arguments(machine, "reverse", args, kwargs, 0, 0)
    machine.mutate(_list(receiver))
    _list(receiver).items.reverse()
    return NONE


@method(list, "copy")
def _copy(machine: Machine, receiver: Value, args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    arguments(machine, "copy", args, kwargs, 0, 0)
    return Value(machine.list_of(iteration.items(machine, receiver)))


@method(list, "sort")
def _sort(machine: Machine, receiver: Value, args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    arguments(machine, "sort", args, {}, 0, 0)
    held = _list(receiver)
    machine.mutate(held)
    items, held.items = held.items, []  # as Python has it: a key function sees an empty list
    try:
        ordered = sort_values(machine, items, kwargs)
    except Raising:
        held.items = items
        raise
    if held.items:
        raise machine.raising("ValueError", "list modified during sort")
    held.items = ordered
    return NONE


@method(list, "remove")
def _remove(machine: Machine, receiver: Value, args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    arguments(machine, "remove", args, kwargs, 1, 1)
    machine.mutate(_list(receiver))
    for place, item in enumerate(_list(receiver).items):
        if equals(machine, item, args[0]):
            del _list(receiver).items[place]
            return NONE
    raise machine.raising("ValueError", "list.remove(x): x not in list")


def _index(machine: Machine, receiver: Value, args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    arguments(machine, "index", args, kwargs, 1, 1)
    for place, item in enumerate(iteration.items(machine, receiver)):
        if equals(machine, item, args[0]):
            return Value(place).also(receiver).also(args[0])
    if isinstance(receiver.data, tuple):
        raise machine.raising("ValueError", "tuple.index(x): x not in tuple")
    shown = plain(machine, args[0])
    machine.fits_text(len(repr(shown)))
    raise machine.raising("ValueError", f"{shown!r} is not in list")


def _count(machine: Machine, receiver: Value, args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    arguments(machine, "count", args, kwargs, 1, 1)
    return Value(sum(equals(machine, item, args[0]) for item in iteration.items(machine, receiver)))


for _kind in (list, tuple):
    METHODS[(_kind, "index")] = _index
    METHODS[(_kind, "count")] = _count
