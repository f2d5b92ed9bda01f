"""A recommender's output, in any shape that one writes, to recommendations; what is kept goes back as it came."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Collection, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Final

from gate.documents import read_bytes
from gate.errors import SweepError
from gate.evidence.sweep.elements import after_space, decoded, elements, line_of, value_of
from gate.evidence.sweep.knobs import Repeating, parse_knobs
from gate.evidence.sweep.row import FLAGS, NUMERIC_LABELS, SPELLINGS, has_failed, label
from gate.model import Knobs
from gate.values import dataclass

KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    **{field: SPELLINGS[field] for field in ("codec", "preset", "recipe", "source")},
    "rc_mode": (*SPELLINGS["rc_mode"], "rate_control_mode"),
    "q": (*SPELLINGS["q"], "best_crf"),
    "knobs": ("knobs", *SPELLINGS["knobs"]),
    "beside": ("hdr_args",),
    "source_class": ("source_class", "class"),
}
"""Field -> the keys that may carry it. Every other key is passed over, and kept in what survives."""

_LISTS: Final = ("recommendations", "cells", "rows", "renditions")
"""What lists the entries of a whole object: a recommender's own, an auto plan, a comparison, a ladder."""
_MAX_BYTES: Final = 1 << 28


class ListForm(StrEnum):
    """How a file lists recommendations."""

    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """One entry. `recipe`, `source`, `source_class` are empty where it names none.

    An empty `rc_mode` is the one that the encoder's adapter emits, an empty `preset` every preset of that adapter.
    `start` and `end` are where it stands in the file's text; a line's end is inside.
    """

    line: int
    codec: str
    rc_mode: str
    preset: str
    q: str
    recipe: str
    knobs: Knobs | None
    source: str
    source_class: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendations:
    """A whole file. `failed` counts entries that tell of an encode that failed: they recommend nothing, and stay."""

    path: Path
    form: ListForm
    text: str
    items: tuple[Recommendation, ...]
    failed: int
    spans: tuple[tuple[int, int], ...]  # of every entry, failed ones included
    listed: str = ""  # the key that holds the entries of a whole object

    def only(self, kept: Collection[Recommendation]) -> str:
        """The file with these recommendations only, and all else as it stood there."""
        stay = {one.start for one in kept}
        gone = {one.start for one in self.items} - stay
        if not gone:
            return self.text
        cuts = self._cut_elements(gone) if self.form is ListForm.JSON else [s for s in self.spans if s[0] in gone]
        edits = [(start, end, "") for start, end in cuts] + self._winner(gone)
        text, at = [], 0
        for start, end, put in sorted(edits):
            text += [self.text[at:start], put]
            at = end
        return "".join((*text, self.text[at:]))

    def _cut_elements(self, gone: Collection[int]) -> Iterator[tuple[int, int]]:
        """Each element that goes, with one comma: the one before it, or after it where none before it stays."""
        stays = False
        for index, (start, end) in enumerate(self.spans):
            last = index + 1 == len(self.spans)
            if start not in gone:
                stays = True
            elif stays:
                yield self.spans[index - 1][1], end
            else:
                yield start, end if last else self.spans[index + 1][0]

    def _winner(self, gone: Collection[int]) -> list[tuple[int, int, str]]:
        """An auto plan names its winner by index: that moves with the cells, and a winner that goes is none."""
        start = after_space(self.text, 0)
        whole = decoded(self.text, start, "")[0] if self.listed == "cells" else None
        metadata = whole.get("metadata") if isinstance(whole, dict) else None
        winner = metadata.get("winner") if isinstance(metadata, dict) else None
        index = winner.get("cell_index") if isinstance(winner, dict) else None
        if not isinstance(index, int) or not 0 <= index < len(self.spans):
            return []
        at = value_of("winner", self.text, value_of("metadata", self.text, start))
        if self.spans[index][0] in gone:
            none = {"status": "dropped", "reason": "codec-gate dropped the cell that had won"}
            return [(at, decoded(self.text, at, "")[1], json.dumps(none))]
        moved = index - sum(span[0] in gone for span in self.spans[:index])
        at = value_of("cell_index", self.text, at)
        return [(at, decoded(self.text, at, "")[1], str(moved))]


