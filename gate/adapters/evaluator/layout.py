"""Bytes to syntax trees, and which file is which module: dotted names from the topmost package down."""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping

from gate.adapters.evaluator.bounds import MAX_SOURCE
from gate.errors import AdapterError
from gate.values import dataclass, field

_ENDINGS = re.compile(r"(?:.*\.)?(?:so|pyd)|py[cw]?")
_SOURCE_ROOTS = frozenset({"src", "lib", "python", "source"})


def _nothing(path: str) -> ast.Module:
    raise AdapterError("isn't among the files that were read", where=path)


def _no_content(path: str) -> bytes | None:
    return None


@dataclass(slots=True, kw_only=True, eq=False)
class Layout:
    """The files of one package. `top` is the folder of its topmost `__init__.py`, '' for the root of the tree.

    `rivals` are paths that exist and aren't Python source, by the stem (the path without its ending) of the module that
    Python could take them for. `complete`: a path that isn't listed isn't there.
    """

    top: str
    paths: frozenset[str]
    rivals: Mapping[str, str] = field(default_factory=dict)
    eclipsing: Mapping[str, str] = field(default_factory=dict)  # those of them that go before a file NAME.py
    complete: bool = False
    ids: Mapping[str, str] = field(default_factory=dict)  # of what isn't source, by path
    tree: Callable[[str], ast.Module] = _nothing  # of one of `paths`
    content: Callable[[str], bytes | None] = _no_content
    counted: int = 0  # statements at the top of modules, so far

    @property
    def name(self) -> str:
        """The topmost package's name, as far as the files tell."""
        return self.top.rpartition("/")[2] or "adapters"

    @property
    def root(self) -> str:
        """The folder in which Python looks for the topmost package."""
        return self.top.rpartition("/")[0]

    def stem(self, name: str) -> str:
        """A module's path without its ending."""
        first, *inner = name.split(".")
        if first != self.name:
            return "/".join([self.root, first, *inner] if self.root else [first, *inner])
        return "/".join([self.top, *inner] if self.top else inner)

    def candidates(self, name: str) -> tuple[str, str]:
        """The files that could be a module; a package goes before a file of its name, as in Python."""
        stem = self.stem(name)
        return (f"{stem}/__init__.py" if stem else "__init__.py", f"{stem}.py")

    def rival(self, path: str) -> str | None:
        """A path that Python could import in this file's place."""
        return self.eclipsing.get(path.removesuffix(".py"))

    def unread(self, name: str) -> str | None:
        """What a module without a file could be: a path that isn't source, or a folder of files; None for neither."""
        stem = self.stem(name)
        return self.rivals.get(stem) or next((path for path in sorted(self.paths) if path.startswith(f"{stem}/")), None)

    def path(self, name: str) -> str | None:
        """The file of a module, None where there is none."""
        return next((path for path in self.candidates(name) if path in self.paths), None)

    def modules(self, folder: str) -> list[str]:
        """The modules right in a folder, in the order in which pkgutil finds them."""
        inside = [path.removeprefix(f"{folder}/") for path in self.paths if path.startswith(f"{folder}/")]
        names = {path.removesuffix(".py") for path in inside if "/" not in path}
        names |= {path.partition("/")[0] for path in inside if path.count("/") == 1 and path.endswith("/__init__.py")}
        return sorted(names - {"__init__"})

    def module(self, path: str) -> str:
        """The dotted name of a file's module."""
        inner = path.removeprefix(f"{self.top}/" if self.top else "").removesuffix(".py").split("/")
        return ".".join([self.name, *inner]).removesuffix(".__init__")

    def internal(self, name: str) -> str | None:
        """The module that an absolute import means: None outside the repository, '' where that can't be told."""
        parts, above = name.split("."), self.top.split("/") if self.top else []
        for length in range(min(len(parts), len(above)), 0, -1):
            if parts[:length] == above[-length:]:
                sure = length > 1 or len(above) == 1 or above[-2] in _SOURCE_ROOTS or self.complete
                return ".".join([self.name, *parts[length:]]) if sure else ""
        if parts[0] in above[:-1]:
            return ""  # a package around this one
        if self.top and (any(path in self.paths for path in self.candidates(parts[0])) or self.unread(parts[0])):
            return name if self.complete else ""
        return None


def layouts(paths: Iterable[str], registries: Iterable[str], unread: Iterable[str] = frozenset()) -> dict[str, Layout]:
    """For each `__init__.py` with a registry, the package that it belongs to; `unread` are paths that aren't source."""
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


# --- bytes to syntax trees ---

_CODING = re.compile(rb"\A(?:[^\n]*\n)?[ \t\f]*#.*?coding[:=]")
_MARKERS = (b"<<<<<<< ", b">>>>>>> ")


def parse(path: str, content: bytes) -> ast.Module:
    """The syntax tree of a file, which is compiled to see whether Python would, and never run.

    Raises:
        AdapterError: it isn't UTF-8, isn't Python, is too large or nested too deeply.
    """
    if len(content) > MAX_SOURCE:
        raise AdapterError(f"is larger than {MAX_SOURCE} bytes", where=path, fix="adapters are small files")
    markers = _markers(content)
    if b"\0" in content:
        raise AdapterError("holds a null byte", where=f"{path}:{content[: content.index(0)].count(10) + 1}")
    text = _decoded(path, content)
    if re.search(rb"\r(?!\n)", content):
        line = content[: re.search(rb"\r(?!\n)", content).start()].count(b"\n") + 1  # type: ignore[union-attr]  # just found
        raise AdapterError("holds a carriage return without a line feed", where=f"{path}:{line}", fix="use line feeds")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text, path)
            compile(tree, path, "exec", dont_inherit=True)  # what the compiler refuses; the code is thrown away
    except SyntaxError as error:
        if markers:
            what = f"holds conflict markers, from line {markers[0]} to line {markers[-1]}"
            raise AdapterError(what, where=f"{path}:{markers[0]}", fix="resolve the merge") from None
        version = f"Python {sys.version_info[0]}.{sys.version_info[1]}"
        fix = f"it was read as {version}; where it needs a later one, run the gate with that"
        raise AdapterError(f"doesn't parse: {error.msg}", where=f"{path}:{error.lineno or 1}", fix=fix) from None
    except (ValueError, RecursionError, MemoryError, OverflowError) as error:
        reason = str(error) or "nested too deeply"
        raise AdapterError(f"doesn't parse: {reason}", where=f"{path}:1") from None
    return tree


def _markers(content: bytes) -> list[int]:
    """The lines that begin with a conflict marker."""
    return [number for number, line in enumerate(content.split(b"\n"), 1) if line.startswith(_MARKERS)]


def _decoded(path: str, content: bytes) -> str:
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
    except SyntaxError:
        encoding = "utf-8"  # an unknown encoding, or bytes that aren't UTF-8: decoding tells
        if _CODING.search(content[:400]):
            raise AdapterError("declares an encoding that isn't known", where=f"{path}:1") from None
    if encoding not in ("utf-8", "utf-8-sig"):
        raise AdapterError(f"is written in {encoding}", where=f"{path}:1", fix="adapters are read as UTF-8")
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise AdapterError("isn't UTF-8", where=f"{path}:{line}") from None
