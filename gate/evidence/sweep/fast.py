"""The fast reader: plain sweep files to columns by DuckDB, and the texts that a file's rows hold under other keys."""

# ruff: noqa: S608  names in the queries are our own
from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from gate.errors import SweepError
from gate.evidence.sweep import row
from gate.evidence.sweep.coded import CODED, Coded, NotPlain, assembled, single_keys
from gate.evidence.sweep.columns import Sweep
from gate.evidence.sweep.exact import header_of
from gate.evidence.sweep.files import DataFile, Form, Packing, check_rows, connection, lines, quoted, reachable
from gate.evidence.sweep.knobs import load_json
from gate.evidence.sweep.row import LABELS, NUMBERS, NUMERIC_LABELS, SPELLINGS
from gate.values import dataclass

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


_AS_IT_IS: Final = "hive_partitioning = false"  # a folder `source=x` above the file says nothing of its rows
_OBJECTS: Final = f"read_ndjson_objects(?, compression = ?, {_AS_IT_IS})"
_SAMPLE: Final = 1_000  # rows whose keys say how a file is spelled
_CHUNK: Final = 1 << 16  # arrays of this size come from the heap; larger ones are mapped anew each time
_LINES: Final = 2_000  # from all over a file: most have every label
_GOLDEN: Final = 0.6180339887498949  # steps of this part of the whole fall in with no rhythm of the rows
_TEXT_TYPES: Final = ("VARCHAR", "ENUM")
_NUMBER_TYPES: Final = (
    "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT",
    "FLOAT", "DOUBLE", "DECIMAL",
)  # fmt: skip
_OBJECT_TYPES: Final = ("STRUCT", "MAP")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The relation `sweep` in DuckDB: one column for each of `fields`, labels as text, numbers as DOUBLE.

    `as_json` are the fields whose text is JSON, `coded` those that have a type `v_FIELD` of their texts already. Of
    JSONL it has `lines` rows, and columns that say of each whether it is `strange`, or holds an `unknown` text.
    """

    fields: frozenset[str]
    as_json: frozenset[str]
    coded: frozenset[str] = frozenset()
    lines: int | None = None


def plan(con: DuckDBPyConnection, file: DataFile, name: str, *, learn: bool) -> Plan:
    """Make the relation `sweep` in `con` from the file, which DuckDB reaches as `name`.

    To `learn` is to look for the texts of JSONL here and there, so that one scan can code them.

    Raises: NotPlain, duckdb.Error.
    """
    if file.form is Form.JSONL:
        return _plan_jsonl(con, file, name, learn=learn and file.packing is Packing.NONE)
    planners = {Form.CSV: _plan_csv, Form.PARQUET: _plan_parquet}
    if file.form not in planners:
        raise NotPlain
    return planners[file.form](con, file, name)


def _plan_jsonl(con: DuckDBPyConnection, file: DataFile, name: str, *, learn: bool) -> Plan:
    """The keys of the first rows say what to ask for; a row that carries a field by another key isn't plain."""
    with closing(lines(file)) as found:
        rows = [load_json(line) for _, line in islice(found, _SAMPLE) if not line.isspace() and line]
    keys = single_keys(list(dict.fromkeys(key for row in rows if isinstance(row, dict) for key in row)))
    others = sorted({key for spellings in SPELLINGS.values() for key in spellings} - set(keys.values()))
    columns = ", ".join(f"{_text(key)}: 'JSON'" for key in (*keys.values(), *others))
    packing = f"compression = {_text(file.packing.value)}"
    source = f"read_json({_text(name)}, format = 'newline_delimited', {packing}, {_AS_IT_IS}, columns = {{{columns}}})"
    coded = _learnt(con, file.path, keys) if learn else frozenset()
    items = {field: _json_item(field, key, coded) for field, key in keys.items()}
    strange = " OR ".join(f"{quoted(key)} IS NOT NULL" for key in others)
    unknown = " OR ".join(("false", *(f"{quoted(keys[of])} IS NOT NULL AND {items[of]} IS NULL" for of in coded)))
    asked = ", ".join(
        f"{item} AS {field}" for field, item in (*items.items(), ("strange", strange), ("unknown", unknown))
    )
    # What knows its texts is read in one go; what has to find them first is read more than once.
    con.execute(f"CREATE TEMP {'VIEW' if learn else 'TABLE'} sweep AS SELECT {asked} FROM {source}")
    whole = _lines(file.path) if file.packing is Packing.NONE else _packed_lines(con, [name, file.packing.value])
    return Plan(fields=frozenset(keys), as_json=frozenset(keys) - set(NUMBERS), coded=coded, lines=whole)


