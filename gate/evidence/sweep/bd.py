"""Bjontegaard deltas of a recipe against the bare ladder: BD-rate and BD-VMAF, per source and over the corpus."""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

import numpy as np

from gate.evidence.sweep.columns import Floats, Ints, Sweep
from gate.evidence.sweep.ladders import rungs_of
from gate.evidence.sweep.pchip import integrals, through
from gate.evidence.sweep.statistics import median
from gate.values import dataclass

MIN_POINTS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Bd:
    """A recipe's curve against the bare one: negative `rate_pct` is bits saved, positive `vmaf` a gain.

    The overlaps are the share of the span of both curves together that both cover, 0 to 1: of VMAF, which `rate_pct` is
    averaged over, and of the logarithm of bitrate, which `vmaf` is averaged over.
    """

    rate_pct: float
    vmaf: float
    overlap: float
    bitrate_overlap: float


class NoBd(StrEnum):
    """Why there is no Bjontegaard delta, in words for people."""

    FEW_RUNGS = "the bare ladder has fewer than four rungs"
    FEW_POINTS = "the recipe has fewer than four points"
    LADDER_NOT_MONOTONE = "VMAF doesn't rise with every rung of the bare ladder"
    NOT_MONOTONE = "VMAF doesn't rise with every point of the recipe"
    NO_COMMON_VMAF = "the two curves share no range of VMAF"
    NO_COMMON_BITRATE = "the two curves share no range of bitrates"


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusBd:
    """A recipe at one preset over a corpus: one entry per source, and mean and median over those that have a figure."""

    by_source: tuple[Bd | NoBd, ...]
    sources: int  # how many have one
    mean_rate_pct: float | None
    median_rate_pct: float | None
    mean_vmaf: float | None
    median_vmaf: float | None


def bd_rate(ladder_bitrates: Floats, ladder_vmafs: Floats, bitrates: Floats, vmafs: Floats) -> Bd | NoBd:
    """BD-rate in per cent and BD-VMAF of a recipe's points against a bare ladder's rungs, both in any order.

    Bitrates in any one unit. PCHIP of log bitrate over VMAF (BD-rate) and of VMAF over log bitrate (BD-VMAF) are
    integrated exactly over the common range: the `pchip` method of the `bjontegaard` package. Both curves need four
    points, and a VMAF that rises strictly with bitrate, else they can't be inverted.
    """
    if len(ladder_bitrates) < MIN_POINTS:
        return NoBd.FEW_RUNGS
    if len(bitrates) < MIN_POINTS:
        return NoBd.FEW_POINTS
    bare, recipe = _by_bitrate(ladder_bitrates, ladder_vmafs), _by_bitrate(bitrates, vmafs)
    if not _rises(bare):
        return NoBd.LADDER_NOT_MONOTONE
    return _bd(bare, recipe) if _rises(recipe) else NoBd.NOT_MONOTONE


def corpus_bd(sweep: Sweep, row: int, sources: Sequence[str]) -> CorpusBd:
    """The deltas of one candidate row's recipe at its codec, rc_mode and preset, over its qualities, on each source.

    Repeats are averaged on both sides.
    """
    curve = np.ones(len(sweep), np.bool_)
    for column in (sweep.codec, sweep.rc_mode, sweep.preset):
        curve &= column.codes == column.codes[row]
    recipe = curve & ~sweep.bare & (sweep.recipe.codes == sweep.recipe.codes[row])
    bare_curves, recipe_curves = (
        _curves(sweep, np.flatnonzero(curve & sweep.bare)),
        _curves(sweep, np.flatnonzero(recipe)),
    )
    place = {name: index for index, name in enumerate(sweep.source.names)}
    nothing = np.empty((2, 0))
    return _over_corpus(
        tuple(
            bd_rate(*bare_curves[place[source]], *recipe_curves[place[source]])
            if source in place
            else bd_rate(*nothing, *nothing)
            for source in sources
        )
    )


def _over_corpus(by_source: tuple[Bd | NoBd, ...]) -> CorpusBd:
    found = [bd for bd in by_source if isinstance(bd, Bd)]
    rates, vmafs = np.array([bd.rate_pct for bd in found]), np.array([bd.vmaf for bd in found])
    return CorpusBd(
        by_source=by_source,
        sources=len(found),
        mean_rate_pct=float(rates.mean()) if found else None,
        median_rate_pct=median(rates) if found else None,
        mean_vmaf=float(vmafs.mean()) if found else None,
        median_vmaf=median(vmafs) if found else None,
    )


def _curves(sweep: Sweep, rows: Ints) -> list[tuple[Floats, Floats]]:
    """Bitrates and VMAF of the rungs that these rows make up, for each source of the sweep's vocabulary."""
    rungs = rungs_of(sweep, rows, sweep.source.codes[rows], len(sweep.source.names))
    cuts = rungs.start[1:-1].tolist()
    return list(zip(np.split(rungs.bitrate_kbps, cuts), np.split(rungs.vmaf, cuts), strict=True))


def _by_bitrate(bitrates: Floats, vmafs: Floats) -> Floats:
    """Log bitrates and VMAF by rising bitrate, shape (2, n)."""
    order = np.argsort(bitrates, kind="stable")
    return np.stack((np.log(bitrates[order]), vmafs[order]))


def _rises(curve: Floats) -> bool:
    return bool((np.diff(curve) > 0.0).all())


def _bd(bare: Floats, recipe: Floats) -> Bd | NoBd:
    """Of two curves that rise; each is (log bitrate, VMAF)."""
    rate_span, vmaf_span = _common(bare[0], recipe[0]), _common(bare[1], recipe[1])
    if vmaf_span[0] >= vmaf_span[1]:
        return NoBd.NO_COMMON_VMAF
    if rate_span[0] >= rate_span[1]:
        return NoBd.NO_COMMON_BITRATE
    counts = (bare.shape[1], recipe.shape[1])
    curves = through(  # log bitrate over VMAF, then VMAF over log bitrate
        np.concatenate((bare[1], recipe[1], bare[0], recipe[0])),
        np.concatenate((bare[0], recipe[0], bare[1], recipe[1])),
        np.cumsum((0, *counts, *counts)),
    )
    low, high = (np.repeat((vmaf_span[end], rate_span[end]), 2) for end in (0, 1))
    means = integrals(curves, low, high) / (high - low)
    return Bd(
        rate_pct=100.0 * math.expm1(float(means[1] - means[0])),
        vmaf=float(means[3] - means[2]),
        overlap=_share(vmaf_span, bare[1], recipe[1]),
        bitrate_overlap=_share(rate_span, bare[0], recipe[0]),
    )


def _common(one: Floats, other: Floats) -> tuple[float, float]:
    return max(float(one[0]), float(other[0])), min(float(one[-1]), float(other[-1]))


def _share(common: tuple[float, float], one: Floats, other: Floats) -> float:
    span = max(float(one[-1]), float(other[-1])) - min(float(one[0]), float(other[0]))
    return (common[1] - common[0]) / span
