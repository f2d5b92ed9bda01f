"""Numbers, booleans and their one spelling."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.encoders.values import boolean, decimal, integer, label_number, number, plain

NUMBERS = {
    "4M": 4_000_000,
    "4000k": 4_000_000,
    "4000K": 4_000_000,
    "4e6": 4_000_000,
    "4000000": 4_000_000,
    "500kB": 4_000_000,
    "4Mi": 4_194_304,
    "0x10": 16,
    "-0x10": -16,
    "3.0": 3,
    "3.": 3,
    ".5": Fraction(1, 2),
    " 3 ": 3,
    "1 0": 10,  # FFmpeg drops white space before it reads
    "+7": 7,
    "-1": -1,
    "25m": Fraction(1, 40),
}
NO_NUMBERS = ["", "-", "p4", "1+2", "3dB", "nan", "inf", "1e999", "4Q", "1b", "²", "١", "4di", "1" * 65, "0x", "--1"]


@pytest.mark.parametrize(("text", "value"), NUMBERS.items())
def test_reads_numbers_as_ffmpeg_does(text: str, value: Fraction) -> None:
    assert number(text) == value


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_refuses_what_it_cannot_read(text: str) -> None:
    assert number(text) is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(4), "4"),
        (Fraction(5, 2), "2.5"),
        (Fraction(-1, 8), "-0.125"),
        (Fraction(1, 1000), "0.001"),
        (Fraction(1, 3), "0.3333333333333333"),
        (Fraction(0), "0"),
    ],
)
def test_plain_is_the_shortest_decimal(value: Fraction, text: str) -> None:
    assert plain(value) == text


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**9), max_value=10**9))
def test_plain_reads_back_exactly(value: object) -> None:
    exact = Fraction(str(value))
    assert number(plain(exact)) == exact


@pytest.mark.parametrize(("text", "stored"), [("3", "3"), ("2.6", "3"), ("2.5", "2"), ("3.5", "4"), ("x", None)])
def test_integers_round_half_to_even(text: str, stored: str | None) -> None:
    assert integer(text) == stored


@pytest.mark.parametrize(("text", "stored"), [("23.0", "23"), ("23.50", "23.5"), ("fast", None)])
def test_decimals(text: str, stored: str | None) -> None:
    assert decimal(text) == stored


@pytest.mark.parametrize("text", ["1", "true", "y", "yes", "enable", "enabled", "on"])
def test_true(text: str) -> None:
    assert boolean(text) == "1"


@pytest.mark.parametrize("text", ["0", "false", "n", "no", "disable", "disabled", "off"])
def test_false(text: str) -> None:
    assert boolean(text) == "0"


def test_booleans_that_are_neither() -> None:
    assert (boolean("auto"), boolean("-1"), boolean("TRUE"), boolean("maybe")) == ("-1", "-1", "1", None)


@pytest.mark.parametrize(
    ("label", "value"),
    [
        ("23", 23),
        ("-q:v 22", 22),
        ("-global_quality 25", 25),
        ("-crf 23.5", Fraction(47, 2)),
        ("best", None),
        ("q 4", None),
        ("", None),
    ],
)
def test_label_numbers(label: str, value: Fraction | None) -> None:
    assert label_number(label) == value
