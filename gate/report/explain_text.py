"""An explanation for a terminal: the verdict, a bar per source, what is unsure about it, and what it rests on."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from gate.errors import one_line
from gate.evidence.model import CellDetail, Detector, SourceRow, SourceState
from gate.judge.explain_model import ExplainedCell, Explanation
from gate.judge.model import Action
from gate.report import explain as words
from gate.report import wording
from gate.report.bars import Scale, bar, scale
from gate.report.text import bulleted, facts, indented, paper, written

_WIDE = 110  # from here on there is room for both detectors' bars, and for what was measured
_STYLES = {Action.FAIL: "bold red", Action.WARN: "bold yellow", Action.NOTICE: "bold cyan", Action.PASS: "bold green"}
_STATES = {SourceState.HIT: "red", SourceState.HOLDS: "green"}


def render_explanation_text(explanation: Explanation, *, width: int, color: bool) -> str:
    """The explanation as lines of at most `width` columns, with ANSI colour or without."""
    console = paper(width=width, color=color)
    alone = explanation.cells[0] if explanation.cells and not explanation.cells[0].path else None
    if alone is None:
        console.print(Text(one_line(words.subject(explanation)), style="bold"))
    else:
        console.print(Text(one_line(words.headline(alone)), style=_STYLES[alone.judged.action]))
    for line in words.warnings(explanation):
        console.print(Text(one_line(line), style="yellow"))
    for one in explanation.cells:
        if alone is None:
            console.print()
            console.print(Text(one_line(words.headline(one)), style=_STYLES[one.judged.action]))
        _print_cell(console, one, explanation)
    console.print()
    console.print(facts(words.grounds(explanation)))
    return written(console)


def _print_cell(console: Console, one: ExplainedCell, explanation: Explanation) -> None:
    for line in words.consequences(one, explanation.policy):
        indented(console, line)
    console.print()
    indented(console, _sources(one.detail, console.width, one.judged.cell.detector))
    console.print()
    remarks = tuple(words.remarks(one))
    for remark in remarks:
        bulleted(console, remark)
    if remarks:
        console.print()
    indented(console, facts(words.facts(one)))


def _sources(one: CellDetail, width: int, detector: Detector) -> Table:
    """A line per source: Δ by what decides, by the other methods, and the bare row that nearest compared with."""
    wide, pooled = width >= _WIDE, detector is Detector.POOLED
    by = detector if pooled else Detector.NEAREST
    deltas = [value for row in one.sources for value in (row.by(by), row.interpolated_delta)]
    on = scale(deltas, 17 if wide else 13 if pooled else 15)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim", show_edge=False)
    table.add_column("clip", no_wrap=True, overflow="ellipsis", max_width=26 if wide else 14 if pooled else 20)
    for name in ("kbit/s", "VMAF") if wide else ():
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column(by.value, no_wrap=True)
    for name in ("Δ", *(["nearest"] if pooled else [])):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("interpolated" if wide else "interp.", no_wrap=True, justify="left" if wide else "right")
    if wide:
        table.add_column("Δ", justify="right", no_wrap=True)
    table.add_column("matched", no_wrap=True, overflow="ellipsis", max_width=16)
    table.add_column("its bits", justify="right", no_wrap=True)
    for row in one.sources:
        table.add_row(*(_text(value, style) for value, style in _columns(row, on, by, wide)))
    return table


def _text(value: str, style: str) -> Text:
    return Text(one_line(value), style=style, no_wrap=True, overflow="ellipsis")


def _columns(row: SourceRow, on: Scale, by: Detector, wide: bool) -> Iterator[tuple[str, str]]:
    first = _STATES.get(row.pooled if by is Detector.POOLED else row.nearest, "dim")
    nearest, second = _STATES.get(row.nearest, "dim"), _STATES.get(row.interpolated, "dim")
    yield row.source, ""
    if wide:
        yield wording.kbps(row.bitrate_kbps), ""
        yield "–" if row.vmaf is None else f"{row.vmaf:.2f}", ""
    yield bar(row.by(by), on), first
    yield wording.delta(row.by(by)), first
    if by is Detector.POOLED:
        yield wording.delta(row.delta), nearest
    if wide:
        yield bar(row.interpolated_delta, on), second
    yield wording.delta(row.interpolated_delta), second
    yield f"{row.matched.preset} {row.matched.q}" if row.matched else "–", ""
    yield wording.percent(row.matched.mismatch_pct if row.matched else None), ""
