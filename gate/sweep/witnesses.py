"""Two witnesses side by side: which one decides, and how far apart the published match's bitrates are."""

from __future__ import annotations

from enum import StrEnum

import numpy as np

from gate.sweep.columns import Bytes, Floats, Sweep
from gate.sweep.detector import Findings
from gate.sweep.states import ABSENT, HIT, HOLD, UNMATCHED


class Detector(StrEnum):
    """Which witness decides what a cell does on a source."""

    NEAREST = "nearest"  # the published rule
    INTERPOLATED = "interpolated"
    BOTH = "both"
    EITHER = "either"


def combine(nearest: Bytes, interpolated: Bytes, detector: Detector) -> Bytes:
    """What the deciding detector says, from what the two witnesses say; all three (C, N) codes of `gate.sweep.states`.

    An abstention is an unknown of three-valued logic. `both` hits where both hit, and holds where either holds: then
    both can't hit. `either` hits where either hits, and holds where both hold.
    """
    if detector is Detector.NEAREST:
        return nearest
    if detector is Detector.INTERPOLATED:
        return interpolated
    hits, holds = (nearest == HIT, interpolated == HIT), (nearest == HOLD, interpolated == HOLD)
    if detector is Detector.BOTH:
        hit, hold = hits[0] & hits[1], holds[0] | holds[1]
    else:
        hit, hold = hits[0] | hits[1], holds[0] & holds[1]
    unknown = np.where((nearest == ABSENT) & (interpolated == ABSENT), np.int8(ABSENT), np.int8(UNMATCHED))
    return np.where(hit, np.int8(HIT), np.where(hold, np.int8(HOLD), unknown))


def mismatch_pct(sweep: Sweep, findings: Findings) -> Floats:
    """By how much each reference's bitrate is off, in per cent of the candidate's; shape (R,), NaN without a reference.

    Positive: the reference has more bits, so that the candidate looks worse than it is.
    """
    off = np.full(len(sweep), np.nan)
    rows = np.flatnonzero(findings.comparable)
    own, reference = sweep.bitrate_kbps[rows], sweep.bitrate_kbps[findings.reference[rows]]
    off[rows] = 100.0 * (reference - own) / own
    return off
