"""Markdown's tables of evidence: the cells that decide a change, and one cell source by source."""

from __future__ import annotations

from collections.abc import Sequence

from gate.exhibit import Exhibit, SourceRow
from gate.report import witnesses, wording
from gate.report.bars import Scale, bar, scale
from gate.report.gfm import code, escaped
from gate.verdict import Report

_BAR = 21  # characters


def cell_table(rows: Sequence[wording.CellRow], report: Report) -> str:
    """A line per cell, with the figures of the deciding witness and what the other one says."""
    detector = report.policy.detector
    lines = [
        f"| rate control | recipe | preset | q | verdict | hits | {escaped(witnesses.other_heading(detector))} "
        "| mean Δ VMAF | worst |",
        "|---|---|---|---|---|---|---|--:|---|",
    ]
    for row in rows:
        cell = row.cell
        stands = [preset for preset in row.presets if preset != cell.preset]
        preset = code(cell.preset) + (f" for {', '.join(code(preset) for preset in stands)}" if stands else "")
        verdict = cell.verdict.value if cell.waiver is None else "waived"
        worst = f"{wording.delta(cell.worst.delta)} {code(cell.worst.source)}" if cell.worst else "–"
        lines.append(
            f"| {code(cell.rc_mode)} | {code(cell.recipe)} | {preset} | {code(cell.q)} | {verdict} "
            f"| {wording.hits(cell)} | {escaped(witnesses.other(cell, detector))} "
            f"| {wording.delta(cell.mean_delta)} | {worst} |"
        )
    return "\n".join(lines)


def source_table(one: Exhibit) -> str:
    """A line per source: Δ by both witnesses, a bar of the published one, and the bare row that it was matched with."""
    on = scale([row.delta for row in one.sources], _BAR)
    lines = [
        "| source | state | Δ VMAF | | Δ interp. | matched bare row | its bits |",
        "|---|---|--:|---|--:|---|--:|",
    ]
    return "\n".join(lines + [_source(row, on) for row in one.sources])


def _source(row: SourceRow, on: Scale) -> str:
    matched = f"{code(row.matched.preset)} {code(row.matched.q)}" if row.matched else "–"
    mismatch = wording.percent(row.matched.mismatch_pct if row.matched else None)
    return (
        f"| {code(row.source)} | {row.state.value} | {wording.delta(row.delta)} | {code(bar(row.delta, on).rstrip())} "
        f"| {wording.delta(row.interpolated_delta)} | {matched} | {mismatch} |"
    )
