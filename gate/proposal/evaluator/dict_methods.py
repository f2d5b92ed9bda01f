"""Methods of dict, mapping proxies and sets."""

from __future__ import annotations

from collections.abc import Sequence

from gate.proposal.evaluator import iteration
from gate.proposal.evaluator.equality import key_of
from gate.proposal.evaluator.machine import Machine
from gate.proposal.evaluator.methods import METHODS, Method, arguments, method
from gate.proposal.evaluator.operators import contains
from gate.proposal.evaluator.plain import NONE, entries
from gate.proposal.evaluator.values import DictObj, Proxy, SetObj, Value, View, of


def _get(machine: Machine, receiver: Value, args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    arguments(machine, "get", args, kwargs, 1, 2)
    found = entries(machine, _dict(receiver)).get(key_of(machine, args[0]))
    value = found[1] if found else args[1] if len(args) > 1 else NONE
    return receiver.part(value).also(args[0])


def _dict(value: Value) -> DictObj | Proxy:
    return value.data if isinstance(value.data, Proxy) else of(value, DictObj)


def _own(machine: Machine, value: Value) -> DictObj:
    held = of(value, DictObj)
    machine.mutate(held)
    return held


def _view(kind: str) -> Method:
    def run(machine: Machine, receiver: Value, args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
        arguments(machine, kind, args, kwargs, 0, 0)
        held = _dict(receiver)
        return Value(View(held.of if isinstance(held, Proxy) else held, kind), (), receiver.control)

    return run


def _copied(machine: Machine, receiver: Value, args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    arguments(machine, "copy", args, kwargs, 0, 0)
    return Value(machine.dict_of(dict(entries(machine, _dict(receiver)))), (), receiver.control)


for _kind in (dict, Proxy):
    METHODS[(_kind, "get")] = _get
    METHODS[(_kind, "copy")] = _copied
    for _name in ("keys", "values", "items"):
        METHODS[(_kind, _name)] = _view(_name)


@method(dict, "setdefault")
def _setdefault(machine: Machine, receiver: Value, args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    arguments(machine, "setdefault", args, kwargs, 1, 2)
    held, key = _own(machine, receiver).entries, key_of(machine, args[0])
    if key not in held:
        held[key] = (args[0], machine.tagged(args[1] if len(args) > 1 else NONE))
        machine.limit(len(held))
    return held[key][1]


@method(dict, "pop")
def _dict_pop(machine: Machine, receiver: Value, args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    arguments(machine, "pop", args, kwargs, 1, 2)
    held, key = _own(machine, receiver).entries, key_of(machine, args[0])
    if key in held:
        return held.pop(key)[1]
    if len(args) > 1:
        return args[1]
    raise machine.raising_with("KeyError", args[0])


@method(dict, "clear")
def _dict_clear(machine: Machine, receiver: Value, args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    arguments(machine, "clear", args, kwargs, 0, 0)
    _own(machine, receiver).entries.clear()
    return NONE


@method(dict, "update")
def _update(machine: Machine, receiver: Value, args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    arguments(machine, "update", args, {}, 0, 1)
    held = _own(machine, receiver).entries
    more = pairs(machine, args[0]) if args else []
    more += [(Value(name), value) for name, value in kwargs.items()]
    for key, value in more:
        filed = key_of(machine, key)
        held[filed] = (held[filed][0] if filed in held else key, machine.tagged(value))
    machine.limit(len(held))
    return NONE


def pairs(machine: Machine, source: Value) -> list[tuple[Value, Value]]:
    """What `dict(source)` would hold."""
    if isinstance(source.data, DictObj | Proxy):
        return list(entries(machine, source.data).values())
    found = []
    for item in iteration.items(machine, source):
        pair = iteration.items(machine, item)
        if len(pair) != 2:
            raise machine.unmodelled("builds a dictionary from what aren't pairs")
        found.append((pair[0], pair[1]))
    return found


def _set(machine: Machine, value: Value, alter: bool = False) -> SetObj:
    held = of(value, SetObj)
    (machine.mutate if alter else machine.live)(held)
    return held


@method(set, "add")
def _add(machine: Machine, receiver: Value, args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    arguments(machine, "add", args, kwargs, 1, 1)
    _set(machine, receiver, alter=True).entries.setdefault(key_of(machine, args[0]), machine.tagged(args[0]))
    return NONE


@method(set, "discard")
def _discard(machine: Machine, receiver: Value, args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    arguments(machine, "discard", args, kwargs, 1, 1)
    if isinstance(args[0].data, SetObj):
        raise machine.unmodelled("looks for a set in a set")
    _set(machine, receiver, alter=True).entries.pop(key_of(machine, args[0]), None)
    return NONE


def _issubset(machine: Machine, receiver: Value, args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    arguments(machine, "issubset", args, kwargs, 1, 1)
    held = _set(machine, receiver)
    return Value(all(contains(machine, args[0], item) for item in held.entries.values()))


def _union(machine: Machine, receiver: Value, args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    arguments(machine, "union", args, kwargs, 0, 4)
    held = _set(machine, receiver)
    made = dict(held.entries)
    for arg in args:
        for item in iteration.unordered(machine, arg):
            made.setdefault(key_of(machine, item), item)
    return Value(machine.set_of(made, held.frozen))


for _held in (set, frozenset):
    METHODS[(_held, "issubset")] = _issubset
    METHODS[(_held, "union")] = _union
