"""Δ bars of block characters around a zero, for text and Markdown: losses to the left, gains to the right."""

from __future__ import annotations

from collections.abc import Iterable

from gate.values import dataclass

_AXIS = "│"
_LEAST = 1e-6  # VMAF: of smaller reach than this, a scale would say nothing
_FULL, _LEFT_HALF, _RIGHT_HALF = "█", "▌", "▐"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How many half characters a VMAF point takes, and how many characters lie left and right of the zero."""

    halves: float
    left: int
    right: int

    @property
    def width(self) -> int:
        """Characters of a bar, the axis included."""
        return self.left + 1 + self.right


def scale(values: Iterable[float | None], width: int) -> Scale:
    """A scale on which all of `values` (VMAF) fit in `width` characters, with one left and right of zero at least."""
    known = [value for value in values if value is not None]
    low, high = -min([0.0, *known]), max([0.0, *known])
    room = width - 1
    span = low + high
    left = min(room - 1, max(1, round(room * low / span))) if span else room // 2
    right = room - left
    fits = [2 * side / max(reach, _LEAST) for side, reach in ((left, low), (right, high)) if reach > 0]
    return Scale(halves=min(fits, default=0.0), left=left, right=right)


def bar(value: float | None, on: Scale) -> str:
    """One bar, padded to the scale's width; whatever isn't zero shows as half a character at least."""
    if value is None:
        return " " * on.left + _AXIS + " " * on.right
    halves = max(1, round(abs(value) * on.halves)) if value else 0
    blocks = _FULL * (halves // 2)
    if value < 0:
        return (_RIGHT_HALF * (halves % 2) + blocks).rjust(on.left) + _AXIS + " " * on.right
    return " " * on.left + _AXIS + (blocks + _LEFT_HALF * (halves % 2)).ljust(on.right)
