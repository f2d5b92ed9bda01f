"""From regressions to cells: hits, holds, unknowns, and the verdict that they come to (design 4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType
from typing import Final

import numpy as np

from gate.errors import PolicyError, SweepError
from gate.evidence.model import Basis, CellVerdict
from gate.evidence.sweep.columns import Bytes, Codes, Flags, Floats, Ints, Labels, Sweep
from gate.evidence.sweep.detector import ABSENT, HIT, HOLD, BySource, Detector, by_source
from gate.evidence.sweep.groups import Groups, group_by
from gate.evidence.sweep.nearest import Baseline, Findings, Tolerances

Screens = Mapping[tuple[str, str], frozenset[str]]
"""(codec, rc_mode) -> the sources on which a `screen:S` sample cleared its cells; empty for any other design."""

DEFAULT_THRESHOLD: Final = Fraction(7, 9)
COUNTED: Final = (CellVerdict.CLEAN, CellVerdict.CONTENT_DEPENDENT, CellVerdict.UNDETERMINED, CellVerdict.STRUCTURAL)
"""The verdicts that counts come to, as `Cells.verdict` codes them."""
NO_SCREENS: Final[Screens] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What counts as a regression, which detector says so, and on how many sources one is structural."""

    tolerances: Tolerances = field(default_factory=Tolerances)
    baseline: Baseline = Baseline.ANY
    detector: Detector = Detector.NEAREST
    structural: int | Fraction = DEFAULT_THRESHOLD


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """The C cells of a sweep: `groups` of its candidates at `rows`, over a corpus of N `sources`."""

    sweep: Sweep
    sources: tuple[str, ...]
    rows: Ints
    groups: Groups


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """The C non-bare cells of a sweep over a corpus of N sources, in the order of their labels; every array is (C,).

    `verdict` holds codes into COUNTED, from the counts alone, whatever the basis; `screened` are the clean cells of a
    `screen:S` sample that rest on the screen alone, whose bound the sample's manifest states. `basis` holds codes into
    `bases`: filler if any of the cell's rows is filler, else what its first row rests on. `mean_delta` is over the
    regressing sources (one with several regressing repeats counts once, by their mean), NaN without hits; `worst_row`
    is the row of the deepest regression (of equally deep ones the first in the file), -1 without hits.
    """

    sources: tuple[str, ...]
    threshold: int
    codec: Labels
    rc_mode: Labels
    recipe: Labels
    preset: Labels
    q: Labels
    hits: Codes
    holds: Codes
    unknown: Codes
    verdict: Bytes
    screened: Flags
    basis: Bytes
    bases: tuple[Basis, ...]
    mean_delta: Floats
    worst_row: Ints
    worst_source: tuple[str | None, ...]
    worst_delta: Floats

    def __len__(self) -> int:
        return len(self.hits)


