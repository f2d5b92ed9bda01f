"""The heat map: codec and rate control by recipe, each square the most hits that any of its cells has."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from gate.model import Cell, CellVerdict
from gate.report.html.model import PageCell

SHADES: Final = 6  # 0 for no hits up to 5 for all sources


@dataclass(frozen=True, slots=True, kw_only=True)
class Square:
    """All cells of one codec, rate control and recipe; `worst` indexes the page's cells."""

    worst: int
    hits: int
    sources: int
    structural: int
    undecided: int  # undetermined or unmeasured
    cells: int
    shade: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatRow:
    """One codec and rate control; a square per recipe of the map, None where there is no cell."""

    codec: str
    rc_mode: str
    squares: tuple[Square | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatMap:
    """Recipes in the order of their first cell, rows in that of their labels' first cells."""

    recipes: tuple[str, ...]
    rows: tuple[HeatRow, ...]


def heat_map(cells: Iterable[PageCell]) -> HeatMap:
    """The map of a page's cells."""
    groups: dict[tuple[str, str], dict[str, list[int]]] = {}
    found: list[Cell] = []
    for at, item in enumerate(cells):
        key = item.cell.key
        groups.setdefault((key.codec, key.rc_mode), {}).setdefault(key.recipe, []).append(at)
        found.append(item.cell)
    recipes = tuple(sorted({cell.key.recipe for cell in found}))
    return HeatMap(
        recipes=recipes,
        rows=tuple(
            HeatRow(
                codec=codec,
                rc_mode=rc_mode,
                squares=tuple(_square(found, of[recipe]) if recipe in of else None for recipe in recipes),
            )
            for (codec, rc_mode), of in sorted(groups.items())
        ),
    )


def gravity(cell: Cell) -> tuple[int, int, float]:
    """A key by which the gravest cell sorts first: structural, most hits, deepest mean Δ."""
    order = (CellVerdict.STRUCTURAL, CellVerdict.UNDETERMINED, CellVerdict.CONTENT_DEPENDENT, CellVerdict.UNMEASURED)
    rank = order.index(cell.verdict) if cell.verdict in order else len(order)
    return rank, -cell.hits, cell.mean_delta or 0.0


def _square(cells: list[Cell], which: list[int]) -> Square:
    worst = min(which, key=lambda at: gravity(cells[at]))
    top = cells[worst]
    structural = sum(cells[at].verdict is CellVerdict.STRUCTURAL for at in which)
    undecided = {CellVerdict.UNDETERMINED, CellVerdict.UNMEASURED}
    return Square(
        worst=worst,
        hits=top.hits,
        sources=top.sources,
        structural=structural,
        undecided=sum(cells[at].verdict in undecided for at in which),
        cells=len(which),
        shade=-(-(SHADES - 1) * top.hits // top.sources) if top.sources else 0,
    )
