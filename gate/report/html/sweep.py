"""`report.html` and the figures of `gate analyze`: a sweep's analysis as a page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from gate.documents import writable
from gate.errors import UsageError
from gate.evidence.model import Cell, CellDetail, CellKey, CodecEvidence, Provenance
from gate.evidence.sweep.codecs import codec_evidence, counted
from gate.evidence.sweep.columns import Ints
from gate.evidence.sweep.summary import Analysis, Summary
from gate.model import Knobs
from gate.report.basis import loss_line
from gate.report.charts.figures import QUANTILES, CodecLosses, ModeRate, analysis_figures
from gate.report.charts.images import Form, render_image
from gate.report.html.check import statistics
from gate.report.html.model import Corpus, Page, PageCell, Table
from gate.report.html.page import render_page
from gate.report.sweep import CODEC_HEAD, RATE_HEAD, codec_rows, rate_rows
from gate.values import replace

PAGE_ROWS: Final = 12_000  # cells times sources: what keeps a page under 3 MB, and drawn within a second


def write_report(analysis: Analysis, summary: Summary, out: Path, *, name: str, provenance: Provenance | None) -> Path:
    """Write `report.html` into the folder `out`. UsageError where that can't be written."""
    page = sweep_page(analysis, summary, name=name, provenance=provenance)
    return _written(out / "report.html", render_page(page).encode("utf-8", "backslashreplace"))


def write_figures(
    analysis: Analysis, summary: Summary, out: Path, *, name: str, provenance: Provenance | None, form: Form
) -> tuple[Path, ...]:
    """Write hits, losses and rates as `hits.svg`, `losses.svg`, `rates.svg` (or .png) into the folder `out`.

    Raises: UsageError where they can't be written, or where vl-convert isn't installed.
    """
    figures = analysis_figures(
        cells=tuple(counted(analysis.cells, range(len(analysis.cells)))),
        losses=tuple(_losses(analysis)),
        rates=tuple(ModeRate(rc_mode=m.rc_mode, regressions=m.regressions, rows=m.rows) for m in summary.rc_modes),
        caption=_caption(summary, name, provenance),
    )
    images = [(figure, render_image(spec, form)) for figure, spec in figures]
    return tuple(_written(out / f"{figure}.{form}", image) for figure, image in images)


