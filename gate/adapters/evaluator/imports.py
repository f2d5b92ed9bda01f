"""Import statements, modules, what is unknown afterwards."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping

from gate.adapters.evaluator import (  # noqa: F401 - each fills the machine's tables
    classes,
    expressions,
    library,
    statements,
    stdlib,
)
from gate.adapters.evaluator.attributes import is_dunder
from gate.adapters.evaluator.bounds import MAX_STEPS_AFTER, MAX_STEPS_LOAD, Unmodelled
from gate.adapters.evaluator.machine import TABLES, Machine, Signal, models
from gate.adapters.evaluator.names import bind, load, reserved
from gate.adapters.evaluator.outside import is_inert, is_pure, is_writing
from gate.adapters.evaluator.package import Layout
from gate.adapters.evaluator.plain import is_primitive
from gate.adapters.evaluator.values import (
    NOTHING,
    BuiltinType,
    DictObj,
    External,
    Frame,
    ListObj,
    ModuleName,
    ModuleObj,
    Proxy,
    Raising,
    SetObj,
    Unknown,
    Value,
)
from gate.model import Location

_LATER = frozenset({"winreg", "msvcrt", "winsound", "fcntl", "termios", "pwd", "grp", "resource", "tkinter", "curses"})


@models(TABLES.statements, ast.Import)
def _import(machine: Machine, node: ast.Import) -> Signal | None:
    for alias in node.names:
        inner = _internal(machine, alias.name)
        if inner is None:
            path = alias.name if alias.asname else alias.name.partition(".")[0]
            bind(machine, alias.asname or path, _outside(machine, alias.name, path))
            continue
        module = _module(machine, inner)
        if alias.asname:
            bind(machine, alias.asname, Value(module, (machine.here(),)))
            continue
        first = alias.name.partition(".")[0]
        top = machine.modules.get(first)
        if top is None or _internal(machine, first) != first:
            why = machine.unmodelled(f"{first} lies outside the adapters' files")
            bind(machine, first, Value(Unknown(why)))
        else:
            bind(machine, first, Value(top, (machine.here(),)))
    return None


@models(TABLES.statements, ast.ImportFrom)
def _import_from(machine: Machine, node: ast.ImportFrom) -> Signal | None:
    if node.module == "__future__" and not node.level:
        return None
    if any(alias.name == "*" for alias in node.names):
        raise machine.unmodelled("star imports aren't modelled")
    base = _base(machine, node)
    for alias in node.names:
        value = _outside_member(machine, node, alias.name) if base is None else _member(machine, base, alias.name)
        bind(machine, alias.asname or alias.name, value)
    return None


def _base(machine: Machine, node: ast.ImportFrom) -> ModuleObj | None:
    """The module imported from; None where it lies outside the package."""
    if not node.level:
        inner = _internal(machine, node.module or "")
        return None if inner is None else _module(machine, inner)
    module = machine.frame.module
    parts = module.name.split(".")
    parts = parts if module.is_package else parts[:-1]
    up = node.level - 1
    if up >= len(parts):
        return None
    parts = parts[: len(parts) - up] + (node.module.split(".") if node.module else [])
    return _module(machine, ".".join(parts))


def _internal(machine: Machine, name: str) -> str | None:
    layout: Layout = machine.layout
    inner = layout.internal(name)
    if inner == "":
        raise machine.unmodelled(f"whether {name} is a module of this package can't be told from the files")
    return inner


def _module(machine: Machine, name: str) -> ModuleObj:
    """The module `name`, loaded with the packages above it."""
    above, _, _ = name.rpartition(".")
    if above:
        _module(machine, above)
    module = machine.load(machine, name)
    if module is None:
        raise _absent(machine, name) or machine.raising("ModuleNotFoundError", f"No module named {name!r}")
    machine.frame.module.imports.add(module.path)
    return module


def _absent(machine: Machine, name: str) -> Unmodelled | None:
    """Why it isn't sure that there is no module `name`; None where nothing hangs on it but an error for all to see."""
    short = f".{name.partition('.')[2]}"
    unread = machine.layout.unread(name)
    if unread is not None:
        return machine.unmodelled(f"imports {short}, for which Python could take {unread}")
    if machine.guard or machine.epoch:
        return machine.unmodelled(f"whether {short} exists can't be told from the files that the globs match")
    return None


