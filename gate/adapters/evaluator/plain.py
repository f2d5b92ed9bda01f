"""Plain data: truth, equality, keys, order, iteration."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from types import MappingProxyType
from typing import TypeVar

from gate.adapters.evaluator.machine import Machine
from gate.adapters.evaluator.values import (
    BoundMethod,
    BuiltinFunction,
    BuiltinType,
    ClassObj,
    DictObj,
    External,
    FunctionObj,
    Host,
    InstanceObj,
    IterObj,
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


def truth(machine: Machine, value: Value) -> bool:  # noqa: PLR0911 - one per kind
    """Whether the value counts as true; an answer of the host is asked for."""
    data = use(machine, value)
    if is_primitive(data) or isinstance(data, tuple):
        return bool(data)
    if isinstance(data, ListObj):
        machine.live(data)
        return bool(data.items)
    if isinstance(data, DictObj | Proxy):
        return bool(entries(machine, data))
    if isinstance(data, SetObj):
        machine.live(data)
        return bool(data.entries)
    if isinstance(data, View):
        return bool(entries(machine, data.of))
    if isinstance(data, Host):
        return host_truth(machine, data)
    if isinstance(data, InstanceObj):
        machine.live(data)
        if method_of(data.cls, "__bool__") or method_of(data.cls, "__len__") or data.cls.enum:
            raise machine.unmodelled(f"{data.cls.name} decides itself whether it is true")
        return True
    if isinstance(
        data, FunctionObj | ClassObj | BuiltinType | BuiltinFunction | BoundMethod | NativeMethod | ModuleObj
    ):
        return True
    if isinstance(data, External) and data.path in ("subprocess.run", "shutil.which"):
        return True
    raise machine.unmodelled(f"whether {described(data)} is true isn't known")


def host_truth(machine: Machine, host: Host) -> bool:
    """Ask the host. A path that is found isn't empty."""
    if host.kind == "object":
        return True
    if host.kind == "path":
        return not host_is_none(machine, host)
    return bool(_ask(machine, host, "true"))


def host_is_none(machine: Machine, host: Host) -> bool:
    """Ask the host whether it answers None at all."""
    if host.kind == "object":
        return False
    if host.kind == "value":
        if machine.answers.given.get((host.part_of or host, "true")) == 1:
            return False
        return bool(_ask(machine, host, "none"))
    return not _ask(machine, host, "found")


def _ask(machine: Machine, host: Host, question: str) -> int:
    if machine.epoch == 0:
        raise machine.unmodelled(f"what {host.probe} finds decides how the module is built")
    key = (host.part_of or host, question)
    return machine.answers.choose(key, 2, f"{host.probe} ({host.where})")


def host_from(machine: Machine, *values: Value) -> Value | None:
    """What is computed from an answer of the host: an answer of the host."""
    for value in values:
        if isinstance(value.data, Host):
            source = value.data
            made = Host("value", source.probe, source.where)
            return Value(made).also(value)
    return None


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


def sort_values(machine: Machine, items: Sequence[Value], options: dict[str, Value]) -> list[Value]:
    """`sorted(items, **options)`; stable."""
    if set(options) - {"key", "reverse"}:
        raise machine.unmodelled("these arguments of sorted() aren't modelled")
    backwards = truth(machine, options["reverse"]) if "reverse" in options else False
    keyed = list(zip(sort_keys(machine, items, options.get("key")), items, strict=True))
    machine.charge(len(keyed) * 4)
    return [item for _, item in native(machine, sorted, keyed, key=lambda pair: pair[0], reverse=backwards)]


def sort_keys(machine: Machine, items: Sequence[Value], key: Value | None) -> list[object]:
    """What each item is ordered by."""
    if key is None or key.data is None:
        return [plain(machine, item) for item in items]
    return [plain(machine, machine.call(key, [item])) for item in items]
