"""What all charts share: the type of a specification, one look, and titles that say what a chart rests on."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from typing import Any, Final

from gate.errors import one_line

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
