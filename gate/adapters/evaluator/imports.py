"""Import statements as Python carries them out; statements at the top of a module, and what is unknown after one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from gate.adapters.evaluator import host, library, methods, statements, stdlib
from gate.adapters.evaluator.attributes import of_module
from gate.adapters.evaluator.bounds import MAX_FILES, MAX_STEPS_AFTER, MAX_STEPS_LOAD, Unmodelled
from gate.adapters.evaluator.layout import TypeAlias
from gate.adapters.evaluator.machine import BUILTINS, STATEMENTS, Machine, Signal
from gate.adapters.evaluator.plain import is_plain, items, plain
from gate.adapters.evaluator.scopes import Frame, bind, reserved
from gate.adapters.evaluator.tables import DECORATORS, INERT, OUTSIDE_CALLS, OUTSIDE_NAMES, known_outside, outside
from gate.adapters.evaluator.values import (
    Args,
    BuiltinType,
    ClassObj,
    External,
    Function,
    ModuleName,
    ModuleObj,
    Names,
    Opaque,
    Raising,
    Unknown,
    Value,
)
from gate.model import Location

__all__ = ["host", "import_module", "import_rest", "library", "methods", "statements", "stdlib"]  # each fills tables


def _import(machine: Machine, node: ast.Import) -> Signal | None:
    for alias in node.names:
        inner = _internal(machine, alias.name)
        if inner is None:
            path = alias.name if alias.asname else alias.name.partition(".")[0]
            bind(machine, alias.asname or path, _module_outside(machine, alias.name, path))
            continue
        module = _module(machine, inner)
        first = inner.partition(".")[0]
        found = module if alias.asname else machine.modules.get(first)
        if found is None or (not alias.asname and first != alias.name.partition(".")[0]):
            raise machine.unmodelled(f"whether {alias.name} is a module of this package can't be told from the files")
        bind(machine, alias.asname or first, Value(found, machine.origins()))
    return None


def _import_from(machine: Machine, node: ast.ImportFrom) -> Signal | None:
    if node.module == "__future__" and not node.level:
        return None
    base = _base(machine, node)
    name = node.module or ""
    for alias in node.names:
        if alias.name == "*":
            if not isinstance(base, ModuleObj):
                raise machine.unmodelled(f"a star import of {name} isn't read")
            _star(machine, base)
            continue
        value = _member(machine, base, alias.name) if base else _outside_member(machine, name, alias.name)
        bind(machine, alias.asname or alias.name, value)
    return None


def _base(machine: Machine, node: ast.ImportFrom) -> ModuleObj | None:
    """The module imported from; None where it lies outside the repository."""
    if not node.level:
        inner = _internal(machine, node.module or "")
        return None if inner is None else _module(machine, inner)
    module = machine.frame.module
    parts = module.name.split(".")
    parts = parts if module.is_package else parts[:-1]
    up = node.level - 1
    if up >= len(parts):
        raise machine.unmodelled("imports from above the topmost package that the files show")
    parts = parts[: len(parts) - up] + (node.module.split(".") if node.module else [])
    return _module(machine, ".".join(parts))


def _internal(machine: Machine, name: str) -> str | None:
    inner = machine.layout.internal(name)
    if inner == "":
        raise machine.unmodelled(f"whether {name} is a module of this package can't be told from the files")
    return inner


def _module(machine: Machine, name: str) -> ModuleObj:
    """The module `name`, loaded with the packages above it."""
    above = name.rpartition(".")[0]
    if above:
        _module(machine, above)
    if name in machine.modules:
        module = machine.modules[name]
    else:
        path = machine.layout.path(name)
        if path is None:
            machine.consulted |= set(machine.layout.candidates(name))
            raise _absent(machine, name) or machine.native(
                "ModuleNotFoundError", f"No module named {name!r}", sure=True
            )
        module = _load(machine, name, path)
    machine.frame.module.imports.add(module.path)
    return module


def _absent(machine: Machine, name: str) -> Unmodelled | None:
    """Why it isn't sure that there is no module `name`; None where nothing hangs on it but an error for all to see."""
    short = f".{name.partition('.')[2]}"
    unread = machine.layout.unread(name)
    if unread is not None:
        return machine.unmodelled(f"imports {short}, but {unread} is not there, or not read")
    if (machine.guard or machine.epoch) and not machine.layout.complete:
        return machine.unmodelled(f"whether {short} exists can't be told from the files that the globs match")
    return None


