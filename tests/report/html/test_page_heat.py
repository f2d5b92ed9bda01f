"""The heat map: which cell a square stands for, and how dark it is."""

from __future__ import annotations

import pytest

from gate.evidence.model import CellVerdict
from gate.report.html.model import PageCell
from gate.report.html.page import SHADES, heat_map
from tests.report.html.made import cell

CLEAN, OPEN, HIT = CellVerdict.CLEAN, CellVerdict.UNDETERMINED, CellVerdict.CONTENT_DEPENDENT


def squares(*cells):
    return heat_map(PageCell(cell=one, corpus=0) for one in cells)


@pytest.mark.parametrize(
    ("cells", "worst"),
    [
        pytest.param([cell(hits=0, verdict=CLEAN), cell(hits=2)], 1, id="structural before clean"),
        pytest.param([cell(hits=5, sources=9, verdict=HIT), cell(hits=4, sources=9, verdict=OPEN)], 1, id="open before content-dependent"),
        pytest.param([cell(hits=7, sources=9), cell(hits=9, sources=9)], 1, id="more hits"),
        pytest.param([cell(mean=-2.0), cell(mean=-1.0)], 0, id="deeper"),
        pytest.param([cell(), cell()], 0, id="the first of equals"),
    ],
)  # fmt: skip
def test_a_square_stands_for_its_gravest_cell(cells, worst):
    (row,) = squares(*cells).rows
    (square,) = row.squares
    assert square.worst == worst
    assert square.hits == cells[worst].hits
    assert square.cells == len(cells)


def test_recipes_are_columns_and_a_recipe_that_a_row_lacks_is_a_gap():
    found = squares(cell("bf3"), cell("aq", rc_mode="cbr"), cell("aq", rc_mode="cbr", q="2", hits=0, verdict=OPEN))
    assert found.recipes == ("aq", "bf3")
    assert [(row.codec, row.rc_mode) for row in found.rows] == [("h264_nvenc", "cbr"), ("h264_nvenc", "vbr")]
    assert [[square and (square.structural, square.undecided) for square in row.squares] for row in found.rows] == [
        [(1, 1), None],
        [None, (1, 0)],
    ]


@pytest.mark.parametrize(("hits", "shade"), [(0, 0), (1, 1), (4, 3), (7, 4), (8, 5), (9, 5)])
def test_only_no_hit_at_all_is_the_lightest(hits, shade):
    (row,) = squares(cell(hits=hits, sources=9, verdict=HIT)).rows
    assert row.squares[0].shade == shade < SHADES
