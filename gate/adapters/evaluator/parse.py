"""Bytes to syntax trees: every way in which a file can't be read is one error with its line."""

from __future__ import annotations

import ast
import io
import re
import tokenize
import warnings

from gate.adapters.evaluator.bounds import MAX_SOURCE
from gate.errors import AdapterError

_CODING = re.compile(rb"\A(?:[^\n]*\n)?[ \t\f]*#.*?coding[:=]")
_MARKERS = (b"<<<<<<< ", b">>>>>>> ")


def parse(path: str, content: bytes) -> ast.Module:
    """The syntax tree of a file. Nothing is compiled or run.

    Raises:
        AdapterError: it isn't UTF-8, isn't Python, is too large or nested too deeply.
    """
    if len(content) > MAX_SOURCE:
        raise AdapterError(f"is larger than {MAX_SOURCE} bytes", where=path, fix="adapters are small files")
    markers = _markers(content)
    if b"\0" in content:
        raise AdapterError("holds a null byte", where=f"{path}:{content[: content.index(0)].count(10) + 1}")
    text = _decoded(path, content)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text, path)
    except SyntaxError as error:
        if markers:
            what = f"holds conflict markers, from line {markers[0]} to line {markers[-1]}"
            raise AdapterError(what, where=f"{path}:{markers[0]}", fix="resolve the merge") from None
        raise AdapterError(f"doesn't parse: {error.msg}", where=f"{path}:{error.lineno or 1}") from None
    except (ValueError, RecursionError, MemoryError, OverflowError) as error:
        reason = str(error) or "nested too deeply"
        raise AdapterError(f"doesn't parse: {reason}", where=f"{path}:1") from None
    _check_places(path, tree)
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


def _early(tree: ast.Module) -> list[ast.stmt]:
    """The statements at the start among which `from __future__` may stand."""
    found: list[ast.stmt] = []
    for place, node in enumerate(tree.body):
        value = node.value if place == 0 and isinstance(node, ast.Expr) else None
        docstring = isinstance(value, ast.Constant) and isinstance(value.value, str)
        if not docstring and not (isinstance(node, ast.ImportFrom) and node.module == "__future__"):
            break
        found.append(node)
    return found


class _Places(ast.NodeVisitor):
    """What the parser lets through and Python's compiler refuses: statements out of place."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.function = False
        self.loop = False
        self.early: list[ast.stmt] = []

    def refuse(self, node: ast.stmt | ast.expr, what: str) -> None:
        raise AdapterError(f"doesn't parse: {what}", where=f"{self.path}:{node.lineno}")

    def visit_Return(self, node: ast.Return) -> None:
        if not self.function:
            self.refuse(node, "'return' outside function")
        self.generic_visit(node)

    def visit_Yield(self, node: ast.Yield | ast.YieldFrom | ast.Await) -> None:
        if not self.function:
            self.refuse(node, "'yield' or 'await' outside function")
        self.generic_visit(node)

    visit_YieldFrom = visit_Await = visit_Yield  # noqa: N815 - the visitor's own naming

    def visit_Break(self, node: ast.Break | ast.Continue) -> None:
        if not self.loop:
            self.refuse(node, "'break' or 'continue' outside loop")

    visit_Continue = visit_Break  # noqa: N815 - the visitor's own naming

    def comprehension(self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> None:
        for generator in node.generators:
            if any(isinstance(each, ast.NamedExpr) for each in ast.walk(generator.iter)):
                self.refuse(node, "assignment expression cannot be used in a comprehension iterable expression")
        self.generic_visit(node)

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = comprehension  # noqa: N815 - the visitor's own naming

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.module == "__future__" and not node.level and node not in self.early:
            self.refuse(node, "from __future__ imports must occur at the beginning of the file")

    def visit_Module(self, node: ast.Module) -> None:
        self.early = _early(node)
        self.generic_visit(node)

    def visit_For(self, node: ast.For | ast.While | ast.AsyncFor) -> None:
        for name, part in ast.iter_fields(node):
            before, self.loop = self.loop, self.loop or name == "body"
            for child in part if isinstance(part, list) else [part]:
                if isinstance(child, ast.AST):
                    self.visit(child)
            self.loop = before

    visit_While = visit_AsyncFor = visit_For  # noqa: N815 - the visitor's own naming

    def enter(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef) -> None:
        before = self.function, self.loop
        self.function, self.loop = not isinstance(node, ast.ClassDef), False
        arguments = getattr(node, "args", None)
        names = [each.arg for each in ast.walk(arguments) if isinstance(each, ast.arg)] if arguments else []
        if len(set(names)) != len(names):
            raise AdapterError(
                "doesn't parse: duplicate argument in function definition", where=f"{self.path}:{node.lineno}"
            )
        self.generic_visit(node)
        self.function, self.loop = before

    visit_FunctionDef = visit_AsyncFunctionDef = visit_Lambda = visit_ClassDef = enter  # noqa: N815 - the visitor's own naming


def _check_places(path: str, tree: ast.Module) -> None:
    try:
        _Places(path).visit(tree)
    except RecursionError:
        raise AdapterError("doesn't parse: nested too deeply", where=f"{path}:1") from None
