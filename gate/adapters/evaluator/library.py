"""Python's functions, types and methods: one table."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Callable, Iterator, Sequence

from gate.adapters.evaluator import plain as iteration
from gate.adapters.evaluator.attributes import METHODS, Method, arguments, attribute, method, set_attribute
from gate.adapters.evaluator.bounds import MAX_BITS, MAX_WIDTH
from gate.adapters.evaluator.machine import TABLES, Machine, models
from gate.adapters.evaluator.operators import binary, checked, compare, contains, subscript
from gate.adapters.evaluator.plain import (
    NONE,
    described,
    entries,
    equals,
    host_from,
    key_of,
    native,
    plain,
    python_type,
    sort_keys,
    sort_values,
    truth,
    type_name,
    use,
)
from gate.adapters.evaluator.text import formatted, gathered, owed, size, text
from gate.adapters.evaluator.values import (
    BoundMethod,
    BuiltinFunction,
    BuiltinType,
    ClassMethodObj,
    ClassObj,
    DictObj,
    Frame,
    FunctionObj,
    Host,
    InstanceObj,
    IterObj,
    ListObj,
    Names,
    NativeMethod,
    PropertyObj,
    Proxy,
    Raising,
    SetObj,
    StaticObj,
    SuperObj,
    UnboundNative,
    Value,
    View,
    of,
)

Run = Callable[[Machine, Sequence[Value], Names], Value]


FUNCTIONS: dict[str, Run] = {}


def builtin(name: str, least: int, most: int, *named: str) -> Callable[[Run], Run]:
    """Register the decorated function as the built-in `name`, with that many arguments."""

    def register(function: Run) -> Run:
        def run(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
            if not least <= len(args) <= most or set(kwargs) - set(named):
                raise machine.unmodelled(f"{name}() called like this isn't modelled")
            return function(machine, args, kwargs)

        FUNCTIONS[name] = run
        return function

    return register


@models(TABLES.calls, BuiltinFunction)
def _function(machine: Machine, callee: Value, args: Sequence[Value], kwargs: Names) -> Value:
    name = of(callee, BuiltinFunction).name
    found = FUNCTIONS.get(name)
    if found is None:
        raise machine.unmodelled(f"{name}() isn't modelled")
    return found(machine, args, kwargs)


@builtin("len", 1, 1)
def _len(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    data = use(machine, args[0])
    if isinstance(data, View):
        return Value(len(data.of.entries)).also(args[0])
    if isinstance(data, ListObj | DictObj | SetObj | Proxy):
        inner = data.of if isinstance(data, Proxy) else data
        machine.live(inner)
        held = inner.items if isinstance(inner, ListObj) else inner.entries
        return Value(len(held)).also(args[0])
    if isinstance(data, Host):
        return Value(Host("value", data.probe, data.where)).also(args[0])
    if isinstance(data, tuple):
        return Value(len(data)).also(args[0])
    return Value(native(machine, len, plain(machine, args[0]))).also(args[0])


@builtin("repr", 1, 1)
def _repr(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    return owed(Value(text(machine, args[0], repr)), args)


@builtin("ascii", 1, 1)
def _ascii(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    return owed(Value(text(machine, args[0], ascii)), args)


@builtin("format", 1, 2)
def _format(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    spec = plain(machine, args[1]) if len(args) > 1 else ""
    if not isinstance(spec, str):
        raise machine.raising("TypeError", f"format() argument 2 must be str, not {type(spec).__name__}")
    return owed(Value(formatted(machine, args[0], spec)), args)


def _numeric(name: str, function: Callable[..., object], least: int, most: int) -> None:
    @builtin(name, least, most)
    def run(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
        given = [plain(machine, arg) for arg in args]
        if len(given) > 1 and isinstance(given[1], int) and abs(given[1]) > MAX_WIDTH:
            raise machine.unmodelled(f"rounds to more than {MAX_WIDTH} digits")
        made = native(machine, function, *given)
        return owed(Value(made) if isinstance(made, str) else checked(machine, made), args)


for _name, _python, _least, _most in (
    ("abs", abs, 1, 1),
    ("round", round, 1, 2),
    ("chr", chr, 1, 1),
    ("ord", ord, 1, 1),
    ("hex", hex, 1, 1),
    ("oct", oct, 1, 1),
    ("bin", bin, 1, 1),
):
    _numeric(_name, _python, _least, _most)


@builtin("pow", 2, 2)
def _pow(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    return binary(machine, ast.Pow, args[0], args[1])


@builtin("divmod", 2, 2)
def _divmod(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    return Value((binary(machine, ast.FloorDiv, *args), binary(machine, ast.Mod, *args)))


@builtin("print", 0, 255, "sep", "end")
def _print(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    for arg in (*args, *kwargs.values()):
        text(machine, arg)
    return NONE


@builtin("callable", 1, 1)
def _callable(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    data = use(machine, args[0])
    if isinstance(
        data, FunctionObj | BoundMethod | BuiltinFunction | BuiltinType | ClassObj | NativeMethod | UnboundNative
    ):
        return Value(True).also(args[0])
    if python_type(data) is None:
        raise machine.unmodelled(f"whether {described(data)} can be called isn't modelled")
    return Value(False).also(args[0])


@builtin("isinstance", 2, 2)
def _isinstance(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    return Value(_is_instance(machine, use(machine, args[0]), args[1])).also(args[0])


def _is_instance(machine: Machine, data: object, kinds: Value) -> bool:
    wanted = use(machine, kinds)
    if isinstance(wanted, tuple):
        return any(_is_instance(machine, data, each) for each in wanted)
    if isinstance(wanted, BuiltinType) and wanted.kind is object:
        return True
    kind = python_type(data)
    if isinstance(wanted, BuiltinType) and kind is not None:
        return issubclass(kind, wanted.kind)
    if isinstance(wanted, ClassObj) and isinstance(data, InstanceObj):
        if any(machine.classes["typing.Protocol"] in each.bases for each in (wanted,)) or wanted.abstract:
            raise machine.unmodelled(f"isinstance() of {wanted.name} isn't modelled")
        return wanted in data.cls.mro
    if isinstance(wanted, ClassObj) and kind is not None and not wanted.abstract:
        return False
    if isinstance(wanted, BuiltinType) and isinstance(data, InstanceObj) and not data.cls.enum:
        return False
    raise machine.unmodelled("isinstance() of this isn't modelled")


@builtin("issubclass", 2, 2)
def _issubclass(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    one, other = use(machine, args[0]), use(machine, args[1])
    if not isinstance(one, ClassObj) or not isinstance(other, ClassObj) or other.abstract:
        raise machine.unmodelled("issubclass() of this isn't modelled")
    return Value(other in one.mro)


@builtin("getattr", 2, 3)
def _getattr(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    name = plain(machine, args[1])
    if not isinstance(name, str):
        raise machine.raising("TypeError", "attribute name must be string, not " + repr(type(name).__name__))
    if len(args) < 3:
        return attribute(machine, args[0], name).also(args[1])
    try:
        found = machine.attribute(args[0], name)
    except Raising as error:
        if not machine.is_a(error.cls, "AttributeError"):
            raise
        found = None
    return args[2] if found is None else found.also(args[1])


@builtin("hasattr", 2, 2)
def _hasattr(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    if isinstance(args[0].data, Host):
        raise machine.unmodelled("asks for an attribute of what a probe finds")
    marker = Value(())
    found = _getattr(machine, [args[0], args[1], marker], {})
    return Value(found is not marker).also(args[0])


@builtin("setattr", 3, 3)
def _setattr(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    name = plain(machine, args[1])
    if not isinstance(name, str):
        raise machine.unmodelled("setattr() called like this isn't modelled")
    set_attribute(machine, args[0], name, args[2].also(args[1]))
    return NONE


@builtin("property", 1, 1)
def _property(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    return Value(PropertyObj(args[0]), args[0].origins, args[0].control)


@builtin("staticmethod", 1, 1)
def _staticmethod(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    return Value(StaticObj(args[0]), args[0].origins, args[0].control)


@builtin("classmethod", 1, 1)
def _classmethod(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    return Value(ClassMethodObj(args[0]), args[0].origins, args[0].control)


@builtin("super", 0, 2)
def _super(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    if len(args) == 2 and isinstance(args[0].data, ClassObj):
        return Value(SuperObj(args[0].data, args[1]))
    frame = machine.frame
    cls = frame.cell.cls if frame.cell else None
    if args or frame.kind != "function" or cls is None or frame.first not in frame.names:
        raise machine.unmodelled("super() called like this isn't modelled")
    around: Frame | None = frame
    while around is not None and around.kind in ("function", "comprehension"):
        if "__class__" in around.scope.bound:
            raise machine.unmodelled("super() beside a variable __class__ isn't modelled")
        around = around.parent
    return Value(SuperObj(cls, frame.names[frame.first]))


@builtin("sum", 1, 2, "start")
def _sum(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    total = args[1] if len(args) > 1 else kwargs.get("start", Value(0))
    if isinstance(total.data, str):
        raise machine.raising("TypeError", "sum() can't sum strings [use ''.join(seq) instead]")
    for item in iteration.over(machine, args[0]):
        total = binary(machine, ast.Add, total, item)
    return total


def _extreme(name: str, kind: type) -> None:
    @builtin(name, 1, 255, "key", "default")
    def run(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
        found = iteration.unordered(machine, args[0]) if len(args) == 1 else list(args)
        if not found:
            if "default" in kwargs:
                return kwargs["default"]
            raise machine.unmodelled(f"{name}() of nothing isn't modelled")
        if isinstance(args[0].data, SetObj) and "key" in kwargs:
            raise machine.unmodelled("depends on the order of a set")
        keys = sort_keys(machine, found, kwargs.get("key"))
        best = 0
        for place in range(1, len(found)):
            if truth(machine, compare(machine, kind, _shown(keys[place]), _shown(keys[best]))):
                best = place
        made = found[best]
        for other in found[:32]:
            made = made.owed((), other.origins)
        return made


def _shown(whole: object) -> Value:
    """A sort key as a value again; only ever compared."""
    if isinstance(whole, tuple):
        return Value(tuple(_shown(part) for part in whole))
    if isinstance(whole, list):
        return Value(ListObj(items=[_shown(part) for part in whole]))
    return Value(whole)


_extreme("min", ast.Lt)


_extreme("max", ast.Gt)


@builtin("sorted", 1, 1, "key", "reverse")
def _sorted(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    if isinstance(args[0].data, SetObj) and "key" in kwargs:
        raise machine.unmodelled("may depend on the order of a set")
    found = iteration.unordered(machine, args[0])
    if isinstance(args[0].data, SetObj) and len({type(item.data) for item in found}) > 1:
        raise machine.unmodelled("may depend on the order of a set")
    return Value(machine.list_of(sort_values(machine, found, kwargs)))


def _iterator(machine: Machine, source: Iterator[Value]) -> Value:
    return Value(IterObj(source=source, epoch=machine.epoch, home=machine.frame.module.path))


@builtin("iter", 1, 1)
def _iter(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    if isinstance(args[0].data, IterObj):
        return args[0]
    return _iterator(machine, iteration.over(machine, _checked_iterable(machine, args[0])))


def _checked_iterable(machine: Machine, value: Value) -> Value:
    """Fails now, as Python does, and not at the first step."""
    iteration.start(machine, value)
    return value


@builtin("next", 1, 2)
def _next(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    data = use(machine, args[0])
    if not isinstance(data, IterObj):
        raise machine.raising(
            "TypeError", f"'{getattr(python_type(data), '__name__', 'object')}' object is not an iterator"
        )
    machine.mutate(data)
    try:
        return next(data.source)
    except StopIteration:
        if len(args) > 1:
            return args[1]
        raise machine.raising("StopIteration") from None


@builtin("reversed", 1, 1)
def _reversed(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    data = use(machine, args[0])
    if not isinstance(data, tuple | ListObj | str | range | DictObj):
        raise machine.unmodelled(f"reversed() of {described(data)} isn't modelled")
    return _iterator(machine, iter(iteration.items(machine, args[0])[::-1]))


@builtin("enumerate", 1, 2, "start")
def _enumerate(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    first = plain(machine, args[1] if len(args) > 1 else kwargs.get("start", Value(0)))
    if not isinstance(first, int):
        raise machine.unmodelled("enumerate() from this isn't modelled")
    source = iteration.over(machine, _checked_iterable(machine, args[0]))
    return _iterator(machine, (Value((Value(place), item)) for place, item in enumerate(source, first)))


@builtin("zip", 0, 16, "strict")
def _zip(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    if "strict" in kwargs and truth(machine, kwargs["strict"]):
        raise machine.unmodelled("zip(strict=True) isn't modelled")
    sources = [iteration.over(machine, _checked_iterable(machine, arg)) for arg in args]
    return _iterator(machine, (Value(row) for row in zip(*sources, strict=False)))


@builtin("map", 2, 8)
def _map(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    sources = [iteration.over(machine, _checked_iterable(machine, arg)) for arg in args[1:]]
    return _iterator(machine, (machine.call(args[0], row) for row in zip(*sources, strict=False)))


@builtin("filter", 2, 2)
def _filter(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    source = iteration.over(machine, _checked_iterable(machine, args[1]))
    if args[0].data is None:
        return _iterator(machine, (item for item in source if truth(machine, item)))
    return _iterator(machine, (item for item in source if truth(machine, machine.call(args[0], [item]))))


@builtin("all", 1, 1)
def _all(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    return owed(Value(all(truth(machine, item) for item in iteration.over(machine, args[0]))), args)


@builtin("any", 1, 1)
def _any(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    return owed(Value(any(truth(machine, item) for item in iteration.over(machine, args[0]))), args)


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


TYPES = {
    kind.__name__: kind
    for kind in (str, int, float, bool, bytes, list, tuple, dict, set, frozenset, type, object, range, slice)
}


@models(TABLES.calls, BuiltinType)
def _type(machine: Machine, callee: Value, args: Sequence[Value], kwargs: Names) -> Value:
    kind = of(callee, BuiltinType).kind
    if kind is dict:
        return _dict_of_builtin_types(machine, args, kwargs)
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


def _set_of_builtin_types(machine: Machine, args: Sequence[Value]) -> Value:
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
    set: _set_of_builtin_types,
    frozenset: _frozenset,
    range: _range,
    type: _type_of,
    object: _object,
}


def _dict_of_builtin_types(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    if len(args) > 1:
        raise machine.raising("TypeError", f"dict expected at most 1 argument, got {len(args)}")
    made = machine.dict_of({})
    found = pairs(machine, args[0]) if args else []
    for key, value in [*found, *((Value(name), value) for name, value in kwargs.items())]:
        filed = key_of(machine, key)
        made.entries[filed] = (made.entries[filed][0] if filed in made.entries else key, value)
    machine.fits(len(made.entries))
    return Value(made)


def _list_of_list_methods(value: Value) -> ListObj:
    return of(value, ListObj)


@method(list, "append")
def _append(machine: Machine, receiver: Value, args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    arguments(machine, "append", args, kwargs, 1, 1)
    machine.mutate(_list_of_list_methods(receiver))
    _list_of_list_methods(receiver).items.append(machine.tagged(args[0]))
    machine.limit(len(_list_of_list_methods(receiver).items))
    return NONE


@method(list, "extend")
def _extend(machine: Machine, receiver: Value, args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    arguments(machine, "extend", args, kwargs, 1, 1)
    machine.mutate(_list_of_list_methods(receiver))
    more = [machine.tagged(item) for item in iteration.items(machine, args[0])]
    machine.mutate(_list_of_list_methods(receiver))
    _list_of_list_methods(receiver).items.extend(more)
    machine.limit(len(_list_of_list_methods(receiver).items))
    return NONE


@method(list, "insert")
def _insert(machine: Machine, receiver: Value, args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    arguments(machine, "insert", args, kwargs, 2, 2)
    machine.mutate(_list_of_list_methods(receiver))
    native(
        machine, list.insert, _list_of_list_methods(receiver).items, plain(machine, args[0]), machine.tagged(args[1])
    )
    machine.limit(len(_list_of_list_methods(receiver).items))
    return NONE


@method(list, "pop")
def _pop(machine: Machine, receiver: Value, args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    arguments(machine, "pop", args, kwargs, 0, 1)
    machine.mutate(_list_of_list_methods(receiver))
    return native(machine, _list_of_list_methods(receiver).items.pop, *(plain(machine, arg) for arg in args))


@method(list, "clear")
def _clear(machine: Machine, receiver: Value, args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    arguments(machine, "clear", args, kwargs, 0, 0)
    machine.mutate(_list_of_list_methods(receiver))
    _list_of_list_methods(receiver).items.clear()
    return NONE


@method(list, "reverse")
def _reverse(machine: Machine, receiver: Value, args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    arguments(machine, "reverse", args, kwargs, 0, 0)
    machine.mutate(_list_of_list_methods(receiver))
    _list_of_list_methods(receiver).items.reverse()
    return NONE


@method(list, "copy")
def _copy(machine: Machine, receiver: Value, args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    arguments(machine, "copy", args, kwargs, 0, 0)
    return Value(machine.list_of(iteration.items(machine, receiver)))


@method(list, "sort")
def _sort(machine: Machine, receiver: Value, args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    arguments(machine, "sort", args, {}, 0, 0)
    held = _list_of_list_methods(receiver)
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
    machine.mutate(_list_of_list_methods(receiver))
    for place, item in enumerate(_list_of_list_methods(receiver).items):
        if equals(machine, item, args[0]):
            del _list_of_list_methods(receiver).items[place]
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


for _sequence in (list, tuple):
    METHODS[(_sequence, "index")] = _index
    METHODS[(_sequence, "count")] = _count


_FIELD = re.compile(r"([^.\[]*)((?:\.[^.\[]+|\[[^\]]+\])*)\Z")
_STEP = re.compile(r"\.([^.\[]+)|\[([^\]]+)\]")


def fill(machine: Machine, template: Value, args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    """`template.format(*args, **kwargs)`."""
    whole, owed, place, length = [], Value(None), 0, 0
    for literal, field, spec, conversion in _parsed(machine, of(template, str)):
        whole.append(literal)
        if field is None:
            continue
        if "{" in (spec or ""):
            raise machine.unmodelled("fields inside a format specification aren't modelled")
        value, place = _field(machine, field, place, args, kwargs)
        whole.append(formatted(machine, value, spec or "", ord(conversion) if conversion else -1))
        owed = owed.also(value)
        length += len(literal) + len(whole[-1])
        machine.limit_text(length)
    return Value("".join(whole), owed.origins, owed.control).also(template)


def _parsed(machine: Machine, template: str) -> list[tuple[str, str | None, str | None, str | None]]:
    machine.fits_text(len(template))
    return native(machine, lambda: list(string.Formatter().parse(template)))


def _field(
    machine: Machine, field: str, place: int, args: Sequence[Value], kwargs: dict[str, Value]
) -> tuple[Value, int]:
    match = _FIELD.match(field)
    if match is None:
        raise machine.unmodelled(f"format field {field[:40]!r} isn't modelled")
    name, rest = match.groups()
    if name == "":
        if place < 0:
            raise machine.unmodelled("a template that numbers some of its fields isn't modelled")
        name, place = str(place), place + 1
    elif name.isdecimal():
        if place > 0:
            raise machine.unmodelled("a template that numbers some of its fields isn't modelled")
        place = -1
    return _stepped(machine, _argument(machine, name, args, kwargs), rest), place


def _argument(machine: Machine, name: str, args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    if name.isdecimal():
        if len(name) > 3 or int(name) >= len(args):
            message = f"Replacement index {name} out of range for positional args tuple"
            raise machine.raising("IndexError", message)
        return args[int(name)]
    if name not in kwargs:
        raise machine.raising("KeyError", name)
    return kwargs[name]


def _stepped(machine: Machine, value: Value, rest: str) -> Value:
    for name, index in _STEP.findall(rest):
        if name:
            found = machine.attribute(value, name)
            if found is None:
                raise machine.raising("AttributeError", f"no attribute '{name}'")
            value = found
        else:
            value = subscript(machine, value, Value(int(index) if index.isdecimal() else index))
    return value


_TEXT = (  # noqa: SIM905 - words on a few lines
    "upper lower title capitalize casefold swapcase strip lstrip rstrip startswith endswith removeprefix removesuffix "
    "find rfind index rindex count isdigit isalpha isalnum isdecimal isnumeric isupper islower isspace isidentifier "
    "istitle isascii isprintable"
).split()


_PARTS = "split rsplit splitlines partition rpartition".split()  # noqa: SIM905 - words on a few lines


_PADDED = "center ljust rjust zfill expandtabs".split()  # noqa: SIM905 - words on a few lines


def _text_method(kind: type, name: str) -> Method:
    def run(machine: Machine, receiver: Value, args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
        given = [plain(machine, arg) for arg in args]
        named = {key: plain(machine, arg) for key, arg in kwargs.items()}
        if name in _PADDED:
            width = given[0] if given and isinstance(given[0], int) else 0
            tabs = len(str(receiver.data)) if name == "expandtabs" else 1
            machine.fits_text(max(width, 8) * tabs)
        machine.charge(size(receiver.data) // 64)
        made = native(machine, getattr(kind, name), receiver.data, *given, **named)
        owed = receiver
        for arg in args:
            owed = owed.also(gathered(arg))
        if isinstance(made, list | tuple):
            parts = [Value(part, owed.origins, owed.control) for part in made]
            machine.fits(len(parts))
            return Value(tuple(parts) if isinstance(made, tuple) else machine.list_of(parts))
        if isinstance(made, str | bytes):
            machine.fits_text(len(made))
        return Value(made, owed.origins, owed.control)

    return run


for _text_kind in (str, bytes):
    for _name in (*_TEXT, *_PARTS, *_PADDED):
        if hasattr(_text_kind, _name):
            METHODS[(_text_kind, _name)] = _text_method(_text_kind, _name)


@method(str, "replace")
def _replace(machine: Machine, receiver: Value, args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    given = [plain(machine, arg) for arg in args]
    text = receiver.data
    if kwargs or len(given) not in (2, 3) or not isinstance(text, str):
        raise machine.unmodelled("replace() with these arguments isn't modelled")
    old, new = given[0], given[1]
    if isinstance(old, str) and isinstance(new, str):
        machine.fits_text(len(text) + text.count(old) * len(new))
    made = native(machine, str.replace, text, *given)
    owed = receiver
    for arg in args:
        owed = owed.also(arg)
    return Value(made, owed.origins, owed.control)


@method(str, "join")
def _join(machine: Machine, receiver: Value, args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    arguments(machine, "join", args, kwargs, 1, 1)
    parts = iteration.items(machine, args[0])
    if not isinstance(receiver.data, str):
        raise machine.unmodelled("join() of bytes isn't modelled")
    texts: list[str] = []
    owed = Value(None)
    for place, part in enumerate(parts):
        data = plain(machine, part)
        if not isinstance(data, str):
            message = f"sequence item {place}: expected str instance, {type_name(part.data)} found"
            raise machine.raising("TypeError", message)
        texts.append(data)
        owed = owed.also(part)
    machine.fits_text(sum(map(len, texts)) + len(receiver.data) * len(texts))
    return Value(receiver.data.join(texts), owed.origins, owed.control).also(receiver).also(args[0])


@method(str, "format")
def _format_of_text_methods(
    machine: Machine, receiver: Value, args: Sequence[Value], kwargs: dict[str, Value]
) -> Value:
    return fill(machine, receiver, args, kwargs)


@method(str, "format_map")
def _format_map(machine: Machine, receiver: Value, args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    arguments(machine, "format_map", args, kwargs, 1, 1)
    data = args[0].data
    if not isinstance(data, DictObj | Proxy):
        raise machine.unmodelled("format_map() of this isn't modelled")
    given = {str(key.data): value for key, value in entries(machine, data).values()}
    return fill(machine, receiver, [], given)
