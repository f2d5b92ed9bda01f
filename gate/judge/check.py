"""What `gate check` does: adapters of base and head, evidence and policy to one report; its edits made (`--fix`)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from functools import partial
from pathlib import Path

from gate import git
from gate.adapters.changes import changed_files, changes, of_preset, renamed, standing, with_old_names
from gate.adapters.model import Defaults
from gate.documents import Held
from gate.errors import AdapterError, UsageError
from gate.evidence.model import Provenance
from gate.judge.beyond import dead_selectors, unread_files
from gate.judge.beyond import notices as beside
from gate.judge.deciding import details, quiet_details, slices, with_caveats, with_rows
from gate.judge.edits import Edit, applied
from gate.judge.evidence import Evidence, gather
from gate.judge.judged_by import PolicyInfo, TolerancesInfo, Trust
from gate.judge.model import SCHEMA, Action, Conclusion, JudgedChange, Report, Suggestion, UnresolvedPart
from gate.judge.points import Judge, judge_changes
from gate.judge.refs import Refs, resolve_refs
from gate.judge.summary import counts, raises, unresolved, waiver_info
from gate.judge.trust import emitted, in_force
from gate.model import Location
from gate.policy.load import POLICY_PATH, LoadedPolicy
from gate.policy.rules import Exemption
from gate.policy.schema import Policy
from gate.tree import Tree
from gate.values import dataclass, replace

_ROUNDS = 20  # of edits: one may uncover the next change


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is to be judged. A ref of None takes its documented default; head None is the work tree."""

    repo: Path
    base: str | None
    head: str | None
    trust: str | None
    judge_all: bool
    policy: Path | Held | None
    sample: Path | Held | None
    adapters: tuple[str, ...]
    reader: str | None
    as_of: dt.date


def check(request: Request) -> Report:
    """Judge what head's adapters newly emit. GateError: the gate could not judge; what, where and what to do."""
    repo = git.open_repository(request.repo)
    return check_trees(resolve_refs(repo, base=request.base, head=request.head, trust=request.trust), request)


def check_trees(refs: Refs, request: Request) -> Report:
    """`check` over trees that are at hand already, whatever they are read from.

    Raises: GateError: the gate could not judge; what, where and what to do.
    """
    loaded = in_force(
        refs.trust, binds=refs.trusted, given=request.policy, adapters=request.adapters, reader=request.reader
    )
    policy = loaded.policy
    evidence = gather(policy, refs.trust, request.sample, pinned=loaded.trusted, as_of=request.as_of)
    head = emitted(refs.head, policy)
    base, notices = _base(refs, policy, head)
    names = renamed(base, head)
    base = with_old_names(base, names)
    judged, waivers = _judged(base, head, refs.head, policy, evidence, request)
    open_parts = tuple(unresolved(base, head, policy))
    counted = replace(counts(base, head, judged, open_parts), renamed=len(names))
    unread = unread_files(refs, base, head, policy)
    samples, told = evidence.shown({change.codec for change in judged})
    shown, quiet = details(judged, evidence.by_codec), quiet_details(judged, evidence.by_codec)
    blocked = counted.failing > 0
    real = (sample for sample in samples if sample.provenance is not Provenance.RECONSTRUCTED)
    encoded = {codec for sample in real for codec in sample.codecs}
    return Report(
        schema=SCHEMA,
        conclusion=_conclusion(open_parts, blocked and policy.mode == "enforce"),
        blocked=blocked,
        base=refs.base.name,
        head=refs.head.name,
        trust=Trust(commit=refs.trust.commit, trusted=refs.trusted),
        as_of=request.as_of.isoformat(),
        samples=samples,
        policy=policy_info(loaded),
        changes=with_caveats(with_rows(judged, (*shown, *quiet)), evidence.by_codec, encoded),
        unresolved=open_parts,
        raises=tuple(raises(base, head)),
        unread=unread,
        waivers=tuple(waiver_info(waiver, judged) for waiver in waivers),
        details=shown,
        slices=slices(shown, evidence.by_codec),
        notices=(
            *_edits(refs, loaded),
            *dead_selectors(policy, evidence.by_codec, _codecs(base) | _codecs(head)),
            *beside(judged, base, head, evidence, unread),
            *told,
            *notices,
            *(f"{new} is what {old} was, under another name: not judged" for new, old in names.items()),
            *_removed(base, head),
            *_moved(base, head),
        ),
        counts=counted,
    )


def _base(refs: Refs, policy: Policy, head: Defaults) -> tuple[Defaults, tuple[str, ...]]:
    """Base's adapters. A base that can't be read has no defaults to compare with, so all of head's are new."""
    try:
        return emitted(refs.base, policy, known=head, may_be_empty=True), ()
    except AdapterError as error:
        return Defaults(adapters={}), (f"base can't be read, so every default counts as new: {error}",)


