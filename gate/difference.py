"""What a refresh changes: cells that two samples judge differently, other facts, and the shipped defaults it hits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from gate.model import Cell, CellKey, CellVerdict


@dataclass(frozen=True, slots=True, kw_only=True)
class CellChange:
    """One cell in the old and the new sample; None where a sample lacks it."""

    key: CellKey
    before: Cell | None
    after: Cell | None

    @property
    def became_structural(self) -> bool:
        return _structural(self.after) and not _structural(self.before)

    @property
    def ceased_structural(self) -> bool:
        return _structural(self.before) and not _structural(self.after)


@dataclass(frozen=True, slots=True, kw_only=True)
class FactChange:
    """Something else that the manifests say differently, by its key path. An empty text is absence."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleDifference:
    """Two samples side by side. Every cell that changed is in just one of the tuples, in the order of its labels.

    A structural cell that only one sample has is in `became` or `ceased`, not in `appeared` or `disappeared`.
    """

    old: str  # digests
    new: str
    became: tuple[CellChange, ...]
    ceased: tuple[CellChange, ...]
    other: tuple[CellChange, ...]  # both have it, neither judges it structural, and the verdicts differ
    appeared: tuple[CellChange, ...]
    disappeared: tuple[CellChange, ...]
    facts: tuple[FactChange, ...]

    @property
    def verdicts(self) -> tuple[CellChange, ...]:
        """The cells whose verdict changed: structural ones first."""
        return self.became + self.ceased + self.other


@dataclass(frozen=True, slots=True, kw_only=True)
class HitCell:
    """A cell whose verdict changed, and the adapter's own names of the presets that are judged by it."""

    change: CellChange
    presets: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HitDefault:
    """A default that ships now and reaches cells whose verdict changed. `point` says what it emits."""

    adapter: str
    codec: str
    path: str
    line: int
    point: str
    cells: tuple[HitCell, ...]

    @property
    def structurally(self) -> bool:
        """Whether a cell that it reaches became structural, or ceased to be."""
        return any(cell.change.became_structural or cell.change.ceased_structural for cell in self.cells)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refresh:
    """The difference of two samples, and what it means for what ships. `defaults` is None where nobody asked.

    `unread` says which adapters, or parts of them, could not be read, and so may be hit as well.
    """

    difference: SampleDifference
    defaults: tuple[HitDefault, ...] | None = None
    unread: tuple[str, ...] = ()


Kind = Literal["became", "ceased", "other", "appeared", "disappeared"]


def kind_of(change: CellChange) -> Kind | None:
    """In which of a difference's tuples a cell belongs; None where its verdict is the same."""
    if change.became_structural or change.ceased_structural:
        return "became" if change.became_structural else "ceased"
    if change.before is None or change.after is None:
        return "appeared" if change.before is None else "disappeared"
    return None if change.before.verdict is change.after.verdict else "other"


def _structural(cell: Cell | None) -> bool:
    return cell is not None and cell.verdict is CellVerdict.STRUCTURAL
