"""The fast reader: DuckDB parses, NumPy holds. It takes only files that are plainly well formed."""

# ruff: noqa: S608  names in the queries are our own
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gate.errors import SweepError
from gate.model import Basis
from gate.sweep import fields
from gate.sweep.columns import Codes, Flags, Floats, Labels, Sweep
from gate.sweep.fields import LABELS, NUMBERS, NUMERIC_LABELS, Recipe, recipe_of
from gate.sweep.files import SweepFile, connection, reachable
from gate.sweep.groups import combined, distinct, first_rows
from gate.sweep.knobs import load_json, parse_knobs
from gate.sweep.plans import CODED, NotPlain, Plan, plan
from gate.sweep.rows import note_knobs

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class _Coded:
    """One column as DuckDB codes it: -1 is NULL, else an index into `values`, which are as the file spells them."""

    codes: Codes
    values: tuple[object, ...]


def read_bulk(file: SweepFile) -> Sweep:
    """The sweep in `file`, exactly as the exact reader would give it. Raises: NotPlain."""
    import duckdb  # noqa: PLC0415  heavy; only where a file is read

    try:
        with connection() as con, reachable(file.path) as name:
            planned = plan(con, file, name)
            coded = {str(field): _coded(con, field, planned) for field in CODED if field in planned.fields}
            numbers = {str(field): _number(con, field) for field in NUMBERS}
        return _sweep(coded, numbers)
    except (duckdb.Error, SweepError) as error:
        raise NotPlain from error


def _coded(con: DuckDBPyConnection, field: str, planned: Plan) -> _Coded:
    """A text column, coded inside DuckDB, so that no row becomes a Python object."""
    con.execute(f"CREATE TEMP TYPE v_{field} AS ENUM (SELECT DISTINCT {field} FROM sweep WHERE {field} IS NOT NULL)")
    texts = [row[0] for row in con.execute(f"SELECT unnest(enum_range(NULL::v_{field}))").fetchall()]
    code = f"coalesce(enum_code({field}::v_{field})::INTEGER, -1)"
    codes = con.execute(f"SELECT {code} AS code FROM sweep").fetchnumpy()["code"]
    try:
        values = tuple(load_json(text) for text in texts) if field in planned.as_json else tuple(texts)
    except (ValueError, RecursionError):
        raise NotPlain from None
    return _Coded(codes=np.asarray(codes), values=values)


def _number(con: DuckDBPyConnection, field: str) -> Floats:
    """A number column; NaN for what is no number."""
    return np.asarray(
        con.execute(f"SELECT coalesce({field}, 'nan'::DOUBLE) AS number FROM sweep").fetchnumpy()["number"]
    )


def _sweep(coded: Mapping[str, _Coded], numbers: Mapping[str, Floats]) -> Sweep:
    _check_numbers(numbers)
    labels = {field: _labels(field, coded[field]) for field in LABELS}
    recipe, bare, knobs = _recipes(coded, labels)
    basis = _basis(coded.get("basis"), len(bare))
    return Sweep(
        **labels,
        recipe=recipe,
        bare=bare,
        bitrate_kbps=numbers["bitrate_kbps"],
        vmaf=numbers["vmaf"],
        encode_ms=numbers["encode_ms"],
        basis=basis.codes.astype(np.int8),
        bases=tuple(Basis(name) for name in basis.names),
        knobs=knobs,
    )


def _check_numbers(numbers: Mapping[str, Floats]) -> None:
    """The bounds of `fields`, column by column: by its extremes, through which a NaN passes."""
    if not len(numbers[NUMBERS[0]]):
        raise NotPlain
    for field, check in (("bitrate_kbps", fields.bitrate), ("vmaf", fields.vmaf), ("encode_ms", fields.encode_ms)):
        check(field, float(numbers[field].min()))
        check(field, float(numbers[field].max()))


def _labels(field: str, column: _Coded) -> Labels:
    if (column.codes < 0).any():
        raise NotPlain
    names = [fields.label(field, value, numeric=field in NUMERIC_LABELS) for value in column.values]
    return by_appearance(column.codes, names)


def by_appearance(codes: Codes, names: Sequence[str]) -> Labels:
    """Labels with their names in the order of first appearance; codes of equal names become one."""
    first = np.full(len(names), len(codes), dtype=np.int64)
    first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)  # of repeated indices the last assignment stays
    seen = [index for index in np.argsort(first, kind="stable").tolist() if first[index] < len(codes)]
    rank = {name: index for index, name in enumerate(dict.fromkeys(names[index] for index in seen))}
    table = np.array([rank.get(name, -1) for name in names], dtype=np.int32)
    return Labels(codes=table[codes], names=tuple(rank))


def _recipes(
    coded: Mapping[str, _Coded], labels: Mapping[str, Labels]
) -> tuple[Labels, Flags, dict[tuple[str, str], str]]:
    """Recipe, bareness and knobs of every row, worked out once per combination of what they follow from."""
    parts = [coded[field] for field in ("recipe", "knobs", "bare") if field in coded]
    if "knobs" in coded:
        parts += [_Coded(codes=labels[field].codes, values=labels[field].names) for field in ("preset", "q")]
    if not parts:
        raise NotPlain
    found, inverse = distinct(combined([part.codes + 1 for part in parts], [len(part.values) + 1 for part in parts]))
    recipes = [_recipe(coded, labels, row) for row in first_rows(inverse, len(found)).tolist()]
    recipe = by_appearance(inverse, [recipe.name for recipe in recipes])
    bare = np.array([recipe.bare for recipe in recipes], dtype=np.bool_)[inverse]
    return recipe, bare, _knobs(recipes, inverse, labels["codec"]) if "knobs" in coded else {}


def _recipe(coded: Mapping[str, _Coded], labels: Mapping[str, Labels], row: int) -> Recipe:
    name, knobs, bare = (_value(coded.get(field), row) for field in ("recipe", "knobs", "bare"))
    return recipe_of(
        None if name is None else fields.label("recipe", name, numeric=False),
        None if knobs is None else parse_knobs("knob_combo", knobs),
        fields.flag("is_bare_default", bare),
        preset=labels["preset"].of(row),
        q=labels["q"].of(row),
    )


def _value(column: _Coded | None, row: int) -> object:
    code = -1 if column is None else int(column.codes[row])
    return None if column is None or code < 0 else column.values[code]


def _knobs(recipes: Sequence[Recipe], inverse: Codes, codec: Labels) -> dict[tuple[str, str], str]:
    pairs, _ = distinct(codec.codes.astype(np.int64) * len(recipes) + inverse)
    known: dict[tuple[str, str], str] = {}
    for pair in pairs.tolist():
        recipe = recipes[pair % len(recipes)]
        if recipe.knobs is not None and not recipe.bare:
            note_knobs(known, (codec.names[pair // len(recipes)], recipe.name), recipe.knobs)
    return known


def _basis(column: _Coded | None, rows: int) -> Labels:
    if column is None:
        return Labels(codes=np.zeros(rows, dtype=np.int32), names=(Basis.MEASURED.value,))
    names = [fields.basis("basis", value).value for value in column.values]
    absent = len(names)
    codes = np.where(column.codes < 0, np.int32(absent), column.codes)
    return by_appearance(codes, [*names, Basis.MEASURED.value])