def read_recommendations(path: Path, encoder: str = "") -> Recommendations:
    """The recommendations of a file; its shape is told by its content.

    JSONL, CSV, and JSON: an array, one entry, or an object that lists entries as `recommendations`, `cells` (an auto
    plan), `rows` (a comparison) or `renditions` (a ladder). The keys may have any spelling of a sweep's or of these
    tools'. `encoder` is that of the entries that name none.

    Raises: SweepError: it can't be read, is none of these, or an entry is malformed: names line and key.
    """
    text = _text(path)
    start = after_space(text, 0)
    if text[start] == "[":
        _, end = decoded(text, start, f"{path}:{line_of(text, start)}")
        if text[end:].strip():
            raise SweepError("something stands after the array", where=f"{path}:{line_of(text, end)}")
        return _array(path, text, start, "", {"codec": encoder})
    if text[start] != "{":
        return _lines(path, text, ListForm.CSV, _csv(path, text, encoder))
    whole, end = decoded(text, start, f"{path}:{line_of(text, start)}")
    listed = next((key for key in _LISTS if isinstance(whole, dict) and key in whole), "")
    if text[end:].strip() or not isinstance(whole, dict) or not (listed or "\n" in text[start:end]):
        return _lines(path, text, ListForm.JSONL, _jsonl(path, text, encoder))
    if not listed:
        one = _entry(whole, line_of(text, start), path, (0, len(text)), {"codec": encoder})
        return _lines(path, text, ListForm.JSONL, iter([((0, len(text)), one)]))
    if isinstance(whole, Repeating) and listed in whole.twice:
        raise SweepError(f"`{listed}` is given twice", where=f"{path}:{line_of(text, start)}")
    beside = whole.get("metadata") if listed == "cells" else whole
    shared = {"codec": encoder, "source": beside.get("src") if isinstance(beside, dict) else None}
    if listed == "renditions":
        shared["codec"] = encoder or whole.get("encoder") or whole.get("codec")
    at = value_of(listed, text, start)
    if not isinstance(whole[listed], list):
        raise SweepError(f"`{listed}` is no array", where=f"{path}:{line_of(text, at)}")
    return _array(path, text, at, listed, shared)


_Spanned = tuple[tuple[int, int], Recommendation | None]


def _text(path: Path) -> str:
    contents = read_bytes(path, SweepError)
    if len(contents) > _MAX_BYTES:
        raise SweepError(f"has more than {_MAX_BYTES:,} bytes", where=str(path), fix="split it")
    try:
        text = contents.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = contents.count(b"\n", 0, error.start) + 1
        raise SweepError("not UTF-8 text", where=f"{path}:{line}", fix="write it as UTF-8") from None
    if not text.strip():
        raise SweepError("is empty", where=str(path), fix="write [] where nothing is recommended")
    return text


def _lines(path: Path, text: str, form: ListForm, found: Iterator[_Spanned], listed: str = "") -> Recommendations:
    every = list(found)
    items = tuple(one for _, one in every if one is not None)
    spans = tuple(span for span, _ in every)
    failed = len(every) - len(items)
    return Recommendations(path=path, form=form, text=text, items=items, failed=failed, spans=spans, listed=listed)


def _array(path: Path, text: str, start: int, listed: str, shared: Mapping[str, object]) -> Recommendations:
    found = (
        ((e.start, e.end), _entry(e.value, e.line, path, (e.start, e.end), shared))
        for e in elements(text, start, str(path))
    )
    return _lines(path, text, ListForm.JSON, found, listed)


def _jsonl(path: Path, text: str, encoder: str) -> Iterator[_Spanned]:
    at = 0
    for number, line in enumerate(text.split("\n"), start=1):
        span = (at, min(at + len(line) + 1, len(text)))
        at = span[1]
        if not line.strip():
            continue
        raw, end = decoded(line.strip(), 0, f"{path}:{number}")
        if end != len(line.strip()):
            raise SweepError("holds more than one JSON value", where=f"{path}:{number}")
        yield span, _entry(raw, number, path, span, {"codec": encoder})


