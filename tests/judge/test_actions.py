"""One point's fate under a policy: every cell verdict, contained recipes, ship-blockers, waivers, and what is not new."""

from __future__ import annotations

import datetime as dt

import pytest

from gate.evidence.model import Basis, Cell, CellKey, CellVerdict
from gate.judge.actions import Case, judge_point
from gate.judge.model import Action, PointVerdict, reached
from gate.model import Coordinates, OperatingPoint, StandsFor
from gate.policy.load import load_policy
from gate.policy.rules import exemptions, ship_blockers

BF3 = (("bf", "3"),)
CATALOGUES = {"h264_nvenc": {"bare": (), "bf3": BF3}}


def canonical(codec, knobs):
    return tuple(sorted(knobs.items()))


def _cell(verdict, *, q="2", contained=False, new=True, stands_for=None):
    hits, holds = {"structural": (9, 0), "undetermined": (6, 0), "content-dependent": (2, 7)}.get(verdict, (0, 9))
    cell = Cell(
        key=CellKey(codec="h264_nvenc", rc_mode="vbr", recipe="bf3", preset="p1", q=q),
        verdict=CellVerdict(verdict),
        basis=Basis.PUBLISHED,
        hits=hits,
        holds=holds,
        unknown=9 - hits - holds,
        mean_delta=-5.81 if hits else None,
        worst_source="FoxBird" if hits else None,
        worst_delta=-7.0 if hits else None,
    )
    return reached(cell, contained=contained, stands_for=stands_for, new=new)


def _judged(cells=(), policy="version: 1", *, knobs=BF3, places=None, unplaced="", new=True, as_of="2026-06-01"):
    parsed = load_policy(policy.encode(), "p.yml").policy
    rules = ship_blockers(parsed, CATALOGUES, canonical)
    case = Case(
        point=OperatingPoint(codec="h264_nvenc", rc_mode="vbr-cq", preset="p1", q="23", knobs=knobs),
        adapter_presets=("ultrafast",),
        condition="",
        recipe="bf3" if knobs == BF3 else None,
        cells=tuple(cells),
        rule_places={rule: frozenset(places) for rule in rules if places and rule.matches("h264_nvenc", knobs)},
        recipe_knobs={"bf3": BF3},
        unplaced=unplaced,
        new=new,
    )
    day = dt.date.fromisoformat(as_of)
    point = judge_point(case, parsed, exemptions(parsed.waivers, CATALOGUES, canonical, day))
    return point.verdict.value, point.action.value, point


CELLS = [
    # cells, policy, verdict, action
    (["structural"], "version: 1", "structural", "fail"),
    (["undetermined"], "version: 1", "undetermined", "warn"),
    (["undetermined"], "undetermined: fail", "undetermined", "fail"),
    (["undetermined"], "undetermined: pass", "undetermined", "pass"),
    (["unmeasured"], "version: 1", "unmeasured", "warn"),
    (["unmeasured"], "unmeasured: fail", "unmeasured", "fail"),
    (["content-dependent"], "version: 1", "content-dependent", "notice"),
    (["clean"], "version: 1", "clean", "pass"),
    (["clean", "unmeasured", "structural"], "version: 1", "structural", "fail"),
    (["clean", "unmeasured"], "version: 1", "unmeasured", "warn"),
    (["structural"], "mode: advisory", "structural", "fail"),
]


@pytest.mark.parametrize(("cells", "policy", "verdict", "action"), CELLS)
def test_the_gravest_cell_decides(cells, policy, verdict, action):
    assert _judged([_cell(cell, q=str(i)) for i, cell in enumerate(cells)], policy)[:2] == (verdict, action)


@pytest.mark.parametrize(("contains", "action"), [("fail", "fail"), ("warn", "warn"), ("pass", "pass")])
def test_a_contained_structural_recipe_follows_the_policy(contains, action):
    more = (("bf", "3"), ("tune", "hq"))
    cells = [_cell("structural", contained=True)]
    assert _judged(cells, f"contains: {contains}", knobs=more)[:2] == ("contains-structural", action)


def test_a_contained_recipe_that_is_not_structural_says_nothing():
    cells = [_cell("unmeasured", contained=True), _cell("clean", contained=True, q="4")]
    assert _judged(cells, knobs=(*BF3, ("x", "1")))[:2] == ("clean", "pass")
    assert _judged(cells, knobs=(*BF3, ("x", "1")), unplaced="no recipe has these knobs")[:2] == ("unmeasured", "warn")


