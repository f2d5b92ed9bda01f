"""What the policy makes of one operating point: its cells, ship-blockers and waivers, and the gravest of it all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gate.evidence.model import CellVerdict
from gate.judge.model import Action, JudgedCell, JudgedPoint, PointVerdict, RuleHit
from gate.model import Coordinates, Knobs, OperatingPoint
from gate.policy.rules import Exemption, ShipBlocker
from gate.policy.schema import Policy
from gate.values import dataclass, replace

_Found = tuple[PointVerdict, Action, int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A point with all that it reaches. `rule_places`: per ship-blocker, the places where it newly matches."""

    point: OperatingPoint
    adapter_presets: tuple[str, ...]
    condition: str
    recipe: str | None
    cells: tuple[JudgedCell, ...]  # as they are reached: passed, and not waived
    rule_places: Mapping[ShipBlocker, frozenset[Coordinates]]
    recipe_knobs: Mapping[str, Knobs]  # canonical knobs of every recipe among `cells`
    unplaced: str  # why no cell was found for it, empty where one was
    new: bool
    reframed: bool = False  # only its context is new


_ORDER = {verdict: place for place, verdict in enumerate(PointVerdict)}


def judge_point(case: Case, policy: Policy, waivers: Sequence[Exemption]) -> JudgedPoint:
    """The point's cells and rules with their actions, and the gravest of them as the point's own."""
    cells = tuple(_judged_cell(case, cell, policy, waivers) for cell in case.cells)
    rules = tuple(_rule_hit(case, rule, places, waivers) for rule, places in case.rule_places.items())
    verdict, action, waiver = _decisive(case, cells, rules, _unplaced(case, policy, waivers))
    point = case.point
    return JudgedPoint(
        rc_mode=point.rc_mode,
        preset=point.preset,
        q=point.q,
        knobs=dict(point.knobs),
        context=dict(point.context),
        recipe=case.recipe,
        adapter_presets=case.adapter_presets,
        condition=case.condition,
        cells=cells,
        rules=rules,
        verdict=verdict,
        action=action,
        waiver=waiver,
        not_judged=action is not Action.FAIL
        and (bool(_unplaced(case, policy, waivers)) or any(map(_is_open, case.cells))),
        why=_why(case, verdict, cells, rules, policy),
    )


def _judged_cell(case: Case, cell: JudgedCell, policy: Policy, waivers: Sequence[Exemption]) -> JudgedCell:
    action = _cell_action(cell, policy)
    if action in {Action.FAIL, Action.WARN}:
        knobs = case.recipe_knobs.get(cell.key.recipe, case.point.knobs)
        waiver = waived(case.point, [(knobs, cell.key.place(cell.stands_for))], waivers)
        return replace(cell, action=action if waiver is None else Action.NOTICE, waiver=waiver)
    return cell if action is cell.action else replace(cell, action=action)


def _cell_action(cell: JudgedCell, policy: Policy) -> Action:
    """Only what is new can block. A contained recipe's cell says something of the point only where it is structural."""
    verdict = cell.cell.verdict
    if not cell.new:
        return Action.PASS
    if cell.contained:
        return Action(policy.contains) if verdict is CellVerdict.STRUCTURAL else Action.PASS
    return {
        CellVerdict.STRUCTURAL: Action.FAIL,
        CellVerdict.UNDETERMINED: Action(policy.undetermined),
        CellVerdict.CONTENT_DEPENDENT: Action.NOTICE,
        CellVerdict.CLEARED: Action.PASS,
        CellVerdict.CLEAN: Action.PASS,
        CellVerdict.NO_EFFECT: Action.PASS,
        CellVerdict.UNMEASURED: Action(policy.unmeasured),
    }[verdict]


def _rule_hit(case: Case, rule: ShipBlocker, places: frozenset[Coordinates], waivers: Sequence[Exemption]) -> RuleHit:
    waiver = waived(case.point, [(rule.knobs, place) for place in places], waivers)
    action = Action.FAIL if rule.kind == "forbid" else Action.WARN
    return RuleHit(
        kind=rule.kind,
        recipe=rule.label,
        scope=str(rule.scope),
        reason=rule.reason,
        reference=rule.reference,
        action=action if waiver is None else Action.NOTICE,
        waiver=waiver,
    )


def waived(at: OperatingPoint, places: Sequence[tuple[Knobs, Coordinates]], waivers: Sequence[Exemption]) -> int | None:
    """The first live waiver that names the recipe, or the point's own knob set, at every place, and covers them all."""
    for waiver in waivers:
        named = all(waiver.knobs in (knobs, at.knobs) and waiver.scope.covers(place) for knobs, place in places)
        if waiver.codec == at.codec and named and not waiver.expired:
            return waiver.index
    return None


