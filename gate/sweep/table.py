"""Cells as values, each made when somebody asks for it: a check asks for few of the thousands that a sample holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from gate.model import Basis, Cell, CellKey, CellVerdict, Tally
from gate.sweep.cells import COUNTED, Cells


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CellTable(Mapping[CellKey, Cell]):
    """Cells by key; `place` is each one's index in `decided`, and in what either witness counts.

    A cell that rests on filler is unmeasured, whatever was counted.
    """

    place: Mapping[CellKey, int]
    decided: Cells
    published: Cells | None = None
    interpolated: Cells | None = None

    def __getitem__(self, key: CellKey) -> Cell:
        index = self.place[key]
        cell = _cell(self.decided, index, key)
        return replace(
            cell,
            verdict=CellVerdict.UNMEASURED if cell.basis is Basis.FILLER else cell.verdict,
            published=_tally(self.published, index),
            interpolated=_tally(self.interpolated, index),
        )

    def __iter__(self) -> Iterator[CellKey]:
        return iter(self.place)

    def __len__(self) -> int:
        return len(self.place)

    def of_codec(self, codec: str) -> CellTable:
        """One codec's cells alone."""
        return replace(self, place={key: index for key, index in self.place.items() if key.codec == codec})


def to_model(cells: Cells, published: Cells | None = None, interpolated: Cells | None = None) -> CellTable:
    """The cells as values; `published` and `interpolated` are the same cells as each witness counts them."""
    columns = (cells.codec, cells.rc_mode, cells.recipe, cells.preset, cells.q)
    texts = ([column.names[code] for code in column.codes.tolist()] for column in columns)
    place = {
        CellKey(codec=codec, rc_mode=rc_mode, recipe=recipe, preset=preset, q=q): index
        for index, (codec, rc_mode, recipe, preset, q) in enumerate(zip(*texts, strict=True))
    }
    return CellTable(place=place, decided=cells, published=published, interpolated=interpolated)


def counted(cells: Cells, which: Iterable[int]) -> Iterator[Cell]:
    """The cells at these indices as values, with the verdict that their counts come to, whatever the basis."""
    columns = (cells.codec, cells.rc_mode, cells.recipe, cells.preset, cells.q)
    for index in which:
        codec, rc_mode, recipe, preset, q = (column.of(index) for column in columns)
        yield _cell(cells, index, CellKey(codec=codec, rc_mode=rc_mode, recipe=recipe, preset=preset, q=q))


def _cell(cells: Cells, index: int, key: CellKey) -> Cell:
    hit = bool(cells.hits[index])
    return Cell(
        key=key,
        verdict=COUNTED[int(cells.verdict[index])],
        basis=cells.bases[int(cells.basis[index])],
        hits=int(cells.hits[index]),
        holds=int(cells.holds[index]),
        unknown=int(cells.unknown[index]),
        mean_delta=float(cells.mean_delta[index]) if hit else None,
        worst_source=cells.worst_source[index],
        worst_delta=float(cells.worst_delta[index]) if hit else None,
        screened=bool(cells.screened[index]),
    )


def _tally(cells: Cells | None, index: int) -> Tally | None:
    if cells is None:
        return None
    hit = bool(cells.hits[index])
    return Tally(
        verdict=COUNTED[int(cells.verdict[index])],
        hits=int(cells.hits[index]),
        holds=int(cells.holds[index]),
        unknown=int(cells.unknown[index]),
        mean_delta=float(cells.mean_delta[index]) if hit else None,
        worst_source=cells.worst_source[index],
        worst_delta=float(cells.worst_delta[index]) if hit else None,
    )
