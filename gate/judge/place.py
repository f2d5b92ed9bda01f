"""Which measured cells stand for a point: its recipes, its reach, and neighbours on the grid (p5 judged at p4)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Mapping
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache, partial
from math import ceil, floor

from gate.encoders import RATE_MODES, family_of
from gate.encoders.values import label_number
from gate.evidence.model import CellKey, CellVerdict, CodecEvidence
from gate.model import ALL_QUALITIES, Coordinates, Knobs, OperatingPoint, Qualities, StandsFor
from gate.values import dataclass, replace


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


@dataclass(frozen=True, slots=True)
class _Scale:
    """Places in ascending order, roughly and exactly, and the labels at each."""

    rough: tuple[float, ...]
    at: tuple[Fraction, ...]
    labels: tuple[frozenset[str], ...]


def _scale(measured: Mapping[str, Fraction]) -> _Scale:
    places: dict[Fraction, set[str]] = {}
    for label, at in measured.items():
        places.setdefault(at, set()).add(label)
    ascending = tuple(sorted(places))
    return _Scale(tuple(map(float, ascending)), ascending, tuple(frozenset(places[place]) for place in ascending))


def neighbours(asked: Fraction, measured: Mapping[str, Fraction], off_grid: OffGrid, closer: Closer) -> frozenset[str]:
    """The labels that stand in for `asked`: those at its very place, else by `off_grid`; none outside the range."""
    return _stand_ins(asked, _scale(measured), off_grid, closer)


def _stand_ins(asked: Fraction, scale: _Scale, off_grid: OffGrid, closer: Closer) -> frozenset[str]:
    above = bisect_left(scale.rough, float(asked))
    # Rounding keeps the order but for places that come out equal: these are looked at exactly.
    while above < len(scale.at) and scale.rough[above] == float(asked) and scale.at[above] < asked:
        above += 1
    if above < len(scale.at) and scale.at[above] == asked:
        return scale.labels[above]
    if above in {0, len(scale.at)} or off_grid is OffGrid.EXACT:
        return frozenset()
    tilt = closer(scale.at[above - 1], asked, scale.at[above])
    if off_grid is OffGrid.BRACKET or tilt == 0:
        return scale.labels[above - 1] | scale.labels[above]
    return scale.labels[above - 1 if tilt < 0 else above]


Labels = tuple[str, ...] | frozenset[str]


@lru_cache(maxsize=4096)
def presets_for(codec: str, asked: str, measured: Labels, off_grid: OffGrid) -> frozenset[str]:
    """The measured presets that stand in for `asked`, by the order of the codec's family.

    No preset is the encoder's default one, where the tables know that. A preset that the family doesn't rank has no
    neighbours: it is measured under its own name or not at all.
    """
    family = family_of(codec)
    asked = asked or family.default_preset
    place = family.presets.get(asked)
    if place is None:
        return frozenset({asked} & {*measured})
    ranked = {label: at for label in measured if (at := rank(codec, label)) is not None}
    return neighbours(Fraction(place), ranked, off_grid, by_difference)


def rank(codec: str, label: str) -> Fraction | None:
    """Where a preset stands in the order of its encoder's family; None where it ranks none of that name."""
    family = family_of(codec)
    spelt = family.option(family.preset).canonical(label)
    rank = family.presets.get(spelt or label)
    return None if rank is None else Fraction(rank)


# What one point asks it asks again for every recipe and preset that it reaches.
@lru_cache(maxsize=1024)
def qualities_for(asked: str, measured: Labels, off_grid: OffGrid, *, closer: Closer) -> frozenset[str]:
    """The measured q labels that stand in for `asked`; a label without a number stands only for itself."""
    if asked in measured:
        return frozenset({asked})
    place = label_number(asked)
    return frozenset() if place is None else _stand_ins(place, _quality_scale(measured), off_grid, closer)


@lru_cache(maxsize=1024)
def _quality_scale(labels: Labels) -> _Scale:
    return _scale({label: at for label in labels if (at := label_number(label)) is not None})