def _judged(
    base: Defaults, head: Defaults, tree: Tree, policy: Policy, evidence: Evidence, request: Request
) -> tuple[tuple[JudgedChange, ...], tuple[Exemption, ...]]:
    judge = Judge.by(policy, evidence, request.as_of)
    found = changes(base, head, changed_files(base.files, head.files))
    if request.judge_all:
        found += standing(base, head)
        base = Defaults(adapters={})
    judged = judge_changes(found, base, judge)
    if any(change.action is Action.FAIL for change in judged):
        from gate.judge.suggest import Compared, with_suggestions  # noqa: PLC0415 - start-up: only what fails needs it

        read = partial(
            emitted, policy=policy, known=base
        )  # an edit that takes a line back mostly gives base's very files
        judged = with_suggestions(
            judged, Compared(base=base, head=head, tree=tree, read=read, found=found, judge=judge)
        )
    return judged, judge.waivers


def _conclusion(open_parts: Sequence[UnresolvedPart], fails: bool) -> Conclusion:
    if any(part.action == "error" for part in open_parts):
        return Conclusion.ERROR
    return Conclusion.FAILURE if fails else Conclusion.SUCCESS


def policy_info(loaded: LoadedPolicy) -> PolicyInfo:
    """The policy as reports show it."""
    policy = loaded.policy
    own = {"where": loaded.where, "digest": loaded.digest, "structural": str(policy.structural),
           "tolerances": TolerancesInfo(**policy.tolerances.model_dump())}  # fmt: skip
    return PolicyInfo(**{field.name: getattr(policy, field.name) for field in fields(PolicyInfo)
                         if field.name not in own} | own)  # fmt: skip


def _edits(refs: Refs, loaded: LoadedPolicy) -> Iterable[str]:
    """What the change edits of the things that judge it: said, and without effect on this very check."""
    watched = [POLICY_PATH, *(sample.path for sample in loaded.policy.samples if sample.path)]
    for path in watched:
        if refs.base.read(path) != refs.head.read(path):
            there = f"{path} of the trust ref, {refs.trust.name[:12]}"
            yield f"this change edits {path}; it was judged by {there if refs.trust.read(path) else loaded.where}"


def _codecs(defaults: Defaults) -> set[str]:
    return {point.at.codec for adapter in defaults.adapters.values() for point in adapter.points}


def _removed(base: Defaults, head: Defaults) -> Iterable[str]:
    if any(not part.adapter for part in head.unresolved):
        return  # what can't be read may well be registered
    for key in sorted(base.adapters.keys() - head.adapters.keys()):
        yield f"adapter {key} is no longer registered"


def _moved(base: Defaults, head: Defaults) -> Iterable[str]:
    """Presets that came to a point which another preset of the adapter had."""
    for key, adapter in head.adapters.items():
        before = base.adapters.get(key)
        if before is None or before.points == adapter.points:
            continue
        for preset in dict.fromkeys(point.adapter_preset for point in adapter.points):
            now, was = ({one.at for one in of_preset(side, preset)} for side in (adapter, before))
            others = (one.adapter_preset for one in before.points if one.at in now - was)
            other = next((name for name in others if name != preset), None)
            if other is not None:
                yield f"{key}: preset {preset} comes to what {other} was"


def fixed(report: Report, request: Request, *, told: Callable[[str], None]) -> Report:
    """The report after every edit that it offers was made and judged again; `told` hears of each edit.

    Raises: UsageError: there is no work tree, or a file isn't as it was judged, or lies elsewhere.
    """
    top = git.open_repository(request.repo).top
    for _ in range(_ROUNDS):
        offered = dict.fromkeys(c.suggestion for c in report.changes if c.suggestion and c.suggestion.before_lines)
        by_file: dict[str, list[Suggestion]] = {}
        for one in sorted(offered, key=lambda one: -one.line):  # from the end on, so that no line moves under the next
            last = by_file.setdefault(one.path, [])
            if not last or one.line + len(one.before_lines) <= last[-1].line:
                last.append(one)
        if not by_file:
            break
        for path, edits in by_file.items():
            _edit(top, path, edits)
            for one in reversed(edits):
                told(f"edited {path}:{one.line}")
        report = check(request)
    return report


def _edit(top: Path, path: str, edits: list[Suggestion]) -> None:
    place = top / path
    if place.resolve() != top.resolve() / path or not place.is_file():
        raise UsageError("is no regular file of the work tree", where=path, fix="make the edit by hand")
    contents = place.read_bytes()
    for one in edits:
        there = contents.decode().split("\n")[one.line - 1 : one.line - 1 + len(one.before_lines)]
        if tuple(there) != one.before_lines:
            raise UsageError("has changed since it was judged", where=f"{path}:{one.line}", fix="run it again")
        where = Location(path=path, line=one.line)
        contents = applied(contents, Edit(where=where, before=one.before_lines, after=one.after_lines))
    place.write_bytes(contents)
