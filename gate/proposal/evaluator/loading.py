"""Running the top level of the package's modules, and what is unknown after a statement that isn't modelled."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from gate.model import Location
from gate.proposal.evaluator import (  # noqa: F401 - each fills the machine's tables
    builtin_iterators,
    comprehensions,
    definitions,
    dict_methods,
    exceptions,
    expressions,
    importing,
    list_methods,
    stdlib,
    text_methods,
)
from gate.proposal.evaluator.bounds import MAX_STEPS_AFTER, MAX_STEPS_LOAD, Unmodelled
from gate.proposal.evaluator.layout import Layout
from gate.proposal.evaluator.machine import Machine
from gate.proposal.evaluator.names import load, reserved
from gate.proposal.evaluator.outside import is_inert, is_pure, is_writing
from gate.proposal.evaluator.plain import is_primitive
from gate.proposal.evaluator.scope import NOTHING, Frame
from gate.proposal.evaluator.values import (
    BuiltinType,
    DictObj,
    External,
    ListObj,
    ModuleName,
    ModuleObj,
    Proxy,
    Raising,
    SetObj,
    Unknown,
    Value,
)


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
