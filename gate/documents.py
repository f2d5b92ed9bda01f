"""YAML, JSON, TOML, strictly, with lines; faults in words."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

import yaml

from gate.errors import AdapterError, GateError, UsageError
from gate.model import Location

_MAX_BYTES = 1_000_000


def read_bytes(path: Path, error: type[GateError], fix: str = "") -> bytes:
    """A file's contents. `error` where it can't be read, with the `fix`."""
    try:
        return path.read_bytes()
    except OSError as fault:
        raise error(f"can't be read: {fault.strerror}", where=str(path), fix=fix) from None


def read_yaml(contents: bytes, where: str, error: type[GateError]) -> Any:
    """The document in `contents`, YAML or JSON; the file is called `where` in errors.

    Raises:
        error: too large, not UTF-8, not YAML, a key given twice, an alias; with the line where there is one.
    """
    if len(contents) > _MAX_BYTES:
        raise error(f"has {len(contents)} bytes, more than a document's {_MAX_BYTES}", where=where)
    try:
        text = contents.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise error(f"byte {fault.start} is not UTF-8", where=where, fix="save the file as UTF-8") from None
    try:
        return yaml.load(text, Loader=_StrictLoader)  # noqa: S506 - a subclass of SafeLoader
    except yaml.MarkedYAMLError as fault:
        mark = fault.problem_mark
        place = f"{where}:{mark.line + 1}" if mark else where
        raise error(f"is not YAML: {fault.problem or fault.context}", where=place) from None
    except (yaml.YAMLError, ValueError) as fault:
        raise error(f"is not YAML: {fault}", where=where) from None
    except RecursionError:
        raise error("is nested too deeply", where=where) from None


class _StrictLoader(yaml.SafeLoader):
    """Safe YAML without a key given twice, which would be lost silently, and without aliases, which can blow up."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "aliases are not supported", event.start_mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            try:
                twice = key in seen
                seen.add(key)
            except TypeError:
                what = "a key is not a plain word"
                raise yaml.constructor.ConstructorError(None, None, what, key_node.start_mark) from None
            if twice:
                what = f"key {key!r} is given twice"
                raise yaml.constructor.ConstructorError(None, None, what, key_node.start_mark)
        return super().construct_mapping(node, deep)


def a_share(value: Any) -> int | str:
    """`7/9` in lowest spelling, or a plain number of sources. ValueError in words that follow a key's name."""
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise ValueError("is neither a number of sources nor a fraction like 7/9")
    if isinstance(value, int) or value.isdigit():
        if int(value) < 1:
            raise ValueError("is impossible: structural takes at least one source")
        return int(value)
    over, slash, under = value.partition("/")
    if not (slash and over.strip().isdigit() and under.strip().isdigit()):
        raise ValueError("is neither a number of sources nor a fraction like 7/9")
    if not 0 < int(over) <= int(under):
        raise ValueError("is impossible: the fraction must lie above 0 and at most 1")
    return f"{int(over)}/{int(under)}"


def share(text: str, where: str) -> int | Fraction:
    """`7/9` or `5` of a command line, as the policy's `structural` takes it. UsageError for anything else."""
    try:
        found = a_share(text)
    except ValueError as fault:
        raise UsageError(str(fault), where=where) from None
    return Fraction(found) if isinstance(found, str) else found


_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def checked_address(url: str) -> str:
    """`url` as it stands, where the gate may download from it.

    Raises:
        ValueError: it may not; says what is wrong, in words that follow the key's name.
    """
    if not url.isascii() or any(c.isspace() or not c.isprintable() for c in url):
        raise ValueError("holds a character that no URL has: percent-encode it")
    parts = _parts(url)
    if "@" in parts.netloc:
        raise ValueError("holds a user name or password: what is pinned by digest must be readable by anyone")
    if not parts.hostname or parts.scheme not in {"https", "http"}:
        raise ValueError("is not an https:// address")
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise ValueError("is not an https:// address (http:// is only for this machine)")
    return url


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - a port that is no number is found out when it is asked for
    except ValueError:
        raise ValueError("is not an https:// address") from None
    return parts


