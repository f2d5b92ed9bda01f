"""Another quality than the default: which ones to try, and whether no more than the quality differs in what comes."""

from __future__ import annotations

import re
from collections.abc import Sequence

_NUMBER = re.compile(r"(\d+(?:\.\d+)?)")


def neighbours(default: object, limits: Sequence[object]) -> tuple[int | float, ...]:
    """The qualities one above and one below `default` that lie within `limits` (low, high), if these are two numbers.

    Empty where `default` isn't a number.
    """
    if isinstance(default, bool) or not isinstance(default, int | float):
        return ()
    low, high = limits if len(limits) == 2 else (None, None)
    if not isinstance(low, int | float) or not isinstance(high, int | float):
        return (default + 1, default - 1)
    return tuple(quality for quality in (default + 1, default - 1) if low <= quality <= high)


def alike(one: Sequence[str], other: Sequence[str], qualities: tuple[object, object], knob: str) -> bool:
    """Whether two command lines differ in nothing but the two `qualities` that they were made for.

    A word may differ where it follows the option of the quality, `knob`, or where each number in it that differs is
    one quality here and the other there.
    """
    option = f"-{knob}".partition(":")[0]
    before = ("", *one)
    return len(one) == len(other) and all(
        here == there or (knob and option == after.partition(":")[0]) or _carries(here, there, qualities)
        for after, here, there in zip(before, one, other, strict=False)
    )


def _carries(one: str, other: str, qualities: tuple[object, object]) -> bool:
    here, there = _NUMBER.split(one), _NUMBER.split(other)
    wanted = tuple(abs(float(str(quality))) for quality in qualities)
    return len(here) == len(there) and all(
        x == y or (place % 2 == 1 and (float(x), float(y)) == wanted)
        for place, (x, y) in enumerate(zip(here, there, strict=True))
    )
