"""What an HTML page shows: its first line, notes, tables, and cells with the planes that they lie in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gate.evidence.model import Basis, Cell, CellVerdict, Slice, SourceRow
from gate.judge.model import Action
from gate.values import dataclass

SIGNS: Final[Mapping[Action, str]] = {
    Action.FAIL: "blocks",
    Action.WARN: "warns",
    Action.NOTICE: "notice",
    Action.PASS: "passes",
}
"""An action as a word for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """The evidence behind some cells; `caption` (provenance, clips, what a loss is) stands under their figures."""

    codecs: tuple[str, ...]
    tolerance_vmaf: float
    caption: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageCell:
    """One cell and its sources, in the corpus's order; no sources where nobody worked them out.

    `corpus` indexes `Page.corpora`; None where no evidence serves the codec. `adapters` are those that reach the cell,
    `about` says what else there is to say of it, a sentence each.
    """

    cell: Cell
    corpus: int | None
    sources: tuple[SourceRow, ...] = ()
    adapters: tuple[str, ...] = ()
    action: Action | None = None  # None where nothing was judged, only found
    about: tuple[str, ...] = ()
    waived: bool = False

    @property
    def verdict(self) -> str:
        """What the page says of it: a waived cell isn't shown as structural, filler not as evidence."""
        if self.waived:
            return "waived"
        return (CellVerdict.UNMEASURED if self.cell.basis is Basis.FILLER else self.cell.verdict).value


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table: a label per row, then its figures."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Lines of a file, as they stand there; folded but where `shown`."""

    title: str
    lines: tuple[str, ...]
    shown: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One thing that was judged: what with its action, where, (question, answer), listings, remarks in sentences."""

    title: str
    action: Action
    place: str
    answers: tuple[tuple[str, str], ...] = ()
    listings: tuple[Listing, ...] = ()
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A whole page. `headline` is its first line; `warnings` stand right below; `facts` are (term, text)."""

    title: str
    headline: str
    action: Action | None = None
    warnings: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    corpora: tuple[Corpus, ...] = ()
    cells: tuple[PageCell, ...] = ()
    slices: tuple[Slice, ...] = ()
    tables: tuple[Table, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    left_out: str = ""  # which cells the page doesn't hold, and where they are
