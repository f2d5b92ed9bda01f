"""`gate analyze`: a sweep file to tables, summary.md, a page and figures in a folder; the summary in words."""

from __future__ import annotations

from pathlib import Path

import click

from gate.cli.output import FILE, FOLDER, PASSED, format_option, progress, structural_option, write
from gate.documents import share
from gate.evidence.sweep.cells import Rule
from gate.evidence.sweep.manifest import find_manifest
from gate.evidence.sweep.read import read_described
from gate.evidence.sweep.summary import analysed, summarise
from gate.evidence.sweep.tables import TableForm, write_tables
from gate.report.charts.images import Form
from gate.report.html.sweep import write_figures, write_report
from gate.report.sweep import render


@click.command()
@click.argument("sweep", type=FILE)
@click.option("--out", type=FOLDER, required=True, help="The folder for the tables; made where there is none.")
@format_option("csv", "parquet")
@structural_option
@click.option("--report/--no-report", default=True, show_default=True, help="Write report.html, one page to look at.")
@click.option("--figures", type=click.Choice(["svg", "png"]), help="Draw figures too; needs codec-gate[charts].")
def analyze(sweep: Path, out: Path, format_: str, structural: str, report: bool, figures: str | None) -> int:
    """Find the regressions, hulls and structural cells of a sweep."""
    with progress("analyzing") as told:
        rule = Rule(structural=share(structural, "--structural"))
        manifest = find_manifest(sweep)
        provenance = manifest.provenance if manifest else None
        told("reading the sweep")
        rows = read_described(sweep, manifest)
        told("finding regressions, hulls and cells")
        analysis = analysed(rows, rule, (manifest.corpus or None) if manifest else None)
        summary = summarise(analysis)
        text = render(summary, name=sweep.name, provenance=provenance)
        write_tables(analysis, out, form=TableForm(format_), summary=text)
        written = [f"Tables: {out}"]
        if report:
            told("writing the report")
            page = write_report(analysis, summary, out, name=sweep.name, provenance=provenance)
            written.append(f"Report: {page}")
        if figures is not None:
            told("drawing")
            drawn = write_figures(analysis, summary, out, name=sweep.name, provenance=provenance, form=Form(figures))
            written.append(f"Figures: {', '.join(path.name for path in drawn)}")
    written.append(f"Summary: {out / 'summary.md'}")
    write(text.partition("\n## ")[0] + "\n" + "\n".join(written) + "\n", None)
    return PASSED
