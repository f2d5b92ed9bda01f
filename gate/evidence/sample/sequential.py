"""The sequential plan: which (cell, source) pairs are measured next, and the miss bound of a screen."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import numpy as np

from gate.evidence.sweep.columns import Bytes, Flags, Ints
from gate.evidence.sweep.detector import ABSENT, ABSTAINS, HIT, HOLD


def next_pairs(states: Bytes, order: Ints, *, threshold: int, screen: int) -> Flags:
    """The pairs of one stratum to measure next, shape (C, N); nothing is set once every cell is settled.

    A cell is settled when it hits on T sources (structural), holds on N - T + 1 (ruled out), holds on all of the first
    `screen` sources of `order` (cleared), or has no source left. Sources are taken in `order`, and a round asks for
    exactly as many as the cell surely still needs. So a cell ends with the shortest run of sources in `order` that
    settles it, in however many rounds, and no encode is wasted; a run that was broken off goes on where it stopped.

    With `screen` = N - T + 1 a cell is cleared only where it is ruled out, so that no verdict differs from that of the
    whole table. With fewer, a structural cell is cleared with probability at most `miss_bound`, over the orders.

    Args:
        states: ABSENT, ABSTAINS, HOLD or HIT of each cell on each source, shape (C, N). ABSENT is not measured yet;
            a pair that can't be measured has to be given as ABSTAINS, or it is asked for again.
        order: the stratum's own order of its N sources, as indices.
        threshold: T, from 1 to N.
        screen: how many sources every cell is tried on, from 1 to N - T + 1.
    """
    _check(states.shape[1], threshold, screen)
    ordered = states[:, order]
    absent = ordered == ABSENT
    hits_left = threshold - (ordered == HIT).sum(axis=1)
    holds_left = holds_needed(states.shape[1], threshold) - (ordered == HOLD).sum(axis=1)
    screened = ordered[:, :screen]
    suspect = ((screened == HIT) | (screened == ABSTAINS)).any(axis=1)
    screen_left = np.where(suspect, holds_left, absent[:, :screen].sum(axis=1))
    least = np.minimum(np.minimum(hits_left, holds_left), screen_left)
    wanted = np.zeros(states.shape, np.bool_)
    wanted[:, order] = absent & (np.cumsum(absent, axis=1) <= least[:, None])
    return wanted


def asked_of(states: Bytes, order: Ints, *, threshold: int, screen: int) -> Flags:
    """Which pairs the plan measures where the whole table is known but not looked at: `next_pairs`, to the end.

    A pair that is ABSENT from the table is asked for like any other, and tells nothing.
    """
    asked = np.zeros(states.shape, np.bool_)
    seen = np.maximum(states, ABSTAINS).astype(np.int8)
    while (more := next_pairs(np.where(asked, seen, ABSENT), order, threshold=threshold, screen=screen)).any():
        asked |= more
    return asked


def holds_needed(sources: int, threshold: int) -> int:
    """N - T + 1: on that many sources a structural cell must hit one (pigeonhole), so holds on all rule it out."""
    return sources - threshold + 1


def miss_bound(sources: int, threshold: int, screen: int) -> Fraction:
    """The highest probability that a screen on S of N sources clears a cell that is structural.

    C(N - T, S) / C(N, S): a cell that hits on exactly T sources holds on the other N - T, and every set of S sources is
    as likely to be the screen. Nothing from S = N - T + 1 on.
    """
    return Fraction(comb(sources - threshold, screen), comb(sources, screen))


def _check(sources: int, threshold: int, screen: int) -> None:
    if not 1 <= threshold <= sources:
        raise ValueError(f"threshold {threshold} of {sources} sources")
    if not 1 <= screen <= holds_needed(sources, threshold):
        raise ValueError(f"screen {screen} of {sources} sources at threshold {threshold}")
