"""The figures of a sweep: totals, per codec, per rate control; worst rows, structural cells, noise floor."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np

from gate.evidence.model import Basis, Cell, CellVerdict
from gate.evidence.sweep.cells import COUNTED, Cells, Rule, find_cells
from gate.evidence.sweep.codecs import counted
from gate.evidence.sweep.columns import Ints, Labels, Sweep
from gate.evidence.sweep.groups import Groups, bounds, group_by, order_by, slices
from gate.evidence.sweep.hull import hull
from gate.evidence.sweep.nearest import Findings, detect
from gate.values import dataclass

WORST: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class CodecFigures:
    """One codec over all its rows, bare ones included. Percentiles interpolate linearly between the nearest ranks."""

    codec: str
    rows: int
    slices: int
    max_vmaf: float
    bitrate_p50_kbps: float
    bitrate_p95_kbps: float
    encode_p50_ms: float
    regressions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeFigures:
    """One rate-control label; `rate_pct` is the share of its rows, bare ones included, that regress."""

    rc_mode: str
    rows: int
    regressions: int
    rate_pct: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Offender:
    """A regression with its reference."""

    source: str
    codec: str
    rc_mode: str
    recipe: str
    preset: str
    q: str
    bitrate_kbps: float
    vmaf: float
    bare_bitrate_kbps: float
    bare_vmaf: float
    delta: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """What repeats of one encode differ by: highest minus lowest, VMAF points and % of the mean bitrate."""

    repeated: int  # encodes that the sweep holds more than once
    vmaf_median: float
    vmaf_max: float
    bitrate_pct_median: float
    bitrate_pct_max: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceHull:
    """How many rows of a slice are on its hull."""

    source: str
    codec: str
    rc_mode: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HullRecipes:
    """The recipes on the hulls of a codec and rate control, each with on how many sources' it is; the most first."""

    codec: str
    rc_mode: str
    recipes: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The figures of one sweep. Rows and cells are counted whatever their basis; `filler_*` of them are made up."""

    rule: Rule
    sources: tuple[str, ...]
    threshold: int
    rows: int
    filler_rows: int
    failed: int  # encodes that the file tells of as failed, and that are no rows
    slices: int
    slices_with_hull: int
    hulls: tuple[SliceHull, ...]  # by source, codec, rate control
    hull_recipes: tuple[HullRecipes, ...]
    bare: int
    candidates: int
    not_comparable: int
    regressions: int
    cells: int
    filler_cells: int
    verdicts: Mapping[CellVerdict, int]
    histogram: tuple[int, ...]  # number of cells with 0, 1 ... N hits
    codecs: tuple[CodecFigures, ...]
    rc_modes: tuple[ModeFigures, ...]
    worst: tuple[Offender, ...]  # the deepest WORST
    structural: tuple[Cell, ...]  # by hits, then by depth
    noise: Spread | None  # None without repeats


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """A sweep with all that was found of it."""

    sweep: Sweep
    rule: Rule
    slices: Groups
    hull: Ints
    findings: Findings
    cells: Cells


def analysed(sweep: Sweep, rule: Rule, sources: tuple[str, ...] | None = None) -> Analysis:
    """Slices, hull, findings and cells of a sweep over its corpus (None: the sources that it shows)."""
    groups = slices(sweep)
    with ThreadPoolExecutor(max_workers=1) as beside:  # NumPy lets other threads run while it sorts and gathers
        on_hull = beside.submit(hull, sweep, groups)
        findings = detect(sweep, rule.tolerances, rule.baseline)
        cells = find_cells(sweep, rule, sources=sources, findings=findings)
    return Analysis(sweep=sweep, rule=rule, slices=groups, hull=on_hull.result(), findings=findings, cells=cells)


def summarise(analysis: Analysis) -> Summary:
    """The figures of an analysis."""
    sweep, findings, cells = analysis.sweep, analysis.findings, analysis.cells
    filler = [index for index, basis in enumerate(sweep.bases) if basis is Basis.FILLER]
    return Summary(
        rule=analysis.rule,
        sources=cells.sources,
        threshold=cells.threshold,
        rows=len(sweep),
        filler_rows=int(np.isin(sweep.basis, filler).sum()),
        failed=sweep.failed,
        slices=len(analysis.slices),
        slices_with_hull=len(np.unique(analysis.slices.of[analysis.hull])),
        hulls=_hulls(analysis),
        hull_recipes=_hull_recipes(sweep, analysis.hull),
        bare=int(sweep.bare.sum()),
        candidates=int(findings.candidate.sum()),
        not_comparable=int((findings.candidate & ~findings.comparable).sum()),
        regressions=int(findings.regression.sum()),
        cells=len(cells),
        filler_cells=int(np.isin(cells.basis, filler).sum()),
        verdicts={verdict: int((cells.verdict == code).sum()) for code, verdict in enumerate(COUNTED)},
        histogram=tuple(np.bincount(cells.hits, minlength=len(cells.sources) + 1).tolist()),
        codecs=tuple(_codec(analysis, code) for code in _by_name(sweep.codec)),
        rc_modes=tuple(_rc_mode(analysis, code) for code in range(len(sweep.rc_mode.names))),
        worst=worst_offenders(analysis, WORST),
        structural=structural_cells(cells),
        noise=spread_of_repeats(sweep),
    )


def _hulls(analysis: Analysis) -> tuple[SliceHull, ...]:
    sweep = analysis.sweep
    sizes = np.bincount(analysis.slices.of[analysis.hull], minlength=len(analysis.slices)).tolist()
    labels = [
        (sweep.source.of(row), sweep.codec.of(row), sweep.rc_mode.of(row)) for row in analysis.slices.first.tolist()
    ]
    return tuple(
        SliceHull(source=source, codec=codec, rc_mode=rc_mode, size=size)
        for (source, codec, rc_mode), size in sorted(zip(labels, sizes, strict=True))
    )


def hull_recipes(sweep: Sweep) -> tuple[HullRecipes, ...]:
    """The recipes on a sweep's hulls, by codec and rate control."""
    return _hull_recipes(sweep, hull(sweep, slices(sweep)))


