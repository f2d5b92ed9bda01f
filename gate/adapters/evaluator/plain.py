"""Plain data to Python's own and back; truth, keys, equality, order, iteration."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Any

from gate.adapters.evaluator.bounds import MAX_BITS
from gate.adapters.evaluator.machine import CELLS, Machine, described
from gate.adapters.evaluator.values import (
    BuiltinType,
    Cells,
    ClassObj,
    DictObj,
    External,
    Function,
    FunctionObj,
    Heap,
    Host,
    InstanceObj,
    Lazy,
    ListObj,
    ModuleName,
    ModuleObj,
    Quality,
    QualityText,
    SetObj,
    Unknown,
    Value,
    View,
)

PRIMITIVES = frozenset({type(None), bool, int, float, str, bytes, range, type(...)})
NUMBERS = frozenset({bool, int, float})


def use(machine: Machine, value: Value) -> object:
    """The data of a value that something is done with."""
    data = value.data
    if isinstance(data, Unknown):
        raise machine.unknown(data)
    if isinstance(data, Host):
        raise machine.unmodelled(f"depends on what {data.probe} finds")
    return data


def plain(machine: Machine, value: Value, *, depth: int = 0) -> object:
    """The value as Python's own data; the quality in it counts as looked at."""
    data = value.data
    kind = type(data)
    if kind in PRIMITIVES:
        return data
    machine.charge()
    if depth > 20:
        raise machine.unmodelled("is nested too deeply")
    if kind is Quality:
        return machine.number(data)
    if kind is QualityText:
        machine.collapse()
        return str(data)
    if kind is tuple:
        return tuple(plain(machine, item, depth=depth + 1) for item in data)
    if kind is ListObj:
        return [plain(machine, item, depth=depth + 1) for item in data.items]
    if kind is DictObj and data.factory is None and not data.frozen:
        pairs = data.entries.values()
        return {plain(machine, k, depth=depth + 1): plain(machine, v, depth=depth + 1) for k, v in pairs}
    if kind is InstanceObj and data.cls.mixin is not None:
        return data.attributes["_value_"].data
    if kind is InstanceObj and data.cls.tuple_of is not None:
        raise machine.unmodelled(f"uses {described(data)} as plain data")
    use(machine, value)
    raise machine.unmodelled(f"uses {described(data)} as plain data")


def is_plain(data: object) -> bool:
    """Whether this is a number, text or None."""
    return type(data) in PRIMITIVES or isinstance(data, Quality | QualityText)


def wrap(machine: Machine, data: object) -> Value:
    """Python's own data as a value, once it is small enough."""
    kind = type(data)
    if kind is str or kind is bytes:
        machine.limit_text(len(data))  # type: ignore[arg-type]  # str or bytes
    elif kind is int:
        if data.bit_length() > MAX_BITS:  # type: ignore[attr-defined]  # int
            raise machine.unmodelled(f"counts beyond {MAX_BITS} bits")
    elif kind is float:
        if math.isnan(data):  # type: ignore[arg-type]  # float
            raise machine.unmodelled("makes a number that is none")
    elif kind is tuple:
        machine.limit(len(data))  # type: ignore[arg-type]  # tuple
        return Value(tuple(wrap(machine, each) for each in data))  # type: ignore[attr-defined]  # tuple
    elif kind is list:
        return Value(machine.new_list([wrap(machine, each) for each in data]))  # type: ignore[attr-defined]  # list
    elif kind is dict:
        pairs = {key: (wrap(machine, key), wrap(machine, each)) for key, each in data.items()}  # type: ignore[attr-defined]  # dict
        return Value(machine.new_dict(pairs))
    elif kind not in PRIMITIVES:
        raise machine.unmodelled(f"makes a {kind.__name__}")
    return Value(data)