def threshold(sources: int, rule: int | Fraction) -> int:
    """T for a corpus of N sources: a count as it stands, a fraction p/q as ceil(p * N / q), in integers.

    Raises: PolicyError for a T that no cell could reach, or that every cell would.
    """
    hits = -(-rule.numerator * sources // rule.denominator) if isinstance(rule, Fraction) else rule
    if not 1 <= hits <= sources:
        what = f"structural at {rule} is impossible: {hits} of {sources} sources"
        raise PolicyError(what, fix=f"a count from 1 to {sources}, or a fraction such as 7/9")
    return hits


def find_cells(
    sweep: Sweep,
    findings: Findings,
    *,
    sources: tuple[str, ...] | None = None,
    rule: int | Fraction = DEFAULT_THRESHOLD,
    screens: Screens = NO_SCREENS,
) -> Cells:
    """The non-bare cells of a sweep. `sources` is the corpus, where it is more than the sources that the sweep shows.

    A source is a hit if any of its repeats regresses; it holds if any is comparable and none regresses; else it is
    unknown. A cell that holds on just the sources of its stratum's screen, and has no row elsewhere, is cleared.

    Raises: SweepError for a source outside the corpus; PolicyError for an impossible threshold.
    """
    grid = grid_of(sweep, findings.candidate, sources)
    return count(grid, by_source(sweep, findings, grid.rows, grid.groups, grid.sources), rule=rule, screens=screens)


def grid_of(sweep: Sweep, candidate: Flags, sources: tuple[str, ...] | None) -> Grid:
    """The cells that a sweep's candidates make up, over its corpus.

    Raises: SweepError for a source outside the corpus.
    """
    rows = np.flatnonzero(candidate)
    groups = group_by((sweep.codec, sweep.rc_mode, sweep.recipe, sweep.preset, sweep.q), rows)
    return Grid(sweep=sweep, sources=_corpus(sweep, sources), rows=rows, groups=groups)


def count(
    grid: Grid, states: BySource, *, rule: int | Fraction = DEFAULT_THRESHOLD, screens: Screens = NO_SCREENS
) -> Cells:
    """What (C, N) states come to. PolicyError for an impossible threshold."""
    sweep, first, size = grid.sweep, grid.groups.first, len(grid.sources)
    required = threshold(size, rule)
    hit = states.of == HIT
    hits = hit.sum(axis=1).astype(np.int32)
    holds = (states.of == HOLD).sum(axis=1).astype(np.int32)
    unknown = (size - hits - holds).astype(np.int32)
    screened = _screened(grid, states, screens) & (unknown >= required)  # else the counts alone rule it out
    total = np.where(hit, states.delta, 0.0).sum(axis=1)
    worst_row, worst_delta = _worst(states, hit)
    worst = worst_row.tolist()
    return Cells(
        sources=grid.sources,
        threshold=required,
        codec=_at(sweep.codec, first),
        rc_mode=_at(sweep.rc_mode, first),
        recipe=_at(sweep.recipe, first),
        preset=_at(sweep.preset, first),
        q=_at(sweep.q, first),
        hits=hits,
        holds=holds,
        unknown=unknown,
        verdict=np.where(screened, np.int8(COUNTED.index(CellVerdict.CLEAN)), _verdicts(hits, unknown, required)),
        screened=screened,
        basis=_basis(sweep, grid.rows, grid.groups),
        bases=sweep.bases,
        mean_delta=np.where(hits > 0, total / np.maximum(hits, 1), np.nan),
        worst_row=worst_row,
        worst_source=tuple(sweep.source.of(row) if row >= 0 else None for row in worst),
        worst_delta=worst_delta,
    )


def _corpus(sweep: Sweep, sources: tuple[str, ...] | None) -> tuple[str, ...]:
    if sources is None:
        return sweep.source.names
    strangers = [name for name in sweep.source.names if name not in set(sources)]
    if strangers:
        raise SweepError(f"the sweep holds source {strangers[0]!r}, which its declared corpus doesn't")
    return sources


def _screened(grid: Grid, states: BySource, screens: Screens) -> Flags:
    """Cells that hold on every source of their stratum's screen and have no row on any other: they went no further.

    As many holds elsewhere clear nothing: those are of a cell that the screen didn't try, or that didn't hold there.
    """
    sweep, first = grid.sweep, grid.groups.first
    cleared = np.zeros(len(first), np.bool_)
    for (codec, rc_mode), screen in screens.items():
        theirs = _named(sweep.codec, first, codec) & _named(sweep.rc_mode, first, rc_mode)
        expected = np.array([HOLD if source in screen else ABSENT for source in grid.sources], np.int8)
        cleared |= theirs & (states.of == expected).all(axis=1)
    return cleared


def _named(labels: Labels, rows: Ints, name: str) -> Flags:
    """Which of the rows carry the label `name`."""
    found: Flags = np.array([known == name for known in labels.names], np.bool_)[labels.codes[rows]]
    return found


def _worst(states: BySource, hit: Flags) -> tuple[Ints, Floats]:
    """The row of each cell's deepest regression and its depth, -1 and NaN without hits; of equals the file's first."""
    deltas = np.where(hit, states.deepest, np.inf)
    deepest = deltas.min(axis=1, initial=np.inf)
    ties = np.where(hit & (deltas == deepest[:, None]), states.row, np.iinfo(np.int64).max)
    row = ties.min(axis=1, initial=np.iinfo(np.int64).max)
    found = hit.any(axis=1)
    return np.where(found, row, -1), np.where(found, deepest, np.nan)


def _verdicts(hits: Codes, unknown: Codes, required: int) -> Bytes:
    possible = hits + unknown
    rules = [hits >= required, possible >= required, hits >= 1]
    verdicts = (CellVerdict.STRUCTURAL, CellVerdict.UNDETERMINED, CellVerdict.CONTENT_DEPENDENT)
    codes = [COUNTED.index(verdict) for verdict in verdicts]
    return np.select(rules, codes, default=COUNTED.index(CellVerdict.CLEAN)).astype(np.int8)


def _basis(sweep: Sweep, rows: Ints, groups: Groups) -> Bytes:
    basis = sweep.basis[groups.first]
    if Basis.FILLER in sweep.bases:
        filler = sweep.bases.index(Basis.FILLER)
        basis[groups.of[sweep.basis[rows] == filler]] = filler
    return basis


def _at(labels: Labels, rows: Ints) -> Labels:
    return Labels(codes=labels.codes[rows], names=labels.names)
