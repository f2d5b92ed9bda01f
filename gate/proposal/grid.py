"""Neighbours on a measured grid: presets by their order, qualities by difference, bitrates by logarithm (design 5)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache

from gate.proposal.ffmpeg import family_of
from gate.proposal.ffmpeg.values import label_number


class OffGrid(StrEnum):
    """What stands in for a preset or a quality between two measured ones."""

    NEAREST = "nearest"  # the nearer one, both on a tie
    BRACKET = "bracket"  # the one below and the one above
    EXACT = "exact"  # nothing


Closer = Callable[[Fraction, Fraction, Fraction], Fraction]
"""(below, asked, above) -> negative where `below` is nearer to `asked`, positive where `above` is, zero on a tie."""


def by_difference(below: Fraction, asked: Fraction, above: Fraction) -> Fraction:
    """Nearer by difference."""
    return (asked - below) - (above - asked)


def by_logarithm(below: Fraction, asked: Fraction, above: Fraction) -> Fraction:
    """Nearer by ratio, in exact arithmetic: log(asked/below) against log(above/asked)."""
    return asked * asked - below * above


def neighbours(asked: Fraction, measured: Mapping[str, Fraction], off_grid: OffGrid, closer: Closer) -> frozenset[str]:
    """The labels that stand in for `asked`: those at its very place, else by `off_grid`; none outside the range."""
    below = max((at for at in measured.values() if at <= asked), default=None)
    above = min((at for at in measured.values() if at >= asked), default=None)
    if below is None or above is None:
        return frozenset()
    return _labels(measured, _places(below, asked, above, off_grid, closer))


def _places(
    below: Fraction, asked: Fraction, above: Fraction, off_grid: OffGrid, closer: Closer
) -> tuple[Fraction, ...]:
    if below == above:
        return (asked,)
    if off_grid is OffGrid.EXACT:
        return ()
    tilt = closer(below, asked, above)
    if off_grid is OffGrid.BRACKET or tilt == 0:
        return below, above
    return (below,) if tilt < 0 else (above,)


def _labels(measured: Mapping[str, Fraction], places: Collection[Fraction]) -> frozenset[str]:
    return frozenset(label for label, at in measured.items() if at in places)


def presets_for(codec: str, asked: str, measured: Collection[str], off_grid: OffGrid) -> frozenset[str]:
    """The measured presets that stand in for `asked`, by the order of the codec's family.

    No preset is the encoder's default one, where the tables know that. A preset that the family doesn't rank has no
    neighbours: it is measured under its own name or not at all.
    """
    family = family_of(codec)
    asked = asked or family.default_preset
    place = family.presets.get(asked)
    if place is None:
        return frozenset({asked} & set(measured))
    ranked = {label: rank for label in measured if (rank := _rank(codec, label)) is not None}
    return neighbours(Fraction(place), ranked, off_grid, by_difference)


@lru_cache(maxsize=4096)
def _rank(codec: str, label: str) -> Fraction | None:
    family = family_of(codec)
    spelt = family.option(family.preset).canonical(label)
    rank = family.presets.get(spelt or label)
    return None if rank is None else Fraction(rank)


def qualities_for(asked: str, measured: Collection[str], off_grid: OffGrid, *, closer: Closer) -> frozenset[str]:
    """The measured q labels that stand in for `asked`; a label without a number stands only for itself."""
    if asked in measured:
        return frozenset({asked})
    place = label_number(asked)
    if place is None:
        return frozenset()
    numbers = {label: at for label in measured if (at := label_number(label)) is not None}
    return neighbours(place, numbers, off_grid, closer)
