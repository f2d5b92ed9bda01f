"""The exact reader: row by row in Python, so that an error names the first bad line. Also makes sweeps from rows."""

from __future__ import annotations

import csv
import re
from array import array
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Final

import numpy as np

from gate.errors import SweepError
from gate.evidence.model import Basis
from gate.evidence.sweep.columns import LABELS, Labels, Sweep
from gate.evidence.sweep.elements import after_space, elements
from gate.evidence.sweep.files import DataFile, Form, check_rows, connection, lines, quoted, reachable
from gate.evidence.sweep.groups import as_bare
from gate.evidence.sweep.knobs import Repeating, load_json
from gate.evidence.sweep.row import (
    FLAGS,
    NUMBER,
    NUMBERS,
    SPELLINGS,
    YES_NO,
    Row,
    has_failed,
    is_corpus_row,
    keys_of,
    read_row,
)

if TYPE_CHECKING:
    from gate.evidence.sweep.mapped import Column

Raw = Mapping[str, object]

_NUMBER: Final = re.compile(NUMBER, re.ASCII)
_NUMBER_KEYS: Final = frozenset(key for field in NUMBERS for key in SPELLINGS[field])
_FLAG_KEYS: Final = frozenset(key for field in YES_NO for key in SPELLINGS[field])
_KEYS: Final = frozenset(key for keys in SPELLINGS.values() for key in keys)
_TEXT_MAX: Final = 100_000  # bytes of one value in Parquet
_BLANK: Final = " \t\r\n\v\f"


def read_exactly(file: DataFile, columns: Mapping[str, Column] | None = None) -> Sweep:
    """The sweep in `file`; `columns` says where its fields stand, where they don't have a row's own names.

    Raises: SweepError that names the first bad line, its key and its value.
    """
    readers = {Form.JSONL: _json_rows, Form.JSON: _array_rows, Form.CSV: _csv_rows, Form.PARQUET: _parquet_rows}
    with closing(readers[file.form](file)) as rows:
        return sweep_of(rows, place=file.place, name=str(file.path), shaped=_shape(file, columns))


def _shape(file: DataFile, columns: Mapping[str, Column] | None) -> Callable[[Raw], Raw]:
    if not columns:
        return lambda raw: raw
    from gate.evidence.sweep.mapped import mapped  # noqa: PLC0415  pydantic's models, which few sweeps need

    complete = file.form in {Form.CSV, Form.PARQUET}
    return lambda raw: mapped(raw, columns, complete=complete)


def sweep_of(
    rows: Iterable[tuple[int, Raw]],
    *,
    place: Callable[[int], str] = str,
    name: str = "",
    shaped: Callable[[Raw], Raw] = lambda raw: raw,
) -> Sweep:
    """A sweep from raw rows with their line numbers; `place` words a number for errors, `name` names the whole.

    `shaped` makes of each row one with the keys that `read_row` reads.

    Raises: SweepError for the first malformed row, and where there is none at all.
    """
    gathered = _Columns()
    for number, raw in rows:
        try:
            row = shaped(raw)
            if has_failed(row):
                gathered.failed += 1
            else:
                read = read_row(row)
                gathered.add(read)
                if is_corpus_row(row):
                    gathered.modes[read.codec] = read.rc_mode
        except SweepError as error:
            raise SweepError(error.what, where=place(number), fix=error.fix) from None
    if not len(gathered.bitrate_kbps):
        also = f" but {gathered.failed:,} encodes that failed" if gathered.failed else ""
        raise SweepError(f"holds no row{also}", where=name)
    return gathered.sweep()


def note_knobs(known: dict[tuple[str, str], str], key: tuple[str, str], text: str) -> None:
    """Remember what knobs a (codec, recipe) carries: "" once its rows disagree, for no one text is true of all."""
    known[key] = text if known.get(key, text) == text else ""


class _Columns:
    """Columns that grow: about 60 bytes a row, no object per row."""

    def __init__(self) -> None:
        self.vocabularies: dict[str, dict[str, int]] = {name: {} for name in LABELS}
        self.codes = {name: array("i") for name in LABELS}
        self.bare = array("b")
        self.basis = array("b")
        self.no_effect = array("b")
        self.streams: dict[str, int] = {"": 0}
        self.stream = array("q")
        self.bitrate_kbps, self.vmaf, self.encode_ms = array("d"), array("d"), array("d")
        self.bases: dict[Basis, int] = {}
        self.knobs: dict[tuple[str, str], str] = {}
        self.modes: dict[str, str] = {}
        self.failed = 0

    def add(self, row: Row) -> None:
        for name in LABELS:
            vocabulary = self.vocabularies[name]
            self.codes[name].append(vocabulary.setdefault(getattr(row, name), len(vocabulary)))
        self.bare.append(row.bare)
        self.basis.append(self.bases.setdefault(row.basis, len(self.bases)))
        self.no_effect.append(row.no_effect)
        self.stream.append(self.streams.setdefault(row.stream, len(self.streams)))
        self.bitrate_kbps.append(row.bitrate_kbps)
        self.vmaf.append(row.vmaf)
        self.encode_ms.append(row.encode_ms)
        if row.knobs is not None and not row.bare:
            note_knobs(self.knobs, (row.codec, row.recipe), row.knobs)

    def sweep(self) -> Sweep:
        labels = {
            name: Labels(codes=np.array(self.codes[name], dtype=np.int32), names=tuple(self.vocabularies[name]))
            for name in LABELS
        }
        bare = np.array(self.bare, dtype=np.bool_)
        place = [labels[name] for name in ("source", "codec", "rc_mode", "preset", "q")]
        return Sweep(
            source=labels["source"],
            codec=labels["codec"],
            rc_mode=labels["rc_mode"],
            recipe=labels["recipe"],
            preset=labels["preset"],
            q=labels["q"],
            bare=bare,
            bitrate_kbps=np.array(self.bitrate_kbps, dtype=np.float64),
            vmaf=np.array(self.vmaf, dtype=np.float64),
            encode_ms=np.array(self.encode_ms, dtype=np.float64),
            basis=np.array(self.basis, dtype=np.int8),
            bases=tuple(self.bases),
            knobs=self.knobs,
            modes=self.modes,
            failed=self.failed,
            no_effect=as_bare(place, bare, np.array(self.stream, np.int64), np.array(self.no_effect, np.bool_)),
        )


