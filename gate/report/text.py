"""The report for a terminal: verdict, what to change and where, then the evidence; laid out at a given width."""

from __future__ import annotations

import io
from collections.abc import Iterator

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from gate.errors import one_line
from gate.evidence.model import CellVerdict
from gate.judge.model import Action, CellRow, Conclusion, JudgedChange, Report, Suggestion
from gate.report import detectors, wording

_ROWS = 12  # a terminal's worth; JSON and Markdown hold all
_CHANGES = 100  # whose evidence is laid out: nobody reads more here, and layout takes time
_WIDE = 100  # from here on there is room for words where signs must do else
_STYLES = {Action.FAIL: "bold red", Action.WARN: "yellow", Action.NOTICE: "cyan", Action.PASS: "green"}


def render_text(report: Report, *, width: int, color: bool) -> str:
    """The report as lines of at most `width` columns, with ANSI colour or without."""
    console = paper(width=width, color=color)
    console.print(Text(wording.headline(report), style=_headline_style(report)))
    warning = wording.provenance_warning(report)
    if warning:
        console.print(Text(one_line(warning), style="yellow"))
    _print_changes(console, report)
    _print_unresolved(console, report)
    _print_notices(console, report)
    _print_sources(console, report)
    return written(console)


def paper(*, width: int, color: bool) -> Console:
    """A console that writes to memory."""
    return Console(
        file=io.StringIO(),
        width=width,
        color_system="standard" if color else None,
        force_terminal=color,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )


def written(console: Console) -> str:
    """What was written on `paper`, without blanks at line ends."""
    output = console.file
    assert isinstance(output, io.StringIO)  # noqa: S101 - as `paper` made it
    return "\n".join(line.rstrip() for line in output.getvalue().splitlines()) + "\n"


def _headline_style(report: Report) -> str:
    if report.conclusion is not Conclusion.SUCCESS:
        return "bold red"
    return "bold yellow" if report.blocked or report.counts.not_judged else "bold green"


def _print_changes(console: Console, report: Report) -> None:
    for at, change in enumerate(sorted(report.changes, key=lambda change: -change.action.gravity)):
        console.print()
        title = Text(one_line(f"{change.path}:{change.line}"), style="bold")
        console.print(title)
        what = Text(f"{one_line(change.adapter)}: {one_line(wording.kind(change))}", style=_STYLES[change.action])
        if change.before or change.after:
            what.append(f": {one_line(change.before) or '(none)'} → {one_line(change.after) or '(none)'}")
        _indented(console, what)
        if at < _CHANGES:
            _print_change(console, change, report)
    if len(report.changes) > _CHANGES:
        more = wording.counted(len(report.changes) - _CHANGES, "more change")
        console.print()
        console.print(Text(f"What is known of these {more} is left out here (--format json has it all)", style="dim"))


def _print_change(console: Console, change: JudgedChange, report: Report) -> None:
    remedy = wording.remedy(change)
    if remedy:
        _indented(console, Text(one_line(remedy), style="bold"))
    if change.suggestion is not None:
        _print_suggestion(console, change.suggestion)
    why = wording.why(change)
    if why:
        _indented(console, Text(one_line(f"Why: {why}.")))
    for hit in wording.rule_hits(change):
        scope = f" ({hit.scope})" if hit.scope else ""
        reference = f" [{hit.reference}]" if hit.reference else ""
        verb = "Forbidden" if hit.kind == "forbid" else "Discouraged"
        waived = " WAIVED." if hit.waiver is not None else ""
        _indented(
            console,
            Text(one_line(f"{verb}: {hit.recipe}{scope}: {hit.reason}{reference}.{waived}"), style=_STYLES[hit.action]),
        )
    _print_cells(console, change, report)


def _print_suggestion(console: Console, offered: Suggestion) -> None:
    """The edit as a diff, and how it was verified."""
    if offered.before_lines:
        place = f"{offered.path}:{offered.line}"
        _indented(console, Text(one_line(f"@@ {place} @@"), style="cyan"), by=4)
        for sign, lines, style in (("-", offered.before_lines, "red"), ("+", offered.after_lines, "green")):
            for line in lines:
                _indented(console, Text(sign + one_line(line), style=style), by=4)
    _indented(
        console, Text(one_line(f"Verified: {offered.verified}."), style="dim"), by=4 if offered.before_lines else 2
    )


