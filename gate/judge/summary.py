"""What a check counts beside its verdicts: changes and points, waivers used or expired, what could not be read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from gate.adapters.model import Adapter, Defaults
from gate.judge.judged_by import WaiverInfo
from gate.judge.model import Action, Counts, JudgedChange, JudgedPoint, RaisesPart, UnreadAction, UnresolvedPart
from gate.model import Unresolved
from gate.policy.rules import Exemption
from gate.policy.schema import Policy


def unresolved(base: Defaults, head: Defaults, policy: Policy) -> Iterable[UnresolvedPart]:
    """What of head can't be read, a line per cause; where base has all that it hangs on alike, it is only listed."""
    causes: dict[tuple[str, UnreadAction, str], list[Unresolved]] = {}
    parts = [("", part) for part in _foreign(base, head)] + [("", part) for part in head.unresolved]
    parts += [(key, part) for key, adapter in head.adapters.items() for part in adapter.unresolved]
    for key, part in parts:
        known = _same(base, head, key, part)
        action: UnreadAction = "listed" if known else policy.unresolved
        cause = (part.adapter or key, action, _QUOTED.sub("", part.reason))
        causes.setdefault(cause, []).append(part)
    for (adapter, action, _), alike in causes.items():
        presets = tuple(dict.fromkeys(part.preset for part in alike if part.preset))
        yield UnresolvedPart(
            adapter=adapter,
            presets=presets,
            path=alike[0].where.path,
            line=alike[0].where.line,
            reason=_in_one([part.reason for part in alike]),
            action=action,
        )


_QUOTED = re.compile(r"'[^']*'")


def _in_one(reasons: Sequence[str]) -> str:
    """Reasons that differ only in what they quote, as one that quotes it all."""
    quoted = [", ".join(dict.fromkeys(found)) for found in zip(*map(_QUOTED.findall, reasons), strict=True)]
    return _QUOTED.sub(lambda _: quoted.pop(0), reasons[0])


def _same_argv(base: Defaults, head: Defaults, key: str, part: Unresolved) -> bool:
    """Whether the argv that can't be read was computed on both sides, and is the same."""
    argvs = [
        {(adapter.encoder, emission.said) for emission in adapter.emissions if emission.preset == part.preset}
        for tree in (base, head)
        if (adapter := tree.adapters.get(key)) is not None
    ]
    return len(argvs) == 2 and bool(argvs[0]) and argvs[0] == argvs[1]


def _foreign(base: Defaults, head: Defaults) -> Iterable[Unresolved]:
    """Modules of other projects that head's adapters import, and base's didn't."""
    for name in sorted(head.foreign.keys() - base.foreign.keys()):
        reason = f"imports {name}, which base doesn't and the gate doesn't know: it may do anything to the package"
        yield Unresolved(reason=reason, where=head.foreign[name])


def _same(base: Defaults, head: Defaults, key: str, part: Unresolved) -> bool:
    """Whether what can't be read is what base had: by all that reading it consulted, or by what it emits."""
    after, before = head.adapters.get(key), base.adapters.get(key)
    if after is None:
        return dict(base.files) == dict(head.files)
    if after.definitions:
        return before is not None and bool(before.unresolved) and before.definitions == after.definitions
    return _same_argv(base, head, key, part)


def counts(
    base: Defaults, head: Defaults, judged: Sequence[JudgedChange], unresolved: Sequence[UnresolvedPart]
) -> Counts:
    """How many of what the report holds."""
    unread = sum(part.action == "warn" for part in unresolved)
    known = not any(not part.adapter for part in head.unresolved)  # else what is missing may well be registered
    return Counts(
        adapters=len(head.adapters),
        gone=sum(_emits_less(old, head.adapters.get(key)) for key, old in base.adapters.items()) if known else 0,
        changes=len(judged),
        points=sum(len(change.points) for change in judged),
        failing=sum(change.action is Action.FAIL for change in judged),
        warned=sum(change.action is Action.WARN for change in judged),
        not_judged=sum(change.not_judged for change in judged) + unread,
        waived=sum(any(any(True for _ in _waivers(point)) for point in change.points) for change in judged),
        unresolved=len(unresolved),
    )


def _emits_less(before: Adapter, after: Adapter | None) -> bool:
    """Whether an adapter is gone, or emits nothing any more for a preset that it emitted for."""
    if after is None:
        return True
    return not after.unresolved and not _emitting(before) <= _emitting(after)


def _emitting(adapter: Adapter) -> set[str]:
    return {emission.preset for emission in adapter.emissions if not emission.condition}


def raises(base: Defaults, head: Defaults) -> Iterable[RaisesPart]:
    """Methods that newly raise by design, each exception and line once."""
    for key, adapter in head.adapters.items():
        before = {(part.preset, part.exception) for part in (base.adapters[key].raised if key in base.adapters else ())}
        grouped: dict[tuple[str, str, int, str], list[str]] = {}
        for part in adapter.raised:
            if (part.preset, part.exception) not in before:
                where = (part.exception, part.where.path, part.where.line, part.message)
                grouped.setdefault(where, []).append(part.preset)
        for (exception, path, line, message), presets in grouped.items():
            yield RaisesPart(
                adapter=key, presets=tuple(presets), path=path, line=line, exception=exception, message=message
            )


def waiver_info(waiver: Exemption, judged: Sequence[JudgedChange]) -> WaiverInfo:
    """One waiver of the policy, and whether it counted."""
    return WaiverInfo(
        codec=waiver.codec,
        recipe=waiver.label,
        scope=str(waiver.scope),
        reason=waiver.reason,
        owner=waiver.owner,
        expires=waiver.expires.isoformat(),
        status=_status(waiver, {index for change in judged for point in change.points for index in _waivers(point)}),
    )


def _status(waiver: Exemption, used: set[int]) -> Literal["used", "unused", "expired"]:
    if waiver.expired:
        return "expired"
    return "used" if waiver.index in used else "unused"


def _waivers(point: JudgedPoint) -> Iterator[int]:
    found = (point.waiver, *(cell.waiver for cell in point.cells), *(rule.waiver for rule in point.rules))
    return (index for index in found if index is not None)
