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
    return render_svg(spec).encode() if form is Form.SVG else render_png(spec)


def render_svg(spec: Spec) -> str:
    """The chart as SVG text. UsageError where vl-convert isn't installed."""
    svg: str = _converter().vegalite_to_svg(json.dumps(spec), vl_version=_VEGA_LITE, allowed_base_urls=[])
    return svg


def render_png(spec: Spec) -> bytes:
    """The chart as PNG, two pixels per unit. UsageError where vl-convert isn't installed."""
    png: bytes = _converter().vegalite_to_png(
        json.dumps(spec), vl_version=_VEGA_LITE, scale=_SCALE, allowed_base_urls=[]
    )
    return png


def _converter() -> ModuleType:
    try:
        import vl_convert  # noqa: PLC0415 - 84 MB that only images need
    except ImportError:
        what = "charts as SVG or PNG need vl-convert, which isn't installed"
        raise UsageError(what, fix="pip install 'codec-gate[charts]'") from None
    return vl_convert
