"""Flags may tighten a trusted policy and never loosen it."""

from __future__ import annotations

import datetime as dt
from functools import cache

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from gate.adapters.model import Change, ChangedPoint, ChangeKind, Defaults
from gate.errors import PolicyError
from gate.judge.evidence import gather
from gate.judge.points import Judge, judge_changes
from gate.judge.trust import NO_TREE
from gate.model import Location, OperatingPoint
from gate.policy.load import load_policy
from gate.policy.schema import Policy
from gate.policy.tighten import tightened

RULE = "{codec: a, knobs: {bf: 3}, reason: r}"
WAIVER = "{codec: a, knobs: {bf: 3}, reason: r, owner: o, expires: 2027-01-01}"

LOOSER = [
    ("mode: enforce", "mode: advisory", "mode"),
    ("reach: all", "reach: emitted", "reach"),
    ("contains: fail", "contains: warn", "contains"),
    ("unmeasured: warn", "unmeasured: pass", "unmeasured"),
    ("undetermined: fail", "undetermined: warn", "undetermined"),
    ("unresolved: error", "unresolved: warn", "unresolved"),
    ("published_patterns: true", "published_patterns: false", "published_patterns"),
    ("off_grid: nearest", "off_grid: exact", "off_grid"),
    ("structural: 7/9", "structural: 8/9", "structural"),
    ("structural: 7", "structural: 8", "structural"),
    ("structural: 7", "structural: 7/9", "structural"),
    ("detector: nearest", "detector: both", "detector"),
    ("detector: nearest", "detector: interpolated", "detector"),
    ("detector: interpolated", "detector: nearest", "detector"),
    ("detector: interpolated", "detector: both", "detector"),
    ("detector: both", "detector: pooled", "detector"),
    ("baseline: any", "baseline: same-preset", "baseline"),
    ("off_grid: nearest", "off_grid: bracket", "off_grid"),
    ("min_sources: 5", "min_sources: 6", "min_sources"),
    ("samples: [{builtin: x}]", "samples: [{builtin: x, detector: pooled}]", "samples"),
    ("tolerances: {vmaf: 0.1}", "tolerances: {vmaf: 0.2}", "tolerances.vmaf"),
    ("tolerances: {bitrate_pct: 5}", "tolerances: {bitrate_pct: 4}", "tolerances.bitrate_pct"),
    ("tolerances: {bitrate_pct: 5}", "tolerances: {bitrate_pct: 6}", "tolerances.bitrate_pct"),
    ("adapters: [{paths: [a, b]}]", "adapters: [{paths: [a]}]", "adapters"),
    ("adapters: [{paths: [a]}]", "adapters: [{paths: [a], reader: manifest}]", "adapters"),
    ("samples: [{builtin: x}]", "samples: [{builtin: y}]", "samples"),
    (f"forbid: [{RULE}]", "version: 1", "forbid"),
    (f"forbid: [{RULE}]", f"discourage: [{RULE}]", "forbid"),
    (f"discourage: [{RULE}]", "version: 1", "discourage"),
    ("version: 1", f"waivers: [{WAIVER}]", "waivers"),
    ("max_evidence_age: {days: 9}", "version: 1", "max_evidence_age"),
    ("max_evidence_age: {days: 9}", "max_evidence_age: {days: 10}", "max_evidence_age"),
    ("max_evidence_age: {days: 9, action: fail}", "max_evidence_age: {days: 9}", "max_evidence_age"),
]

TIGHTER = [
    ("mode: advisory", "mode: enforce"),
    ("reach: emitted", "reach: all"),
    ("unmeasured: warn", "unmeasured: fail"),
    ("structural: 7/9", "structural: 6/9"),
    ("min_sources: 5", "min_sources: 4"),
    ("structural: 7/9", "structural: 14/18"),
    ("tolerances: {vmaf: 0.1}", "tolerances: {vmaf: 0.05}"),
    ("adapters: [{paths: [a]}]", "adapters: [{paths: [a, b]}]"),
    ("version: 1", f"forbid: [{RULE}]"),
    (f"discourage: [{RULE}]", f"forbid: [{RULE}]"),
    (f"waivers: [{WAIVER}]", "version: 1"),
    ("version: 1", "max_evidence_age: {days: 9}"),
]


def _policy(text):
    return load_policy(text.encode(), "p.yml").policy


@pytest.mark.parametrize(("trusted", "given", "key"), LOOSER)
def test_what_is_looser_is_refused_by_name(trusted, given, key):
    with pytest.raises(PolicyError, match=rf"looser than the trusted policy in {key}\b"):
        tightened(_policy(trusted), _policy(given), "--policy")


@pytest.mark.parametrize(("trusted", "given"), TIGHTER)
def test_what_is_tighter_is_taken(trusted, given):
    assert tightened(_policy(trusted), _policy(given), "--policy") == _policy(given)


def test_every_looser_key_is_named():
    with pytest.raises(PolicyError, match="in mode, reach, waivers"):
        tightened(_policy("version: 1"), _policy(f"{{mode: advisory, reach: emitted, waivers: [{WAIVER}]}}"), "x")