def _member(machine: Machine, module: ModuleObj, name: str) -> Value:
    """`from module import name`."""
    machine.live(module)
    where = (machine.here(),)
    if is_dunder(name) and (reserved(name) or name not in module.namespace):
        raise machine.unmodelled(f"imports {name} of {module.name}")
    if name in module.namespace:
        found = module.namespace[name].data
        if isinstance(found, ModuleObj):
            machine.frame.module.imports.add(found.path)
        return module.namespace[name].owed(where)
    if "__getattr__" in module.namespace:
        raise machine.unmodelled(f"module {module.name} defines __getattr__")
    if module.is_package and machine.layout.path(f"{module.name}.{name}"):
        return Value(_module(machine, f"{module.name}.{name}"), where)
    unsure = _absent(machine, f"{module.name}.{name}") if module.is_package else None
    raise unsure or machine.raising("ImportError", f"cannot import name {name!r} from {module.name!r}")


def _outside_member(machine: Machine, node: ast.ImportFrom, name: str) -> Value:
    if node.level or machine.layout.above(node.module or ""):
        return _from_above(machine, ("." * node.level) + (node.module or ""))
    module = node.module or ""
    outside = _outside(machine, module, f"{module}.{name}")
    if outside.data == External("typing.TYPE_CHECKING") or outside.data == External("typing_extensions.TYPE_CHECKING"):
        return Value(False, (machine.here(),))
    return outside


def _from_above(machine: Machine, name: str) -> Value:
    if machine.epoch or machine.guard:
        raise machine.unmodelled(f"imports from {name}, outside the adapters' files")
    why = machine.unmodelled(f"comes from {name}, outside the adapters' files")
    return Value(Unknown(why), (machine.here(),))


def _outside(machine: Machine, module: str, path: str) -> Value:
    """A name from outside; whether the import succeeds must not matter, or be sure."""
    root = module.partition(".")[0]
    if machine.layout.above(module):
        return _from_above(machine, module)
    if machine.layout.beside(root):
        raise machine.unmodelled(f"whether {root} is the file beside the package can't be told")
    sure = root in sys.stdlib_module_names and root not in _LATER
    if not sure and (machine.guard or machine.epoch):
        raise machine.unmodelled(f"whether {root} is installed can't be told")
    return Value(External(path), (machine.here(),))


def machine_for(layout: Layout, trees: Mapping[str, ast.Module]) -> Machine:
    """A machine that finds the package's modules among `trees`."""

    def load_module(machine: Machine, name: str) -> ModuleObj | None:
        if name in machine.modules:
            return machine.modules[name]
        path = layout.path(name)
        if path is None:
            return None
        return _load(machine, name, path, trees[path])

    return Machine(layout, load_module)


def import_module(machine: Machine, name: str) -> ModuleObj:
    """Import a module of the package, those above it first."""
    above = name.rpartition(".")[0]
    if above:
        import_module(machine, above)
    module = machine.load(machine, name)
    if module is None:
        raise machine.raising("ModuleNotFoundError", f"No module named {name!r}")
    return module


def _load(machine: Machine, name: str, path: str, tree: ast.Module) -> ModuleObj:
    last = name.rpartition(".")[2]
    if last == "__init__" or (reserved(last) and last not in {"__main__", "__about__"}):
        # A package imported twice, or an attribute of the package that steers its imports: `__path__`.
        where = Location(path=path, line=1)
        machine.world = machine.world or Unmodelled(f"is imported as {last}, which Python itself reads", where)
    module = ModuleObj(
        name=name,
        path=path,
        namespace={"__name__": Value(ModuleName())},
        is_package=path.endswith("__init__.py"),
        lazy_annotations=_lazy(tree),
        epoch=machine.epoch,
        home=path,
    )
    machine.modules[name] = module
    frame = Frame(kind="module", module=module, names={}, scope=NOTHING, epoch=machine.epoch)
    machine.importing.append(path)
    try:
        with machine.inside(frame):
            for statement in tree.body:
                _statement(machine, statement)
    except Raising:
        del machine.modules[name]
        raise
    finally:
        machine.importing.pop()
    module.loaded = True
    _offer(machine, module)
    return module


def _offer(machine: Machine, module: ModuleObj) -> None:
    """A loaded submodule becomes an attribute of its package."""
    package, _, last = module.name.rpartition(".")
    if package in machine.modules:
        machine.modules[package].namespace[last] = Value(module)


def _lazy(tree: ast.Module) -> bool:
    return any(
        isinstance(node, ast.ImportFrom)
        and node.module == "__future__"
        and any(alias.name == "annotations" for alias in node.names)
        for node in tree.body
    )