class Reach(StrEnum):
    """Where a point is judged."""

    ALL = "all"  # at every measured rate control and quality of its codec, recipe and preset
    EMITTED = "emitted"  # at the rate control and quality that the adapter emits


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """A cell that a point reaches, and what it stands for; None where it is just what was asked."""

    key: CellKey
    stands_for: StandsFor | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """The cells of one recipe that a point reaches. Without any, `unmeasured` says why; a point with cells has none."""

    cells: tuple[Placement, ...]
    unmeasured: str = ""


def place(
    at: OperatingPoint,
    recipe: str,
    evidence: CodecEvidence,
    *,
    reach: Reach,
    off_grid: OffGrid,
    qualities: Qualities = ALL_QUALITIES,
) -> Placed:
    """The measured cells of `recipe` that `at` reaches, in the sweep's order of labels, presets and qualities.

    `recipe` is one of the catalogue of the evidence, which is of the point's codec, that its knobs are, or contain.
    `qualities` are where the adapter emits it; they count for the rate controls whose q is that quality.
    """
    labels = _labels(at, evidence, reach)
    if not labels:
        return Placed(cells=(), unmeasured=f"the sample has no rate control that means {at.rc_mode or 'this one'}")
    measured = [key for key in evidence.of_recipe(recipe) if key.rc_mode in labels]
    if not measured:
        return Placed(cells=(), unmeasured=f"the sample has no cell of recipe {recipe} under {', '.join(labels)}")
    cells = [
        cell
        for label in labels
        for cell in _placements(at, label, measured, reach, off_grid)
        if reach is Reach.EMITTED or cell.key.q in _within(at, qualities, label, evidence, off_grid)
    ]
    return Placed(cells=tuple(cells)) if cells else Placed(cells=(), unmeasured=_off_range(at, reach))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One point against the catalogue: cells of its own recipe, of recipes inside it, or why there are none."""

    recipe: str | None
    exact: tuple[Placement, ...]
    contained: tuple[Placement, ...]
    unplaced: str


def read_point(
    at: OperatingPoint,
    evidence: CodecEvidence | None,
    *,
    reach: Reach,
    off_grid: OffGrid,
    qualities: Qualities = ALL_QUALITIES,
) -> Reading:
    """What speaks of a point, with evidence for its codec or without; `qualities` are where an adapter emits it."""
    if not at.knobs:
        return Reading(recipe="bare", exact=(), contained=(), unplaced="")
    if evidence is None:
        return Reading(recipe=None, exact=(), contained=(), unplaced=f"no sample covers {at.codec}")
    exact, contained = match(at.knobs, evidence.recipes)
    put = partial(place, at, evidence=evidence, reach=reach, off_grid=off_grid, qualities=qualities)
    placed = [put(recipe) for recipe in exact]
    cells = tuple(cell for one in placed for cell in one.cells)
    # A recipe that nobody measured knows nothing of itself: what is inside it speaks, as it does where none is exact.
    inside_speaks = all(evidence.cells[cell.key].verdict is CellVerdict.UNMEASURED for cell in cells)
    unplaced = "" if cells else next((one.unmeasured for one in placed), "")
    if not exact:
        inside = f"; they contain {', '.join(contained)}" if contained else ""
        unplaced = f"no measured recipe of {at.codec} has just these knobs{inside}"
    return Reading(
        recipe=exact[0] if exact else None,
        exact=cells,
        contained=tuple(cell for recipe in contained if inside_speaks for cell in put(recipe).cells),
        unplaced=unplaced,
    )


def coordinates(
    at: OperatingPoint, evidence: CodecEvidence | None, *, reach: Reach, off_grid: OffGrid
) -> tuple[Coordinates, ...]:
    """The places that selectors are matched against, with evidence for the codec or without.

    Under `all`, rate control and quality are the user's to choose, so any. Under `emitted` they are the emitted ones:
    the sample's labels for the rate control beside its canonical name, and the quality beside those that stand in.
    """
    presets = _asked_and(at.preset, presets_for(at.codec, at.preset, evidence.presets, off_grid) if evidence else ())
    if reach is Reach.ALL:
        return tuple(Coordinates(rc_mode="", preset=preset, q="") for preset in presets)
    found = {Coordinates(rc_mode=at.rc_mode, preset=preset, q=at.q) for preset in presets}
    for label in _labels(at, evidence, reach) if evidence else ():
        qualities = _asked_and(at.q, _qualities(at, evidence.qualities.get(label, ()) if evidence else (), off_grid))
        found |= {Coordinates(rc_mode=label, preset=preset, q=q) for preset in presets for q in qualities}
    return tuple(sorted(found))


def _asked_and(asked: str, stand_ins: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({asked, *stand_ins}))


def _labels(at: OperatingPoint, evidence: CodecEvidence, reach: Reach) -> tuple[str, ...]:
    if reach is Reach.ALL:
        return tuple(evidence.rc_modes)
    return tuple(label for label, meanings in evidence.rc_modes.items() if at.rc_mode and at.rc_mode in meanings)


def _placements(
    at: OperatingPoint, label: str, measured: Iterable[CellKey], reach: Reach, off_grid: OffGrid
) -> list[Placement]:
    here = [key for key in measured if key.rc_mode == label]
    presets = presets_for(at.codec, at.preset, frozenset(key.preset for key in here), off_grid)
    kept = [key for key in here if key.preset in presets]
    if reach is Reach.EMITTED:
        kept = [key for preset in sorted(presets) for key in _at_quality(at, preset, kept, off_grid)]
    return [Placement(key=key, stands_for=_stands_for(at, key, reach)) for key in kept]


def _at_quality(at: OperatingPoint, preset: str, kept: Iterable[CellKey], off_grid: OffGrid) -> list[CellKey]:
    here = [key for key in kept if key.preset == preset]
    qualities = _qualities(at, frozenset(key.q for key in here), off_grid)
    return [key for key in here if key.q in qualities]


def _qualities(at: OperatingPoint, measured: Labels, off_grid: OffGrid) -> frozenset[str]:
    return qualities_for(at.q, measured, off_grid, closer=by_logarithm if at.rc_mode in RATE_MODES else by_difference)


def _within(
    at: OperatingPoint, emitted: Qualities, label: str, evidence: CodecEvidence, off_grid: OffGrid
) -> Collection[str]:
    """The measured q labels that a point emitted at only some qualities reaches, by itself or by a stand-in.

    A bitrate isn't the adapter's quality: who picks it himself has these knobs at every one.
    """
    measured = evidence.qualities.get(label, ())
    if emitted == ALL_QUALITIES or at.rc_mode in RATE_MODES or at.rc_mode not in evidence.rc_modes[label]:
        return measured
    places = [place for q in measured if (place := label_number(q)) is not None]
    if not places:
        return measured
    low = floor(min(places)) if emitted.low is None else emitted.low
    high = ceil(max(places)) if emitted.high is None else emitted.high
    asked = range(max(low, floor(min(places))), min(high, ceil(max(places))) + 1)
    return {q for quality in asked for q in _qualities(replace(at, q=str(quality)), measured, off_grid)}


def _stands_for(at: OperatingPoint, key: CellKey, reach: Reach) -> StandsFor | None:
    asked = StandsFor(preset=at.preset, q=key.q if reach is Reach.ALL else at.q)
    return None if (asked.preset, asked.q) == (key.preset, key.q) else asked


def _off_range(at: OperatingPoint, reach: Reach) -> str:
    preset = f"preset {at.preset}" if at.preset else "the encoder's default preset"
    if reach is Reach.ALL:
        return f"{preset} wasn't measured"
    return f"{preset} with {f'q {at.q}' if at.q else 'no quality set'} wasn't measured"


def match(knobs: Knobs, catalogue: Mapping[str, Knobs]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Every recipe that `knobs` are, and every other of which they have every knob, both in the catalogue's order.

    The others speak only where nothing was measured of the first: a combination that was measured as such needs no
    guess from its parts. Both sides are canonical. Nothing contains the bare recipe.
    """
    exact = tuple(name for name, recipe in catalogue.items() if recipe == knobs)
    parts = set(knobs)
    others = ((name, recipe) for name, recipe in catalogue.items() if recipe and recipe != knobs)
    contained = tuple(name for name, recipe in others if parts.issuperset(recipe))
    return exact, contained
