"""Paired statistics beside SciPy and the exact bootstrap, and fragility beside trying every flip."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest

from gate.sweep.states import ABSENT, HIT, HOLD, UNMATCHED
from gate.sweep.statistics import Fragility, fragile, paired, sign_test

deltas_ = st.lists(
    st.one_of(st.sampled_from([0.0, -0.1, np.nan]), st.floats(min_value=-20.0, max_value=5.0)), max_size=15
).map(lambda values: np.array(values, np.float64))


@given(st.integers(min_value=0, max_value=60), st.integers(min_value=0, max_value=60))
def test_the_sign_test_is_scipys(losses: int, gains: int) -> None:
    expected = binomtest(losses, losses + gains).pvalue if losses + gains else 1.0
    assert sign_test(losses, gains) == pytest.approx(expected, rel=1e-9)


@given(deltas_, st.integers(min_value=0, max_value=2**63))
def test_plain_figures(deltas: np.ndarray, seed: int) -> None:
    known = sorted(deltas[~np.isnan(deltas)].tolist())
    found = paired(deltas, seed=seed)
    assert found.n == len(known)
    assert found.zeros == known.count(0.0)
    if not known:
        assert (found.median, found.mean, found.sign_test_p, found.interval, found.worst) == (None,) * 5
        return
    assert found.median == pytest.approx((known[(len(known) - 1) // 2] + known[len(known) // 2]) / 2)
    assert found.mean == pytest.approx(sum(known) / len(known))
    assert found.sign_test_p == sign_test(sum(d < 0 for d in known), sum(d > 0 for d in known))
    assert found.worst == deltas.tolist().index(known[0])
    assert (found.interval is None) == (len(known) < 3)
    if found.interval is not None:
        assert known[0] <= found.interval[0] <= found.interval[1] <= known[-1]


@pytest.mark.parametrize("n", [5, 7, 9, 11, 15])
@pytest.mark.parametrize("seed", range(4))
def test_the_interval_is_the_bootstraps(n: int, seed: int) -> None:
    """Beside the median's exact distribution over resamples: it is at most the k-th value iff more than half are.

    Of 2,000 resamples an end may be one value off where its exact probability is within four standard errors.
    """
    values = np.sort(np.random.default_rng(seed).normal(-0.2, 0.3, n))
    at_most = np.array([binom.sf(n // 2, n, (k + 1) / n) for k in range(n)])
    slack = 4.0 * np.sqrt(0.025 * 0.975 / 2000)
    found = paired(np.roll(values, 3), seed=seed).interval
    assert found is not None
    for end, share in zip(found, (0.025, 0.975), strict=True):
        least, most = (int(np.searchsorted(at_most, share + sign * slack)) for sign in (-1, 1))
        assert values[least] <= end <= values[min(most, n - 1)]


@given(st.permutations([-0.3, 0.2, -0.1, -0.7, 0.05, -0.25, -0.4, 0.11, np.nan]))
def test_the_same_data_and_seed_give_the_same_interval_in_any_order(deltas: list[float]) -> None:
    assert paired(np.array(deltas), seed=7).interval == paired(np.array(sorted(deltas)), seed=7).interval


def test_another_seed_draws_other_resamples() -> None:
    deltas = np.random.default_rng(1).normal(size=40)
    assert len({paired(deltas, seed=seed).interval for seed in range(5)}) > 1


@pytest.mark.parametrize(
    ("deltas", "small"), [([-1.0] * 5, True), ([-1.0] * 6, False), ([-1.0] * 5 + [0.0], True), ([], True)]
)
def test_small_is_where_the_sign_test_can_find_nothing(deltas: list[float], small: bool) -> None:
    found = paired(np.array(deltas), seed=1)
    assert found.small == small
    assert small == (found.sign_test_p is None or found.sign_test_p >= 0.05)


T, TOLERANCE, FLOOR = 3, 0.1, 0.05


def plain_flips(deltas: list[float], states: list[int]) -> int | None:
    """The fewest sources near the tolerance that, turned from hit to hold or back, turn the verdict."""
    near = [i for i, d in enumerate(deltas) if states[i] in (HOLD, HIT) and abs(d + TOLERANCE) <= FLOOR]
    structural = states.count(HIT) >= T
    for size in range(len(near) + 1):
        for chosen in combinations(near, size):
            turned = [(HOLD + HIT - s) if i in chosen else s for i, s in enumerate(states)]
            if (turned.count(HIT) >= T) != structural:
                return size
    return None


@given(
    st.lists(st.one_of(st.none(), st.sampled_from([-1.0, -0.14, -0.11, -0.1, -0.09, -0.06, -0.04, 0.3])), max_size=7)
)
def test_fragile_equals_trying_every_flip(known: list[float | None]) -> None:
    deltas = [np.nan if d is None else d for d in known]
    states = [UNMATCHED if d is None else HIT if d < -TOLERANCE else HOLD for d in known]
    found = fragile(np.array(deltas), np.array(states, np.int8), threshold=T, tolerance=TOLERANCE, floor=FLOOR)
    assert found.within == tuple(i for i, d in enumerate(deltas) if abs(d + TOLERANCE) <= FLOOR)
    assert found.flips == plain_flips(deltas, states)
    assert found.fragile == (found.flips is not None)


@pytest.mark.parametrize(
    ("deltas", "states", "expected"),
    [
        pytest.param([-0.12, -1.0, -1.0], [HIT] * 3, Fragility(within=(0,), flips=1), id="one hit too few"),
        pytest.param([-0.12, -1.0, -1.0, -1.0], [HIT] * 4, Fragility(within=(0,), flips=None), id="one hit to spare"),
        pytest.param([-0.08, -1.0, -1.0], [HOLD, HIT, HIT], Fragility(within=(0,), flips=1), id="one hold from it"),
        pytest.param([0.5, -1.0, -1.0], [HOLD, HIT, HIT], Fragility(within=(), flips=None), id="a clear hold"),
        pytest.param(
            [np.nan, np.nan, -1.0, -1.0],
            [ABSENT, UNMATCHED, HIT, HIT],
            Fragility(within=(), flips=None),
            id="what isn't known can't flip",
        ),
    ],
)
def test_fragile(deltas: list[float], states: list[int], expected: Fragility) -> None:
    found = fragile(np.array(deltas), np.array(states, np.int8), threshold=T, tolerance=TOLERANCE, floor=FLOOR)
    assert found == expected


@pytest.mark.parametrize("delta", [-0.375, -0.125])
def test_at_the_floor_is_within_it(delta: float) -> None:
    state = HIT if delta < -0.25 else HOLD
    found = fragile(np.array([delta]), np.array([state], np.int8), threshold=1, tolerance=0.25, floor=0.125)
    assert found == Fragility(within=(0,), flips=1)
