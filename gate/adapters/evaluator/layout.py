"""Bytes to syntax trees, and which file is which module: dotted names from the topmost package down."""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

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
            try:
                tree = ast.parse(text, path)
            except SyntaxError:
                if sys.version_info >= (3, 12) or (newer := _Newer(text).tree()) is None:
                    raise
                tree = newer
            else:
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


# --- syntax of 3.12 and 3.13, read by an older Python ---


class _TypeAlias(ast.stmt):
    """`type X = …`: what it stands for is looked at by nobody."""

    _fields = ("name", "value")


TypeAlias: Any = getattr(ast, "TypeAlias", _TypeAlias)


_PREFIXES = frozenset({"", "b", "r", "u", "br", "rb", "f", "fr", "rf"})
_PARAMETER = re.compile(r"\s*\*{0,2}(\w+)\s*(?:[:=].*)?", re.DOTALL)
_LITERAL = "_literal_of_the_gate_"


class _Newer:
    """Text whose f-strings hold any expression (PEP 701), type parameters and `type` statements (PEP 695).

    It is written so that an older Python parses it, line by line where it stood: a string within an f-string's braces
    becomes a name, and that name its own tree again; type parameters are left out, and noted at their node.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.literals: list[ast.expr] = []
        self.parameters: dict[tuple[int, str], list[str]] = {}  # by the line and name of a function or class
        self.aliases: set[tuple[int, str]] = set()

    def tree(self) -> ast.Module | None:
        """None where the text is something else again."""
        if _LITERAL in self.text:
            return None
        try:
            older, _ = self._code(0, "")
            tree = ast.parse(older)
            compile(tree, "", "exec", dont_inherit=True)
        except (SyntaxError, ValueError, IndexError, RecursionError):
            return None
        return _Restored(self).visit(tree)  # type: ignore[no-any-return]  # a module stays one

    def _code(self, at: int, stops: str) -> tuple[str, int]:
        """Code up to one of `stops` outside of brackets: as an older Python reads it, and where it ends."""
        out: list[str] = []
        depth = 0
        while at < len(self.text):
            char, word = self.text[at], ""
            if char == "_" or char.isalnum():
                found = re.compile(r"\w+").match(self.text, at)
                word = found.group() if found else char
                if self.text[at + len(word) : at + len(word) + 1] not in ("'", '"') or word.lower() not in _PREFIXES:
                    at = self._word(word, at, out, code=not stops)
                    continue
            if self.text[at + len(word)] in "'\"":
                piece, at = self._string(at, word)
                out.append(self._named(piece) if stops else piece)
                continue
            if char == "#":
                if stops:
                    raise ValueError("a comment within braces")
                end = self.text.find("\n", at)
                end = len(self.text) if end < 0 else end
                out.append(self.text[at:end])
                at = end
                continue
            if depth == 0 and char in stops and self.text[at : at + 2] != "!=":
                return "".join(out), at
            if stops and char == "\\":
                raise ValueError("a line that goes on within braces")
            depth += (char in "([{") - (char in ")]}")
            out.append(char)
            at += 1
        if stops:
            raise ValueError("no end")
        return "".join(out), at

    def _word(self, word: str, at: int, out: list[str], *, code: bool) -> int:
        """A word outside of strings, with what `def`, `class` and `type` take behind it; where that ends."""
        end = at + len(word)
        line = self.text.count("\n", 0, at) + 1
        first = not self.text[self.text.rfind("\n", 0, at) + 1 : at].strip()
        head = re.compile(r"[ \t]+(\w+)[ \t]*(?=[\[=])").match(self.text, end) if code and first else None
        async_def = code and word == "def" and not first
        if async_def:
            head = re.compile(r"[ \t]+(\w+)[ \t]*(?=\[)").match(self.text, end)
        if (
            head is None
            or word not in ("def", "class", "type")
            or (word == "type" and self.text[head.end()] == "=" and self.text[head.end() + 1 : head.end() + 2] == "=")
        ):
            out.append(word)
            return end
        name, at = head.group(1), head.end()
        if self.text[at] == "[":
            inside, at = self._code(at + 1, "]")
            at += 1
            names = [_PARAMETER.fullmatch(each) for each in _split(inside)]
            if "\n" in inside or not all(names):
                raise ValueError("type parameters of another form")
            self.parameters[line, name] = [each.group(1) for each in names if each]
        if word != "type":
            out.append(f"{word} {name}")
            return at
        assigned = re.compile(r"[ \t]*=").match(self.text, at)
        if assigned is None:
            raise ValueError("no type statement")
        self.aliases.add((line, name))
        out.append(f"{name} = lambda:")
        return assigned.end()

    def _named(self, piece: str) -> str:
        self.literals.append(ast.parse(piece, mode="eval").body)
        return f"{_LITERAL}{len(self.literals) - 1}_"

    def _string(self, at: int, prefix: str) -> tuple[str, int]:
        """A string literal, and where it ends."""
        start = at
        at += len(prefix)
        quote = self.text[at : at + 3] if self.text[at : at + 3] in ("'" * 3, '"' * 3) else self.text[at]
        at += len(quote)
        if "f" in prefix.lower():
            body, at = self._fields(at, quote, raw="r" in prefix.lower())
            style = quote
            if "\n" in body and len(quote) == 1:
                style = quote * 3
                if style in body or body[-1:] == quote or body[:1] == quote:
                    raise ValueError("no quotes are left")
            return f"{prefix}{style}{body}{style}", at + len(quote)
        while self.text[at : at + len(quote)] != quote:
            if self.text[at] == "\n" and len(quote) == 1:
                raise ValueError("no end of a string")
            at += 2 if self.text[at] == "\\" else 1
        return self.text[start : at + len(quote)], at + len(quote)

    def _fields(self, at: int, end: str, *, raw: bool, nested: bool = False) -> tuple[str, int]:
        """Literal text and fields of an f-string, or of a format within one, up to its end."""
        out: list[str] = []
        while not self.text.startswith(end, at):
            two = self.text[at : at + 2]
            if (not nested and two in ("{{", "}}")) or (two[0] == "\\" and two[1] not in "{}"):
                if two == "\\N" and not raw:
                    raise ValueError("a character by its name")
                out.append(two)
                at += 2
            elif two[0] == "{":
                before = len(self.literals)
                inside, at = self._code(at + 1, "}!:")
                if inside.rstrip().endswith("=") and len(self.literals) > before:
                    raise ValueError("shows its own text")
                out.append("{" + inside)
                if self.text[at] == "!":
                    conversion = re.compile(r"![rsa]\s*(?=[:}])").match(self.text, at)
                    out.append(conversion.group() if conversion else "!!")
                    at = conversion.end() if conversion else at + 1
                if self.text[at] == ":":
                    inner, at = self._fields(at + 1, "}", raw=raw, nested=True)
                    out.append(":" + inner)
                out.append("}")
                at += 1
            elif two[0] == "}" or (two[0] == "\n" and (nested or len(end) == 1)):
                raise ValueError("no end of an f-string")
            else:
                out.append(two[0])
                at += 1
        return "".join(out), at


def _split(inside: str) -> list[str]:
    """Type parameters one by one."""
    parts, depth = [""], 0
    for char in inside:
        depth += (char in "([{") - (char in ")]}")
        if char == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += char
    return parts if parts[-1].strip() else parts[:-1]


class _Restored(ast.NodeTransformer):
    """The tree as a newer Python would have it."""

    def __init__(self, of: _Newer) -> None:
        self.of = of

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        if isinstance(node, ast.Name) and node.id.startswith(_LITERAL):
            found = self.of.literals[int(node.id.removeprefix(_LITERAL).rstrip("_"))]
            for each in ast.walk(self.visit(found)):
                if "lineno" in each._attributes:
                    ast.copy_location(each, node)
            return found
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names = self.of.parameters.get((node.lineno, node.name), [])
            setattr(node, "type_params", [ast.arg(arg=name) for name in names])  # noqa: B010 - older nodes have none
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
            name = node.targets[0]
            if isinstance(name, ast.Name) and (node.lineno, name.id) in self.of.aliases:
                node = ast.copy_location(TypeAlias(name, node.value.body), node)
        return node


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
