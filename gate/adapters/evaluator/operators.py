"""Operators: arithmetic, comparison, containment and subscripts, computed on plain data within bounds."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Hashable
from typing import Any

from gate.adapters.evaluator import plain as iteration
from gate.adapters.evaluator.bounds import MAX_BITS
from gate.adapters.evaluator.machine import Machine
from gate.adapters.evaluator.plain import (
    described,
    entries,
    equals,
    host_from,
    is_primitive,
    key_of,
    native,
    plain,
    same,
    type_name,
    use,
)
from gate.adapters.evaluator.text import check_percent, percent, size
from gate.adapters.evaluator.values import (
    BuiltinType,
    ClassObj,
    DictObj,
    External,
    Host,
    InstanceObj,
    ListObj,
    ModuleName,
    Proxy,
    SetObj,
    Value,
    View,
    of,
)

Binary = Callable[[Any, Any], object]


BINARY: dict[type, tuple[Binary, str]] = {
    ast.Add: (operator.add, "+"),
    ast.Sub: (operator.sub, "-"),
    ast.Mult: (operator.mul, "*"),
    ast.Div: (operator.truediv, "/"),
    ast.FloorDiv: (operator.floordiv, "//"),
    ast.Mod: (operator.mod, "%"),
    ast.Pow: (operator.pow, "** or pow()"),
    ast.LShift: (operator.lshift, "<<"),
    ast.RShift: (operator.rshift, ">>"),
    ast.BitOr: (operator.or_, "|"),
    ast.BitAnd: (operator.and_, "&"),
    ast.BitXor: (operator.xor, "^"),
}


UNARY: dict[type, tuple[Callable[[Any], object], str]] = {
    ast.UAdd: (operator.pos, "+"),
    ast.USub: (operator.neg, "-"),
    ast.Invert: (operator.invert, "~"),
}


ORDER: dict[type, tuple[Binary, str]] = {
    ast.Lt: (operator.lt, "<"),
    ast.LtE: (operator.le, "<="),
    ast.Gt: (operator.gt, ">"),
    ast.GtE: (operator.ge, ">="),
}


def binary(machine: Machine, kind: type, left: Value, right: Value) -> Value:
    """`left <op> right`."""
    if kind not in BINARY:
        raise machine.unmodelled(f"operator {kind.__name__} isn't modelled")
    a, b = use(machine, left), use(machine, right)
    host = host_from(machine, left, right)
    if host is not None:
        return host.also(left).also(right)
    if is_primitive(a) and is_primitive(b):
        check_size(machine, kind, a, b)
        made = native(machine, BINARY[kind][0], a, b)
        return checked(machine, made).also(left).also(right)
    return _containers(machine, kind, left, right)


def checked(machine: Machine, made: object) -> Value:
    """A result within bounds."""
    if isinstance(made, str | bytes):
        machine.fits_text(len(made))
    if isinstance(made, int) and made.bit_length() > MAX_BITS:
        raise machine.unmodelled(f"computes an integer of more than {MAX_BITS} bits")
    if not is_primitive(made):
        raise machine.unmodelled(f"{type(made).__name__} values aren't modelled")
    return Value(made)


def check_size(machine: Machine, kind: type, a: object, b: object) -> None:
    """Refuse before computing what would be too large."""
    if kind is ast.Mod and isinstance(a, str | bytes):
        check_percent(machine, a if isinstance(a, str) else a.decode("latin-1"))
        machine.fits_text(len(a) + size(b))
    if kind is ast.Mult:
        for one, other in ((a, b), (b, a)):
            if isinstance(one, str | bytes) and isinstance(other, int):
                machine.fits_text(len(one) * max(0, other))
    if not (isinstance(a, int) and isinstance(b, int)):
        if kind is ast.Pow and isinstance(a, int | float) and isinstance(b, int | float) and a < 0:
            raise machine.unmodelled("complex numbers aren't modelled")
        return
    long, other = a.bit_length(), max(0, b)
    if kind is ast.Mult:
        bits = long + b.bit_length()
    else:
        bits = long * other if kind is ast.Pow else long + other if kind is ast.LShift else 0
    if bits > MAX_BITS:
        raise machine.unmodelled(f"computes an integer of more than {MAX_BITS} bits")


def _containers(machine: Machine, kind: type, left: Value, right: Value) -> Value:  # noqa: PLR0911, PLR0912 - one per kind
    a, b = left.data, right.data
    if kind is ast.Add and isinstance(a, tuple) and isinstance(b, tuple):
        machine.fits(len(a) + len(b))
        return Value((*iteration.items(machine, left), *iteration.items(machine, right))).owed(
            (), left.also(right).control
        )
    if kind is ast.Add and isinstance(a, ListObj) and isinstance(b, ListObj):
        return Value(machine.list_of([*iteration.items(machine, left), *iteration.items(machine, right)]))
    if kind is ast.Mult:
        for one, other in ((left, right), (right, left)):
            if isinstance(one.data, tuple | ListObj) and isinstance(other.data, int):
                return repeated(machine, one, other, max(0, other.data))
    if kind is ast.Mod and isinstance(a, str):
        return percent(machine, a, left, right)
    if kind is ast.BitOr and isinstance(a, DictObj) and isinstance(b, DictObj):
        return Value(machine.dict_of({**entries(machine, a), **_merged(entries(machine, a), entries(machine, b))}))
    if isinstance(a, SetObj) and isinstance(b, SetObj):
        return _sets(machine, kind, a, b, left.also(right))
    if kind is ast.BitOr and is_type(a) and is_type(b):
        return Value(External("type expression"))
    for data in (a, b):
        if isinstance(data, InstanceObj | External | ModuleName | View | Proxy | ClassObj):
            raise machine.unmodelled(f"an operator on {described(data)}")
    name = BINARY[kind][1]
    if kind is ast.Add and isinstance(a, tuple | ListObj):
        message = f'can only concatenate {type_name(a)} (not "{type_name(b)}") to {type_name(a)}'
        raise machine.raising("TypeError", message)
    if kind is ast.Add and isinstance(a, str):
        raise machine.raising("TypeError", f'can only concatenate str (not "{type_name(b)}") to str')
    message = f"unsupported operand type(s) for {name}: '{type_name(a)}' and '{type_name(b)}'"
    raise machine.raising("TypeError", message)


def _merged(
    first: dict[Hashable, tuple[Value, Value]], second: dict[Hashable, tuple[Value, Value]]
) -> dict[Hashable, tuple[Value, Value]]:
    """What `second` sets; where both have a key, the first's key stays."""
    return {key: (first[key][0] if key in first else pair[0], pair[1]) for key, pair in second.items()}