def truth(machine: Machine, value: Value) -> bool:
    """`bool(value)`."""
    data = value.data
    kind = type(data)
    if kind in PRIMITIVES or kind is QualityText:
        return bool(data)
    match data:
        case Quality():
            return not compare_quality(machine, data, 0, "==")
        case tuple():
            return bool(data)
        case ListObj():
            return bool(data.items)
        case DictObj() | SetObj():
            return bool(data.entries)
        case View():
            return bool(data.of.entries)
        case Host(kind="path"):
            return there(machine, data)
        case Host(kind="text"):
            return True
        case Host():
            return bool(machine.ask_afresh(data.probe))
        case InstanceObj():
            if data.cls.mixin is not None:
                return bool(data.attributes["_value_"].data)
            if data.cls.tuple_of is not None:
                return bool(data.cls.tuple_of)
            if data.cls.defines("__bool__"):
                return truth(machine, method(machine, value, "__bool__"))
            if data.cls.defines("__len__"):
                return truth(machine, method(machine, value, "__len__"))
            return True
        case FunctionObj() | ModuleObj() | Function() | BuiltinType() | ClassObj():
            return True
        case External(path="subprocess.run" | "shutil.which"):
            return True
    use(machine, value)
    raise machine.unmodelled(f"asks whether {described(data)} is true")


def there(machine: Machine, host: Host) -> bool:
    """Whether a probe that gives something or None finds something; that there are CPUs is the usual answer."""
    return bool(machine.ask(host.probe)) is not (host.probe == "os.cpu_count()")


def method(machine: Machine, value: Value, name: str, *args: Value) -> Value:
    """What a method that the class itself defines gives."""
    found = value.data.cls.find(name)
    if found is None or not isinstance(found[1].data, FunctionObj):
        raise machine.unmodelled(f"{name} of {described(value.data)} isn't a plain method")
    return machine.call(found[1], [value, *args])


def compare_quality(machine: Machine, quality: int, other: float, op: str) -> bool:
    """A comparison with the quality; what it answers holds for an interval of qualities."""
    span, q = machine.span, int(quality)
    if span is None or q != span.quality:
        machine.collapse()
        span = None
    floor, ceiling = math.floor(other), math.ceil(other)
    if op in ("==", "!="):
        equal = q == other
        if span is not None:
            if equal:
                span.narrow(q, q)
            elif q < other:
                span.narrow(None, ceiling - 1)
            else:
                span.narrow(floor + 1, None)
        return equal if op == "==" else not equal
    if op in ("<", ">="):
        below = q < other
        if span is not None:
            span.narrow(*((None, ceiling - 1) if below else (ceiling, None)))
        return below if op == "<" else not below
    at_most = q <= other
    if span is not None:
        span.narrow(*((None, floor) if at_most else (floor + 1, None)))
    return at_most if op == "<=" else not at_most


def key_of(machine: Machine, value: Value) -> Hashable:
    """What a set or dictionary files a value under: equal for equal values, whatever hash Python gives them."""
    data = value.data
    kind = type(data)
    if kind in PRIMITIVES and kind is not range:
        return data  # type: ignore[no-any-return]  # a primitive
    machine.charge()
    if kind is Quality or kind is QualityText:
        return plain(machine, value)
    if kind is tuple:
        return tuple(key_of(machine, item) for item in data)
    if kind is SetObj and data.frozen:
        return frozenset(data.entries)
    if kind is InstanceObj and not data.cls.defines("__eq__", "__hash__"):
        cls: ClassObj = data.cls
        if cls.mixin is not None:
            return data.attributes["_value_"].data  # type: ignore[no-any-return]  # a primitive
        if cls.members is not None:
            return data  # type: ignore[no-any-return]
        if cls.tuple_of is not None:
            return tuple(key_of(machine, data.attributes[name]) for name in cls.tuple_of)
        if cls.fields is not None and cls.frozen and cls.compares and not machine.guard:
            parts = [
                data.attributes.get(name) for name, field in cls.fields.items() if field.compare and not field.kind
            ]
            if None not in parts:
                return (cls, *(key_of(machine, part) for part in parts if part))
    if kind in (ListObj, DictObj) or (kind is SetObj and not data.frozen):
        raise machine.native("TypeError", "unhashable type")
    use(machine, value)
    raise machine.unmodelled(f"uses {described(data)} as a key")


