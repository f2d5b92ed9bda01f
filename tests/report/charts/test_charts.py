"""Charts as specifications: valid Vega-Lite, with every figure in its place, and drawn where vl-convert is."""

from __future__ import annotations

import json
import re
import sys

import altair
import pytest
import vl_convert

from gate.errors import UsageError
from gate.evidence.model import CellDetail, CellKey, CellVerdict, Detector, SourceState, Statistics
from gate.report.charts.cell import cell_figure
from gate.report.charts.figures import CodecLosses, ModeRate, analysis_figures, hits_map
from gate.report.charts.images import Form, render_image
from tests.report.html.made import cell, plane, row

CAPTION = "Evidence: toy (RECONSTRUCTED from published aggregates, not measured). " * 3
CELLS = (cell(hits=0, q="1", verdict=CellVerdict.CLEAN), cell(hits=2, q="2"), cell("aq", rc_mode="cbr", hits=1))


def detail():
    statistics = Statistics(
        sources=1, median_delta=-1.0, interval=None, sign_test_p=None, floor_vmaf=0.1, floor_assumed=True,
        within_floor=(), fragile=False, flips=None,
    )  # fmt: skip
    return CellDetail(
        key=CellKey(codec="h264_nvenc", rc_mode="vbr", recipe="bf3", preset="p4", q="1"),
        sources=(row("A"), row("B", SourceState.HOLDS, delta=0.5), row("C", SourceState.ABSENT)),
        statistics=statistics, bd_rate_pct=None, bd_vmaf=None, bd_sources=0,
    )  # fmt: skip


def specs():
    losses = (CodecLosses(codec="h264_nvenc", rows=6, quantiles=(-3.0, -2.0, -1.0, 0.0, 1.0)),)
    rates = (ModeRate(rc_mode="vbr", regressions=1, rows=4),)
    found = dict(analysis_figures(cells=CELLS, losses=losses, rates=rates, caption=CAPTION))
    return {
        **found,
        "cell": cell_figure(
            detail(), (plane("A"), plane("B")), caption=CAPTION, tolerance_vmaf=0.1, detector=Detector.NEAREST
        ),
    }


@pytest.fixture(params=["hits", "losses", "rates", "cell"])
def spec(request):
    return specs()[request.param]


def test_it_is_vega_lite_by_the_published_schema(spec):
    altair.Chart.from_dict(json.loads(json.dumps(spec)), validate=True)


def test_it_says_what_it_rests_on(spec):
    assert " ".join(spec["title"]["subtitle"]) == CAPTION.strip()


def test_it_fetches_nothing(spec):
    """Only the name of the schema is an address."""
    assert re.findall(r"https?://[^\"]*", json.dumps(spec)) == [spec["$schema"]]


def test_it_is_drawn_as_text_and_as_pixels(spec):
    svg = render_image(spec, Form.SVG)
    assert svg.startswith(b"<svg")
    assert b"RECONSTRUCTED" in svg
    assert render_image(spec, Form.PNG).startswith(b"\x89PNG")


def marks(spec, description):
    """How many marks of the drawn chart are of one kind, by the role that each is described with."""
    return len(re.findall(rf'aria-roledescription="{description}"', render_image(spec, Form.SVG).decode()))


def test_hits_are_a_square_per_slice_and_recipe():
    spec = hits_map(CELLS, CAPTION)
    assert spec["data"]["values"] == [
        {"slice": "h264_nvenc cbr", "recipe": "aq", "hits": "1/2", "share": 0.5, "structural": "1 of 1"},
        {"slice": "h264_nvenc vbr", "recipe": "bf3", "hits": "2/2", "share": 1.0, "structural": "1 of 2"},
    ]
    assert marks(spec, "rect mark") == 2


def test_a_cell_has_a_bar_per_source_that_spoke_and_a_point_per_source_that_was_measured():
    spec = specs()["cell"]
    bars, curves = spec["vconcat"]
    assert [value["delta"] for value in bars["data"]["values"]] == [-1.0, 0.5, None]
    kinds = [point["kind"] for point in curves["data"]["values"]]
    assert {kind: kinds.count(kind) for kind in kinds} == {"ladder": 4, "hull": 2, "own": 2, "cell": 2, "matched": 2}
    assert marks({**spec, "vconcat": [bars]}, "bar") == 2


def test_hostile_names_are_cut_and_hold_no_control_sign():
    spec = hits_map([cell("x\u202e<script>" + "y" * 500)], CAPTION)
    (value,) = spec["data"]["values"]
    assert len(value["recipe"]) == 40
    assert value["recipe"].startswith("x\\u202e<script>")
    assert "<script" not in render_image(spec, Form.SVG).decode()


def test_without_vl_convert_the_error_says_how_to_get_it(monkeypatch, spec):
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(UsageError, match=r"pip install 'codec-gate\[charts\]'"):
        render_image(spec, Form.SVG)


def test_the_installed_vl_convert_knows_the_version_that_charts_are_written_for():
    assert "6.4" in vl_convert.get_vegalite_versions()
