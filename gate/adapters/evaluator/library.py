"""Python's own functions, types and methods: one table of each, every argument checked or the call refused."""

from __future__ import annotations

import ast
from collections.abc import Callable, Hashable, Iterator
from functools import cmp_to_key, partial
from typing import Any

from gate.adapters.evaluator.attributes import assign, attribute, kind_of, probe
from gate.adapters.evaluator.bounds import MAX_DIGITS
from gate.adapters.evaluator.classes import make_class
from gate.adapters.evaluator.expressions import SUPER
from gate.adapters.evaluator.machine import BUILTINS, NONE, Machine, described
from gate.adapters.evaluator.operators import binary
from gate.adapters.evaluator.plain import (
    harmless,
    is_plain,
    items,
    iterate,
    key_of,
    less,
    method,
    plain,
    still,
    truth,
    use,
    wrap,
)
from gate.adapters.evaluator.tables import METHODS, TYPES, UNBOUND, Call
from gate.adapters.evaluator.text import formatted, gathered, text
from gate.adapters.evaluator.values import (
    Args,
    BuiltinType,
    ClassObj,
    Descriptor,
    DictObj,
    External,
    Function,
    FunctionObj,
    Host,
    InstanceObj,
    Lazy,
    ListObj,
    Names,
    Quality,
    QualityText,
    SetObj,
    Unknown,
    Value,
    View,
)


def check(machine: Machine, name: str, args: Args, kwargs: Names, least: int, most: int, known: str = "") -> None:
    """Refuse a call with more, fewer or other arguments than are read."""
    if not least <= len(args) <= most or not set(kwargs) <= set(known.split()):
        raise machine.unmodelled(f"{name}() called like this isn't read")


def builtin(name: str, least: int, most: int, known: str = "") -> Callable[[Call], Call]:
    """Enter a function into the table of Python's own."""

    def enter(function: Call) -> Call:
        def call(machine: Machine, args: Args, kwargs: Names) -> Value:
            check(machine, name, args, kwargs, least, most, known)
            return function(machine, args, kwargs)

        BUILTINS[name] = Value(Function(name, call))
        return function

    return enter


def owed(made: Value, args: Args) -> Value:
    """What Python's own function gives, owed to the arguments it was made from."""
    for arg in args:
        made = gathered(made, arg)
    return made


def delegated(name: str, function: Callable[..., object], least: int, most: int, kinds: tuple[type, ...]) -> None:
    """A function that is Python's own, on arguments of these kinds."""

    def call(machine: Machine, args: Args, kwargs: Names) -> Value:
        given = [plain(machine, each) for each in args]
        if any(type(each) not in kinds for each in given):
            raise machine.unmodelled(f"{name}() of these isn't read")
        for each in given:
            if type(each) is int:
                machine.number(each)
        return owed(wrap(machine, machine.delegate(function, *given)), args)

    builtin(name, least, most)(call)


delegated("abs", abs, 1, 1, (int, float, bool))
delegated("chr", chr, 1, 1, (int,))
delegated("ord", ord, 1, 1, (str,))
delegated("bin", bin, 1, 1, (int,))
delegated("hex", hex, 1, 1, (int,))
delegated("oct", oct, 1, 1, (int,))
delegated("divmod", divmod, 2, 2, (int,))


@builtin("round", 1, 2, "ndigits")
def _round(machine: Machine, args: Args, kwargs: Names) -> Value:
    given = [plain(machine, each) for each in (*args, *kwargs.values())]
    digits: Any = given[1] if len(given) > 1 else None
    if type(given[0]) not in (int, float) or type(digits) not in (int, type(None)) or abs(digits or 0) > 50:
        raise machine.unmodelled("round() of these isn't read")
    return owed(wrap(machine, machine.delegate(round, given[0], digits)), args)


@builtin("pow", 2, 2)
def _pow(machine: Machine, args: Args, kwargs: Names) -> Value:
    return binary(machine, ast.Pow, args[0], args[1])


