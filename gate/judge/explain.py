"""What `gate explain` does: one cell by its name, or every deciding cell of what changes at a file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path

from gate import git
from gate.encoders.values import label_number
from gate.errors import UsageError
from gate.evidence.model import CellKey, CodecEvidence
from gate.judge import check
from gate.judge.actions import Case, judge_point
from gate.judge.evidence import gather
from gate.judge.explain_model import EXPLAIN_SCHEMA, ExplainedCell, Explanation
from gate.judge.judged_by import SampleInfo, WaiverInfo
from gate.judge.model import JudgedChange, JudgedPoint, Report, reached
from gate.judge.points import Judge
from gate.judge.refs import open_tree
from gate.judge.summary import waiver_info
from gate.judge.trust import in_force, trust_ref
from gate.model import OperatingPoint

BARE = "bare"
_LISTED = 12  # names that an error lists


# --- one cell by name -----------------------------------------------------------------------------------------------


def explain_cell(
    wanted: CellKey,
    *,
    repo: Path | None = None,
    trust: str | None = None,
    policy: Path | None = None,
    sample: Path | None = None,
    as_of: dt.date,
) -> Explanation:
    """One cell, and what the policy would do with a new default there on the day (UTC) `as_of`.

    Policy and samples are those of the ref `trust` of `repo`, None for the folder at hand where that is a repository;
    a file that is given stands in their place.

    Raises:
        UsageError: no such codec, rate control, recipe, preset, quality or cell; with what there is.
        GateError: the policy or a sample can't be read.
    """
    trusted = trust_ref(repo, trust)
    loaded = in_force(trusted.tree, given=policy)
    # Explaining decides nothing, so that any sample may be looked at, also one that the policy doesn't list.
    evidence = gather(loaded.policy, trusted.tree, sample, pinned=False, as_of=as_of)
    key, known = _found(wanted, evidence.by_codec)
    point, waivers = _judged(key, known, Judge.by(loaded.policy, evidence, as_of))
    cell = ExplainedCell(
        codec=key.codec,
        knobs=dict(known.recipes[key.recipe]),
        judged=point.cells[0],
        point_verdict=point.verdict,
        rules=point.rules,
        detail=known.details.of([key])[0],
        sample=_sample(key.codec, evidence.samples),
        adapter="",
        path="",
        line=0,
    )
    return Explanation(
        schema=EXPLAIN_SCHEMA,
        path="",
        changes=0,
        as_of=as_of.isoformat(),
        trust=trusted.trust,
        policy=check.policy_info(loaded),
        waivers=waivers,
        cells=(cell,),
        slices=known.details.slices([key]),
        notices=(*trusted.notices, *evidence.shown({key.codec})[1]),
    )


def _found(wanted: CellKey, by_codec: Mapping[str, CodecEvidence]) -> tuple[CellKey, CodecEvidence]:
    """The cell's key and its codec's evidence; an error that says what there is where one part names nothing."""
    _must_be(wanted.codec, by_codec, "codec", "the evidence")
    known = by_codec[wanted.codec]
    _must_be(wanted.rc_mode, known.rc_modes, "rate control", wanted.codec)
    _must_be(wanted.recipe, [name for name in known.recipes if name != BARE], "recipe", wanted.codec)
    _must_be(wanted.preset, known.presets, "preset", wanted.codec)
    _must_be(wanted.q, known.qualities[wanted.rc_mode], "quality", f"{wanted.codec} {wanted.rc_mode}")
    if wanted not in known.cells:
        what = f"the sample has no row of {wanted.recipe} at {wanted.preset}, q={wanted.q} under {wanted.rc_mode}"
        raise UsageError(what, where=wanted.codec, fix="other cells of this recipe may have some")
    return wanted, known


def _must_be(name: str, known: Iterable[str], noun: str, owner: str) -> None:
    names = list(known)
    if name in names:
        return
    nearest = _nearest_number(name, names) or get_close_matches(name, names, n=1, cutoff=0.5)
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    listed = f"known are {', '.join(names[:_LISTED])}{more}"
    what = "bare is what every recipe is compared with" if name == BARE else f"{owner} has no {noun} {name!r}"
    raise UsageError(f"{what}; {listed}", fix=f"did you mean {nearest[0]}?" if nearest else "")


def _nearest_number(name: str, names: Iterable[str]) -> list[str]:
    """The name whose number is nearest, where all of them are numbers: 27 is nearer to 28 than to 17."""
    asked, numbers = label_number(name), {known: label_number(known) for known in names}
    if asked is None:
        return []
    apart = {known: abs(at - asked) for known, at in numbers.items() if at is not None}
    return [min(apart, key=apart.__getitem__)] if apart else []


def _judged(key: CellKey, known: CodecEvidence, judge: Judge) -> tuple[JudgedPoint, tuple[WaiverInfo, ...]]:
    """The cell as the one new thing that a default reaches, by the judge that a check has."""
    knobs, place = known.recipes[key.recipe], key.place(None)
    matching = {rule: frozenset(rule.scope.within(place)) for rule in judge.blockers if rule.matches(key.codec, knobs)}
    case = Case(
        point=OperatingPoint(codec=key.codec, rc_mode=key.rc_mode, preset=key.preset, q=key.q, knobs=knobs),
        adapter_presets=(),
        condition="",
        recipe=key.recipe,
        cells=(reached(known.cells[key], contained=False, stands_for=None, new=True),),
        rule_places={rule: places for rule, places in matching.items() if places},
        recipe_knobs=known.recipes,
        unplaced="",
        new=True,
    )
    point = judge_point(case, judge.policy, judge.waivers)
    change = JudgedChange(codec=key.codec, adapter="", path="", line=0, kind="", before="", after="", points=(point,))
    return point, tuple(waiver_info(waiver, [change]) for waiver in judge.waivers)


def _sample(codec: str, samples: Iterable[SampleInfo]) -> SampleInfo:
    return next(sample for sample in samples if codec in sample.codecs)


# --- what a file proposes -------------------------------------------------------------------------------------------


def explain_change(path: str, request: check.Request) -> Explanation:
    """Every deciding cell of what changes at an adapter file, as a check would judge it.

    Args:
        path: from the repository's root, or of a file of its work tree.

    Raises:
        UsageError: head has no such file, or it lies outside the repository.
        GateError: the gate could not judge; what, where and what to do.
    """
    repo = git.open_repository(request.repo)
    place = _from_root(path, repo)
    report = check.check(request)
    changes = [change for change in report.changes if change.path == place]
    if not changes and open_tree(repo, request.head).read(place) is None:
        elsewhere = ", ".join(dict.fromkeys(change.path for change in report.changes))
        fix = f"defaults change in {elsewhere}" if elsewhere else "no default changed at all"
        raise UsageError("no such file in head", where=place, fix=fix)
    cells = tuple(cell for change in changes for cell in _explained(change, report))
    planes = {(cell.codec, cell.judged.key.rc_mode) for cell in cells}
    return Explanation(
        schema=EXPLAIN_SCHEMA,
        path=place,
        changes=len(changes),
        as_of=report.as_of,
        trust=report.trust,
        policy=report.policy,
        waivers=report.waivers,
        cells=cells,
        slices=tuple(plane for plane in report.slices if (plane.codec, plane.rc_mode) in planes),
        notices=report.notices,
    )


def _from_root(path: str, repo: git.Repository) -> str:
    place = Path(path)
    if not place.exists():
        return path
    resolved, top = place.resolve(), repo.top.resolve()
    if not resolved.is_relative_to(top) and place.is_absolute():
        raise UsageError("lies outside the repository", where=path, fix="name a file of its work tree")
    return resolved.relative_to(top).as_posix() if resolved.is_relative_to(top) else path


def _explained(change: JudgedChange, report: Report) -> Iterable[ExplainedCell]:
    for row in change.shown:
        if row.detail is not None:
            point = next(point for point in change.points if row.judged in point.cells)
            yield ExplainedCell(
                codec=change.codec,
                knobs=point.knobs,
                judged=row.judged,
                point_verdict=point.verdict,
                rules=point.rules,
                detail=row.detail,
                sample=_sample(change.codec, report.samples),
                adapter=change.adapter,
                path=change.path,
                line=change.line,
            )
