"""JSON text walked value by value, so that each element of an array keeps its line and how it was written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final

from gate.errors import SweepError
from gate.evidence.sweep.knobs import object_of
from gate.values import dataclass

_SPACE: Final = re.compile(r"[ \t\r\n]*")
_DECODER: Final = json.JSONDecoder(object_pairs_hook=object_of)


@dataclass(frozen=True, slots=True)
class Element:
    """One element of an array: the line that it begins on, where it stands in the text, and what it is."""

    line: int
    start: int
    end: int
    value: object


def elements(text: str, start: int, path: str) -> Iterator[Element]:
    """The elements of the array at `start`. SweepError names the line of what is no JSON, or no array."""
    whole, _ = decoded(text, start, f"{path}:{line_of(text, start)}")
    if not isinstance(whole, list):
        raise SweepError("is no array", where=f"{path}:{line_of(text, start)}")
    at, line, counted = start, line_of(text, start), start
    for value in whole:
        at = after_space(text, at + 1)
        line, counted = line + text.count("\n", counted, at), at
        end = _DECODER.raw_decode(text, at)[1]
        yield Element(line, at, end, value)
        at = after_space(text, end)  # the comma


def value_of(wanted: str, text: str, start: int) -> int:
    """Where the value of a key begins in the sound object at `start`, which has it."""
    at = start
    while True:
        key, end = _DECODER.raw_decode(text, after_space(text, at + 1))
        at = after_space(text, after_space(text, end) + 1)
        if key == wanted:
            return at
        at = after_space(text, _DECODER.raw_decode(text, at)[1])


def line_of(text: str, at: int) -> int:
    """The line, from 1, of a place in a text."""
    return text.count("\n", 0, at) + 1


def after_space(text: str, at: int) -> int:
    """The first place from `at` on that is no white space."""
    return _SPACE.match(text, at).end()  # type: ignore[union-attr]  # matches anywhere


def decoded(text: str, at: int, where: str) -> tuple[object, int]:
    """The JSON value at a place, and where it ends. SweepError names the line: `where` is `path:line` of the place."""
    try:
        return _DECODER.raw_decode(text, at)
    except json.JSONDecodeError as error:
        path, _, line = where.rpartition(":")
        at_line = int(line) + error.lineno - line_of(text, at)
        raise SweepError(f"is not JSON: {error.msg}", where=f"{path}:{at_line}") from None
    except (ValueError, RecursionError):
        raise SweepError(
            "is not JSON that can be read: too large a number, or nested too deeply", where=where
        ) from None