@builtin("len", 1, 1)
def _len(machine: Machine, args: Args, kwargs: Names) -> Value:
    data = use(machine, args[0])
    match data:
        case tuple() | str() | bytes() | range():
            found = len(plain(machine, args[0]) if isinstance(data, QualityText) else data)  # type: ignore[arg-type]  # sized
        case ListObj():
            found = len(data.items)
        case DictObj() | SetObj():
            found = len(data.entries)
        case View():
            found = len(data.of.entries)
        case ClassObj(members=dict(members)):
            found = len(members)
        case InstanceObj() if data.cls.tuple_of is not None:
            found = len(data.cls.tuple_of)
        case InstanceObj() if data.cls.defines("__len__"):
            made = method(machine, args[0], "__len__")
            if type(made.data) is not int or made.data < 0:
                raise machine.unmodelled("__len__ gives no length")
            return made
        case _:
            if is_plain(data):
                raise machine.native("TypeError", "object has no len()")
            raise machine.unmodelled(f"len() of {described(data)} isn't read")
    return owed(Value(found), args)


@builtin("repr", 1, 1)
def _repr(machine: Machine, args: Args, kwargs: Names) -> Value:
    return text(machine, args[0], repr)


@builtin("ascii", 1, 1)
def _ascii(machine: Machine, args: Args, kwargs: Names) -> Value:
    return text(machine, args[0], ascii)


@builtin("format", 1, 2)
def _format(machine: Machine, args: Args, kwargs: Names) -> Value:
    return formatted(machine, args[0], str(plain(machine, args[1])) if len(args) > 1 else "")


@builtin("callable", 1, 1)
def _callable(machine: Machine, args: Args, kwargs: Names) -> Value:
    data = use(machine, args[0])
    if isinstance(data, InstanceObj):
        return Value(data.cls.defines("__call__"))
    if is_plain(data) or isinstance(data, tuple | ListObj | DictObj | SetObj):
        return Value(False)
    if isinstance(data, FunctionObj | ClassObj | BuiltinType):
        return Value(True)
    raise machine.unmodelled(f"callable() of {described(data)} isn't read")


_ABSTRACT = {
    "Sequence": (str, tuple, list, range, bytes),
    "Iterable": (str, tuple, list, range, bytes, dict, set, frozenset),
    "Collection": (str, tuple, list, range, bytes, dict, set, frozenset),
    "Sized": (str, tuple, list, range, bytes, dict, set, frozenset),
    "Container": (str, tuple, list, range, bytes, dict, set, frozenset),
    "Mapping": (dict,),
    "MutableMapping": (dict,),
    "MutableSequence": (list,),
    "Set": (set, frozenset),
    "Hashable": (str, int, bool, float, bytes, type(None), range, frozenset),
}


def _fits_protocol(machine: Machine, data: object, kind: ClassObj) -> bool:
    """Whether an instance of the package's own has all that a protocol names: methods and plain attributes."""
    own = [each for each in kind.mro if not each.builtin]
    names = {name for each in own for name in (*each.namespace, *each.annotations)}
    if not isinstance(data, InstanceObj) or data.cls.builtin or data.cls.face or not kind.runtime:
        raise machine.unmodelled(f"isinstance() of {described(data)} and the protocol {kind.name} isn't read")
    if kind in data.cls.mro:
        return True
    if any(name[:1] == "_" for name in names) or data.cls.defines("__getattr__", "__getattribute__"):
        raise machine.unmodelled(f"isinstance() of the protocol {kind.name} isn't read")
    found = {name: data.attributes.get(name) or (data.cls.find(name) or (None, None))[1] for name in names}
    held = [each.data for each in found.values() if each is not None]
    if not all(isinstance(each, FunctionObj | tuple) or (is_plain(each) and each is not None) for each in held):
        raise machine.unmodelled(f"isinstance() of the protocol {kind.name} isn't read")
    return len(held) == len(names)


