"""Flags may tighten a trusted policy and never loosen it."""

from __future__ import annotations

import pytest

from gate.errors import PolicyError
from gate.policy.load import load_policy
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