def _decisive(case: Case, cells: Sequence[JudgedCell], rules: Sequence[RuleHit], unplaced: Sequence[_Found]) -> _Found:
    """The verdict with the gravest action; among equals the one that says most."""
    found: list[_Found] = [(_cell_verdict(cell), cell.action, cell.waiver) for cell in cells if cell.decides]
    found += [(_rule_verdict(rule), rule.action, rule.waiver) for rule in rules]
    if not case.point.knobs:
        found.append((PointVerdict.BARE, Action.PASS, None))
    found += unplaced
    return max(
        found,
        key=lambda one: (one[1].gravity, _ORDER[one[0]]),
        default=(PointVerdict.CLEAN, Action.PASS, None),
    )


def _unplaced(case: Case, policy: Policy, waivers: Sequence[Exemption]) -> list[_Found]:
    """A new point that has knobs and reaches no cell was not judged at all; nor was one whose context alone is new."""
    if not (case.unplaced and case.new and (case.point.knobs or case.reframed)):
        return []
    place = Coordinates(rc_mode=case.point.rc_mode, preset=case.point.preset, q=case.point.q)
    waiver = waived(case.point, [(case.point.knobs, place)], waivers)
    return [(PointVerdict.UNMEASURED, Action(policy.unmeasured) if waiver is None else Action.NOTICE, waiver)]


def _is_open(cell: JudgedCell) -> bool:
    unknown = {CellVerdict.UNMEASURED, CellVerdict.UNDETERMINED}
    return cell.new and not cell.contained and cell.cell.verdict in unknown


def _cell_verdict(cell: JudgedCell) -> PointVerdict:
    return PointVerdict.CONTAINS_STRUCTURAL if cell.contained else PointVerdict(cell.cell.verdict.value)


def _rule_verdict(rule: RuleHit) -> PointVerdict:
    return PointVerdict.FORBIDDEN if rule.kind == "forbid" else PointVerdict.DISCOURAGED


def _why(
    case: Case, verdict: PointVerdict, cells: Sequence[JudgedCell], rules: Sequence[RuleHit], policy: Policy
) -> str:
    """One sentence for the person who made the change."""
    if not case.new:
        return "base has these knobs at this preset already"
    if verdict is PointVerdict.BARE:
        return "the bare encoder: there is no cell to lose"
    if verdict in {PointVerdict.STRUCTURAL, PointVerdict.CONTAINS_STRUCTURAL}:
        losing = [cell for cell in cells if cell.decides and cell.cell.verdict is CellVerdict.STRUCTURAL]
        names = (
            "contains " + losing[0].key.recipe + ", which loses"
            if losing[0].contained
            else losing[0].key.recipe + " loses"
        )
        return f"{names} VMAF against the bare encoder at the same bitrate, structurally, in {_cells(len(losing))}"
    if verdict in {PointVerdict.FORBIDDEN, PointVerdict.DISCOURAGED}:
        return next(rule.reason for rule in rules if _rule_verdict(rule) is verdict)
    return case.unplaced or _counted(verdict, [one for one in cells if one.new and not one.contained], policy)


def _counted(verdict: PointVerdict, new: Sequence[JudgedCell], policy: Policy) -> str:
    """In how many of the new cells that is the verdict, and what it hangs on."""
    if not new:
        return "reaches no cell that base didn't"
    count = sum(cell.cell.verdict.value == verdict.value for cell in new)
    if verdict is PointVerdict.NO_EFFECT:
        return f"no effect: every stream is the bare encoder's, byte for byte, in {count} of {_cells(len(new))}"
    small = f"; {few}" if verdict is PointVerdict.UNDETERMINED and (few := _too_few(new, policy)) else ""
    return f"{verdict.value} in {count} of {_cells(len(new))}{small}"


def _too_few(cells: Sequence[JudgedCell], policy: Policy) -> str:
    """Where a corpus is too small for the policy, whatever its sources say."""
    fewest = min((one.cell.sources for one in cells), default=policy.min_sources)
    if fewest >= policy.min_sources:
        return ""
    sources = "only one source" if fewest == 1 else f"only {fewest} sources"
    return f"the corpus is too small: {sources}, and nothing is called structural on fewer than {policy.min_sources}"


def _cells(count: int) -> str:
    return f"{count} cell" if count == 1 else f"{count} cells"