def _member(machine: Machine, module: ModuleObj, name: str) -> Value:
    """`from module import name`."""
    found = of_module(machine, module, name)
    if found is not None:
        if isinstance(found.data, ModuleObj):
            machine.frame.module.imports.add(found.data.path)
        return found.owed(machine.origins())
    inner = f"{module.name}.{name}"
    if module.is_package:
        if machine.layout.path(inner):
            return Value(_module(machine, inner), machine.origins())
        machine.consulted |= set(machine.layout.candidates(inner))
        unsure = _absent(machine, inner)
        if unsure is not None:
            raise unsure
    raise machine.native("ImportError", f"cannot import name {name!r} from {module.name!r}", sure=True)


def _star(machine: Machine, module: ModuleObj) -> None:
    listed = of_module(machine, module, "__all__") if "__all__" in module.namespace else None
    if listed is not None:
        names = [str(plain(machine, each)) for each in items(machine, listed)]
    else:
        names = [name for name in module.namespace if name[:1] != "_"]
    for name in names:
        bind(machine, name, _member(machine, module, name))


def _module_outside(machine: Machine, module: str, path: str) -> Value:
    if module in OUTSIDE_NAMES:
        return Value(External(path), machine.origins())
    return _foreign(machine, module, module)


def _outside_member(machine: Machine, module: str, name: str) -> Value:
    path = f"{module}.{name}"
    if module in OUTSIDE_NAMES and known_outside(path.replace("typing_extensions.", "typing.")):
        if name in _NEWER.get(module, ()) and machine.guard:
            return _foreign(machine, module, path)
        return outside(machine, path)
    return _foreign(machine, module, path)


# Projects whose import is taken not to alter the package, though base doesn't import them.
PROJECTS = frozenset(
    "attr attrs click exceptiongroup importlib_metadata importlib_resources numpy packaging pandas psutil pydantic "  # noqa: SIM905 - words on a few lines
    "rich scipy structlog tomli tqdm yaml".split()
)
# Names of the language that only later versions have: probed for, both answers are tried.
_NEWER = {"enum": ("StrEnum",), "itertools": ("batched",), "typing": ("override", "Self", "LiteralString", "Never")}


def _by_name(machine: Machine, args: Args, kwargs: Names) -> Value:
    """`importlib.import_module(f"{__name__}.x")`, or of `.x` from `__package__`."""
    names = [each.data for each in (*args, *([kwargs["package"]] if list(kwargs) == ["package"] else []))]
    relative = len(names) == 2 and isinstance(names[1], ModuleName) and not names[1].inner and type(names[0]) is str
    if relative and re.fullmatch(r"\.[a-zA-Z]\w*", names[0]):
        names = [ModuleName(names[1].of, names[0])]
    data = names[0] if len(names) == 1 else None
    if not isinstance(data, ModuleName) or not data.of or not data.inner or machine.answers is not None:
        raise machine.unmodelled("importlib.import_module() of this isn't read")
    return Value(_module(machine, f"{data.of}{data.inner}"), machine.origins())


OUTSIDE_CALLS["importlib.import_module"] = _by_name


def _foreign(machine: Machine, module: str, path: str) -> Value:
    """What the language doesn't list. It may be absent, and importing it may do anything."""
    if machine.answers is not None:
        raise machine.unmodelled(f"imports {path}, which isn't read")
    listed = module in OUTSIDE_NAMES
    if machine.guard:
        if listed and path != module and path.rpartition(".")[2] not in _NEWER.get(module, ()):
            raise machine.unmodelled(f"whether {path} exists differs between versions of Python")
        if not machine.ask(f"import {module}"):
            raise machine.native("ModuleNotFoundError", f"No module named {module!r}", sure=True)
    top = module.partition(".")[0]
    if top not in PROJECTS:
        machine.foreign.setdefault(path if listed else top, machine.here())
    return Value(Unknown(machine.unmodelled(f"comes from {path}, outside the repository")), machine.origins())


def import_module(machine: Machine, name: str) -> ModuleObj:
    """Import a module of the repository, those above it first."""
    return _module(machine, name)


