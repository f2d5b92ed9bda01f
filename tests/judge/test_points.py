"""Changes beside the shipped evidence: what is new, what stands in, what a selector forbids, what nobody measured."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import cache

import pytest

from gate.adapters.changes import changes, standing
from gate.adapters.model import Adapter, Defaults
from gate.encoders import canonical_knobs, read_point
from gate.evidence.model import Basis, CellVerdict
from gate.judge.evidence import gather
from gate.judge.model import PointVerdict
from gate.judge.points import Judge, judge_changes
from gate.judge.trust import NO_TREE
from gate.model import Emission, Location, Point, Token
from gate.policy.load import load_policy
from gate.policy.rules import exemptions, ship_blockers

DAY = dt.date(2026, 6, 1)
WHERE = Location(path="a.py", line=1)


@cache
def _bench(text):
    policy = load_policy(text.encode(), "p.yml").policy
    evidence = gather(policy, NO_TREE, None, pinned=False, as_of=DAY)
    return Judge(
        evidence=evidence.by_codec,
        policy=policy,
        blockers=ship_blockers(policy, evidence.catalogues, canonical_knobs),
        waivers=exemptions(policy.waivers, evidence.catalogues, canonical_knobs, DAY),
    )


def _proposal(**argvs):
    """key -> one argv per preset, as text; the encoder is the key."""
    return Defaults(
        adapters={key: _adapter(key, [argv] if isinstance(argv, str) else argv) for key, argv in argvs.items()}
    )


def _adapter(key, argvs):
    emissions = tuple(
        Emission(preset=f"n{i}", argv=tuple(Token(text=word, origins=(WHERE,)) for word in argv.split()), extra=())
        for i, argv in enumerate(argvs)
    )
    return Adapter(
        key=key,
        name=key,
        encoder=key,
        where=WHERE,
        quality_knob="cq",
        quality_default="23",
        presets=tuple(emission.preset for emission in emissions),
        emissions=emissions,
        points=tuple(_point(emission, key) for emission in emissions),
    )


def _point(emission, encoder):
    point = read_point(emission, encoder=encoder, where=WHERE)
    assert isinstance(point, Point)
    return point


def _points(base, head, policy="version: 1", *, everything=False):
    found = changes(base, head, {})
    if everything:
        found, base = found + standing(base, head), Defaults(adapters={})
    return [point for change in judge_changes(found, base, _bench(policy)) for point in change.points]


BARE = _proposal(h264_nvenc="-c:v h264_nvenc -preset p1 -cq 23")

OWN_RULES = "published_patterns: false"
FULL = "-bf 3 -spatial-aq 1 -temporal-aq 1 -rc-lookahead 32"
CASES = [
    # head's argv, policy, verdict, action
    ("-preset p1 -cq 23 -bf 3", "version: 1", "structural", "fail"),
    ("-preset p1 -cq 23 -spatial_aq 1", "version: 1", "structural", "fail"),
    ("-preset p1 -cq 23 -spatial-aq true", "published_patterns: false", "structural", "fail"),
    ("-preset p2 -cq 23 -bf 3", "version: 1", "structural", "fail"),  # judged at p1
    ("-preset p2 -cq 23 -bf 3", "{off_grid: exact, published_patterns: false}", "unmeasured", "warn"),
    ("-preset p1 -cq 23 -bf 4", "version: 1", "unmeasured", "warn"),  # filler
    ("-preset p1 -cq 23 -bf 4", "unmeasured: fail", "unmeasured", "fail"),
    ("-preset p1 -cq 23 -bf 3 -rc-lookahead 20", "{published_patterns: false}", "contains-structural", "fail"),
    ("-preset p1 -cq 23 -bf 3 -rc-lookahead 20", "version: 1", "forbidden", "fail"),
    (
        "-preset p1 -cq 23 -bf 3 -rc-lookahead 20",
        "{published_patterns: false, contains: warn}",
        "contains-structural",
        "warn",
    ),
    ("-preset p1 -cq 23 -rc-lookahead 20", "version: 1", "unmeasured", "warn"),
    # A catalogue recipe that is all filler knows nothing: the structural bf3 inside it speaks.
    (f"-preset p1 -cq 23 {FULL}", "{published_patterns: false}", "contains-structural", "fail"),
    (f"-preset p1 -cq 23 {FULL}", "{published_patterns: false, contains: warn}", "contains-structural", "warn"),
    (f"-preset p1 -cq 23 {FULL}", "{published_patterns: false, contains: pass}", "unmeasured", "warn"),
    (
        f"-preset p1 -cq 23 {FULL}",
        "{published_patterns: false, contains: warn, unmeasured: fail}",
        "unmeasured",
        "fail",
    ),
    ("-preset p1 -cq 23 -spatial-aq 1 -spatial-aq:v 1", "{published_patterns: false}", "structural", "fail"),
    ("-preset p1 -cq 24", "version: 1", "bare", "pass"),
    ("-preset p1 -b:v 2M", "version: 1", "bare", "pass"),
    ("-preset p1 -cq 23 -gpu 1", "version: 1", None, None),  # which GPU never touches quality
    ("-preset p1 -b:v 2M -bf 3", "{reach: emitted, published_patterns: false}", "structural", "fail"),
    ("-preset p1 -cq 23 -bf 3", "{reach: emitted, published_patterns: false}", "unmeasured", "warn"),
]


@pytest.mark.parametrize(("argv", "policy", "verdict", "action"), CASES)
def test_one_change_of_h264_nvenc(argv, policy, verdict, action):
    points = _points(BARE, _proposal(h264_nvenc=f"-c:v h264_nvenc {argv}"), policy)
    assert [(point.verdict, point.action) for point in points] == ([(verdict, action)] if verdict else [])


def test_the_published_cell_is_named_with_its_published_figures():
    (point,) = _points(BARE, _proposal(h264_nvenc="-c:v h264_nvenc -preset p1 -cq 23 -bf 3"))
    cells = {(one.key.rc_mode, one.key.recipe, one.key.preset, one.key.q): one.cell for one in point.cells}
    cell = cells["vbr", "bf3", "p1", "2"]
    assert (cell.hits, cell.holds, cell.unknown, round(cell.mean_delta, 2)) == (9, 0, 0, -5.81)


def test_no_verdict_comes_from_filler():
    heads = [
        f"-c:v h264_nvenc -preset {p} -cq 23 {knobs}"
        for p in ("p1", "p4", "p7")
        for knobs in ("-bf 3", "-bf 4", "-spatial_aq 1")
    ]
    for point in _points(BARE, _proposal(h264_nvenc=heads)):
        for cell in point.cells:
            assert (cell.cell.basis == "filler") == (cell.cell.verdict == "unmeasured")


def test_where_a_filler_recipe_is_judged_by_its_parts_both_are_shown():
    (point,) = _points(BARE, _proposal(h264_nvenc=f"-c:v h264_nvenc -preset p1 -cq 23 {FULL}"), OWN_RULES)
    assert point.recipe == "full"
    assert {one.cell.verdict.value for one in point.cells if not one.contained} == {"unmeasured"}
    assert "bf3" in {one.key.recipe for one in point.cells if one.contained}
    assert "contains bf3, which loses" in point.why


def test_a_measured_recipe_decides_alone():
    full_hq = f"-c:v h264_nvenc -preset p7 -cq 23 {FULL} -multipass fullres"
    (point,) = _points(BARE, _proposal(h264_nvenc=full_hq), OWN_RULES)
    assert (point.verdict, {cell.contained for cell in point.cells}) == ("structural", {False})
    bench = _bench(OWN_RULES)
    (found,) = changes(BARE, _proposal(h264_nvenc=f"-c:v h264_nvenc -preset p1 -cq 23 {FULL}"), {})
    clean = replace(bench, evidence=_measured_clean(bench.evidence, "h264_nvenc", "full"))
    ((change,),) = [judge_changes([found], BARE, clean)]
    assert [(point.verdict, point.action) for point in change.points] == [("clean", "pass")]
    assert not any(cell.contained for cell in change.points[0].cells)


def _measured_clean(by_codec, codec, recipe):
    """The evidence as if every cell of one recipe had been measured, and held."""
    cells = {
        key: replace(cell, verdict=CellVerdict.CLEAN, basis=Basis.MEASURED) if key.recipe == recipe else cell
        for key, cell in by_codec[codec].cells.items()
    }
    return {**by_codec, codec: replace(by_codec[codec], cells=cells)}


CAPPED = "forbid: [{codec: libx264, knobs: {maxrate: 2M}, reason: starves}]"
LIMITS = [
    # head's argv, policy, verdict, action
    ("-b:v 2M -maxrate 2M", CAPPED, "forbidden", "fail"),
    ("-b:v 2M -maxrate 2M -minrate 2M", CAPPED, "forbidden", "fail"),  # CBR now, and capped all the same
    ("-b:v 2M -maxrate 2M -minrate 2M", f"{{reach: emitted, {CAPPED}}}", "forbidden", "fail"),
    ("-b:v 2M -maxrate 2M -minrate 2M", CAPPED.replace("2M}", "2M}, rc_mode: cbr"), "forbidden", "fail"),
    ("-crf 23 -maxrate 2M -bufsize 4M", CAPPED.replace("2M}", "2M, bufsize: 4M}"), "forbidden", "fail"),
    ("-b:v 3M -maxrate 3M -minrate 3M", CAPPED, "bare", "pass"),
    ("-b:v 2M", CAPPED, "bare", "pass"),
]


@pytest.mark.parametrize(("argv", "policy", "verdict", "action"), LIMITS)
def test_a_forbidden_limit_is_not_dodged_by_another_rate_control(argv, policy, verdict, action):
    base = _proposal(libx264="-c:v libx264 -crf 23")
    (point,) = _points(base, _proposal(libx264=f"-c:v libx264 {argv}"), policy)
    assert (point.verdict, point.action) == (verdict, action)
    assert (point.why == "starves") is (verdict == "forbidden")


@pytest.mark.parametrize("argv", ["-global_quality 23 -look_ahead 1", "-b:v 4M -look_ahead 1", "-q:v 23 -look_ahead 1"])
def test_look_ahead_does_not_vanish_as_rate_control(argv):
    base = _proposal(h264_qsv="-c:v h264_qsv -preset medium -global_quality 23")
    (point,) = _points(base, _proposal(h264_qsv=f"-c:v h264_qsv -preset medium {argv}"))
    assert (point.verdict, point.action) == ("unmeasured", "warn")
    (point,) = _points(base, _proposal(h264_qsv=f"-c:v h264_qsv -preset medium {argv} -look_ahead_depth 40"))
    assert point.recipe == "look_ahead"


def test_the_same_recipe_hurts_one_codec_and_is_unmeasured_for_another():
    base = _proposal(h264_nvenc="-preset p1 -cq 23", hevc_nvenc="-preset p1 -cq 23", av1_amf="-quality speed -qp_i 23")
    head = _proposal(
        h264_nvenc="-preset p1 -cq 23 -bf 3",
        hevc_nvenc="-preset p1 -cq 23 -bf 3",
        av1_amf="-quality speed -qp_i 23 -bf 3",
    )
    verdicts = {
        change.adapter: change.points[0].verdict.value
        for change in judge_changes(changes(base, head, {}), base, _bench("version: 1"))
    }
    assert verdicts == {"h264_nvenc": "structural", "hevc_nvenc": "unmeasured", "av1_amf": "unmeasured"}


def test_what_base_reached_does_not_block_again():
    base = _proposal(h264_nvenc="-preset p1 -cq 23 -bf 3")
    head = _proposal(h264_nvenc="-preset p1 -cq 24 -bf 3")
    (point,) = _points(base, head)
    assert (point.action, point.why) == ("pass", "base has these knobs at this preset already")
    assert not any(cell.new for cell in point.cells)
    assert point.rules == ()


def test_all_judges_what_base_reached_too():
    base = head = _proposal(h264_nvenc="-preset p1 -cq 23 -bf 3")
    assert _points(base, head) == []
    assert [point.verdict for point in _points(base, head, everything=True)] == [PointVerdict.STRUCTURAL]


def test_a_new_preset_of_a_bad_recipe_is_new():
    base = _proposal(h264_nvenc=["-preset p1 -cq 23 -bf 3"])
    head = _proposal(h264_nvenc=["-preset p1 -cq 23 -bf 3", "-preset p4 -cq 23 -bf 3"])
    assert [point.action for point in _points(base, head)] == ["fail"]


def test_taking_a_knob_away_from_a_bad_recipe_judges_what_is_left():
    base = _proposal(h264_nvenc="-preset p1 -cq 23 -bf 3 -rc-lookahead 20")
    bare = _proposal(h264_nvenc="-preset p1 -cq 23")
    assert [point.verdict.value for point in _points(base, bare)] == ["bare"]
    less = _proposal(h264_nvenc="-preset p1 -cq 23 -bf 3")
    assert [point.verdict.value for point in _points(base, less, "published_patterns: false")] == ["structural"]


def test_another_registry_key_gets_no_credit():
    head = _proposal(
        h264_nvenc="-c:v h264_nvenc -preset p1 -cq 23 -bf 3", fast="-c:v h264_nvenc -preset p1 -cq 23 -bf 3"
    )
    base = _proposal(h264_nvenc="-c:v h264_nvenc -preset p1 -cq 23 -bf 3")
    assert [point.action for point in _points(base, head)] == ["fail"]


def test_an_encoder_that_nobody_measured_is_never_silent():
    (point,) = _points(Defaults(adapters={}), _proposal(libfoo="-c:v libfoo -x 1"))
    assert (point.verdict, point.action, point.why) == ("unmeasured", "warn", "no sample covers libfoo")
