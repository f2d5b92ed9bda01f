"""Designs by name: what they come to, their bounds, and what a bad name is told."""

from __future__ import annotations

import pytest

from gate.errors import UsageError
from gate.evidence.measure.designs import design_of
from gate.evidence.measure.schedule import Budgeted, Full, Sequential
from gate.evidence.measure.store import Store
from tests.evidence.measure.grids import grid

N, T = 9, 7
LADDERS, CELLS = 2 * 4, 2 * 4 * 3  # per source: rungs, and cells of three recipes


@pytest.fixture
def plan(tmp_path):
    """Two rate controls, two presets, two qualities, three recipes: 32 encodes per source."""
    return grid(tmp_path, N, 3, qualities=2)


def screened(sources):
    return sources * (LADDERS + CELLS)


@pytest.mark.parametrize(
    ("text", "schedule", "screen", "least", "most", "bound"),
    [
        ("full", Full, 0, 288, 288, "0"),
        ("exact", Sequential, 3, screened(3), 288, "0"),
        ("screen:2", Sequential, 2, screened(2), 288, "1/36"),
        ("screen:1", Sequential, 1, screened(1), 288, "2/9"),
        ("screen:3", Sequential, 3, screened(3), 288, "0"),
        ("budget:288", Full, 0, 288, 288, "0"),
        ("budget:287", Budgeted, 3, screened(3), 287, "0"),
        (f"budget:{screened(3)}", Budgeted, 3, screened(3), screened(3), "0"),
        (f"budget:{screened(3) - 1}", Budgeted, 2, screened(2), screened(3) - 1, "1/36"),
        (f"budget:{screened(1)}", Budgeted, 1, screened(1), screened(1), "2/9"),
    ],
)
def test_designs(plan, text, schedule, screen, least, most, bound):
    chosen = design_of(text, plan, threshold=T, seed=0)
    assert isinstance(chosen.schedule, schedule)
    inner = chosen.schedule.schedule if isinstance(chosen.schedule, Budgeted) else chosen.schedule
    assert getattr(inner, "screen", 0) == screen
    assert (chosen.least, chosen.most, str(chosen.miss_bound)) == (least, most, bound)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("screen:4", "a screen on 4 sources measures more than `exact`"),
        (f"budget:{screened(1) - 1}", "is too small: screen:1 takes at least 32"),
        *(
            (text, "no design")
            for text in ("", "Full", "screen", "screen:0", "screen:-1", "screen:x", "budget:", "full:1")
        ),
    ],
)
def test_what_is_no_design_is_told_so(plan, text, said):
    with pytest.raises(UsageError, match=said):
        design_of(text, plan, threshold=T, seed=0)


def test_a_codec_with_nothing_but_bare_gets_one_ladder(tmp_path):
    plan = grid(tmp_path, N, 0, qualities=2)
    chosen = design_of("exact", plan, threshold=T, seed=0)
    wanted = chosen.schedule.ahead(Store(folder=tmp_path, rows={}, failures={}), ())
    assert len(wanted) == chosen.least == LADDERS
    assert len({(place.rc_mode, place.source) for place in wanted}) == 2
