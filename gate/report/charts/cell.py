"""The chart of one cell: Δ VMAF per source (axis, bars, tolerance), and rate–distortion on each."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from gate.evidence.model import CellDetail, Detector, Slice
from gate.report.charts.figures import BAD, CAPTION, GOOD, HULL, LINK, QUIET, Spec, chart, nominal, number, rows

_BARE: Final = "bare"
_COLUMNS: Final = 3
_CURVES: Final = ("ladder", "hull", "own", "cell", "matched", "interpolated")


def cell_figure(
    detail: CellDetail, slices: Iterable[Slice], *, caption: str, tolerance_vmaf: float, detector: Detector
) -> Spec:
    """Δ bars over the sources, then a rate–distortion plot per source that has a row of the cell.

    `slices` may hold other planes too; those of the cell's codec and rate control are drawn.
    """
    key = detail.key
    title = " · ".join((key.codec, key.rc_mode, key.recipe, key.preset, key.q))
    return chart(title, caption, {"vconcat": [delta_bars(detail, tolerance_vmaf, detector), curves(detail, slices)]})


def delta_bars(detail: CellDetail, tolerance_vmaf: float, detector: Detector) -> Spec:
    """A bar per source: Δ by the detector that decides; a cross for the interpolated Δ; the tolerance dashed."""
    values = [
        {"source": row.source, "state": row.state.value, "delta": row.by(detector), "second": row.interpolated_delta}
        for row in detail.sources
    ]
    y, axis = nominal("source"), "Δ VMAF against the bare encoder"
    hit = {"condition": {"test": "datum.state === 'hit'", "value": BAD}, "value": QUIET}
    cross = {
        "type": "point",
        "shape": "cross",
        "filled": True,
        "fill": GOOD,
        "stroke": "white",
        "opacity": 1,
        "size": 70,
    }
    rule = {"type": "rule", "strokeDash": [4, 3], "color": BAD}
    return {
        "data": rows(values),
        "width": 560,
        "height": {"step": 22},
        "layer": [
            {"mark": "bar", "encoding": {"y": y, "x": number("delta", axis), "color": hit}},
            {"mark": cross, "encoding": {"y": y, "x": number("second", axis)}},
            {"mark": rule, "encoding": {"x": {"datum": -tolerance_vmaf, "type": "quantitative"}}},
        ],
    }


def curves(detail: CellDetail, slices: Iterable[Slice]) -> Spec:
    """A plot per source: bare ladders by preset, hull, the recipe's own rungs, the cell and both references."""
    x = number(
        "kbps", "bitrate, kbit/s (log)", scale={"type": "log", "nice": False}, axis={"tickCount": 4, "format": "~s"}
    )
    place = {"x": x, "y": number("vmaf", "VMAF", scale={"zero": False})}
    key = (
        "Grey: bare ladders by preset. Stairs: Pareto hull. Red: this recipe at this preset; diamond: this cell. "
        "Ring: matched bare row. Cross: bare ladder at the same bitrate."
    )
    left_out = [row.source for row in detail.sources if row.bitrate_kbps is None]
    key += f" Without a row of this cell, so not drawn: {', '.join(left_out)}." if left_out else ""
    return {
        "title": {"text": textwrap.wrap(key, CAPTION), "fontSize": 11, "fontWeight": "normal"},
        "data": rows(_points(detail, slices)),
        "facet": nominal("source", header={"title": None}),
        "columns": _COLUMNS,
        "resolve": {"scale": {"x": "independent", "y": "independent"}},
        "spec": {"width": 210, "height": 150, "layer": [_layer(kind, place) for kind in _CURVES]},
    }


def _layer(kind: str, place: Spec) -> Spec:
    marks: Mapping[str, Spec] = {
        "ladder": {"type": "line", "color": QUIET, "strokeWidth": 1, "point": {"size": 14, "color": QUIET}},
        "hull": {"type": "line", "color": HULL, "strokeWidth": 4, "interpolate": "step-after"},
        "own": {"type": "line", "color": BAD, "strokeWidth": 1},
        "cell": {"type": "point", "shape": "diamond", "filled": True, "color": BAD, "size": 80},
        "matched": {"type": "point", "shape": "circle", "color": LINK, "size": 120},
        "interpolated": {"type": "point", "shape": "cross", "filled": True, "color": GOOD, "size": 60},
    }
    by_preset = (
        {"strokeDash": {"field": "preset", "type": "nominal", "title": "bare preset", "legend": {"orient": "bottom"}}}
        if kind == "ladder"
        else {}
    )
    return {
        "transform": [{"filter": f"datum.kind === '{kind}'"}],
        "mark": marks[kind],
        "encoding": {**place, **by_preset},
    }


def _points(detail: CellDetail, slices: Iterable[Slice]) -> Iterator[Mapping[str, Any]]:
    drawn = {row.source for row in detail.sources if row.bitrate_kbps is not None}
    for plane in slices:
        if (plane.codec, plane.rc_mode) == (detail.key.codec, detail.key.rc_mode) and plane.source in drawn:
            yield from _rungs(plane, detail)
    for row in detail.sources:
        if row.bitrate_kbps is None:
            continue
        here = {"source": row.source, "preset": detail.key.preset, "kbps": row.bitrate_kbps}
        yield {**here, "kind": "cell", "vmaf": row.vmaf}
        if row.matched is not None:
            yield {**here, "kind": "matched", "kbps": row.matched.bitrate_kbps, "vmaf": row.matched.vmaf}
        if row.interpolated_vmaf is not None:
            yield {**here, "kind": "interpolated", "vmaf": row.interpolated_vmaf}


def _rungs(plane: Slice, detail: CellDetail) -> Iterator[Mapping[str, Any]]:
    for rung in plane.rungs:
        at = {"source": plane.source, "preset": rung.preset, "kbps": rung.bitrate_kbps, "vmaf": rung.vmaf}
        if rung.recipe == _BARE:
            yield {**at, "kind": "ladder"}
        if (rung.recipe, rung.preset) == (detail.key.recipe, detail.key.preset):
            yield {**at, "kind": "own"}
        if rung.on_hull:
            yield {**at, "kind": "hull"}
