"""Paired statistics over sources: how sure one cell's deltas are, and whether noise could turn its verdict."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import numpy as np

from gate.sweep.columns import Bytes, Flags, Floats
from gate.sweep.states import HIT, HOLD
from gate.sweep.witnesses import Detector, combine

RESAMPLES: Final = 2_000
CONFIDENCE: Final = 0.95
SMALL: Final = 6  # with fewer pairs no two-sided sign test reaches p < 0.05: 2 * 0.5**5 is 0.0625
_MIN_INTERVAL: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """Deltas of one cell over n sources (NaN left out); None where there are too few of them to say.

    `sign_test_p` is the exact two-sided binomial test of as many gains as losses; `zeros`, deltas of exactly 0, are
    left out of it, and of zeros alone it is 1. `interval` is the percentile bootstrap's 95 % of the median, from three
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
    """What one witness says of one cell, shape (N,): `States.of`, and `States.deepest`, which decides on a hit."""

    states: Bytes
    deltas: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Fragility:
    """What noise could do to a cell's structural verdict.

    `within` are the sources (indices) where a delta of a witness that is heard lies within the floor of the tolerance;
    `flips` how many of them would have to come out the other way to turn the verdict, None where none could.
    """

    within: tuple[int, ...]
    flips: int | None

    @property
    def fragile(self) -> bool:
        """Whether noise alone could turn it."""
        return self.flips is not None


def paired(deltas: Floats, *, seed: int) -> Paired:
    """Statistics of deltas of shape (N,), NaN where the witness didn't speak; the same for the same deltas and seed."""
    known = deltas[~np.isnan(deltas)]
    n = len(known)
    if n == 0:
        return Paired(n=0, median=None, mean=None, zeros=0, sign_test_p=None, interval=None, worst=None)
    losses, gains = int((known < 0.0).sum()), int((known > 0.0).sum())
    return Paired(
        n=n,
        median=float(np.median(known)),
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
    published: Spoken, interpolated: Spoken, detector: Detector, *, threshold: int, tolerance: float, floor: float
) -> Fragility:
    """Whether noise could turn one cell's structural verdict: T hits or not.

    A witness's delta within `floor` of the tolerance (both VMAF; `Noise.vmaf`) may come out on either side of it. A
    source flips where that, of whichever witness, makes another decision of the detector: a hit or none. What a witness
    didn't speak on stays unknown.
    """
    hit = combine(published.states, interpolated.states, detector) == HIT
    nearby = [_near(one, tolerance, floor) for one in (published, interpolated)]
    turns = np.zeros(len(hit), np.bool_)
    for first in (published.states, _turned(published, nearby[0])):
        for second in (interpolated.states, _turned(interpolated, nearby[1])):
            turns |= (combine(first, second, detector) == HIT) != hit
    hits = int(hit.sum())
    able, needed = (turns & hit, hits - threshold + 1) if hits >= threshold else (turns & ~hit, threshold - hits)
    heard = {Detector.NEAREST: nearby[0], Detector.INTERPOLATED: nearby[1]}.get(detector, nearby[0] | nearby[1])
    return Fragility(within=tuple(np.flatnonzero(heard).tolist()), flips=needed if int(able.sum()) >= needed else None)


def _near(spoken: Spoken, tolerance: float, floor: float) -> Flags:
    found: Flags = (spoken.states >= HOLD) & (np.abs(spoken.deltas + tolerance) <= floor)
    return found


def _turned(spoken: Spoken, near: Flags) -> Bytes:
    """The states with every delta near the tolerance on its other side."""
    return np.where(near, np.int8(HOLD + HIT) - spoken.states, spoken.states)


def _interval(known: Floats, seed: int) -> tuple[float, float]:
    """The percentile bootstrap of the median; sorted first, so that the order of sources doesn't matter."""
    drawn = np.random.default_rng(seed).integers(0, len(known), (RESAMPLES, len(known)))
    medians = np.median(np.sort(known)[drawn], axis=1)
    low, high = np.quantile(medians, ((1.0 - CONFIDENCE) / 2.0, (1.0 + CONFIDENCE) / 2.0))
    return float(low), float(high)
