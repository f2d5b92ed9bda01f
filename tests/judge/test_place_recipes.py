"""Exact and contained recipes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gate.judge.place import match
from gate.model import Knobs

BF3: Knobs = (("bf", "3"),)
AQ: Knobs = (("spatial-aq", "1"),)
BOTH: Knobs = BF3 + AQ
CATALOGUE = {"bare": (), "bf3": BF3, "spatial_aq": AQ, "both": BOTH, "three_b": BF3}


def test_bare_is_bare() -> None:
    assert match((), CATALOGUE) == (("bare",), ())


def test_all_names_of_the_same_knobs() -> None:
    assert match(BF3, CATALOGUE) == (("bf3", "three_b"), ())


def test_a_combination_has_parts_beside_its_own_name() -> None:
    assert match(BOTH, CATALOGUE) == (("both",), ("bf3", "spatial_aq", "three_b"))


def test_one_knob_more_contains() -> None:
    more = (*BF3, ("g", "250"))
    assert match(more, CATALOGUE) == ((), ("bf3", "three_b"))


def test_another_value_is_another_knob() -> None:
    assert match((("bf", "4"),), CATALOGUE) == ((), ())


def test_an_empty_catalogue_knows_nothing() -> None:
    assert match(BF3, {}) == ((), ())


def test_nothing_contains_bare() -> None:
    assert match(BF3, {"bare": ()}) == ((), ())
    assert match((), {"bare": ()}) == (("bare",), ())


KNOB = st.tuples(st.sampled_from("abcd"), st.sampled_from("12"))
SETS = st.dictionaries(st.sampled_from("abcd"), st.sampled_from("12")).map(lambda knobs: tuple(sorted(knobs.items())))


@given(SETS, st.dictionaries(st.text("xyz", min_size=1), SETS))
def test_match_equals_a_plain_reference(knobs: Knobs, catalogue: dict[str, Knobs]) -> None:
    exact = [name for name in catalogue if dict(catalogue[name]) == dict(knobs)]
    inside = [name for name in catalogue if catalogue[name] and all(knob in knobs for knob in catalogue[name])]
    found = match(knobs, catalogue)
    assert list(found[0]) == exact
    assert list(found[1]) == [name for name in inside if name not in exact]
