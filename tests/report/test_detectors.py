"""What reports say of the detectors: who disagrees, why, what to do, and what is fragile."""

from __future__ import annotations

import dataclasses

import pytest

from gate.evidence.model import CellKey, Detector
from gate.judge.deciding import with_rows
from gate.judge.model import Action
from gate.report import detectors
from gate.report.wording import rest
from tests.report.conftest import (
    BLOCKED,
    CHANGE,
    DEEP,
    DISPUTED,
    FRAGILE,
    PASSED,
    SOURCES,
    STRUCTURAL,
    cell,
    detail,
    source_row,
    tally,
)  # fmt: skip


def change(*cells, details=()):
    (one,) = with_rows([dataclasses.replace(CHANGE, points=(dataclasses.replace(STRUCTURAL, cells=cells),))], details)
    return one


def remarks(report, *cells):
    return " ".join(detectors.remarks(change(*cells, details=report.details).shown))


AGREEMENT = [
    (tally("structural", 9), tally("structural", 8), "agrees"),
    (tally("clean", 0), tally("content-dependent", 2), "agrees"),  # neither calls it structural
    (tally("structural", 9), tally("clean", 0), "disagrees"),
    (tally("content-dependent", 2), tally("structural", 7), "disagrees"),
    (tally("structural", 7), tally("undetermined", 5, unknown=4), "open"),
    (tally("undetermined", 5, unknown=4), tally("clean", 0), "open"),
    (tally("undetermined", 5, unknown=4), tally("undetermined", 0, unknown=9), "open"),  # nobody knows
]


@pytest.mark.parametrize(("published", "interpolated", "word"), AGREEMENT)
def test_agreement(published, interpolated, word):
    assert detectors.agreement(published, interpolated) == word


COLUMNS = [
    ("nearest", "interp.", "0/9"),
    ("interpolated", "nearest", "7/9"),
    ("both", "nearest | interp.", "7/9 | 0/9"),
    ("pooled", "nearest | interp.", "7/9 | 0/9"),
]


@pytest.mark.parametrize(("detector", "heading", "counts"), COLUMNS)
def test_the_column_shows_the_witness_that_doesnt_decide(detector, heading, counts):
    verdict = {"interpolated": ("clean", 0)}.get(detector, ("structural", 7))
    one = dataclasses.replace(
        cell(*verdict, -1.2, second=tally("clean", 0)).cell,
        detector=Detector(detector),
        nearest=tally("structural", 7),
    )
    assert detectors.other_heading(Detector(detector)) == heading
    assert detectors.other(one) == f"{counts} disagrees"
    assert detectors.other_marked(one) == f"{counts} ≠"


def disputed(mismatch, published, interpolated, *, matched="p1"):
    return detail([source_row(name, published, interpolated, mismatch=mismatch, matched=matched) for name in SOURCES])


WHY = [
    # mismatch, Δ published, Δ interpolated, preset matched, what is said, what isn't
    (4.0, -0.5, 0.0, "p1", "4.0 % more bits on average, so the recipe looks worse", "another preset"),
    (-4.0, 0.1, -0.4, "p1", "4.0 % fewer bits on average, so the recipe looks better", "explain"),
    (-3.0, -0.5, 0.0, "p1", "3.0 % fewer bits on average, which doesn't explain it", "looks"),
    (0.1, -0.5, 0.0, "p4", "which doesn't explain it; but 9 of 9 matches are of another preset", "looks"),
    (4.0, -0.5, -0.5, "p1", "", "bits"),  # they agree on every source
    (4.0, None, -0.5, "p1", "", "bits"),  # one of them is silent
]


@pytest.mark.parametrize(("mismatch", "published", "interpolated", "matched", "said", "unsaid"), WHY)
def test_why_they_differ(mismatch, published, interpolated, matched, said, unsaid):
    text = detectors.why_they_differ(disputed(mismatch, published, interpolated, matched=matched))
    assert said in text
    assert unsaid not in text