def _is_instance(machine: Machine, value: Value, cls: Value) -> bool:
    kind = cls.data
    if isinstance(kind, tuple):
        return any(_is_instance(machine, value, each) for each in kind)
    data = use(machine, value)
    own = kind_of(data) if is_plain(data) or isinstance(data, tuple | ListObj | DictObj | SetObj) else None
    if isinstance(data, DictObj) and (data.frozen or data.factory):
        own = None
    if isinstance(kind, ClassObj):
        if machine.classes["typing.Protocol"] in kind.bases:
            return _fits_protocol(machine, data, kind)
        if kind.defines("__subclasshook__", "__instancecheck__"):
            raise machine.unmodelled(f"{kind.name} decides itself what its instances are")
        if isinstance(data, InstanceObj):
            return kind in data.cls.mro
        if own is not None and not kind.builtin and kind.mixin is None:
            return False
    if isinstance(kind, BuiltinType) and kind.kind is not type and kind.kind is not property:
        if own is not None:
            return issubclass(own, kind.kind)
        if isinstance(data, InstanceObj):
            if kind.kind is object:
                return True
            of = tuple if data.cls.tuple_of is not None else data.cls.mixin
            return of is not None and issubclass(of, kind.kind)
        if isinstance(data, FunctionObj | ClassObj) and kind.kind is not object:
            return False
    if isinstance(kind, External) and own is not None and kind.args is None:
        module, _, name = kind.path.rpartition(".")
        if module in ("collections.abc", "typing") and name in _ABSTRACT and not (own is tuple and name == "Hashable"):
            return own in _ABSTRACT[name]
    raise machine.unmodelled(f"isinstance() of {described(data)} and {described(kind)} isn't read")


@builtin("isinstance", 2, 2)
def _isinstance(machine: Machine, args: Args, kwargs: Names) -> Value:
    return owed(Value(_is_instance(machine, args[0], args[1])), args[:1])


@builtin("issubclass", 2, 2)
def _issubclass(machine: Machine, args: Args, kwargs: Names) -> Value:
    one, kinds = args[0].data, args[1].data if isinstance(args[1].data, tuple) else (args[1],)
    if not isinstance(one, ClassObj) or not all(isinstance(each.data, ClassObj) for each in kinds):
        raise machine.unmodelled("issubclass() of these isn't read")
    if any(machine.classes["typing.Protocol"] in each.data.mro for each in kinds):
        raise machine.unmodelled("issubclass() of a protocol isn't read")
    return Value(any(each.data in one.mro for each in kinds))


@builtin("hasattr", 2, 2)
def _hasattr(machine: Machine, args: Args, kwargs: Names) -> Value:
    return Value(probe(machine, args[0], _attribute_name(machine, args[1])) is not None, args[0].origins)


@builtin("getattr", 2, 3)
def _getattr(machine: Machine, args: Args, kwargs: Names) -> Value:
    name = _attribute_name(machine, args[1])
    if len(args) == 2:
        return attribute(machine, args[0], name).also(args[1])
    found = probe(machine, args[0], name)
    return args[2] if found is None else found.also(args[1])


@builtin("vars", 1, 1)
def _vars(machine: Machine, args: Args, kwargs: Names) -> Value:
    if not isinstance(args[0].data, InstanceObj):
        raise machine.unmodelled(f"vars() of {described(args[0].data)} isn't read")
    return attribute(machine, args[0], "__dict__")


@builtin("setattr", 3, 3)
def _setattr(machine: Machine, args: Args, kwargs: Names) -> Value:
    assign(machine, args[0], _attribute_name(machine, args[1]), args[2])
    return NONE


def _attribute_name(machine: Machine, value: Value) -> str:
    name = plain(machine, value)
    if type(name) is not str or not name.isidentifier() or not name.isascii():
        raise machine.unmodelled("an attribute by such a name isn't read")
    return name


@builtin("print", 0, 100, "sep end file flush")
def _print(machine: Machine, args: Args, kwargs: Names) -> Value:
    for name, value in kwargs.items():
        fits = {
            "file": value.data in (External("sys.stderr"), External("sys.stdout"), None),
            "flush": type(value.data) is bool,
        }.get(name, value.data is None or type(value.data) is str)
        if not fits:
            raise machine.unmodelled(f"print({name}=…) isn't read")
    for each in args:
        use(machine, each)
        if not harmless(machine, each):
            raise machine.unmodelled("prints what shows itself by code of its own")
    return NONE


# --- what runs over elements ---


def lazy(machine: Machine, name: str, source: Iterator[Value]) -> Value:
    """What is consumed in the expression that makes it."""
    return Value(Lazy(source, name))


@builtin("enumerate", 1, 2, "start")
def _enumerate(machine: Machine, args: Args, kwargs: Names) -> Value:
    start = plain(machine, (*args[1:], *kwargs.values(), Value(0))[0])
    if type(start) is not int:
        raise machine.unmodelled("enumerate() from such a start isn't read")
    source = iterate(machine, args[0])
    return lazy(machine, "enumerate", (Value((Value(place), each)) for place, each in enumerate(source, start)))


