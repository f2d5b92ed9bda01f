"""Values with the lines they came from. Plain data is Python's own; all else is one of the kinds here."""

from __future__ import annotations

import ast
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from gate.model import QUALITY, Location
from gate.values import dataclass, field

if TYPE_CHECKING:
    from gate.adapters.evaluator.bounds import Unmodelled
    from gate.adapters.evaluator.machine import Machine
    from gate.adapters.evaluator.scopes import Frame

Origins = tuple[Location, ...]
MAX_ORIGINS = 12


def merge(first: Origins, second: Origins) -> Origins:
    """Both, the first's first, without repeats, bounded."""
    if not second or first is second:
        return first
    if not first:
        return second[:MAX_ORIGINS]
    found = [*first]
    # A file's lines are one object each: cheaper to tell than to compare. Loops, for most of the time goes here.
    for each in second:
        if len(found) >= MAX_ORIGINS:
            break
        for known in found:
            if each is known:
                break
        else:
            found.append(each)
    return tuple(found) if len(found) > len(first) else first


@dataclass(frozen=True, slots=True, eq=False)
class Value:
    """One value; positional, because every step makes some.

    `origins` are the lines of the constants that made it, the most specific first; `control` those of the conditions
    under which it was made.
    """

    data: Any
    origins: Origins = ()
    control: Origins = ()

    def also(self, other: Value) -> Value:
        """The same data, owed to `other` too."""
        return self.owed(other.origins, other.control)

    def owed(self, origins: Origins, control: Origins = ()) -> Value:
        """The same data, owed to more lines."""
        if not origins and not control:
            return self
        both, under = merge(self.origins, origins), merge(self.control, control)
        return self if both is self.origins and under is self.control else Value(self.data, both, under)


Names = dict[str, Value]
Args = Sequence[Value]


class Quality(int):
    """The quality that an emission is asked for. Comparing it narrows the interval that the answer holds for."""


class QualityText(str):
    """Text in which the quality shows; `template` has QUALITY in its place."""

    __slots__ = ("template",)
    template: str

    @classmethod
    def of(cls, template: str, quality: int) -> QualityText:
        """The text of a template at one quality."""
        made = cls(template.replace(QUALITY, str(quality)))
        made.template = template
        return made


@dataclass(slots=True, eq=False, kw_only=True)
class Cells:
    """What calls fill, so that an earlier one may have: a table at the top of a module, or a variable (key None)."""

    name: tuple[str, str]  # the file, and what binds it there
    first: dict[Hashable, Value]  # as importing left it
    possible: dict[
        Hashable, list[Hashable] | None
    ]  # what calls put there, by shape; None where it is another each time
    now: dict[Hashable, Value | None] = field(default_factory=dict)  # of the call that is evaluated
    epoch: int = 0


@dataclass(slots=True, eq=False, kw_only=True)
class Heap:
    """What can change. `epoch` is the evaluation that made it: a later one must not alter it."""

    epoch: int = 0
    born: int = 0  # the statement at the top of a module that made it
    iterating: int = 0  # loops over it that run now: it must not change
    cells: Cells | None = None  # of a table that calls fill


@dataclass(slots=True, eq=False)
class ListObj(Heap):
    items: list[Value]


@dataclass(slots=True, eq=False)
class DictObj(Heap):
    entries: dict[Hashable, tuple[Value, Value]]
    consulted: dict[Hashable, frozenset[ast.AST]] = field(default_factory=dict)  # of a table at the top of a module
    factory: Value | None = None  # of a defaultdict
    faced: bool = False  # something else shows what it holds
    counts: bool = False  # a Counter: what it lacks is zero, and stays out
    frozen: bool = False  # MappingProxyType's face of it


@dataclass(slots=True, eq=False)
class SetObj(Heap):
    entries: dict[Hashable, Value]
    frozen: bool = False


@dataclass(slots=True, eq=False)
class Lazy:
    """What a generator or `zip` gives, to be consumed in the very expression that makes it."""

    source: Iterator[Value]
    name: str
    whole: bool = False  # its body runs as a whole: only what takes all of it at once may consume it


@dataclass(slots=True, eq=False)
class View:
    """`keys`, `values` or `items` of a dictionary."""

    of: DictObj
    kind: str


@dataclass(slots=True, eq=False)
class ModuleObj(Heap):
    """A module of the repository; `name` is dotted from its top-level package."""

    name: str
    path: str
    namespace: Names
    is_package: bool = False
    lazy_annotations: bool = False  # from __future__ import annotations
    imports: set[str] = field(default_factory=set)  # paths of the modules that it imports
    spots: dict[int, Origins] = field(default_factory=dict)  # its lines as origins: one object each, quick to merge
    binds: dict[str, frozenset[ast.AST]] = field(
        default_factory=dict
    )  # name -> the definitions that its value hangs on

    def spot(self, line: int) -> Origins:
        """A line of the file, as what a value is owed to."""
        found = self.spots.get(line)
        if found is None:
            found = self.spots[line] = (Location(path=self.path, line=line),)
        return found


