"""Whole renderings against golden files, and what hostile text may not do. `GOLDEN=write` rewrites the files."""

from __future__ import annotations

import dataclasses
import json
import os
import re
from html import unescape
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from gate.judge.deciding import with_rows
from gate.judge.model import Action, OffTarget
from gate.report.annotations import findings
from gate.report.ci import render_gitlab, render_junit
from gate.report.first import Loss, answers
from gate.report.gfm import code, escaped
from gate.report.html.check import check_page, render_html
from gate.report.html.data import page_json
from gate.report.json import render_json, report_schema
from gate.report.markdown import render_markdown
from gate.report.sarif import render_sarif
from gate.report.text import render_text
from gate.report.wording import delta, headline
from tests.report.conftest import BLOCKED, CHANGE, SOURCES, STRUCTURAL, cell, detail, source_row

GOLDEN = Path(__file__).parent / "golden"


def _equals_golden(name, rendered):
    place = GOLDEN / name
    if os.environ.get("GOLDEN") == "write":
        place.parent.mkdir(exist_ok=True)
        place.write_text(rendered, encoding="utf-8")
    assert rendered == place.read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [80, 120])
def test_text(named_report, width):
    name, report = named_report
    rendered = render_text(report, width=width, color=False)
    assert max(map(len, rendered.splitlines())) <= width
    _equals_golden(f"{name}-{width}.txt", rendered)


def test_colour_adds_nothing_but_colour(named_report):
    _, report = named_report
    coloured = render_text(report, width=100, color=True)
    assert "\x1b[" in coloured
    plain = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    assert [line.rstrip() for line in plain.splitlines()] == render_text(report, width=100, color=False).splitlines()


def test_markdown(named_report):
    name, report = named_report
    _equals_golden(f"{name}.md", render_markdown(report))


def test_json_meets_its_schema(named_report):
    _, report = named_report
    document = json.loads(render_json(report))
    jsonschema.Draft202012Validator(report_schema()).validate(document)
    assert document["schema"] == "codec-gate.report/2"


def test_the_schema_refuses_what_is_no_report(named_report):
    document = json.loads(render_json(named_report[1])) | {"conclusion": "neutral"}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(report_schema()).validate(document)


@pytest.mark.parametrize("render", [lambda r: render_text(r, width=100, color=False), render_markdown, render_json])
def test_hostile_text_forges_nothing(hostile_report, render):
    rendered = render(hostile_report)
    assert not re.search(r"^\s*::", rendered, re.MULTILINE)
    assert "\x1b" not in rendered
    assert "\u202e" not in rendered
    assert "\r" not in rendered


def test_hostile_text_stays_in_its_markdown_cell(hostile_report):
    rendered = render_markdown(hostile_report)
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(rendered)
    words = re.sub(r"<code[^>]*>.*?</code>", "", html, flags=re.DOTALL)
    assert "<script" not in html
    assert "<a " not in html
    assert "@everyone" not in words
    assert "forged" in html
    rows = re.findall(r"<tr>(.*?)</tr>", html, re.DOTALL)
    assert {len(re.findall(r"<t[hd]", row)) for row in rows} == {7, 8}
    assert html.count("<details>") == html.count("</details>")


def test_lines_of_head_are_linked_where_an_address_is_known():
    links = lambda path, line: f"https://github.com/o/r/blob/abc/{path}#L{line}"  # noqa: E731
    rendered = render_markdown(BLOCKED, links=links)
    where = "https://github.com/o/r/blob/abc/codec_adapters/h264_nvenc.py#L27"
    assert f"[`codec_adapters/h264_nvenc.py:27`]({where})" in rendered


@pytest.mark.parametrize(
    "address", ["", "javascript:alert(1)", "https://x/a)b", "https://x/a b", "http://x/a", "https://x/<a>", "https://x"]
)
def test_what_is_no_plain_address_is_no_link(address):
    assert "](" not in render_markdown(BLOCKED, links=lambda path, line: address)


def test_a_recipe_without_a_second_witness_shows_a_dash():
    cells = tuple(
        dataclasses.replace(one, cell=dataclasses.replace(one.cell, nearest=None, interpolated=None))
        for one in STRUCTURAL.cells
    )
    change = dataclasses.replace(CHANGE, points=(dataclasses.replace(STRUCTURAL, cells=cells),))
    report = dataclasses.replace(BLOCKED, changes=with_rows([change], ()), details=())
    assert re.search(r"vbr   p1  +2 Mbit/s  structural  +9/9 +–", render_text(report, width=80, color=False))


SPANS = [
    ("plain", "`plain`"),
    ("a`b", "``a`b``"),
    ("`a`", "`` `a` ``"),
    ("a|b", "`a\\|b`"),
    ("", "` `"),
    ("a\nb", "`a\\nb`"),
]


@pytest.mark.parametrize(("text", "span"), SPANS)
def test_code_spans(text, span):
    assert code(text) == span


def test_plain_words_lose_their_markup():
    assert escaped("a *b* <i> @me") == r"a \*b\* &lt;i\> @<!-- -->me".replace("\\>", "\\>")


