"""What becomes of each recommendation: its point's verdict, the hull of its source where that decides, and waivers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from gate.account import waiver_info
from gate.evidence import Evidence
from gate.judging import Bench
from gate.model import CellKey, CellVerdict, OperatingPoint, Place, StandsFor
from gate.policy.rules import Exemption
from gate.sweep.dominance import HullPlace
from gate.sweep.recommendations import Recommendation
from gate.verdict import Action, JudgedCell, JudgedChange, JudgedPoint, WaiverInfo, cell_key
from gate.vetted import LOSES, OnSource, VetCounts, Vetted

Hulls = Mapping[tuple[CellKey, str], HullPlace]
"""(cell, source) -> where its row stands in its slice."""


def content_dependent(point: JudgedPoint) -> list[JudgedCell]:
    """Its own cells on which the source decides."""
    return [cell for cell in point.cells if not cell.contained and cell.verdict is CellVerdict.CONTENT_DEPENDENT]


def vetted(
    one: Recommendation, place: int, at: OperatingPoint, judged: JudgedPoint, hulls: Hulls, bench: Bench
) -> Vetted:
    """What becomes of one recommendation; `at` is its point, `place` its index, `judged` its verdict."""
    cells = content_dependent(judged)
    stands = [hulls.get((cell_key(one.codec, cell), one.source)) for cell in cells]
    beaten = next((there for there in stands if there is not None and there.beaten_by is not None), None)
    on_source = _on_source(one, stands)
    fails = judged.action is Action.FAIL
    waiver = judged.waiver
    if on_source is OnSource.LOSES and not fails and waiver is None:
        waiver = _waived(at, cells, bench)
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


def _waived(at: OperatingPoint, cells: Sequence[JudgedCell], bench: Bench) -> int | None:
    """The first live waiver that names the recipe, or the knobs, at every cell that is content-dependent."""
    recipes = bench.evidence[at.codec].recipes
    places = [(recipes[cell.recipe], _asked(cell)) for cell in cells]
    for waiver in bench.waivers:
        names_it = waiver.codec == at.codec and all(waiver.knobs in (knobs, at.knobs) for knobs, _ in places)
        if names_it and not waiver.expired and all(waiver.scope.covers(place) for _, place in places):
            return waiver.index
    return None


def _asked(cell: JudgedCell) -> Place:
    asked = cell.stands_for or StandsFor(preset=cell.preset, q=cell.q)
    return Place(rc_mode=cell.rc_mode, preset=asked.preset, q=asked.q)


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
