"""Which block binds a name, and looking names up, binding and unbinding them as the scopes say."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from gate.adapters.evaluator.values import (
    ClassObj,
    FileObj,
    Lazy,
    ModuleName,
    ModuleObj,
    Names,
    Origins,
    Raising,
    Value,
    merge,
)
from gate.values import dataclass, field

if TYPE_CHECKING:
    from gate.adapters.evaluator.machine import Machine

Function = ast.FunctionDef | ast.Lambda
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The names that one code block binds itself, and those that it declares to be elsewhere."""

    bound: frozenset[str] = frozenset()
    globals: frozenset[str] = frozenset()
    nonlocals: frozenset[str] = frozenset()
    generator: bool = False


NOTHING = Scope()


@dataclass(slots=True, kw_only=True, eq=False)
class Cell:
    """What `super()` means in a method: the class around it, once it exists."""

    cls: ClassObj | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class Frame:
    """A running block. `kind` is module, class, function or comprehension; `parent` is the block around it."""

    kind: str
    module: ModuleObj
    names: Names
    scope: Scope = NOTHING
    parent: Frame | None = None
    private: str = ""  # the class whose `__names` are mangled here
    cell: Cell | None = None
    first: str = ""  # name of the first parameter
    line: int = 1  # where it is now
    epoch: int = 0
    control: Origins = ()  # conditions passed so far
    annotations: dict[str, tuple[ast.expr, Value | None]] = field(default_factory=dict)  # of a class body
    handling: list[Raising] = field(default_factory=list)  # exceptions being handled, for a bare `raise`
    yields: list[Value] | None = None  # what a generator's body has given

    def under(self, value: Value) -> None:
        """From here on everything depends on a condition made by `value`."""
        self.control = merge((*value.origins, *value.control), self.control)


def mangled(name: str, private: str) -> str:
    """`__x` in class `C` is `_C__x`."""
    if not private or not name.startswith("__") or name.endswith("__") or "." in name:
        return name
    stripped = private.lstrip("_")
    return f"_{stripped}{name}" if stripped else name


def parameters(args: ast.arguments) -> Iterator[ast.arg]:
    """Every parameter, in the order of the signature."""
    yield from (*args.posonlyargs, *args.args)
    yield from [args.vararg] if args.vararg else []
    yield from args.kwonlyargs
    yield from [args.kwarg] if args.kwarg else []


def _nodes(node: ast.AST, *, inside: bool) -> Iterator[tuple[ast.AST, bool]]:
    """What runs in the block itself, each with whether a comprehension is around it; blocks within are not entered."""
    yield node, inside
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        parts = [*node.args.defaults, *(each for each in node.args.kw_defaults if each)]
        parts += [] if isinstance(node, ast.Lambda) else node.decorator_list
        children: list[tuple[ast.AST, bool]] = [(part, inside) for part in parts]
    elif isinstance(node, ast.ClassDef):
        children = [(part, inside) for part in (*node.decorator_list, *node.bases, *(k.value for k in node.keywords))]
    elif isinstance(node, Comprehension):
        first = node.generators[0].iter
        children = [(first, inside)]
        children += [(each, True) for each in ast.iter_child_nodes(node) if not isinstance(each, ast.comprehension)]
        for place, each in enumerate(node.generators):
            children += [(part, True) for part in (each.target, *each.ifs, *([] if place == 0 else [each.iter]))]
    else:
        children = [(each, inside) for each in ast.iter_child_nodes(node)]
    for child, within in children:
        yield from _nodes(child, inside=within)


def bindings(body: list[ast.stmt] | list[ast.expr]) -> Scope:
    """What a block binds, unmangled."""
    bound: set[str] = set()
    elsewhere: dict[type, set[str]] = {ast.Global: set(), ast.Nonlocal: set()}
    generator = False
    for statement in body:
        for node, inside in _nodes(statement, inside=False):
            match node:
                case ast.Name(ctx=ast.Store() | ast.Del()) if not inside:
                    bound.add(node.id)
                case ast.NamedExpr(target=ast.Name(id=name)):
                    bound.add(name)
                case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                    bound.add(node.name)
                case ast.Import() | ast.ImportFrom():
                    bound.update(alias.asname or alias.name.split(".")[0] for alias in node.names)
                case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                    bound.add(name)
                case ast.MatchMapping(rest=str(name)):
                    bound.add(name)
                case ast.Global() | ast.Nonlocal():
                    elsewhere[type(node)].update(node.names)
                case ast.Yield() | ast.YieldFrom():
                    generator = True
    names, outer = elsewhere[ast.Global], elsewhere[ast.Nonlocal]
    return Scope(
        bound=frozenset(bound - names - outer),
        globals=frozenset(names),
        nonlocals=frozenset(outer),
        generator=generator,
    )


def block_scope(machine: Machine, node: ast.AST, private: str) -> Scope:
    """The scope of a function, lambda, class or comprehension."""
    found: Scope | None = vars(node).get("scope")  # kept with the tree, which several evaluations share
    if found is None:
        if isinstance(node, Comprehension):
            targets = [each.target for each in node.generators]
            names = {n.id for target in targets for n in ast.walk(target) if isinstance(n, ast.Name)}
            scope = Scope(bound=frozenset(n for n in names))
        elif isinstance(node, ast.Lambda):
            scope = bindings([node.body])
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            scope = bindings(node.body)
        else:
            raise machine.unmodelled(f"{type(node).__name__} isn't read")
        own = {each.arg for each in parameters(node.args)} if isinstance(node, Function) else set()
        found = Scope(
            bound=frozenset(mangled(name, private) for name in scope.bound | own),
            globals=frozenset(mangled(name, private) for name in scope.globals),
            nonlocals=frozenset(mangled(name, private) for name in scope.nonlocals),
            generator=scope.generator,
        )
        vars(node)["scope"] = found
    return found