def _hull_recipes(sweep: Sweep, on: Ints) -> tuple[HullRecipes, ...]:
    columns = [labels.codes[on] for labels in (sweep.codec, sweep.rc_mode, sweep.recipe, sweep.source)]
    found: dict[tuple[str, str], Counter[str]] = {}
    for codec, rc_mode, recipe, _ in np.unique(np.stack(columns), axis=1).T.tolist():
        found.setdefault((sweep.codec.names[codec], sweep.rc_mode.names[rc_mode]), Counter())[
            sweep.recipe.names[recipe]
        ] += 1
    return tuple(
        HullRecipes(codec=codec, rc_mode=rc_mode, recipes=tuple(sorted(counts.items(), key=lambda c: (-c[1], c[0]))))
        for (codec, rc_mode), counts in sorted(found.items())
    )


def worst_offenders(analysis: Analysis, count: int) -> tuple[Offender, ...]:
    """The deepest regressions, the deepest first; of equally deep ones the first in the file."""
    rows = np.flatnonzero(analysis.findings.regression)
    deepest = rows[np.argsort(analysis.findings.delta[rows], kind="stable")][:count]
    return tuple(_offender(analysis.sweep, analysis.findings, row) for row in deepest.tolist())


def structural_cells(cells: Cells) -> tuple[Cell, ...]:
    """The cells that count as structural, by hits, then by mean delta, the deepest first."""
    which = np.flatnonzero(cells.verdict == COUNTED.index(CellVerdict.STRUCTURAL))
    order = which[np.lexsort((cells.mean_delta[which], -cells.hits[which]))]
    return tuple(counted(cells, order.tolist()))


def spread_of_repeats(sweep: Sweep) -> Spread | None:
    """The spread over rows of one cell (bare ones too) and source; None where nothing was encoded twice."""
    groups = group_by((sweep.codec, sweep.rc_mode, sweep.recipe, sweep.preset, sweep.q, sweep.source, _bareness(sweep)))
    order = order_by(groups.of, sweep.vmaf)
    start = bounds(groups.of[order], len(groups))
    repeated = np.flatnonzero(np.diff(start) > 1)
    if not len(repeated):
        return None
    low, high, total = (
        ufunc.reduceat(sweep.bitrate_kbps[order], start[:-1]) for ufunc in (np.minimum, np.maximum, np.add)
    )
    vmaf = sweep.vmaf[order]
    vmaf_spread = (vmaf[start[1:] - 1] - vmaf[start[:-1]])[repeated]
    bitrate_pct = (100 * (high - low) / (total / np.diff(start)))[repeated]
    return Spread(
        repeated=len(repeated),
        vmaf_median=float(np.median(vmaf_spread)),
        vmaf_max=float(vmaf_spread.max()),
        bitrate_pct_median=float(np.median(bitrate_pct)),
        bitrate_pct_max=float(bitrate_pct.max()),
    )


def _bareness(sweep: Sweep) -> Labels:
    return Labels(codes=sweep.bare.astype(np.int32), names=("candidate", "bare"))


def _by_name(labels: Labels) -> list[int]:
    return sorted(range(len(labels.names)), key=labels.names.__getitem__)


def _codec(analysis: Analysis, code: int) -> CodecFigures:
    sweep = analysis.sweep
    rows = np.flatnonzero(sweep.codec.codes == code)
    p50, p95 = np.percentile(sweep.bitrate_kbps[rows], [50, 95], method="linear").tolist()
    return CodecFigures(
        codec=sweep.codec.names[code],
        rows=len(rows),
        slices=len(np.unique(analysis.slices.of[rows])),
        max_vmaf=float(sweep.vmaf[rows].max()),
        bitrate_p50_kbps=p50,
        bitrate_p95_kbps=p95,
        encode_p50_ms=float(np.median(sweep.encode_ms[rows])),
        regressions=int(analysis.findings.regression[rows].sum()),
    )


def _rc_mode(analysis: Analysis, code: int) -> ModeFigures:
    rows = np.flatnonzero(analysis.sweep.rc_mode.codes == code)
    regressions = int(analysis.findings.regression[rows].sum())
    return ModeFigures(
        rc_mode=analysis.sweep.rc_mode.names[code],
        rows=len(rows),
        regressions=regressions,
        rate_pct=100 * regressions / len(rows),
    )


def _offender(sweep: Sweep, findings: Findings, row: int) -> Offender:
    bare = int(findings.reference[row])
    return Offender(
        source=sweep.source.of(row),
        codec=sweep.codec.of(row),
        rc_mode=sweep.rc_mode.of(row),
        recipe=sweep.recipe.of(row),
        preset=sweep.preset.of(row),
        q=sweep.q.of(row),
        bitrate_kbps=float(sweep.bitrate_kbps[row]),
        vmaf=float(sweep.vmaf[row]),
        bare_bitrate_kbps=float(sweep.bitrate_kbps[bare]),
        bare_vmaf=float(sweep.vmaf[bare]),
        delta=float(findings.delta[row]),
    )