def _learnt(con: DuckDBPyConnection, path: Path, keys: Mapping[str, str]) -> frozenset[str]:
    """The fields that lines from all over the file gave a type of their texts, so that the scan itself codes them."""
    found, size = list[str](), path.stat().st_size
    with path.open("rb") as stream:
        for part in range(_LINES):
            if stream.seek(int(size * (part * _GOLDEN % 1))):
                stream.readline()
            found.append(stream.readline().decode("utf-8", "replace"))
    held = [line for line in found if line and not line.isspace()]
    con.execute("CREATE TEMP TABLE held AS SELECT unnest(?::VARCHAR[]) AS line", [held])
    fields = frozenset(field for field in CODED if field in keys)
    for field in fields:
        text = f"(line->'$.{keys[field]}')::VARCHAR"
        con.execute(f"CREATE TEMP TYPE v_{field} AS ENUM (SELECT DISTINCT {text} FROM held WHERE {text} <> 'null')")
    return fields


def _lines(path: Path) -> int:
    """How many lines hold something. Raises: NotPlain for a comma before a brace: DuckDB lets it pass, JSON doesn't."""
    rows, buffer = 0, bytearray(b"\n" * (_CHUNK + 2))  # the last two bytes, then what comes
    with path.open("rb", buffering=0) as stream:
        while size := stream.readinto(memoryview(buffer)[2:]):
            text = np.frombuffer(buffer, np.uint8, size + 2)
            before, at, commas = text[1:-1], text[2:], text == ord(",")
            if ((at == ord("}")) & (commas[1:-1] | (before == ord(" ")) & commas[:-2])).any():
                raise NotPlain
            rows += int(np.count_nonzero((at == ord("\n")) & (before != ord("\n"))))
            buffer[:2] = buffer[size : size + 2]
    return rows + (buffer[1] != ord("\n"))


def _packed_lines(con: DuckDBPyConnection, parameters: Sequence[str]) -> int:
    """The same of a compressed file."""
    comma = f"SELECT count(*), bool_or(json LIKE '%,}}' OR json LIKE '%, }}') FROM {_OBJECTS}"
    (rows, lax), *_ = con.execute(comma, parameters).fetchall()
    if lax:
        raise NotPlain
    return int(rows)


def _json_item(field: str, key: str, coded: Collection[str]) -> str:
    text, kind = f"{quoted(key)}::VARCHAR", "DOUBLE" if field in NUMBERS else f"v_{field}" if field in coded else ""
    return f"try_cast({text} AS {kind})" if kind else text


def _csv(header: Sequence[str], separator: str) -> str:
    columns = ", ".join(f"{_text(key)}: 'VARCHAR'" for key in header)
    return (
        f"read_csv(?, compression = ?, {_AS_IT_IS}, columns = {{{columns}}}, auto_detect = false, header = true,"
        f" delim = '{separator}', quote = '\"', escape = '\"', comment = '', strict_mode = true, null_padding = false)"
    )


def _plan_csv(con: DuckDBPyConnection, file: DataFile, name: str) -> Plan:
    header = header_of(file)
    if not all(header):
        raise NotPlain
    keys, source = single_keys(header), _csv(header, file.separator)
    items = ", ".join(f"{_csv_item(field, quoted(key))} AS {field}" for field, key in keys.items())
    con.execute(f"CREATE TEMP TABLE sweep AS SELECT {items} FROM {source}", [name, file.packing.value])
    return Plan(fields=frozenset(keys), as_json=row.YES_NO)


def _csv_item(field: str, column: str) -> str:
    if field in NUMBERS:
        return f"CASE WHEN regexp_full_match({column}, '{row.NUMBER}') THEN try_cast({column} AS DOUBLE) END"
    if field in row.YES_NO:
        return f"CASE lower({column}) WHEN '1' THEN 'true' WHEN '0' THEN 'false' ELSE lower({column}) END"
    return f"coalesce({column}, '')" if field == "knobs" else column


def _plan_parquet(con: DuckDBPyConnection, _: DataFile, name: str) -> Plan:
    """No table in between: Parquet's columns are read one by one, as often as need be."""
    check_rows(con, name, name)
    source, types = _parquet(con, name)
    keys = single_keys(tuple(types))
    spelled = {field: _parquet_item(field, types[key], quoted(key)) for field, key in keys.items()}
    items = ", ".join(f"{item} AS {field}" for field, (item, _) in spelled.items())
    con.execute(f"CREATE TEMP VIEW sweep AS SELECT {items} FROM {source}")
    return Plan(fields=frozenset(keys), as_json=frozenset(field for field, (_, as_json) in spelled.items() if as_json))


def _parquet(con: DuckDBPyConnection, name: str) -> tuple[str, dict[str, str]]:
    """What to read from, and its columns' types without their parameters."""
    source = f"read_parquet({_text(name)}, {_AS_IT_IS})"
    return source, {row[0]: row[1].split("(")[0] for row in con.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()}


