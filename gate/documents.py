"""YAML, JSON, TOML read strictly, with lines; their faults in words; digests, shares, addresses in their fields."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import SplitResult, urlsplit

import yaml
from pydantic import AfterValidator, WithJsonSchema
from pydantic_core import core_schema

from gate.errors import GateError, UsageError
from gate.model import Location
from gate.values import dataclass, field

if TYPE_CHECKING:
    from pydantic import ValidationError

KeyPath = tuple[str | int, ...]
_MAX_BYTES = 1_000_000
_MAX_NODES = 50_000
_MAX_DEPTH = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A file's data, and the lines of its keys and items as far as the format tells."""

    path: str
    data: Any
    lines: Mapping[KeyPath, int]

    def where(self, path: KeyPath) -> Location:
        """The line of a key path; of the nearest one around it where it has none of its own."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.lines:
                return Location(path=self.path, line=self.lines[path[:length]])
        return Location(path=self.path, line=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A file that was read already, from wherever; it is called `where`."""

    contents: bytes = field(repr=False)
    where: str

    def __str__(self) -> str:
        return self.where


def read_bytes(path: Path | Held, error: type[GateError], where: str = "") -> bytes:
    """A file's contents; it is called `where` in errors, its path for none. `error` where it can't be read."""
    if isinstance(path, Held):
        return path.contents
    try:
        return path.read_bytes()
    except OSError as fault:
        raise error(f"can't be read: {fault.strerror}", where=where or str(path)) from None


def writable(path: Path, error: type[GateError]) -> Path:
    """Where a file may be written: nothing is there, or a regular file, behind whatever links.

    Raises:
        error: a device, a pipe or a folder is there, which a file must not take the place of.
    """
    try:
        if path.exists() and not path.is_file():
            raise error("is not a regular file, and stays as it is", where=str(path), fix="name a file, or a new one")
        return path.resolve()
    except OSError as fault:
        raise error(f"can't be written: {fault.strerror}", where=str(path)) from None


def read_document(path: str, contents: bytes, error: type[GateError]) -> Document:
    """Read a file by its name's ending: .json, .toml, else YAML.

    Raises:
        error: it doesn't parse, isn't UTF-8, is too large, or gives a key twice; with the line where there is one.
    """
    form = {".json": _json, ".toml": _toml}.get(Path(path).suffix, _yaml)
    return form(path, _text(contents, path, error), error)


def read_yaml(contents: bytes, where: str, error: type[GateError]) -> Document:
    """The document in `contents`, YAML or JSON; the file is called `where` in errors.

    Raises:
        error: as `read_document`.
    """
    return _yaml(where, _text(contents, where, error), error)


def explain(error: ValidationError, whole: str, *, deepest: bool = False) -> tuple[KeyPath, str]:
    """The key path of the first fault, and in words what it is, at which key, and how many others there are.

    `whole` is what the document is called. `deepest`, where unions are: the one that says most, uncounted.
    """
    found = faults(error, whole)
    first = max(found, key=lambda fault: len(fault[0])) if deepest else found[0]
    more = f"; {len(found) - 1} more" if len(found) > 1 and not deepest else ""
    return first[0], first[1] + more


def faults(error: ValidationError, whole: str) -> list[tuple[KeyPath, str]]:
    """Every fault: its key path, and in words what it is and at which key."""
    return [_fault(fault, whole) for fault in error.errors(include_url=False)]


def _fault(fault: Any, whole: str) -> tuple[KeyPath, str]:
    path = _real(fault["loc"])
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    kind, said = fault["type"], fault["msg"].removeprefix("Value error, ")
    said = {"extra_forbidden": "unknown key", "missing": "is missing"}.get(kind, said[:1].lower() + said[1:])
    got = "" if kind in {"missing", "extra_forbidden", "value_error"} else f" (got {_short(fault['input'])})"
    return path, f"{text or whole}: {said}{got}"


def _real(location: KeyPath) -> KeyPath:
    """A key path without the names that pydantic gives to the sides of a union, and to keys."""
    return tuple(part for part in location if not (isinstance(part, str) and ("[" in part or part == "dict")))


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:59] + "…"


def _text(contents: bytes, where: str, error: type[GateError]) -> str:
    if len(contents) > _MAX_BYTES:
        raise error(f"has {len(contents)} bytes, more than a document's {_MAX_BYTES}", where=where)
    try:
        return contents.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = contents.count(b"\n", 0, fault.start) + 1
        raise error("is not UTF-8", where=f"{where}:{line}", fix="save the file as UTF-8") from None