def _load(machine: Machine, name: str, path: str) -> ModuleObj:
    where = Location(path=path, line=1)
    if len(machine.modules) >= MAX_FILES:
        raise Unmodelled(f"imports more than {MAX_FILES} files", where)
    last = name.rpartition(".")[2]
    if last == "__init__" or (reserved(last) and last not in {"__main__", "__about__"}):
        # A package imported twice, or an attribute of the package that steers its imports: `__path__`.
        machine.world = machine.world or Unmodelled(f"is imported as {last}, which Python itself reads", where)
    rival = machine.layout.rival(path)
    if rival is not None:
        why = f"Python could import {rival} in place of this file, and the gate can't read it"
        machine.world = machine.world or Unmodelled(why, where)
        machine.consulted.add(rival)
        machine.unreadable.add(f"{rival} {machine.layout.ids.get(rival, machine.statement)}")
    machine.consulted |= {path, *machine.layout.candidates(name)}
    tree = machine.layout.tree(path)
    module = ModuleObj(
        name=name,
        path=path,
        namespace={"__name__": Value(ModuleName(name))},
        is_package=path.endswith("__init__.py"),
        lazy_annotations=_lazy(tree),
        epoch=machine.epoch,
    )
    machine.modules[name] = module
    frame = Frame(kind="module", module=module, names={}, epoch=machine.epoch)
    # Exceptions that are caught around an import may come from anything in the file.
    before, held = machine.frame, (machine.statement, machine.mutating, machine.rebound, machine.collector)
    machine.frame = frame
    try:
        for statement in tree.body:
            _statement(machine, statement)
    except Raising:
        del machine.modules[name]
        raise
    finally:
        machine.frame = before
        machine.statement, machine.mutating, machine.rebound, machine.collector = held
    package, _, last = name.rpartition(".")
    if package in machine.modules:
        machine.modules[package].namespace[last] = Value(module)
    return module


def _lazy(tree: ast.Module) -> bool:
    return any(
        isinstance(node, ast.ImportFrom)
        and node.module == "__future__"
        and not node.level
        and any(alias.name == "annotations" for alias in node.names)
        for node in tree.body
    )


_BINDS_ONLY = (
    ast.Assign,
    ast.AnnAssign,
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Import,
    ast.ImportFrom,
    TypeAlias,
)


def _statement(machine: Machine, statement: ast.stmt) -> None:
    frame, depth, guard = machine.frame, machine.depth, machine.guard
    frame.control = ()
    machine.layout.counted += 1
    machine.statement, machine.mutating, machine.rebound = machine.layout.counted, False, []
    machine.collector = {statement}
    stopped: Unmodelled | None = None
    try:
        machine.run([statement])
    except Unmodelled as error:
        stopped = error
    except RecursionError:
        stopped = Unmodelled("is nested too deeply", machine.here())
    if stopped is not None:
        machine.frame, machine.depth, machine.guard = frame, depth, guard
        if machine.steps <= 0:
            machine.restart(MAX_STEPS_AFTER)
        names = set(stored(statement))
        if stopped.outlives or any(map(reserved, names)) or not Contained(machine, names).statement(statement):
            machine.world = machine.world or stopped
        for name in names:
            frame.module.namespace[name] = Value(
                Unknown(stopped, inert=_from_outside(machine, statement), makes=_makes(statement)), machine.origins()
            )
            machine.rebound.append((frame.module, name))
    consulted = frozenset(machine.collector)
    for module, name in machine.rebound:
        module.binds[name] = (
            module.binds.get(name, frozenset()) | consulted if module is not frame.module else consulted
        )
    documentation = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    if (
        machine.mutating
        or not isinstance(statement, (*_BINDS_ONLY, ast.Expr))
        or (isinstance(statement, ast.Expr) and not documentation)
    ):
        machine.mutations |= consulted


def stored(statement: ast.stmt) -> Iterator[str]:
    """Every name that a statement at the top level could bind; those of comprehensions inside it too, to be safe."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield statement.name
        return
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.ExceptHandler):
            yield from [node.name] if node.name else []
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from (alias.asname or alias.name.split(".")[0] for alias in node.names if alias.name != "*")


def _makes(statement: ast.stmt) -> bool:
    """Whether making an instance of a class that isn't read runs no code of the program's."""
    if not isinstance(statement, ast.ClassDef) or statement.keywords or statement.decorator_list:
        return False
    names = {name for each in statement.body for name in stored(each)}
    return not any(name[:2] == "__" for name in names)


def _from_outside(machine: Machine, statement: ast.stmt) -> bool:
    """Whether what a statement binds is the standard library's, so that its methods do nothing to the package."""
    value = statement.value if isinstance(statement, ast.Assign | ast.AnnAssign) else None
    contained = Contained(machine, set())
    return isinstance(value, ast.Call) and contained.inert(value.func) and contained.handed(value)


