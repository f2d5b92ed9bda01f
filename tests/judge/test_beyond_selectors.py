"""Selectors that can match nothing are named; those that can are left alone."""

from __future__ import annotations

import datetime as dt

import pytest

from gate.judge.beyond import policy_faults
from gate.judge.evidence import gather
from gate.judge.trust import NO_TREE
from gate.policy.load import load_policy
from gate.policy.rules import PUBLISHED
from gate.policy.schema import Policy


@pytest.fixture(scope="module")
def evidence():
    return gather(Policy.model_construct(), NO_TREE, None, pinned=False, as_of=dt.date(2026, 6, 1)).by_codec


def faults(rule, evidence, codecs=(), kind="forbid", more=""):
    policy = load_policy(f"{kind}: [{{{rule}, reason: r{more}}}]".encode(), "p.yml").policy
    return list(policy_faults(policy, evidence, codecs))


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("codec: h264_nvnec, knobs: {bf: 3}", "the codec h264_nvnec (did you mean h264_nvenc?)"),
        ("codec: my_own, knobs: {bf: 3}", "the codec my_own"),
        ("codec: h264_nvenc, knobs: {temporal_aqq: 1}", "temporal_aqq (did you mean temporal_aq?)"),
        ("codec: libx265, knobs: {rc-lookaheadd: 40}", "rc-lookaheadd (did you mean rc-lookahead?)"),
        ("codec: h264_nvenc, knobs: {bf: 3}, rc_mode: [vbr, vbrr]", "the rate control vbrr (did you mean vbr?)"),
        ("codec: h264_nvenc, knobs: {bf: 3}, preset: p9", "the preset of h264_nvenc p9"),
        ("codec: libx264, knobs: {coder: 0}, preset: [fast, fats]", "fats (did you mean fast?)"),
        ("codec: h264_nvenc, recipe: bf33", "no sample has a recipe 'bf33'"),
        ("codec: h264_nvenc, knobs: {b: 1}", "b=1 is no knob of h264_nvenc"),
    ],
)
@pytest.mark.parametrize("kind", ["forbid", "discourage", "waivers"])
def test_a_selector_that_can_match_nothing(rule, said, kind, evidence):
    more = ", owner: o, expires: 2027-01-01" if kind == "waivers" else ""
    (fault,) = faults(rule, evidence, kind=kind, more=more)
    assert fault.startswith(f"{kind}[0]")
    assert said in fault


@pytest.mark.parametrize(
    "rule",
    [
        "codec: h264_nvenc, knobs: {temporal_aq: 1}, rc_mode: [vbr, vbr-cq], preset: [p1, p7, slow], q: 99",
        "codec: libx264, knobs: {psy-rd: '1:0', cabac: 0}, preset: placebo",
        "codec: libsvtav1, knobs: {film-grain: 8, enable-qm: 1}, preset: 8",
        "codec: libvpx-vp9, knobs: {lag-in-frames: 25}",
        "codec: h264_nvenc, recipe: bf3",
        "codec: ours, knobs: {anything: 3}, preset: whatever",
    ],
)
def test_a_selector_that_can_match(rule, evidence):
    assert faults(rule, evidence, codecs={"ours"}) == []


def test_no_published_pattern_and_no_recipe_is_called_dead(evidence):
    rules = [rule for _, rule in PUBLISHED]
    assert list(policy_faults(Policy.model_construct(forbid=tuple(rules)), evidence, ())) == []
    for codec, known in evidence.items():
        for knobs in filter(None, known.recipes.values()):
            named = ", ".join(f"'{name}': '{value}'" for name, value in knobs)
            assert faults(f"codec: {codec}, knobs: {{{named}}}", evidence) == []
