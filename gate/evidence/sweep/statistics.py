"""Paired statistics of a cell: sign test, bootstrap interval of the median, and the noise floor of repeats."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache
from typing import Final

import numpy as np

from gate.evidence.model import Detector
from gate.evidence.sweep.columns import Bytes, Codes, Flags, Floats, Ints, Sweep
from gate.evidence.sweep.detector import HIT, HOLD, combine
from gate.evidence.sweep.groups import group_by
from gate.values import dataclass

DEFAULT_VMAF_FLOOR: Final = 0.02
DEFAULT_BITRATE_FLOOR_PCT: Final = 0.1
"""Assumed where no repeats differ: a fifth of the nearest VMAF tolerance, and a fiftieth of the bitrate's.

An assumption, not a measurement. In one real sweep all repeats (84 cells) were equal to the last digit, which says
nothing of another driver, build or machine; so the floor isn't taken to be 0.
"""

_DIFFERENCE: Final = 1.96 * math.sqrt(2.0)  # 95 % of the differences between two equally noisy normal values
_MAD_TO_SD: Final = 1.4826022185056018  # 1 / Φ⁻¹(3/4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """What 95 % of the differences between two encodes of one thing stay within, in VMAF and in per cent of bitrate.

    `groups` counts (cell, source) pairs, bare ones included, that were encoded more than once, `differing` those whose
    rows aren't equal. Without any of the latter the floors are `assumed`: equal rows may be copies of one measurement.
    """

    vmaf: float
    bitrate_pct: float
    groups: int
    differing: int
    assumed: bool


def noise_floor(sweep: Sweep) -> Noise:
    """The floor of a sweep: 1.96 √2 s, with s robust and pooled over the groups of repeats that differ.

    A group of n repeats gives n residuals (x - mean) √(n / (n - 1)), each of which has the variance of one encode; s is
    1.4826 times the median of their magnitudes, so that a few broken encodes don't move it. For bitrate x is in per
    cent of the group's first. Groups that don't differ are left out: that errs towards a higher floor.
    """
    groups = group_by((sweep.source, sweep.codec, sweep.rc_mode, sweep.recipe, sweep.preset, sweep.q))
    sizes = np.bincount(groups.of, minlength=len(groups))
    repeated = sizes > 1
    varied = np.zeros(len(groups), np.bool_)
    for values in (sweep.vmaf, sweep.bitrate_kbps):
        varied[groups.of[values != values[groups.first[groups.of]]]] = True
    differing = int(varied.sum())
    rows = np.flatnonzero(varied[groups.of])
    of, relative = groups.of[rows], 100.0 * sweep.bitrate_kbps[rows] / sweep.bitrate_kbps[groups.first[groups.of[rows]]]
    return Noise(
        vmaf=_DIFFERENCE * _spread(of, sweep.vmaf[rows], sizes) if differing else DEFAULT_VMAF_FLOOR,
        bitrate_pct=_DIFFERENCE * _spread(of, relative, sizes) if differing else DEFAULT_BITRATE_FLOOR_PCT,
        groups=int(repeated.sum()),
        differing=differing,
        assumed=not differing,
    )


def _spread(of: Codes, values: Floats, sizes: Ints) -> float:
    """The robust standard deviation of values about their groups' means."""
    n = sizes[of]
    means = np.bincount(of, weights=values, minlength=len(sizes))[of] / n
    return _MAD_TO_SD * median(np.abs(values - means) * np.sqrt(n / (n - 1.0)))


RESAMPLES: Final = 2_000
CONFIDENCE: Final = 0.95
SMALL: Final = 6  # with fewer pairs no two-sided sign test reaches p < 0.05: 2 * 0.5**5 is 0.0625
_MIN_INTERVAL: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """Deltas of one cell over n sources (NaN left out); None where there are too few of them to say.

    `sign_test_p` is the exact two-sided binomial test of as many gains as losses; `zeros`, deltas of exactly 0, are
    left out of it, and of zeros alone it is 1. `interval` is the percentile bootstrap's 95 % of the median, from five
    sources on; with so few values it is rough. `worst` is the index of the lowest delta, of equal ones the first.
    """

    n: int
    median: float | None
    mean: float | None
    zeros: int
    sign_test_p: float | None
    interval: tuple[float, float] | None
    worst: int | None

    @property
    def small(self) -> bool:
        """Too few sources for the sign test to find anything, whatever they say."""
        return self.n - self.zeros < SMALL


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """What one detector says of one cell, shape (N,): `BySource.of` and `BySource.delta`."""

    states: Bytes
    deltas: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Fragility:
    """What noise could do to a cell's structural verdict.

    `within` are the sources (indices) where a delta of a detector that is heard lies within the floor of the tolerance;
    `flips` how many of them would have to come out the other way to turn the verdict, None where none could.
    """

    within: tuple[int, ...]
    flips: int | None

    @property
    def fragile(self) -> bool:
        """Whether noise alone could turn it."""
        return self.flips is not None