def _parquet_item(field: str, kind: str, column: str) -> tuple[str, bool]:
    """How a typed column is read, and whether that gives JSON. NotPlain for a type that it can't have."""
    if field in NUMBERS and kind in _NUMBER_TYPES:
        return f"{column}::DOUBLE", False
    if field in NUMERIC_LABELS and kind in _NUMBER_TYPES:
        return f"to_json({column})::VARCHAR", True
    if field in row.YES_NO and kind == "BOOLEAN":
        return f"{column}::VARCHAR", True
    if field == "knobs" and kind in _OBJECT_TYPES:
        return f"to_json({column})::VARCHAR", True
    if field in {*CODED, "stream"} - row.YES_NO and kind in _TEXT_TYPES:
        return f"{column}::VARCHAR", False
    raise NotPlain


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def distinct_texts(file: DataFile, keys: Sequence[str]) -> list[tuple[str, ...]]:
    """The different combinations of texts that rows hold under these keys; "" where one isn't there.

    Raises: SweepError where the file can't be read.
    """
    import duckdb  # noqa: PLC0415

    try:
        with connection() as con, reachable(file.path) as name:
            source, columns = _OBJECTS, {key: f"json_extract_string(json, '$.{key}')" for key in keys}
            if file.form is Form.JSON:
                source = "read_json_objects(?, format = 'array', compression = ?)"
            elif file.form is Form.CSV:
                header = header_of(file)
                source, columns = _csv(header, file.separator), {key: key for key in keys if key in header}
            elif file.form is Form.PARQUET:
                source, types = _parquet(con, name)
                columns = {key: f"{key}::VARCHAR" for key in keys if key in types}
            items = ", ".join(f"coalesce({columns[key]}, '')" if key in columns else "''" for key in keys)
            parameters = [] if file.form is Form.PARQUET else [name, file.packing.value]
            return con.execute(f"SELECT DISTINCT {items} FROM {source}", parameters).fetchall()
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise SweepError(f"what its rows were made with can't be read: {reason}", where=str(file.path)) from None


def read_bulk(file: DataFile) -> Sweep:
    """The sweep in `file`, exactly as the exact reader would give it. Raises: NotPlain."""
    import duckdb  # noqa: PLC0415  heavy; only where a file is read

    try:
        with reachable(file.path) as name:
            found = _read(file, name, learn=True) or _read(file, name, learn=False)
    except (duckdb.Error, SweepError, ValueError, RecursionError) as error:
        raise NotPlain from error
    if found is None:
        raise NotPlain
    return found


def _read(file: DataFile, name: str, *, learn: bool) -> Sweep | None:
    """The sweep; None where it holds texts that nobody learnt of."""
    with connection() as con:
        planned = plan(con, file, name, learn=learn)
        fields = [str(field) for field in CODED if field in planned.fields]
        values = _values(con, fields, planned)
        items = {field: _code(field) for field in fields} | {str(field): _number(field) for field in NUMBERS}
        if "stream" in planned.fields:
            items["stream"] = _stream(planned)
        checks = () if planned.lines is None else ("strange", "unknown")
        asked = ", ".join((*(f"{item} AS {field}" for field, item in items.items()), *checks))
        columns = con.execute(f"SELECT {asked} FROM sweep").fetchnumpy()
    masked = [field for field, column in columns.items() if type(column) is not np.ndarray]  # a label is NULL in a row
    found = {field: np.asarray(column) for field, column in columns.items()}
    if checks and found["unknown"].any():
        return None
    if checks and (found["strange"].any() or len(found["strange"]) != planned.lines):
        raise NotPlain
    stream = found.get("stream", np.zeros(len(found["vmaf"]), np.int64))
    if masked or (stream < 0).any():
        raise NotPlain
    coded = {field: Coded(codes=found[field].astype(np.int32, copy=False), values=values[field]) for field in fields}
    return assembled(coded, {str(field): found[field] for field in NUMBERS}, stream)


def _values(con: DuckDBPyConnection, fields: Sequence[str], planned: Plan) -> Mapping[str, tuple[object, ...]]:
    """The texts of each field by code, and a type `v_FIELD` of them: no row becomes a Python object."""
    for field in (field for field in fields if field not in planned.coded):
        texts = f"SELECT DISTINCT {field} FROM sweep WHERE {field} IS NOT NULL"
        con.execute(f"CREATE TEMP TYPE v_{field} AS ENUM ({texts})")
    ranges = con.execute(f"SELECT {', '.join(f'enum_range(NULL::v_{field})' for field in fields)}").fetchall()[0]
    return {
        field: tuple(map(load_json, texts)) if field in planned.as_json else tuple(texts)
        for field, texts in zip(fields, ranges, strict=True)
    }


def _code(field: str) -> str:
    """The code of a field's text, -1 for none where a row needs none."""
    code = f"enum_code({field}::v_{field})"
    return code if field in LABELS else f"coalesce({code}::INTEGER, -1)"


def _number(field: str) -> str:
    """A number; NaN for what is none."""
    return f"coalesce({field}, 'nan'::DOUBLE)"


def _stream(planned: Plan) -> str:
    """What tells one encoded stream from another: a hash of its text, 0 where there is none, -1 for what is no text."""
    odd = "left(stream, 1) <> '\"'" if "stream" in planned.as_json else "false"
    kinds = f"WHEN coalesce(stream, '') IN ('', '\"\"') THEN 0 WHEN {odd} THEN -1"
    return f"CASE {kinds} ELSE greatest(hash(stream) >> 1, 1)::BIGINT END"
