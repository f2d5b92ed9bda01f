"""The sequential plan against a plain reference: one source at a time, and stop as soon as the cell is settled."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.floors import run_floor
from gate.evidence.sample.sequential import asked_of, holds_needed, miss_bound, next_pairs
from gate.evidence.sweep.detector import ABSENT, ABSTAINS, HIT, HOLD


def settled(known: Sequence[int], n: int, threshold: int, screen: Sequence[int]) -> bool:
    """Structural, ruled out or cleared, straight from design 6; `screen` is what the first S sources did."""
    if known.count(HIT) >= threshold or known.count(HOLD) >= n - threshold + 1:
        return True
    return all(state == HOLD for state in screen)


def shortest(truth: Sequence[int], order: Sequence[int], threshold: int, screen: int) -> set[int]:
    """The fewest first sources of the order that settle a cell; all of them where none do."""
    asked: set[int] = set()
    for source in order:
        if settled(
            [truth[i] for i in asked], len(truth), threshold, [truth[i] if i in asked else -1 for i in order[:screen]]
        ):
            break
        asked.add(source)
    return asked


@st.composite
def tables(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, int, int]:
    """A truth table, an order, T and S. Corpora of one source up to twelve; cells from all hits to all abstentions."""
    n = draw(st.integers(1, 12))
    threshold = draw(st.one_of(st.just(-(-7 * n // 9)), st.integers(1, n)))
    screen = draw(st.integers(1, n - threshold + 1))
    random = Random(draw(st.integers(0, 2**32)))
    weights = [[random.random() ** 2 for _ in range(3)] for _ in range(random.randrange(1, 12))]
    truth = np.array([random.choices((ABSTAINS, HOLD, HIT), w, k=n) for w in weights], np.int8)
    return truth, np.array(random.sample(range(n), n)), threshold, screen


@given(table=tables())
def test_a_cell_ends_with_the_shortest_run_of_sources_that_settles_it(table):
    truth, order, threshold, screen = table
    asked = asked_of(truth, order, threshold=threshold, screen=screen)
    for cell, row in enumerate(truth.tolist()):
        assert set(np.flatnonzero(asked[cell]).tolist()) == shortest(row, order.tolist(), threshold, screen)


@given(table=tables())
def test_a_full_screen_never_differs_from_the_whole_table(table):
    truth, order, threshold, _ = table
    n = truth.shape[1]
    need = n - threshold + 1
    seen = np.where(asked_of(truth, order, threshold=threshold, screen=need), truth, ABSENT)
    for whole, kept in zip(truth.tolist(), seen.tolist(), strict=True):
        assert (kept.count(HIT) >= threshold) == (whole.count(HIT) >= threshold)
        assert (kept.count(HOLD) >= need) == (whole.count(HOLD) >= need)


@given(table=tables(), seed=st.integers(0, 2**32))
def test_a_run_that_is_killed_in_every_round_ends_with_the_same_pairs(table, seed):
    truth, order, threshold, screen = table
    random = np.random.default_rng(seed)
    known = np.zeros_like(truth)
    while (more := next_pairs(known, order, threshold=threshold, screen=screen)).any():
        assert not (more & (known != ABSENT)).any()
        done = more & (random.random(truth.shape) < 0.6)  # in whatever order the workers finished
        known[done] = truth[done]
    asked = asked_of(truth, order, threshold=threshold, screen=screen)
    assert ((known != ABSENT) == asked).all()


@given(table=tables())
def test_the_encodes_are_never_below_the_floor_nor_above_the_table(table):
    truth, order, threshold, _ = table
    need = truth.shape[1] - threshold + 1
    ladders = np.zeros(truth.shape[1], np.int64)
    floor = run_floor(truth, ladders, threshold=threshold)
    asked = asked_of(truth, order, threshold=threshold, screen=need)
    assert floor <= asked.sum() <= truth.size


ORDER = np.arange(9)


@pytest.mark.parametrize(
    ("states", "screen", "wanted"),
    [
        ("---------", 3, "012"),
        ("---------", 1, "0"),
        ("hold", 1, ""),
        ("HHH------", 3, ""),
        ("HH-------", 3, "2"),
        ("HH-------", 2, ""),
        ("H--------", 2, "1"),
        ("R--------", 1, "123"),  # three holds are the quickest way out
        ("RRRRR----", 1, "56"),  # two more hits are
        ("RRRRRR---", 1, "6"),
        ("RRRRRRR--", 1, ""),
        ("RRRRRRH--", 1, "7"),
        ("RHH------", 1, "3"),
        ("RHHH-----", 1, ""),
        ("u--------", 1, "123"),  # an abstention clears nothing
        ("uu-------", 2, "234"),
        ("uuuuuuuuu", 1, ""),  # nothing left
        ("uuuuuuuu-", 1, "8"),
        ("-R-------", 1, "0"),  # the screen is whatever comes first in the order
        ("-HH------", 1, "0"),
        ("-HHH-----", 1, ""),
    ],
)
def test_what_a_round_asks_for(states: str, screen: int, wanted: str) -> None:
    codes = {"-": ABSENT, "u": ABSTAINS, "H": HOLD, "R": HIT}
    row = [codes[sign] for sign in ("H--------" if states == "hold" else states)]
    found = next_pairs(np.array([row], np.int8), ORDER, threshold=7, screen=screen)
    assert "".join(map(str, np.flatnonzero(found[0]))) == wanted


def test_sources_are_taken_in_the_strata_own_order() -> None:
    order = np.array([4, 2, 0, 1, 3])
    first = next_pairs(np.zeros((2, 5), np.int8), order, threshold=4, screen=2)
    assert first.tolist() == [[False, False, True, False, True]] * 2


def test_a_screen_of_many_asks_for_no_more_than_hits_can_settle() -> None:
    assert next_pairs(np.zeros((1, 9), np.int8), ORDER, threshold=2, screen=8).sum() == 2


def test_without_cells_nothing_is_asked() -> None:
    assert not next_pairs(np.zeros((0, 9), np.int8), ORDER, threshold=7, screen=3).any()
    assert run_floor(np.zeros((0, 9), np.int8), np.full(9, 12), threshold=7) == 0


@pytest.mark.parametrize(("threshold", "screen"), [(0, 1), (10, 1), (7, 0), (7, 4), (9, 2)])
def test_a_screen_or_threshold_that_makes_no_sense_is_a_bug_of_the_caller(threshold: int, screen: int) -> None:
    with pytest.raises(ValueError, match="of 9 sources"):
        next_pairs(np.zeros((1, 9), np.int8), ORDER, threshold=threshold, screen=screen)


@pytest.mark.parametrize(
    ("n", "threshold", "screen", "bound"),
    [(9, 7, 1, "2/9"), (9, 7, 2, "1/36"), (9, 7, 3, "0"), (6, 5, 1, "1/6"), (30, 24, 6, "1/593775"), (1, 1, 1, "0")],
)
def test_miss_bounds(n: int, threshold: int, screen: int, bound: str) -> None:
    assert str(miss_bound(n, threshold, screen)) == bound


@given(n=st.integers(1, 9), data=st.data())
def test_the_bound_is_the_share_of_screens_that_the_worst_cell_passes(n, data):
    threshold = data.draw(st.integers(1, n))
    screen = data.draw(st.integers(1, holds_needed(n, threshold)))
    holding = set(range(n - threshold))
    screens = list(combinations(range(n), screen))
    assert miss_bound(n, threshold, screen) == Fraction(sum(set(one) <= holding for one in screens), len(screens))


def test_the_floor_of_a_run() -> None:
    ladders = np.array([4, 5, 6, 7, 8, 9, 10, 11, 12])
    structural, clean, abstains = [HIT] * 8 + [HOLD], [HOLD] * 9, [ABSTAINS] * 5 + [HOLD, HOLD, HIT, HIT]

    def floor(*rows: list[int]) -> int:
        return run_floor(np.array(rows, np.int8), ladders, threshold=7)

    assert floor(clean) == 3 + (4 + 5 + 6)
    assert floor(clean, clean) == 6 + (4 + 5 + 6)
    assert floor(structural, clean) == 7 + 3 + (4 + 5 + 6 + 7 + 8 + 9 + 10)
    assert floor(abstains) == 9 + ladders.sum()
