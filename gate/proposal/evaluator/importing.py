"""Imports: within the package as Python does them, half-loaded modules included; outside it, a name and no more."""

from __future__ import annotations

import ast
import sys

from gate.proposal.evaluator.attributes import is_dunder
from gate.proposal.evaluator.bounds import Unmodelled
from gate.proposal.evaluator.layout import Layout
from gate.proposal.evaluator.machine import TABLES, Machine, Signal, models
from gate.proposal.evaluator.names import bind, reserved
from gate.proposal.evaluator.values import External, ModuleObj, Unknown, Value

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
