"""Which file is which module: dotted names from the top of the package down, relative to where the files lie."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

_SOURCE_ROOTS = frozenset({"src", "lib", "python", "source"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The files of one package. `top` is the folder of its topmost `__init__.py`, '' for the root of the tree."""

    top: str
    paths: frozenset[str]

    @property
    def name(self) -> str:
        """The top-level package's name, as far as the files tell."""
        return self.top.rpartition("/")[2] or "adapters"

    def path(self, name: str) -> str | None:
        """The file of a module, None where there is none."""
        inner = name.split(".")[1:]
        stem = "/".join([self.top, *inner] if self.top else inner)
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


def layouts(paths: Iterable[str], registries: Iterable[str]) -> dict[str, Layout]:
    """For each `__init__.py` with a registry, the package that it belongs to."""
    known = frozenset(paths)
    found = {}
    for registry in registries:
        top = registry.rpartition("/")[0]
        while "/" in top and f"{top.rpartition('/')[0]}/__init__.py" in known:
            top = top.rpartition("/")[0]
        found[registry] = Layout(top=top, paths=known)
    return found