@builtin("zip", 0, 20, "strict")
def _zip(machine: Machine, args: Args, kwargs: Names) -> Value:
    if kwargs and kwargs["strict"].data is not False:
        lengths = {len(items(machine, each)) for each in args if not isinstance(each.data, Lazy)}
        if any(isinstance(each.data, Lazy) for each in args) or len(lengths) > 1:
            raise machine.unmodelled("zip(strict=…) of these isn't read")
    return lazy(machine, "zip", (Value(each) for each in zip(*(iterate(machine, arg) for arg in args), strict=False)))


@builtin("map", 2, 20)
def _map(machine: Machine, args: Args, kwargs: Names) -> Value:
    sources = zip(*(iterate(machine, arg) for arg in args[1:]), strict=False)
    return lazy(machine, "map", (machine.call(args[0], each) for each in sources))


@builtin("filter", 2, 2)
def _filter(machine: Machine, args: Args, kwargs: Names) -> Value:
    def holds(each: Value) -> bool:
        return truth(machine, each if args[0].data is None else machine.call(args[0], [each]))

    return lazy(machine, "filter", (each for each in iterate(machine, args[1]) if holds(each)))


@builtin("reversed", 1, 1)
def _reversed(machine: Machine, args: Args, kwargs: Names) -> Value:
    data = use(machine, args[0])
    if isinstance(data, tuple | str | range):
        return lazy(machine, "reversed", iter(items(machine, args[0])[::-1]))
    if isinstance(data, ListObj | DictObj):

        def backwards() -> Iterator[Value]:
            with still(data):
                yield from reversed(items(machine, args[0]))

        return lazy(machine, "reversed", backwards())
    raise machine.unmodelled(f"reversed() of {described(data)} isn't read")


@builtin("iter", 1, 1)
def _iter(machine: Machine, args: Args, kwargs: Names) -> Value:
    return args[0] if isinstance(args[0].data, Lazy) else lazy(machine, "iterator", iterate(machine, args[0]))


@builtin("next", 1, 2)
def _next(machine: Machine, args: Args, kwargs: Names) -> Value:
    data = use(machine, args[0])
    if not isinstance(data, Lazy) or data.whole:
        raise machine.unmodelled(f"next() of {described(data)} isn't read")
    found = next(data.source, None)
    if found is None:
        if len(args) < 2:
            raise machine.native("StopIteration")
        return args[1]
    return found


@builtin("any", 1, 1)
def _any(machine: Machine, args: Args, kwargs: Names) -> Value:
    return _until(machine, args[0], stop=True)


@builtin("all", 1, 1)
def _all(machine: Machine, args: Args, kwargs: Names) -> Value:
    return _until(machine, args[0], stop=False)


def _until(machine: Machine, value: Value, *, stop: bool) -> Value:
    made = Value(not stop)
    for each in iterate(machine, value):
        made = made.also(each)
        if truth(machine, each) is stop:
            return Value(stop, made.origins, made.control)
    return made.also(value)


@builtin("sum", 1, 2, "start")
def _sum(machine: Machine, args: Args, kwargs: Names) -> Value:
    total = (*args[1:], *kwargs.values(), Value(0))[0]
    if type(total.data) is str or isinstance(total.data, float):
        raise machine.unmodelled("sum() from such a start isn't read")
    for each in iterate(machine, args[0], ordered=False):
        if isinstance(each.data, float):
            raise machine.unmodelled("sum() of floats differs between versions of Python")
        total = binary(machine, ast.Add, total, each)
    return total


def _chosen(machine: Machine, args: Args, kwargs: Names, op: str) -> Value:
    if len(args) > 1 and "default" in kwargs:
        raise machine.unmodelled("min() and max() of several with a default aren't read")
    key = kwargs.get("key", NONE)
    given = list(args) if len(args) > 1 else items(machine, args[0], ordered=key.data is not None)
    if not given:
        if "default" in kwargs:
            return kwargs["default"]
        raise machine.native("ValueError", "iterable argument is empty")
    hosts = [each for each in given if isinstance(each.data, Host) and each.data.probe == "os.cpu_count()"]
    if hosts and key.data is None and all(type(each.data) in (int, Host) for each in given):
        return Value(Host("value", "os.cpu_count()", hosts[0].data.where), hosts[0].origins)
    best, by = given[0], _key(machine, key, given[0])
    for each in given[1:]:
        other = _key(machine, key, each)
        if less(machine, other, by, op):
            best, by = each, other
    return owed(Value(best.data, best.origins, best.control), args if len(args) > 1 else [args[0]])


