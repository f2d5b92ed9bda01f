"""What `gate vet` does: a recommender's output judged by the rules of a check, each on the source that it is for."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path, PurePosixPath

from gate.adapters.model import Change, ChangedPoint, ChangeKind, Defaults
from gate.documents import read_bytes
from gate.errors import AdapterError, PolicyError, SweepError
from gate.evidence.model import CellKey, CellVerdict, CodecEvidence
from gate.evidence.sweep.hull import HullPlace, hull_places
from gate.judge.actions import waived
from gate.judge.evidence import Evidence, gather
from gate.judge.judged_by import WaiverInfo
from gate.judge.model import Action, JudgedCell, JudgedChange, JudgedPoint
from gate.judge.points import Judge, judge_changes
from gate.judge.recommendations import Recommendation, Recommendations
from gate.judge.recommended import Named, Reading
from gate.judge.summary import waiver_info
from gate.judge.trust import emitted, in_force, trust_ref
from gate.judge.vet_model import (
    LOSES,
    OPEN,
    SCHEMA,
    UNKNOWN_SOURCE,
    OnSource,
    VetCounts,
    VetPolicy,
    VetReport,
    Vetted,
    VettedPoint,
)
from gate.model import Location, OperatingPoint
from gate.policy.load import load_policy
from gate.policy.rules import Exemption
from gate.policy.schema import Waiver
from gate.values import replace

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
    source = known_source(one.source, judge.evidence.get(at.codec))
    stands = [hulls.get((cell.key, source)) for cell in cells]
    beaten = next((there for there in stands if there is not None and there.beaten_by is not None), None)
    on_source = _on_source(one, stands)
    fails = judged.action is Action.FAIL
    waiver = judged.waiver
    if on_source is OnSource.LOSES and not fails and waiver is None:
        recipes = judge.evidence[at.codec].recipes
        places = [(recipes[cell.key.recipe], cell.key.place(cell.stands_for)) for cell in cells]
        waiver = waived(at, places, judge.waivers)
    loses = on_source is OnSource.LOSES and not fails and waiver is None
    open_here = on_source in OPEN and not fails and judge.policy.unknown_source == "drop"
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
        dropped=fails or loses or open_here,
        decided_by=LOSES if loses else UNKNOWN_SOURCE if open_here else judged.verdict.value,
        on_source=on_source,
        row=beaten.row if beaten else None,
        beaten_by=beaten.beaten_by if beaten else None,
        waiver=waiver,
    )


def known_source(named: str, evidence: CodecEvidence | None) -> str:
    """The source of a sample that a path, or a file's name with or without suffix, means; as it is where none does."""
    return _known_source(named, evidence.sources if evidence else ())


@lru_cache(maxsize=4096)
def _known_source(named: str, sources: tuple[str, ...]) -> str:
    if named in sources or not named:
        return named
    stem = _stem(named)
    found = [source for source in sources if _stem(source) == stem]
    return found[0] if len(found) == 1 else named


def _stem(name: str) -> str:
    return PurePosixPath(name.replace("\\", "/")).stem


def _on_source(one: Recommendation, stands: Sequence[HullPlace | None]) -> OnSource:
    if not stands:
        return OnSource.NOT_ASKED
    if not one.source:
        return OnSource.NO_SOURCE
    if any(there is not None and there.beaten_by is not None for there in stands):
        return OnSource.LOSES
    return OnSource.UNKNOWN if None in stands else OnSource.ON_HULL


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
        not_judged_on_source=sum(one.on_source in OPEN for one in kept),
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
    classes = sum(bool(one.source_class and not one.source) for one in listed)
    if classes:
        yield f"{classes:,} name only a class of sources, which no sample measures: they count as without a source"
    corpora = {codec: frozenset(known.sources) for codec, known in evidence.by_codec.items()}
    strangers = {
        one.source
        for one in listed
        if one.source and known_source(one.source, evidence.by_codec.get(one.codec)) not in corpora.get(one.codec, ())
    }
    if strangers:
        count = sum(one.source in strangers for one in listed)
        yield f"{count:,} name a source that no sample of their codec has ({min(strangers)}, say): not judged on it"


