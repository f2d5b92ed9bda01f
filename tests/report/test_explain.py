"""Explanations in every format: whole renderings against golden files, and what hostile text may not do."""

from __future__ import annotations

import dataclasses
import json
import os
import re
from pathlib import Path

import jsonschema
import pytest

from gate.errors import UsageError
from gate.evidence.model import Basis, Provenance
from gate.judge.explain_model import EXPLAIN_SCHEMA, ExplainedCell, Explanation
from gate.judge.model import Action, PointVerdict
from gate.report.charts.images import Form
from gate.report.explain_text import render_explanation_text
from gate.report.html.check import render_explanation_html, render_explanation_image
from gate.report.json import explanation_schema, render_explanation_json
from tests.report.conftest import BLOCKED, DEEP, DISPUTED, HOSTILE, PASSED, STRUCTURAL, cell, detail, source_row, tally

GOLDEN = Path(__file__).parent / "golden"


def told(*cells, **changed):
    """An explanation of these cells."""
    whole = Explanation(
        schema=EXPLAIN_SCHEMA,
        path="",
        changes=0,
        as_of="2026-06-01",
        trust=BLOCKED.trust,
        policy=BLOCKED.policy,
        waivers=(),
        cells=cells,
        slices=(),
        notices=(),
    )
    return dataclasses.replace(whole, **changed)


def one(shown, judged, **changed):
    whole = ExplainedCell(
        codec="h264_nvenc",
        knobs={"bf": "3"},
        judged=judged,
        point_verdict=PointVerdict.STRUCTURAL,
        rules=STRUCTURAL.rules,
        detail=shown,
        sample=PASSED.samples[0],
        adapter="",
        path="",
        line=0,
    )
    return dataclasses.replace(whole, **changed)


MEASURED = dataclasses.replace(PASSED.samples[0], name="evidence/x.parquet", provenance=Provenance.MEASURED)
SCREENED = dataclasses.replace(MEASURED, design="screen:2", miss_bound=1 / 36)
SILENT = detail(
    [
        source_row("a", None, None, because="no bare row of this preset"),
        source_row("b", 0.4, None, because="no bare row of this preset"),
    ]
)
EXPLAINED = {
    "structural": told(one(DEEP, cell("structural", 9, -5.81, second=tally("structural", 8, -6.4, unknown=1)))),
    "disputed": told(
        one(DISPUTED, cell("structural", 7, -0.41, q="1", second=tally("clean", 0)), sample=MEASURED, rules=())
    ),
    "screened": told(one(SILENT, cell("clean", 0, None, screened=True, action=Action.PASS), sample=SCREENED, rules=())),
    "filler": told(
        one(SILENT, cell("unmeasured", 0, None, basis=Basis.FILLER, action=Action.WARN), rules=()),
        trust=None,
        notices=("no repository here",),
    ),
    "change": told(
        one(DEEP, cell("structural", 9, -5.81), adapter="h264_nvenc", path="codec_adapters/h264_nvenc.py", line=27),
        one(
            DISPUTED,
            cell("structural", 7, -0.41, q="1", second=tally("clean", 0)),
            adapter="h264_nvenc",
            path="codec_adapters/h264_nvenc.py",
            line=27,
        ),
        path="codec_adapters/h264_nvenc.py",
        changes=1,
    ),
    "nothing": told(path="codec_adapters/x264.py"),
}


def _equals_golden(name, rendered):
    place = GOLDEN / name
    if os.environ.get("GOLDEN") == "write":
        place.write_text(rendered, encoding="utf-8")
    assert rendered == place.read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("name", sorted(EXPLAINED))
def test_text(name, width):
    rendered = render_explanation_text(EXPLAINED[name], width=width, color=False)
    assert max(map(len, rendered.splitlines())) <= width
    assert "\x1b" not in rendered
    _equals_golden(f"explain-{name}-{width}.txt", rendered)


@pytest.mark.parametrize("name", ["structural", "disputed"])
def test_text_in_colour(name):
    rendered = render_explanation_text(EXPLAINED[name], width=100, color=True)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", rendered)
    without = render_explanation_text(EXPLAINED[name], width=100, color=False)
    assert [line.rstrip() for line in plain.splitlines()] == without.splitlines()
    _equals_golden(f"explain-{name}-colour.ansi", rendered)


@pytest.mark.parametrize("name", sorted(EXPLAINED))
def test_json_meets_its_schema(name):
    document = json.loads(render_explanation_json(EXPLAINED[name]))
    jsonschema.Draft202012Validator(explanation_schema()).validate(document)
    assert document["schema"] == "codec-gate.explain/1"


@pytest.mark.parametrize("name", sorted(EXPLAINED))
def test_html_holds_every_cell_and_says_what_it_rests_on(name):
    page = render_explanation_html(EXPLAINED[name])
    for shown in EXPLAINED[name].cells:
        assert shown.detail.sources[0].source in page
    assert "±5 % bitrate" in page


@pytest.mark.parametrize(("name", "said"), [("structural", True), ("disputed", False), ("change", True)])
def test_a_reconstruction_says_so_at_the_top(name, said):
    text = render_explanation_text(EXPLAINED[name], width=120, color=False)
    assert ("RECONSTRUCTED" in "".join(text.splitlines()[:2])) == said


def test_an_image_is_drawn_of_one_cell_only():
    pytest.importorskip("vl_convert")
    assert render_explanation_image(EXPLAINED["structural"], Form.PNG).startswith(b"\x89PNG")
    assert b"RECONSTRUCTED" in render_explanation_image(EXPLAINED["structural"], Form.SVG)
    for name in ("change", "nothing"):
        with pytest.raises(UsageError, match="an image shows one cell"):
            render_explanation_image(EXPLAINED[name], Form.SVG)


def test_hostile_names_forge_no_line():
    rows = tuple(dataclasses.replace(row, source=HOSTILE, abstains_because=HOSTILE) for row in DEEP.sources)
    judged = cell("structural", 9, -1.0)
    key = dataclasses.replace(DEEP.key, recipe=HOSTILE)
    shown = one(
        dataclasses.replace(DEEP, sources=rows, key=key),
        dataclasses.replace(judged, cell=dataclasses.replace(judged.cell, key=key)),
        codec=HOSTILE,
        knobs={HOSTILE: HOSTILE},
        path=HOSTILE,
        adapter=HOSTILE,
    )
    rendered = render_explanation_text(told(shown, path=HOSTILE, changes=1, notices=(HOSTILE,)), width=100, color=False)
    assert not re.search(r"^\s*::", rendered, re.MULTILINE)
    for sign in ("\x1b", "\u202e", "\r"):
        assert sign not in rendered
