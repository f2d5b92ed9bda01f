"""The waiver that would let a failing change ship, as YAML to paste into the policy; what people must decide is left
empty, so that the policy is refused until they have."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

from gate.verdict import Action, JudgedChange, JudgedPoint

_LONGEST = 1000  # characters; what is cut couldn't be pasted, and no real knob set comes near
_TO_FILL = (
    "    reason:   # why this loss may ship",
    "    owner:    # who answers for it",
    "    expires:  # YYYY-MM-DD, the first day (UTC) on which it no longer counts",
)


def waiver_lines(change: JudgedChange) -> tuple[str, ...]:
    """The `waivers:` part of a policy, an entry per knob set that fails; empty where nothing can be waived so."""
    failing: dict[tuple[tuple[str, str], ...], list[JudgedPoint]] = {}
    for point in change.points:
        if point.action is Action.FAIL and point.knobs:
            failing.setdefault(tuple(point.knobs.items()), []).append(point)
    entries = [line for points in failing.values() for line in _entry(change.codec, points)]
    if not entries or max(map(len, entries)) > _LONGEST:
        return ()
    return ("waivers:", *entries)


def _entry(codec: str, points: list[JudgedPoint]) -> Iterator[str]:
    yield f"  - codec: {_text(codec)}"
    yield f"    knobs: {{{_pairs(points[0].knobs)}}}"
    presets = _presets(points)
    if presets:
        yield f"    preset: [{', '.join(map(_text, presets))}]"
    yield from _TO_FILL


def _presets(points: Iterable[JudgedPoint]) -> tuple[str, ...]:
    """The presets that the waiver must name: the asked ones, and those that stood in. None where that isn't known."""
    named: dict[str, None] = {}
    for point in points:
        if not point.preset or not point.cells:
            return ()
        named |= dict.fromkeys([point.preset, *(cell.preset for cell in point.cells)])
    return tuple(named)


def _pairs(knobs: Mapping[str, str]) -> str:
    return ", ".join(f"{_text(name)}: {_text(value)}" for name, value in knobs.items())


def _text(text: str) -> str:
    return json.dumps(text)  # a JSON string is a YAML string, and escapes all that isn't ASCII
