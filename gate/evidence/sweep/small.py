"""Small JSONL files to columns, without a database's start-up: a parser in Rust, line by line."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any, Final

import numpy as np
from pydantic_core import from_json

from gate.errors import SweepError
from gate.evidence.sweep.coded import CODED, Coded, NotPlain, assembled, single_keys
from gate.evidence.sweep.columns import Floats, Ints, Sweep
from gate.evidence.sweep.files import DataFile, Form, Packing
from gate.evidence.sweep.row import LABELS, NUMBERS

_MOST: Final = 8_000_000  # bytes: beyond it DuckDB's start-up is paid back


def read_small(file: DataFile) -> Sweep:
    """The sweep in `file`, exactly as the exact reader would give it. Raises: NotPlain."""
    if file.form is not Form.JSONL or file.packing is not Packing.NONE or file.path.stat().st_size > _MOST:
        raise NotPlain
    try:
        columns = _columns(file.path.read_bytes())
        keys = single_keys(list(columns))
        coded = {str(field): _coded(columns[keys[field]]) for field in CODED if field in keys}
        numbers = {str(field): _numbers(columns[keys[field]]) for field in NUMBERS}
        if any((coded[field].codes < 0).any() for field in LABELS if field in coded):
            raise NotPlain
        streams = columns[keys["stream"]] if "stream" in keys else [None] * len(coded["q"].codes)
        return assembled(coded, numbers, _streams(streams))
    except (SweepError, ValueError, OverflowError, RecursionError) as error:
        raise NotPlain from error


def _columns(content: bytes) -> dict[str, list[Any]]:
    """Key -> its value in every row, None where a row lacks it. Raises: NotPlain, ValueError."""
    rows = [from_json(line, allow_inf_nan=False) for line in content.split(b"\n") if line and not line.isspace()]
    if set(map(type, rows)) != {dict}:
        raise NotPlain
    keys = dict.fromkeys(chain.from_iterable(set(map(tuple, rows))))
    columns = {key: [row.get(key) for row in rows] for key in keys}
    # A row that has a key twice has more pairs than keys. An escape hides what a text holds.
    colons = sum(map(len, rows)) + sum(map(_colons, (*columns.values(), [*keys])))
    if content.count(b":") != colons or b"\\" in content:
        raise NotPlain
    return columns


def _colons(column: Sequence[Any]) -> int:
    """The colons that a column's values take in the file. Raises: NotPlain for what a flat row doesn't hold."""
    kinds = set(map(type, column)) - {type(None)}
    if kinds == {str}:
        return "".join(filter(None, column)).count(":")
    if kinds <= {int, float, bool, str}:
        return sum(each.count(":") for each in column if type(each) is str)
    if kinds == {dict}:
        pairs = [*chain.from_iterable(each.items() for each in column if each)]
        return len(pairs) + _colons([name for name, _ in pairs]) + _colons([value for _, value in pairs])
    raise NotPlain


def _coded(column: Sequence[Any]) -> Coded:
    """A column over its different values: 1, 1.0 and true are three."""
    texts = set(map(type, column)) <= {str, type(None)}
    spelt = column if texts else [None if each is None else repr(each) for each in column]
    places: dict[object, int] = {None: -1}
    codes = np.fromiter((places.setdefault(each, len(places) - 1) for each in spelt), np.int32, len(column))
    values = dict(zip(spelt, column, strict=True))
    return Coded(codes=codes, values=tuple(values[each] for each in places if each is not None))


def _streams(column: Sequence[Any]) -> Ints:
    if not set(map(type, column)) <= {str, type(None)}:
        raise NotPlain
    return _coded([each or None for each in column]).codes.astype(np.int64) + 1


def _numbers(column: Sequence[Any]) -> Floats:
    if not set(map(type, column)) <= {int, float}:
        raise NotPlain
    return np.array(column, np.float64)
