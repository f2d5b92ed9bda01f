"""A page to HTML: template, style, script, content policy, and the heat map of codec and rate control by recipe."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import jinja2
from markupsafe import Markup

from gate.errors import one_line
from gate.evidence.model import Cell, CellVerdict
from gate.report.html.data import page_json
from gate.report.html.model import SIGNS, Page, PageCell

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
            heat=heat_map(page.cells),
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
    made.globals["signs"] = SIGNS
    return made


def _shown(value: Any) -> Any:
    """Control and bidirectional signs of data as escapes: text can't pretend to be other text."""
    return one_line(value) if isinstance(value, str) and not isinstance(value, Markup) else value
