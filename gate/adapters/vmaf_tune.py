"""The `vmaf-tune` reader: packages of Python adapters with a registry, read and never run."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import lru_cache

from gate.adapters.evaluator.bounds import MAX_LOADS, MAX_SOURCES, Unmodelled
from gate.adapters.evaluator.harness import failed, sayable, without_threads
from gate.adapters.evaluator.imports import import_module, import_rest
from gate.adapters.evaluator.layout import Layout, layouts, parse
from gate.adapters.evaluator.machine import Answers, Machine
from gate.adapters.evaluator.plain import seal
from gate.adapters.evaluator.scopes import Frame
from gate.adapters.evaluator.values import DictObj, ModuleObj, Raising, Unknown, Value
from gate.adapters.model import Adapter, Around, Defaults
from gate.adapters.registry import read_adapter
from gate.errors import AdapterError
from gate.model import Location, Unresolved
from gate.values import dataclass, field, replace

REGISTRY = "_REGISTRY"
_parsed = lru_cache(maxsize=2_000)(parse)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Package:
    """What one package gave: its adapters, what else is unresolved, and what it imports from outside."""

    adapters: dict[str, Adapter]
    loose: tuple[Unresolved, ...] = ()
    foreign: Mapping[str, Location] = field(default_factory=dict)


def read_vmaf_tune(
    sources: Mapping[str, bytes],
    known: Defaults | None = None,
    beside: frozenset[str] = frozenset(),
    around: Around | None = None,
) -> Defaults:
    """The adapters of every package with a registry among `sources` (path -> contents); `points` stay empty.

    `known` is another tree's: where it read the very same files and found the same ones absent, its adapters are taken
    over. `beside` are paths in the folders of `sources` that no glob matches. Without `around` nothing else is known
    to be there, or not to be.

    Raises: AdapterError: a file doesn't parse, no `__init__.py` binds `_REGISTRY`, or importing the package fails.
    """
    if sum(map(len, sources.values())) > MAX_SOURCES:
        raise AdapterError(f"the adapters are larger than {MAX_SOURCES} bytes", fix="check the policy's adapter globs")
    files = _Files(sources, around)
    trees = {path: files.tree(path) for path in sorted(sources) if path.endswith(".py")}
    registries = [path for path in trees if _is_init(path) and _binds_registry(trees[path])]
    if not registries:
        where = next((path for path in trees if _is_init(path)), next(iter(trees), ""))
        raise AdapterError(
            f"no __init__.py among the adapters binds {REGISTRY}", where=where, fix="check the policy's adapter globs"
        )
    listed = around.listed if around is not None else {}
    readable = {path for path in listed if path.endswith(".py")} | trees.keys()
    unread = (beside | listed.keys() | sources.keys()) - readable
    adapters: dict[str, Adapter] = {}
    unresolved: list[Unresolved] = []
    foreign: dict[str, Location] = {}
    for path, layout in layouts(readable, registries, unread).items():
        layout.ids = listed
        layout.complete, layout.tree, layout.content = around is not None, files.tree, files.content
        found = _taken_over(known, files, path, layout) or _read_package(layout, path, sorted(trees))
        repeated = next((key for key in found.adapters if key in adapters), None)
        if repeated is not None:
            where = str(found.adapters[repeated].where)
            raise AdapterError(f"adapter {repeated!r} is registered twice", where=where)
        adapters.update(found.adapters)
        unresolved.extend(found.loose)
        foreign.update(found.foreign)
    return Defaults(
        adapters=adapters,
        unresolved=tuple(unresolved),
        files=files.contents,
        foreign=foreign,
        absent=frozenset(path for each in adapters.values() for path in each.files) - files.contents.keys(),
    )


class _Files:
    """Contents by path: those that the globs match, and those that imports lead to."""

    def __init__(self, sources: Mapping[str, bytes], around: Around | None) -> None:
        self.contents = dict(sources)
        self.around = around

    def tree(self, path: str) -> ast.Module:
        """The syntax tree of a file."""
        content = self.content(path)
        if content is None:
            raise AdapterError("can't be read", where=path)
        return _parsed(path, content)

    def content(self, path: str) -> bytes | None:
        """What a file holds, None where there is none."""
        if path not in self.contents and self.around is not None and path in self.around.listed:
            content = self.around.read(path)
            if content is None:
                return None
            self.contents[path] = content
            if sum(map(len, self.contents.values())) > MAX_SOURCES:
                raise AdapterError(f"the adapters import more than {MAX_SOURCES} bytes", where=path)
        return self.contents.get(path)


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


def _taken_over(known: Defaults | None, files: _Files, path: str, layout: Layout) -> _Package | None:
    """What another tree's package gave, where every file and absence that it consulted is the same here."""
    if known is None or known.unresolved:
        return None
    adapters = {key: each for key, each in known.adapters.items() if path in each.files}
    consulted = {one for each in adapters.values() for one in each.files}
    # What the package doesn't import counts too: whoever imports it later must not alter what was read.
    inside = f"{layout.top}/" if layout.top else ""
    consulted |= {one for one in files.contents if one.startswith(inside)}
    consulted |= {one for one in known.files if one.startswith(inside) and one.endswith(".py")}
    alike = all(files.content(one) == known.files.get(one) and layout.rival(one) is None for one in consulted)
    return _Package(adapters=adapters, foreign=known.foreign) if adapters and alike else None