def equal(machine: Machine, one: Value, other: Value, *, depth: int = 0) -> bool:
    """`one == other`."""
    machine.charge()
    if depth > 20:
        raise machine.unmodelled("compares what is nested too deeply")
    a, b = one.data, other.data
    for value in (one, other):
        if isinstance(value.data, Unknown | Host):
            use(machine, value)
    for x, y in ((a, b), (b, a)):
        if type(x) is Quality and type(y) in NUMBERS:
            return compare_quality(machine, x, y, "==")
    if is_plain(a) and is_plain(b):
        return bool(plain(machine, one) == plain(machine, other))
    match a, b:
        case (tuple(), tuple()) | (ListObj(), ListObj()):
            left, right = (a, b) if isinstance(a, tuple) else (a.items, b.items)
            return len(left) == len(right) and all(
                equal(machine, x, y, depth=depth + 1) for x, y in zip(left, right, strict=True)
            )
        case DictObj(), DictObj() if a.factory is None is b.factory:
            return a.entries.keys() == b.entries.keys() and all(
                equal(machine, held, b.entries[key][1], depth=depth + 1) for key, (_, held) in a.entries.items()
            )
        case SetObj(), SetObj():
            return a.entries.keys() == b.entries.keys()
        case InstanceObj(), InstanceObj():
            return _equal_instances(machine, one, other, depth)
        case (InstanceObj(), _) | (_, InstanceObj()):
            instance, rest = (one, other) if isinstance(a, InstanceObj) else (other, one)
            cls = instance.data.cls
            if cls.defines("__eq__"):
                raise machine.unmodelled(f"compares {described(instance.data)}")
            if cls.mixin is not None:
                return equal(machine, Value(plain(machine, instance)), rest, depth=depth + 1)
            if cls.tuple_of is not None:
                return equal(machine, as_tuple(instance), rest, depth=depth + 1)
            if is_plain(rest.data) or isinstance(rest.data, tuple | ListObj | DictObj | SetObj):
                return False
        case _ if _data(a) and _data(b):
            return False  # kinds that never equal each other
        case (ModuleName(), "__main__") | ("__main__", ModuleName()):
            return False
        case (None, x) | (x, None) if isinstance(x, FunctionObj | ClassObj | ModuleObj | BuiltinType):
            return False
    raise machine.unmodelled(f"compares {described(a)} with {described(b)}")


def _data(data: object) -> bool:
    return (
        is_plain(data) or isinstance(data, tuple | ListObj | SetObj) or (isinstance(data, DictObj) and not data.factory)
    )


def _equal_instances(machine: Machine, one: Value, other: Value, depth: int) -> bool:
    a, b = one.data, other.data
    if a.cls.defines("__eq__") or b.cls.defines("__eq__"):
        raise machine.unmodelled(f"compares {described(a)}")
    if a.cls.mixin is not None or b.cls.mixin is not None:
        if a.cls.mixin is not None and b.cls.mixin is not None:
            return bool(plain(machine, one) == plain(machine, other))
        return False
    if a.cls.tuple_of is not None and b.cls.tuple_of is not None:
        return equal(machine, as_tuple(one), as_tuple(other), depth=depth + 1)
    if a.cls.members is not None or b.cls.members is not None:
        return a is b
    ways = [next((each for each in x.cls.mro if each.compares), None) for x in (a, b)]
    if a.cls is b.cls and ways[0] is not None:
        names = [name for name, field in (ways[0].fields or {}).items() if field.compare and not field.kind]
        if any(name not in x.attributes for x in (a, b) for name in names):
            raise machine.unmodelled(f"compares {described(a)}, which lacks a field")
        return all(equal(machine, a.attributes[name], b.attributes[name], depth=depth + 1) for name in names)
    if a.cls.face or b.cls.face or machine.classes["BaseException"] in (*a.cls.mro, *b.cls.mro):
        raise machine.unmodelled("compares exceptions, or objects of the standard library")
    if a is b or (ways == [None, None]) or a.cls is not b.cls:
        return a is b
    raise machine.unmodelled(f"compares {described(a)}")