def test_an_equal_policy_is_no_looser():
    assert tightened(_policy("version: 1"), _policy("mode: enforce"), "x") == _policy("version: 1")


# Per key a looser and a stricter value, or two of which neither is the stricter.
ORDERED = {
    "mode": ("advisory", "enforce"),
    "watch": ("[]", "[a.py]"),
    "structural": ("7/9", "6/9"),
    "min_sources": ("5", "4"),
    "tolerances": ("{vmaf: 0.1}", "{vmaf: 0.05}"),
    "reach": ("emitted", "all"),
    "contains": ("warn", "fail"),
    "unknown_source": ("keep", "drop"),
    "undetermined": ("pass", "warn"),
    "unmeasured": ("warn", "fail"),
    "unresolved": ("warn", "error"),
    "max_evidence_age": ("{days: 9}", "{days: 8}"),
    "published_patterns": ("false", "true"),
    "forbid": ("[]", f"[{RULE}]"),
    "discourage": ("[]", f"[{RULE}]"),
    "waivers": (f"[{WAIVER}]", "[]"),
    "adapters": ("[{paths: [a]}]", "[{paths: [a, b]}]"),
}
EQUAL = {
    "samples": ("[{builtin: x}]", "[{builtin: x, detector: both}]"),
    "detector": ("nearest", "pooled"),
    "baseline": ("any", "same-preset"),
    "off_grid": ("exact", "bracket"),
    "tolerances": ("{bitrate_pct: 5}", "{bitrate_pct: 4}"),
}


def test_every_key_has_a_stricter_way_or_none():
    assert {*ORDERED, *EQUAL, "version"} == set(Policy.model_fields)


@pytest.mark.parametrize(("key", "values"), [*ORDERED.items(), *EQUAL.items()])
def test_a_key_may_go_its_stricter_way_only(key, values):
    loose, strict = (_policy(f"{key}: {value}") for value in values)
    ways = [(strict, loose)]
    if EQUAL.get(key) != values:
        assert tightened(loose, strict, "x") == strict
    else:
        ways.append((loose, strict))
    for trusted, given_ in ways:
        with pytest.raises(PolicyError, match=key):
            tightened(trusted, given_, "x")


def _axis(key, *values):
    return st.sampled_from([f"{key}: {value}" for value in values])


AXES = [
    _axis("structural", "7/9", "6/9"),
    _axis("min_sources", 5, 10),
    _axis("tolerances", "{vmaf: 0.1}", "{vmaf: 0.05}"),
    _axis("contains", "fail", "pass"),
    _axis("undetermined", "fail", "warn"),
    _axis("unmeasured", "fail", "pass"),
    _axis("published_patterns", "true", "false"),
    _axis("reach", "all", "emitted"),
    _axis("detector", "nearest", "both"),
    _axis("off_grid", "nearest", "bracket", "exact"),
]


@st.composite
def _pairs(draw):
    """Two policies that differ in one or two keys."""
    one = [draw(axis) for axis in AXES]
    other = list(one)
    for at in draw(st.lists(st.integers(0, len(AXES) - 1), min_size=1, max_size=2)):
        other[at] = draw(AXES[at])
    return "\n".join(one), "\n".join(other)


@cache
def _evidence(text):
    """What the built-in samples say by a policy's rule."""
    return gather(_policy(text), NO_TREE, None, pinned=False, as_of=dt.date(2026, 6, 1))


@settings(max_examples=25, deadline=None)
@given(_pairs(), st.data())
def test_no_tightened_policy_passes_what_the_trusted_one_blocks(pair, data):
    trusted, given_ = pair
    try:
        tightened(_policy(trusted), _policy(given_), "x")
    except PolicyError:
        reject()
    rule = ("structural", "min_sources", "tolerances", "detector")
    judges = [
        Judge.by(
            _policy(text),
            _evidence("\n".join(line for line in text.split("\n") if line.startswith(rule))),
            dt.date(2026, 6, 1),
        )
        for text in (trusted, given_)
    ]
    codec = data.draw(st.sampled_from(sorted(judges[0].evidence)))
    known = judges[0].evidence[codec]
    extra = data.draw(st.sampled_from([(), (("zz", "1"),)]))
    knobs = tuple(sorted((*known.recipes[data.draw(st.sampled_from(sorted(known.recipes)))], *extra)))
    preset, mode = (data.draw(st.sampled_from(sorted(part))) for part in (known.presets, known.rc_modes))
    q = data.draw(st.sampled_from([*known.qualities[mode], "3"]))
    meaning = sorted(known.rc_modes[mode])[0]
    at = OperatingPoint(codec=codec, rc_mode=meaning, preset=preset, q=q, knobs=knobs)
    where = Location(path="a", line=1)
    change = Change(
        adapter="a", codec=codec, kind=ChangeKind.NEW_ADAPTER, before="", after=codec, where=where, differences=(),
        points=(ChangedPoint(at=at, presets=("p",)),),
    )  # fmt: skip
    was, becomes = (judge_changes([change], Defaults(adapters={}), judge)[0].action for judge in judges)
    assert becomes.gravity >= was.gravity