KeyPath = tuple[str | int, ...]
MAX_BYTES = 1_000_000
MAX_NODES = 50_000
MAX_DEPTH = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A file's data, and the lines of its keys and items as far as the format tells."""

    path: str
    data: object
    lines: Mapping[KeyPath, int]

    def where(self, path: KeyPath) -> Location:
        """The line of a key path; of the nearest one around it where it has none of its own."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.lines:
                return Location(path=self.path, line=self.lines[path[:length]])
        return Location(path=self.path, line=1)


def load_document(path: str, content: bytes) -> Document:
    """Read a manifest by its file name's ending: .json, .toml, else YAML.

    Raises:
        AdapterError: it doesn't parse, isn't UTF-8, or is too large.
    """
    if len(content) > MAX_BYTES:
        raise AdapterError(f"is larger than {MAX_BYTES} bytes", where=path)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise AdapterError("isn't UTF-8", where=f"{path}:{line}") from None
    try:
        if path.endswith(".json"):
            return Document(path=path, data=_json(path, text), lines=_searched(text))
        if path.endswith(".toml"):
            return Document(path=path, data=_toml(path, text), lines=_searched(text))
        return _yaml(path, text)
    except RecursionError:
        raise AdapterError("is nested too deeply", where=f"{path}:1") from None


def _json(path: str, text: str) -> object:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise AdapterError("a key stands twice in one object", where=path)
        return found

    try:
        return json.loads(text, object_pairs_hook=once)
    except ValueError as error:
        line = getattr(error, "lineno", 1)
        raise AdapterError(f"isn't JSON: {getattr(error, 'msg', error)}", where=f"{path}:{line}") from None


def _toml(path: str, text: str) -> object:
    try:
        return tomllib.loads(text)
    except ValueError as error:
        found = re.search(r"line (\d+)", str(error))
        raise AdapterError(f"isn't TOML: {error}", where=f"{path}:{found[1] if found else 1}") from None


def _searched(text: str) -> Mapping[KeyPath, int]:
    """Best effort for formats whose parsers keep no lines: each adapter at the line that gives its name."""
    lines: dict[KeyPath, int] = {}
    place = 0
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(r"""\s*\{?\s*["']?name["']?\s*[:=]""", line):
            lines[("adapters", place)] = number
            place += 1
    return lines


def _yaml(path: str, text: str) -> Document:
    import yaml  # noqa: PLC0415 - only where it is needed

    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        lines = dict(_lines(path, node)) if node is not None else {}
        data = loader.construct_document(node) if node is not None else None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise AdapterError(f"isn't YAML: {error.problem}", where=f"{path}:{line}") from None
    except (yaml.YAMLError, ValueError) as error:
        raise AdapterError(f"isn't YAML: {error}", where=f"{path}:1") from None
    finally:
        loader.dispose()
    return Document(path=path, data=data, lines=lines)


def _lines(path: str, root: Any) -> Iterator[tuple[KeyPath, int]]:
    """Every key path's line. An alias is refused: few bytes of them make gigabytes of data."""
    seen: set[int] = set()
    waiting: list[tuple[KeyPath, Any, int]] = [((), root, root.start_mark.line + 1)]
    while waiting:
        key, node, line = waiting.pop()
        if id(node) in seen:
            raise AdapterError("aliases aren't allowed in a manifest", where=f"{path}:{line}")
        seen.add(id(node))
        if len(seen) > MAX_NODES or len(key) > MAX_DEPTH:
            raise AdapterError("is too large or nested too deeply", where=f"{path}:{line}")
        yield key, line
        if node.id == "sequence":
            waiting += [((*key, place), each, each.start_mark.line + 1) for place, each in enumerate(node.value)]
        elif node.id == "mapping":
            names: set[str] = set()
            for name, each in node.value:
                if name.id != "scalar" or name.tag.endswith(":merge"):
                    raise AdapterError("keys must be plain words", where=f"{path}:{name.start_mark.line + 1}")
                if name.value in names:
                    raise AdapterError(f"key {name.value!r} stands twice", where=f"{path}:{name.start_mark.line + 1}")
                names.add(name.value)
                waiting.append(((*key, name.value), each, name.start_mark.line + 1))
