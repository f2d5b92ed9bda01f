"""Operators, comparisons, membership, brackets."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable
from typing import Any

from gate.adapters.evaluator.bounds import MAX_BITS, MAX_ITEMS
from gate.adapters.evaluator.machine import Machine, described
from gate.adapters.evaluator.plain import (
    NUMBERS,
    as_tuple,
    equal,
    fill,
    held_now,
    is_plain,
    iterate,
    key_of,
    less,
    method,
    plain,
    still,
    there,
    truth,
    use,
    view_items,
    wrap,
)
from gate.adapters.evaluator.tables import METHODS
from gate.adapters.evaluator.text import gathered, joined, percent
from gate.adapters.evaluator.values import (
    BuiltinType,
    ClassObj,
    DictObj,
    External,
    FileObj,
    Host,
    InstanceObj,
    ListObj,
    Quality,
    QualityText,
    SetObj,
    Unknown,
    Value,
    View,
)

BINARY: dict[type[ast.operator], tuple[str, Callable[[object, object], object]]] = {
    ast.Add: ("add", operator.add),
    ast.Sub: ("sub", operator.sub),
    ast.Mult: ("mul", operator.mul),
    ast.Div: ("truediv", operator.truediv),
    ast.FloorDiv: ("floordiv", operator.floordiv),
    ast.Mod: ("mod", operator.mod),
    ast.Pow: ("pow", operator.pow),
    ast.LShift: ("lshift", operator.lshift),
    ast.RShift: ("rshift", operator.rshift),
    ast.BitAnd: ("and", operator.and_),
    ast.BitOr: ("or", operator.or_),
    ast.BitXor: ("xor", operator.xor),
}
UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Invert: operator.invert,
}
_SIGNS: dict[type[ast.unaryop], str] = {ast.USub: "__neg__", ast.UAdd: "__pos__", ast.Invert: "__invert__"}
ORDERS = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}


def _is_type(data: object) -> bool:
    """What may stand in an annotation like `int | None`."""
    return data is None or isinstance(data, BuiltinType | ClassObj | External)


def binary(machine: Machine, node: type[ast.operator], left: Value, right: Value) -> Value:
    """`left op right`."""
    name, function = BINARY.get(node, ("matmul", operator.matmul))
    if isinstance(left.data, Host) or isinstance(right.data, Host):
        host = left.data if isinstance(left.data, Host) else right.data
        if host.kind == "text" or not all(isinstance(each.data, Host) or is_plain(each.data) for each in (left, right)):
            raise machine.unmodelled(f"depends on what {host.probe} finds")
        return Value(Host("value", host.probe, host.where), left.origins).also(right)
    if isinstance(left.data, FileObj) and name == "truediv":
        return METHODS[FileObj, "joinpath"](machine, [right], {}, receiver=left)  # type: ignore[no-any-return]
    if any(isinstance(each.data, Unknown) and each.data.inert for each in (left, right)):
        rest = [each for each in (left, right) if not isinstance(each.data, Unknown)]
        if all(is_plain(each.data) for each in rest):
            return Value(next(each.data for each in (left, right) if isinstance(each.data, Unknown)))
    use(machine, left)
    use(machine, right)
    made = _binary(machine, name, function, left, right)
    return made if made.origins and isinstance(left.data, InstanceObj) else gathered(gathered(made, left), right)


def _binary(
    machine: Machine, name: str, function: Callable[[object, object], object], left: Value, right: Value
) -> Value:
    left, right = (
        as_tuple(x)
        if isinstance(x.data, InstanceObj) and x.data.cls.tuple_of is not None
        else Value(plain(machine, x), x.origins, x.control)
        if isinstance(x.data, InstanceObj)
        and x.data.cls.mixin is str
        and not x.data.cls.defines(f"__{name}__", f"__r{name}__")
        else x
        for x in (left, right)
    )
    a, b = left.data, right.data
    texts = [type(each) is str or isinstance(each, QualityText) for each in (a, b)]
    if name == "mod" and texts[0]:
        return percent(machine, str(plain(machine, left)), right).also(left)
    if name == "add":
        if all(texts):
            return joined(machine, [left, right])
        if isinstance(a, tuple) and isinstance(b, tuple):
            machine.charge((len(a) + len(b)) // 8)
            machine.limit(len(a) + len(b))
            return Value((*a, *b))
        if isinstance(a, ListObj) and isinstance(b, ListObj):
            return Value(machine.new_list([*a.items, *b.items]))
    if name == "mul" and any(isinstance(each, tuple | ListObj) for each in (a, b)):
        return _repeated(machine, left, right)
    if (
        isinstance(a, DictObj)
        and isinstance(b, DictObj)
        and name == "or"
        and not (a.factory or b.factory or a.frozen or b.frozen)
    ):
        made = dict(a.entries)
        for key, (own, value) in b.entries.items():
            made[key] = (made[key][0] if key in made else own, value)
        return Value(machine.new_dict(made))
    sides = [_elements(machine, each) for each in (left, right)]
    if name in ("and", "or", "sub", "xor") and sides[0] is not None and sides[1] is not None:
        return _sets(machine, name, a, sides[0], sides[1])
    if name == "or" and _is_type(a) and _is_type(b) and not (a is None and b is None):
        return Value(External("types.UnionType"))
    if isinstance(a, InstanceObj) and a.cls.mixin is None:
        same = not isinstance(b, InstanceObj) or b.cls is a.cls or is_plain(b)
        if same and a.cls.defines(f"__{name}__") and not machine.guard:
            return method(machine, left, f"__{name}__", right)
        raise machine.unmodelled(f"{described(a)} stands beside an operator")
    if isinstance(b, InstanceObj) and b.cls.mixin is None:
        raise machine.unmodelled(f"{described(b)} stands beside an operator")
    x, y = plain(machine, left), plain(machine, right)
    if isinstance(x, list | dict) or isinstance(y, list | dict):
        raise machine.native("TypeError", f"unsupported operand types for {name}")
    _bounded(machine, name, x, y)
    return wrap(machine, machine.delegate(function, x, y, sure=type(x) is type(y) is int))


def _repeated(machine: Machine, left: Value, right: Value) -> Value:
    if isinstance(right.data, tuple | ListObj):
        left, right = right, left
    times = plain(machine, right)
    if type(times) not in (int, bool):
        raise machine.native("TypeError", "can't multiply sequence by non-int")
    held = left.data if isinstance(left.data, tuple) else left.data.items
    machine.limit(len(held) * max(0, int(times)) if held else 0)  # type: ignore[call-overload]  # an int
    if abs(times) > MAX_ITEMS:  # type: ignore[arg-type]  # an int
        times = 0
    repeated = list(held) * times  # type: ignore[operator]  # an int
    return Value(tuple(repeated)) if isinstance(left.data, tuple) else Value(machine.new_list(repeated))


def _elements(machine: Machine, value: Value) -> dict[object, Value] | None:
    data = value.data
    if isinstance(data, SetObj):
        return dict(data.entries)
    if isinstance(data, View) and data.kind == "keys":
        return {key: own for key, (own, _) in data.of.entries.items()}
    return None


def _sets(machine: Machine, name: str, a: object, left: dict[object, Value], right: dict[object, Value]) -> Value:
    """The elements of two sets. Which of two equal elements stays differs, so that equal ones must be one kind."""
    if any(type(left[key].data) is not type(right[key].data) for key in left.keys() & right.keys()):
        raise machine.unmodelled("keeps one of two equal elements")
    chosen = {"and": left.keys() & right.keys(), "or": left.keys() | right.keys(), "sub": left.keys() - right.keys()}
    keys = chosen.get(name, left.keys() ^ right.keys())
    frozen = isinstance(a, SetObj) and a.frozen
    return Value(machine.new_set({key: {**right, **left}[key] for key in keys}, frozen=frozen))


def _bounded(machine: Machine, name: str, x: object, y: object) -> None:
    """Charge for what an operator on plain data makes, before it does."""
    if type(x) in NUMBERS and type(y) in NUMBERS:
        if float in (type(x), type(y)):
            if name in ("pow", "mod", "floordiv"):
                raise machine.unmodelled("computes with floats what platforms may round differently")
            return
        a, b = int(x), int(y)  # type: ignore[call-overload]  # numbers
        if name == "pow" and (b < 0 or a.bit_length() * max(1, b) > MAX_BITS):
            raise machine.unmodelled(f"counts with more than {MAX_BITS} bits")
        if name == "lshift" and b > MAX_BITS:
            raise machine.unmodelled(f"counts with more than {MAX_BITS} bits")
        machine.number(a)
        machine.number(b)
    if name == "mul":
        sized, times = (x, y) if isinstance(x, str | bytes) else (y, x)
        if isinstance(sized, str | bytes) and isinstance(times, int):
            machine.limit_text(len(sized) * max(0, times))
            if times > MAX_ITEMS * 10:
                raise machine.unmodelled("repeats text too often")
    if name == "add" and isinstance(x, bytes) and isinstance(y, bytes):
        machine.limit_text(len(x) + len(y))
    if name == "mod" and isinstance(x, bytes):
        raise machine.unmodelled("formats bytes")


def unary(machine: Machine, node: type[ast.unaryop], operand: Value) -> Value:
    """`-x`, `+x`, `~x`, `not x`."""
    if node is ast.Not:
        return Value(not truth(machine, operand), operand.origins, operand.control)
    if isinstance(operand.data, InstanceObj) and operand.data.cls.defines(_SIGNS[node]):
        return method(machine, operand, _SIGNS[node])
    data = plain(machine, operand)
    if type(data) is bool and node is ast.Invert:
        raise machine.unmodelled("inverts a truth value")
    if type(data) not in NUMBERS:
        raise machine.native("TypeError", "bad operand type for a sign")
    return Value(wrap(machine, machine.delegate(UNARY[node], data)).data, operand.origins, operand.control)


def identical(machine: Machine, left: Value, right: Value) -> bool:
    """`left is right`, where one of them is None, a truth value or an enumeration's member."""
    a, b = use_optional(machine, left), use_optional(machine, right)
    for one, other in ((a, b), (b, a)):
        if one is None or type(one) is bool:
            if isinstance(other, Unknown):
                raise machine.unknown(other)
            return one is other
        if isinstance(one, InstanceObj) and one.cls.members is not None:
            return one is other
    raise machine.unmodelled("asks whether two values are one object")


