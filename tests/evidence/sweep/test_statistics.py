"""Paired statistics beside SciPy and the exact bootstrap, and fragility beside trying every flip."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest

from gate.evidence.model import Detector
from gate.evidence.sweep.detector import ABSENT, ABSTAINS, HIT, HOLD
from gate.evidence.sweep.statistics import CONFIDENCE, RESAMPLES, Fragility, Spoken, fragile, paired, sign_test

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
    assert (found.interval is None) == (len(known) < 5)
    if found.interval is not None:
        drawn = np.random.default_rng(seed).integers(0, len(known), (RESAMPLES, len(known)))
        medians = np.median(np.array(known)[drawn], axis=1)
        ends = (1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2
        assert found.interval == tuple(np.quantile(medians, ends).tolist())


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


def alone(
    deltas: list[float], states: list[int], threshold: int = T, tolerance: float = TOLERANCE, floor: float = FLOOR
) -> Fragility:
    """Fragility where one witness decides, whichever it is; the other speaks, and isn't heard."""
    own = Spoken(states=np.array(states, np.int8), deltas=np.array(deltas, np.float64))
    other = Spoken(states=np.full(len(states), HIT, np.int8), deltas=np.full(len(states), -tolerance - floor / 2))
    first = fragile(own, other, Detector.NEAREST, threshold=threshold, tolerance=tolerance, floor=floor)
    second = fragile(other, own, Detector.INTERPOLATED, threshold=threshold, tolerance=tolerance, floor=floor)
    assert first == second
    return first


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
    states = [ABSTAINS if d is None else HIT if d < -TOLERANCE else HOLD for d in known]
    found = alone(deltas, states)
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
            [ABSENT, ABSTAINS, HIT, HIT],
            Fragility(within=(), flips=None),
            id="what isn't known can't flip",
        ),
    ],
)
def test_fragile(deltas: list[float], states: list[int], expected: Fragility) -> None:
    assert alone(deltas, states) == expected


@pytest.mark.parametrize("delta", [-0.375, -0.125])
def test_at_the_floor_is_within_it(delta: float) -> None:
    state = HIT if delta < -0.25 else HOLD
    found = alone([delta], [state], threshold=1, tolerance=0.25, floor=0.125)
    assert found == Fragility(within=(0,), flips=1)


def said(delta: float | None) -> bool | None:
    """Whether a witness calls it a hit; None where it abstains."""
    return None if delta is None else delta < -TOLERANCE


def decided(one: bool | None, other: bool | None, detector: Detector) -> bool:
    """Whether two witnesses make a hit, an abstention being unknown: by Kleene's tables, of which only True is one."""
    if detector is Detector.BOTH:
        return one is True and other is True
    return (other if one is None else one) is True


def plain_flips_of_two(pairs: list[tuple[float | None, float | None]], detector: Detector) -> int | None:
    """The fewest sources that turn the verdict where every delta near the tolerance may come out on either side."""
    ways = [
        [
            decided(one, other, detector)
            for one in {said(first)} | ({True, False} if near(first) else set())
            for other in {said(second)} | ({True, False} if near(second) else set())
        ]
        for first, second in pairs
    ]
    now = [decided(said(first), said(second), detector) for first, second in pairs]
    structural = sum(now) >= T
    turning = [
        sum(hit != before for hit, before in zip(way, now, strict=True))
        for way in product(*ways)
        if (sum(way) >= T) != structural
    ]
    return min(turning, default=None)


def near(delta: float | None) -> bool:
    return delta is not None and abs(delta + TOLERANCE) <= FLOOR


def spoken(deltas: list[float | None]) -> Spoken:
    states = [ABSTAINS if d is None else HIT if d < -TOLERANCE else HOLD for d in deltas]
    return Spoken(
        states=np.array(states, np.int8), deltas=np.array([np.nan if d is None else d for d in deltas], np.float64)
    )


deltas_of_one = st.one_of(st.none(), st.sampled_from([-1.0, -0.14, -0.11, -0.1, -0.09, -0.06, -0.04, 0.3]))


@given(st.lists(st.tuples(deltas_of_one, deltas_of_one), max_size=6), st.sampled_from([Detector.BOTH, Detector.FILLED]))
def test_with_two_witnesses_fragile_equals_trying_every_outcome(
    pairs: list[tuple[float | None, float | None]], detector: Detector
) -> None:
    first, second = spoken([one for one, _ in pairs]), spoken([other for _, other in pairs])
    found = fragile(first, second, detector, threshold=T, tolerance=TOLERANCE, floor=FLOOR)
    assert found.flips == plain_flips_of_two(pairs, detector)
    heard = [
        near(one) or near(other) if detector is Detector.BOTH else near(other if one is None else one)
        for one, other in pairs
    ]
    assert found.within == tuple(at for at, is_near in enumerate(heard) if is_near)


@pytest.mark.parametrize(
    ("detector", "first", "second", "turns"),
    [
        pytest.param(Detector.BOTH, -1.0, -0.11, True, id="both: the second may hold, and no hit is left"),
        pytest.param(Detector.BOTH, 0.3, -0.11, False, id="both: the first holds, whatever the second"),
        pytest.param(Detector.BOTH, -0.11, 0.3, False, id="both: the second holds, whatever the first"),
        pytest.param(Detector.FILLED, None, -0.11, True, id="filled: the second may hold"),
        pytest.param(Detector.BOTH, None, -0.09, False, id="both: an abstention hinders every hit"),
        pytest.param(Detector.BOTH, -0.09, -0.09, True, id="both: each may hit"),
    ],
)
def test_which_source_flips(detector: Detector, first: float | None, second: float | None, turns: bool) -> None:
    found = fragile(spoken([first]), spoken([second]), detector, threshold=1, tolerance=TOLERANCE, floor=FLOOR)
    assert found == Fragility(within=(0,), flips=1 if turns else None)
