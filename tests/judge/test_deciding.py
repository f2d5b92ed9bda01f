"""Which cells of a change decide it, in which order, and which are worth a line and their details."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.evidence.model import CellVerdict, CodecEvidence, disagree
from gate.judge.deciding import details, with_caveats, with_rows
from gate.judge.model import Action
from gate.model import StandsFor
from tests.report.conftest import CHANGE, DEEP, STRUCTURAL, cell, tally

WEIGHTS = [
    # a new cell; has it a row, and is the row worth a line of its own
    (cell("structural", 9, -3.0), True, True),
    (cell("content-dependent", 2, -0.4, action=Action.NOTICE), True, True),
    (cell("undetermined", 5, -2.9, action=Action.WARN), True, True),
    (cell("clean", 0, None, action=Action.PASS), True, False),
    (cell("clean", 0, None, second=tally("structural", 8), action=Action.PASS), True, True),  # the other one disagrees
    (cell("clean", 0, None, second=tally("undetermined", 5, unknown=3), action=Action.PASS), True, False),
    (cell("unmeasured", 0, None, action=Action.FAIL), True, False),  # there is nothing to show, whatever the policy
    (dataclasses.replace(cell("structural", 9, -3.0), new=False), False, False),
    (dataclasses.replace(cell("structural", 9, -3.0), contained=True), True, True),
    (dataclasses.replace(cell("content-dependent", 2, -0.4), contained=True), False, False),
]


class Details:
    """Cells' details, each named by its key; of slices nothing is asked here."""

    def of(self, keys):
        return tuple(dataclasses.replace(DEEP, key=key) for key in keys)

    def slices(self, keys):
        return ()


EVIDENCE = CodecEvidence(
    codec="h264_nvenc", sample="", sources=(), threshold=7, rc_modes={}, presets=(), qualities={}, recipes={}, cells={},
    details=Details(),
)  # fmt: skip


def decided(*points):
    change = dataclasses.replace(CHANGE, points=tuple(dataclasses.replace(STRUCTURAL, cells=cells) for cells in points))
    found = details([change], {change.codec: EVIDENCE})
    return with_rows([change], found)[0], found


def test_a_cell_has_a_row_a_line_and_details_by_its_weight():
    for one, has_row, shown in WEIGHTS:
        change, found = decided((one,))
        assert [row.judged for row in change.rows] == [one] * has_row
        assert [row.shown for row in change.rows] == [shown] * has_row
        assert [detail.key for detail in found] == [one.key] * shown
        assert [row.detail for row in change.shown] == list(found)


def test_a_cell_that_several_points_reach_stands_once_with_all_its_presets_and_the_gravest_action():
    one = cell("structural", 9, -3.0, action=Action.NOTICE, waiver=0)
    other = cell("structural", 9, -3.0, stands_for=StandsFor(preset="p2", q="2"))
    change, found = decided((one,), (other, one))
    (row,) = change.rows
    assert (row.judged, row.presets, row.stands_for) == (other, ("p1", "p2"), ("p2",))
    assert len(found) == 1
    assert change.worst_blocking == row


def test_nothing_blocks_by_a_cell_where_only_unmeasured_ones_fail():
    change, _ = decided((cell("unmeasured", 0, None, action=Action.FAIL),))
    assert change.worst_blocking is None


def _rates(*kbps):
    return dataclasses.replace(
        DEEP,
        sources=tuple(
            dataclasses.replace(source, bitrate_kbps=made) for source, made in zip(DEEP.sources, kbps, strict=True)
        ),
    )


