"""Changed lines, and the line at fault."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.adapters.changes import at_fault, changed_files, changed_lines
from gate.model import Location


@pytest.mark.parametrize(
    ("base", "head", "lines"),
    [
        (b"", b"", set()),
        (b"a\nb\n", b"a\nb\n", set()),
        (b"", b"a\nb\n", {1, 2}),
        (b"a\nb\nc\n", b"a\nX\nc\n", {2}),
        (b"a\nc\n", b"a\nb\nc\n", {2}),
        (b"a\nb\nc\n", b"a\nc\n", set()),
        (b"a\nb\n", b"", set()),
        (b"a\nb", b"a\nb\n", set()),
        (b"a\r\nb\r\n", b"a\nb\n", set()),
        (b"x\na\nb\nc\n", b"a\nb\nY\nc\n", {3}),
        (b"a\na\na\n", b"a\na\n", set()),
        (b"\xff\xfe", b"\xff\xfd", {1}),
    ],
)
def test_changed_lines(base: bytes, head: bytes, lines: set[int]) -> None:
    assert changed_lines(base, head) == lines


LINES = st.lists(st.sampled_from([b"a", b"b", b"c"]), max_size=12).map(b"\n".join)


@given(LINES, LINES)
def test_what_is_not_changed_is_in_base_in_the_same_order(base: bytes, head: bytes) -> None:
    changed = changed_lines(base, head)
    kept = [line for i, line in enumerate(head.splitlines(), 1) if i not in changed]
    old = iter(base.splitlines())
    assert all(line in old for line in kept)


def test_files_too_large_to_compare_count_as_changed_between_their_common_ends() -> None:
    base = b"top\n" + b"a\nb\n" * 1500 + b"end\n"
    head = b"top\n" + b"c\nd\n" * 1500 + b"end\n"
    assert changed_lines(base, head) == set(range(2, 3002))


def test_changed_files_are_those_of_head_that_differ() -> None:
    base = {"same.py": b"a\n", "edited.py": b"a\nb\n", "gone.py": b"a\n"}
    head = {"same.py": b"a\n", "edited.py": b"a\nc\n", "new.py": b"a\nb\n"}
    assert changed_files(base, head) == {"edited.py": {2}, "new.py": {1, 2}}


FIRST = Location(path="a.py", line=3)
SECOND = Location(path="b.py", line=9)
TOUCHED = Location(path="c.py", line=1)


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ({}, FIRST),
        ({"a.py": {3}, "b.py": {9}}, FIRST),
        ({"b.py": {9}}, SECOND),
        ({"c.py": {1}}, TOUCHED),
        ({"b.py": {9}, "c.py": {1}}, SECOND),
        ({"b.py": {3}, "a.py": {9}}, FIRST),
    ],
)
def test_the_line_at_fault(changed: dict[str, set[int]], line: Location) -> None:
    lines = {path: frozenset(numbers) for path, numbers in changed.items()}
    assert at_fault((FIRST, SECOND), (TOUCHED,), lines) == line


def test_no_origin_and_no_changed_line_is_no_line() -> None:
    assert at_fault((), (TOUCHED,), {}) is None
    assert at_fault((), (TOUCHED,), {"c.py": frozenset({1})}) == TOUCHED
