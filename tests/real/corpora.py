"""Random corpora of nine curves: how often seven of them regress, with an interval."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from gate.evidence.sweep.columns import Flags, Floats, Ints

SOURCES, STRUCTURAL = 9, 7
DRAWS = 20_000
RESAMPLES, DRAWS_EACH = 400, 500
Z = 1.959963984540054


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A share of corpora with its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.2%} ({self.low:.2%}–{self.high:.2%})"


def corpora(curve: Ints, hits: Flags) -> list[Rate]:
    """How often each of W witnesses calls a random corpus structural.

    `hits`, shape (trials, W), says where each regresses, `curve`, shape (trials,), on which curve that was. A corpus is
    nine different curves and one trial of each. The interval is the wider of Wilson's and a bootstrap's over curves.
    """
    rng = np.random.default_rng(1)
    names, of = np.unique(curve, return_inverse=True)
    start, size = np.searchsorted(of, np.arange(len(names))), np.bincount(of)
    value = _structural(rng, hits, start, size, DRAWS)
    again = [rng.integers(0, len(names), len(names)) for _ in range(RESAMPLES)]
    spread = np.array([_structural(rng, hits, start[some], size[some], DRAWS_EACH) for some in again])
    low, high = np.quantile(spread, (0.025, 0.975), axis=0)
    return [_rate(*values) for values in zip(value.tolist(), low.tolist(), high.tolist(), strict=True)]


def ratio_at_least(more: Rate, less: Rate, factor: float) -> bool:
    """Whether one rate is `factor` times another on the unfavourable ends of both intervals."""
    return more.low >= factor * less.high


def _structural(rng: np.random.Generator, hits: Flags, start: Ints, size: Ints, draws: int) -> Floats:
    curves = np.argsort(rng.random((draws, len(start))), axis=1)[:, :SOURCES]
    trial = start[curves] + (rng.random(curves.shape) * size[curves]).astype(np.int64)
    share: Floats = (hits[trial].sum(axis=1) >= STRUCTURAL).mean(axis=0)
    return share


def _rate(value: float, low: float, high: float) -> Rate:
    middle = (value + Z**2 / (2 * DRAWS)) / (1 + Z**2 / DRAWS)
    half = Z * math.sqrt(value * (1 - value) / DRAWS + Z**2 / (4 * DRAWS**2)) / (1 + Z**2 / DRAWS)
    return Rate(value=value, low=max(0.0, min(low, middle - half)), high=min(1.0, max(high, middle + half)))