def _key(machine: Machine, key: Value, each: Value) -> Value:
    return each if key.data is None else machine.call(key, [each])


builtin("min", 1, 100, "key default")(partial(_chosen, op="<"))
builtin("max", 1, 100, "key default")(partial(_chosen, op=">"))


def ordered(machine: Machine, given: list[Value], kwargs: Names, *, settled: bool) -> list[Value]:
    """The elements sorted; `settled` where they had an order before, so that equal ones keep theirs."""
    key, reverse = kwargs.get("key", NONE), kwargs.get("reverse", Value(False)).data
    if type(reverse) is not bool:
        raise machine.unmodelled("sorting reversed by something other than a truth value isn't read")
    machine.charge(len(given) * max(1, len(given).bit_length()))
    keyed = [(_key(machine, key, each), each) for each in given]

    def order(one: tuple[Value, Value], other: tuple[Value, Value]) -> int:
        if less(machine, one[0], other[0]):
            return -1
        if less(machine, other[0], one[0]):
            return 1
        if not settled:
            raise machine.unmodelled("depends on the order of a set")
        return 0

    return [each for _, each in sorted(keyed, key=cmp_to_key(order), reverse=reverse)]


@builtin("sorted", 1, 1, "key reverse")
def _sorted(machine: Machine, args: Args, kwargs: Names) -> Value:
    made = ordered(
        machine, items(machine, args[0], ordered=False), kwargs, settled=not isinstance(args[0].data, SetObj)
    )
    return Value(machine.new_list(made), args[0].origins, args[0].control)


# --- types ---


def _str(machine: Machine, args: Args, kwargs: Names) -> Value:
    check(machine, "str", args, kwargs, 0, 1)
    return text(machine, args[0]) if args else Value("")


