"""The noise floor: how far two encodes of one cell on one source lie apart, from a sweep's repeats."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from gate.sweep.columns import Codes, Floats, Ints, Sweep
from gate.sweep.groups import group_by

DEFAULT_VMAF_FLOOR: Final = 0.02
DEFAULT_BITRATE_FLOOR_PCT: Final = 0.1
"""Assumed where no repeats differ: a fifth of the published VMAF tolerance, and a fiftieth of the bitrate's.

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
    return _MAD_TO_SD * float(np.median(np.abs(values - means) * np.sqrt(n / (n - 1.0))))
