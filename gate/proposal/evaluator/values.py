"""The values of an evaluated program: never the program's own objects, each with the lines that it came from.

Plain data (None, bool, int, float, str, bytes, range, slice, `...`) is held as itself, a tuple as a tuple of values;
all else is one of the classes below. Heap objects are mutable because what they stand for is: aliases share one.
"""

from __future__ import annotations

import ast
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from gate.model import Location

if TYPE_CHECKING:
    from gate.proposal.evaluator.bounds import Unmodelled
    from gate.proposal.evaluator.scope import Frame

Origins = tuple[Location, ...]
MAX_ORIGINS = 12


def merge(first: Origins, second: Origins) -> Origins:
    """Both, the first's first, without repeats, bounded."""
    if not second or first is second:
        return first
    if not first:
        return second[:MAX_ORIGINS]
    if len(second) == 1:
        return first if second[0] in first else (first + second)[:MAX_ORIGINS]
    return tuple(dict.fromkeys(first + second))[:MAX_ORIGINS]


@dataclass(frozen=True, slots=True, eq=False)
class Value:
    """One value; positional, because every step makes some.

    `origins` are the lines of the constants that made it, the most specific first; `control` those of the conditions
    under which it was made.
    """

    data: object
    origins: Origins = ()
    control: Origins = ()

    def also(self, other: Value) -> Value:
        """The same data, owed to `other` too."""
        return self.owed(other.origins, other.control)

    def owed(self, origins: Origins, control: Origins = ()) -> Value:
        """The same data, owed to more lines."""
        if not origins and not control:
            return self
        return Value(self.data, merge(self.origins, origins), merge(self.control, control))

    def part(self, item: Value) -> Value:
        """An element taken out of this container: owed to the lines that led to the container, after its own."""
        return item.owed(self.origins, self.control)


Names = dict[str, Value]
Kind = TypeVar("Kind")


def of(value: Value, kind: type[Kind]) -> Kind:
    """The value's data, which the caller knows to be of this kind: the tables dispatch on it."""
    if isinstance(value.data, kind):
        return value.data
    raise TypeError(f"{type(value.data).__name__} where {kind.__name__} was dispatched")


@dataclass(slots=True, eq=False, kw_only=True)
class Heap:
    """What can change. `epoch` is the evaluation that made it: a later one must not alter it. `home` is the file."""

    epoch: int = 0
    home: str = ""
    poison: Unmodelled | None = None


@dataclass(slots=True, eq=False)
class ListObj(Heap):
    items: list[Value]


@dataclass(slots=True, eq=False)
class DictObj(Heap):
    entries: dict[Hashable, tuple[Value, Value]]


@dataclass(slots=True, eq=False)
class SetObj(Heap):
    entries: dict[Hashable, Value]
    frozen: bool = False


@dataclass(slots=True, eq=False)
class IterObj(Heap):
    """An iterator: what it gave is gone."""

    source: Iterator[Value]


@dataclass(slots=True, eq=False)
class ModuleObj(Heap):
    """A module of the judged package; `name` is dotted from its top-level package."""

    name: str
    path: str
    namespace: dict[str, Value]
    is_package: bool = False
    loaded: bool = False
    lazy_annotations: bool = False  # from __future__ import annotations
    imports: set[str] = field(default_factory=set)  # paths of the modules that it imports
    spots: dict[int, Origins] = field(default_factory=dict)  # its lines as origins: one object each, quick to merge

    def spot(self, line: int) -> Origins:
        """A line of the file, as what a value is owed to."""
        found = self.spots.get(line)
        if found is None:
            found = self.spots[line] = (Location(path=self.path, line=line),)
        return found


@dataclass(slots=True, eq=False)
class ClassObj(Heap):
    """A class: of the package, or an exception class of Python's own (`builtin`)."""

    name: str
    bases: tuple[ClassObj, ...]
    namespace: dict[str, Value]
    where: Location | None = None
    builtin: bool = False
    abstract: bool = False  # has ABCMeta
    mro: tuple[ClassObj, ...] = ()
    annotations: dict[str, tuple[ast.expr, Value | None]] = field(default_factory=dict)
    module: ModuleObj | None = None
    fields: dict[str, FieldObj] | None = None  # a dataclass, and what it collected
    frozen: bool = False
    compares: bool = False  # dataclass(eq=True)
    slots: bool = False
    qualname: str = ""
    enum: bool = False
    members: dict[str, Value] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class InstanceObj(Heap):
    cls: ClassObj
    attributes: dict[str, Value]
    native: bool = False  # an exception that Python itself raised: its words are Python's


