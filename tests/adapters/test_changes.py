"""The diff of two proposals, as tables of what is a change and what is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.adapters.changes import changes, renamed, standing, with_old_names
from gate.adapters.model import Adapter, Change, ChangeKind, Defaults
from gate.encoders import read_point
from gate.model import Emission, Location, Point, Qualities, Token, Unresolved

BARE = {"fast": "-c:v h264_nvenc -preset p1 -cq 23", "slow": "-c:v h264_nvenc -preset p7 -cq 23"}


def adapter(argvs: Mapping[str, str], *, path: str = "h264_nvenc.py", key: str = "h264_nvenc") -> Adapter:
    """An adapter that emits these argvs, by preset; the n-th word of each stands on line n of `path`."""
    where = Location(path=path, line=1)
    emissions = [Emission(preset=preset, argv=_tokens(argv, path), extra=()) for preset, argv in argvs.items()]
    points = [read_point(emission, encoder="h264_nvenc", where=where) for emission in emissions]
    return Adapter(
        key=key,
        name=key,
        encoder="h264_nvenc",
        where=where,
        quality_knob="cq",
        quality_default="23",
        presets=tuple(argvs),
        emissions=tuple(emissions),
        points=tuple(point for point in points if isinstance(point, Point)),
        touched=frozenset({Location(path=path, line=50), Location(path="common.py", line=5)}),
    )


def _tokens(text: str, path: str) -> tuple[Token, ...]:
    return tuple(Token(text=word, origins=(Location(path=path, line=i),)) for i, word in enumerate(text.split(), 1))


def proposal(*adapters: Adapter) -> Defaults:
    return Defaults(adapters={one.key: one for one in adapters})


def diff(before: Mapping[str, str], after: Mapping[str, str], **changed: set[int]) -> tuple[Change, ...]:
    lines = {path.replace("_py", ".py"): frozenset(numbers) for path, numbers in changed.items()}
    return changes(proposal(adapter(before)), proposal(adapter(after)), lines)


def added(text: str) -> dict[str, str]:
    return {preset: f"{argv} {text}" for preset, argv in BARE.items()}


@pytest.mark.parametrize(
    ("before", "after", "kind", "was", "becomes"),
    [
        (BARE, added("-bf 3"), "knob-added", "", "bf=3"),
        (added("-bf 2"), added("-bf 3"), "knob-changed", "bf=2", "bf=3"),
        (added("-bf 3"), BARE, "knob-removed", "bf=3", ""),
        (BARE, added("-cq 25"), "quality-default", "q=23", "q=25"),
        (BARE, added("-cq 0 -qp 23"), "rate-control", "rc_mode=vbr-cq", "rc_mode=cqp"),
        (BARE, added("-cq 0 -rc cbr -b:v 4M"), "rate-control", "rc_mode=vbr-cq, q=23", "rc_mode=cbr, q=4"),
        (BARE, added("-c:v hevc_nvenc"), "encoder", "h264_nvenc", "hevc_nvenc"),
        (BARE, added("-bf 3 -cq 25"), "knob-added", "q=23", "bf=3, q=25"),
        (BARE, added("-bf 3 -g 250"), "knob-added", "", "bf=3, g=250"),
    ],
)
def test_one_change_for_all_points_that_differ_alike(
    before: dict[str, str], after: dict[str, str], kind: str, was: str, becomes: str
) -> None:
    (change,) = diff(before, after)
    assert (change.kind, change.before, change.after) == (kind, was, becomes)
    assert [point.presets for point in change.points] == [("fast",), ("slow",)]
    assert change.adapter == "h264_nvenc"


@pytest.mark.parametrize(
    "after",
    [
        BARE,
        added("-spatial-aq 0"),
        added("-threads 8 -gpu 1"),
        {"fast": "-preset p1 -c:v h264_nvenc -cq 23.0 -b:v 0", "slow": BARE["slow"]},
        {"slow": BARE["slow"]},  # a preset less
    ],
)
def test_no_change(after: dict[str, str]) -> None:
    assert diff(BARE, after, h264_nvenc_py={1, 2, 3, 4, 5, 6, 7, 8}) == ()


def test_an_adapter_that_moves_is_no_change() -> None:
    moved = adapter(BARE, path="nvenc/h264.py")
    assert changes(proposal(adapter(BARE)), proposal(moved), {"nvenc/h264.py": frozenset(range(100))}) == ()


def test_a_new_adapter() -> None:
    (change,) = changes(proposal(), proposal(adapter(BARE)), {})
    assert (change.kind, change.before, change.after) == (ChangeKind.NEW_ADAPTER, "", "h264_nvenc")
    assert str(change.where) == "h264_nvenc.py:1"
    assert len(change.points) == 2


def test_the_same_points_under_another_key_are_new() -> None:
    both = proposal(adapter(BARE), adapter(BARE, key="other"))
    (change,) = changes(proposal(adapter(BARE)), both, {})
    assert (change.adapter, change.kind) == ("other", ChangeKind.NEW_ADAPTER)


@pytest.mark.parametrize(
    ("after", "names"),
    [
        ({"new": BARE}, {"new": "old"}),
        ({"new": added("-bf 3")}, {}),  # a new key is no cover for a knob
        ({"new": {**BARE, "medium": BARE["slow"]}}, {}),  # nor for a preset
        ({"old": BARE, "new": BARE}, {}),  # the old one is still there
        ({"a": BARE, "b": BARE}, {"a": "old"}),  # one to one: the other one is new
        ({}, {}),
        ({"new": {}}, {}),
    ],
)
def test_a_registry_key_that_only_changed_its_name(after: dict[str, dict[str, str]], names: dict[str, str]) -> None:
    base, head = (
        proposal(adapter(BARE, key="old")),
        proposal(*(adapter(argvs, key=key) for key, argvs in after.items())),
    )
    assert renamed(base, head) == names
    kept = with_old_names(base, names)
    assert {change.adapter for change in changes(kept, head, {})} == {k for k, argvs in after.items() if argvs} - {
        "old",
        *names,
    }


def test_nothing_is_renamed_where_the_registry_is_unread() -> None:
    head = replace(
        proposal(adapter(BARE, key="new")), unresolved=(Unresolved(reason="?", where=Location(path="a.py", line=1)),)
    )
    assert renamed(proposal(adapter(BARE, key="old")), head) == {}


@pytest.mark.parametrize(
    ("after", "new"),
    [
        ({"fast": BARE["slow"], "slow": BARE["fast"]}, {("fast",), ("slow",)}),  # swapped: whoever uses one is affected
        ({**BARE, "medium": BARE["slow"]}, {("medium",)}),  # at a point that another preset had
        ({"slow": BARE["slow"], "fast": BARE["fast"]}, set()),  # another order
        ({"fast": BARE["slow"], "slow": BARE["slow"]}, {("fast",)}),
    ],
)
def test_a_default_is_a_preset_of_a_key(after: dict[str, str], new: set[tuple[str, ...]]) -> None:
    assert {point.presets for change in diff(BARE, after) for point in change.points} == new


def over(*intervals: tuple[int | None, int | None, str]) -> Adapter:
    """An adapter whose one preset emits these argvs, each over an interval of quality."""
    made = [adapter({"fast": argv}) for _, _, argv in intervals]
    points = [
        replace(one.points[0], qualities=Qualities(low=low, high=high))
        for one, (low, high, _) in zip(made, intervals, strict=True)
    ]
    return replace(made[0], points=tuple(points))


BFRAMES = BARE["fast"] + " -bf 3"
LOW = [(21, None, BARE["fast"]), (None, 20, BFRAMES)]


@pytest.mark.parametrize(
    ("before", "after", "kind", "becomes"),
    [
        (LOW, LOW, None, ""),
        ([(None, None, BARE["fast"])], LOW, "knob-added", "quality ≤ 20: bf=3"),
        (LOW, [(None, None, BARE["fast"])], "knob-removed", ""),
        (LOW, [(26, None, BARE["fast"]), (None, 25, BFRAMES)], "knob-added", "quality ≤ 25: bf=3"),  # a wider one
        (LOW, [(16, None, BARE["fast"]), (None, 15, BFRAMES)], "knob-removed", ""),  # a narrower one
        ([(21, None, BARE["fast"])], [(16, None, BARE["fast"])], "quality-default", "quality ≥ 16"),
    ],
)
def test_a_point_over_other_qualities_is_new(
    before: list[tuple[int | None, int | None, str]],
    after: list[tuple[int | None, int | None, str]],
    kind: str | None,
    becomes: str,
) -> None:
    found = changes(proposal(over(*before)), proposal(over(*after)), {})
    assert [(change.kind, change.after) for change in found] == ([(kind, becomes)] if kind else [])


def test_a_removed_adapter_is_no_change() -> None:
    assert changes(proposal(adapter(BARE)), proposal(), {}) == ()


def test_a_new_preset() -> None:
    (change,) = diff(BARE, {**BARE, "medium": "-c:v h264_nvenc -preset p4 -cq 23"})
    assert (change.kind, change.before, change.after) == (ChangeKind.NEW_PRESET, "", "medium")
    assert str(change.where) == "h264_nvenc.py:4"


def test_presets_that_come_to_one_point_are_one_point() -> None:
    argv = "-c:v h264_nvenc -preset p1 -cq 23"
    before = {"ultrafast": argv, "superfast": argv}
    (change,) = diff(before, dict.fromkeys(before, f"{argv} -bf 3"))
    (point,) = change.points
    assert point.presets == ("ultrafast", "superfast")


def test_another_encoder_preset_for_the_same_name() -> None:
    (change,) = diff(BARE, {"fast": "-c:v h264_nvenc -preset p3 -cq 23", "slow": BARE["slow"]})
    assert (change.kind, change.before, change.after) == (ChangeKind.PRESET, "preset=p1", "preset=p3")
    assert [point.presets for point in change.points] == [("fast",)]


def test_points_that_differ_otherwise_are_separate_changes() -> None:
    found = diff(BARE, {"fast": BARE["fast"] + " -bf 3", "slow": BARE["slow"] + " -bf 4"})
    assert [(change.after, len(change.points)) for change in found] == [("bf=3", 1), ("bf=4", 1)]


def test_differences_carry_a_line_each() -> None:
    (change,) = diff(BARE, added("-bf 3 -cq 25"))
    assert [(part.kind, part.before, part.after, part.where.line) for part in change.differences] == [
        (ChangeKind.KNOB_ADDED, "", "bf=3", 8),
        (ChangeKind.QUALITY, "q=23", "q=25", 10),
    ]


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ({}, "h264_nvenc.py:8"),  # the value of -bf
        ({"h264_nvenc_py": {7}}, "h264_nvenc.py:7"),  # its name was what changed
        ({"h264_nvenc_py": {50}}, "h264_nvenc.py:50"),  # neither: a line that took part, a condition say
        ({"common_py": {5}}, "common.py:5"),
        ({"common_py": {5}, "h264_nvenc_py": {50}}, "h264_nvenc.py:50"),  # the adapter's own file first
        ({"common_py": {6}}, "h264_nvenc.py:8"),  # a changed line that took no part
    ],
)
def test_the_line_at_fault(changed: dict[str, set[int]], line: str) -> None:
    (change,) = diff(BARE, added("-bf 3"), **changed)
    assert str(change.where) == line


def test_a_removed_knob_points_at_a_changed_line_or_the_adapter() -> None:
    (nowhere,) = diff(added("-bf 3"), BARE)
    (somewhere,) = diff(added("-bf 3"), BARE, h264_nvenc_py={50})
    assert (str(nowhere.where), str(somewhere.where)) == ("h264_nvenc.py:1", "h264_nvenc.py:50")


def test_a_knob_says_more_than_a_new_preset() -> None:
    argv = "-c:v h264_nvenc -preset p1 -cq 23 -bf 3 -g 250"
    (change,) = diff(BARE, {"new": argv, "fast": argv})
    assert (change.kind, change.after) == (ChangeKind.KNOB_ADDED, "bf=3, g=250")


def test_what_stands_is_listed_apart() -> None:
    base, head = proposal(adapter(BARE)), proposal(adapter({"fast": BARE["fast"], "slow": BARE["slow"] + " -bf 3"}))
    (kept,) = standing(base, head)
    assert (kept.kind, [point.presets for point in kept.points]) == (ChangeKind.STANDING, [("fast",)])
    (new,) = changes(base, head, {})
    assert [point.presets for point in new.points] == [("slow",)]


ARGVS = st.builds(
    "-c:v h264_nvenc -preset {} -cq {}{}".format,
    st.sampled_from(["p1", "p4"]),
    st.sampled_from(["23", "25"]),
    st.sampled_from(["", " -bf 3", " -bf 3 -g 250"]),
)
ADAPTERS = st.dictionaries(st.sampled_from(["fast", "medium", "slow"]), ARGVS).map(adapter)


@given(ADAPTERS, ADAPTERS)
def test_changes_are_the_set_difference_of_defaults(before: Adapter, after: Adapter) -> None:
    base, head = proposal(before), proposal(after)
    had, has = ({(point.adapter_preset, point.at) for point in one.points} for one in (before, after))

    def listed(found: tuple[Change, ...]) -> list[tuple[str, object]]:
        return [(preset, point.at) for change in found for point in change.points for preset in point.presets]

    new, kept = listed(changes(base, head, {})), listed(standing(base, head))
    assert (set(new), set(kept)) == (has - had, has & had)
    assert (len(new), len(kept)) == (len(set(new)), len(set(kept)))


def test_a_point_that_two_presets_come_to_is_in_the_change_that_says_least() -> None:
    argv = "-c:v h264_nvenc -preset p1 -cq 23 -bf 3"
    (change,) = diff(BARE, {"slow": argv, "fast": argv})
    assert (change.before, change.after) == ("", "bf=3")
    assert [point.presets for point in change.points] == [("slow", "fast")]