_HOOKS = frozenset(
    "__init_subclass__ __set_name__ __new__ __class_getitem__ __mro_entries__ __del__ __prepare__ __instancecheck__ "  # noqa: SIM905 - words on a few lines
    "__subclasscheck__ __subclasshook__ __getattr__ __getattribute__ __get__ __set__ __delete__".split()
)
_WRITING = {
    "write_text",
    "write_bytes",
    "write",
    "open",
    "unlink",
    "rename",
    "replace",
    "rmdir",
    "mkdir",
    "exec",
    "eval",
}


class Contained:
    """Whether a statement that isn't read can do no more than bind its names: it runs no code of the repository."""

    def __init__(self, machine: Machine, own: set[str]) -> None:
        self.machine = machine
        self.own = own

    def statement(self, node: ast.stmt) -> bool:
        match node:
            case ast.Assign(targets=targets, value=value):
                return all(isinstance(each, ast.Name) for each in targets) and self.expression(value)
            case ast.AnnAssign(target=ast.Name(), value=value):
                return (value is None or self.expression(value)) and self.annotation(node.annotation)
            case ast.Expr(value=value):
                return self.expression(value)
            case ast.Pass() | TypeAlias():
                return True
            case ast.If(test=test, body=body, orelse=orelse):
                return self.expression(test) and all(map(self.statement, (*body, *orelse)))
            case ast.Try(finalbody=[]):
                handlers = [each for handler in node.handlers for each in handler.body]
                types = [handler.type for handler in node.handlers if handler.type]
                return all(map(self.expression, types)) and all(
                    map(self.statement, (*node.body, *handlers, *node.orelse))
                )
            case ast.Import(names=names):
                return all(alias.name in OUTSIDE_NAMES for alias in names)
            case ast.ImportFrom(module=module, level=0, names=names):
                return module in OUTSIDE_NAMES and all(known_outside(f"{module}.{alias.name}") for alias in names)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                defaults = (*node.args.defaults, *(each for each in node.args.kw_defaults if each))
                return all(map(self.decorator, node.decorator_list)) and all(map(self.expression, defaults))
            case ast.ClassDef():
                return self.class_(node)
        return False

    def class_(self, node: ast.ClassDef) -> bool:
        names = {name for each in node.body for name in stored(each)}
        keywords = [each.value for each in node.keywords]
        metaclasses = (External("abc.ABCMeta"), External("enum.EnumMeta"))
        return (
            not names & _HOOKS
            and all(map(self.decorator, node.decorator_list))
            and all(self.value(each) in metaclasses or self.makes(each) for each in keywords)
            and all(map(self.base, node.bases))
            and all(map(Contained(self.machine, self.own | names).statement, node.body))
        )

    def makes(self, node: ast.expr) -> bool:
        data = self.value(node)
        return isinstance(data, Unknown) and data.makes

    def base(self, node: ast.expr) -> bool:
        data = self.value(node.value if isinstance(node, ast.Subscript) else node)
        if isinstance(data, ClassObj):
            return not data.defines(*_HOOKS) and data.members is None
        if isinstance(data, BuiltinType):
            return True
        if isinstance(data, Unknown):
            return data.makes or data.inert
        return isinstance(data, External) and known_outside(data.path)

    def decorator(self, node: ast.expr) -> bool:
        called = node.func if isinstance(node, ast.Call) else node
        data = self.value(called)
        path = data.path if isinstance(data, External) else ""
        known = path in DECORATORS or path in OUTSIDE_CALLS or path == "functools.singledispatch"
        known = known or (isinstance(data, BuiltinType) and data.kind in (property, staticmethod, classmethod))
        return known and (called is node or all(map(self.expression, (*node.args, *(k.value for k in node.keywords)))))  # type: ignore[attr-defined]  # a call

    def annotation(self, node: ast.expr) -> bool:
        return self.machine.frame.module.lazy_annotations or self.expression(node)

    def value(self, node: ast.expr) -> object:
        """What a name, or a dotted name of the standard library, stands for; None where that can't be told."""
        if isinstance(node, ast.Name):
            if node.id in self.own:
                return None
            found = self.machine.frame.module.namespace.get(node.id) or BUILTINS.get(node.id)
            return found.data if found is not None else self.machine.classes.get(node.id)
        if isinstance(node, ast.Attribute) and node.attr[:1] != "_":
            base = self.value(node.value)
            path = f"{base.path}.{node.attr}" if isinstance(base, External) else ""
            return External(path) if path and known_outside(path) else None
        return None

    def inert(self, node: ast.expr) -> bool:
        """Whether calling it does nothing to the package."""
        data = self.value(node)
        if isinstance(data, Unknown) and (data.makes or data.inert):
            return True
        if isinstance(data, External):
            return data.path in INERT or data.path in OUTSIDE_CALLS
        if isinstance(data, ClassObj) and data.name in ("Enum", "IntEnum", "NamedTuple", "StrEnum") and data.builtin:
            return True
        if isinstance(data, Function | BuiltinType):
            return node.id not in ("setattr", "property", "map", "filter") if isinstance(node, ast.Name) else False
        if isinstance(node, ast.Attribute) and node.attr[:1] != "_" and node.attr not in _WRITING:
            base = self.value(node.value)
            if isinstance(base, Opaque) or (isinstance(base, Unknown) and base.inert):
                return True
            return isinstance(node.value, ast.Call) and self.expression(node.value) and self.handed(node.value)
        return False

    def handed(self, node: ast.expr) -> bool:
        """Whether nothing here is the program's own, or not listed, so that whoever gets it runs no code through it."""
        for each in ast.walk(node):
            data = self.value(each) if isinstance(each, ast.Name | ast.Attribute) else None
            if isinstance(data, Unknown) and not data.inert:
                return False
            if isinstance(each, ast.Attribute) and data is None and self.outside(each.value):
                return False
        return True

    def outside(self, node: ast.expr) -> bool:
        """Whether this is a module, or what one outside the repository holds: to look at it runs no code of ours."""
        if isinstance(node, ast.Attribute):
            return node.attr[:1] != "_" and self.outside(node.value)
        return isinstance(self.value(node), External)

    def expression(self, node: ast.expr) -> bool:
        match node:
            case ast.Constant():
                return True
            case ast.Name():
                data = self.value(node)
                known = (
                    node.id in self.own
                    or node.id in ("__package__", "__file__", "__doc__")
                    or isinstance(data, External | Opaque | Unknown | BuiltinType | ModuleName)
                )
                return (
                    known
                    or (node.id in self.machine.frame.module.namespace and is_plain(data))
                    or (isinstance(data, ClassObj) and data.builtin)
                )
            case ast.Attribute():
                if self.value(node) is not None or self.outside(node):
                    return True
                if isinstance(node.value, ast.Call) and node.attr[:1] != "_":  # of what is given by a call of theirs
                    return self.expression(node.value) and self.handed(node.value)
                base = self.value(node.value)
                return node.attr[:1] != "_" and (isinstance(base, Opaque) or (isinstance(base, Unknown) and base.inert))
            case ast.Call(func=func, args=args, keywords=keywords):
                given = (*args, *(each.value for each in keywords))
                return self.inert(func) and all(self.expression(each) and self.handed(each) for each in given)
            case ast.Starred(value=value) | ast.UnaryOp(operand=value) | ast.FormattedValue(value=value):
                return self.expression(value)
            case ast.BinOp(left=left, right=right) | ast.Subscript(value=left, slice=right):
                return self.expression(left) and self.expression(right)
            case (
                ast.Tuple(elts=parts)
                | ast.List(elts=parts)
                | ast.Set(elts=parts)
                | ast.BoolOp(values=parts)
                | ast.JoinedStr(values=parts)
            ):
                return all(map(self.expression, parts))
            case ast.Dict(keys=keys, values=values):
                return all(map(self.expression, (*(key for key in keys if key), *values)))
            case ast.Compare(left=left, comparators=rest):
                return all(map(self.expression, (left, *rest)))
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return all(map(self.expression, (test, body, orelse)))
        return False


def import_rest(machine: Machine, files: list[str]) -> None:
    """Import what the package doesn't import itself: whoever does so later must not alter what was read."""
    total = machine.total
    before = {name: dict(each.namespace) for name, each in machine.modules.items() if each.is_package}
    foreign = dict(machine.foreign)
    for path in files:
        if machine.world is None and path not in {each.path for each in machine.modules.values()}:
            machine.epoch += 1
            machine.restart(MAX_STEPS_LOAD)
            try:
                import_module(machine, machine.layout.module(path))
            except Raising:
                continue
            except Unmodelled as error:
                machine.world = machine.world or error
            finally:
                stopped = machine.world
                reaches = any(each.path == path and each.imports - {path} for each in machine.modules.values())
                if stopped is not None and not stopped.outlives and not reaches:
                    machine.world = None  # a script that knows nothing of the adapters
    for name, namespace in before.items():
        machine.modules[name].namespace.clear()
        machine.modules[name].namespace.update(namespace)
    machine.total, machine.foreign = total, foreign


STATEMENTS.update({ast.Import: _import, ast.ImportFrom: _import_from})