@dataclass(slots=True, eq=False)
class FunctionObj(Heap):
    node: ast.FunctionDef | ast.Lambda
    name: str  # dotted, as Python's messages have it
    defaults: tuple[Value, ...]
    kwdefaults: dict[str, Value]
    closure: Frame
    where: Location
    abstract: bool = False


@dataclass(slots=True, eq=False)
class FieldObj(Heap):
    """`dataclasses.field(...)`, and each field of a dataclass."""

    default: Value | None = None
    factory: Value | None = None
    init: bool = True
    kw_only: bool | None = None
    compare: bool = True
    pseudo: bool = False  # a ClassVar: it hides a base's field of that name


@dataclass(frozen=True, slots=True, eq=False)
class BoundMethod:
    function: FunctionObj
    receiver: Value


@dataclass(frozen=True, slots=True, eq=False)
class NativeMethod:
    """`name` of a receiver whose type is Python's own: `"".join`, `[].append`."""

    receiver: Value
    name: str


@dataclass(frozen=True, slots=True)
class BuiltinType:
    kind: type


@dataclass(frozen=True, slots=True)
class UnboundNative:
    """`str.upper`, `dict.fromkeys`, `object.__setattr__`."""

    kind: type
    name: str


@dataclass(frozen=True, slots=True)
class BuiltinFunction:
    name: str


@dataclass(frozen=True, slots=True)
class Proxy:
    """`types.MappingProxyType`: a read-only face of a dictionary."""

    of: DictObj


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """`keys`, `values` or `items` of a dictionary."""

    of: DictObj
    kind: str


@dataclass(frozen=True, slots=True, eq=False)
class PropertyObj:
    getter: Value
    setter: Value | None = None


@dataclass(frozen=True, slots=True, eq=False)
class GeneratedInit:
    """The `__init__` that dataclass writes."""

    cls: ClassObj


@dataclass(frozen=True, slots=True, eq=False)
class FrozenGuard:
    """The `__setattr__` and `__delattr__` that a frozen dataclass gets."""

    cls: ClassObj


@dataclass(frozen=True, slots=True)
class SlotMember:
    """What a dataclass with slots has in place of a field's default."""


@dataclass(frozen=True, slots=True, eq=False)
class StaticObj:
    of: Value


@dataclass(frozen=True, slots=True, eq=False)
class ClassMethodObj:
    of: Value


@dataclass(frozen=True, slots=True, eq=False)
class SuperObj:
    after: ClassObj
    receiver: Value


@dataclass(frozen=True, slots=True, eq=False)
class Wrapper:
    """A decorator still to be applied: `dataclass(frozen=True)`."""

    kind: str
    options: dict[str, Value]


@dataclass(frozen=True, slots=True, eq=False)
class Partial:
    function: Value
    args: tuple[Value, ...]
    kwargs: dict[str, Value]


@dataclass(frozen=True, slots=True, eq=False)
class Cached:
    """`functools.cache` around a function. What it gives must not be alterable: each caller gets the same object."""

    function: Value
    memory: dict[Hashable, Value]


@dataclass(frozen=True, slots=True)
class External:
    """Something of a module outside the package, by its dotted path. Only what the model knows can be done with it."""

    path: str


@dataclass(frozen=True, slots=True)
class ModuleName:
    """`__name__`: known not to be `__main__`, and no more."""


@dataclass(frozen=True, slots=True, eq=False)
class Unknown:
    """A value that isn't known; to use it is to leave the model.

    `inert`: it came from a part of the standard library that doesn't reach into the package by itself.
    """

    why: Unmodelled
    inert: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Host:
    """What a probe of the host would answer. `kind`: `path` (a path or None), `object` (never None), `value`."""

    kind: str
    probe: str  # the call, as in the source
    where: Location
    part_of: tuple[object, ...] = ()  # what it was computed from, so that the same question gets the same answer


class Raising(Exception):  # noqa: N818 - stands for any exception of the program
    """An exception of the evaluated program on its way up."""

    def __init__(self, instance: Value, where: Location) -> None:
        super().__init__()
        self.instance = instance
        self.where = where

    @property
    def cls(self) -> ClassObj:
        """Its class."""
        return of(self.instance, InstanceObj).cls
