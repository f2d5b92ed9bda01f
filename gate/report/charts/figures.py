"""The charts of a whole sweep (hits as a heat map, losses per codec, rates), and what every chart is made of."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from gate.errors import one_line
from gate.evidence.model import Cell, CellVerdict
from gate.values import dataclass

Spec = Mapping[str, Any]
"""A Vega-Lite specification (version 6), or a part of one: JSON values only."""

SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v6.json"
BAD, QUIET, LINK, GOOD, HULL = "#b3261e", "#57606a", "#0550ae", "#116329", "#b8c4d4"

CAPTION: Final = 95
"""Characters of a line below a title."""

_LABEL: Final = 40  # characters of a name on an axis
_CONFIG: Final[Spec] = {
    "background": "white",
    "font": "sans-serif",
    "view": {"stroke": None},
    "axis": {"labelLimit": 260, "gridColor": "#e4e8ec"},
    "title": {"anchor": "start", "subtitleColor": QUIET, "subtitleFontSize": 10, "offset": 12},
}


def chart(title: str, caption: str, body: Spec) -> Spec:
    """A whole specification. The caption (provenance, rule, tolerances, N) stands under the title, in lines."""
    subtitle = textwrap.wrap(one_line(caption), CAPTION)
    return {"$schema": SCHEMA, "title": {"text": one_line(title), "subtitle": subtitle}, "config": _CONFIG, **body}


def rows(values: Iterable[Mapping[str, Any]]) -> Spec:
    """Inline data. Text in it is cut to what an axis shows, and holds no control signs."""
    cut = ({key: one_line(v, _LABEL) if isinstance(v, str) else v for key, v in row.items()} for row in values)
    return {"values": list(cut)}


def nominal(field: str, title: str | None = None, **more: Any) -> Spec:
    """A channel of names, in the data's own order."""
    return {"field": field, "type": "nominal", "title": title, "sort": None, **more}


def number(field: str, title: str | None, **more: Any) -> Spec:
    """A channel of figures."""
    return {"field": field, "type": "quantitative", "title": title, **more}


QUANTILES: Final = (5, 25, 50, 75, 95)
"""The percentiles that `CodecLosses.quantiles` holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodecLosses:
    """Δ VMAF of one codec's comparable candidate rows: how many, and the QUANTILES of it."""

    codec: str
    rows: int
    quantiles: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeRate:
    """How many of one rate control's rows regress, bare ones included."""

    rc_mode: str
    regressions: int
    rows: int


def analysis_figures(
    *, cells: Iterable[Cell], losses: Sequence[CodecLosses], rates: Sequence[ModeRate], caption: str
) -> tuple[tuple[str, Spec], ...]:
    """Every figure of an analysis with its file's name, without suffix."""
    return (
        ("hits", hits_map(cells, caption)),
        ("losses", loss_ranges(losses, caption)),
        ("rates", regression_rates(rates, caption)),
    )


def hits_map(cells: Iterable[Cell], caption: str) -> Spec:
    """Codec and rate control by recipe; a square is the most hits of any of its cells, with its structural cells."""
    squares: dict[tuple[str, str], list[Cell]] = {}
    for cell in cells:
        key = cell.key
        squares.setdefault((f"{key.codec} {key.rc_mode}", key.recipe), []).append(cell)
    place = {"y": nominal("slice"), "x": nominal("recipe", axis={"orient": "top", "labelAngle": -35})}
    ramp = {"domain": [0, 1], "range": ["#f4f6f8", "#f5aaa3", "#a61b12"], "interpolate": "rgb"}
    colour = number("share", "share of sources", scale=ramp, legend={"format": ".0%"})
    contrast = {"condition": {"test": "datum.share > 0.7", "value": "white"}, "value": "black"}
    return chart(
        "Most sources on which any cell regresses; below it how many cells are structural",
        caption,
        {
            "data": rows(_square(*where, of) for where, of in sorted(squares.items())),
            "width": {"step": 70},
            "height": {"step": 34},
            "layer": [
                {"mark": {"type": "rect", "stroke": "white"}, "encoding": {**place, "color": colour}},
                _words("hits", -5, 12, place, contrast),
                _words("structural", 9, 9, place, contrast),
            ],
        },
    )


def _square(slice_: str, recipe: str, of: Sequence[Cell]) -> dict[str, Any]:
    worst = max(of, key=lambda cell: cell.hits / max(cell.sources, 1))
    structural = sum(cell.verdict is CellVerdict.STRUCTURAL for cell in of)
    return {
        "slice": slice_,
        "recipe": recipe,
        "hits": f"{worst.hits}/{worst.sources}",
        "share": worst.hits / max(worst.sources, 1),
        "structural": f"{structural} of {len(of)}" if structural else "",
    }


def _words(field: str, dy: int, size: int, place: Spec, colour: Spec) -> Spec:
    mark = {"type": "text", "dy": dy, "fontSize": size}
    return {"mark": mark, "encoding": {**place, "text": {"field": field}, "color": colour}}


def loss_ranges(losses: Sequence[CodecLosses], caption: str) -> Spec:
    """Per codec the middle half of Δ VMAF as a bar, 5 to 95 % as a line, and the median."""
    names = [f"p{quantile}" for quantile in QUANTILES]
    values = [
        {"codec": f"{loss.codec} ({loss.rows:,} rows)", **dict(zip(names, loss.quantiles, strict=True))}
        for loss in losses
    ]
    y = nominal("codec")
    low, high = (number(name, "Δ VMAF of candidate rows against the bare encoder") for name in ("p5", "p95"))
    return chart(
        "Δ VMAF per codec: median, middle half, 5 to 95 %",
        caption,
        {
            "data": rows(values),
            "width": 520,
            "height": {"step": 30},
            "layer": [
                {
                    "mark": {"type": "rule", "color": QUIET},
                    "encoding": {"y": y, "x": low, "x2": {"field": high["field"]}},
                },
                {
                    "mark": {"type": "bar", "color": HULL, "size": 14},
                    "encoding": {"y": y, "x": number("p25", low["title"]), "x2": {"field": "p75"}},
                },
                {
                    "mark": {"type": "tick", "color": BAD, "thickness": 2, "size": 18},
                    "encoding": {"y": y, "x": number("p50", low["title"])},
                },
                {
                    "mark": {"type": "rule", "strokeDash": [4, 3]},
                    "encoding": {"x": {"datum": 0, "type": "quantitative"}},
                },
            ],
        },
    )


def regression_rates(rates: Sequence[ModeRate], caption: str) -> Spec:
    """Per rate control the share of rows that regress."""
    values = [
        {"mode": rate.rc_mode, "share": rate.regressions / rate.rows, "said": f"{rate.regressions:,} of {rate.rows:,}"}
        for rate in rates
    ]
    place = {"y": nominal("mode"), "x": number("share", "share of all rows that regress", axis={"format": ".0%"})}
    return chart(
        "Regressions per rate control",
        caption,
        {
            "data": rows(values),
            "width": 520,
            "height": {"step": 30},
            "layer": [
                {"mark": {"type": "bar", "color": BAD}, "encoding": place},
                {"mark": {"type": "text", "align": "left", "dx": 5}, "encoding": {**place, "text": {"field": "said"}}},
            ],
        },
    )
