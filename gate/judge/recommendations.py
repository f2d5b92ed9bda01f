"""A recommender's file read (JSON, JSONL or CSV): each recommendation with the line and the text that it stood in."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from gate.errors import SweepError
from gate.evidence.sweep.knobs import Repeating, object_of, parse_knobs
from gate.evidence.sweep.row import NUMERIC_LABELS, SPELLINGS, label
from gate.model import Knobs

KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    **{field: SPELLINGS[field] for field in ("codec", "rc_mode", "preset", "q", "recipe", "source")},
    "knobs": ("knobs", *SPELLINGS["knobs"]),
    "source_class": ("source_class", "class"),
}
"""Field -> the keys that may carry it. Every other key is passed over, and kept in what survives."""

_LIST: Final = "recommendations"
_SPACE: Final = re.compile(r"[ \t\r\n]*")
_MAX_BYTES: Final = 1 << 28


class ListForm(StrEnum):
    """How a file lists recommendations."""

    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """One recommended operating point. `recipe`, `source` and `source_class` are empty where it names none."""

    line: int
    codec: str
    rc_mode: str
    preset: str
    q: str
    recipe: str
    knobs: Knobs | None
    source: str
    source_class: str
    text: str  # as it stood in the file


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendations:
    """A whole file. `header` is a CSV's first line."""

    form: ListForm
    header: str
    items: tuple[Recommendation, ...]

    def only(self, kept: list[Recommendation]) -> str:
        """The file with only these in it, each as it stood there."""
        lines = [one.text for one in kept]
        if self.form is ListForm.JSON:
            return "[\n" + ",\n".join(lines) + "\n]\n" if lines else "[]\n"
        return "".join(f"{line}\n" for line in ([self.header] if self.header else []) + lines)


def read_recommendations(path: Path) -> Recommendations:
    """The recommendations of a file; its form is told by its content.

    JSON is an array, or an object with an array `recommendations`. The keys may have any spelling of a sweep's.

    Raises:
        SweepError: it can't be read, is none of the three, or one of them is malformed: names line and key.
    """
    text = _text(path)
    start = _after(text, 0)
    if text[start] == "[":
        return _array(path, text, start)
    if text[start] != "{":
        return _csv(path, text)
    try:
        whole, end = _DECODER.raw_decode(text, start)
    except (ValueError, RecursionError):
        return _jsonl(path, text)
    if text[end:].strip() or not isinstance(whole, dict) or _LIST not in whole:
        return _jsonl(path, text)
    if isinstance(whole, Repeating) and _LIST in whole.twice:
        raise SweepError(f"`{_LIST}` is given twice", where=f"{path}:{_line(text, start)}")
    return _array(path, text, _value_of(_LIST, path, text, start))


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise SweepError(f"has more than {_MAX_BYTES:,} bytes", where=str(path), fix="split it")
        contents = path.read_bytes()
    except OSError as error:
        raise SweepError(f"can't be read: {error.strerror}", where=str(path)) from None
    try:
        text = contents.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = contents.count(b"\n", 0, error.start) + 1
        raise SweepError("not UTF-8 text", where=f"{path}:{line}", fix="write it as UTF-8") from None
    if not text.strip():
        raise SweepError("is empty", where=str(path), fix="write [] where nothing is recommended")
    return text


def _jsonl(path: Path, text: str) -> Recommendations:
    lines = ((number, line.strip()) for number, line in enumerate(text.split("\n"), start=1))
    return Recommendations(
        form=ListForm.JSONL, header="", items=tuple(_on_a_line(path, *line) for line in lines if line[1])
    )


def _on_a_line(path: Path, number: int, line: str) -> Recommendation:
    where = f"{path}:{number}"
    raw, end = _decoded(line, 0, where)
    if end != len(line):
        raise SweepError("holds more than one JSON value", where=where)
    return _recommendation(raw, number, where, line)


def _array(path: Path, text: str, start: int) -> Recommendations:
    whole, end = _decoded(text, start, f"{path}:{_line(text, start)}")
    if not isinstance(whole, list):
        raise SweepError(f"`{_LIST}` is no array", where=f"{path}:{_line(text, start)}")
    if not text[:start].strip() and text[end:].strip():
        raise SweepError("something stands after the array", where=f"{path}:{_line(text, end)}")
    return Recommendations(form=ListForm.JSON, header="", items=tuple(_elements(path, text, start, len(whole))))


def _elements(path: Path, text: str, start: int, count: int) -> Iterator[Recommendation]:
    """The elements of a sound array, each with its line: what a parser of the whole doesn't tell."""
    at, line, counted = start, 1, 0
    for _ in range(count):
        at = _after(text, at + 1)
        line += text.count("\n", counted, at)
        counted, where = at, f"{path}:{line}"
        raw, end = _decoded(text, at, where)
        yield _recommendation(raw, line, where, text[at:end])
        at = _after(text, end)  # the comma