def use_optional(machine: Machine, value: Value) -> object:
    """The data; of a host's answer, None or something that isn't."""
    data = value.data
    if isinstance(data, Host):
        found = there(machine, data) if data.kind != "value" else machine.ask_afresh(data.probe)
        return ... if found else None
    return data


def contains(machine: Machine, item: Value, container: Value) -> bool:
    """`item in container`."""
    data = use(machine, container)
    if isinstance(data, DictObj | SetObj) and data.cells is not None:
        return held_now(machine, data.cells, key_of(machine, item)) is not None
    if isinstance(data, DictObj | SetObj):
        return key_of(machine, item) in data.entries
    if isinstance(data, View) and data.kind == "keys":
        return key_of(machine, item) in data.of.entries
    if type(data) in (str, bytes) or isinstance(data, QualityText):
        machine.charge(len(data) // 64)  # type: ignore[arg-type]  # text
        return bool(machine.delegate(operator.contains, plain(machine, container), plain(machine, item)))
    if type(data) is range:
        if type(item.data) is Quality and data.step == 1:
            if not data:
                return False
            return less(machine, item, Value(data[0]), ">=") and less(machine, item, Value(data[-1]), "<=")
        if not isinstance(item.data, int):
            raise machine.unmodelled("looks for something other than a whole number in a range")
        return plain(machine, item) in data
    if isinstance(data, ClassObj) and data.members is not None:
        if isinstance(item.data, InstanceObj) and item.data.cls is data:
            return True
        raise machine.unmodelled(f"asks whether a value is in {data.name}, which differs between versions of Python")
    if isinstance(data, View):
        with still(data.of):
            return any(equal(machine, item, each) for each in view_items(data))
    if isinstance(data, tuple | ListObj) or (isinstance(data, InstanceObj) and data.cls.tuple_of is not None):
        return any(equal(machine, item, each) for each in iterate(machine, container))
    if isinstance(data, InstanceObj) and data.cls.defines("__contains__"):
        return truth(machine, method(machine, container, "__contains__", item))
    if is_plain(data):
        raise machine.native("TypeError", "argument is not iterable")
    raise machine.unmodelled(f"looks into {described(data)}")


def _equal(machine: Machine, left: Value, right: Value) -> bool:
    """`left == right` as an expression: the only place where a class's own `__eq__` is asked."""
    a, b = left.data, right.data
    if not isinstance(a, InstanceObj) or not a.cls.defines("__eq__"):
        return equal(machine, left, right)
    if isinstance(b, InstanceObj) and b.cls is not a.cls and (a.cls in b.cls.mro or b.cls.defines("__eq__")):
        raise machine.unmodelled(f"compares {described(a)} with {described(b)}")
    made = method(machine, left, "__eq__", right).data
    if type(made) is not bool:
        raise machine.unmodelled(f"__eq__ of {a.cls.name} gives no truth value")
    return made


def compare(machine: Machine, node: type[ast.cmpop], left: Value, right: Value) -> Value:
    """One comparison."""
    hosts = [each.data for each in (left, right) if isinstance(each.data, Host)]
    if node in (ast.Is, ast.IsNot):
        found = identical(machine, left, right) == (node is ast.Is)
    elif hosts:
        if not all(isinstance(each.data, Host) or is_plain(each.data) for each in (left, right)):
            raise machine.unmodelled(f"depends on what {hosts[0].probe} finds")
        found = bool(machine.ask_afresh(hosts[0].probe))
    elif node in (ast.Eq, ast.NotEq):
        for each in (left.data, right.data):
            if isinstance(each, InstanceObj) and each.cls.defines("__ne__"):
                raise machine.unmodelled(f"compares {described(each)}")
        found = _equal(machine, left, right) == (node is ast.Eq)
    elif node in (ast.In, ast.NotIn):
        found = contains(machine, left, right) == (node is ast.In)
    else:
        use(machine, left)
        use(machine, right)
        found = less(machine, left, right, ORDERS[node])
    return Value(found, left.origins, left.control).also(right)


def _index(machine: Machine, index: Value, length: int) -> int:
    data = plain(machine, index)
    if type(data) not in (int, bool):
        raise machine.native("TypeError", "indices must be integers or slices")
    place: int = int(data)  # type: ignore[call-overload]  # an int
    if not -length <= place < length:
        raise machine.native("IndexError", "index out of range", sure=True)
    return place


def _slice(machine: Machine, index: Value) -> slice | None:
    if not isinstance(index.data, slice):
        return None
    parts = [plain(machine, each) for each in (index.data.start, index.data.stop, index.data.step)]
    if any(part is not None and type(part) not in (int, bool) for part in parts):
        raise machine.native("TypeError", "slice indices must be integers or None")
    if parts[2] == 0:
        raise machine.native("ValueError", "slice step cannot be zero")
    return slice(*parts)


def subscript(machine: Machine, base: Value, index: Value) -> Value:
    """`base[index]`."""
    data = use(machine, base)
    if isinstance(data, InstanceObj) and data.cls.tuple_of is not None:
        base, data = as_tuple(base), as_tuple(base).data
    if isinstance(data, tuple | ListObj):
        held = data if isinstance(data, tuple) else data.items
        cut = _slice(machine, index)
        if cut is not None:
            made = held[cut]
            machine.charge(len(made) // 8)
            found = Value(tuple(made)) if isinstance(data, tuple) else Value(machine.new_list(list(made)))
        else:
            found = held[_index(machine, index, len(held))]
    elif isinstance(data, DictObj) and data.cells is not None:
        held_here = held_now(machine, data.cells, key_of(machine, index))
        if held_here is None:
            raise machine.native("KeyError", sure=True)
        found = held_here
    elif isinstance(data, DictObj):
        key = key_of(machine, index)
        if key in data.entries:
            found = data.entries[key][1]
        elif data.factory is not None:
            found = machine.call(data.factory)
            if not data.counts:
                machine.mutate(data)
                data.entries[key] = (index, found)
        else:
            raise machine.native("KeyError", repr(key) if is_plain(index.data) else "", sure=True)
    elif type(data) in (str, bytes, range) or isinstance(data, QualityText):
        raw = plain(machine, base)
        cut = _slice(machine, index)
        place = cut if cut is not None else _index(machine, index, len(raw))  # type: ignore[arg-type]  # sized
        found = wrap(machine, raw[place])  # type: ignore[index]  # a sequence
    elif isinstance(data, ClassObj) and data.members is not None:
        name = plain(machine, index)
        if type(name) is not str or name not in {**data.members, **data.aliases}:
            raise machine.native("KeyError", str(name))
        found = {**data.members, **data.aliases}[name]
    elif isinstance(data, ClassObj) and data.defines("__class_getitem__"):
        raise machine.unmodelled(f"{data.name}[…] runs code of the class")
    elif isinstance(data, ClassObj):
        if machine.classes["typing.Generic"] not in data.mro:
            raise machine.unmodelled(f"{data.name}[…] isn't read")
        found = Value(data)
    elif isinstance(data, External) and data.path.partition(".")[0] in (
        "typing",
        "collections",
        "typing_extensions",
        "types",
    ):
        found = Value(External(data.path, index))
    elif isinstance(data, External) and data.path == "dataclasses.InitVar":
        found = base
    elif isinstance(data, BuiltinType) and data.kind in (list, tuple, dict, set, frozenset, type):
        found = Value(External("types.GenericAlias"))
    elif isinstance(data, InstanceObj) and data.cls.mixin is str:
        return subscript(machine, Value(plain(machine, base)), index)
    elif isinstance(data, InstanceObj) and data.cls.defines("__getitem__") and not isinstance(index.data, slice):
        return method(machine, base, "__getitem__", index)
    elif isinstance(data, InstanceObj) and data.cls.face and (data.cls.name, "__getitem__") in METHODS:
        found = METHODS[data.cls.name, "__getitem__"](machine, [index], {}, receiver=base)
    elif is_plain(data):
        raise machine.native("TypeError", f"{type(data).__name__!r} object is not subscriptable")
    else:
        raise machine.unmodelled(f"takes a part of {described(data)}")
    found = found.owed(base.origins, base.control)
    return found if isinstance(index.data, slice) else found.also(index)


def _variable(name: object, value: object) -> bool:
    """What every platform takes into its environment."""
    texts = type(name) is str and type(value) is str and name.isascii() and name.isidentifier()
    return texts and re.fullmatch(r"[ -~]*", str(value)) is not None


def store(machine: Machine, base: Value, index: Value, value: Value) -> None:
    """`base[index] = value`."""
    data = use(machine, base)
    machine.kept(value)
    if isinstance(data, ListObj):
        cut = _slice(machine, index)
        if cut is not None:
            raise machine.unmodelled("assigns to a slice")
        place = _index(machine, index, len(data.items))
        machine.mutate(data)
        data.items[place] = machine.tagged(value)
    elif isinstance(data, DictObj) and data.cells is not None:
        fill(machine, data.cells, key_of(machine, index), machine.tagged(value))
    elif isinstance(data, DictObj) and not data.frozen:
        key = key_of(machine, index)
        machine.mutate(data)
        own = data.entries[key][0] if key in data.entries else machine.tagged(index)
        data.entries[key] = (own, machine.tagged(value))
        machine.limit(len(data.entries))
    elif data == External("os.environ") and _variable(plain(machine, index), plain(machine, value)):
        pass  # what is asked of it is answered in every way
    elif isinstance(data, InstanceObj) and data.cls.defines("__setitem__") and not isinstance(index.data, slice):
        method(machine, base, "__setitem__", index, value)
    else:
        raise machine.unmodelled(f"assigns to a part of {described(data)}")


def remove(machine: Machine, base: Value, index: Value) -> None:
    """`del base[index]`."""
    data = use(machine, base)
    if isinstance(data, ListObj) and not isinstance(index.data, slice):
        place = _index(machine, index, len(data.items))
        machine.mutate(data)
        del data.items[place]
    elif isinstance(data, DictObj) and not data.frozen:
        key = key_of(machine, index)
        if key not in data.entries:
            raise machine.native("KeyError", "", sure=True)
        machine.mutate(data)
        del data.entries[key]
    else:
        raise machine.unmodelled(f"deletes a part of {described(data)}")
