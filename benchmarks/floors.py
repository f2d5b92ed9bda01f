"""Floors that no exact design goes below, known only in hindsight: of a sample's rows, and of a run's encodes."""

from __future__ import annotations

import numpy as np

from gate.evidence.sample.sequential import holds_needed
from gate.evidence.sample.strata import Judged, Stratum, settled, strata
from gate.evidence.sweep.columns import Bytes, Ints
from gate.evidence.sweep.detector import HIT, HOLD


def run_floor(states: Bytes, ladders: Ints, *, threshold: int, encodes: Ints | int = 1) -> int:
    """The encodes of one stratum that no exact run does without, known only in hindsight.

    T hits per structural cell, N - T + 1 holds per cell that is ruled out, every source for one that the detector's
    abstentions leave open, and the bare ladders of as many sources as that takes at least.

    Args:
        states: the whole truth, shape (C, N); of whole ladders where these are judged.
        ladders: the encodes of each source's bare ladder, shape (N,).
        threshold: T.
        encodes: of each cell or ladder on one source, shape (C,).
    """
    sources = states.shape[1]
    need = holds_needed(sources, threshold)
    structural = (states == HIT).sum(axis=1) >= threshold
    ruled_out = (states == HOLD).sum(axis=1) >= need
    per_cell = np.where(structural, threshold, np.where(ruled_out, need, sources))
    return int((per_cell * encodes).sum() + np.sort(ladders)[: int(per_cell.max(initial=0))].sum())


def least_rows(judged: Judged) -> int:
    """The floor that no exact sample goes below.

    T hits per structural cell, N − T + 1 holds per cell that is ruled out, one row per undetermined cell, and the bare
    ladders of as many slices as that takes at least. Units count as one row each.
    """
    return sum(_least_rows(stratum, judged) for stratum in strata(judged))


def _least_rows(stratum: Stratum, judged: Judged) -> int:
    need = holds_needed(len(judged.corpus), judged.threshold)
    structural, cleared = settled(stratum.states, judged.threshold, need)
    per_cell = np.where(structural, judged.threshold, np.where(cleared, need, 1))
    slices = int(per_cell.max(initial=1))
    ladders = np.sort(np.bincount(stratum.source[stratum.bare], minlength=len(judged.corpus)))
    ladders = ladders[ladders > 0]
    return int(per_cell.sum() + ladders[:slices].sum())
