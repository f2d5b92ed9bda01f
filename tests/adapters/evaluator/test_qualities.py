"""For which qualities an answer holds: every interval once, and each holds for all of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.adapters.evaluator.harness import Outcome, over_qualities
from gate.adapters.evaluator.layout import Layout
from gate.adapters.evaluator.machine import Machine, Span
from gate.adapters.evaluator.plain import compare_quality
from gate.model import Qualities

OPS = {
    "<": lambda q, n: q < n,
    "<=": lambda q, n: q <= n,
    ">": lambda q, n: q > n,
    ">=": lambda q, n: q >= n,
    "==": lambda q, n: q == n,
    "!=": lambda q, n: q != n,
}


@pytest.mark.parametrize(
    ("quality", "op", "number", "low", "high"),
    [
        (23, "<", 20, 20, None),
        (19, "<", 20, None, 19),
        (20, "<=", 20, None, 20),
        (21, "<=", 20, 21, None),
        (23, "==", 23, 23, 23),
        (22, "==", 23, None, 22),
        (24, "!=", 23, 24, None),
        (23, ">", 22.5, 23, None),
        (22, ">=", 22.5, None, 22),
    ],
)
def test_a_comparison_holds_for_an_interval(
    quality: int, op: str, number: float, low: int | None, high: int | None
) -> None:
    machine = Machine(layout=Layout(top="", paths=frozenset()))
    machine.span = Span(quality=quality)
    assert compare_quality(machine, quality, number, op) is OPS[op](quality, number)
    assert (machine.span.low, machine.span.high) == (low, high)


CONDITIONS = st.lists(st.tuples(st.sampled_from(sorted(OPS)), st.integers(-5, 70) | st.sampled_from([20.5, 33.0])))


@given(CONDITIONS, st.integers(0, 63))
def test_every_quality_is_in_one_interval_and_gets_its_own_answer(
    conditions: list[tuple[str, float]], default: int
) -> None:
    def ask(quality: int) -> Outcome[tuple[bool, ...]]:
        machine = Machine(layout=Layout(top="", paths=frozenset()))
        machine.span = Span(quality=quality)
        given = tuple(compare_quality(machine, quality, number, op) for op, number in conditions)
        return Outcome(given=given, qualities=Qualities(low=machine.span.low, high=machine.span.high))

    found = list(over_qualities(ask, default, (0, 63)))
    assert default in found[0].qualities
    for quality in range(64):
        (held,) = [each for each in found if quality in each.qualities]
        assert held.given == tuple(OPS[op](quality, number) for op, number in conditions)
