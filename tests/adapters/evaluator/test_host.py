"""Every combination of answers is tried once, the one that says no to everything first."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gate.adapters.evaluator.machine import Answers


def paths(run: Callable[[Answers], object]) -> list[object]:
    """What `run` gives on each path."""
    answers, found = Answers(), []
    while True:
        answers.restart()
        found.append(run(answers))
        if not answers.advance():
            return found


CASES: list[tuple[Callable[[Answers], object], list[object]]] = [
    (lambda a: "x", ["x"]),
    (lambda a: a.choose("p", 2, ""), [0, 1]),
    (lambda a: (a.choose("p", 2, ""), a.choose("q", 2, "")), [(0, 0), (0, 1), (1, 0), (1, 1)]),
    (lambda a: (a.choose("p", 2, ""), a.choose("p", 2, "")), [(0, 0), (1, 1)]),
    (lambda a: a.choose("p", 2, "") and a.choose("q", 3, ""), [0, 0, 1, 2]),
    (lambda a: a.choose("p", 2, "") or a.choose("q", 2, ""), [0, 1, 1]),
]


@pytest.mark.parametrize(("run", "expected"), CASES)
def test_paths(run: Callable[[Answers], object], expected: list[object]) -> None:
    assert paths(run) == expected