def paired(deltas: Floats, *, seed: int) -> Paired:
    """Statistics of deltas of shape (N,), NaN where it didn't speak; the same for the same deltas and seed."""
    known = deltas[~np.isnan(deltas)]
    n = len(known)
    if n == 0:
        return Paired(n=0, median=None, mean=None, zeros=0, sign_test_p=None, interval=None, worst=None)
    losses, gains = int((known < 0.0).sum()), int((known > 0.0).sum())
    return Paired(
        n=n,
        median=median(known),
        mean=float(known.mean()),
        zeros=n - losses - gains,
        sign_test_p=sign_test(losses, gains),
        interval=_interval(known, seed) if n >= _MIN_INTERVAL else None,
        worst=int(np.nanargmin(deltas)),
    )


def sign_test(losses: int, gains: int) -> float:
    """The exact two-sided p of so many losses and gains where both are equally likely; 1 without any."""
    n = losses + gains
    tail = sum(math.comb(n, k) for k in range(min(losses, gains) + 1))
    return float(Fraction(min(2 * tail, 2**n), 2**n))


def fragile(
    nearest: Spoken, interpolated: Spoken, detector: Detector, *, threshold: int, tolerance: float, floor: float
) -> Fragility:
    """Whether noise could turn one cell's structural verdict: T hits or not.

    Either one's delta within `floor` of the tolerance (both VMAF; `Noise.vmaf`) may come out on either side of it. A
    source flips where that makes another decision of the detector: a hit or none. What neither spoke on stays unknown.
    """
    hit = combine(nearest.states, interpolated.states, detector) == HIT
    nearby = [_near(one, tolerance, floor) for one in (nearest, interpolated)]
    turns = np.zeros(len(hit), np.bool_)
    for first in (nearest.states, _turned(nearest, nearby[0])):
        for second in (interpolated.states, _turned(interpolated, nearby[1])):
            turns |= (combine(first, second, detector) == HIT) != hit
    hits = int(hit.sum())
    able, needed = (turns & hit, hits - threshold + 1) if hits >= threshold else (turns & ~hit, threshold - hits)
    heard = {
        Detector.NEAREST: nearby[0],
        Detector.INTERPOLATED: nearby[1],
        Detector.FILLED: np.where(nearest.states >= HOLD, nearby[0], nearby[1]),
    }.get(detector, nearby[0] | nearby[1])
    return Fragility(within=tuple(np.flatnonzero(heard).tolist()), flips=needed if int(able.sum()) >= needed else None)


def _near(spoken: Spoken, tolerance: float, floor: float) -> Flags:
    found: Flags = (spoken.states >= HOLD) & (np.abs(spoken.deltas + tolerance) <= floor)
    return found


def _turned(spoken: Spoken, near: Flags) -> Bytes:
    """The states with every delta near the tolerance on its other side."""
    return np.where(near, np.int8(HOLD + HIT) - spoken.states, spoken.states)


def _interval(known: Floats, seed: int) -> tuple[float, float]:
    """The percentile bootstrap of the median; sorted first, so that the order of sources doesn't matter."""
    lower, upper = _middles(seed, len(known))
    ascending = np.sort(known)
    medians = np.sort((ascending[lower] + ascending[upper]) / 2.0)
    return quantile(medians, (1.0 - CONFIDENCE) / 2.0), quantile(medians, (1.0 + CONFIDENCE) / 2.0)


@lru_cache(maxsize=32)
def _middles(seed: int, n: int) -> tuple[Ints, Ints]:
    """The ranks, of n, between which the median of each resample lies."""
    drawn = np.sort(np.random.default_rng(seed).integers(0, n, (RESAMPLES, n)), axis=1)
    return drawn[:, (n - 1) // 2], drawn[:, n // 2]


def quantile(ascending: Floats, share: float) -> float:
    """`np.quantile` of sorted values, to the bit; that one, like `np.median`, imports masked arrays at a start-up."""
    at = (len(ascending) - 1) * share
    low, high = ascending[int(at)], ascending[min(int(at) + 1, len(ascending) - 1)]
    part = at - int(at)
    return float(high - (high - low) * (1 - part) if part >= 0.5 else low + (high - low) * part)


def median(values: Floats) -> float:
    """The median of some values, none of them NaN."""
    ascending = np.sort(values)
    return float((ascending[(len(values) - 1) // 2] + ascending[len(values) // 2]) / 2.0)
