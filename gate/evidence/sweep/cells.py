"""From regressions to cells: hits, holds, unknowns, and the verdict that they come to (design 4)."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Final

import numpy as np

from gate.errors import PolicyError, SweepError
from gate.evidence.model import Basis, CellVerdict, Detector
from gate.evidence.sweep.columns import Bytes, Codes, Flags, Floats, Ints, Labels, Sweep
from gate.evidence.sweep.detector import ABSENT, HIT, HOLD, BySource, by_source, decided, pooled
from gate.evidence.sweep.groups import Groups, group_by
from gate.evidence.sweep.interpolated import Interpolation, interpolate
from gate.evidence.sweep.nearest import Baseline, Findings, Tolerances, detect
from gate.values import dataclass, field

Screens = Mapping[tuple[str, str], frozenset[str]]
"""(codec, rc_mode) -> the sources on which a `screen:S` sample cleared its cells; empty for any other design."""

DEFAULT_THRESHOLD: Final = Fraction(7, 9)
MIN_SOURCES: Final = 5
COUNTED: Final = (
    CellVerdict.CLEAN,
    CellVerdict.CLEARED,
    CellVerdict.CONTENT_DEPENDENT,
    CellVerdict.UNDETERMINED,
    CellVerdict.STRUCTURAL,
    CellVerdict.NO_EFFECT,
)
"""The verdicts that counts come to, as `Cells.verdict` codes them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What counts as a regression, which detector says so, on how many sources one is structural, and of how many."""

    tolerances: Tolerances = field(default_factory=Tolerances)
    baseline: Baseline = Baseline.ANY
    detector: Detector = Detector.NEAREST
    structural: int | Fraction = DEFAULT_THRESHOLD
    min_sources: int = MIN_SOURCES


PUBLISHED: Final = Rule()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Which rows of its sweep a sample kept. `thinned`: some were left out, by what they said.

    `ladders`: where any q of a recipe at a preset was kept on a source, all of them were.
    """

    thinned: bool = False
    ladders: bool = True
    screens: Screens = field(default_factory=lambda: MappingProxyType({}))


