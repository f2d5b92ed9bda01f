"""Bars of differences: to scale, on the right side of zero, and never wider than they may be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.report.bars import bar, scale

BARS = [
    ([-4.0, -2.0], -4.0, "███████│ "),
    ([-4.0, -2.0], -2.0, "   ▐███│ "),
    ([-4.0, 4.0], 4.0, "    │████"),
    ([-4.0, 4.0], -4.0, "████│    "),
    ([-4.0, 4.0], 0.0, "    │    "),
    ([-4.0, 4.0], None, "    │    "),
    ([-4.0, 4.0], 0.001, "    │▌   "),  # whatever isn't zero shows
    ([-4.0, 4.0], -0.001, "   ▐│    "),
    ([], None, "    │    "),
    ([0.0, 0.0], 0.0, "    │    "),
]


@pytest.mark.parametrize(("values", "value", "drawn"), BARS)
def test_bars(values, value, drawn):
    assert bar(value, scale(values, 9)) == drawn


@given(st.lists(st.one_of(st.none(), st.floats(-100, 100)), max_size=12), st.integers(3, 60))
def test_every_bar_is_as_wide_as_the_scale_and_a_deeper_loss_is_no_shorter(values, width):
    on = scale(values, width)
    known = sorted(value for value in values if value is not None)
    drawn = [bar(value, on) for value in known]
    assert {len(one) for one in drawn} <= {width}
    assert on.width == width
    lengths = [one.split("│")[0].count("█") for one in drawn]
    assert lengths == sorted(lengths, reverse=True)
