"""Which other qualities are tried, and what two command lines may differ in for being made for two of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.adapters.evaluator.harness import alike, neighbours


@pytest.mark.parametrize(
    ("default", "limits", "tried"),
    [
        (23, (), (24, 22)),
        (23, (0, 51), (24, 22)),
        (51, (0, 51), (50,)),
        (0, (0, 51), (1,)),
        (23, (23, 23), ()),
        (23, ("a", None), (24, 22)),
        (23, (1, 2, 3), (24, 22)),
        (2.5, (0, 3), (1.5,)),
        ("23", (), ()),
        (True, (), ()),
        (None, (), ()),
    ],
)
def test_the_qualities_beside_the_default_are_tried(
    default: object, limits: tuple[object, ...], tried: tuple[float, ...]
) -> None:
    assert neighbours(default, limits) == tried


@pytest.mark.parametrize(
    ("one", "other", "knob", "same"),
    [
        ("-cq 23", "-cq 24", "cq", True),
        ("-cq 23", "-cq 24", "", True),
        ("-qmin 23 -qmax 23", "-qmin 24 -qmax 24", "cq", True),
        ("-x265-params crf=23:qg-size=8", "-x265-params crf=24:qg-size=8", "crf", True),
        ("-crf 23.0", "-crf 24", "", True),
        ("-crf 023", "-crf 024", "", True),
        ("-q low", "-q high", "q", True),
        ("-q:v low", "-q:v high", "q", True),
        ("-profile:v hq", "-profile:v xq", "profile:v", True),
        ("-cq 23", "-cq 24 -bf 3", "cq", False),
        ("-cq 23 -bf 0", "-cq 24 -bf 3", "cq", False),
        ("-cq 23 -bf 23", "-cq 24 -bf 25", "cq", False),
        ("-cq 23 -bf 23x", "-cq 24 -bf 24y", "cq", False),
        ("-x265-params crf=23:bframes=3", "-x265-params crf=24:bframes=0", "crf", False),
        ("-x264-params a=23", "-x264-params b=24", "crf", False),
        ("-b low", "-b high", "", False),
    ],
)
def test_only_the_quality_may_differ(one: str, other: str, knob: str, same: bool) -> None:
    assert alike(one.split(), other.split(), (23, 24), knob) is same


@given(st.lists(st.text("a=-:3.", max_size=6), max_size=6), st.text("abc", min_size=1, max_size=3))
def test_a_command_line_is_like_itself_and_unlike_a_longer_one(words: list[str], more: str) -> None:
    assert alike(words, words, (23, 24), "cq")
    assert not alike(words, [*words, more], (23, 24), "cq")
