"""The use case behind `gate analyze`: a sweep file to tables and a summary on disk, the summary in words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from gate.policy.load import structural_share
from gate.sweep.analyze import analyze as write_tables
from gate.sweep.cells import Rule
from gate.sweep.manifest import find_manifest
from gate.sweep.read import read_sweep
from gate.sweep.tables import TableForm


def analyze(sweep: Path, out: Path, format_: str, structural: str, told: Callable[[str], None]) -> str:
    """Write every table of a sweep into `out`; the summary, in words.

    Raises:
        SweepError: a row is malformed. SampleError: the manifest beside it is. UsageError: `out` can't be written.
    """
    rule = Rule(structural=structural_share(structural))
    manifest = find_manifest(sweep)
    told("reading the sweep")
    rows = read_sweep(sweep)
    told("finding regressions, hulls and cells")
    write_tables(
        rows,
        out,
        name=sweep.name,
        rule=rule,
        sources=(manifest.corpus or None) if manifest else None,
        provenance=manifest.provenance if manifest else None,
        form=TableForm(format_),
    )
    return (out / "summary.md").read_text(encoding="utf-8") + f"\nTables: {out}\n"
