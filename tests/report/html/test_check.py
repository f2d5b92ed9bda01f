"""A check's report as a page: every change, every new cell once, and what they rest on."""

from __future__ import annotations

import dataclasses

import pytest

from fixtures.pages import change_report
from gate.judge.deciding import with_rows
from gate.judge.model import Action, Suggestion
from gate.report.html.check import check_page, render_html


@pytest.fixture(scope="module")
def report():
    """A blocked check of sixty cells: 45 structural, the rest losing on some sources."""
    return change_report(60)


def reported(report, *changes, details=None, **fields):
    """The report with these changes, decided anew."""
    details = report.details if details is None else details
    return dataclasses.replace(report, changes=with_rows(changes, details), details=details, **fields)


@pytest.fixture(scope="module")
def page(report):
    return check_page(report)


def test_the_gravest_cell_comes_first(page):
    found = [(item.action, item.cell.worst_delta) for item in page.cells]
    assert found == sorted(found, key=lambda pair: (-pair[0].gravity, pair[1]))
    assert [action for action, _ in found].count(Action.FAIL) == 45


def test_each_cell_has_its_sources_and_its_sample(page):
    assert len(page.cells) == 60
    assert {item.corpus for item in page.cells} == {0}
    assert {len(item.sources) for item in page.cells} == {9}
    assert "RECONSTRUCTED" in page.corpora[0].caption
    assert page.warnings


def test_a_cell_that_two_adapters_reach_stands_once(report):
    change = report.changes[0]
    twice = reported(report, change, dataclasses.replace(change, adapter="other"))
    shared = [item for item in check_page(twice).cells if item.cell.key.codec == change.codec]
    assert {item.adapters for item in shared} == {(change.adapter, "other")}
    assert len({item.cell.key for item in shared}) == len(shared) == len(change.points[0].cells)


def test_what_base_reached_already_is_left_out(report):
    (change, *_) = report.changes
    (point,) = change.points
    old, new = dataclasses.replace(point.cells[0], new=False), point.cells[1]
    change = dataclasses.replace(change, points=(dataclasses.replace(point, cells=(old, new)),))
    (shown,) = check_page(reported(report, change)).cells
    assert (shown.cell.key.recipe, shown.cell.key.q) == (new.key.recipe, new.key.q)


def test_a_cell_without_details_says_less_and_no_codec_breaks_the_page(report):
    """A sample may serve none of a change's codecs."""
    bare = reported(report, *report.changes, details=(), slices=(), samples=())
    cells = check_page(bare).cells
    assert {(item.corpus, item.sources) for item in cells} == {(None, ())}
    assert "BLOCKED" in render_html(bare)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"contained": True}, "it contains it"),
        ({"waiver": 0}, "A waiver covers it"),
        ({"screened": True}, "A design that may miss cleared it"),
    ],
)
def test_what_is_particular_of_a_cell_is_said(report, change, said):
    def sentences(**fields):
        (first, *rest) = report.changes
        (point,) = first.points
        one = point.cells[0]
        evidence = {name: fields.pop(name) for name in ("screened",) if name in fields}
        one = dataclasses.replace(one, cell=dataclasses.replace(one.cell, **evidence), **fields)
        cells = (one, *point.cells[1:])
        first = dataclasses.replace(first, points=(dataclasses.replace(point, cells=cells),))
        made = check_page(reported(report, first, *rest)).cells
        return " ".join(sentence for item in made for sentence in item.about)

    assert said in sentences(**change)
    assert said not in sentences()


def test_statistics_are_sentences(page):
    about = " ".join(page.cells[0].about)
    assert "Median Δ −" in about
    assert "95 % interval" in about
    assert "BD-rate " in about


def test_a_suggestion_is_shown_with_its_lines_and_so_is_the_waiver(report):
    (change, *_) = report.changes
    suggestion = Suggestion(
        text="Take bf=3 back.", verified="judged again with this edit", path="a.py", line=3,
        before_lines=("  x",), after_lines=("  y",),
    )  # fmt: skip
    change = dataclasses.replace(change, suggestion=suggestion)
    (note,) = check_page(reported(report, change)).notes
    edit, waiver = note.listings
    assert (edit.title, edit.lines, edit.shown) == ("Suggested edit at a.py:3", ("-  x", "+  y"), True)
    assert note.lines[0] == "Verified: judged again with this edit."
    assert waiver.lines[0] == "waivers:"
    assert dict(note.answers)["to do"] == "Take bf=3 back. Or have it waived."


def test_a_change_that_passes_offers_no_waiver(report):
    (change, *_) = report.changes
    (point,) = change.points
    change = dataclasses.replace(change, points=(dataclasses.replace(point, action=Action.NOTICE, verdict="clean"),))
    (note,) = check_page(reported(report, change)).notes
    assert (note.action, note.listings) == (Action.NOTICE, ())