def _value_of(wanted: str, path: Path, text: str, start: int) -> int:
    """Where the value of a key begins in the sound object at `start`."""
    at = start
    while True:
        at = _after(text, at + 1)
        where = f"{path}:{_line(text, at)}"
        key, end = _decoded(text, at, where)
        at = _after(text, _after(text, end) + 1)
        if key == wanted:
            return at
        at = _after(text, _decoded(text, at, where)[1])


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def _after(text: str, at: int) -> int:
    """The first place from `at` on that is no white space."""
    return _SPACE.match(text, at).end()  # type: ignore[union-attr]  # matches anywhere


_DECODER: Final = json.JSONDecoder(object_pairs_hook=object_of)


def _decoded(text: str, at: int, where: str) -> tuple[object, int]:
    try:
        return _DECODER.raw_decode(text, at)
    except json.JSONDecodeError as error:
        path, _, line = where.rpartition(":")
        at_line = int(line) + error.lineno - _line(text, at)
        raise SweepError(f"is not JSON: {error.msg}", where=f"{path}:{at_line}") from None
    except (ValueError, RecursionError):
        raise SweepError(
            "is not JSON that can be read: too large a number, or nested too deeply", where=where
        ) from None


def _csv(path: Path, text: str) -> Recommendations:
    lines = text.split("\n")
    reader = csv.reader(io.StringIO(text, newline="\n"), strict=True)
    try:
        header = next(reader)
        if not set(header) & set(KEYS["codec"]):
            raise SweepError("is neither JSON, JSONL nor CSV with a column `codec`", where=str(path))
        twice = next((name for name in header if name and header.count(name) > 1), None)
        if twice is not None:
            raise SweepError(f"column `{twice}` stands twice", where=f"{path}:1")
        top = reader.line_num
        found = tuple(_records(path, reader, header, lines))
    except csv.Error as error:
        raise SweepError(f"is not CSV: {error}", where=f"{path}:{reader.line_num}") from None
    return Recommendations(form=ListForm.CSV, header=_cut(lines, 0, top), items=found)


def _records(path: Path, reader: Iterator[list[str]], header: list[str], lines: list[str]) -> Iterator[Recommendation]:
    before = reader.line_num  # type: ignore[attr-defined]  # the csv module's reader has it
    for cells in reader:
        number, before = before + 1, reader.line_num  # type: ignore[attr-defined]
        where = f"{path}:{number}"
        if not cells:
            continue
        if len(cells) != len(header):
            raise SweepError(f"has {len(cells)} fields, and the header {len(header)}", where=where)
        raw = {name: value for name, value in zip(header, cells, strict=True) if value.strip()}
        yield _recommendation(raw, number, where, _cut(lines, number - 1, before))


def _cut(lines: list[str], start: int, end: int) -> str:
    return "\n".join(lines[start:end]).removesuffix("\r")


def _recommendation(raw: object, line: int, where: str, text: str) -> Recommendation:
    if not isinstance(raw, dict):
        raise SweepError("is no object", where=where)
    try:
        if isinstance(raw, Repeating):
            raise SweepError(f"`{raw.twice[0]}` is given twice")
        key, knobs = _picked(raw, "knobs")
        return Recommendation(
            line=line,
            codec=_label(raw, "codec"),
            rc_mode=_label(raw, "rc_mode"),
            preset=_label(raw, "preset"),
            q=_label(raw, "q"),
            recipe=_optional(raw, "recipe"),
            knobs=None if knobs is None else parse_knobs(key, knobs),
            source=_optional(raw, "source"),
            source_class=_optional(raw, "source_class"),
            text=text,
        )
    except SweepError as error:
        raise SweepError(error.what, where=where, fix=error.fix) from None


def _picked(raw: Mapping[str, object], field: str) -> tuple[str, object]:
    """The key that carries a field, and its value; two keys must say the same."""
    found = [(key, raw[key]) for key in KEYS[field] if raw.get(key) is not None]
    if not found:
        return KEYS[field][0], None
    other = next((key for key, value in found[1:] if value != found[0][1]), None)
    if other is not None:
        raise SweepError(f"`{found[0][0]}` and `{other}` differ", fix="give one of them")
    return found[0]


def _label(raw: Mapping[str, object], field: str) -> str:
    key, value = _picked(raw, field)
    return label(key, value, numeric=field in NUMERIC_LABELS).strip()


def _optional(raw: Mapping[str, object], field: str) -> str:
    key, value = _picked(raw, field)
    return "" if value is None else label(key, value, numeric=False).strip()
