"""Neighbours on a measured grid."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gate.judge.place import OffGrid, by_difference, by_logarithm, neighbours, presets_for, qualities_for

NVENC = ("p1", "p4", "p7")


@pytest.mark.parametrize(
    ("codec", "asked", "measured", "nearest", "bracket", "exact"),
    [
        ("h264_nvenc", "p4", NVENC, {"p4"}, {"p4"}, {"p4"}),
        ("h264_nvenc", "p5", NVENC, {"p4"}, {"p4", "p7"}, set()),
        ("h264_nvenc", "p6", NVENC, {"p7"}, {"p4", "p7"}, set()),
        ("h264_nvenc", "p2", ("p1", "p3"), {"p1", "p3"}, {"p1", "p3"}, set()),
        ("h264_nvenc", "p1", ("p4", "p7"), set(), set(), set()),
        ("h264_nvenc", "", NVENC, {"p4"}, {"p4"}, {"p4"}),
        ("h264_nvenc", "medium", NVENC, {"p4"}, {"p4"}, {"p4"}),
        ("h264_nvenc", "slow", NVENC, {"p7"}, {"p7"}, {"p7"}),
        ("h264_nvenc", "lossless", NVENC, set(), set(), set()),
        ("h264_nvenc", "lossless", ("p1", "lossless"), {"lossless"}, {"lossless"}, {"lossless"}),
        ("libx264", "fast", ("ultrafast", "medium", "veryslow"), {"medium"}, {"ultrafast", "medium"}, set()),
        ("libx264", "", ("medium",), {"medium"}, {"medium"}, {"medium"}),
        ("libx265", "slow", ("medium", "slower"), {"medium", "slower"}, {"medium", "slower"}, set()),
        ("h264_qsv", "faster", ("veryslow", "medium", "veryfast"), {"veryfast"}, {"medium", "veryfast"}, set()),
        ("h264_qsv", "fast", ("veryslow", "4", "veryfast"), {"4"}, {"4", "veryfast"}, set()),
        ("h264_qsv", "", ("medium",), set(), set(), set()),
        ("libsvtav1", "5", ("4", "8"), {"4"}, {"4", "8"}, set()),
        ("libsvtav1", "10", ("4", "8"), set(), set(), set()),
        ("h264_amf", "balanced", ("speed", "quality"), {"speed", "quality"}, {"speed", "quality"}, set()),
        ("hevc_vaapi", "x", ("x", "y"), {"x"}, {"x"}, {"x"}),
        ("hevc_vaapi", "z", ("x", "y"), set(), set(), set()),
    ],
)
def test_presets_by_order(
    codec: str, asked: str, measured: tuple[str, ...], nearest: set[str], bracket: set[str], exact: set[str]
) -> None:
    found = [presets_for(codec, asked, measured, off_grid) for off_grid in OffGrid]
    assert found == [nearest, bracket, exact]


@pytest.mark.parametrize(
    ("asked", "measured", "nearest"),
    [
        ("23", ("18", "25", "31"), {"25"}),
        ("28", ("18", "25", "31"), {"25", "31"}),
        ("18", ("18", "25", "31"), {"18"}),
        ("17", ("18", "25", "31"), set()),
        ("32", ("18", "25", "31"), set()),
        ("22", ("-q:v 20", "-q:v 23"), {"-q:v 23"}),
        ("22", ("-q:v 22",), {"-q:v 22"}),
        ("", ("18", "25"), set()),
        ("best", ("best", "25"), {"best"}),
        ("best", ("18", "25"), set()),
    ],
)
def test_qualities_by_difference(asked: str, measured: tuple[str, ...], nearest: set[str]) -> None:
    assert qualities_for(asked, measured, OffGrid.NEAREST, closer=by_difference) == nearest


@pytest.mark.parametrize(
    ("asked", "nearest"),
    [
        ("2.5", {"2"}),
        ("2.9", {"4"}),
        ("3", {"4"}),
        ("6", {"8"}),
        ("5.6", {"4"}),
        ("4.0", {"4"}),
        ("0.5", set()),
        ("16", set()),
    ],
)
def test_bitrates_by_logarithm(asked: str, nearest: set[str]) -> None:
    assert qualities_for(asked, ("1", "2", "4", "8"), OffGrid.NEAREST, closer=by_logarithm) == nearest


def test_bitrates_tie_at_both() -> None:
    assert qualities_for("4", ("2", "8"), OffGrid.NEAREST, closer=by_logarithm) == {"2", "8"}


RATES = st.integers(1, 400).map(lambda n: Fraction(n, 10))


@given(RATES, st.sets(RATES, min_size=1, max_size=6))
def test_nearest_equals_a_plain_reference(asked: Fraction, grid: set[Fraction]) -> None:
    measured = {str(at): at for at in grid}
    inside = min(grid) <= asked <= max(grid)
    distance = {at: abs(at - asked) for at in grid}
    expected = {str(at) for at in grid if inside and distance[at] == min(distance.values())}
    assert neighbours(asked, measured, OffGrid.NEAREST, by_difference) == expected


@given(RATES, st.sets(RATES, min_size=2, max_size=6))
def test_nearest_rate_equals_a_plain_reference(asked: Fraction, grid: set[Fraction]) -> None:
    assume(min(grid) <= asked <= max(grid))
    found = neighbours(asked, {str(at): at for at in grid}, OffGrid.NEAREST, by_logarithm)
    distance = {str(at): abs(math.log(at / asked)) for at in grid}
    # Floats can't tell ties from near ties: all that is found is nearest, up to their error.
    assert found
    assert all(distance[label] <= min(distance.values()) + 1e-12 for label in found)
    assert all(
        label in found for label in distance if distance[label] < min(distance[other] for other in found) - 1e-12
    )


@given(RATES, st.sets(RATES, min_size=1, max_size=6))
def test_bracket_holds_what_is_nearest(asked: Fraction, grid: set[Fraction]) -> None:
    measured = {str(at): at for at in grid}
    bracket = neighbours(asked, measured, OffGrid.BRACKET, by_difference)
    assert neighbours(asked, measured, OffGrid.NEAREST, by_difference) <= bracket
    assert neighbours(asked, measured, OffGrid.EXACT, by_difference) <= bracket
    assert len(bracket) <= 2