# --- JSONL: one object a line; blank lines are passed over, but counted ---------------------------------------------


def _json_rows(file: DataFile) -> Generator[tuple[int, Raw]]:
    for number, line in lines(file):
        if line.strip(_BLANK):
            yield number, _json_object(line, file.place(number))


def _json_object(line: str, where: str) -> Raw:
    try:
        found = load_json(line)
    except RecursionError:
        raise SweepError("not JSON that can be read: nested too deep", where=where) from None
    except ValueError as error:
        raise SweepError(f"not JSON: {error}", where=where) from None
    return _row_object(found, line, where)


def _row_object(found: object, text: str, where: str) -> Raw:
    if not isinstance(found, dict):
        raise SweepError(f"not an object: {text[:57]!r}", where=where, fix="a sweep's rows are JSON objects")
    twice = [key for key in found.twice if key in _KEYS] if isinstance(found, Repeating) else []
    if twice:
        raise SweepError(f"`{twice[0]}` stands there twice", where=where)
    return found


# --- JSON: one array of objects -------------------------------------------------------------------------------------


def _array_rows(file: DataFile) -> Generator[tuple[int, Raw]]:
    text = "\n".join(line for _, line in lines(file))
    for element in elements(text, after_space(text, 0), str(file.path)):
        yield element.line, _row_object(element.value, text[element.start : element.end], file.place(element.line))


# --- CSV: one separator, double quotes, one header; blank lines are passed over, but counted ------------------------


def header_of(file: DataFile) -> tuple[str, ...]:
    """The column names of a CSV file. Raises: SweepError where one stands twice."""
    with closing(_csv_records(file)) as records:
        number, cells = next(records, (1, []))
    header = tuple(cells)
    for cell in header:
        if cell and header.count(cell) > 1:
            raise SweepError(f"`{cell}` stands there twice", where=file.place(number))
    return header


def _csv_rows(file: DataFile) -> Generator[tuple[int, Raw]]:
    header = header_of(file)
    optional_text = set(keys_of(header).get("knobs", ()))
    records = _csv_records(file)
    next(records, None)
    for number, cells in records:
        if len(cells) != len(header):
            what = f"{len(cells)} cells, but the header names {len(header)} columns"
            raise SweepError(what, where=file.place(number))
        yield number, {key: _csv_value(key, cell, optional_text) for key, cell in zip(header, cells, strict=True)}


def _csv_value(key: str, cell: str, optional_text: set[str]) -> object:
    """What a cell means; an empty one is absent, but an empty knob combination is one without knobs."""
    if key in optional_text:
        return cell
    if not cell:
        return None
    if key in _NUMBER_KEYS and _NUMBER.fullmatch(cell):
        return float(cell)
    return FLAGS.get(cell.lower(), cell) if key in _FLAG_KEYS else cell


def _csv_records(file: DataFile) -> Generator[tuple[int, list[str]]]:
    """Records with the number of the line that each begins on."""
    reader = csv.reader((line + "\n" for _, line in lines(file)), delimiter=file.separator, strict=True)
    begin = 1
    try:
        for cells in reader:
            if any(cell.strip(_BLANK) for cell in cells) or len(cells) > 1:
                yield begin, cells
            begin = reader.line_num + 1
    except csv.Error as error:
        raise SweepError(f"not CSV: {error}", where=file.place(begin)) from None


# --- Parquet --------------------------------------------------------------------------------------------------------


def _parquet_rows(file: DataFile) -> Generator[tuple[int, Raw]]:
    import duckdb  # noqa: PLC0415

    try:
        with connection() as con, reachable(file.path) as name:
            check_rows(con, name, str(file.path))
            source = "FROM read_parquet(?, hive_partitioning = false)"
            described = con.execute(f"DESCRIBE SELECT * {source}", [name]).fetchall()
            keys, texts = [key for key, *_ in described], [key for key, kind, *_ in described if kind == "VARCHAR"]
            lengths = ", ".join(["max(0)", *(f"max(strlen({quoted(key)}))" for key in texts)])
            longest = con.execute(f"SELECT coalesce(greatest(0, {lengths}), 0) {source}", [name]).fetchall()[0][0]
            if longest > _TEXT_MAX:  # a few bytes may repeat it in every row
                raise SweepError(f"a text has {longest:,} bytes, more than {_TEXT_MAX:,}", where=str(file.path))
            found = con.execute(f"SELECT * {source}", [name])
            number = 0
            while rows := found.fetchmany(500):
                for row in rows:
                    number += 1
                    yield number, _parquet_row(keys, row)
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise SweepError(f"is not a Parquet file that can be read: {reason}", where=str(file.path)) from None


def _parquet_row(keys: Sequence[str], row: Sequence[object]) -> Raw:
    from decimal import Decimal  # noqa: PLC0415

    return {key: float(v) if isinstance(v, Decimal) else v for key, v in zip(keys, row, strict=True)}
