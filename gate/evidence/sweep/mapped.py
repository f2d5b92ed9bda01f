"""The `columns:` of a sweep's manifest: rows of any shape to the keys that `row` reads."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Final, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

from gate.documents import ONE_OR_MORE, Short
from gate.errors import SweepError
from gate.evidence.sweep.row import FLAGS, NUMBER, NUMBERS, SPELLINGS, shown

_NUMBER: Final = re.compile(NUMBER, re.ASCII)
_CLOSED: Final = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, populate_by_name=True, defer_build=True)
_FACTORED: Final = frozenset({*NUMBERS, "q"})
_FLAGS: Final = frozenset({"bare", "failed"})
_NAME: Final = {"type": "string", "minLength": 1}
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Column(BaseModel):
    """Where the value of one field comes from: a constant, or the file's columns and what is made of them."""

    model_config = _CLOSED

    from_: Annotated[tuple[Name, ...], ONE_OR_MORE] = Field(
        default=(), alias="from", description="The file's columns; of several the texts, with a space between."
    )
    value: str | int | float | bool | None = Field(default=None, description="A constant, in place of a column.")
    match: str = Field(
        default="",
        description="A regular expression; the value is what its groups matched, one after the other, or all it did.",
    )
    times: Annotated[float, Field(gt=0)] = Field(default=1, description="A factor: 1000 from seconds to ms.")
    where: str = Field(default="", description="`bare` and `failed`: true where this regular expression is found.")

    @field_validator("match", "where")
    @classmethod
    def _compiles(cls, value: str) -> str:
        try:
            re.compile(value)
        except re.error as error:
            raise ValueError(f"no regular expression: {error}") from None
        return value

    @model_validator(mode="after")
    def _from_one_place(self) -> Self:
        if bool(self.from_) == (self.value is not None):
            raise ValueError("give either `from` or `value`")
        if self.value is not None and (self.match or self.where):
            raise ValueError("a constant takes neither `match` nor `where`")
        return self

    def of(self, raw: Mapping[str, object], field: str) -> object:
        """The value that a row comes to; None where the row has none. SweepError names field and column."""
        if self.value is not None:
            return self.value
        found = [raw[name] for name in self.from_ if raw.get(name) is not None]
        if self.where:
            return re.search(self.where, " ".join(map(_text, found))) is not None
        if not found:
            return None
        value = found[0] if len(self.from_) == 1 else " ".join(map(_text, found))
        if self.match:
            value = self._part(value, field)
        return self._number(value, field) if field in NUMBERS or self.times != 1 else value

    def _part(self, value: object, field: str) -> str:
        match = re.search(self.match, _text(value))
        if match is None:
            raise SweepError(f"columns.{field}: `match` isn't in `{'`, `'.join(self.from_)}`: {shown(value)}")
        return "".join(part or "" for part in match.groups()) if match.re.groups else match[0]

    def _number(self, value: object, field: str) -> float:
        number = float(value) if isinstance(value, str) and _NUMBER.fullmatch(value.strip()) else value
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise SweepError(f"columns.{field}: `{self.from_[0]}` is not a number: {shown(value)}")
        return number * self.times if self.times != 1 else number


def _checked(columns: dict[str, Column]) -> dict[str, Column]:
    for field, column in columns.items():
        if field not in SPELLINGS:
            raise ValueError(f"a row has no {field!r}; it has {', '.join(SPELLINGS)}")
        if column.times != 1 and field not in _FACTORED:
            raise ValueError(f"{field} is no number: it takes no `times`")
        if column.where and field not in _FLAGS:
            raise ValueError(f"{field} is not true or false: it takes no `where`")
    return columns


_SHORT = Short(
    lambda said: {"from": said} if isinstance(said, str | list) else said,
    lambda _: [_NAME, {"type": "array", "items": _NAME}],
)
Columns = Annotated[dict[str, Annotated[Column, _SHORT]], AfterValidator(_checked)]
"""Field of a row -> its Column; a text or a list of them is short for `from`."""


def mapped(raw: Mapping[str, object], columns: Mapping[str, Column], *, complete: bool) -> dict[str, object]:
    """A row with the mapped fields under the keys that `row` reads, its other keys as they are.

    Args:
        raw: the file's row.
        columns: field -> where it comes from.
        complete: whether every row has every column, as in CSV: one that isn't there is then an error.
    """
    taken = {key for field in columns for key in SPELLINGS[field]}
    row = {key: value for key, value in raw.items() if key not in taken}
    for field, column in columns.items():
        missing = next((name for name in column.from_ if complete and name not in raw), None)
        if missing is not None:
            raise SweepError(f"columns.{field}: there is no `{missing}`", fix=f"there are {', '.join(raw)}")
        value = column.of(raw, field)
        row[SPELLINGS[field][0]] = FLAGS.get(value, value) if field == "bare" and isinstance(value, str) else value
    return row


def _text(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
