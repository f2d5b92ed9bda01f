"""Which file is which module: dotted names from the top of the package down, relative to where the files lie."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

_ENDINGS = re.compile(r"(?:.*\.)?(?:so|pyd)|py[cw]?")
_SOURCE_ROOTS = frozenset({"src", "lib", "python", "source"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The files of one package. `top` is the folder of its topmost `__init__.py`, '' for the root of the tree.

    `rivals` are paths that exist and weren't read, by the stem (the path without its ending) of the module that Python
    could take them for.
    """

    top: str
    paths: frozenset[str]
    rivals: Mapping[str, str] = field(default_factory=dict)
    eclipsing: Mapping[str, str] = field(default_factory=dict)  # those of them that go before a file NAME.py

    @property
    def name(self) -> str:
        """The top-level package's name, as far as the files tell."""
        return self.top.rpartition("/")[2] or "adapters"

    @property
    def own(self) -> frozenset[str]:
        """Every file of the package, imported or not."""
        inside = f"{self.top}/" if self.top else ""
        return frozenset(path for path in self.paths if path.startswith(inside))

    def stem(self, name: str) -> str:
        """A module's path without its ending."""
        inner = name.split(".")[1:]
        return "/".join([self.top, *inner] if self.top else inner)

    @property
    def eclipsed(self) -> dict[str, str]:
        """The package's files that Python could pass over, each with the path that it could import in its place."""
        stems = ((path, path.removesuffix(".py")) for path in sorted(self.own))
        return {path: self.eclipsing[stem] for path, stem in stems if stem in self.eclipsing}

    def unread(self, name: str) -> str | None:
        """What a module without a file could be: a path that wasn't read, or a folder of files; None for neither."""
        stem = self.stem(name)
        return self.rivals.get(stem) or next((path for path in sorted(self.paths) if path.startswith(f"{stem}/")), None)

    def path(self, name: str) -> str | None:
        """The file of a module, None where there is none; a package goes before a file of its name, as in Python."""
        stem = self.stem(name)
        candidates = (f"{stem}/__init__.py" if stem else "__init__.py", f"{stem}.py")
        return next((path for path in candidates if path in self.paths), None)

    def module(self, path: str) -> str:
        """The dotted name of a file's module."""
        inner = path.removeprefix(f"{self.top}/" if self.top else "").removesuffix(".py").split("/")
        return ".".join([self.name, *inner]).removesuffix(".__init__")

    def internal(self, name: str) -> str | None:
        """The module that an absolute import means: None outside the package, '' where that can't be told."""
        parts, above = name.split("."), self.top.split("/") if self.top else []
        for length in range(min(len(parts), len(above)), 0, -1):
            if parts[:length] == above[-length:]:
                sure = length > 1 or len(above) == 1 or above[-2] in _SOURCE_ROOTS
                return ".".join([self.name, *parts[length:]]) if sure else ""
        return None

    def above(self, name: str) -> bool:
        """Whether an absolute import means a package around this one."""
        return name.partition(".")[0] in self.top.split("/")[:-1]

    def beside(self, root: str) -> bool:
        """Whether a file beside the package could be what an absolute import means."""
        parent = self.top.rpartition("/")[0]
        stem = f"{parent}/{root}" if parent else root
        return self.top != "" and (f"{stem}.py" in self.paths or f"{stem}/__init__.py" in self.paths)


def layouts(paths: Iterable[str], registries: Iterable[str], unread: Iterable[str] = frozenset()) -> dict[str, Layout]:
    """For each `__init__.py` with a registry, the package that it belongs to; `unread` are paths beside its files."""
    known = frozenset(paths)
    rivals: dict[str, str] = {}
    eclipsing: dict[str, str] = {}
    for path in sorted(unread):
        for stem in _stems(path):
            rivals.setdefault(stem, path)
        for stem in _eclipsed_by(path):
            eclipsing.setdefault(stem, path)
    found = {}
    for registry in registries:
        top = registry.rpartition("/")[0]
        while "/" in top and f"{top.rpartition('/')[0]}/__init__.py" in known:
            top = top.rpartition("/")[0]
        found[registry] = Layout(top=top, paths=known, rivals=rivals, eclipsing=eclipsing)
    return found


def _eclipsed_by(path: str) -> Iterator[str]:
    """The modules that Python would take this path for although there is a NAME.py: a folder does so only as a package.

    The path itself counts too: it may be a link to a package, or a submodule.
    """
    folder, _, name = path.rpartition("/")
    yield path
    yield from _by_ending(path)
    if name.partition(".")[0] == "__init__":
        yield folder


def _stems(path: str) -> Iterator[str]:
    """The modules that a path could be, or be a part of: itself and its folders, and by its ending."""
    parts = path.split("/")
    yield from ("/".join(parts[:end]) for end in range(1, len(parts) + 1))
    yield from _by_ending(path)


def _by_ending(path: str) -> Iterator[str]:
    parts = path.split("/")
    name, _, ending = parts[-1].partition(".")
    if _ENDINGS.fullmatch(ending):
        yield "/".join([*parts[:-1], name])
    if parts[-2:-1] == ["__pycache__"] and ending.endswith("pyc"):
        yield "/".join([*parts[:-2], name])
