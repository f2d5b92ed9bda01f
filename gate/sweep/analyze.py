"""`gate analyze`: a sweep to a folder of tables and a summary."""

from __future__ import annotations

import tempfile
from pathlib import Path

from gate.errors import UsageError
from gate.model import Provenance
from gate.sweep.cells import Rule
from gate.sweep.columns import Sweep
from gate.sweep.markdown import render
from gate.sweep.summary import Analysis, Summary, analysed, summarise
from gate.sweep.tables import TableForm, tables, writer


def analyze(
    sweep: Sweep,
    out: Path,
    *,
    name: str,
    rule: Rule | None = None,
    sources: tuple[str, ...] | None = None,
    provenance: Provenance | None = None,
    form: TableForm = TableForm.CSV,
) -> tuple[Analysis, Summary]:
    """Write summary.md, regressions, clusters and one pareto table per slice into `out`, and return what they show.

    Everything is written beside first and moved into place when all is there; files of the same names are replaced,
    others are left alone. `name` is the sweep's, for the summary; `sources` the corpus, where the sweep shows fewer.

    Raises: UsageError where `out` can't be written; SweepError and PolicyError as `find_cells`.
    """
    analysis = analysed(sweep, rule or Rule(), sources)
    summary = summarise(analysis)
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".analyze-", dir=out) as folder:
            _write_all(analysis, Path(folder), form)
            text = render(summary, name=name, provenance=provenance)
            (Path(folder) / "summary.md").write_text(text, encoding="utf-8")
            for written in sorted(Path(folder).iterdir()):
                written.replace(out / written.name)
    except OSError as error:
        raise UsageError(f"cannot be written: {error.strerror or error}", where=str(out)) from None
    return analysis, summary


def _write_all(analysis: Analysis, folder: Path, form: TableForm) -> None:
    with writer(form) as write:
        for name, table in tables(analysis):
            write(table, folder / f"{name}.{form}")
