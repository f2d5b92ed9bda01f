"""Which recipes of a sample's catalogue a point's knobs are, or contain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gate.model import Knobs


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What a catalogue knows of a knob set, in the catalogue's order.

    `exact` are all names of just these knobs; `contained` are the other recipes inside them, which speak only where
    nothing was measured of `exact`: a combination that was measured as such needs no guess from its parts.
    """

    exact: tuple[str, ...]
    contained: tuple[str, ...]


def match(knobs: Knobs, catalogue: Mapping[str, Knobs]) -> Match:
    """Every recipe that `knobs` are, and every other that they contain. Both sides are canonical."""
    exact = tuple(name for name, recipe in catalogue.items() if recipe == knobs)
    contained = tuple(name for name, recipe in catalogue.items() if recipe != knobs and contains(knobs, recipe))
    return Match(exact=exact, contained=contained)


def contains(knobs: Knobs, recipe: Knobs) -> bool:
    """Whether every knob of `recipe` is in `knobs`, at the same value. Nothing contains the bare recipe."""
    return bool(recipe) and set(recipe) <= set(knobs)
