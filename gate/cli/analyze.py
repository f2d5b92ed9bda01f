"""The use case behind `gate analyze`: a sweep file to tables, a report and figures on disk, the summary in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gate.evidence.sample.manifest import find_manifest
from gate.evidence.sweep.cells import Rule
from gate.evidence.sweep.read import read_sweep
from gate.evidence.sweep.tables import TableForm
from gate.evidence.sweep.tables import analyze as write_tables
from gate.policy.load import structural_share
from gate.report.charts.images import Form
from gate.report.html.sweep import write_figures, write_report


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to write of a sweep, and where. `figures` None leaves the figures out."""

    sweep: Path
    out: Path
    tables: str
    structural: str
    report: bool
    figures: str | None


def analyze(wanted: Wanted, told: Callable[[str], None]) -> str:
    """Write tables, summary.md, report.html and figures into a folder; the summary, in words.

    Raises:
        SweepError: a row is malformed. SampleError: the manifest beside it is. UsageError: the folder can't be written,
        or figures are asked for and vl-convert isn't installed.
    """
    name = wanted.sweep.name
    rule = Rule(structural=structural_share(wanted.structural))
    manifest = find_manifest(wanted.sweep)
    provenance = manifest.provenance if manifest else None
    told("reading the sweep")
    rows = read_sweep(wanted.sweep)
    told("finding regressions, hulls and cells")
    analysis, summary = write_tables(
        rows,
        wanted.out,
        name=name,
        rule=rule,
        sources=(manifest.corpus or None) if manifest else None,
        provenance=provenance,
        form=TableForm(wanted.tables),
    )
    written = [f"Tables: {wanted.out}"]
    if wanted.report:
        told("writing the report")
        page = write_report(analysis, summary, wanted.out, name=name, provenance=provenance)
        written.append(f"Report: {page}")
    if wanted.figures is not None:
        told("drawing")
        form = Form(wanted.figures)
        figures = write_figures(analysis, summary, wanted.out, name=name, provenance=provenance, form=form)
        written.append(f"Figures: {', '.join(path.name for path in figures)}")
    return (wanted.out / "summary.md").read_text(encoding="utf-8") + "\n" + "\n".join(written) + "\n"
