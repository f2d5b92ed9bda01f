"""Monotone piecewise cubics (PCHIP) through many curves at once: values and exact integrals."""

from __future__ import annotations

import numpy as np

from gate.evidence.sweep.columns import Codes, Flags, Floats, Ints
from gate.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Curves:
    """C curves end to end: curve c has the knots `start[c]` to `start[c + 1] - 1`.

    `x`, `y` and `slope` (dy/dx at the knots) have shape (K,), `start` (C + 1,). A curve may have no knots.
    """

    x: Floats
    y: Floats
    slope: Floats
    start: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class _Segments:
    """What lies between neighbouring knots, shape (K - 1,); where the two are of different curves there is nothing."""

    within: Flags
    width: Floats
    secant: Floats


def through(x: Floats, y: Floats, start: Ints) -> Curves:
    """The cubics through these knots; within each curve `x` must rise strictly.

    Slopes as in Fritsch and Butland (SIAM J. Sci. Stat. Comput. 5, 1984): the weighted harmonic mean of the secants on
    both sides, 0 where these differ in sign; at the ends one-sided three-point slopes, limited as in Moler (Numerical
    Computing with MATLAB, 3.6). So no segment goes above or below its two knots. Two knots give a straight line.
    """
    segments = _segments(x, y, start)
    slope = np.zeros(len(x))
    inner = np.flatnonzero(segments.within[1:] & segments.within[:-1]) + 1
    slope[inner] = _inner_slopes(segments, inner)
    counts = np.diff(start)
    line, bent = counts == 2, counts > 2
    first, last = start[:-1], start[1:] - 1
    slope[first[line]] = slope[last[line]] = segments.secant[first[line]]
    slope[first[bent]] = _end_slopes(segments, first[bent], first[bent] + 1)
    slope[last[bent]] = _end_slopes(segments, last[bent] - 1, last[bent] - 2)
    return Curves(x=x, y=y, slope=slope, start=start)


def evaluate(curves: Curves, which: Ints | Codes, at: Floats) -> Floats:
    """The curve `which[i]` at `x = at[i]`: exact at knots, NaN outside its range or where it has fewer than two."""
    found = np.full(len(at), np.nan)
    first, last = curves.start[which], curves.start[which + 1] - 1
    inside = np.flatnonzero(last > first)
    inside = inside[(curves.x[first[inside]] <= at[inside]) & (at[inside] <= curves.x[last[inside]])]
    left = _segment(curves.x, first[inside], last[inside] - 1, at[inside])
    right = left + 1
    width = curves.x[right] - curves.x[left]
    t = (at[inside] - curves.x[left]) / width
    rest = 1.0 - t
    found[inside] = rest * rest * ((1.0 + 2.0 * t) * curves.y[left] + t * width * curves.slope[left]) + t * t * (
        (3.0 - 2.0 * t) * curves.y[right] - rest * width * curves.slope[right]
    )
    return found


def integrals(curves: Curves, low: Floats, high: Floats) -> Floats:
    """The exact integral of each curve from `low[c]` to `high[c]`, both within its range; shape (C,).

    Every curve has at least two knots.
    """
    left, right = slice(None, -1), slice(1, None)
    segments = _segments(curves.x, curves.y, curves.start)
    width = np.where(segments.within, segments.width, 0.0)
    area = (
        width * (curves.y[left] + curves.y[right]) / 2.0 + width**2 * (curves.slope[left] - curves.slope[right]) / 12.0
    )
    up_to = np.concatenate(([0.0], np.cumsum(area)))
    return _primitive(curves, up_to, high) - _primitive(curves, up_to, low)


def _primitive(curves: Curves, up_to: Floats, at: Floats) -> Floats:
    """The integral from the very first knot to `at[c]` on curve c; `up_to` holds it at the knots."""
    left = _segment(curves.x, curves.start[:-1], curves.start[1:] - 2, at)
    right = left + 1
    width = curves.x[right] - curves.x[left]
    t = (at - curves.x[left]) / width
    t2, t3, t4 = t**2, t**3, t**4
    values = curves.y[left] * (t - t3 + t4 / 2.0) + curves.y[right] * (t3 - t4 / 2.0)
    slopes = curves.slope[left] * (t2 / 2.0 - 2.0 * t3 / 3.0 + t4 / 4.0) + curves.slope[right] * (t4 / 4.0 - t3 / 3.0)
    found: Floats = up_to[left] + width * values + width**2 * slopes
    return found


def _segments(x: Floats, y: Floats, start: Ints) -> _Segments:
    of = np.repeat(np.arange(len(start) - 1), np.diff(start))
    within = of[1:] == of[:-1]
    width = np.where(within, np.diff(x), 1.0)
    return _Segments(within=within, width=width, secant=np.where(within, np.diff(y), 0.0) / width)


def _inner_slopes(segments: _Segments, knots: Ints) -> Floats:
    wide_left, wide_right = segments.width[knots - 1], segments.width[knots]
    left, right = segments.secant[knots - 1], segments.secant[knots]
    one_way = np.sign(left) * np.sign(right) > 0.0
    flatter_left = np.abs(left) <= np.abs(right)
    flat, steep = np.where(flatter_left, left, right), np.where(flatter_left, right, left)
    heavy = np.stack((wide_left + 2.0 * wide_right, 2.0 * wide_left + wide_right))
    heavy_flat, heavy_steep = np.where(flatter_left, heavy, heavy[::-1])
    ratio = np.divide(flat, steep, out=np.zeros_like(flat), where=one_way)  # at most 1: nothing overflows
    mean = flat * ((heavy_flat + heavy_steep) / (heavy_flat + heavy_steep * ratio))
    return np.where(one_way, mean, 0.0)


def _end_slopes(segments: _Segments, end: Ints, beside: Ints) -> Floats:
    """Slopes at curves' ends, from the segment there and the one beside it."""
    wide, next_wide = segments.width[end], segments.width[beside]
    secant, next_secant = segments.secant[end], segments.secant[beside]
    slope = ((2.0 * wide + next_wide) * secant - wide * next_secant) / (wide + next_wide)
    turns = np.sign(secant) != np.sign(next_secant)
    slope = np.where(turns & (np.abs(slope) > 3.0 * np.abs(secant)), 3.0 * secant, slope)
    return np.where(np.sign(slope) == np.sign(secant), slope, 0.0)


def _segment(x: Floats, first: Ints, last: Ints, at: Floats) -> Ints:
    """The last of the knots `first[i]` to `last[i]` that isn't above `at[i]`, or `first[i]`."""
    low, high = first, last
    for _ in range(int((high - low).max(initial=0)).bit_length()):
        middle = (low + high + 1) >> 1
        beyond = x[middle] > at
        low, high = np.where(beyond, low, middle), np.where(beyond, middle - 1, high)
    return low
