"""The interpolated detector: each candidate beside its preset's bare ladder, at its own bitrate (design 3)."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

import numpy as np

from gate.evidence.sweep.columns import Bytes, Codes, Floats, Sweep
from gate.evidence.sweep.ladders import MIN_RUNGS, Ladders, Rungs, bare_ladders
from gate.evidence.sweep.nearest import NO_REFERENCE, Findings, Tolerances
from gate.evidence.sweep.pchip import evaluate, through
from gate.values import dataclass

_BLOCK: Final = 1 << 15  # candidates at a time, so that what is worked with stays in the processor's cache


class Abstention(IntEnum):
    """Why the detector says nothing of a candidate, as `Interpolation.why` codes it."""

    NONE = 0
    NO_LADDER = 1
    TOO_FEW_RUNGS = 2
    BELOW_RANGE = 3
    ABOVE_RANGE = 4

    @property
    def words(self) -> str:
        """For people; empty where it does speak."""
        return _WORDS[self]


_WORDS: Final = (
    "",
    "no bare row of this preset",
    "fewer than three bare rungs of this preset",
    "its bitrate is below the bare ladder's",
    "its bitrate is above the bare ladder's",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpolation:
    """What the interpolated detector says of R rows; arrays have shape (R,).

    `findings` has no reference rows: its `delta` is VMAF minus `baseline_vmaf`, what the candidate's own ladder has at
    the candidate's bitrate. Both are NaN where the detector abstains, and at bare rows. `why` holds codes of
    Abstention, NONE for bare rows.
    """

    findings: Findings
    baseline_vmaf: Floats
    why: Bytes
    ladders: Ladders


def interpolate(sweep: Sweep, tolerances: Tolerances) -> Interpolation:
    """Findings against the bare ladder of the same (source, codec, rc_mode, preset).

    PCHIP over the logarithm of bitrate through all rungs (three at least, repeats averaged), from the lowest bitrate to
    the highest and no further. A candidate regresses iff its delta is below `-tolerances.vmaf`; the bitrate tolerance
    has no part in it.
    """
    ladders = bare_ladders(sweep)
    curves = through(np.log(ladders.rungs.bitrate_kbps), ladders.rungs.vmaf, ladders.rungs.start)
    why, baseline = np.zeros(len(sweep), np.int8), np.full(len(sweep), np.nan)
    candidates = np.flatnonzero(~sweep.bare)
    for block in np.split(candidates, range(_BLOCK, len(candidates), _BLOCK)):
        own, bitrate = ladders.groups.of[block], sweep.bitrate_kbps[block]
        why[block] = reasons = _reasons(ladders.rungs, own, bitrate)
        spoken = reasons == Abstention.NONE
        baseline[block[spoken]] = evaluate(curves, own[spoken], np.log(bitrate[spoken]))
    return Interpolation(
        findings=_findings(sweep, baseline, tolerances), baseline_vmaf=baseline, why=why, ladders=ladders
    )


def _findings(sweep: Sweep, baseline: Floats, tolerances: Tolerances) -> Findings:
    delta = sweep.vmaf - baseline
    return Findings(
        reference=np.full(len(sweep), NO_REFERENCE, np.int32),
        delta=delta,
        candidate=~sweep.bare,
        comparable=~np.isnan(baseline),
        regression=delta < -tolerances.vmaf,  # a NaN is never below
    )


def _reasons(rungs: Rungs, own: Codes, bitrate: Floats) -> Bytes:
    """Why the detector abstains on each candidate, given its ladder and its bitrate."""
    counts = rungs.counts
    lowest, highest = np.full(len(counts), np.nan), np.full(len(counts), np.nan)
    some = counts > 0
    lowest[some], highest[some] = (
        rungs.bitrate_kbps[rungs.start[:-1][some]],
        rungs.bitrate_kbps[rungs.start[1:][some] - 1],
    )
    found = np.full(len(own), Abstention.NONE, np.int8)
    found[bitrate < lowest[own]] = Abstention.BELOW_RANGE
    found[bitrate > highest[own]] = Abstention.ABOVE_RANGE
    found[counts[own] < MIN_RUNGS] = Abstention.TOO_FEW_RUNGS
    found[counts[own] == 0] = Abstention.NO_LADDER
    return found
