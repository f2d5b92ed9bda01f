"""Values with the lines they came from; scopes and frames."""

from __future__ import annotations

import ast
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from gate.model import Location

if TYPE_CHECKING:
    from gate.adapters.evaluator.bounds import Unmodelled


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


Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The names that one code block binds itself, and those that it declares to be elsewhere."""

    bound: frozenset[str]
    globals: frozenset[str]
    nonlocals: frozenset[str]
    generator: bool = False


NOTHING = Scope(bound=frozenset(), globals=frozenset(), nonlocals=frozenset())


@dataclass(slots=True, kw_only=True, eq=False)
class ClassCell:
    """What `super()` and `__class__` mean in a method: the class around it, once it exists."""

    cls: ClassObj | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class Frame:
    """A running block. `kind` is module, class, function or comprehension; `parent` is the block around it."""

    kind: str
    module: ModuleObj
    names: dict[str, Value]
    scope: Scope
    parent: Frame | None = None
    private: str = ""  # the class whose `__names` are mangled here
    cell: ClassCell | None = None
    prefix: str = ""  # of the dotted names of what is defined here
    first: str = ""  # name of the first parameter
    line: int = 1  # where it is now
    epoch: int = 0
    control: Origins = ()  # conditions passed so far
    annotations: dict[str, tuple[ast.expr, Value | None]] = field(default_factory=dict)  # of a class body
    handling: list[Raising] = field(default_factory=list)  # exceptions being handled, for a bare `raise`

    def under(self, origins: Origins) -> None:
        """From here on everything depends on a condition made at `origins`."""
        self.control = merge(origins, self.control)


def mangled(name: str, private: str) -> str:
    """`__x` in class `C` is `_C__x`."""
    if not private or not name.startswith("__") or name.endswith("__") or "." in name:
        return name
    stripped = private.lstrip("_")
    return f"_{stripped}{name}" if stripped else name


def parameters(args: ast.arguments) -> Iterator[ast.arg]:
    """Every parameter, in the order of the signature."""
    yield from args.posonlyargs
    yield from args.args
    if args.vararg:
        yield args.vararg
    yield from args.kwonlyargs
    if args.kwarg:
        yield args.kwarg


class _Bindings(ast.NodeVisitor):
    """Collects what one block binds; blocks inside it are not entered, but for walrus targets of comprehensions."""

    def __init__(self) -> None:
        self.bound: set[str] = set()
        self.globals: set[str] = set()
        self.nonlocals: set[str] = set()
        self.generator = False
        self.inside = 0  # comprehensions around this point

    def visit_Name(self, node: ast.Name) -> None:
        if not isinstance(node.ctx, ast.Load) and not self.inside:
            self.bound.add(node.id)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.bound.add(node.target.id)
        self.visit(node.value)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self.bound.add(node.name)
        for part in (*node.decorator_list, *node.args.defaults, *(d for d in node.args.kw_defaults if d)):
            self.visit(part)

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815 - the visitor's own naming

    def visit_Lambda(self, node: ast.Lambda) -> None:
        for part in (*node.args.defaults, *(d for d in node.args.kw_defaults if d)):
            self.visit(part)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.bound.add(node.name)
        for part in (*node.decorator_list, *node.bases, *node.keywords):
            self.visit(part)

    def _comprehension(self, node: Comprehension) -> None:
        self.visit(node.generators[0].iter)
        self.inside += 1
        self.generic_visit(node)
        self.inside -= 1

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension  # noqa: N815 - the visitor's own naming

    def visit_Import(self, node: ast.Import) -> None:
        self.bound.update(alias.asname or alias.name.split(".")[0] for alias in node.names)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        self.bound.update(alias.asname or alias.name for alias in node.names)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.name:
            self.bound.add(node.name)
        self.generic_visit(node)

    def visit_Global(self, node: ast.Global) -> None:
        self.globals.update(node.names)

    def visit_Nonlocal(self, node: ast.Nonlocal) -> None:
        self.nonlocals.update(node.names)

    def visit_Yield(self, node: ast.Yield | ast.YieldFrom) -> None:
        self.generator = self.generator or not self.inside
        self.generic_visit(node)

    visit_YieldFrom = visit_Yield  # noqa: N815 - the visitor's own naming

    def visit_MatchAs(self, node: ast.MatchAs | ast.MatchStar) -> None:
        if node.name:
            self.bound.add(node.name)
        self.generic_visit(node)

    visit_MatchStar = visit_MatchAs  # noqa: N815 - the visitor's own naming

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        if node.rest:
            self.bound.add(node.rest)
        self.generic_visit(node)

    def result(self, private: str) -> Scope:
        elsewhere = self.globals | self.nonlocals
        return Scope(
            bound=frozenset(mangled(name, private) for name in self.bound - elsewhere),
            globals=frozenset(mangled(name, private) for name in self.globals),
            nonlocals=frozenset(mangled(name, private) for name in self.nonlocals),
            generator=self.generator,
        )


def function_scope(node: Function, private: str) -> Scope:
    """The scope of a function or lambda: its parameters and whatever its body binds."""
    found = _Bindings()
    found.bound.update(arg.arg for arg in parameters(node.args))
    for part in node.body if not isinstance(node, ast.Lambda) else [node.body]:
        found.visit(part)
    return found.result(private)


def block_scope(body: list[ast.stmt], private: str) -> Scope:
    """The scope of a class body or a module."""
    found = _Bindings()
    for part in body:
        found.visit(part)
    return found.result(private)


def comprehension_scope(node: Comprehension, private: str) -> Scope:
    """The scope of a comprehension: its targets, and nothing else."""
    found = _Bindings()
    for generator in node.generators:
        found.visit(generator.target)
    return found.result(private)