def _csv(path: Path, text: str, encoder: str) -> Iterator[_Spanned]:
    lines = text.split("\n")
    ends = [0]
    for line in lines:
        ends.append(min(ends[-1] + len(line) + 1, len(text)))
    separator = max(",;\t", key=lines[0].count)
    reader = csv.reader(io.StringIO(text, newline="\n"), delimiter=separator, strict=True)
    try:
        header = next(reader)
        if not set(header) & set(KEYS["codec"]):
            raise SweepError("is neither JSON, JSONL nor CSV with a column `codec`", where=str(path))
        twice = next((name for name in header if name and header.count(name) > 1), None)
        if twice is not None:
            raise SweepError(f"column `{twice}` stands twice", where=f"{path}:1")
        before = reader.line_num
        for cells in reader:
            number, span, before = before + 1, (ends[before], ends[reader.line_num]), reader.line_num
            if not cells:
                continue
            if len(cells) != len(header):
                what = f"has {len(cells)} fields, and the header {len(header)}"
                raise SweepError(what, where=f"{path}:{number}")
            raw = {name: value for name, value in zip(header, cells, strict=True) if value.strip()}
            yield span, _entry(raw, number, path, span, {"codec": encoder})
    except csv.Error as error:
        raise SweepError(f"is not CSV: {error}", where=f"{path}:{reader.line_num}") from None


def _entry(
    raw: object, line: int, path: Path, span: tuple[int, int], shared: Mapping[str, object]
) -> Recommendation | None:
    """What an entry recommends, None where it tells of a failure; `shared` is what is said of all that don't say it."""
    where = f"{path}:{line}"
    if not isinstance(raw, dict):
        raise SweepError("is no object", where=where)
    try:
        if isinstance(raw, Repeating):
            raise SweepError(f"`{raw.twice[0]}` is given twice")
        said = raw.get("ok", True)
        if has_failed(raw) or (FLAGS.get(said.lower(), True) if isinstance(said, str) else said) is False:
            return None
        given = _given(raw)
        for field, value in shared.items():
            if value:
                given.setdefault(field, (KEYS[field][0], value))
        if "codec" not in given:
            raise SweepError("`codec` is missing, so nothing says what encodes it", fix="give --encoder NAME")
        return Recommendation(
            line=line,
            codec=_label(given, "codec"),
            rc_mode=_optional(given, "rc_mode"),
            preset=_optional(given, "preset"),
            q=_label(given, "q"),
            recipe=_optional(given, "recipe"),
            knobs=_knobs(given),
            source=_optional(given, "source"),
            source_class=_optional(given, "source_class"),
            start=span[0],
            end=span[1],
        )
    except SweepError as error:
        raise SweepError(error.what, where=where, fix=error.fix) from None


_Given = dict[str, tuple[str, object]]
"""Field -> the key that carries it, and its value."""
_FIELDS: Final[Mapping[str, str]] = {key: field for field, keys in KEYS.items() for key in keys}


def _given(raw: Mapping[str, object]) -> _Given:
    """The fields that an entry has; two keys of one must say the same."""
    found: _Given = {}
    for key, value in raw.items():
        field = _FIELDS.get(key)
        if field is None or value is None:
            continue
        first = found.setdefault(field, (key, value))
        if first[0] != key and first[1] != value:
            raise SweepError(f"`{first[0]}` and `{key}` differ", fix="give one of them")
    return found


def _knobs(given: _Given) -> Knobs | None:
    """An entry's knobs, those that its high dynamic range asks for behind them."""
    found = [parse_knobs(*given[field]) for field in ("knobs", "beside") if field in given]
    if len(found) < 2:
        return found[0] if found else None
    return tuple(sorted(dict(pair for knobs in found for pair in knobs).items()))


def _label(given: _Given, field: str) -> str:
    key, value = given.get(field, (KEYS[field][0], None))
    return label(key, value, numeric=field in NUMERIC_LABELS).strip()


def _optional(given: _Given, field: str) -> str:
    return _label(given, field) if given.get(field, ("", ""))[1] != "" else ""