def load(machine: Machine, written: str) -> Value:
    """The value of a name."""
    name = mangled(written, machine.frame.private)
    frame: Frame | None = machine.frame
    while frame is not None and frame.kind != "module":
        visible = frame is machine.frame or frame.kind != "class"
        if visible and name in frame.scope.globals:
            break
        if visible and name in frame.scope.bound:
            if name in frame.names:
                return frame.names[name]
            if frame.kind != "class":
                kind = "UnboundLocalError" if frame is machine.frame else "NameError"
                raise machine.native(kind, f"cannot access variable '{name}', which has no value yet")
            break  # a class body looks past the functions around it for what it binds itself
        if name == "__class__" and frame.kind == "function" and frame.cell is not None:
            raise machine.unmodelled("__class__ isn't read")
        frame = frame.parent
    module = machine.frame.module
    if machine.variables and (module.path, name) in machine.variables:
        return machine.variable(module, name)
    if name in module.namespace:
        machine.consult(module, name)
        return module.namespace[name]
    if name == "__package__":
        package = module.name if module.is_package else module.name.rpartition(".")[0]
        return Value(ModuleName(package), machine.origins())
    if name == "__file__" or (name == "__path__" and module.is_package):
        path = module.path if name == "__file__" else module.path.rpartition("/")[0]
        return Value(FileObj(path, name == "__path__"), machine.origins())
    found = machine.builtin(name)
    if found is None:
        raise machine.native("NameError", f"name '{name}' is not defined")
    return found


# What a module or class may bind among the names that Python keeps for itself: words that nothing reads, and methods
# whose every use is either read or refused. The rest steer imports, builtins and the making of classes.
_FREE = frozenset(
    "__all__ __author__ __authors__ __contact__ __copyright__ __credits__ __date__ __description__ __doc__ "  # noqa: SIM905 - words on a few lines
    "__docformat__ __email__ __future__ __license__ __maintainer__ __match_args__ __status__ __summary__ __title__ "
    "__uri__ __url__ __version__ __version_info__ __slots__ __dir__ __setattr__ __delattr__ __init__ __post_init__ "
    "__getattr__ __getattribute__ __new__ __init_subclass__ __set_name__ __get__ __set__ __delete__ __class_getitem__ "
    "__repr__ __str__ __bytes__ __format__ __bool__ __hash__ __eq__ __ne__ __lt__ __le__ __gt__ __ge__ __call__ "
    "__enter__ __exit__ __aenter__ __aexit__ __await__ __aiter__ __anext__ __len__ __length_hint__ __getitem__ "
    "__setitem__ __delitem__ __missing__ __iter__ __next__ __reversed__ __contains__ __neg__ __pos__ __abs__ "
    "__invert__ __int__ __float__ __complex__ __index__ __round__ __trunc__ __floor__ __ceil__ __fspath__ __copy__ "
    "__deepcopy__ __reduce__ __reduce_ex__ __getstate__ __setstate__ __getnewargs__ __getnewargs_ex__ "
    "__sizeof__".split()
) | {
    f"__{side}{name}__"
    for name in "add sub mul matmul truediv floordiv mod divmod pow lshift rshift and xor or".split()  # noqa: SIM905 - words on a few lines
    for side in ("", "r", "i")
}


def dunder(name: str) -> bool:
    """A name that Python keeps for itself."""
    return name.startswith("__") and name.endswith("__")


def reserved(name: str) -> bool:
    """A name by which Python itself runs a module or makes a class: `__path__`, `__builtins__`, `__annotations__`."""
    return dunder(name) and name not in _FREE


def _place(machine: Machine, name: str) -> Frame | None:
    """The frame that an assignment here binds `name` in; None for the module's."""
    frame = machine.frame
    if name in frame.scope.globals or frame.kind == "module":
        found = None
    elif name not in frame.scope.nonlocals:
        found = frame
    else:
        outer = frame.parent
        while outer is not None and (outer.kind in ("module", "class") or name not in outer.scope.bound):
            outer = outer.parent
        if outer is None:
            raise machine.unmodelled(f"no binding for nonlocal {name!r}")
        found = outer
    if (found is None or found.kind == "class") and reserved(name):
        raise machine.unmodelled(f"binds {name}, which Python itself reads")
    if found is not None and found.epoch != machine.epoch:
        what = "alters a variable that outlives the call, so what it gives depends on earlier calls"
        raise machine.unmodelled(what, outlives=True)
    return found


def bind(machine: Machine, written: str, value: Value) -> None:
    """`name = value`."""
    if isinstance(value.data, Lazy):
        raise machine.unmodelled(f"keeps a {value.data.name} in a variable")
    name = mangled(written, machine.frame.private)
    place, made = _place(machine, name), machine.tagged(value)
    if place is None:
        machine.rebind(machine.frame.module, name, made)
    else:
        place.names[name] = made


def bind_walrus(machine: Machine, written: str, value: Value) -> None:
    """`(name := value)`: a comprehension binds it in the block around it."""
    inner = machine.frame
    frame = inner
    while frame.kind == "comprehension" and frame.parent is not None:
        frame = frame.parent
    machine.frame = frame
    try:
        bind(machine, written, value)
    finally:
        machine.frame = inner


def unbind(machine: Machine, written: str) -> None:
    """`del name`."""
    name = mangled(written, machine.frame.private)
    place = _place(machine, name)
    if place is None:
        machine.rebind(machine.frame.module, name, None)
    elif place.names.pop(name, None) is None:
        unbound = place.kind == "function" and place is machine.frame
        raise machine.native("UnboundLocalError" if unbound else "NameError", f"'{name}' has no value to delete")
