"""What a sweep's rows say they were made with: device, driver, FFmpeg, libvmaf, VMAF model, pooling."""

# ruff: noqa: S608  names in the queries are our own, or quoted
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from gate.errors import SampleError, SweepError
from gate.sweep.files import Form, SweepFile, connection, identify, reachable
from gate.sweep.manifest import Setup
from gate.sweep.rows import header_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

KEYS = tuple(Setup.model_fields)


def setups_of(path: Path, said: Setup) -> tuple[Setup, ...]:
    """The distinct setups of the rows in `path`, sorted; what a row doesn't say is as `said` of the whole file.

    Nothing where neither says anything. Raises: SweepError for a file that can't be read; SampleError where a row
    contradicts `said`.
    """
    found = {_completed(row, said, path) for row in _distinct(identify(path))}
    return tuple(sorted(found, key=str)) if found != {Setup()} else ()


def _completed(row: Setup, said: Setup, path: Path) -> Setup:
    own, whole = dict(row), dict(said)
    for key in KEYS:
        if own[key] and whole[key] and own[key] != whole[key]:
            what = f"rows say {key} {own[key]!r}, but the manifest says {whole[key]!r} of them all"
            raise SampleError(what, where=str(path), fix=f"correct setup.{key}, or leave it to the rows")
    return Setup(**{key: own[key] or whole[key] for key in KEYS})


def _distinct(file: SweepFile) -> Iterator[Setup]:
    import duckdb  # noqa: PLC0415  heavy; only where a sample is built

    try:
        with connection() as con, reachable(file.path) as name:
            source, columns = _source(con, file, name)
            items = ", ".join(f"coalesce({columns[key]}, '')" if key in columns else "''" for key in KEYS)
            rows = con.execute(f"SELECT DISTINCT {items} FROM {source}", _parameters(file, name)).fetchall()
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise SweepError(f"what its rows were made with can't be read: {reason}", where=str(file.path)) from None
    for row in rows:
        yield Setup(**dict(zip(KEYS, row, strict=True)))


def _source(con: DuckDBPyConnection, file: SweepFile, name: str) -> tuple[str, dict[str, str]]:
    """What to read from, and for each key that rows may carry the expression that gives it as text."""
    if file.form is Form.JSONL:
        return "read_ndjson_objects(?, compression = ?)", {key: f"json_extract_string(json, '$.{key}')" for key in KEYS}
    if file.form is Form.CSV:
        header = header_of(file)
        columns = ", ".join(f"{_text(column)}: 'VARCHAR'" for column in header)
        csv = f"columns = {{{columns}}}, auto_detect = false, header = true, delim = ',', quote = '\"', escape = '\"'"
        return f"read_csv(?, compression = ?, {csv})", {key: key for key in KEYS if key in header}
    described = con.execute("DESCRIBE SELECT * FROM read_parquet(?)", [name]).fetchall()
    return "read_parquet(?)", {row[0]: f"{row[0]}::VARCHAR" for row in described if row[0] in KEYS}


def _parameters(file: SweepFile, name: str) -> list[str]:
    return [name] if file.form is Form.PARQUET else [name, file.packing.value]


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
