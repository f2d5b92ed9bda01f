"""A Vega-Lite specification drawn as SVG or PNG, by vl-convert where it is installed."""

from __future__ import annotations

import json
from enum import StrEnum
from types import ModuleType
from typing import Final

from gate.errors import UsageError
from gate.report.charts.figures import Spec

_SCALE: Final = 2.0  # pixels per unit of a PNG: sharp on a dense screen
_VEGA_LITE: Final = "6.4"  # the version that `SCHEMA` names


class Form(StrEnum):
    """How a chart is drawn."""

    SVG = "svg"
    PNG = "png"


def render_image(spec: Spec, form: Form) -> bytes:
    """The chart as a file's contents. UsageError where vl-convert isn't installed."""
    chart, options = json.dumps(spec), {"vl_version": _VEGA_LITE, "allowed_base_urls": []}
    if form is Form.SVG:
        svg: str = _converter().vegalite_to_svg(chart, **options)
        return svg.encode()
    png: bytes = _converter().vegalite_to_png(chart, scale=_SCALE, **options)
    return png


def _converter() -> ModuleType:
    try:
        import vl_convert  # noqa: PLC0415 - 84 MB that only images need
    except ImportError:
        what = "charts as SVG or PNG need vl-convert, which isn't installed"
        raise UsageError(what, fix="pip install 'codec-gate[charts]'") from None
    return vl_convert
