"""PCHIP through many curves at once beside SciPy's, one curve at a time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.interpolate import PchipInterpolator

from gate.evidence.sweep.pchip import Curves, evaluate, integrals, through

# VMAF-like ordinates over log bitrates. Within these bounds both sides round to some 1e-12 of what they hold.
steps = st.floats(min_value=1e-3, max_value=5.0)
heights = st.one_of(st.sampled_from([0.0, 90.0, 100.0]), st.integers(0, 10**8).map(lambda n: n / 1e6))
curves_ = st.lists(st.lists(st.tuples(steps, heights), max_size=12), min_size=1, max_size=6)
TOLERANCE = 1e-9

Knots = list[tuple[float, float]]


def together(curves: list[Knots]) -> Curves:
    x = [np.cumsum([step for step, _ in curve]) for curve in curves]
    y = [np.array([height for _, height in curve], np.float64) for curve in curves]
    start = np.cumsum([0, *(len(curve) for curve in curves)])
    return through(np.concatenate(x).astype(np.float64), np.concatenate(y), start)


def one(curves: Curves, which: int) -> tuple[list[float], list[float]]:
    first, end = curves.start[which], curves.start[which + 1]
    return curves.x[first:end].tolist(), curves.y[first:end].tolist()


@given(curves_, st.lists(st.floats(min_value=-0.1, max_value=1.1), min_size=1, max_size=8))
def test_agrees_with_scipy(curves: list[Knots], shares: list[float]) -> None:
    ours = together(curves)
    for which in range(len(curves)):
        x, y = one(ours, which)
        if len(x) < 2:
            assert np.isnan(evaluate(ours, np.array([which]), np.array([*x, 0.0])[:1])).all()
            continue
        at = np.array([*x, *(x[0] + share * (x[-1] - x[0]) for share in shares)])
        found = evaluate(ours, np.full(len(at), which), at)
        expected = PchipInterpolator(x, y, extrapolate=False)(at)
        np.testing.assert_allclose(found, expected, rtol=0.0, atol=TOLERANCE)  # NaN where SciPy's are
        assert found[: len(x)].tolist() == y  # to the bit at knots


@given(curves_.map(lambda curves: [c for c in curves if len(c) > 1]).filter(bool), st.data())
def test_integrals_agree_with_scipy(curves: list[Knots], data: st.DataObject) -> None:
    ours = together(curves)
    ends = []
    for which in range(len(curves)):
        x, _ = one(ours, which)
        within = st.floats(min_value=x[0], max_value=x[-1])
        ends.append(sorted(data.draw(st.tuples(within, within))))
    low, high = np.array(ends).T
    expected = [PchipInterpolator(*one(ours, which)).integrate(*ends[which]) for which in range(len(curves))]
    np.testing.assert_allclose(integrals(ours, low, high), expected, rtol=0.0, atol=1e-8)


@given(st.lists(st.tuples(steps, heights), min_size=2, max_size=12), st.floats(min_value=0.0, max_value=1.0))
def test_stays_between_its_two_knots(curve: Knots, share: float) -> None:
    ours = together([curve])
    x, y = one(ours, 0)
    for left in range(len(x) - 1):
        at = min(x[left] + share * (x[left + 1] - x[left]), x[left + 1])
        (found,) = evaluate(ours, np.array([0]), np.array([at]))
        assert min(y[left : left + 2]) - TOLERANCE <= found <= max(y[left : left + 2]) + TOLERANCE


@pytest.mark.parametrize("size", [0, 1])
def test_too_few_knots_say_nothing(size: int) -> None:
    ours = together([[(1.0, 90.0), (1.0, 95.0)], [(1.0, 90.0)] * size])
    assert np.isnan(evaluate(ours, np.array([1]), np.array([1.0]))).all()


def test_no_curves() -> None:
    nothing = together([[]])
    assert len(evaluate(nothing, np.empty(0, np.int64), np.empty(0))) == 0


def test_tiny_secants_do_not_overflow() -> None:
    ours = together([[(1.0, 0.0), (1.0, 2e-311), (1.0, 90.0)]])
    assert np.isfinite(ours.slope).all()