def sweep_page(analysis: Analysis, summary: Summary, *, name: str, provenance: Provenance | None) -> Page:
    """What the page of a sweep shows: the gravest cells with their evidence, and the tables of the summary."""
    chosen = _gravest(analysis, max(1, PAGE_ROWS // len(summary.sources)))
    cells = tuple(counted(analysis.cells, chosen.tolist()))
    evidence = _evidence(analysis)
    by_codec = {codec: tuple(cell.key for cell in cells if cell.key.codec == codec) for codec in evidence}
    planes = ((evidence[codec].details, keys) for codec, keys in by_codec.items())
    return Page(
        title=f"Sweep {name}",
        headline=_headline(summary, name),
        warnings=_warnings(summary, name, provenance),
        corpora=(_corpus(analysis, summary, name, provenance),),
        cells=_shown(cells, evidence),
        slices=tuple(plane for details, keys in planes if details for plane in details.slices(keys)),
        tables=_tables(summary),
        facts=_facts(summary, name, provenance),
        left_out=_left_out(len(cells), len(analysis.cells)),
    )


def _written(path: Path, contents: bytes) -> Path:
    try:
        writable(path, UsageError).write_bytes(contents)
    except OSError as error:
        raise UsageError(f"can't be written: {error.strerror or error}", where=str(path)) from None
    return path


def _left_out(held: int, cells: int) -> str:
    return "" if held == cells else f"This page holds the gravest {held:,} of {cells:,} cells; table clusters has all."


def _gravest(analysis: Analysis, most: int) -> Ints:
    """Cells by verdict (structural first), hits, and depth."""
    cells = analysis.cells
    depth = np.where(np.isnan(cells.mean_delta), 0.0, cells.mean_delta)
    return np.lexsort((depth, -cells.hits, -cells.verdict))[:most]


def _evidence(analysis: Analysis) -> Mapping[str, CodecEvidence]:
    """Both detectors of the sweep, source by source. What knobs its recipes stand for, nobody asks here."""
    sweep = analysis.sweep
    unnamed: dict[str, Knobs] = dict.fromkeys(sweep.recipe.names, ())
    recipes = dict.fromkeys(sweep.codec.names, unnamed)
    return codec_evidence(
        sweep, sample="", sources=analysis.cells.sources, recipes=recipes, rc_modes={}, rule=analysis.rule
    )


def _shown(cells: Sequence[Cell], evidence: Mapping[str, CodecEvidence]) -> tuple[PageCell, ...]:
    details: dict[CellKey, CellDetail] = {}
    for codec, known in evidence.items():
        keys = [cell.key for cell in cells if cell.key.codec == codec]
        details |= zip(keys, known.details.of(keys), strict=True) if known.details else ()
    return tuple(_page_cell(cell, evidence[cell.key.codec].cells[cell.key], details.get(cell.key)) for cell in cells)


def _page_cell(cell: Cell, known: Cell, detail: CellDetail | None) -> PageCell:
    cell = replace(cell, nearest=known.nearest, interpolated=known.interpolated)
    return PageCell(
        cell=cell,
        corpus=0,
        sources=detail.sources if detail else (),
        about=tuple(statistics(cell, detail)) if detail else (),
    )


def _losses(analysis: Analysis) -> Iterator[CodecLosses]:
    sweep, findings = analysis.sweep, analysis.findings
    for code in sorted(range(len(sweep.codec.names)), key=sweep.codec.names.__getitem__):
        rows = np.flatnonzero((sweep.codec.codes == code) & findings.comparable)
        if len(rows):
            spread = tuple(np.percentile(findings.delta[rows], QUANTILES).tolist())
            yield CodecLosses(codec=sweep.codec.names[code], rows=len(rows), quantiles=spread)


# --- words ---


def _headline(summary: Summary, name: str) -> str:
    count = len(summary.structural)
    structural = f"{count:,} of {summary.cells:,} cells are structural" if count else "no cell is structural"
    return f"{name}: {structural}; {summary.regressions:,} of {summary.candidates:,} candidate rows regress"


def _warnings(summary: Summary, name: str, provenance: Provenance | None) -> tuple[str, ...]:
    said = []
    if provenance is Provenance.RECONSTRUCTED:
        said.append(f"{name} is RECONSTRUCTED from published aggregates, not measured.")
    if summary.filler_rows:
        said.append(
            f"{summary.filler_rows:,} of {summary.rows:,} rows are filler: invented so that published totals come out. "
            "The gate judges no cell by them."
        )
    return tuple(said)


_KNOWN: Final = {
    Provenance.RECONSTRUCTED: "RECONSTRUCTED from published aggregates, not measured",
    Provenance.IMPORTED: "imported",
    Provenance.MEASURED: "measured",
    None: "provenance unknown",
}


def _caption(summary: Summary, name: str, provenance: Provenance | None) -> str:
    filler = f", {summary.filler_rows:,} of them filler" if summary.filler_rows else ""
    n = len(summary.sources)
    structural = f"{_loss(summary)}, baseline {summary.rule.baseline}; structural from {summary.threshold} of N = {n}"
    return f"Evidence: {name} ({_KNOWN[provenance]}), {summary.rows:,} rows{filler}. Rule: {structural} sources."


def _loss(summary: Summary) -> str:
    tolerances = summary.rule.tolerances
    return loss_line(vmaf=tolerances.vmaf, bitrate_pct=tolerances.bitrate_pct, detector=summary.rule.detector)


def _corpus(analysis: Analysis, summary: Summary, name: str, provenance: Provenance | None) -> Corpus:
    return Corpus(
        codecs=analysis.sweep.codec.names,
        tolerance_vmaf=summary.rule.tolerances.vmaf,
        caption=f"{name}: {_KNOWN[provenance]}, {len(summary.sources)} clips; {_loss(summary)}.",
    )


def _facts(summary: Summary, name: str, provenance: Provenance | None) -> tuple[tuple[str, str], ...]:
    verdicts = ", ".join(f"{count:,} {verdict}" for verdict, count in reversed(tuple(summary.verdicts.items())))
    return (
        ("Evidence", _caption(summary, name, provenance)),
        ("Rows", f"{summary.rows:,}, of them {summary.bare:,} bare and {summary.not_comparable:,} not comparable"),
        ("Slices", f"{summary.slices:,}, {summary.slices_with_hull:,} with a hull"),
        ("Cells", f"{summary.cells:,}, {summary.filler_cells:,} of them filler: {verdicts}"),
        ("Sources", ", ".join(summary.sources)),
    )


def _tables(summary: Summary) -> tuple[Table, ...]:
    return (
        Table(
            caption="Codecs. Percentiles are over all rows of a codec, interpolated linearly",
            head=CODEC_HEAD,
            rows=tuple(codec_rows(summary)),
        ),
        Table(caption="Rate control: rows that regress, of all rows", head=RATE_HEAD, rows=tuple(rate_rows(summary))),
    )
