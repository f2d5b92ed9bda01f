"""What calling a built-in type makes: `str(x)`, `tuple(x)`, `dict(x)`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gate.proposal.evaluator import iteration
from gate.proposal.evaluator.bounds import MAX_BITS
from gate.proposal.evaluator.dict_methods import pairs
from gate.proposal.evaluator.equality import key_of
from gate.proposal.evaluator.formatting import owed
from gate.proposal.evaluator.machine import TABLES, Machine, models
from gate.proposal.evaluator.operators import checked
from gate.proposal.evaluator.plain import described, native, plain, python_type, use
from gate.proposal.evaluator.shown import text
from gate.proposal.evaluator.truth import host_from, truth
from gate.proposal.evaluator.values import (
    BuiltinType,
    Host,
    InstanceObj,
    Names,
    Value,
    of,
)

TYPES = {
    kind.__name__: kind
    for kind in (str, int, float, bool, bytes, list, tuple, dict, set, frozenset, type, object, range, slice)
}


@models(TABLES.calls, BuiltinType)
def _type(machine: Machine, callee: Value, args: Sequence[Value], kwargs: Names) -> Value:
    kind = of(callee, BuiltinType).kind
    if kind is dict:
        return _dict(machine, args, kwargs)
    made = _MAKERS.get(kind)
    if made is None or kwargs or len(args) > (3 if kind is range else 2 if kind is int else 1):
        raise machine.unmodelled(f"{kind.__name__}() called like this isn't modelled")
    return made(machine, args)


def _str(machine: Machine, args: Sequence[Value]) -> Value:
    host = host_from(machine, *args)
    return host or owed(Value(text(machine, args[0]) if args else ""), args)


def _int(machine: Machine, args: Sequence[Value]) -> Value:
    host = host_from(machine, *args)
    if host:
        return host
    given = [plain(machine, arg) for arg in args]
    if given and isinstance(given[0], str | bytes) and len(given[0]) > MAX_BITS // 4:
        raise machine.unmodelled(f"computes an integer of more than {MAX_BITS} bits")
    return owed(checked(machine, native(machine, int, *given)), args)


def _float(machine: Machine, args: Sequence[Value]) -> Value:
    return owed(checked(machine, native(machine, float, *(plain(machine, arg) for arg in args))), args)


def _bool(machine: Machine, args: Sequence[Value]) -> Value:
    if args and isinstance(args[0].data, Host):
        return Value(truth(machine, args[0])).also(args[0])
    return owed(Value(truth(machine, args[0]) if args else False), args[:1])


def _list(machine: Machine, args: Sequence[Value]) -> Value:
    return Value(machine.list_of(iteration.items(machine, args[0]) if args else []))


def _tuple(machine: Machine, args: Sequence[Value]) -> Value:
    if args and isinstance(args[0].data, tuple):
        return args[0]
    return Value(tuple(iteration.items(machine, args[0]) if args else []))


def _set(machine: Machine, args: Sequence[Value]) -> Value:
    found = iteration.unordered(machine, args[0]) if args else []
    return Value(machine.set_of(_filed(machine, found), frozen=False))


def _frozenset(machine: Machine, args: Sequence[Value]) -> Value:
    found = iteration.unordered(machine, args[0]) if args else []
    return Value(machine.set_of(_filed(machine, found), frozen=True))


def _filed(machine: Machine, found: Sequence[Value]) -> dict[object, Value]:
    held: dict[object, Value] = {}
    for item in found:
        held.setdefault(key_of(machine, item), item)
    return held


def _range(machine: Machine, args: Sequence[Value]) -> Value:
    return owed(Value(native(machine, range, *(plain(machine, arg) for arg in args))), args)


def _type_of(machine: Machine, args: Sequence[Value]) -> Value:
    if len(args) != 1:
        raise machine.unmodelled("type() called like this isn't modelled")
    data = use(machine, args[0])
    kind = python_type(data)
    if isinstance(data, InstanceObj):
        return Value(data.cls).also(args[0])
    if kind is None or kind.__name__ not in TYPES:
        raise machine.unmodelled(f"the type of {described(data)} isn't modelled")
    return Value(BuiltinType(kind)).also(args[0])


def _object(machine: Machine, args: Sequence[Value]) -> Value:
    made = InstanceObj(cls=machine.classes["object"], attributes={}, epoch=machine.epoch, home="")
    return Value(made, (machine.here(),))


_MAKERS: dict[type, Callable[[Machine, Sequence[Value]], Value]] = {
    str: _str,
    int: _int,
    float: _float,
    bool: _bool,
    list: _list,
    tuple: _tuple,
    set: _set,
    frozenset: _frozenset,
    range: _range,
    type: _type_of,
    object: _object,
}


def _dict(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    if len(args) > 1:
        raise machine.raising("TypeError", f"dict expected at most 1 argument, got {len(args)}")
    made = machine.dict_of({})
    found = pairs(machine, args[0]) if args else []
    for key, value in [*found, *((Value(name), value) for name, value in kwargs.items())]:
        filed = key_of(machine, key)
        made.entries[filed] = (made.entries[filed][0] if filed in made.entries else key, value)
    machine.fits(len(made.entries))
    return Value(made)
