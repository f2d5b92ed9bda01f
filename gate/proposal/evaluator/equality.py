"""Equality, identity and the keys of dictionaries and sets."""

from __future__ import annotations

from collections.abc import Hashable

from gate.proposal.evaluator.machine import Machine
from gate.proposal.evaluator.plain import described, entries, is_primitive, method_of, type_name, use
from gate.proposal.evaluator.truth import host_is_none
from gate.proposal.evaluator.values import (
    BoundMethod,
    BuiltinType,
    ClassObj,
    DictObj,
    External,
    FunctionObj,
    Host,
    InstanceObj,
    ListObj,
    ModuleName,
    Proxy,
    SetObj,
    Value,
    View,
)


def key_of(machine: Machine, value: Value) -> Hashable:
    """What a dictionary or set files the value under: equal values, equal keys."""
    machine.charge()
    data = use(machine, value)
    if type(data) in (bool, int, float, str, bytes, type(None), type(...), range):
        return data
    if isinstance(data, tuple):
        machine.deeper()
        try:
            return ("tuple", *(key_of(machine, item) for item in data))
        finally:
            machine.nesting -= 1
    if isinstance(data, ListObj | DictObj | slice) or (isinstance(data, SetObj) and not data.frozen):
        raise machine.raising("TypeError", f"unhashable type: '{type_name(data)}'")
    if isinstance(data, BuiltinType):
        return data
    if isinstance(data, FunctionObj) or (isinstance(data, ClassObj) and not data.builtin):
        return data
    if isinstance(data, InstanceObj) and plain_identity(data.cls):
        return data
    raise machine.unmodelled(f"uses {described(data)} as a key")


def plain_identity(cls: ClassObj) -> bool:
    """Instances equal only themselves."""
    return not any(
        each.compares or "__eq__" in each.namespace or "__hash__" in each.namespace
        for each in cls.mro
        if not each.builtin
    )


def equals(machine: Machine, one: Value, other: Value) -> bool:
    """`one == other` for what isn't an answer of the host."""
    machine.charge()
    a, b = use(machine, one), use(machine, other)
    for data in (a, b):
        if isinstance(data, float) and data != data:  # noqa: PLR0124 - the one value that differs from itself
            raise machine.unmodelled("compares what isn't a number")
    if is_primitive(a) and is_primitive(b):
        return a == b
    if a is b and not isinstance(a, External | Host | InstanceObj):
        return True
    if (isinstance(a, ModuleName) and b == "__main__") or (isinstance(b, ModuleName) and a == "__main__"):
        return False
    machine.deeper()
    try:
        return _equal_parts(machine, a, b)
    finally:
        machine.nesting -= 1


def _equal_parts(machine: Machine, a: object, b: object) -> bool:  # noqa: PLR0911 - one per kind
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(equals(machine, x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, ListObj) and isinstance(b, ListObj):
        machine.live(a)
        machine.live(b)
        return len(a.items) == len(b.items) and all(
            equals(machine, x, y) for x, y in zip(a.items, b.items, strict=True)
        )
    if isinstance(a, DictObj | Proxy) and isinstance(b, DictObj | Proxy):
        first, second = entries(machine, a), entries(machine, b)
        return first.keys() == second.keys() and all(equals(machine, first[key][1], second[key][1]) for key in first)
    if isinstance(a, SetObj) and isinstance(b, SetObj):
        machine.live(a)
        machine.live(b)
        return a.entries.keys() == b.entries.keys()
    if isinstance(a, InstanceObj) and isinstance(b, InstanceObj):
        return _equal_instances(machine, a, b)
    for data in (a, b):
        if isinstance(data, External | ModuleName | View | Host) or (isinstance(data, InstanceObj) and data.cls.enum):
            raise machine.unmodelled(f"compares {described(data)}")
        if isinstance(data, InstanceObj) and not plain_identity(data.cls) and _decides(data.cls):
            raise machine.unmodelled(f"{data.cls.name} decides itself what equals it")
    if isinstance(a, BuiltinType) and isinstance(b, BuiltinType):
        return a.kind is b.kind
    return a is b


def _decides(cls: ClassObj) -> bool:
    return bool(method_of(cls, "__eq__") or method_of(cls, "__ne__"))


def _equal_instances(machine: Machine, a: InstanceObj, b: InstanceObj) -> bool:
    for each in (a, b):
        if _decides(each.cls) or each.cls.enum:
            raise machine.unmodelled(f"{each.cls.name} decides itself what equals it")
    maker = next((each for each in a.cls.mro if each.compares), None)
    if maker is None or a.cls is not b.cls or maker.fields is None:
        return a is b
    names = [name for name, field in maker.fields.items() if field.compare and not field.pseudo]
    return all(equals(machine, a.attributes[name], b.attributes[name]) for name in names)


def same(machine: Machine, one: Value, other: Value) -> bool:
    """`one is other`, where Python's answer doesn't hang on how it stores constants."""
    a, b = use(machine, one), use(machine, other)
    for x, y in ((a, b), (b, a)):
        if isinstance(x, Host) and y is None:
            return host_is_none(machine, x)
        if x is None or isinstance(x, bool):
            if isinstance(y, External | Host | ModuleName):
                if x is None and isinstance(y, External):
                    return _known_object(machine, y)
                raise machine.unmodelled(f"compares {described(y)}")
            return x is y
    if isinstance(a, External | Host) or isinstance(b, External | Host):
        raise machine.unmodelled("compares objects from outside the package")
    if isinstance(a, BuiltinType) and isinstance(b, BuiltinType):
        return a.kind is b.kind
    if (is_primitive(a) or isinstance(a, tuple | BoundMethod)) and type(a) is type(b) and a is not ...:
        raise machine.unmodelled("`is` between equal-looking constants depends on how Python stores them")
    return a is b


def _known_object(machine: Machine, outside: External) -> bool:
    """`external is None` for functions that surely exist."""
    if outside.path in ("subprocess.run", "shutil.which"):
        return False
    raise machine.unmodelled(f"compares {outside.path}")
