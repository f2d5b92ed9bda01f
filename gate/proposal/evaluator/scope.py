"""Names: which scope binds which, as Python's compiler decides it; and the frames that hold their values."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from gate.proposal.evaluator.values import ClassObj, ModuleObj, Origins, Raising, Value, merge

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