ALL: Final = Kept()


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

    `verdict` holds codes into COUNTED, from the counts alone, whatever the basis; `screened` are the cleared cells of a
    `screen:S` sample that rest on the screen alone, whose bound the sample's manifest states. `basis` holds codes into
    `bases`: filler if any of the cell's rows is filler, else what its first row rests on. `mean_delta` is over the
    regressing sources, `worst_*` name the deepest of them (of equals the corpus's first); NaN and None without hits.
    """

    sources: tuple[str, ...]
    threshold: int
    detector: Detector  # of the rule that they were judged by
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What every detector says of the cells of a sweep, and the one that decides."""

    grid: Grid
    nearest_rows: Findings
    interpolated_rows: Interpolation
    nearest: BySource
    interpolated: BySource
    pooled: BySource
    decided: BySource


def judge(
    sweep: Sweep, rule: Rule = PUBLISHED, *, sources: tuple[str, ...] | None = None, kept: Kept = ALL
) -> Judgement:
    """Every cell of a sweep on every source of its corpus, which is what the sweep shows where `sources` is None.

    Raises: SweepError for a source outside the corpus.
    """
    tolerances = rule.tolerances
    nearest_rows, interpolated_rows = detect(sweep, tolerances, rule.baseline), interpolate(sweep, tolerances)
    grid = grid_of(sweep, nearest_rows.candidate, sources)
    nearest, interpolated = (
        _by_source(grid, findings, tolerances) for findings in (nearest_rows, interpolated_rows.findings)
    )
    whole = kept.thinned and not kept.ladders
    pool = pooled(sweep, grid.groups, interpolated, tolerance=tolerances.vmaf, whole=whole)
    return Judgement(
        grid=grid,
        nearest_rows=nearest_rows,
        interpolated_rows=interpolated_rows,
        nearest=nearest,
        interpolated=interpolated,
        pooled=pool,
        decided=decided(rule.detector, nearest, interpolated, pool),
    )


def find_cells(
    sweep: Sweep,
    rule: Rule = PUBLISHED,
    *,
    sources: tuple[str, ...] | None = None,
    kept: Kept = ALL,
    findings: Findings | None = None,
) -> Cells:
    """The non-bare cells of a sweep. `sources` is the corpus, where it is more than the sources that the sweep shows.

    A cell that holds on just the sources of its stratum's screen, and has no row elsewhere, is cleared. `findings` are
    nearest's by this very rule, where they are at hand.

    Raises: SweepError for a source outside the corpus; PolicyError for an impossible threshold.
    """
    if rule.detector is not Detector.NEAREST:
        found = judge(sweep, rule, sources=sources, kept=kept)
        return count(found.grid, found.decided, rule, kept.screens)
    if findings is None:  # alone: a sweep of a million rows is analysed by it
        findings = detect(sweep, rule.tolerances, rule.baseline)
    grid = grid_of(sweep, findings.candidate, sources)
    return count(grid, _by_source(grid, findings, rule.tolerances), rule, kept.screens)


def _by_source(grid: Grid, findings: Findings, tolerances: Tolerances) -> BySource:
    return by_source(grid.sweep, findings, grid.rows, grid.groups, grid.sources, tolerance=tolerances.vmaf)


def grid_of(sweep: Sweep, candidate: Flags, sources: tuple[str, ...] | None) -> Grid:
    """The cells that a sweep's candidates make up, over its corpus.

    Raises: SweepError for a source outside the corpus.
    """
    rows = np.flatnonzero(candidate)
    groups = group_by((sweep.codec, sweep.rc_mode, sweep.recipe, sweep.preset, sweep.q), rows)
    return Grid(sweep=sweep, sources=corpus_of(sweep, sources), rows=rows, groups=groups)


def count(grid: Grid, states: BySource, rule: Rule, screens: Screens) -> Cells:
    """What (C, N) states come to. PolicyError for an impossible threshold."""
    sweep, first, size = grid.sweep, grid.groups.first, len(grid.sources)
    required = threshold(size, rule.structural)
    hit = states.of == HIT
    hits = hit.sum(axis=1).astype(np.int32)
    holds = (states.of == HOLD).sum(axis=1).astype(np.int32)
    unknown = (size - hits - holds).astype(np.int32)
    screened = _screened(grid, states, screens) & (unknown >= required)  # else the counts alone rule it out
    verdict = _verdicts(hits, unknown, required, enough=size >= rule.min_sources)
    verdict = np.where(screened, np.int8(COUNTED.index(CellVerdict.CLEARED)), verdict)
    total = np.where(hit, states.delta, 0.0).sum(axis=1)
    worst = np.where(hit, states.delta, np.inf).argmin(axis=1)
    at = (np.arange(len(first)), worst)
    return Cells(
        sources=grid.sources,
        threshold=required,
        detector=rule.detector,
        codec=_at(sweep.codec, first),
        rc_mode=_at(sweep.rc_mode, first),
        recipe=_at(sweep.recipe, first),
        preset=_at(sweep.preset, first),
        q=_at(sweep.q, first),
        hits=hits,
        holds=holds,
        unknown=unknown,
        verdict=np.where(without_effect(grid, states), np.int8(COUNTED.index(CellVerdict.NO_EFFECT)), verdict),
        screened=screened,
        basis=_basis(sweep, grid.rows, grid.groups),
        bases=sweep.bases,
        mean_delta=np.where(hits > 0, total / np.maximum(hits, 1), np.nan),
        worst_source=tuple(grid.sources[i] if n else None for i, n in zip(worst.tolist(), hits.tolist(), strict=True)),
        worst_delta=np.where(hits > 0, states.delta[at], np.nan),
    )


def corpus_of(sweep: Sweep, sources: tuple[str, ...] | None) -> tuple[str, ...]:
    """The corpus: `sources`, or what the sweep shows. Raises: SweepError for a source outside it."""
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


def _verdicts(hits: Codes, unknown: Codes, required: int, *, enough: bool) -> Bytes:
    possible = hits + unknown
    rules = [(hits >= required) & enough, possible >= required, hits >= 1, unknown >= 1]
    verdicts = (
        CellVerdict.STRUCTURAL,
        CellVerdict.UNDETERMINED,
        CellVerdict.CONTENT_DEPENDENT,
        CellVerdict.CLEARED,
    )
    codes = [COUNTED.index(verdict) for verdict in verdicts]
    return np.select(rules, codes, default=COUNTED.index(CellVerdict.CLEAN)).astype(np.int8)


def without_effect(grid: Grid, states: BySource) -> Flags:
    """Cells that have rows on every source, each with the very stream of the bare encoder."""
    flags = grid.sweep.no_effect
    if flags is None or not len(grid.groups):
        return np.zeros(len(grid.groups), np.bool_)
    others = np.bincount(grid.groups.of[~flags[grid.rows]], minlength=len(grid.groups))
    found: Flags = (others == 0) & (states.repeats > 0).all(axis=1)
    return found


def filler(grid: Grid) -> Flags:
    """Cells that rest on invented rows: no verdict comes from them."""
    found: Flags = np.isin(
        _basis(grid.sweep, grid.rows, grid.groups),
        [code for code, basis in enumerate(grid.sweep.bases) if basis is Basis.FILLER],
    )
    return found


def _basis(sweep: Sweep, rows: Ints, groups: Groups) -> Bytes:
    basis = sweep.basis[groups.first]
    if Basis.FILLER in sweep.bases:
        filler = sweep.bases.index(Basis.FILLER)
        basis[groups.of[sweep.basis[rows] == filler]] = filler
    return basis


def _at(labels: Labels, rows: Ints) -> Labels:
    return Labels(codes=labels.codes[rows], names=labels.names)
