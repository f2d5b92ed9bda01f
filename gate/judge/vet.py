"""What `gate vet` does: a recommender's output judged by the rules of a check, each on the source that it is for."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from gate.adapters.model import Change, ChangedPoint, ChangeKind, Defaults
from gate.errors import AdapterError, SweepError
from gate.evidence.model import CellKey, CellVerdict
from gate.evidence.sweep.hull import HullPlace, hull_places
from gate.judge.evidence import Evidence, gather
from gate.judge.model import Action, JudgedCell, JudgedChange, JudgedPoint, WaiverInfo
from gate.judge.points import Judge, judge_changes
from gate.judge.recommendations import Recommendation, Recommendations, read_recommendations
from gate.judge.recommended import Arguments, read_arguments, recommended_point
from gate.judge.summary import waiver_info
from gate.judge.trust import in_force, trust_ref
from gate.judge.vet_model import LOSES, SCHEMA, OnSource, VetCounts, VetPolicy, VetReport, Vetted, VettedPoint
from gate.model import Coordinates, Location, OperatingPoint
from gate.policy.rules import Exemption

Hulls = Mapping[tuple[CellKey, str], HullPlace]
"""(cell, source) -> where its row stands in its slice."""


def content_dependent(point: JudgedPoint) -> list[JudgedCell]:
    """Its own cells on which the source decides."""
    return [cell for cell in point.cells if not cell.contained and cell.cell.verdict is CellVerdict.CONTENT_DEPENDENT]


def vetted(
    one: Recommendation, place: int, at: OperatingPoint, judged: JudgedPoint, hulls: Hulls, judge: Judge
) -> Vetted:
    """What becomes of one recommendation; `at` is its point, `place` its index, `judged` its verdict."""
    cells = content_dependent(judged)
    stands = [hulls.get((cell.key, one.source)) for cell in cells]
    beaten = next((there for there in stands if there is not None and there.beaten_by is not None), None)
    on_source = _on_source(one, stands)
    fails = judged.action is Action.FAIL
    waiver = judged.waiver
    if on_source is OnSource.LOSES and not fails and waiver is None:
        waiver = _waived(at, cells, judge)
    loses = on_source is OnSource.LOSES and not fails and waiver is None
    return Vetted(
        line=one.line,
        codec=one.codec,
        rc_mode=one.rc_mode,
        recipe=one.recipe,
        preset=one.preset,
        q=one.q,
        source=one.source,
        source_class=one.source_class,
        point=place,
        dropped=fails or loses,
        decided_by=LOSES if loses else judged.verdict.value,
        on_source=on_source,
        row=beaten.row if beaten else None,
        beaten_by=beaten.beaten_by if beaten else None,
        waiver=waiver,
    )


def _on_source(one: Recommendation, stands: Sequence[HullPlace | None]) -> OnSource:
    if not stands:
        return OnSource.NOT_ASKED
    if not one.source:
        return OnSource.NO_SOURCE
    if any(there is not None and there.beaten_by is not None for there in stands):
        return OnSource.LOSES
    return OnSource.UNKNOWN if None in stands else OnSource.ON_HULL


def _waived(at: OperatingPoint, cells: Sequence[JudgedCell], judge: Judge) -> int | None:
    """The first live waiver that names the recipe, or the knobs, at every cell that is content-dependent."""
    recipes = judge.evidence[at.codec].recipes
    places = [(recipes[cell.key.recipe], _asked(cell)) for cell in cells]
    for waiver in judge.waivers:
        names_it = waiver.codec == at.codec and all(waiver.knobs in (knobs, at.knobs) for knobs, _ in places)
        if names_it and not waiver.expired and all(waiver.scope.covers(place) for _, place in places):
            return waiver.index
    return None


def _asked(cell: JudgedCell) -> Coordinates:
    asked = cell.stands_for or cell.key
    return Coordinates(rc_mode=cell.key.rc_mode, preset=asked.preset, q=asked.q)


def counted(vetted: Sequence[Vetted], points: Sequence[JudgedPoint]) -> VetCounts:
    """How many of what."""
    kept = [one for one in vetted if not one.dropped]
    return VetCounts(
        recommendations=len(vetted),
        points=len(points),
        kept=len(kept),
        dropped=len(vetted) - len(kept),
        dropped_for=dict(Counter(one.decided_by for one in vetted if one.dropped).most_common()),
        not_judged=sum(points[one.point].not_judged for one in kept),
        not_judged_on_source=sum(one.on_source in {OnSource.NO_SOURCE, OnSource.UNKNOWN} for one in kept),
        warned=sum(points[one.point].action is Action.WARN for one in kept),
        waived=sum(one.waiver is not None for one in kept),
    )


def waivers_used(
    waivers: Sequence[Exemption], judged: JudgedChange, vetted: Sequence[Vetted]
) -> tuple[WaiverInfo, ...]:
    """Every waiver of the policy; used also where it let through what loses on its source only."""
    used = {one.waiver for one in vetted}
    found = [waiver_info(waiver, [judged]) for waiver in waivers]
    return tuple(replace(info, status="used") if index in used else info for index, info in enumerate(found))


def notices(listed: Sequence[Recommendation], evidence: Evidence) -> Iterable[str]:
    """What the reader has to know beside the verdicts."""
    yield from evidence.notices
    classes = sum(bool(one.source_class and not one.source) for one in listed)
    if classes:
        yield f"{classes:,} name only a class of sources, which no sample measures: they count as without a source"
    corpora = {codec: frozenset(known.sources) for codec, known in evidence.by_codec.items()}
    strangers = {one.source for one in listed if one.source and one.source not in corpora.get(one.codec, ())}
    if strangers:
        count = sum(one.source in strangers for one in listed)
        yield f"{count:,} name a source that no sample of their codec has ({min(strangers)}, say): not judged on it"


def vet(
    file: Path,
    *,
    repo: Path | None = None,
    trust: str | None = None,
    policy: Path | None = None,
    sample: Path | None = None,
    as_of: dt.date,
) -> tuple[VetReport, str]:
    """The report, and the recommendations that survive, in the form that they came in.

    Args:
        file: what is to be vetted.
        repo: whose policy counts; None is the folder at hand, where that is a repository.
        trust: the ref that the policy comes from.
        policy: a policy file, which may tighten a trusted policy, or stands in where there is none.
        sample: a sample file as the evidence.
        as_of: the day (UTC) on which waivers and evidence are judged.

    Raises:
        GateError: the file, the policy or a sample can't be read; what, where and what to do.
    """
    listed = read_recommendations(file)
    trusted = trust_ref(repo, trust)
    loaded = in_force(trusted.tree, binds=trusted.trust is not None and trusted.trust.trusted, given=policy)
    # A recommendation names its rate control and quality, so it is judged at these, whatever reach a check has.
    rules = loaded.policy.model_copy(update={"reach": "emitted"})
    evidence = gather(rules, trusted.tree, sample, pinned=loaded.trusted, as_of=as_of)
    judge = Judge.by(rules, evidence, as_of)
    places, points = _points(listed, evidence, file)
    change = _judged(points, judge)
    wanted = _wanted(listed, places, change.points)
    hulls = _hulls(wanted, evidence)
    found = tuple(
        vetted(one, place, points[place], change.points[place], hulls, judge)
        for one, place in zip(listed.items, places, strict=True)
    )
    report = VetReport(
        schema=SCHEMA,
        file=file.name,
        form=listed.form.value,
        as_of=as_of.isoformat(),
        trust=trusted.trust,
        policy=VetPolicy(where=loaded.where, digest=loaded.digest, mode=rules.mode, off_grid=rules.off_grid),
        samples=evidence.samples,
        counts=counted(found, change.points),
        recommendations=found,
        points=tuple(
            VettedPoint(codec=at.codec, judged=judged) for at, judged in zip(points, change.points, strict=True)
        ),
        waivers=waivers_used(judge.waivers, change, found),
        notices=(*trusted.notices, *notices(listed.items, evidence)),
    )
    advisory = rules.mode == "advisory"
    kept = [one for one, fate in zip(listed.items, found, strict=True) if advisory or not fate.dropped]
    return report, listed.only(kept)


def _points(
    listed: Recommendations, evidence: Evidence, file: Path
) -> tuple[tuple[int, ...], tuple[OperatingPoint, ...]]:
    """For each recommendation the index of its point, and the distinct points."""
    arguments: dict[tuple[object, ...], Arguments] = {}
    known: dict[tuple[object, ...], int] = {}
    index: dict[OperatingPoint, int] = {}
    places = []
    for one in listed.items:
        said = (one.codec, one.preset, one.knobs)
        all_said = (*said, one.rc_mode, one.q, one.recipe)
        try:
            if said not in arguments:
                arguments[said] = read_arguments(*said)
            if all_said not in known:
                point = _point(arguments[said], one, evidence)
                known[all_said] = index.setdefault(point, len(index))
        except AdapterError as error:
            raise SweepError(error.what, where=f"{file}:{one.line}", fix=error.fix) from None
        places.append(known[all_said])
    return tuple(places), tuple(index)


def _point(said: Arguments, one: Recommendation, evidence: Evidence) -> OperatingPoint:
    return recommended_point(
        said, rc_mode=one.rc_mode, q=one.q, recipe=one.recipe, evidence=evidence.by_codec.get(one.codec)
    )


def _judged(points: Sequence[OperatingPoint], judge: Judge) -> JudgedChange:
    """Every point as a new default where there was none before."""
    change = Change(
        adapter="",
        codec="",
        kind=ChangeKind.NEW_ADAPTER,
        before="",
        after="",
        where=Location(path="", line=0),
        differences=(),
        points=tuple(ChangedPoint(at=at, presets=(at.preset,)) for at in points),
    )
    (judged,) = judge_changes([change], Defaults(adapters={}), judge)
    return judged


def _wanted(
    listed: Recommendations, places: Sequence[int], points: Sequence[JudgedPoint]
) -> frozenset[tuple[CellKey, str]]:
    """The cells and sources on which a hull has to decide."""
    pairs = {(place, one.source) for one, place in zip(listed.items, places, strict=True) if one.source}
    return frozenset((cell.key, source) for place, source in pairs for cell in content_dependent(points[place]))


def _hulls(wanted: frozenset[tuple[CellKey, str]], evidence: Evidence) -> Hulls:
    """Where each wanted row stands in its slice, by the sample that serves its codec."""
    found: dict[tuple[CellKey, str], HullPlace] = {}
    for sample in evidence.opened if wanted else ():
        served = {codec for codec, known in evidence.by_codec.items() if known.sample == sample.digest}
        found |= hull_places(sample.sweep, [pair for pair in wanted if pair[0].codec in served])
    return found