def _int(machine: Machine, args: Args, kwargs: Names) -> Value:
    check(machine, "int", args, kwargs, 0, 2)
    if len(args) == 1 and isinstance(args[0].data, Quality):
        return args[0]
    if len(args) == 1 and isinstance(args[0].data, Host) and args[0].data.probe == "os.cpu_count()":
        return Value(Host("value", "os.cpu_count()", args[0].data.where), args[0].origins)
    if len(args) == 1 and isinstance(args[0].data, InstanceObj) and args[0].data.cls.defines("__int__"):
        return _int(machine, [method(machine, args[0], "__int__")], {})
    given = [plain(machine, each) for each in args]
    if given and type(given[0]) is str and (not given[0].isascii() or len(given[0]) > MAX_DIGITS // 4):
        raise machine.unmodelled("int() of such text isn't read")
    if any(type(each) not in (int, str, bool, float) for each in given) or (
        len(given) > 1 and type(given[0]) is not str
    ):
        raise machine.unmodelled("int() of these isn't read")
    return owed(wrap(machine, machine.delegate(int, *given, sure=len(given) == 1)), args)


def _float(machine: Machine, args: Args, kwargs: Names) -> Value:
    check(machine, "float", args, kwargs, 0, 1)
    given = [plain(machine, each) for each in args]
    if any(type(each) not in (int, str, bool, float) for each in given):
        raise machine.unmodelled("float() of these isn't read")
    if given and type(given[0]) is str and (not given[0].isascii() or len(given[0]) > 100):
        raise machine.unmodelled("float() of such text isn't read")
    return owed(wrap(machine, machine.delegate(float, *given, sure=True)), args)


def _bool(machine: Machine, args: Args, kwargs: Names) -> Value:
    check(machine, "bool", args, kwargs, 0, 1)
    return owed(Value(truth(machine, args[0]) if args else False), args)


def _range(machine: Machine, args: Args, kwargs: Names) -> Value:
    check(machine, "range", args, kwargs, 1, 3)
    given = [plain(machine, each) for each in args]
    if any(type(each) is not int for each in given):
        raise machine.unmodelled("range() of these isn't read")
    return owed(Value(machine.delegate(range, *given)), args)


def _tuple(machine: Machine, args: Args, kwargs: Names) -> Value:
    check(machine, "tuple", args, kwargs, 0, 1)
    return Value(tuple(items(machine, args[0]))).also(args[0]) if args else Value(())


def _list(machine: Machine, args: Args, kwargs: Names) -> Value:
    check(machine, "list", args, kwargs, 0, 1)
    return Value(machine.new_list(items(machine, args[0]))).also(args[0]) if args else Value(machine.new_list([]))


def make_set(machine: Machine, args: Args, kwargs: Names, *, frozen: bool) -> Value:
    check(machine, "set", args, kwargs, 0, 1)
    held: dict[Hashable, Value] = {}
    for each in items(machine, args[0], ordered=False) if args else ():
        held.setdefault(key_of(machine, each), each)
    return Value(machine.new_set(held, frozen=frozen), *((args[0].origins, args[0].control) if args else ()))


def _dict(machine: Machine, args: Args, kwargs: Names) -> Value:
    made = machine.new_dict({})
    METHODS[dict, "update"](machine, args, kwargs, receiver=Value(made))
    return Value(made, *((args[0].origins, args[0].control) if args else ()))


def _type(machine: Machine, args: Args, kwargs: Names) -> Value:
    if len(args) == 3:
        return make_class(machine, args)
    check(machine, "type", args, kwargs, 1, 1)
    data = use(machine, args[0])
    if isinstance(data, InstanceObj):
        return Value(data.cls, args[0].origins)
    if (
        is_plain(data)
        or isinstance(data, tuple | ListObj | SetObj)
        or (isinstance(data, DictObj) and not data.factory and not data.frozen)
    ):
        return Value(BuiltinType(kind_of(data)), args[0].origins)
    raise machine.unmodelled(f"type() of {described(data)} isn't read")


def _descriptor(machine: Machine, args: Args, kwargs: Names, *, kind: str) -> Value:
    check(machine, kind, args, kwargs, 1, 1)
    if isinstance(args[0].data, Unknown):
        raise machine.unknown(args[0].data)
    return Value(Descriptor(kind, args[0]), args[0].origins)


_KINDS: dict[type, Call] = {
    str: _str, int: _int, float: _float, bool: _bool, range: _range, tuple: _tuple, list: _list, dict: _dict,
    type: _type,
    set: partial(make_set, frozen=False),
    frozenset: partial(make_set, frozen=True),
    property: partial(_descriptor, kind="property"),
    staticmethod: partial(_descriptor, kind="staticmethod"),
    classmethod: partial(_descriptor, kind="classmethod"),
}  # fmt: skip
TYPES.update(_KINDS)
BUILTINS.update({kind.__name__: Value(BuiltinType(kind)) for kind in (*_KINDS, bytes, object)})
BUILTINS["super"] = Value(SUPER)
BUILTINS["Ellipsis"] = Value(...)


def _object(machine: Machine, args: Args, kwargs: Names) -> Value:
    check(machine, "object", args, kwargs, 0, 0)
    return machine.call(Value(machine.classes["object"]))


TYPES[object] = _object


def _object_setattr(machine: Machine, args: Args, kwargs: Names) -> Value:
    """The way around a frozen dataclass that its own `__post_init__` uses."""
    check(machine, "object.__setattr__", args, kwargs, 3, 3)
    if not isinstance(args[0].data, InstanceObj):
        raise machine.unmodelled("object.__setattr__() called like this isn't read")
    assign(machine, args[0], _attribute_name(machine, args[1]), args[2], past=True)
    return NONE


def _fromkeys(machine: Machine, args: Args, kwargs: Names) -> Value:
    check(machine, "dict.fromkeys", args, kwargs, 1, 2)
    made: dict[Hashable, tuple[Value, Value]] = {}
    value = machine.kept((*args[1:], NONE)[0])
    for each in items(machine, args[0]):
        key = key_of(machine, each)
        made[key] = (made[key][0] if key in made else each, value)
    return Value(machine.new_dict(made), args[0].origins, args[0].control)


UNBOUND.update({(object, "__setattr__"): _object_setattr, (dict, "fromkeys"): _fromkeys})