def _json(path: str, text: str, error: type[GateError]) -> Document:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise error("is not JSON: a key is given twice in one object", where=path)
        return found

    try:
        return Document(path=path, data=json.loads(text, object_pairs_hook=once), lines=_searched(text))
    except ValueError as fault:
        line = getattr(fault, "lineno", 1)
        raise error(f"is not JSON: {getattr(fault, 'msg', fault)}", where=f"{path}:{line}") from None
    except RecursionError:
        raise error("is nested too deeply", where=f"{path}:1") from None


def _toml(path: str, text: str, error: type[GateError]) -> Document:
    try:
        return Document(path=path, data=tomllib.loads(text), lines=_searched(text))
    except ValueError as fault:
        found = re.search(r"line (\d+)", str(fault))
        raise error(f"is not TOML: {fault}", where=f"{path}:{found[1] if found else 1}") from None
    except RecursionError:
        raise error("is nested too deeply", where=f"{path}:1") from None


def _searched(text: str) -> Mapping[KeyPath, int]:
    """Best effort for formats whose parsers keep no lines: each adapter at the line that gives its name."""
    lines: dict[KeyPath, int] = {}
    place = 0
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(r"""\s*\{?\s*["']?name["']?\s*[:=]""", line):
            lines[("adapters", place)] = number
            place += 1
    return lines


def _yaml(path: str, text: str, error: type[GateError]) -> Document:
    loader = _StrictLoader(text)
    try:
        node = loader.get_single_node()
        lines = dict(_lines(path, node, error)) if node is not None else {}
        return Document(path=path, data=loader.construct_document(node) if node is not None else None, lines=lines)
    except yaml.MarkedYAMLError as fault:
        mark = fault.problem_mark
        place = f"{path}:{mark.line + 1}" if mark else path
        raise error(f"is not YAML: {fault.problem or fault.context}", where=place) from None
    except (yaml.YAMLError, ValueError) as fault:
        raise error(f"is not YAML: {fault}", where=path) from None
    except RecursionError:
        raise error("is nested too deeply", where=f"{path}:1") from None
    finally:
        loader.dispose()


def _lines(path: str, root: Any, error: type[GateError]) -> Iterator[tuple[KeyPath, int]]:
    """Every key path's line, within bounds."""
    waiting: list[tuple[KeyPath, Any, int]] = [((), root, root.start_mark.line + 1)]
    count = 0
    while waiting:
        key, node, line = waiting.pop()
        count += 1
        if count > _MAX_NODES or len(key) > _MAX_DEPTH:
            raise error("is too large or nested too deeply", where=f"{path}:{line}")
        yield key, line
        if node.id == "sequence":
            waiting += [((*key, place), each, each.start_mark.line + 1) for place, each in enumerate(node.value)]
        elif node.id == "mapping":
            waiting += [((*key, str(name.value)), each, name.start_mark.line + 1) for name, each in node.value]


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


def _a_digest(value: str) -> str:
    if len(value) != 64 or set(value) - set("0123456789abcdef"):
        raise ValueError("is not a sha256: 64 lower-case hex digits")
    return value


@dataclass(frozen=True, slots=True)
class Short:
    """A shorter form in which a value may be written: for pydantic, and in the JSON Schema that editors go by."""

    lengthen: Callable[[Any], Any]
    schemas: Callable[[dict[str, Any]], list[dict[str, Any]]]  # of the shorter forms, from that of the whole one

    def __get_pydantic_core_schema__(self, source: Any, handler: Callable[[Any], Any]) -> Any:
        return core_schema.no_info_before_validator_function(self.lengthen, handler(source))

    def __get_pydantic_json_schema__(self, core: Any, handler: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        whole = handler(core)
        return {"anyOf": [*self.schemas(whole), whole]}


def _a_list(value: Any) -> Any:
    return value if isinstance(value, list | tuple) or value is None else (value,)


ONE_OR_MORE = Short(_a_list, lambda listed: [listed["items"]])
"""A list of which a single one may stand without its list."""

Digest = Annotated[str, AfterValidator(_a_digest), WithJsonSchema({"type": "string", "pattern": "^[0-9a-f]{64}$"})]


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