def _statement(machine: Machine, statement: ast.stmt) -> None:
    machine.frame.control = ()
    depth, nesting, guard = machine.depth, machine.nesting, machine.guard
    frame = machine.frame
    try:
        machine.run([statement])
    except Unmodelled as error:
        stopped = error
    except RecursionError:
        stopped = Unmodelled("is nested too deeply", machine.here(), machine.depth + 1)
    else:
        return
    if machine.meter.budget <= 0:
        machine.meter.restart(MAX_STEPS_AFTER)
    inner = stopped.depth > depth
    machine.depth, machine.nesting, machine.guard, machine.frame = depth, nesting, guard, frame
    names = set(stored(statement))
    if isinstance(statement, ast.FunctionDef) and machine.epoch and not stopped.outlives:
        limited = not reserved(statement.name)  # whoever may call it isn't among what was read
    else:
        known = not inner and (_known_idiom(machine, statement) or _harmless(machine, statement))
        limited = known and not any(map(reserved, names))
    if not limited:
        machine.world = machine.world or stopped
    for name in names:
        frame.module.namespace[name] = Value(Unknown(stopped), (machine.here(),))


def import_rest(machine: Machine, layout: Layout) -> None:
    """Import what the package doesn't import itself: whoever does so later must not alter what was read."""
    total = machine.meter.total
    before = {name: dict(each.namespace) for name, each in machine.modules.items() if each.is_package}
    loaded = {each.path for each in machine.modules.values()}
    inside = f"{layout.top}/" if layout.top else ""
    for path in sorted(layout.paths):
        if path.startswith(inside) and path not in loaded and path.endswith(".py") and machine.world is None:
            _import_one(machine, layout.module(path), path)
    for name, namespace in before.items():
        machine.modules[name].namespace.clear()
        machine.modules[name].namespace.update(namespace)
    machine.meter.total = total


def _import_one(machine: Machine, name: str, path: str) -> None:
    machine.epoch += 1
    machine.meter.restart(MAX_STEPS_LOAD)
    try:
        import_module(machine, name)
    except Raising:
        return
    finally:
        stopped, reaches = machine.world, any(each.path == path and each.imports for each in machine.modules.values())
        if stopped is not None and not stopped.outlives and not reaches:
            machine.world = None  # a script that knows nothing of the adapters


def stored(statement: ast.stmt) -> Iterator[str]:
    """Every name that a statement at the top level could bind; those of blocks inside it too, to be safe."""
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.ExceptHandler):
            yield from [node.name] if node.name else []
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from (alias.asname or alias.name.split(".")[0] for alias in node.names if alias.name != "*")


def _known_idiom(machine: Machine, statement: ast.stmt) -> bool:
    """`try: import x` / `except ImportError: x = None`: binds names, and does nothing else."""
    if not isinstance(statement, ast.Try) or statement.finalbody or statement.orelse:
        return False
    if any(_reaches_in(machine, node) for node in ast.walk(statement)):
        return False
    caught = {ast.unparse(handler.type) if handler.type else "" for handler in statement.handlers}
    blocks = [statement.body, *(handler.body for handler in statement.handlers)]
    return caught <= {"ImportError", "ModuleNotFoundError"} and all(
        isinstance(each, ast.Import | ast.ImportFrom | ast.Pass) or _constant_assignment(each)
        for block in blocks
        for each in block
    )


def _reaches_in(machine: Machine, node: ast.AST) -> bool:
    """An import that would run a module of the package, or of those around it."""
    if isinstance(node, ast.ImportFrom):
        name = node.module or ""
        return node.level > 0 or machine.layout.internal(name) is not None or machine.layout.above(name)
    names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
    return any(machine.layout.internal(name) is not None or machine.layout.above(name) for name in names)


def _constant_assignment(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Assign)
        and all(isinstance(target, ast.Name) for target in statement.targets)
        and isinstance(statement.value, ast.Constant)
    )


def _harmless(machine: Machine, statement: ast.stmt) -> bool:
    """An assignment to plain names of an expression that can't alter anything, whatever part of it isn't modelled."""
    if isinstance(statement, ast.Assign):
        targets, value = statement.targets, statement.value
    elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
        targets, value = [statement.target], statement.value
    else:
        return False
    if not all(isinstance(target, ast.Name) for target in targets):
        return False
    nodes = list(ast.walk(value))
    if any(isinstance(node, ast.NamedExpr | ast.Lambda | ast.Await | ast.Yield | ast.YieldFrom) for node in nodes):
        return False
    if any(isinstance(node, ast.Attribute) and is_writing(node.attr) for node in nodes):
        return False
    calls = any(isinstance(node, ast.Call) for node in nodes)
    local = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    loads = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    return all(_safe(machine, name, calls) for name in loads - local)


def _safe(machine: Machine, name: str, calls: bool) -> bool:
    try:
        data = load(machine, name).data
    except (Raising, Unmodelled):
        return False
    if isinstance(data, Unknown):
        return data.inert or not calls
    if isinstance(data, External):
        return is_inert(data.path) or not calls
    if isinstance(data, ListObj | DictObj | SetObj | Proxy | tuple):
        return not calls
    return is_primitive(data) or isinstance(data, BuiltinType) or is_pure(data)
