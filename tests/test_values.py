"""`gate.values.dataclass` is the standard library's: the same classes made by both, held against each other."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable
from functools import cached_property
from typing import Any, Generic, TypeVar

import pytest

from gate import values
from gate.model import Location

T = TypeVar("T")


def made(dataclass: Callable[..., Any]) -> dict[str, Any]:
    """The same classes by either decorator."""

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Plain:
        """Defaults of every kind."""

        name: str
        size: int = 3
        parts: tuple[int, ...] = ()
        known: dict[str, int] = values.field(default_factory=dict, compare=False)
        hidden: str = values.field(default="h", repr=False)
        kept: list[int] = values.field(default_factory=list, init=False, compare=False)

        @property
        def doubled(self) -> int:
            """A property."""
            return 2 * self.size

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Inheriting(Plain):
        """Fields of its own behind the base's."""

        size: int = 4
        more: float = 0.5

    @dataclass(frozen=True, slots=True, kw_only=True, order=True)
    class Ordered:
        """One field."""

        at: int

    @dataclass(slots=True)
    class Open:
        """Positional, and changeable."""

        data: object
        seen: set[int] = values.field(default_factory=set)

    @dataclass(frozen=True, slots=True, eq=False)
    class Single:
        """Identity alone."""

        data: object

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Held(Generic[T]):
        """With a parameter."""

        given: T | None = None

    @dataclass(frozen=True, kw_only=True)
    class Remembering:
        """Without slots: it may hold what a property has worked out."""

        at: int

        @cached_property
        def doubled(self) -> int:
            return 2 * self.at

    return {kind.__name__: kind for kind in (Plain, Inheriting, Ordered, Open, Single, Held, Remembering)}


OURS, THEIRS = made(values.dataclass), made(dataclasses.dataclass)
GIVEN: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    ("Plain", (), {"name": "a"}),
    ("Plain", (), {"name": "a", "size": 1, "known": {"k": 1}, "hidden": "no"}),
    ("Inheriting", (), {"name": "b", "more": 1.5}),
    ("Ordered", (), {"at": 1}),
    ("Open", (1,), {}),
    ("Open", (1, {2}), {}),
    ("Single", ("x",), {}),
    ("Held", (), {"given": "x"}),
    ("Held", (), {}),
    ("Remembering", (), {"at": 2}),
]


@pytest.mark.parametrize(("kind", "args", "given"), GIVEN)
def test_an_instance_is_as_the_standard_librarys(kind: str, args: tuple[Any, ...], given: dict[str, Any]) -> None:
    ours, theirs = OURS[kind](*args, **given), THEIRS[kind](*args, **given)
    assert repr(ours).rpartition(".")[2] == repr(theirs).rpartition(".")[2]
    assert dataclasses.asdict(ours) == dataclasses.asdict(theirs)
    shown = [[(one.name, one.type, one.init, one.compare) for one in dataclasses.fields(it)] for it in (ours, theirs)]
    assert shown[0] == shown[1]
    assert OURS[kind].__match_args__ == THEIRS[kind].__match_args__
    again, other = OURS[kind](*args, **given), THEIRS[kind](*args, **given)
    assert (ours == again, ours != again, ours == 1) == (theirs == other, theirs != other, theirs == 1)
    assert (OURS[kind].__hash__ is None) == (THEIRS[kind].__hash__ is None)
    if OURS[kind].__hash__ is not None:
        assert (hash(ours) == hash(again)) == (hash(theirs) == hash(other))
    assert hasattr(ours, "__dict__") == hasattr(theirs, "__dict__")
    assert dataclasses.asdict(copy.copy(ours)) == dataclasses.asdict(ours)


def test_what_is_refused() -> None:
    for kinds in (OURS, THEIRS):
        one = kinds["Plain"](name="a")
        for wrong in (lambda one=one: setattr(one, "size", 2), lambda one=one: delattr(one, "size")):
            with pytest.raises(dataclasses.FrozenInstanceError):
                wrong()
        for given in ({}, {"name": "a", "strange": 1}, {"name": "a", "kept": []}):
            with pytest.raises(TypeError):
                kinds["Plain"](**given)
        with pytest.raises(TypeError):
            kinds["Plain"]("a")
        with pytest.raises(TypeError):
            kinds["Open"](1) < kinds["Open"](2)  # noqa: B015
        changed = kinds["Open"](1)
        changed.data = 2
        assert changed == kinds["Open"](2)


def test_order_defaults_and_replacement() -> None:
    for kinds in (OURS, THEIRS):
        ordered = [kinds["Ordered"](at=at) for at in (3, 1, 2)]
        assert [one.at for one in sorted(ordered)] == [1, 2, 3]
        assert kinds["Ordered"](at=1) <= kinds["Ordered"](at=1)
        first, second = kinds["Plain"](name="a"), kinds["Plain"](name="a")
        assert first.known is not second.known
        assert first.doubled == 6
        assert kinds["Remembering"](at=2).doubled == 4
    one = OURS["Plain"](name="a", size=2)
    for replace in (values.replace, dataclasses.replace):
        assert replace(one, size=5) == OURS["Plain"](name="a", size=5)


def test_a_value_of_the_gate_can_be_pickled() -> None:
    where = Location(path="a.py", line=3)
    assert pickle.loads(pickle.dumps(where)) == where