def vet(
    listed: Recommendations,
    *,
    repo: Path | None = None,
    trust: str | None = None,
    policy: Path | None = None,
    sample: Path | None = None,
    override: Path | None = None,
    as_of: dt.date,
) -> tuple[VetReport, str]:
    """The report, and the recommendations that survive, in the form that they came in.

    Policy and samples are those of the ref `trust` of `repo`, None for the folder at hand where that is a repository,
    on the day (UTC) `as_of`. A `policy` file may tighten a trusted one, or stands in where there is none; a `sample`
    file stands in for the evidence; the `waivers` of the file `override` count beside the policy's.

    Raises:
        GateError: an entry, the policy or a sample can't be read; what, where and what to do.
    """
    trusted = trust_ref(repo, trust)
    loaded = in_force(trusted.tree, binds=trusted.trust is not None and trusted.trust.trusted, given=policy)
    # A recommendation names its rate control and quality, so it is judged at these, whatever reach a check has.
    overridden = _overridden(override)
    waivers = (*loaded.policy.waivers, *overridden)
    rules = loaded.policy.model_copy(update={"reach": "emitted", "waivers": waivers})
    evidence = gather(rules, trusted.tree, sample, pinned=loaded.trusted, as_of=as_of)
    judge = Judge.by(rules, evidence, as_of)
    adapters = emitted(trusted.tree, rules, may_be_empty=True).adapters if trusted.trust is not None else {}
    places, points = _points(listed, Reading(adapters=adapters, evidence=evidence.by_codec))
    change = _judged(points, judge)
    wanted = _wanted(listed, places, change.points, evidence)
    hulls = _hulls(wanted, evidence)
    asked = [(one, several) for one, several in zip(listed.items, places, strict=True) if several]
    found = tuple(
        max(
            (vetted(one, place, points[place].at, change.points[place], hulls, judge) for place in several), key=_weight
        )
        for one, several in asked
    )
    samples, told = evidence.shown({one.codec for one in listed.items})
    report = VetReport(
        schema=SCHEMA,
        file=listed.path.name,
        form=listed.form.value,
        as_of=as_of.isoformat(),
        trust=trusted.trust,
        policy=VetPolicy(
            where=loaded.where,
            digest=loaded.digest,
            mode=rules.mode,
            off_grid=rules.off_grid,
            unknown_source=rules.unknown_source,
        ),
        samples=samples,
        counts=counted(found, change.points),
        recommendations=found,
        points=tuple(
            VettedPoint(codec=named.at.codec, judged=judged)
            for named, judged in zip(points, change.points, strict=True)
        ),
        waivers=waivers_used(judge.waivers, change, found),
        notices=(
            *trusted.notices,
            *_beside(listed, places, len(overridden), len(waivers)),
            *told,
            *notices(listed.items, evidence),
        ),
    )
    advisory = rules.mode == "advisory"
    gone = {one.start for (one, _), fate in zip(asked, found, strict=True) if fate.dropped and not advisory}
    return report, listed.only([one for one in listed.items if one.start not in gone])


def _overridden(path: Path | None) -> tuple[Waiver, ...]:
    if path is None:
        return ()
    given = load_policy(read_bytes(path, PolicyError), str(path)).policy
    if other := sorted(given.model_fields_set - {"version", "waivers"}):
        raise PolicyError(f"an override holds `waivers` only, not {', '.join(other)}", where=str(path))
    return given.waivers


def _beside(listed: Recommendations, places: Sequence[Sequence[int]], overridden: int, waivers: int) -> Iterable[str]:
    for one in (one for one, several in zip(listed.items, places, strict=True) if not several):
        yield f"line {one.line}: the adapter of {one.codec} raises for it: nothing is encoded, or judged; it stays"
    if listed.failed:
        yield f"{listed.failed:,} tell of an encode that failed: they recommend nothing, and stay as they are"
    if overridden:
        yield f"waivers[{waivers - overridden}] to waivers[{waivers - 1}] are from --override, not from the policy"


def _points(listed: Recommendations, reading: Reading) -> tuple[tuple[tuple[int, ...], ...], tuple[Named, ...]]:
    """For each recommendation the indices of its points, and the distinct points."""
    index: dict[Named, int] = {}
    places = []
    for one in listed.items:
        try:
            named = reading.points(one)
        except AdapterError as error:
            raise SweepError(error.what, where=f"{listed.path}:{one.line}", fix=error.fix) from None
        places.append(tuple(index.setdefault(point, len(index)) for point in named))
    return tuple(places), tuple(index)


def _weight(found: Vetted) -> tuple[bool, bool]:
    """Of the presets that a recommendation leaves open, the one that loses decides."""
    return found.dropped, found.on_source in OPEN


def _judged(points: Sequence[Named], judge: Judge) -> JudgedChange:
    """Every point as a new default where there was none before."""
    change = Change(
        adapter="",
        codec="",
        kind=ChangeKind.NEW_ADAPTER,
        before="",
        after="",
        where=Location(path="", line=0),
        differences=(),
        points=tuple(ChangedPoint(at=named.at, presets=(named.preset or named.at.preset,)) for named in points),
    )
    (judged,) = judge_changes([change], Defaults(adapters={}), judge)
    return judged


def _wanted(
    listed: Recommendations, places: Sequence[Sequence[int]], points: Sequence[JudgedPoint], evidence: Evidence
) -> frozenset[tuple[CellKey, str]]:
    """The cells and sources on which a hull has to decide."""
    pairs = {(place, one.source) for one, several in zip(listed.items, places, strict=True) for place in several}
    return frozenset(
        (cell.key, known_source(source, evidence.by_codec[cell.key.codec]))
        for place, source in pairs
        if source
        for cell in content_dependent(points[place])
    )


def _hulls(wanted: frozenset[tuple[CellKey, str]], evidence: Evidence) -> Hulls:
    """Where each wanted row stands in its slice, by the sample that serves its codec."""
    found: dict[tuple[CellKey, str], HullPlace] = {}
    for sample in evidence.opened if wanted else ():
        served = {codec for codec, known in evidence.by_codec.items() if known.sample == sample.digest}
        found |= hull_places(sample.sweep, [pair for pair in wanted if pair[0].codec in served])
    return found
