"""The waiver to paste: refused until people fill it in, then a policy that says what it must."""

from __future__ import annotations

import dataclasses

import pytest

from gate.errors import PolicyError
from gate.evidence.model import SourceState
from gate.judge.model import Action, PointVerdict
from gate.policy.load import load_policy
from gate.report.wording import remedy, waiver_lines
from tests.report.conftest import CHANGE, HOSTILE, STRUCTURAL

FILLED = {"reason:": "reason: so", "owner:": "owner: us", "expires:": "expires: 2030-01-01"}


def change(**knobs):
    return dataclasses.replace(CHANGE, points=(dataclasses.replace(STRUCTURAL, knobs=knobs),))


def filled(lines):
    text = "\n".join(lines)
    for empty, full in FILLED.items():
        text = text.replace(empty, full)
    return load_policy(text.encode(), "p.yml").policy


@pytest.mark.parametrize(
    "knobs",
    [{"bf": "3"}, {"bf": "3", "spatial-aq": "1"}, {"a": "on"}, {"a": "null"}, {"a": "1e3"}, {"a": '": x'}, {"é": "ü"}],
)
def test_filled_in_it_is_a_policy_with_these_knobs(knobs):
    (waiver,) = filled(waiver_lines(change(**knobs))).waivers
    assert (waiver.codec, waiver.knobs, waiver.preset) == ("h264_nvenc", knobs, ("p1",))


def test_as_it_stands_it_is_refused():
    with pytest.raises(PolicyError, match=r"waivers\[0\]"):
        load_policy("\n".join(waiver_lines(CHANGE)).encode(), "p.yml")


def test_each_knob_set_has_its_own():
    points = (STRUCTURAL, dataclasses.replace(STRUCTURAL, knobs={"bf": "4"}), STRUCTURAL)
    assert len(filled(waiver_lines(dataclasses.replace(CHANGE, points=points))).waivers) == 2


@pytest.mark.parametrize("changed", [{"preset": ""}, {"cells": ()}])
def test_where_the_presets_arent_known_it_names_none(changed):
    point = dataclasses.replace(STRUCTURAL, **changed)
    (waiver,) = filled(waiver_lines(dataclasses.replace(CHANGE, points=(point,)))).waivers
    assert waiver.preset is None


@pytest.mark.parametrize("changed", [{"action": Action.WARN}, {"knobs": {}}])
def test_what_doesnt_fail_or_has_no_knobs_needs_none(changed):
    point = dataclasses.replace(STRUCTURAL, **changed)
    assert waiver_lines(dataclasses.replace(CHANGE, points=(point,))) == ()


@pytest.mark.parametrize(
    ("states", "said"),
    [
        ((SourceState.HIT, SourceState.ABSENT, SourceState.ABSTAINS), "on more clips."),
        ((SourceState.HIT, SourceState.ABSENT), "on more clips."),
        ((SourceState.ABSTAINS, SourceState.ABSTAINS, SourceState.ABSENT), "at targets closer together"),
    ],
)
def test_what_nothing_could_be_compared_with_isnt_measured_on_more_sources(states, said):
    point = dataclasses.replace(STRUCTURAL, verdict=PointVerdict.UNDETERMINED, action=Action.WARN)
    row = CHANGE.rows[0]
    assert row.detail is not None
    source = row.detail.sources[0]
    detail = dataclasses.replace(row.detail, sources=tuple(dataclasses.replace(source, state=each) for each in states))
    judged = dataclasses.replace(row.judged, action=Action.WARN)
    rows = (dataclasses.replace(row, judged=judged, shown=True, detail=detail),)
    assert said in remedy(dataclasses.replace(CHANGE, points=(point,), rows=rows, suggestion=None))


def test_a_hostile_knob_stays_one_line():
    hostile = HOSTILE[:100]
    lines = waiver_lines(change(**{hostile: hostile}))
    assert len(lines) == 7
    assert all(line.isascii() and line.isprintable() for line in lines)


def test_what_is_too_long_to_paste_isnt_offered():
    assert waiver_lines(change(**{HOSTILE: HOSTILE})) == ()
