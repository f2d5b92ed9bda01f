"""A page to HTML: template, style, script, content policy, and a heat map per codec of recipes by rate control."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import jinja2
from markupsafe import Markup

from gate.errors import one_line
from gate.evidence.model import Cell, CellVerdict
from gate.report.html.data import page_json
from gate.report.html.model import SIGNS, Page, PageCell
from gate.report.wording import delta
from gate.values import dataclass

SHADES: Final = 6  # 0 for no structural cell up to 5 for all
FIRST: Final = 30  # recipes of a codec that the map shows at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Square:
    """All cells of one codec, recipe and rate control; `worst` indexes the page's cells. A waived one isn't structural.

    `measured` counts the cells that speak: not those that nobody measured, nor filler.
    """

    worst: int
    structural: int
    measured: int
    cells: int
    undetermined: int
    worst_delta: float | None

    @property
    def shade(self) -> int:
        """The share of structural cells among those measured, in steps; 0 only for none."""
        return -(-(SHADES - 1) * self.structural // self.measured) if self.measured else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatRow:
    """One recipe: a square per rate control of the codec, None where there is no cell."""

    recipe: str
    squares: tuple[Square | None, ...]

    @property
    def measured(self) -> bool:
        """Whether anything is known of it."""
        return any(square and square.measured for square in self.squares)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatMap:
    """One codec's recipes, the gravest first; `first` of them stand open."""

    codec: str
    rc_modes: tuple[str, ...]
    rows: tuple[HeatRow, ...]

    @property
    def first(self) -> tuple[HeatRow, ...]:
        """The rows that stand open: the gravest that something is known of."""
        return tuple(row for row in self.rows if row.measured)[:FIRST]


def heat_maps(cells: Iterable[PageCell]) -> tuple[HeatMap, ...]:
    """A map per codec of a page's cells; codecs, recipes and a square's cells stand by their gravest cell."""
    shown = list(cells)
    codecs: dict[str, dict[str, dict[str, list[int]]]] = {}
    for at in sorted(range(len(shown)), key=lambda at: _weight(shown[at])):
        key = shown[at].cell.key
        codecs.setdefault(key.codec, {}).setdefault(key.recipe, {}).setdefault(key.rc_mode, []).append(at)
    maps = []
    for codec, of in codecs.items():
        modes = tuple(sorted({rc_mode for by_mode in of.values() for rc_mode in by_mode}))
        rows = tuple(
            HeatRow(recipe=recipe, squares=tuple(_square(shown, at[mode]) if mode in at else None for mode in modes))
            for recipe, at in of.items()
        )
        maps.append(HeatMap(codec=codec, rc_modes=modes, rows=rows))
    return tuple(maps)


def _square(cells: Sequence[PageCell], which: Sequence[int]) -> Square:
    items = [cells[at] for at in which]
    measured = [item for item in items if item.verdict != CellVerdict.UNMEASURED]
    return Square(
        worst=which[0],
        structural=sum(item.verdict == CellVerdict.STRUCTURAL for item in items),
        measured=len(measured),
        cells=len(items),
        undetermined=sum(item.verdict == CellVerdict.UNDETERMINED for item in items),
        worst_delta=min((item.cell.worst_delta or 0.0 for item in measured if item.cell.hits), default=None),
    )


def _weight(item: PageCell) -> tuple[bool, tuple[int, int, float]]:
    return item.waived or item.verdict == CellVerdict.UNMEASURED, gravity(item.cell)


def gravity(cell: Cell) -> tuple[int, int, float]:
    """A key by which the gravest cell sorts first: structural, most hits, deepest mean Δ."""
    order = (CellVerdict.STRUCTURAL, CellVerdict.UNDETERMINED, CellVerdict.CONTENT_DEPENDENT, CellVerdict.UNMEASURED)
    rank = order.index(cell.verdict) if cell.verdict in order else len(order)
    return rank, -cell.hits, cell.mean_delta or 0.0


_HERE: Final = Path(__file__).parent
_SCRIPTS: Final = ("dom.js", "cells.js", "plot.js", "curves.js", "panel.js", "table.js", "start.js")


def render_page(page: Page) -> str:
    """The whole page as HTML. Text from a pull request is data in it: escaped, on one line, never run."""
    style = _asset("page.css")
    script = "(() => {\n'use strict';\n" + "\n".join(_asset(name) for name in _SCRIPTS) + "})();\n"
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            page=page,
            maps=heat_maps(page.cells) if len(page.cells) > 1 else (),
            data=Markup(page_json(page)),  # noqa: S704 - escaped_json lets no sign of HTML through
            style=Markup(style),  # noqa: S704 - our own file
            script=Markup(script),  # noqa: S704 - our own files
            policy=_content_policy(style, script),
        )
    )


def _content_policy(style: str, script: str) -> str:
    """No network, no forms, no frames, no eval: the one style and the one script that the page is made with."""
    return (
        f"default-src 'none'; style-src 'sha256-{_digest(style)}'; script-src 'sha256-{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")


def _asset(name: str) -> str:
    return (_HERE / "assets" / name).read_text(encoding="utf-8")


def _environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_shown,
    )
    made.globals |= {"signs": SIGNS, "delta": delta}
    return made


def _shown(value: Any) -> Any:
    """Control and bidirectional signs of data as escapes: text can't pretend to be other text."""
    return one_line(value) if isinstance(value, str) and not isinstance(value, Markup) else value
