"""Groups and orders beside plain Python and lexsort, beyond one piece and beyond 16 bits of groups."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from gate.evidence.sweep.columns import Codes, Ints, Labels
from gate.evidence.sweep.groups import bounds, combined, distinct, group_by, order_by


@pytest.mark.parametrize(
    ("rows", "groups", "in_order"),
    [(0, 1, True), (1, 1, True), (1000, 7, False), (200_000, 1, True), (200_000, 50, False), (200_000, 50, True), (200_000, 150_000, False)],
)  # fmt: skip
def test_order_equals_lexsort(rows: int, groups: int, in_order: bool) -> None:
    rng = np.random.default_rng(rows + groups)
    group = rng.integers(0, groups, rows).astype(np.int32)
    if in_order:
        group.sort()
    value, tie = rng.integers(0, 50, rows) / 7, rng.integers(0, 5, rows) / 3  # ties of every kind
    expected = np.lexsort((np.arange(rows), tie, value, group))
    assert np.array_equal(order_by(group, value, tie), expected)
    assert np.array_equal(order_by(group, value), np.lexsort((np.arange(rows), value, group)))


@given(hnp.arrays(np.int64, st.integers(0, 30), elements=st.one_of(st.integers(0, 9), st.integers(0, 2**62))))
def test_distinct(keys: Ints) -> None:
    found, index = distinct(keys)
    assert found.tolist() == sorted(set(keys.tolist()))
    assert [found[at] for at in index] == keys.tolist()


def test_keys_of_more_combinations_than_64_bits_hold() -> None:
    rng = np.random.default_rng(1)
    columns: list[Codes] = [rng.integers(0, 2**31 - 1, 50).astype(np.int32) for _ in range(4)]
    columns = [np.concatenate([column, column[:10]]) for column in columns]
    _, index = distinct(combined(columns, [2**31 - 1] * 4))
    rows = list(zip(*(column.tolist() for column in columns), strict=True))
    assert [sorted(set(rows)).index(row) for row in rows] == index.tolist()


def test_groups_and_bounds() -> None:
    letters = Labels(codes=np.array([1, 0, 1, 0, 1], dtype=np.int32), names=("a", "b"))
    digits = Labels(codes=np.array([0, 1, 0, 0, 1], dtype=np.int32), names=("1", "2"))
    groups = group_by((letters, digits))
    assert groups.of.tolist() == [2, 1, 2, 0, 3]
    assert groups.first.tolist() == [3, 1, 0, 4]
    some = group_by((letters, digits), np.array([2, 3, 4]))
    assert (some.of.tolist(), some.first.tolist()) == ([1, 0, 2], [3, 2, 4])
    assert bounds(np.array([0, 0, 2], dtype=np.int32), 4).tolist() == [0, 2, 2, 3, 3]