def test_a_log_lays_out_the_gravest_hundred_changes_and_names_the_rest():
    report, change = BLOCKED, CHANGE
    many = tuple(dataclasses.replace(change, path=f"codec_adapters/a{number}.py") for number in range(130))
    text = render_text(dataclasses.replace(report, changes=many), width=100, color=False)
    assert text.count("how bad ") == 100
    assert all(f"codec_adapters/a{number}.py:" in text for number in range(130))
    assert "30 more changes" in text


ANSWERS = re.compile(r"worst ([−+][\d.]+|–), median ([−+][\d.]+|–); ([\d–]+ of \d+) clips, (\d+ of \d+) settings")


def hold_equal_figures(report):
    """Worst, median, clips and settings of every change by every method, and the first line, wherever they stand."""
    figures = sorted(
        found for change in report.changes for _, said in answers(change, report) for found in ANSWERS.findall(said)
    )
    warned = sum(change.action is not Action.PASS for change in report.changes) == len(report.changes)
    results = json.loads(render_sarif(report))["runs"][0]["results"]
    plain = {
        "text": " ".join(render_text(report, width=120, color=False).split()),
        "markdown": unescape(re.sub(r"\\(?=[^A-Za-z0-9\s])", "", render_markdown(report))),
        "html": unescape(render_html(report)),
        "junit": unescape(render_junit(report)),
        "gitlab": " ".join(issue["description"] for issue in json.loads(render_gitlab(report))),
        "sarif": " ".join(result["message"]["text"] for result in results),
        "annotations": " ".join(finding.message for finding in findings(report)),
    }
    for name, text in plain.items():
        assert sorted(ANSWERS.findall(text)) == (figures if warned else []), name
    for name in ("text", "markdown", "html", "junit"):
        assert headline(report) in plain[name]
    told = [str(Loss(**loss)) for change in json.loads(render_json(report))["changes"] for loss in change["losses"]]
    assert sorted(found for said in told for found in ANSWERS.findall(said)) == figures


def test_every_format_has_the_same_figures(named_report):
    hold_equal_figures(named_report[1])


@given(
    st.lists(st.floats(-30, -0.11), min_size=7, max_size=7),
    st.lists(st.floats(-30, 5), min_size=2, max_size=2),
    st.lists(st.none() | st.floats(-30, 5), min_size=9, max_size=9),
)
@settings(max_examples=25)
def test_figures_are_equal_wherever_they_stand(losing, others, interpolated):
    """A cell's worst Δ and its clips' Δ, in each format that shows them."""
    nearest = [*losing, *others]
    hit = [value for value in nearest if value < -0.1]
    one = detail([source_row(source, *deltas) for source, *deltas in zip(SOURCES, nearest, interpolated, strict=True)])
    judged = cell("structural", len(hit), sum(hit) / len(hit), worst=min(hit))
    point = dataclasses.replace(STRUCTURAL, cells=(judged,))
    changes = with_rows([dataclasses.replace(CHANGE, points=(point,))], [one])
    report = dataclasses.replace(BLOCKED, changes=changes, details=(one,))
    hold_equal_figures(report)
    worst, mean = delta(min(hit)), delta(sum(hit) / len(hit))
    text, markdown = render_text(report, width=120, color=False), render_markdown(report)
    assert re.search(rf"structural +{len(hit)}/9 .* {mean} +{worst} ", text)
    assert f"| {mean} | {worst} `" in markdown
    held = json.loads(render_json(report))
    assert delta(held["changes"][0]["points"][0]["cells"][0]["worst"]["delta"]) == worst
    sources = json.loads(page_json(check_page(report)))["sources"]
    clips = [delta(value) for value in nearest]
    assert [delta(row["delta"]) for row in held["exhibits"][0]["sources"]] == clips
    assert [delta(value) for value in sources["delta"]] == clips
    assert re.findall(r"^\| `\w+` \| \w+ \| ([−+][\d.]+) ", markdown, re.MULTILINE) == clips
    (result,) = json.loads(render_sarif(report))["runs"][0]["results"]
    assert delta(result["properties"]["cells"][0]["meanDelta"]) == mean
    (finding,) = findings(report)
    assert f"loses up to {worst[1:]} VMAF on {len(hit)} of 9 clips" in finding.title


def test_targets_that_encodes_missed_are_said_in_every_format():
    off = OffTarget(rc_mode="vbr", missing=1, cells=2, median_miss=-0.156)
    report = dataclasses.replace(BLOCKED, changes=(dataclasses.replace(CHANGE, off_target=(off,)),))
    for rendered in (render_text(report, width=120, color=False), render_markdown(report), render_sarif(report)):
        assert "1 of 2 vbr settings miss their bitrate on most clips" in rendered
    held = json.loads(render_json(report))
    jsonschema.Draft202012Validator(report_schema()).validate(held)
    assert held["changes"][0]["off_target"] == [{"rc_mode": "vbr", "missing": 1, "cells": 2, "median_miss": -0.156}]


def test_what_the_metric_misses_is_said_in_every_format():
    change = dataclasses.replace(CHANGE, unseen=("film-grain=8 makes grain anew",))
    report = dataclasses.replace(BLOCKED, changes=(change,))
    assert "film-grain=8 makes grain anew" in render_text(report, width=120, color=False)
    assert "makes grain anew" in render_markdown(report)
    assert "makes grain anew" in render_sarif(report)
    assert json.loads(render_json(report))["changes"][0]["unseen"] == ["film-grain=8 makes grain anew"]