@pytest.mark.parametrize(
    ("kbps", "meaning", "encoded", "missing"),
    [  # of a cell that aims at 2 Mbit/s, on nine clips
        ([1600.0] * 5 + [2000.0] * 4, "vbr", True, [(1, 1, -0.2)]),
        ([1600.0] * 4 + [2000.0] * 5, "vbr", True, []),  # not on most clips
        ([2100.0] * 9, "vbr", True, []),  # within ten per cent
        ([1600.0] * 9, "vbr-cq", True, []),  # 2 is a quality there, no bitrate
        ([1600.0] * 9, "vbr", False, []),  # nobody encoded these rows
    ],
)
def test_rate_control_that_missed_is_a_caveat(kbps, meaning, encoded, missing):
    change = dataclasses.replace(
        CHANGE, points=(dataclasses.replace(STRUCTURAL, cells=(cell("structural", 9, -3.0),)),)
    )
    (change,) = with_rows([change], [_rates(*kbps)])
    known = dataclasses.replace(
        EVIDENCE, rc_modes={"vbr": frozenset({meaning})}, recipes={"bf3": (("bf", "3"), ("spatial-aq", "1"))}
    )
    (judged,) = with_caveats([change], {change.codec: known}, {change.codec} if encoded else set())
    assert [(off.missing, off.cells, round(off.median_miss, 3)) for off in judged.off_target] == missing
    assert [said.partition(" moves")[0] for said in judged.unseen] == ["spatial-aq=1"]


VERDICTS = ["structural", "content-dependent", "undetermined", "clean", "unmeasured"]


@st.composite
def cells(draw):
    verdict = draw(st.sampled_from(VERDICTS))
    hits = 0 if verdict in {"clean", "unmeasured"} else draw(st.integers(1, 9))
    second = tally(draw(st.sampled_from(VERDICTS[:4])), 0)
    made = cell(verdict, hits, -1.0 * hits if hits else None, q=draw(st.sampled_from("1248")), second=second,
                action=draw(st.sampled_from(list(Action))))  # fmt: skip
    return dataclasses.replace(made, new=draw(st.booleans()), contained=draw(st.booleans()))


@given(st.lists(st.lists(cells(), max_size=4), max_size=4))
def test_rows_and_details_are_those_of_a_plain_reference(points):
    change, found = decided(*map(tuple, points))
    new = [one for point in points for one in point if one.new]
    speaks = [one for one in new if not one.contained or one.cell.verdict is CellVerdict.STRUCTURAL]
    assert {row.cell.key for row in change.rows} == {one.key for one in speaks}
    assert len(change.rows) == len({one.key for one in speaks})
    for row in change.rows:
        same = [one for one in speaks if one.key == row.cell.key]
        assert row.judged.action.gravity == max(one.action.gravity for one in same)
    order = [(-row.judged.action.gravity, row.cell.worst_delta or 0.0, -row.cell.hits) for row in change.rows]
    assert order == sorted(order)
    of_weight = [
        one.key
        for one in speaks
        if one.cell.verdict not in {CellVerdict.CLEAN, CellVerdict.UNMEASURED}
        or (one.cell.verdict is CellVerdict.CLEAN and disagree(one.cell.nearest, one.cell.interpolated))
    ]
    assert [detail.key for detail in found] == list(dict.fromkeys(of_weight))


def test_changes_stand_by_gravity_then_by_the_deepest_loss_of_all_their_cells():
    shallow = (cell("structural", 9, -3.0, q="1"), cell("structural", 7, -1.0, q="2"))
    deep = (cell("structural", 7, -1.0, q="1"), cell("structural", 8, -9.0, q="2"))
    warned = (cell("undetermined", 6, -20.0, action=Action.WARN),)
    several = {"warned": warned, "shallow": shallow, "deep": deep}
    changes = [
        dataclasses.replace(
            CHANGE, adapter=name, points=(dataclasses.replace(STRUCTURAL, cells=of, action=of[0].action),)
        )
        for name, of in several.items()
    ]
    found = with_rows(changes, ())
    assert [change.adapter for change in found] == ["deep", "shallow", "warned"]
    assert [row.cell.key.q for row in found[0].deciding] == ["2", "1"]
    assert found[0].depth == found[0].deciding[0].cell.worst_delta
