"""The `vmaf-tune` reader: a package of Python adapters with a `_REGISTRY`, evaluated and never run."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gate.adapters.evaluator.bounds import MAX_SOURCES, Unmodelled
from gate.adapters.evaluator.harness import failed, sayable
from gate.adapters.evaluator.imports import import_module, import_rest, machine_for
from gate.adapters.evaluator.machine import Machine
from gate.adapters.evaluator.package import Layout, layouts
from gate.adapters.evaluator.parse import parse
from gate.adapters.evaluator.plain import entries
from gate.adapters.evaluator.values import DictObj, ModuleObj, Proxy, Raising, Unknown, Value
from gate.adapters.model import Adapter, Defaults
from gate.adapters.registry import read_adapter
from gate.errors import AdapterError
from gate.model import Location, Unresolved

REGISTRY = "_REGISTRY"


def read_vmaf_tune(
    sources: Mapping[str, bytes], known: Defaults | None = None, beside: frozenset[str] = frozenset()
) -> Defaults:
    """The adapters of every package with a registry among `sources` (path -> contents); `points` stay empty.

    What `known`, another tree's adapters, holds for byte-identical files is taken over instead of evaluated again.
    Where Python could import one of `beside`, paths that exist and weren't read, instead of a source, the source's
    whole package is unresolved.

    Raises:
        AdapterError: a file doesn't parse, no `__init__.py` binds `_REGISTRY`, or importing the package fails.
    """
    if sum(map(len, sources.values())) > MAX_SOURCES:
        raise AdapterError(f"the adapters are larger than {MAX_SOURCES} bytes", fix="check the policy's adapter globs")
    trees = {path: parse(path, content) for path, content in sorted(sources.items()) if path.endswith(".py")}
    registries = [path for path in trees if _is_init(path) and _binds_registry(trees[path])]
    if not registries:
        where = next((path for path in trees if _is_init(path)), next(iter(trees), ""))
        raise AdapterError(
            f"no __init__.py among the adapters binds {REGISTRY}", where=where, fix="check the policy's adapter globs"
        )
    alike = _Alike(
        adapters=known.adapters if known else {},
        files=frozenset(path for path in sources if known and known.files.get(path) == sources[path]),
    )
    adapters: dict[str, Adapter] = {}
    unresolved: list[Unresolved] = []
    for path, layout in layouts(trees, registries, beside | (sources.keys() - trees.keys())).items():
        found, loose = _read_package(layout, path, trees, alike)
        repeated = next((key for key in found if key in adapters), None)
        if repeated is not None:
            raise AdapterError(f"adapter {repeated!r} is registered twice", where=str(found[repeated].where))
        adapters.update(found)
        unresolved.extend(loose)
    return Defaults(adapters=adapters, unresolved=tuple(unresolved))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Alike:
    """Another tree's adapters, and the files that are the same in both."""

    adapters: Mapping[str, Adapter]
    files: frozenset[str]

    def adapter(self, machine: Machine, key: str) -> Adapter | None:
        """The other tree's adapter where an evaluation would give it again, else None.

        Every file that could alter it there is the same here, and nothing beside those files alters anything here.
        """
        found = self.adapters.get(key)
        if found is None or found.unresolved or machine.world is not None:
            return None
        running = {module.path for module in machine.modules.values()}
        return found if machine.crossed <= found.files <= self.files & running else None


def _is_init(path: str) -> bool:
    return path.rpartition("/")[2] == "__init__.py"


def _binds_registry(tree: ast.Module) -> bool:
    """Whether the file itself assigns the registry, or imports it under that name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id == REGISTRY and isinstance(node.ctx, ast.Store):
            return True
        if isinstance(node, ast.ImportFrom) and any((a.asname or a.name) == REGISTRY for a in node.names):
            return True
    return False


def _read_package(
    layout: Layout, path: str, trees: Mapping[str, ast.Module], alike: _Alike
) -> tuple[dict[str, Adapter], list[Unresolved]]:
    machine = machine_for(layout, trees)
    machine.world = next((_eclipsed(*each) for each in layout.eclipsed.items()), None)
    module = _imported(machine, layout, path)
    if isinstance(module, Unmodelled):
        return {}, [Unresolved(reason=module.reason, where=module.where)]
    import_rest(machine, layout)
    registry = module.namespace.get(REGISTRY)
    try:
        held = _held(machine, registry, path)
    except Unmodelled as stopped:
        return {}, [Unresolved(reason=stopped.reason, where=stopped.where)]
    adapters: dict[str, Adapter] = {}
    loose: list[Unresolved] = []
    for key, value in held:
        if isinstance(key.data, str) and sayable(key.data):
            adapters[key.data] = alike.adapter(machine, key.data) or read_adapter(machine, module, key, value)
        else:
            where = key.origins[0] if key.origins else Location(path=path, line=1)
            loose.append(Unresolved(reason=f"a key of {REGISTRY} isn't a string that can be written", where=where))
    if machine.world is not None and not adapters:
        loose.append(Unresolved(reason=machine.world.reason, where=machine.world.where))
    return adapters, loose


def _eclipsed(path: str, rival: str) -> Unmodelled:
    why = f"Python could import {rival} in place of this file, and the adapter globs don't match it"
    return Unmodelled(why, Location(path=path, line=1))


def _held(machine: Machine, registry: Value | None, path: str) -> Iterable[tuple[Value, Value]]:
    """The registry's keys and values, in order."""
    data = registry.data if registry is not None else None
    if isinstance(data, DictObj | Proxy):
        return entries(machine, data).values()
    if machine.world is not None:
        raise machine.world
    if isinstance(data, Unknown):
        raise data.why
    raise Unmodelled(f"{REGISTRY} isn't a dictionary that the model knows", Location(path=path, line=1))


def _imported(machine: Machine, layout: Layout, path: str) -> ModuleObj | Unmodelled:
    """The package, imported as Python would; or what wasn't modelled before that failed."""
    try:
        return import_module(machine, layout.module(path))
    except Raising as error:
        if machine.world is not None:
            return machine.world
        failure = failed(machine, error)
        raise AdapterError(
            f"importing the adapters raises {failure.exception}: {failure.message}", where=str(failure.where)
        ) from None