def _print_cells(console: Console, change: JudgedChange, report: Report) -> None:
    shown = change.shown
    if shown:
        console.print(Padding(_table(shown[:_ROWS], report, console.width), (0, 0, 0, 2)))
    if len(shown) > _ROWS:
        _indented(
            console, Text(f"… and {len(shown) - _ROWS} more such cells (--format json has them all)", style="dim")
        )
    rest = wording.rest(change.rows)
    if rest:
        _indented(console, Text(f"{'Beside these' if shown else 'Cells'}: {rest}.", style="dim"))
    unjudged = wording.unjudged(change)
    if unjudged:
        _indented(console, Text(one_line(f"Not judged: {unjudged}."), style="dim"))
    for remark in (*_statistics(change), *detectors.remarks(shown, report.policy.detector)):
        _bulleted(console, remark)
    screened = detectors.screen_remark(change, report)
    if screened:
        _bulleted(console, screened)


def _statistics(change: JudgedChange) -> Iterator[str]:
    """How sure the worst blocking cell is, and where to see it source by source."""
    worst = change.worst_blocking
    if worst is not None and worst.detail is not None:
        key, figures = worst.cell.key, detectors.statistics(worst.detail)
        yield f"{wording.place(key)}: {figures}.{detectors.SEE}{detectors.explain_command(key)}"


def _table(rows: tuple[CellRow, ...], report: Report, width: int) -> Table:
    wide = width >= _WIDE
    table = Table(box=None, expand=True, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim", show_edge=False)
    table.add_column("cell", no_wrap=True, overflow="ellipsis", min_width=12)
    table.add_column("verdict", no_wrap=True, min_width=10)
    table.add_column("hits", no_wrap=True, min_width=4)
    table.add_column(detectors.other_heading(report.policy.detector), no_wrap=True, min_width=5)
    table.add_column("mean Δ", justify="right", no_wrap=True, min_width=6)
    table.add_column("worst Δ VMAF" if wide else "worst Δ", no_wrap=True, overflow="ellipsis", ratio=1, min_width=7)
    beside = detectors.other if wide else detectors.other_marked
    for row in rows:
        cell = row.cell
        name = wording.place(cell.key) + (f" for {', '.join(row.stands_for)}" if row.stands_for else "")
        verdict = cell.verdict.value if row.judged.waiver is None else "waived"
        worst = wording.delta(cell.worst_delta)
        worst += f" {cell.worst_source}" if wide and cell.worst_delta is not None else ""
        style = _STYLES[row.judged.action] if cell.verdict is CellVerdict.STRUCTURAL else ""
        second = beside(cell, report.policy.detector)
        texts = (name, verdict, wording.hits(cell), second, wording.delta(cell.mean_delta), worst)
        table.add_row(*(Text(one_line(text), style=style, no_wrap=True, overflow="ellipsis") for text in texts))
    return table


def _print_unresolved(console: Console, report: Report) -> None:
    for part in report.unresolved:
        console.print()
        title = Text(one_line(f"{part.path}:{part.line}"), style="bold")
        who = f"{part.adapter or 'adapters'}{f' at preset {part.preset}' if part.preset else ''}"
        known = ", as in base" if part.action == "listed" else ""
        title.append(
            one_line(f"  {who}: can't be read{known}"), style="bold red" if part.action == "error" else "yellow"
        )
        console.print(title)
        _indented(console, Text(one_line(part.reason)))


def _print_notices(console: Console, report: Report) -> None:
    lines = list(report.notices)
    for part in report.raises:
        presets = f" at {', '.join(part.presets)}" if part.presets else ""
        lines.append(f"{part.adapter} emits nothing{presets}: raises {part.exception} ({part.path}:{part.line})")
    for waiver in report.waivers:
        scope = f" ({waiver.scope})" if waiver.scope else ""
        lines.append(
            f"waiver {waiver.status}: {waiver.codec} {waiver.recipe}{scope}, until {waiver.expires}, "
            f"{waiver.owner}: {waiver.reason}"
        )
    if not lines:
        return
    console.print()
    grid = Table.grid(padding=(0, 1, 0, 0))
    for line in lines:
        grid.add_row("·", Text(one_line(line)))
    console.print(grid)


def _print_sources(console: Console, report: Report) -> None:
    console.print()
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True, style="dim")
    grid.add_column(overflow="fold")
    for sample in report.samples:
        grid.add_row("evidence", Text(one_line(wording.sample_line(sample))))
    grid.add_row("policy", Text(one_line(wording.policy_line(report))))
    grid.add_row("compared", Text(one_line(wording.refs_line(report))))
    console.print(grid)


def _indented(console: Console, text: Text, *, by: int = 2) -> None:
    console.print(Padding(text, (0, 0, 0, by)))


def _bulleted(console: Console, words: str) -> None:
    """A remark; the command that shows more gets a line of its own, so that it can be copied."""
    said, _, command = words.partition(detectors.SEE)
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_row("·", Text(one_line(said)))
    if command:
        grid.add_row("", Text(one_line(f"$ {command}"), style="dim"))
    console.print(Padding(grid, (0, 0, 0, 2)))
