"""Ship-blockers and waivers: what they match, what they don't."""

from __future__ import annotations

import datetime as dt

import pytest

from gate.errors import PolicyError
from gate.policy.load import load_policy
from gate.policy.rules import PUBLISHED, Place, Scope, exemptions, ship_blockers
from gate.policy.schema import Rule

CATALOGUES = {"h264_nvenc": {"bare": (), "bf3": (("bf", "3"),), "aq": (("spatial-aq", "1"),)}}


def canonical(codec, knobs):
    """A stand-in of the option tables: sorted, and `bf=0` is what the encoder does anyway."""
    return tuple(sorted((name, value) for name, value in knobs.items() if (name, value) != ("bf", "0")))


def _policy(text):
    return load_policy(text.encode(), "p.yml").policy


def test_the_published_patterns_are_on_by_default_and_forbid_comes_first():
    rules = ship_blockers(_policy("version: 1"), CATALOGUES, canonical)
    assert [(rule.kind, rule.codec) for rule in rules] == [("forbid", "h264_nvenc")] * 3 + [
        ("discourage", "hevc_nvenc")
    ]
    assert ship_blockers(_policy("published_patterns: false"), CATALOGUES, canonical) == ()


def test_the_published_patterns_would_pass_validation():
    for _, rule in PUBLISHED:
        assert Rule.model_validate(rule.model_dump()) == rule


MATCHES = [
    ("h264_nvenc", (("bf", "3"),), True),
    ("h264_nvenc", (("bf", "3"), ("tune", "hq")), True),
    ("h264_nvenc", (("bf", "4"),), False),
    ("h264_nvenc", (), False),
    ("hevc_nvenc", (("bf", "3"),), False),
]


@pytest.mark.parametrize(("codec", "knobs", "expected"), MATCHES)
def test_a_rule_matches_any_knob_set_that_contains_its_recipe(codec, knobs, expected):
    text = "{published_patterns: false, forbid: [{codec: h264_nvenc, recipe: bf3, reason: r}]}"
    (rule,) = ship_blockers(_policy(text), CATALOGUES, canonical)
    assert rule.matches(codec, knobs) is expected


BAD = [
    (
        "forbid: [{codec: h264_nvenc, recipe: bf9, reason: r}]",
        r"forbid\[0\]\.recipe: no sample has a recipe 'bf9'.*bf3, aq",
    ),
    ("discourage: [{codec: av1_nvenc, recipe: bf3, reason: r}]", r"discourage\[0\]\.recipe: .*it has none"),
    (
        "forbid: [{codec: h264_nvenc, knobs: {bf: 0}, reason: r}]",
        r"forbid\[0\]\.knobs: bf=0 is what h264_nvenc does anyway",
    ),
]


@pytest.mark.parametrize(("text", "message"), BAD)
def test_a_rule_that_can_match_nothing_is_an_error(text, message):
    with pytest.raises(PolicyError, match=message):
        ship_blockers(_policy(text), CATALOGUES, canonical)


WAIVER = "waivers: [{codec: h264_nvenc, recipe: bf3, rc_mode: vbr, reason: r, owner: o, expires: 2027-01-31}]"


@pytest.mark.parametrize(("day", "expired"), [("2027-01-30", False), ("2027-01-31", True), ("2027-02-01", True)])
def test_a_waiver_ends_when_its_day_comes(day, expired):
    (waiver,) = exemptions(_policy(WAIVER).waivers, CATALOGUES, canonical, dt.date.fromisoformat(day))
    assert waiver.expired is expired


SCOPES = [
    # scope, place, the part of it within, whether a waiver of this scope covers it
    ({"rc_modes": {"vbr"}}, ("vbr", "p1", "2"), [("vbr", "p1", "2")], True),
    ({"rc_modes": {"vbr"}}, ("cbr", "p1", "2"), [], False),
    ({"rc_modes": {"vbr", "cbr"}}, ("", "p1", "2"), [("cbr", "p1", "2"), ("vbr", "p1", "2")], False),
    ({"presets": {"p1"}, "qualities": {"1", "2"}}, ("cbr", "p1", "2"), [("cbr", "p1", "2")], True),
    ({"presets": {"p1"}, "qualities": {"1", "2"}}, ("cbr", "p1", ""), [("cbr", "p1", "1"), ("cbr", "p1", "2")], False),
    ({"presets": {"p1"}, "qualities": {"1", "2"}}, ("cbr", "p4", ""), [], False),
    ({}, ("", "", ""), [("", "", "")], True),
]


@pytest.mark.parametrize(("named", "place", "within", "covers"), SCOPES)
def test_a_rule_takes_what_may_be_meant_and_a_waiver_covers_only_what_it_must(named, place, within, covers):
    names = dict.fromkeys(("rc_modes", "presets", "qualities")) | {
        key: frozenset(value) for key, value in named.items()
    }
    scope = Scope(**names)
    at = Place(rc_mode=place[0], preset=place[1], q=place[2])
    assert [(found.rc_mode, found.preset, found.q) for found in scope.within(at)] == within
    assert scope.covers(at) is covers