def as_tuple(value: Value) -> Value:
    """A NamedTuple as the tuple that it is."""
    data = value.data
    return Value(tuple(data.attributes[name] for name in data.cls.tuple_of), value.origins, value.control)


_ORDERS: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}


def less(machine: Machine, one: Value, other: Value, op: str = "<") -> bool:
    """`one < other`, or another order."""
    machine.charge()
    one, other = (as_tuple(x) if isinstance(x.data, InstanceObj) and x.data.cls.tuple_of else x for x in (one, other))
    a, b = one.data, other.data
    if type(a) is Quality and type(b) in NUMBERS:
        return compare_quality(machine, a, b, op)
    if type(b) is Quality and type(a) in NUMBERS:
        return compare_quality(machine, b, a, {"<": ">", ">": "<", "<=": ">=", ">=": "<="}[op])
    flip = _ORDERS[op]
    if isinstance(a, SetObj) and isinstance(b, SetObj):
        return bool(flip(a.entries.keys(), b.entries.keys()))
    if isinstance(a, InstanceObj) and isinstance(b, InstanceObj) and a.cls.mixin is None:
        own = a.cls.defines("__lt__", "__gt__", "__le__", "__ge__")
        if a.cls is b.cls and not own and a.cls.orders and a.cls.fields:
            names = [name for name, each in a.cls.fields.items() if each.compare and not each.kind]
            left, right = (Value(tuple(x.attributes[n] for n in names)) for x in (a, b))
            return less(machine, left, right, op)
        if op == "<" and a.cls is b.cls and a.cls.defines("__lt__") and not a.cls.defines("__gt__"):
            return truth(machine, method(machine, one, "__lt__", other))
        raise machine.unmodelled(f"orders {described(a)}")
    if isinstance(a, tuple) and isinstance(b, tuple):
        for x, y in zip(a, b, strict=False):
            if not equal(machine, x, y):
                return less(machine, x, y, op)
        return bool(flip(len(a), len(b)))
    return bool(machine.delegate(flip, plain(machine, one), plain(machine, other)))


# --- what calls fill: every call is evaluated as if each earlier one had been made, and as if none had ---


EARLIER = "an earlier call"  # what is asked of the past, as of the host


class Sealed:
    """Stands for the content of such a table: only what asks for one key of it is read."""

    def __init__(self, machine: Machine, name: str) -> None:
        self._machine, self._name = machine, name

    def _refuse(self, *_: object) -> Any:
        raise self._machine.unmodelled(f"hangs on what earlier calls left in {self._name}", outlives=True)

    __len__ = __iter__ = __contains__ = __getitem__ = __bool__ = __or__ = __eq__ = __reversed__ = _refuse
    __hash__ = None  # type: ignore[assignment]  # what is sealed is no key

    def __getattr__(self, name: str) -> Any:
        return self._refuse


def seal(machine: Machine) -> None:
    """Once all is imported: close the tables and variables that calls are known to fill."""
    for (path, name), possible in (machine.filled or {}).items():
        module = next((each for each in machine.modules.values() if each.path == path), None)
        outer, _, inner = name.rpartition(".")
        names = module.namespace if module else {}
        names = names[outer].data.namespace if outer in names else names
        data = names[inner].data if inner in names else None
        cells = Cells(name=(path, name), first={}, possible=possible)
        closed: Any = Sealed(machine, name)
        if isinstance(data, ListObj):
            data.items, data.cells = closed, cells
        elif isinstance(data, DictObj) and not (data.factory or data.frozen or data.faced or data.iterating):
            cells.first = {key: value for key, (_, value) in data.entries.items()}
            data.entries, data.cells = closed, cells
        elif isinstance(data, SetObj):
            cells.first = dict(data.entries)
            data.entries, data.cells = closed, cells
        elif inner in names and not outer:
            cells.first = {None: names[inner]}
            machine.variables[path, name] = cells


