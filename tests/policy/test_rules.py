"""Ship-blockers and waivers: what they match, what they don't."""

from __future__ import annotations

import datetime as dt

import pytest

from gate.encoders import canonical_knobs
from gate.errors import PolicyError
from gate.model import Coordinates
from gate.policy.load import load_policy
from gate.policy.rules import PUBLISHED, Scope, exemptions, ship_blockers
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
        ("forbid", "hevc_nvenc")
    ] + [("discourage", codec) for codec in ("h264_nvenc", "hevc_nvenc", "av1_nvenc")]
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


ABSORBED = [
    ("h264_nvenc", "rc: cbr", "rc=cbr is no knob of h264_nvenc: it decides the rate control", "rc_mode"),
    ("h264_nvenc", "rc: cbr, spatial-aq: 1", "rc=cbr is no knob of h264_nvenc: it decides the rate control", "rc_mode"),
    ("h264_nvenc", "cbr: 1", "cbr=1 is no knob of h264_nvenc: it decides the rate control", "rc_mode"),
    ("h264_nvenc", "cq: 23, bf: 3", "cq=23 is no knob of h264_nvenc: it decides the quality or bitrate", "q"),
    ("h264_nvenc", "preset: p7", "preset=p7 is no knob of h264_nvenc: it decides the preset", "preset"),
    ("libaom-av1", "cpu-used: 4", "cpu-used=4 is no knob of libaom-av1: it decides the preset", "preset"),
    ("libx264", "'b:v': 2M, bf: 3", "b:v=2M is no knob of libx264: it decides the quality or bitrate", "q"),
    ("libaom-av1", "crf: 30, b: 2M", "crf=30 is no knob of libaom-av1: it decides the quality", "q"),
    ("libx264", "b: 2M, maxrate: 2M, minrate: 2M", "b=2M is no knob of libx264: it decides the quality", "q"),
]


@pytest.mark.parametrize("section", ["forbid", "discourage"])
@pytest.mark.parametrize(("codec", "knobs", "message", "selector"), ABSORBED)
def test_a_rule_says_rate_control_quality_and_preset_by_their_selectors(codec, knobs, message, selector, section):
    policy = _policy(f"{section}: [{{codec: {codec}, knobs: {{{knobs}}}, reason: r}}]")
    with pytest.raises(PolicyError) as caught:
        ship_blockers(policy, CATALOGUES, canonical_knobs)
    assert caught.value.what.startswith(f"{section}[0].knobs: {message}")
    assert caught.value.fix == f"leave it out and select by {selector}"


KNOBS = [
    ("libx264", "maxrate: 2M", (("maxrate", "2000000"),)),
    ("libx264", "bufsize: 4M, maxrate: 2M", (("bufsize", "4000000"), ("maxrate", "2000000"))),
    ("libx264", "maxrate: 2M, minrate: 2M", (("maxrate", "2000000"), ("minrate", "2000000"))),
    ("h264_nvenc", "tune: hq, bf: 3", (("bf", "3"),)),  # a default says nothing, and nothing else
    ("h264_nvenc", "rc: vbr_hq", (("rc", "vbr_hq"),)),  # a pass of its own
    ("h264_qsv", "look_ahead: 1", (("look_ahead", "1"),)),
    ("libx265", "lossless: 1", (("lossless", "1"),)),
    ("libx264", "q: 3", (("qscale", "3"),)),  # x264 ignores it, so it is a knob
]


@pytest.mark.parametrize(("codec", "knobs", "expected"), KNOBS)
def test_what_stays_a_knob_is_matched(codec, knobs, expected):
    policy = _policy(f"{{published_patterns: false, forbid: [{{codec: {codec}, knobs: {{{knobs}}}, reason: r}}]}}")
    (rule,) = ship_blockers(policy, CATALOGUES, canonical_knobs)
    assert rule.knobs == expected


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ("bf: many", r"forbid\[0\]\.knobs: 'many' is no value that the tables know for -bf"),
        ("'spatial-aq:g:0': 1", r"forbid\[0\]\.knobs: the stream specifier of option '-spatial-aq:g:0'"),
        ("spatial-aq: 1, spatial_aq: 0", r"forbid\[0\]\.knobs: spatial-aq=1 and spatial_aq=0 are one option"),
        ("x264-params: 'crf=20'", r"forbid\[0\]\.knobs: x264-params=crf=20 is what libx264 does anyway, or no knob"),
    ],
)
def test_a_rule_that_the_option_tables_cannot_read_is_an_error_of_the_policy(knobs, message):
    codec = "libx264" if "x264" in knobs else "h264_nvenc"
    with pytest.raises(PolicyError, match=message):
        ship_blockers(
            _policy(f"forbid: [{{codec: {codec}, knobs: {{{knobs}}}, reason: r}}]"), CATALOGUES, canonical_knobs
        )


def test_a_waiver_says_rate_control_by_its_selector_too():
    waivers = _policy(WAIVER.replace("recipe: bf3", "knobs: {rc: cbr, bf: 3}")).waivers
    with pytest.raises(PolicyError, match=r"waivers\[0\]\.knobs: rc=cbr is no knob"):
        exemptions(waivers, CATALOGUES, canonical_knobs, dt.date(2026, 1, 1))


WAIVER = "waivers: [{codec: h264_nvenc, recipe: bf3, rc_mode: vbr, reason: r, owner: o, expires: 2027-01-31}]"


@pytest.mark.parametrize(("day", "expired"), [("2027-01-30", False), ("2027-01-31", True), ("2027-02-01", True)])
def test_a_waiver_ends_when_its_day_comes(day, expired):
    (waiver,) = exemptions(_policy(WAIVER).waivers, CATALOGUES, canonical, dt.date.fromisoformat(day))
    assert waiver.expired is expired


SCOPES = [
    # scope, place, the part of it within, whether a waiver of this scope covers it
    ({"rc_mode": {"vbr"}}, ("vbr", "p1", "2"), [("vbr", "p1", "2")], True),
    ({"rc_mode": {"vbr"}}, ("cbr", "p1", "2"), [], False),
    ({"rc_mode": {"vbr", "cbr"}}, ("", "p1", "2"), [("cbr", "p1", "2"), ("vbr", "p1", "2")], False),
    ({"preset": {"p1"}, "q": {"1", "2"}}, ("cbr", "p1", "2"), [("cbr", "p1", "2")], True),
    ({"preset": {"p1"}, "q": {"1", "2"}}, ("cbr", "p1", ""), [("cbr", "p1", "1"), ("cbr", "p1", "2")], False),
    ({"preset": {"p1"}, "q": {"1", "2"}}, ("cbr", "p4", ""), [], False),
    ({}, ("", "", ""), [("", "", "")], True),
]


@pytest.mark.parametrize(("named", "place", "within", "covers"), SCOPES)
def test_a_rule_takes_what_may_be_meant_and_a_waiver_covers_only_what_it_must(named, place, within, covers):
    names = dict.fromkeys(("rc_mode", "preset", "q")) | {key: frozenset(value) for key, value in named.items()}
    scope = Scope(**names)
    at = Coordinates(rc_mode=place[0], preset=place[1], q=place[2])
    assert [(found.rc_mode, found.preset, found.q) for found in scope.within(at)] == within
    assert scope.covers(at) is covers
