"""Columns as they were read, each coded over its different values, to a sweep; what no plain file has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from gate.evidence.model import Basis
from gate.evidence.sweep import row
from gate.evidence.sweep.columns import Codes, Flags, Floats, Ints, Labels, Sweep
from gate.evidence.sweep.exact import note_knobs
from gate.evidence.sweep.groups import as_bare, combined, distinct, first_rows
from gate.evidence.sweep.knobs import parse_knobs
from gate.evidence.sweep.row import LABELS, NUMBERS, NUMERIC_LABELS, OPTIONAL
from gate.values import dataclass

CODED: Final = (*LABELS, *OPTIONAL)
_REQUIRED: Final = (*LABELS, *NUMBERS)


class NotPlain(Exception):  # noqa: N818  no error: the exact reader decides
    """The file is malformed, or well formed in a way that only the exact reader takes in."""


def single_keys(present: Sequence[str]) -> dict[str, str]:
    """Field -> its one key. Raises: NotPlain where a required field has none, or a field has two."""
    found = row.keys_of(set(present))
    single = all(field in found for field in _REQUIRED) and all(len(keys) == 1 for keys in found.values())
    if not single or "failed" in found or "extra_params" in present:
        raise NotPlain
    return {field: keys[0] for field, keys in found.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Coded:
    """One column over its different values: -1 is none, else an index into `values`, as the file spells them."""

    codes: Codes
    values: tuple[object, ...]


def assembled(coded: Mapping[str, Coded], numbers: Mapping[str, Floats], stream: Ints) -> Sweep:
    """The sweep of these columns; `stream` tells one encoded stream from another, 0 where there is none.

    Raises: NotPlain, SweepError: a value that no row has.
    """
    _check_numbers(numbers)
    labels = {field: _labels(field, coded[field]) for field in LABELS}
    recipe, bare, knobs = _recipes(coded, labels)
    basis = _basis(coded.get("basis"), len(bare))
    return Sweep(
        source=labels["source"],
        codec=labels["codec"],
        rc_mode=labels["rc_mode"],
        preset=labels["preset"],
        q=labels["q"],
        recipe=recipe,
        bare=bare,
        bitrate_kbps=numbers["bitrate_kbps"],
        vmaf=numbers["vmaf"],
        encode_ms=numbers["encode_ms"],
        basis=basis.codes.astype(np.int8),
        bases=tuple(Basis(name) for name in basis.names),
        knobs=knobs,
        no_effect=as_bare([labels[field] for field in LABELS], bare, stream, _said(coded.get("no_effect"), bare)),
    )


def _said(column: Coded | None, bare: Flags) -> Flags:
    if column is None:
        return np.zeros_like(bare)
    values = [row.flag("no_effect", value) is True for value in column.values]
    return np.array([*values, False], np.bool_)[column.codes]


def _check_numbers(numbers: Mapping[str, Floats]) -> None:
    """The bounds of `fields`, column by column: by its extremes, through which a NaN passes."""
    if not len(numbers[NUMBERS[0]]):
        raise NotPlain
    for field, check in (("bitrate_kbps", row.bitrate), ("vmaf", row.vmaf), ("encode_ms", row.encode_ms)):
        check(field, float(numbers[field].min()))
        check(field, float(numbers[field].max()))


def _labels(field: str, column: Coded) -> Labels:
    names = [row.label(field, value, numeric=field in NUMERIC_LABELS) for value in column.values]
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
    coded: Mapping[str, Coded], labels: Mapping[str, Labels]
) -> tuple[Labels, Flags, dict[tuple[str, str], str]]:
    """Recipe, bareness and knobs of every row, worked out once per combination of what they follow from."""
    parts = [coded[field] for field in ("recipe", "knobs", "bare") if field in coded]
    if "knobs" in coded:
        parts += [Coded(codes=labels[field].codes, values=labels[field].names) for field in ("preset", "q")]
    if not parts:
        raise NotPlain
    found, inverse = distinct(combined([part.codes + 1 for part in parts], [len(part.values) + 1 for part in parts]))
    recipes = [_recipe(coded, labels, row) for row in first_rows(inverse, len(found)).tolist()]
    recipe = by_appearance(inverse, [recipe.name for recipe in recipes])
    bare = np.array([recipe.bare for recipe in recipes], dtype=np.bool_)[inverse]
    return recipe, bare, _knobs(recipes, inverse, labels["codec"]) if "knobs" in coded else {}


def _recipe(coded: Mapping[str, Coded], labels: Mapping[str, Labels], at: int) -> row.Recipe:
    name, knobs, bare = (_value(coded.get(field), at) for field in ("recipe", "knobs", "bare"))
    return row.recipe_of(
        None if name is None else row.label("recipe", name, numeric=False),
        None if knobs is None else parse_knobs("knob_combo", knobs),
        row.flag("is_bare_default", bare),
        preset=labels["preset"].of(at),
        q=labels["q"].of(at),
    )


def _value(column: Coded | None, row: int) -> object:
    code = -1 if column is None else int(column.codes[row])
    return None if column is None or code < 0 else column.values[code]


def _knobs(recipes: Sequence[row.Recipe], inverse: Codes, codec: Labels) -> dict[tuple[str, str], str]:
    pairs, _ = distinct(codec.codes.astype(np.int64) * len(recipes) + inverse)
    known: dict[tuple[str, str], str] = {}
    for pair in pairs.tolist():
        recipe = recipes[pair % len(recipes)]
        if recipe.knobs is not None and not recipe.bare:
            note_knobs(known, (codec.names[pair // len(recipes)], recipe.name), recipe.knobs)
    return known


def _basis(column: Coded | None, rows: int) -> Labels:
    if column is None:
        return Labels(codes=np.zeros(rows, dtype=np.int32), names=(Basis.MEASURED.value,))
    names = [row.basis("basis", value).value for value in column.values]
    absent = len(names)
    codes = np.where(column.codes < 0, np.int32(absent), column.codes)
    return by_appearance(codes, [*names, Basis.MEASURED.value])
