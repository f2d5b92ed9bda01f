"""Every new point of a change judged: its recipes, cells and ship-blockers, beside what base reaches already."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from operator import and_
from typing import NamedTuple, Self

from gate.adapters.changes import of_preset
from gate.adapters.model import Change, ChangedPoint, Defaults
from gate.encoders import canonical_knobs
from gate.evidence.model import CellKey, CodecEvidence
from gate.judge.actions import Case, judge_point
from gate.judge.evidence import Evidence
from gate.judge.model import JudgedCell, JudgedChange, JudgedPoint, reached
from gate.judge.place import OffGrid, Reach, Reading, coordinates, read_point
from gate.model import Coordinates, OperatingPoint, Point
from gate.policy.rules import Exemption, ShipBlocker, exemptions, ship_blockers
from gate.policy.schema import Policy
from gate.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """What judges: evidence by codec, the policy, its ship-blockers and its waivers."""

    evidence: Mapping[str, CodecEvidence]
    policy: Policy
    blockers: tuple[ShipBlocker, ...]
    waivers: tuple[Exemption, ...]

    @classmethod
    def by(cls, policy: Policy, evidence: Evidence, as_of: dt.date) -> Self:
        """The judge of a policy and its samples on one day (UTC). PolicyError where a rule or waiver names nothing."""
        return cls(
            evidence=evidence.by_codec,
            policy=policy,
            blockers=ship_blockers(policy, evidence.catalogues, canonical_knobs),
            waivers=exemptions(policy.waivers, evidence.catalogues, canonical_knobs, as_of),
        )

    @property
    def reach(self) -> Reach:
        return Reach(self.policy.reach)

    @property
    def off_grid(self) -> OffGrid:
        return OffGrid(self.policy.off_grid)


class _Already(NamedTuple):
    """What base's points of one preset of one registry key reach already: none of it is new."""

    exact: frozenset[CellKey]
    contained: frozenset[CellKey]
    grounds: frozenset[tuple[object, ...]]
    rules: frozenset[tuple[ShipBlocker, Coordinates]]
    framed: frozenset[tuple[object, ...]]  # the grounds, whatever their context

    def __and__(self, other: _Already) -> _Already:
        return _Already(*map(and_, self, other))


def judge_changes(changes: Sequence[Change], base: Defaults, judge: Judge) -> tuple[JudgedChange, ...]:
    """Every change with its points judged. An empty `base` makes everything new (`--all`)."""
    standing = {
        (change.adapter, preset): _standing(of_preset(base.adapters.get(change.adapter), preset), judge)
        for change in changes
        for preset in {preset for point in change.points for preset in point.presets}
    }
    return tuple(
        JudgedChange(
            codec=change.codec,
            adapter=change.adapter,
            path=change.where.path,
            line=change.where.line,
            kind=change.kind.value,
            before=change.before,
            after=change.after,
            points=tuple(
                # What is new for one preset is new: each of them is somebody's default.
                _judged(point, reduce(and_, (standing[change.adapter, preset] for preset in point.presets)), judge)
                for point in change.points
            ),
        )
        for change in changes
    )


def _standing(points: Sequence[Point], judge: Judge) -> _Already:
    readings = [_read(point, judge) for point in points]
    exact = frozenset(cell.key for reading in readings for cell in reading.exact)
    contained = frozenset(cell.key for reading in readings for cell in reading.contained)
    return _Already(
        exact=exact,
        contained=exact | contained,
        grounds=frozenset(_ground(point, judge.reach) for point in points),
        framed=frozenset(_ground(point, judge.reach)[1:] for point in points),
        rules=frozenset(
            (rule, spot) for point in points for rule, spots in _rules(point, judge).items() for spot in spots
        ),
    )


def _judged(point: ChangedPoint, standing: _Already, judge: Judge) -> JudgedPoint:
    reading = _read(point, judge)
    rules = {
        rule: frozenset(spot for spot in spots if (rule, spot) not in standing.rules)
        for rule, spots in _rules(point, judge).items()
    }
    ground = _ground(point, judge.reach)
    reframed = ground not in standing.grounds and ground[1:] in standing.framed
    case = Case(
        point=point.at,
        adapter_presets=point.presets,
        condition=point.condition,
        recipe=reading.recipe,
        cells=tuple(_cells(point.at, reading, standing, judge)),
        rule_places={rule: spots for rule, spots in rules.items() if spots},
        recipe_knobs=judge.evidence[point.at.codec].recipes if point.at.codec in judge.evidence else {},
        unplaced="only its context changed, which no sample measures" if reframed else reading.unplaced,
        new=ground not in standing.grounds,
        reframed=reframed,
    )
    return judge_point(case, judge.policy, judge.waivers)


def _ground(point: Point | ChangedPoint, reach: Reach) -> tuple[object, ...]:
    """What makes two points the same to judge: when the user picks rate control and quality, those don't count."""
    at = point.at
    ground = at.context, at.codec, at.knobs, at.preset, at.limits, point.qualities
    return ground if reach is Reach.ALL else (*ground, at.rc_mode, at.q)


def _read(point: Point | ChangedPoint, judge: Judge) -> Reading:
    evidence = judge.evidence.get(point.at.codec)
    return read_point(point.at, evidence, reach=judge.reach, off_grid=judge.off_grid, qualities=point.qualities)


def _cells(at: OperatingPoint, reading: Reading, standing: _Already, judge: Judge) -> Iterable[JudgedCell]:
    for contained, cells, known in (
        (False, reading.exact, standing.exact),
        (True, reading.contained, standing.contained),
    ):
        for cell in cells:
            here, new = judge.evidence[at.codec].cells[cell.key], cell.key not in known
            yield reached(here, contained=contained, stands_for=cell.stands_for, new=new)


def _rules(point: Point | ChangedPoint, judge: Judge) -> Mapping[ShipBlocker, frozenset[Coordinates]]:
    """Every ship-blocker that the point runs into, and where; coordinates that are left open could be anywhere."""
    at = point.at
    matching = [rule for rule in judge.blockers if rule.matches(at.codec, (*at.knobs, *at.limits))]
    if not matching:
        return {}
    found = coordinates(at, judge.evidence.get(at.codec), reach=judge.reach, off_grid=judge.off_grid)
    return {rule: frozenset(p for spot in found for p in rule.scope.within(spot)) for rule in matching}
