"""From regressions to cells: hits, holds, unknowns, and the verdict that they come to (design 4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Final

import numpy as np

from gate.errors import PolicyError, SweepError
from gate.model import Basis, Cell, CellKey, CellVerdict
from gate.sweep.columns import Bytes, Codes, Floats, Ints, Labels, Sweep
from gate.sweep.detector import Baseline, Findings, Tolerances
from gate.sweep.groups import Groups, combined, distinct, group_by, order_by

DEFAULT_THRESHOLD: Final = Fraction(7, 9)
COUNTED: Final = (CellVerdict.CLEAN, CellVerdict.CONTENT_DEPENDENT, CellVerdict.UNDETERMINED, CellVerdict.STRUCTURAL)
"""The verdicts that counts come to, as `Cells.verdict` codes them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What counts as a regression, and on how many sources one is structural."""

    tolerances: Tolerances = field(default_factory=Tolerances)
    baseline: Baseline = Baseline.ANY
    structural: int | Fraction = DEFAULT_THRESHOLD


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """The C non-bare cells of a sweep over a corpus of N sources, in the order of their labels; every array is (C,).

    `verdict` holds codes into COUNTED, from the counts alone, whatever the basis. `basis` holds codes into `bases`:
    filler if any of the cell's rows is filler, else what its first row rests on. `mean_delta` is over the regressing
    sources (one with several regressing repeats counts once, by their mean), NaN without hits; `worst_row` is the row
    of the deepest regression (of equally deep ones the first in the file), -1 without hits.
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
) -> Cells:
    """The non-bare cells of a sweep. `sources` is the corpus, where it is more than the sources that the sweep shows.

    A source is a hit if any of its repeats regresses; it holds if any is comparable and none regresses; else it is
    unknown.

    Raises: SweepError for a source outside the corpus; PolicyError for an impossible threshold.
    """
    corpus = _corpus(sweep, sources)
    required = threshold(len(corpus), rule)
    rows = np.flatnonzero(findings.candidate)
    groups = group_by((sweep.codec, sweep.rc_mode, sweep.recipe, sweep.preset, sweep.q), rows)
    hits, holds, mean_delta = _counts(sweep, findings, rows, groups)
    unknown = (len(corpus) - hits - holds).astype(np.int32)
    worst_row = _worst_rows(findings, rows, groups)
    worst = worst_row.tolist()
    return Cells(
        sources=corpus,
        threshold=required,
        codec=_at(sweep.codec, groups.first),
        rc_mode=_at(sweep.rc_mode, groups.first),
        recipe=_at(sweep.recipe, groups.first),
        preset=_at(sweep.preset, groups.first),
        q=_at(sweep.q, groups.first),
        hits=hits,
        holds=holds,
        unknown=unknown,
        verdict=_verdicts(hits, unknown, required),
        basis=_basis(sweep, rows, groups),
        bases=sweep.bases,
        mean_delta=mean_delta,
        worst_row=worst_row,
        worst_source=tuple(sweep.source.of(row) if row >= 0 else None for row in worst),
        worst_delta=np.where(worst_row >= 0, findings.delta[worst_row], np.nan),
    )


def to_model(cells: Cells) -> Mapping[CellKey, Cell]:
    """The cells as values, judged: one that rests on filler is unmeasured, whatever was counted."""
    return {
        cell.key: replace(cell, verdict=CellVerdict.UNMEASURED) if cell.basis is Basis.FILLER else cell
        for cell in counted(cells, range(len(cells)))
    }


def counted(cells: Cells, which: Iterable[int]) -> Iterator[Cell]:
    """The cells at these indices as values, with the verdict that their counts come to, whatever the basis."""
    for index in which:
        hit = bool(cells.hits[index])
        yield Cell(
            key=CellKey(
                codec=cells.codec.of(index),
                rc_mode=cells.rc_mode.of(index),
                recipe=cells.recipe.of(index),
                preset=cells.preset.of(index),
                q=cells.q.of(index),
            ),
            verdict=COUNTED[int(cells.verdict[index])],
            basis=cells.bases[int(cells.basis[index])],
            hits=int(cells.hits[index]),
            holds=int(cells.holds[index]),
            unknown=int(cells.unknown[index]),
            mean_delta=float(cells.mean_delta[index]) if hit else None,
            worst_source=cells.worst_source[index],
            worst_delta=float(cells.worst_delta[index]) if hit else None,
        )


def _corpus(sweep: Sweep, sources: tuple[str, ...] | None) -> tuple[str, ...]:
    if sources is None:
        return sweep.source.names
    strangers = [name for name in sweep.source.names if name not in set(sources)]
    if strangers:
        raise SweepError(f"the sweep holds source {strangers[0]!r}, which its declared corpus doesn't")
    return sources


def _counts(sweep: Sweep, findings: Findings, rows: Ints, groups: Groups) -> tuple[Codes, Codes, Floats]:
    """Hits, holds and mean delta of each cell, by way of its (cell, source) pairs: repeats share one."""
    pairs, pair = distinct(combined([groups.of, sweep.source.codes[rows]], [len(groups), len(sweep.source.names)]))
    cell = pairs // len(sweep.source.names)
    regressing = findings.regression[rows]
    repeats = np.bincount(pair[regressing], minlength=len(pairs))
    total = np.bincount(pair[regressing], weights=findings.delta[rows[regressing]], minlength=len(pairs))
    hit = repeats > 0
    hold = np.zeros(len(pairs), dtype=np.bool_)
    hold[pair[findings.comparable[rows]]] = True
    hold &= ~hit
    hits = np.bincount(cell[hit], minlength=len(groups)).astype(np.int32)
    holds = np.bincount(cell[hold], minlength=len(groups)).astype(np.int32)
    deltas = np.bincount(cell[hit], weights=total[hit] / repeats[hit], minlength=len(groups))
    return hits, holds, np.where(hits > 0, deltas / np.maximum(hits, 1), np.nan)


def _worst_rows(findings: Findings, rows: Ints, groups: Groups) -> Ints:
    regressing = np.flatnonzero(findings.regression[rows])
    deepest_first = regressing[order_by(groups.of[regressing], findings.delta[rows[regressing]])]
    worst = np.full(len(groups), -1, dtype=np.int64)
    worst[groups.of[deepest_first[::-1]]] = rows[deepest_first[::-1]]  # of repeated indices the last assignment stays
    return worst


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
