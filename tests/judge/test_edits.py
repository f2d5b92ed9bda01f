"""Edits that could take a change back: which lines, and nothing where it isn't plain."""

from __future__ import annotations

import pytest

from gate.adapters.model import Change, ChangeKind, Differs
from gate.judge.edits import applied, edits
from gate.model import Location

KINDS = {"+": ChangeKind.KNOB_ADDED, "~": ChangeKind.KNOB_CHANGED, "q": ChangeKind.QUALITY}


def change(kind, before, after, line, *, more=0):
    where = Location(path="a.py", line=line)
    difference = Differs(kind=KINDS[kind], before=before, after=after, where=where)
    return Change(
        adapter="a",
        codec="a",
        kind=KINDS[kind],
        before=before,
        after=after,
        where=where,
        differences=(difference,) * (1 + more),
        points=(),
    )


def first(kind, before, after, line, base, head):
    """The first edit's result, None without any. An empty base is none."""
    trees = ({"a.py": base.encode()} if base else {}), {"a.py": head.encode()}
    found = next(edits(change(kind, before, after, line), *trees), None)
    return None if found is None else applied(head.encode(), found).decode()


BACK = [
    # kind, before, after, line, base, head, what is left
    ("+", "", "bf=3", 1, "return ()\n", 'return ("-bf", "3")\n', "return ()\n"),
    ("+", "", "bf=3", 1, "", 'return ["-cq", q, "-bf", "3"]\n', 'return ["-cq", q]\n'),
    ("+", "", "bf=3", 1, "", 'return ["-bf", "3", "-cq", q]\n', 'return ["-cq", q]\n'),
    ("+", "", "spatial-aq=1", 1, "", "x = ('-spatial_aq:v', '1', '-cq', q)\n", "x = ('-cq', q)\n"),
    ("+", "", "bf=3", 2, "", '[\n    "-bf",\n    "3",\n    "-cq",\n]\n', '[\n    "-cq",\n]\n'),
    ("+", "", "bf=3", 3, "", '[\n    "-bf",\n    "3",\n]\n', "[\n]\n"),
    ("+", "", "bf=3", 2, "", '[\n\n    "-bf", "3",\n\n]\n', "[\n\n\n]\n"),  # blank lines that were there stay
    ("~", "bf=2", "bf=3", 1, "", 'return ("-bf", "3")\n', 'return ("-bf", "2")\n'),
    ("q", "q=23", "q=28", 1, "", "quality_default: int = 28\n", "quality_default: int = 23\n"),
    # no literal: the changed lines as base has them
    ("+", "", "bf=3", 2, "a\nb\n", "a\nx = EXTRA\ny = 1\nb\n", "a\nb\n"),
    ("~", "bf=2", "bf=3", 1, "N = 1 + 1\n", "N = 1 + 2\n", "N = 1 + 1\n"),
    ("q", "q=1", "q=2", 1, "q = 1, 2\n", "q = 2, 2\n", "q = 1, 2\n"),  # which 2 is meant isn't plain
]


@pytest.mark.parametrize(("kind", "before", "after", "line", "base", "head", "left"), BACK)
def test_takes_it_back(kind, before, after, line, base, head, left):
    assert first(kind, before, after, line, base, head) == left


NOT_PLAIN = [
    ("+", "", "bf=3", 9, "a\n", "a\n"),  # no such line
    ("+", "", "bf=3", 0, "a\n", "a\n"),
    ("+", "", "bf=3", 1, "", "x = EXTRA\n"),  # nothing to go back to
    ("+", "", "bf=3", 1, "a\n", 'return ("-bf", "3")\r\n'),  # other line ends
    ("+", "", "bf=3", 1, "a\n", "".join(f"x{i} = {i}\n" for i in range(40))),  # work, no suggestion
]


@pytest.mark.parametrize(("kind", "before", "after", "line", "base", "head"), NOT_PLAIN)
def test_offers_nothing(kind, before, after, line, base, head):
    assert first(kind, before, after, line, base, head) is None


def test_what_isnt_text_offers_nothing():
    assert not list(edits(change("+", "", "bf=3", 1), {}, {"a.py": b"\xff\n"}))
    assert not list(edits(change("+", "", "bf=3", 1), {}, {}))


def test_several_differences_offer_no_single_literal():
    head = {"a.py": b'return ("-bf", "3")\n'}
    assert not list(edits(change("+", "", "bf=3", 1, more=1), {}, head))


def test_an_edit_names_its_lines():
    head = {"a.py": b'a\nreturn ("-bf", "3")\nb\n'}
    found = next(edits(change("+", "", "bf=3", 2), {"a.py": b""}, head))
    assert (found.where.line, found.before, found.after) == (2, ('return ("-bf", "3")',), ("return ()",))
