"""Values to Python's own plain data and back, and what is decided on plain data: truth, equality, keys, text."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from types import MappingProxyType
from typing import TypeVar

from gate.proposal.evaluator.machine import Machine
from gate.proposal.evaluator.values import (
    BoundMethod,
    BuiltinFunction,
    BuiltinType,
    ClassObj,
    DictObj,
    External,
    FunctionObj,
    Host,
    InstanceObj,
    ListObj,
    ModuleName,
    ModuleObj,
    NativeMethod,
    Proxy,
    SetObj,
    Unknown,
    Value,
    View,
)

T = TypeVar("T")


PRIMITIVE = (type(None), bool, int, float, str, bytes, type(...), range, slice)


NATIVE_ERRORS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, StopIteration)


NONE = Value(None)


def is_primitive(data: object) -> bool:
    """Held as itself, and with no values inside."""
    return type(data) in PRIMITIVE


def use(machine: Machine, value: Value) -> object:
    """The data, unless nothing is known of it."""
    data = value.data
    if isinstance(data, Unknown):
        raise data.why
    return data


def native(machine: Machine, function: Callable[..., T], *args: object, **kwargs: object) -> T:
    """Let Python itself compute on plain data; its exceptions become the program's."""
    try:
        return function(*args, **kwargs)
    except UnicodeError as error:
        raise machine.unmodelled(f"{type(error).__name__} isn't modelled") from None
    except NATIVE_ERRORS as error:
        raise machine.raising(type(error).__name__, *error.args) from None


def plain(machine: Machine, value: Value) -> object:
    """The value as plain data, containers included; only what is plain all through."""
    machine.charge()
    data = use(machine, value)
    if is_primitive(data):
        return data
    machine.deeper()
    try:
        return _plain_container(machine, data)
    finally:
        machine.nesting -= 1


def _plain_container(machine: Machine, data: object) -> object:  # noqa: PLR0911 - one per kind
    if isinstance(data, tuple):
        return tuple(plain(machine, item) for item in data)
    if isinstance(data, ListObj):
        machine.live(data)
        return [plain(machine, item) for item in data.items]
    if isinstance(data, DictObj):
        machine.live(data)
        return {plain(machine, key): plain(machine, item) for key, item in data.entries.values()}
    if isinstance(data, Proxy):
        return MappingProxyType({plain(machine, k): plain(machine, v) for k, v in entries(machine, data).values()})
    if isinstance(data, SetObj):
        machine.live(data)
        if len(data.entries) > 1:
            raise machine.unmodelled("depends on the order of a set")
        made = {plain(machine, item) for item in data.entries.values()}
        return frozenset(made) if data.frozen else made
    if isinstance(data, View):
        whole = {plain(machine, k): plain(machine, v) for k, v in entries(machine, data.of).values()}
        return getattr(whole, data.kind)()
    if isinstance(data, BuiltinType):
        return data.kind
    raise machine.unmodelled(f"shows {described(data)} as text or plain data")


def entries(machine: Machine, data: DictObj | Proxy) -> dict[Hashable, tuple[Value, Value]]:
    """What a dictionary holds."""
    held = data.of if isinstance(data, Proxy) else data
    machine.live(held)
    return held.entries


def described(data: object) -> str:  # noqa: PLR0911 - one per kind
    """What a value is, for a reason."""
    if isinstance(data, External):
        return data.path
    if isinstance(data, Host):
        return f"what {data.probe} finds"
    if isinstance(data, InstanceObj):
        return f"an instance of {data.cls.name}"
    if isinstance(data, ClassObj):
        return f"class {data.name}"
    if isinstance(data, FunctionObj | BoundMethod | BuiltinFunction | NativeMethod):
        return "a function"
    if isinstance(data, ModuleName):
        return "__name__"
    return f"a {type_name(data)}"


def type_name(data: object) -> str:  # noqa: PLR0911 - one per kind
    """The name of a value's type, as Python's messages have it."""
    kind = python_type(data)
    if kind is not None:
        return "NoneType" if kind is type(None) else kind.__name__
    if isinstance(data, InstanceObj):
        return data.cls.name
    if isinstance(data, FunctionObj):
        return "function"
    if isinstance(data, ClassObj | BuiltinType):
        return "type"
    if isinstance(data, Proxy):
        return "mappingproxy"
    if isinstance(data, BoundMethod):
        return "method"
    if isinstance(data, ModuleObj):
        return "module"
    return type(data).__name__


def python_type(data: object) -> type | None:
    """Python's own type of a value, None where it has one of its own."""
    if is_primitive(data) or isinstance(data, tuple):
        return type(data)
    if isinstance(data, ListObj):
        return list
    if isinstance(data, DictObj):
        return dict
    if isinstance(data, SetObj):
        return frozenset if data.frozen else set
    return None


def method_of(cls: ClassObj, name: str) -> Value | None:
    """What the classes of the program, Python's own left out, define under `name`."""
    for each in cls.mro:
        if not each.builtin and name in each.namespace:
            return each.namespace[name]
    return None