def held_now(machine: Machine, cells: Cells, key: Hashable) -> Value | None:
    """What stands under a key on this path: what importing left there, or what some call put there."""
    if cells.epoch != machine.epoch:
        cells.now, cells.epoch = {}, machine.epoch
    if key not in cells.now:
        known = cells.possible.get(key, [])
        if known is None or machine.answers is None:
            raise machine.unmodelled(f"hangs on what earlier calls left in {cells.name[1]}", outlives=True)
        at = machine.answers.choose((cells.name, key), 1 + len(known), f"{EARLIER} ({cells.name[1]})") if known else 0
        cells.now[key] = cells.first.get(key) if at == 0 else _again(machine, (cells.name, key, known[at - 1]))
    return cells.now[key]


def fill(machine: Machine, cells: Cells, key: Hashable, value: Value) -> None:
    """A call puts a value there: one that can't be altered, nor hang on more than the key without being noticed."""
    if not _settled(key) or machine.answers is None:
        raise machine.unmodelled(f"fills {cells.name[1]} in a way that isn't read", outlives=True)
    shape, first = _shape(machine, value), cells.first.get(key)
    known = cells.possible.setdefault(key, [])
    if known is not None and shape not in known and (first is None or _shape(machine, first) != shape):
        known.append(shape)
        machine.grown = True
        if len(known) > 3:
            cells.possible[key] = None
    if cells.epoch != machine.epoch:
        cells.now, cells.epoch = {}, machine.epoch
    cells.now[key] = machine.made[cells.name, key, shape] = value


CELLS.update(held=held_now, fill=fill)


def count_on(machine: Machine, cells: Cells, key: Hashable, old: object, more: Value) -> None:
    """`cell += number`: another value each time, which nothing may look at."""
    if type(old) is not int or type(plain(machine, more)) is not int:
        raise machine.unmodelled(f"counts in {cells.name[1]} in a way that isn't read", outlives=True)
    if cells.possible.get(key, []) is not None:
        cells.possible[key] = None
        machine.grown = True


def _settled(key: Hashable) -> bool:
    return type(key) in PRIMITIVES or (isinstance(key, tuple) and all(map(_settled, key)))


def _shape(machine: Machine, value: Value, depth: int = 0) -> Hashable:
    """A value as it can be compared between readings; refused where it could be altered later."""
    data = value.data
    if isinstance(data, tuple) and depth < 5:
        return ("tuple", *(_shape(machine, each, depth + 1) for each in data))
    if isinstance(data, InstanceObj) and depth < 5 and (data.epoch != machine.epoch or data.cls.frozen):
        data.iterating += data.epoch == machine.epoch  # from here on it stays as it is
        parts = ((name, _shape(machine, each, depth + 1)) for name, each in data.attributes.items())
        return ("instance", data.cls.name, data.cls.where, *parts)
    if is_plain(data):
        data = plain(machine, value)
        return (type(data).__name__, data)
    raise machine.unmodelled(f"keeps {described(data)} for later calls", outlives=True)


def _again(machine: Machine, cell: tuple[tuple[str, str], Hashable, Hashable]) -> Value:
    def rebuilt(shape: Any) -> Value:
        if shape[0] == "tuple":
            return Value(tuple(map(rebuilt, shape[1:])))
        if shape[0] == "instance":
            raise machine.unmodelled(f"hangs on what earlier calls left in {cell[0][1]}", outlives=True)
        return Value(shape[1])

    return machine.made.get(cell) or rebuilt(cell[2])