def test_what_base_reached_too_does_not_block():
    _, action, point = _judged([_cell("structural", new=False)])
    assert action == "pass"
    assert point.cells[0].action is Action.PASS
    assert not point.cells[0].new


def test_a_bare_point_passes_and_says_why():
    verdict, action, point = _judged(knobs=())
    assert (verdict, action, point.why) == ("bare", "pass", "the bare encoder: there is no cell to lose")


@pytest.mark.parametrize(("unmeasured", "action"), [("warn", "warn"), ("fail", "fail"), ("pass", "pass")])
def test_a_point_that_reaches_no_cell_is_never_silent(unmeasured, action):
    verdict, got, point = _judged(policy=f"unmeasured: {unmeasured}", unplaced="no sample covers av1_amf")
    assert (verdict, got, point.why) == ("unmeasured", action, "no sample covers av1_amf")


def test_a_ship_blocker_fails_whatever_the_cells_say():
    place = [Coordinates(rc_mode="vbr", preset="p1", q="2")]
    assert _judged([_cell("clean")], places=place)[:2] == ("forbidden", "fail")
    discouraged = "{published_patterns: false, discourage: [{codec: h264_nvenc, recipe: bf3, reason: r}]}"
    assert _judged([_cell("clean")], discouraged, places=place)[:2] == ("discouraged", "warn")
    assert _judged([_cell("clean")], places=())[:2] == ("clean", "pass")


WAIVER = (
    "{{published_patterns: false, waivers: [{{codec: h264_nvenc, {what}, reason: r, owner: o, expires: 2027-01-01}}]}}"
)

WAIVERS = [
    ("recipe: bf3", "2026-06-01", "notice", 0),
    ("recipe: bf3", "2027-01-01", "fail", None),  # expired
    ("knobs: {bf: 3}", "2026-06-01", "notice", 0),
    ("knobs: {bf: 3, tune: hq}", "2026-06-01", "fail", None),  # names more than the point has
    ("recipe: bf3, rc_mode: vbr, preset: p1, q: 2", "2026-06-01", "notice", 0),
    ("recipe: bf3, rc_mode: cbr", "2026-06-01", "fail", None),
    ("recipe: bf3, q: 4", "2026-06-01", "fail", None),
]


@pytest.mark.parametrize(("what", "day", "action", "index"), WAIVERS)
def test_waivers(what, day, action, index):
    verdict, got, point = _judged([_cell("structural")], WAIVER.format(what=what), as_of=day)
    assert (verdict, got, point.waiver) == ("structural", action, index)


def test_a_waiver_of_one_cell_leaves_the_other_failing():
    waiver = WAIVER.format(what="recipe: bf3, q: 2")
    verdict, action, point = _judged([_cell("structural", q="2"), _cell("structural", q="4")], waiver)
    assert (verdict, action) == ("structural", "fail")
    assert [cell.waiver for cell in point.cells] == [0, None]


def test_a_waiver_must_cover_what_was_asked_not_what_stood_in():
    reached = _cell("structural", stands_for=StandsFor(preset="p2", q="2"))
    assert _judged([reached], WAIVER.format(what="recipe: bf3, preset: p1"))[1] == "fail"
    assert _judged([reached], WAIVER.format(what="recipe: bf3, preset: p2"))[1] == "notice"


def test_a_forbidden_point_yields_only_to_a_waiver_that_covers_every_place():
    rule = "forbid: [{codec: h264_nvenc, recipe: bf3, reason: r}]"
    waiver = "waivers: [{codec: h264_nvenc, recipe: bf3, q: 1, reason: r, owner: o, expires: 2027-01-01}]"
    policy = f"{{published_patterns: false, {rule}, {waiver}}}"
    one, two = Coordinates(rc_mode="vbr", preset="p1", q="1"), Coordinates(rc_mode="vbr", preset="p1", q="2")
    assert _judged(policy=policy, places=[one])[1] == "notice"
    assert _judged(policy=policy, places=[one, two])[1] == "fail"


def test_every_point_verdict_has_a_cell_verdict_or_a_cause_of_its_own():
    own = {"bare", "discouraged", "contains-structural", "forbidden"}
    assert {verdict.value for verdict in PointVerdict} - own == {verdict.value for verdict in CellVerdict}