def _read_package(layout: Layout, path: str, trees: list[str]) -> _Package:
    """The package, once for every answer of the host that importing it depends on."""
    answers = Answers()
    found: list[tuple[_Package, tuple[str, ...]]] = []
    failure: AdapterError | None = None
    while True:
        answers.restart()
        try:
            package = _read_once(layout, path, trees, answers)
            found.append((package, tuple(answers.questions)))
        except AdapterError as error:
            failure = failure or error
        if not answers.advance():
            break
        if len(found) >= MAX_LOADS:
            why = f"importing it depends on more than {MAX_LOADS} answers of the host"
            return _Package(adapters={}, loose=(Unresolved(reason=why, where=Location(path=path, line=1)),))
    if not found:
        raise failure or AdapterError("can't be read", where=path)
    return _agreed(found)


def _agreed(found: list[tuple[_Package, tuple[str, ...]]]) -> _Package:
    first = found[0][0]
    if len(found) == 1:
        return first
    asked = next((questions[0] for _, questions in found if questions), "the host")
    why = f"is one thing or another, depending on {asked}"
    keys = dict.fromkeys(key for package, _ in found for key in package.adapters)
    adapters = {}
    for key in keys:
        every = [package.adapters.get(key) for package, _ in found]
        one = next(each for each in every if each is not None)
        if any(each is None or _core(each) != _core(one) for each in every):
            part = Unresolved(reason=why, where=one.where, adapter=key)
            one = replace(one, emissions=(), raised=(), unresolved=(*one.unresolved, part))
        adapters[key] = one
    loose = tuple(dict.fromkeys(part for package, _ in found for part in package.loose))
    foreign = {name: where for package, _ in found for name, where in package.foreign.items()}
    return _Package(adapters=adapters, loose=loose, foreign=foreign)


def _core(adapter: Adapter) -> object:
    emissions = [(*each.said[:3], *without_threads(token.text for token in each.tokens)) for each in adapter.emissions]
    raised = [(each.preset, each.exception) for each in adapter.raised]
    data = (adapter.name, adapter.encoder, adapter.quality_knob, adapter.quality_default, adapter.presets)
    return data, emissions, raised, bool(adapter.unresolved)


def _read_once(layout: Layout, path: str, trees: list[str], answers: Answers) -> _Package:
    """The package on one path; again where calls leave something to later ones, until all of that is known."""
    machine = Machine(layout=layout, fixed=answers, filled={})
    package = _read_by(machine, path, trees)
    for again in range(4):
        if not machine.grown:
            break
        answers.restart()
        machine = Machine(layout=layout, fixed=answers, filled=machine.filled if again < 3 else None)
        package = _read_by(machine, path, trees)
    return package


def _read_by(machine: Machine, path: str, trees: list[str]) -> _Package:
    layout = machine.layout
    machine.frame = Frame(kind="module", module=ModuleObj(name="", path=path, namespace={}), names={})
    module = _imported(machine, layout, path)
    if isinstance(module, Unmodelled):
        return _Package(adapters={}, loose=(Unresolved(reason=module.reason, where=module.where),))
    import_rest(machine, [each for each in trees if each.startswith(f"{layout.top}/" if layout.top else "")])
    machine.registry = module
    machine.consulted |= {each for each in trees if each.startswith(layout.top)}
    seal(machine)
    registry = module.namespace.get(REGISTRY)
    try:
        held = _held(machine, registry, path)
    except Unmodelled as stopped:
        return _Package(adapters={}, loose=(Unresolved(reason=stopped.reason, where=stopped.where),))
    adapters: dict[str, Adapter] = {}
    loose: list[Unresolved] = []
    machine.epoch += 1
    for filed, (key, value) in held.entries.items():
        if isinstance(key.data, str) and sayable(key.data):
            machine.collector = set(held.consulted.get(filed, ()))
            adapters[key.data] = read_adapter(machine, module, key, value)
        else:
            where = key.origins[0] if key.origins else Location(path=path, line=1)
            loose.append(Unresolved(reason=f"a key of {REGISTRY} isn't a string that can be written", where=where))
    if machine.world is not None and not adapters:
        loose.append(Unresolved(reason=machine.world.reason, where=machine.world.where))
    return _Package(adapters=adapters, loose=tuple(loose), foreign=machine.foreign)


def _held(machine: Machine, registry: Value | None, path: str) -> DictObj:
    data = registry.data if registry is not None else None
    if isinstance(data, DictObj):
        return data
    if machine.world is not None:
        raise machine.world
    if isinstance(data, Unknown):
        raise data.why
    raise Unmodelled(f"{REGISTRY} isn't a dictionary that the language reads", Location(path=path, line=1))


def _imported(machine: Machine, layout: Layout, path: str) -> ModuleObj | Unmodelled:
    """The package, imported as Python would; or what wasn't read before that failed."""
    try:
        return import_module(machine, layout.module(path))
    except Unmodelled as stopped:
        return stopped
    except Raising as error:
        if machine.world is not None:
            return machine.world
        failure = failed(machine, error)
        raise AdapterError(
            f"importing the adapters raises {failure.exception}: {failure.message}", where=str(failure.where)
        ) from None
