"""The order of resolution is Python's own; the standard exceptions inherit as Python's do."""

from __future__ import annotations

import builtins

from hypothesis import given
from hypothesis import strategies as st

from gate.adapters.evaluator.machine import linearised, standard_classes
from gate.adapters.evaluator.values import ClassObj


@given(st.lists(st.lists(st.integers(0, 6), max_size=3, unique=True), min_size=1, max_size=7))
def test_linearisation_is_pythons(bases_of: list[list[int]]) -> None:
    root = standard_classes()["object"]
    real: list[type] = []
    ours: list[ClassObj] = []
    for number, chosen in enumerate(bases_of):
        places = [place for place in chosen if place < number]
        made = ClassObj(name=str(number), bases=tuple(ours[place] for place in places) or (root,), namespace={})
        try:
            cls = type(str(number), tuple(real[place] for place in places), {})
        except TypeError:
            cls = None
        found = linearised(made, made.bases)
        made.mro = found or ()
        order = None if found is None else [each.name for each in found]
        assert order == (None if cls is None else [each.__name__ for each in cls.__mro__])
        if cls is None:
            return
        real.append(cls)
        ours.append(made)


def test_exceptions_inherit_as_pythons_do() -> None:
    ours = standard_classes()
    for name, kind in vars(builtins).items():
        if isinstance(kind, type) and issubclass(kind, BaseException) and "Group" not in name:
            assert [each.name for each in ours[name].mro] == [each.__name__ for each in kind.__mro__]


def test_two_evaluations_share_no_class() -> None:
    assert standard_classes()["object"] is not standard_classes()["object"]