@pytest.mark.parametrize(
    ("detector", "verdict", "other", "advice"),
    [
        ("nearest", "structural", "clean", "`detector: both` blocks only what both"),
        ("nearest", "clean", "structural", "`pooled` judges the recipe's whole ladder"),
        ("both", "structural", "clean", "The policy decides by `detector: both`"),
    ],
)
def test_what_to_do(detector, verdict, other, advice):
    hits = {"structural": 9, "clean": 0}
    one = cell(verdict, hits[verdict], -1.0, second=tally(other, hits[other]))
    assert advice in detectors.what_to_do(dataclasses.replace(one.cell, detector=Detector(detector)))


def test_a_disagreement_is_told_once_per_direction_with_the_cells_and_the_command():
    disputes = [cell("structural", 7, -1.2, q=q, second=tally("clean", 0)) for q in ("1", "2", "4", "8", "16")]
    text = remarks(BLOCKED, *disputes)
    assert text.count("The methods disagree on") == 1
    assert "and 2 more cells: nearest says structural (7/9), interpolated says clean (0/9)" in text
    assert "gate explain h264_nvenc vbr bf3 p1 1" in text


def test_a_clean_cell_that_the_other_witness_finds_structural_gets_a_line_of_its_own():
    one = change(cell("clean", 0, None, second=tally("structural", 8), action=Action.PASS))
    assert len(one.shown) == 1
    assert rest(one.rows) == ""
    assert "interpolated says structural (8/9)" in remarks(PASSED, one.rows[0].judged)


def test_agreement_needs_no_words():
    assert remarks(PASSED, cell("structural", 9, -3.0)) == ""
    assert "disagree" not in remarks(BLOCKED, cell("structural", 9, -3.0))


def test_fragile_names_sources_floor_and_flips():
    assert detectors.fragility(FRAGILE) == (
        "2 clips lie within the noise of 0.02 VMAF (assumed: no repeats differ) of the tolerance "
        "(CrowdRun_25fps, Tennis_24fps); if 1 of them came out the other way, the verdict would turn"
    )
    alone = dataclasses.replace(FRAGILE, within_floor=("a",), floor_assumed=False)
    assert "1 clip lies within the noise of 0.02 VMAF of the tolerance (a); if it came" in (detectors.fragility(alone))


def test_flawed_ladders_are_named_once():
    text = remarks(BLOCKED, cell("structural", 9, -3.0))
    assert text.count("FoxBird_25fps") == 1
    assert "saturates" in text
    bent = detail([source_row("a", -1.0, -1.0, ladder=("not monotone",))])
    assert "isn't monotone on a" in remarks(dataclasses.replace(BLOCKED, details=(bent,)), cell("structural", 9, -3.0))


def test_a_screen_says_what_it_may_miss():
    sample = dataclasses.replace(PASSED.samples[0], design="screen:2", miss_bound=1 / 36)
    report = dataclasses.replace(PASSED, samples=(sample,))
    one = change(cell("cleared", 0, None, screened=True, action=Action.PASS))
    said = detectors.screen_remark(one, report)
    assert "may be missed so, with a probability of at most 2.8%" in said
    assert rest(one.rows) == "1 cleared (1 of them by a screen that may miss)"
    assert detectors.screen_remark(change(cell("clean", 0, None)), report) == ""


def test_statistics():
    assert detectors.statistics(DEEP) == (
        "median Δ −4.85 VMAF over 9 clips (95 % interval −6.54 to −4.34), sign test p = 0.0039; "
        "BD-rate +30.6 % (median of 3 of 9 clips)"
    )
    assert detectors.bd_rate(DISPUTED) == ""


def test_a_command_is_safe_to_paste():
    key = CellKey(codec="h264", rc_mode="vbr", recipe="a; rm -rf x", preset="-5", q="2")
    assert detectors.explain_command(key) == "gate explain -- h264 vbr 'a; rm -rf x' -5 2"