def is_type(data: object) -> bool:
    """What annotations are made of."""
    if isinstance(data, External):
        return data.path == "type expression" or data.path.startswith(("typing", "collections.abc."))
    return data is None or isinstance(data, BuiltinType | ClassObj)


def _sets(machine: Machine, kind: type, a: SetObj, b: SetObj, owed: Value) -> Value:
    machine.live(a)
    machine.live(b)
    first, second = a.entries, b.entries
    only = {key: first[key] for key in first if key not in second}
    made: dict[type, dict[Hashable, Value]] = {
        ast.BitOr: {**second, **first},
        ast.BitAnd: {key: first[key] for key in first if key in second},
        ast.Sub: only,
        ast.BitXor: {**only, **{key: second[key] for key in second if key not in first}},
    }
    if kind not in made:
        raise machine.raising("TypeError", f"unsupported operand type(s) for {BINARY[kind][1]}: 'set' and 'set'")
    return Value(machine.set_of(made[kind], a.frozen), owed.origins, owed.control)


def repeated(machine: Machine, value: Value, times: Value, count: int) -> Value:
    """A tuple or list, several times."""
    parts = iteration.items(machine, value)
    machine.fits(len(parts) * count)
    made = [part.also(times) for part in parts] * count
    return Value(tuple(made)) if isinstance(value.data, tuple) else Value(machine.list_of(made))


def compare(machine: Machine, kind: type, left: Value, right: Value) -> Value:
    """One comparison of a chain."""
    if kind in (ast.Is, ast.IsNot):
        answer = same(machine, left, right)
        return Value(answer if kind is ast.Is else not answer).also(left).also(right)
    host = host_from(machine, left, right)
    if host is not None:
        return host.also(left).also(right)
    if kind in (ast.Eq, ast.NotEq):
        answer = equals(machine, left, right)
        return Value(answer if kind is ast.Eq else not answer).also(left).also(right)
    if kind in (ast.In, ast.NotIn):
        answer = contains(machine, right, left)
        return Value(answer if kind is ast.In else not answer).also(left).also(right)
    a, b = use(machine, left), use(machine, right)
    if isinstance(a, SetObj) and isinstance(b, SetObj):
        answer = bool(ORDER[kind][0](a.entries.keys(), b.entries.keys()))
        return Value(answer).also(left).also(right)
    for data in (a, b):
        if isinstance(data, InstanceObj | External | ModuleName | ClassObj):
            raise machine.unmodelled(f"orders {described(data)}")
    made = native(machine, ORDER[kind][0], plain(machine, left), plain(machine, right))
    return Value(bool(made)).also(left).also(right)


def contains(machine: Machine, container: Value, item: Value) -> bool:
    """`item in container`."""
    data = use(machine, container)
    if isinstance(data, range) and not isinstance(item.data, int):
        raise machine.unmodelled(f"looks for {described(item.data)} in a range")
    if isinstance(data, str | bytes | range):
        return bool(native(machine, operator.contains, data, plain(machine, item)))
    if isinstance(data, DictObj | Proxy):
        return key_of(machine, item) in entries(machine, data)
    if isinstance(data, SetObj) and isinstance(item.data, SetObj):
        raise machine.unmodelled("looks for a set in a set")
    if isinstance(data, SetObj):
        machine.live(data)
        return key_of(machine, item) in data.entries
    if isinstance(data, View) and data.kind == "keys":
        return key_of(machine, item) in entries(machine, data.of)
    if isinstance(data, InstanceObj | ClassObj):
        raise machine.unmodelled(f"looks for something in {described(data)}")
    if is_primitive(data):
        raise machine.raising("TypeError", f"argument of type '{type_name(data)}' is not iterable")
    return any(equals(machine, each, item) for each in iteration.over(machine, container))


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
