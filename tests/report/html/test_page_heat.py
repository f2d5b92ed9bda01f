"""The heat maps: which cell a square stands for, how dark it is, and which recipes come first."""

from __future__ import annotations

import dataclasses

import pytest

from gate.evidence.model import Basis, CellVerdict
from gate.report.html.model import PageCell
from gate.report.html.page import FIRST, SHADES, heat_maps, render_page
from tests.report.html.made import cell, page

CLEAN, OPEN, HIT = CellVerdict.CLEAN, CellVerdict.UNDETERMINED, CellVerdict.CONTENT_DEPENDENT


def maps(*cells, waived=()):
    return heat_maps(PageCell(cell=one, corpus=0, waived=at in waived) for at, one in enumerate(cells))


def filler(one):
    return dataclasses.replace(one, basis=Basis.FILLER)


def square(*cells, waived=()):
    (found,) = maps(*cells, waived=waived)
    (row,) = found.rows
    return row.squares[0]


@pytest.mark.parametrize(
    ("cells", "worst"),
    [
        pytest.param([cell(hits=0, verdict=CLEAN), cell(hits=2)], 1, id="structural before clean"),
        pytest.param([cell(hits=5, sources=9, verdict=HIT), cell(hits=4, sources=9, verdict=OPEN)], 1, id="open before content-dependent"),
        pytest.param([cell(hits=7, sources=9), cell(hits=9, sources=9)], 1, id="more hits"),
        pytest.param([cell(mean=-2.0), cell(mean=-1.0)], 0, id="deeper"),
        pytest.param([cell(), cell()], 0, id="the first of equals"),
        pytest.param([filler(cell(hits=9, sources=9)), cell(hits=1, sources=9, verdict=HIT)], 1, id="filler never before evidence"),
    ],
)  # fmt: skip
def test_a_square_stands_for_its_gravest_cell(cells, worst):
    found = square(*cells)
    assert (found.worst, found.cells) == (worst, len(cells))


def test_recipes_are_rows_of_their_codec_the_gravest_first_and_a_missing_rate_control_is_a_gap():
    two = maps(
        cell("aq", rc_mode="cbr", hits=0, verdict=CLEAN),
        cell("bf3"),
        cell("aq", rc_mode="vbr", q="2", hits=0, verdict=OPEN),
        cell("cavlc", codec="libx264", rc_mode="crf"),
    )
    assert [(found.codec, found.rc_modes) for found in two] == [
        ("h264_nvenc", ("cbr", "vbr")),
        ("libx264", ("crf",)),
    ]
    assert [(row.recipe, [one and one.structural for one in row.squares]) for row in two[0].rows] == [
        ("bf3", [None, 1]),
        ("aq", [0, 0]),
    ]


@pytest.mark.parametrize(
    ("structural", "clean", "shade"), [(0, 3, 0), (1, 99, 1), (1, 4, 1), (1, 1, 3), (4, 1, 4), (9, 1, 5), (3, 0, 5)]
)
def test_the_shade_is_the_share_of_structural_cells(structural, clean, shade):
    found = square(*[cell() for _ in range(structural)], *[cell(hits=0, verdict=CLEAN) for _ in range(clean)])
    assert found.shade == shade < SHADES


def test_what_nobody_measured_is_evidence_of_nothing_and_what_is_waived_isnt_structural():
    found = square(cell(hits=0, verdict=CellVerdict.UNMEASURED), filler(cell(mean=-30.0)))
    assert (found.structural, found.measured, found.shade, found.worst_delta) == (0, 0, 0, None)
    found = square(cell(mean=-30.0), cell(mean=-1.0), waived={0})
    assert (found.structural, found.measured, found.worst, found.worst_delta) == (1, 2, 1, -30.0)


def test_the_worst_thirty_stand_open_and_the_rest_behind_more():
    cells = [PageCell(cell=cell(f"r{at:02}", mean=-float(at)), corpus=0) for at in range(FIRST + 5)]
    text = render_page(page(cells=tuple(cells)))
    assert "h264_nvenc: 5 more recipes<" in text
    assert text.index(">r34<") < text.index(">r05<") < text.index("5 more recipes") < text.index(">r04<")
    assert text.count("Heat map") == 0


def test_one_cell_needs_no_map():
    text = render_page(page(cells=(PageCell(cell=cell(), corpus=0),)))
    assert "Where recipes lose" not in text
    assert 'id="cells"' not in text
