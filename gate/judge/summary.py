"""What a check counts beside its verdicts: changes and points, waivers used or expired, what could not be read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from gate.adapters.model import Adapter, Defaults, Raised
from gate.judge.model import (
    Action,
    Counts,
    JudgedChange,
    JudgedPoint,
    RaisesPart,
    UnresolvedPart,
    WaiverInfo,
)
from gate.model import Unresolved
from gate.policy.rules import Exemption
from gate.policy.schema import Policy


def unresolved(base: Defaults, head: Defaults, policy: Policy) -> Iterable[UnresolvedPart]:
    """What of head can't be read; where nothing that it hangs on differs from base, it is only listed."""
    for part in head.unresolved:
        yield _part(part, "", _same(base, head, frozenset(head.files)), policy)
    for key, adapter in head.adapters.items():
        for part in adapter.unresolved:
            yield _part(part, key, _same(base, head, adapter.files or frozenset(head.files)), policy)


def _same(base: Defaults, head: Defaults, files: frozenset[str]) -> bool:
    return all(base.files.get(path) == head.files.get(path) for path in files | base.files.keys() - head.files.keys())


def _part(part: Unresolved, key: str, same: bool, policy: Policy) -> UnresolvedPart:
    return UnresolvedPart(
        adapter=part.adapter or key,
        preset=part.preset,
        path=part.where.path,
        line=part.where.line,
        reason=part.reason,
        action="listed" if same else policy.unresolved,
    )


def counts(
    base: Defaults, head: Defaults, judged: Sequence[JudgedChange], unresolved: Sequence[UnresolvedPart]
) -> Counts:
    """How many of what the report holds."""
    points = [point for change in judged for point in change.points]
    return Counts(
        adapters=len(head.adapters),
        gone=sum(_emits_less(before, head.adapters.get(key)) for key, before in base.adapters.items()),
        changes=len(judged),
        points=len(points),
        failing=sum(point.action is Action.FAIL for point in points),
        warned=sum(point.action is Action.WARN for point in points),
        not_judged=sum(point.not_judged for point in points) + sum(part.action == "warn" for part in unresolved),
        waived=sum(any(True for _ in _waivers(point)) for point in points),
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
        before = {(part.preset, part.exception) for part in _raised(base.adapters.get(key))}
        grouped: dict[tuple[str, str, int, str], list[str]] = {}
        for part in adapter.raised:
            if (part.preset, part.exception) not in before:
                where = (part.exception, part.where.path, part.where.line, part.message)
                grouped.setdefault(where, []).append(part.preset)
        for (exception, path, line, message), presets in grouped.items():
            yield RaisesPart(
                adapter=key, presets=tuple(presets), path=path, line=line, exception=exception, message=message
            )


def _raised(adapter: Adapter | None) -> Iterable[Raised]:
    return adapter.raised if adapter else ()


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