@dataclass(slots=True, eq=False)
class ClassObj(Heap):
    """A class: of the package, or one of Python's own (`builtin`)."""

    name: str
    bases: tuple[ClassObj, ...]
    namespace: Names
    where: Location | None = None
    builtin: bool = False
    abstract: bool = False  # has ABCMeta
    runtime: bool = False  # a protocol that isinstance() may be asked of
    face: bool = False  # of an object of the standard library: only what is listed is known of it
    unmet: frozenset[str] = frozenset()  # abstract methods, settled when it was made
    mro: tuple[ClassObj, ...] = ()
    annotations: dict[str, tuple[ast.expr, Value | None]] = field(default_factory=dict)
    module: ModuleObj | None = None
    fields: dict[str, FieldObj] | None = None  # a dataclass, and what it collected
    frozen: bool = False
    compares: bool = False  # dataclass(eq=True)
    orders: bool = False  # dataclass(order=True)
    slots: bool = False
    derived: list[ClassObj] = field(default_factory=list)  # in the order in which they were made
    tuple_of: tuple[str, ...] | None = None  # the fields of a NamedTuple
    members: Names | None = None  # of an enumeration, without aliases
    aliases: Names = field(default_factory=dict)
    mixin: type | None = None  # str or int, of an enumeration
    text: str = ""  # how an enumeration's members show: `value`, `member`, or empty where versions differ

    def find(self, name: str) -> tuple[ClassObj, Value] | None:
        """What a class of the order binds `name` to."""
        for cls in self.mro:
            if name in cls.namespace:
                return cls, cls.namespace[name]
        return None

    def defines(self, *names: str) -> bool:
        """Whether a class of the program's own in the order binds one of the names."""
        return any(name in cls.namespace for cls in self.mro if not cls.builtin for name in names)


@dataclass(slots=True, eq=False)
class InstanceObj(Heap):
    cls: ClassObj
    attributes: Names
    native: bool = False  # an exception that Python itself raised: its words are Python's


@dataclass(slots=True, eq=False)
class FunctionObj(Heap):
    """A function or lambda of the program."""

    node: ast.FunctionDef | ast.Lambda
    name: str  # as `__name__` has it
    defaults: tuple[Value, ...]
    kwdefaults: Names
    closure: Frame
    where: Location
    abstract: bool = False
    raises: bool = False  # typing.overload
    original: FunctionObj | None = None  # of what functools.wraps covers


@dataclass(slots=True, eq=False)
class FieldObj(Heap):
    """`dataclasses.field(...)`, and each field of a dataclass."""

    default: Value | None = None
    factory: Value | None = None
    init: bool = True
    kw_only: bool | None = None
    compare: bool = True
    kind: str = ""  # ClassVar and InitVar
    metadata: Value | None = None
    name: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """Whatever can be called beside functions and classes: methods bound to a receiver, functions of Python's own."""

    name: str
    call: Callable[[Machine, Args, Names], Value]
    of: Value | None = None  # the function that a bound method or a cache goes back to


@dataclass(frozen=True, slots=True)
class BuiltinType:
    kind: type


@dataclass(frozen=True, slots=True, eq=False)
class Descriptor:
    """`property`, `staticmethod`, `classmethod`, `cached_property`."""

    kind: str
    of: Value
    sets: bool = False  # a property that has a setter


@dataclass(frozen=True, slots=True, eq=False)
class SuperObj:
    after: ClassObj
    receiver: Value


@dataclass(frozen=True, slots=True)
class External:
    """Something of a module outside the repository, by its exact dotted path; `args` of a form like `Literal["a"]`."""

    path: str
    args: Value | None = None


@dataclass(frozen=True, slots=True)
class Opaque:
    """An object of the standard library that does nothing to the package: a logger, a lock."""

    path: str


@dataclass(frozen=True, slots=True)
class ModuleName:
    """`__name__`: known not to be `__main__`, and no more; with text behind it, the name of a module below it."""

    of: str = ""
    inner: str = ""


@dataclass(frozen=True, slots=True)
class FileObj:
    """A path of the repository, from `__file__`; `listing`: `__path__`, the folder of a package."""

    path: str
    listing: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Unknown:
    """A value that isn't known; to use it is to leave the language. `inert`: it came from the standard library.

    `makes`: a class whose making of instances runs no code of the program's.
    """

    why: Unmodelled
    inert: bool = False
    makes: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Host:
    """What a probe of the host would answer. `kind`: `path` (something true, or None), or `value` (anything)."""

    kind: str
    probe: str  # the call, as in the source
    where: Location


class Raising(Exception):  # noqa: N818 - stands for any exception of the program
    """An exception of the evaluated program on its way up. `sure`: of every Python, so that it may be caught."""

    def __init__(self, instance: Value, where: Location, *, sure: bool) -> None:
        super().__init__()
        self.instance = instance
        self.where = where
        self.sure = sure

    @property
    def cls(self) -> ClassObj:
        """Its class."""
        found: ClassObj = self.instance.data.cls
        return found
