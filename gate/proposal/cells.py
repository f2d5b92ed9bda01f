"""From an operating point to the cells that the evidence has for it: reach, and what stands in off the grid."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from gate.model import CellKey, CodecEvidence, OperatingPoint, Place, StandsFor
from gate.proposal.ffmpeg import RATE_MODES
from gate.proposal.grid import OffGrid, by_difference, by_logarithm, presets_for, qualities_for


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


def place(at: OperatingPoint, recipe: str, evidence: CodecEvidence, *, reach: Reach, off_grid: OffGrid) -> Placed:
    """The measured cells of `recipe` that `at` reaches, in the sweep's order of labels, presets and qualities.

    Args:
        at: the point; its codec is the evidence's.
        recipe: a recipe of the evidence's catalogue that the point's knobs are, or contain.
        evidence: all that the sample knows of the codec.
        reach: at every measured rate control and quality, or at the emitted ones only.
        off_grid: what stands in for a preset or quality that wasn't measured.
    """
    labels = _labels(at, evidence, reach)
    if not labels:
        return Placed(cells=(), unmeasured=f"the sample has no rate control that means {at.rc_mode or 'this one'}")
    measured = [key for key in evidence.cells if key.recipe == recipe and key.rc_mode in labels]
    if not measured:
        return Placed(cells=(), unmeasured=f"the sample has no cell of recipe {recipe} under {', '.join(labels)}")
    cells = [cell for label in labels for cell in _placements(at, label, measured, reach, off_grid)]
    return Placed(cells=tuple(cells)) if cells else Placed(cells=(), unmeasured=_off_range(at, reach))


def coordinates(
    at: OperatingPoint, evidence: CodecEvidence | None, *, reach: Reach, off_grid: OffGrid
) -> tuple[Place, ...]:
    """The places that selectors are matched against, with evidence for the codec or without.

    Under `all`, rate control and quality are the user's to choose, so any. Under `emitted` they are the emitted ones:
    the sample's labels for the rate control beside its canonical name, and the quality beside those that stand in.
    """
    presets = _asked_and(at.preset, presets_for(at.codec, at.preset, evidence.presets, off_grid) if evidence else ())
    if reach is Reach.ALL:
        return tuple(Place(rc_mode="", preset=preset, q="") for preset in presets)
    found = {Place(rc_mode=at.rc_mode, preset=preset, q=at.q) for preset in presets}
    for label in _labels(at, evidence, reach) if evidence else ():
        qualities = _asked_and(at.q, _qualities(at, evidence.qualities.get(label, ()) if evidence else (), off_grid))
        found |= {Place(rc_mode=label, preset=preset, q=q) for preset in presets for q in qualities}
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
    presets = presets_for(at.codec, at.preset, {key.preset for key in here}, off_grid)
    kept = [key for key in here if key.preset in presets]
    if reach is Reach.EMITTED:
        kept = [key for preset in sorted(presets) for key in _at_quality(at, preset, kept, off_grid)]
    return [Placement(key=key, stands_for=_stands_for(at, key, reach)) for key in kept]


def _at_quality(at: OperatingPoint, preset: str, kept: Iterable[CellKey], off_grid: OffGrid) -> list[CellKey]:
    here = [key for key in kept if key.preset == preset]
    qualities = _qualities(at, {key.q for key in here}, off_grid)
    return [key for key in here if key.q in qualities]


def _qualities(at: OperatingPoint, measured: Iterable[str], off_grid: OffGrid) -> frozenset[str]:
    closer = by_logarithm if at.rc_mode in RATE_MODES else by_difference
    return qualities_for(at.q, frozenset(measured), off_grid, closer=closer)


def _stands_for(at: OperatingPoint, key: CellKey, reach: Reach) -> StandsFor | None:
    asked = StandsFor(preset=at.preset, q=key.q if reach is Reach.ALL else at.q)
    return None if (asked.preset, asked.q) == (key.preset, key.q) else asked


def _off_range(at: OperatingPoint, reach: Reach) -> str:
    preset = f"preset {at.preset}" if at.preset else "the encoder's default preset"
    if reach is Reach.ALL:
        return f"{preset} is off the measured grid"
    return f"{preset} with {f'q {at.q}' if at.q else 'no quality set'} is off the measured grid"
