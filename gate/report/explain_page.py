"""An explanation as an HTML page, and one cell of it as a figure."""

from __future__ import annotations

from gate.errors import UsageError
from gate.explanation import ExplainedCell, Explanation
from gate.model import Provenance
from gate.report import explain_words as words
from gate.report import wording
from gate.report.charts.cell import cell_figure
from gate.report.charts.images import Form, render_image
from gate.report.html.model import Corpus, Page, PageCell, unjudged
from gate.report.html.page import render_page


def render_explanation_html(told: Explanation) -> str:
    """The explanation as one HTML file that needs no network."""
    samples = tuple(dict.fromkeys(one.sample for one in told.cells))
    gravest = max(told.cells, key=lambda one: one.cell.action.gravity, default=None)
    page = Page(
        title=f"codec-gate: {told.subject}",
        headline=words.headline(told.cells[0]) if len(told.cells) == 1 else told.subject,
        action=gravest.cell.action if gravest else None,
        warnings=words.warnings(told),
        notes=(),
        corpora=tuple(_corpus(told, at) for at in range(len(samples))),
        cells=tuple(_cell(one, samples.index(one.sample), told) for one in told.cells),
        slices=told.slices,
        tables=(),
        facts=tuple(words.grounds(told)),
    )
    return render_page(page)


def render_explanation_image(told: Explanation, form: Form) -> bytes:
    """The one cell of an explanation as a figure.

    Raises:
        UsageError: it isn't one cell, or vl-convert isn't installed.
    """
    if len(told.cells) != 1:
        what = f"an image shows one cell, and this is {wording.counted(len(told.cells), 'cell')}"
        raise UsageError(what, where=told.subject, fix="name one cell, or take --format html")
    (one,) = told.cells
    caption, tolerance = words.caption(one, told.policy), told.policy.tolerances.vmaf
    return render_image(cell_figure(one.exhibit, told.slices, caption=caption, tolerance_vmaf=tolerance), form)


def _corpus(told: Explanation, at: int) -> Corpus:
    sample = tuple(dict.fromkeys(one.sample for one in told.cells))[at]
    first = next(one for one in told.cells if one.sample == sample)
    return Corpus(
        codecs=sample.codecs,
        sources=tuple(row.source for row in first.exhibit.sources),
        threshold=sample.threshold,
        tolerance_vmaf=told.policy.tolerances.vmaf,
        caption=words.caption(first, told.policy),
        reconstructed=sample.provenance is Provenance.RECONSTRUCTED,
    )


def _cell(one: ExplainedCell, corpus: int, told: Explanation) -> PageCell:
    cell = one.cell
    return PageCell(
        cell=unjudged(one.codec, cell),
        corpus=corpus,
        sources=one.exhibit.sources,
        adapters=(one.adapter,) if one.adapter else (),
        action=cell.action,
        about=(
            *words.consequences(one, told.policy),
            *words.remarks(one, told.policy),
            *(f"{name}: {value}." for name, value in words.facts(one)),
        ),
    )
