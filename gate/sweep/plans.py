"""How DuckDB is asked for the fields of a sweep file, whatever its form and spelling."""

# ruff: noqa: S608  names in the queries are our own, or quoted by _name and _text
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from gate.sweep.fields import LABELS, NUMBERS, NUMERIC_LABELS, OPTIONAL, SPELLINGS, keys_of
from gate.sweep.files import Form, SweepFile
from gate.sweep.rows import NUMBER, header_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

CODED: Final = (*LABELS, *OPTIONAL)
_REQUIRED: Final = (*LABELS, *NUMBERS)
_AS_IT_IS: Final = "hive_partitioning = false"  # a folder `source=x` above the file says nothing of its rows
_SAMPLE: Final = 5_000  # rows whose keys say how a file is spelled
_TEXT_TYPES: Final = ("VARCHAR", "ENUM")
_NUMBER_TYPES: Final = (
    "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT",
    "FLOAT", "DOUBLE", "DECIMAL",
)  # fmt: skip
_OBJECT_TYPES: Final = ("STRUCT", "MAP")


class NotPlain(Exception):  # noqa: N818  no error: the exact reader decides
    """The file is malformed, or well formed in a way that only the exact reader takes in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The relation `sweep` in DuckDB: one column for each of `fields`, labels as text, numbers as DOUBLE.

    `as_json` are the fields whose text is JSON.
    """

    fields: frozenset[str]
    as_json: frozenset[str]


def plan(con: DuckDBPyConnection, file: SweepFile, name: str) -> Plan:
    """Make the relation `sweep` in `con` from the file, which DuckDB reaches as `name`.

    Raises: NotPlain, duckdb.Error.
    """
    return _PLANNERS[file.form](con, file, name)


def _plan_jsonl(con: DuckDBPyConnection, file: SweepFile, name: str) -> Plan:
    """The keys of the first rows say what to ask for; a row that carries a field by another key isn't plain."""
    parameters = [name, file.packing.value]
    objects = f"read_ndjson_objects(?, compression = ?, {_AS_IT_IS})"
    sample = f"SELECT DISTINCT unnest(json_keys(json)) FROM (SELECT json FROM {objects} LIMIT {_SAMPLE})"
    keys = _single_keys([row[0] for row in con.execute(sample, parameters).fetchall()])
    others = sorted({key for spellings in SPELLINGS.values() for key in spellings} - set(keys.values()))
    columns = ", ".join(f"{_text(key)}: 'JSON'" for key in (*keys.values(), *others))
    items = ", ".join(f"{_json_item(field, key)} AS {field}" for field, key in keys.items())
    strange = " OR ".join(f"{_name(key)} IS NOT NULL" for key in others)
    source = f"read_json(?, format = 'newline_delimited', compression = ?, {_AS_IT_IS}, columns = {{{columns}}})"
    con.execute(f"CREATE TEMP TABLE sweep AS SELECT {items}, ({strange}) AS strange FROM {source}", parameters)
    # DuckDB lets a comma before the closing brace pass; JSON doesn't.
    comma = f"SELECT count(*), bool_or(json LIKE '%,}}' OR json LIKE '%, }}') FROM {objects}"
    (rows, lax), *_ = con.execute(comma, parameters).fetchall()
    if lax or con.execute("SELECT count(*), coalesce(bool_or(strange), false) FROM sweep").fetchall() != [
        (rows, False)
    ]:
        raise NotPlain
    return Plan(fields=frozenset(keys), as_json=frozenset(keys) - set(NUMBERS))


def _json_item(field: str, key: str) -> str:
    return f"try_cast({_name(key)}::VARCHAR AS DOUBLE)" if field in NUMBERS else f"{_name(key)}::VARCHAR"


def _plan_csv(con: DuckDBPyConnection, file: SweepFile, name: str) -> Plan:
    header = header_of(file)
    if not all(header):
        raise NotPlain
    keys = _single_keys(header)
    columns = ", ".join(f"{_text(key)}: 'VARCHAR'" for key in header)
    source = (
        f"read_csv(?, compression = ?, {_AS_IT_IS}, columns = {{{columns}}}, auto_detect = false, header = true,"
        " delim = ',', quote = '\"', escape = '\"', comment = '', strict_mode = true, null_padding = false)"
    )
    items = ", ".join(f"{_csv_item(field, _name(key))} AS {field}" for field, key in keys.items())
    con.execute(f"CREATE TEMP TABLE sweep AS SELECT {items} FROM {source}", [name, file.packing.value])
    return Plan(fields=frozenset(keys), as_json=frozenset({"bare"}))


def _csv_item(field: str, column: str) -> str:
    if field in NUMBERS:
        return f"CASE WHEN regexp_full_match({column}, '{NUMBER}') THEN try_cast({column} AS DOUBLE) END"
    if field == "bare":
        return f"CASE lower({column}) WHEN '1' THEN 'true' WHEN '0' THEN 'false' ELSE lower({column}) END"
    return f"coalesce({column}, '')" if field == "knobs" else column


def _plan_parquet(con: DuckDBPyConnection, _: SweepFile, name: str) -> Plan:
    """No table in between: Parquet's columns are read one by one, as often as need be."""
    source = f"read_parquet({_text(name)}, {_AS_IT_IS})"
    types = {row[0]: row[1].split("(")[0] for row in con.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()}
    keys = _single_keys(tuple(types))
    spelled = {field: _parquet_item(field, types[key], _name(key)) for field, key in keys.items()}
    items = ", ".join(f"{item} AS {field}" for field, (item, _) in spelled.items())
    con.execute(f"CREATE TEMP VIEW sweep AS SELECT {items} FROM {source}")
    return Plan(fields=frozenset(keys), as_json=frozenset(field for field, (_, as_json) in spelled.items() if as_json))


def _parquet_item(field: str, kind: str, column: str) -> tuple[str, bool]:
    """How a typed column is read, and whether that gives JSON. NotPlain for a type that it can't have."""
    if field in NUMBERS and kind in _NUMBER_TYPES:
        return f"{column}::DOUBLE", False
    if field in NUMERIC_LABELS and kind in _NUMBER_TYPES:
        return f"to_json({column})::VARCHAR", True
    if field == "bare" and kind == "BOOLEAN":
        return f"{column}::VARCHAR", True
    if field == "knobs" and kind in _OBJECT_TYPES:
        return f"to_json({column})::VARCHAR", True
    if field in CODED and field != "bare" and kind in _TEXT_TYPES:
        return f"{column}::VARCHAR", False
    raise NotPlain


def _single_keys(present: Sequence[str]) -> dict[str, str]:
    """Field -> its one key. Raises: NotPlain where a required field has none, or a field has two."""
    found = keys_of(set(present))
    if any(field not in found for field in _REQUIRED) or any(len(keys) > 1 for keys in found.values()):
        raise NotPlain
    return {field: keys[0] for field, keys in found.items()}


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


_PLANNERS: Final[Mapping[Form, Callable[[DuckDBPyConnection, SweepFile, str], Plan]]] = MappingProxyType(
    {Form.JSONL: _plan_jsonl, Form.CSV: _plan_csv, Form.PARQUET: _plan_parquet}
)
