"""The use case behind `gate vet`: a recommender's output, filtered by the very rules of a check."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gate.check import trusted_policy
from gate.errors import AdapterError, SweepError
from gate.evidence import Evidence, gather
from gate.fates import Hulls, content_dependent, counted, notices, vetted, waivers_used
from gate.ground import Ground, given_policy, ground
from gate.judging import Bench, judge_changes
from gate.model import (
    CellKey,
    Change,
    ChangedPoint,
    ChangeKind,
    Location,
    OperatingPoint,
    Proposal,
)
from gate.policy.load import LoadedPolicy
from gate.policy.rules import exemptions, ship_blockers
from gate.policy.schema import Policy
from gate.policy.tighten import tightened
from gate.proposal.ffmpeg import canonical_knobs
from gate.proposal.recommended import Arguments, read_arguments, recommended_point
from gate.sweep.dominance import HullPlace, hull_places
from gate.sweep.recommendations import Recommendation, Recommendations, read_recommendations
from gate.verdict import JudgedChange, JudgedPoint, cell_key
from gate.vetted import SCHEMA, VetPolicy, VetReport, VettedPoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is to be vetted, and by whose policy. `repo` None is the folder at hand, where that is a repository."""

    file: Path
    repo: Path | None
    trust: str | None
    policy: Path | None
    sample: Path | None
    as_of: dt.date


def vet(request: Request) -> tuple[VetReport, str]:
    """The report, and the recommendations that survive, in the form that they came in.

    Raises:
        GateError: the file, the policy or a sample can't be read; what, where and what to do.
    """
    listed = read_recommendations(request.file)
    court = ground(request.repo, request.trust)
    loaded = _policy(court, request)
    policy, pinned = loaded.policy, loaded.trusted
    evidence = gather(policy, court.tree, request.sample, pinned=pinned, as_of=request.as_of)
    bench = _bench(policy, evidence, request.as_of)
    places, points = _points(listed, evidence, request.file)
    change = _judged(points, bench)
    wanted = _wanted(listed, places, change.points)
    hulls = _hulls(wanted, evidence)
    found = tuple(
        vetted(one, place, points[place], change.points[place], hulls, bench)
        for one, place in zip(listed.items, places, strict=True)
    )
    report = VetReport(
        schema=SCHEMA,
        file=request.file.name,
        form=listed.form.value,
        as_of=request.as_of.isoformat(),
        trust=court.trust,
        policy=VetPolicy(where=loaded.where, digest=loaded.digest, mode=policy.mode, off_grid=policy.off_grid),
        samples=evidence.samples,
        counts=counted(found, change.points),
        recommendations=found,
        points=tuple(
            VettedPoint(codec=at.codec, judged=judged) for at, judged in zip(points, change.points, strict=True)
        ),
        waivers=waivers_used(bench.waivers, change, found),
        notices=(*_unguarded(court), *notices(listed.items, evidence)),
    )
    advisory = policy.mode == "advisory"
    kept = [one for one, fate in zip(listed.items, found, strict=True) if advisory or not fate.dropped]
    return report, listed.only(kept)


def _policy(court: Ground, request: Request) -> LoadedPolicy:
    """As in a check: what is given may tighten a trusted policy, or stand in where there is none."""
    trusted = trusted_policy(court.tree)
    loaded = given_policy(request.policy) if request.policy is not None else trusted
    if court.trust is not None and court.trust.trusted:
        free = {} if trusted.trusted else {"adapters": loaded.policy.adapters, "samples": loaded.policy.samples}
        tightened(trusted.policy.model_copy(update=free), loaded.policy, str(request.policy))
    binding = court.trust is not None and court.trust.trusted and trusted.trusted
    # A recommendation names its rate control and quality, so it is judged at these, whatever reach a check has.
    policy = loaded.policy.model_copy(update={"reach": "emitted"})
    return replace(loaded, policy=policy, trusted=binding)


def _bench(policy: Policy, evidence: Evidence, as_of: dt.date) -> Bench:
    return Bench(
        # Without exhibits: a verdict needs none, and ten thousand points would work them all out.
        evidence={codec: replace(known, exhibits=None) for codec, known in evidence.by_codec.items()},
        policy=policy,
        blockers=ship_blockers(policy, evidence.catalogues, canonical_knobs),
        waivers=exemptions(policy.waivers, evidence.catalogues, canonical_knobs, as_of),
    )


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


def _judged(points: Sequence[OperatingPoint], bench: Bench) -> JudgedChange:
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
    (judged,) = judge_changes([change], Proposal(adapters={}), bench)
    return judged


def _wanted(
    listed: Recommendations, places: Sequence[int], points: Sequence[JudgedPoint]
) -> frozenset[tuple[CellKey, str]]:
    """The cells and sources on which a hull has to decide."""
    pairs = {(one.codec, place, one.source) for one, place in zip(listed.items, places, strict=True) if one.source}
    return frozenset(
        (cell_key(codec, cell), source) for codec, place, source in pairs for cell in content_dependent(points[place])
    )


def _hulls(wanted: frozenset[tuple[CellKey, str]], evidence: Evidence) -> Hulls:
    """Where each wanted row stands in its slice, by the sample that serves its codec."""
    found: dict[tuple[CellKey, str], HullPlace] = {}
    for sample in evidence.opened if wanted else ():
        served = {codec for codec, known in evidence.by_codec.items() if known.sample == sample.digest}
        found |= hull_places(sample.sweep, [pair for pair in wanted if pair[0].codec in served])
    return found


def _unguarded(court: Ground) -> tuple[str, ...]:
    if court.trust is not None:
        return ()
    return ("no repository here: no policy or waiver of a target branch applies (give --repo)",)