@contextmanager
def still(heap: Heap) -> Iterator[None]:
    """While this runs, `heap` must not change."""
    heap.iterating += 1
    try:
        yield
    finally:
        heap.iterating -= 1


def iterate(machine: Machine, value: Value, *, ordered: bool = True) -> Iterator[Value]:
    """The elements, each owed to what led to the container too. A set gives them only to what has no use for order."""
    source = _source(machine, value, ordered=ordered)
    origins, control = value.origins, value.control
    for item in source:
        machine.charge()
        yield item.owed(origins, control)


def _source(machine: Machine, value: Value, *, ordered: bool) -> Iterator[Value]:
    data = value.data
    match data:
        case tuple():
            return iter(data)
        case ListObj():
            return _held(data, lambda: iter(data.items))
        case DictObj():
            return _held(data, lambda: (key for key, _ in data.entries.values()))
        case View():
            return _held(data.of, lambda: view_items(data))
        case SetObj():
            if ordered and len(data.entries) > 1:
                raise machine.unmodelled("depends on the order of a set")
            return _held(data, lambda: iter(data.entries.values()))
        case Lazy():
            if data.whole:
                raise machine.unmodelled("a generator that isn't consumed as a whole")
            return data.source
        case str() | bytes() | range():
            raw = plain(machine, value)
            return (Value(each) for each in raw)  # type: ignore[attr-defined]  # these iterate
        case ClassObj(members=dict(members)):
            return iter(list(members.values()))
        case InstanceObj():
            if data.cls.tuple_of is not None:
                return iter(as_tuple(value).data)
            if data.cls.mixin is str:
                return (Value(each) for each in str(plain(machine, value)))
            if data.cls.defines("__iter__") and not machine.guard:
                return _source(machine, method(machine, value, "__iter__"), ordered=ordered)
    use(machine, value)
    if is_plain(data):
        raise machine.native("TypeError", "object is not iterable")
    raise machine.unmodelled(f"iterates over {described(data)}")


def view_items(view: View) -> Iterator[Value]:
    """The elements of a view."""
    for key, held in view.of.entries.values():
        yield key if view.kind == "keys" else held if view.kind == "values" else Value((key, held))


def _held(heap: Heap, make: Callable[[], Iterator[Value]]) -> Iterator[Value]:
    with still(heap):
        yield from make()


def items(machine: Machine, value: Value, *, ordered: bool = True) -> list[Value]:
    """All elements at once."""
    found = []
    if isinstance(value.data, InstanceObj) and value.data.cls.defines("__iter__") and not machine.guard:
        value = method(machine, value, "__iter__").owed(value.origins, value.control)
    if isinstance(value.data, Lazy) and value.data.whole:
        value.data.whole = False
    if isinstance(value.data, range):
        machine.limit(len(value.data))
    for item in iterate(machine, value, ordered=ordered):
        found.append(item)
        machine.limit(len(found))
    return found


def harmless(machine: Machine, value: Value, *, depth: int = 0) -> bool:
    """Whether showing a value as text runs no code of the program's own."""
    machine.charge()
    data = value.data
    if isinstance(data, InstanceObj):
        if data.cls.defines("__str__", "__repr__", "__format__"):
            return False
        return depth < 5 and all(harmless(machine, each, depth=depth + 1) for each in data.attributes.values())
    if isinstance(data, tuple | ListObj):
        held = data if isinstance(data, tuple) else data.items
        return depth < 5 and all(harmless(machine, each, depth=depth + 1) for each in held)
    if isinstance(data, DictObj):
        pairs = data.entries.values()
        return depth < 5 and all(harmless(machine, each, depth=depth + 1) for pair in pairs for each in pair)
    if isinstance(data, SetObj):
        return depth < 5 and all(harmless(machine, each, depth=depth + 1) for each in data.entries.values())
    return not isinstance(data, Lazy)
