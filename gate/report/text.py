"""The report for a terminal: verdict, what to change and where, then the evidence; laid out at a given width."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from gate.errors import one_line
from gate.judge.model import Action, CellRow, Conclusion, JudgedChange, Report, Suggestion
from gate.report import basis, detectors, first, wording

_ROWS = 12  # a terminal's worth; JSON and Markdown hold all
_CHANGES = 100  # whose evidence is laid out: nobody reads more here, and layout takes time
_WIDE = 100  # from here on there is room for words where signs must do else
_STYLES = {Action.FAIL: "bold red", Action.WARN: "yellow", Action.NOTICE: "cyan", Action.PASS: "green"}


def render_text(report: Report, *, width: int, color: bool, everything: bool = False) -> str:
    """The report as lines of at most `width` columns, with ANSI colour or without."""
    console = paper(width=width, color=color)
    console.print(Text(wording.headline(report), style=_headline_style(report)))
    for warning in detectors.warnings(report):
        console.print(Text(one_line(warning), style="yellow"))
    _print_changes(console, report, everything=everything)
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


def _print_changes(console: Console, report: Report, *, everything: bool) -> None:
    rows, most = (sys.maxsize, sys.maxsize) if everything else (_ROWS, _CHANGES)
    for at, change in enumerate(report.changes):
        console.print()
        title = Text(one_line(f"{change.path}:{change.line}"), style="bold")
        console.print(title)
        indented(console, f"{change.adapter}: {wording.changed(change)}", style=_STYLES[change.action])
        if at < most:
            _print_change(console, change, report, rows, legend=at == 0)
    if len(report.changes) > most:
        more = wording.counted(len(report.changes) - most, "more change")
        console.print()
        console.print(Text(f"What is known of these {more} is left out here (-v shows it all)", style="dim"))


def _print_change(console: Console, change: JudgedChange, report: Report, rows: int, *, legend: bool) -> None:
    indented(console, facts(first.answers(change, report)))
    if change.suggestion is not None:
        _print_suggestion(console, change.suggestion)
    if rows == sys.maxsize:
        _print_waiver(console, change)
    for hit in wording.rule_hits(change):
        indented(console, wording.rule_hit(hit), style=_STYLES[hit.action])
    _print_cells(console, change, report, rows, legend=legend)


def _print_waiver(console: Console, change: JudgedChange) -> None:
    lines = wording.waiver_lines(change) if change.action is Action.FAIL else ()
    if lines:
        indented(console, f"To waive it, in {wording.POLICY_PATH} of the target branch, the empty keys filled in:")
        for line in lines:
            indented(console, line, by=4)


def _print_suggestion(console: Console, offered: Suggestion) -> None:
    """The edit as a diff, and how it was verified."""
    if offered.before_lines:
        place = f"{offered.path}:{offered.line}"
        indented(console, f"@@ {place} @@", style="cyan", by=4)
        for sign, lines, style in (("-", offered.before_lines, "red"), ("+", offered.after_lines, "green")):
            for line in lines:
                console.print(Padding(Text(sign + one_line(line), style=style), (0, 0, 0, 4)))
    apply = " `gate check --fix` makes it; -v prints the waiver." if offered.before_lines else ""
    indented(console, f"Verified: {offered.verified}.{apply}", style="dim", by=4 if offered.before_lines else 2)


def _print_cells(console: Console, change: JudgedChange, report: Report, rows: int, *, legend: bool) -> None:
    shown = change.shown
    if shown:
        console.print()
        names = first.recipes(shown)
        if len(names) == 1:
            indented(console, f"cells of {names[0]}", style="bold")
        indented(console, _table(shown[:rows], console.width))
    if len(shown) > rows:
        indented(console, f"… and {len(shown) - rows} more such cells (-v shows them all)", style="dim")
    if shown and legend:
        indented(console, f"{first.LEGEND} {detectors.MARKS}", style="dim")
    rest = wording.rest(change.rows)
    if rest:
        indented(console, f"{'Beside these' if shown else 'Cells'}: {rest}.", style="dim")
    unjudged = wording.unjudged(change)
    if unjudged:
        indented(console, f"Not judged: {unjudged}.", style="dim")
    for remark in (*_statistics(change), *detectors.remarks(shown)):
        bulleted(console, remark)
    screened = detectors.screen_remark(change, report)
    if screened:
        bulleted(console, screened)


def _statistics(change: JudgedChange) -> Iterator[str]:
    """How sure the worst blocking cell is, and where to see it source by source."""
    worst = change.worst_blocking
    if worst is not None and worst.detail is not None:
        key, figures = worst.cell.key, detectors.statistics(worst.detail)
        yield f"{wording.place(key)}: {figures}.{detectors.SEE}{detectors.explain_command(key)}"


def _table(rows: tuple[CellRow, ...], width: int) -> Table:
    wide = width >= _WIDE
    table = Table(box=None, expand=True, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim", show_edge=False)
    several = len(first.recipes(rows)) > 1
    if several:
        table.add_column("recipe", no_wrap=True, overflow="ellipsis")
    table.add_column("rate", no_wrap=True)
    table.add_column("preset (also for)" if wide else "preset (for)", no_wrap=True, overflow="ellipsis", min_width=8)
    table.add_column("target", no_wrap=True)
    table.add_column("verdict", no_wrap=True, min_width=10)
    table.add_column("clips", no_wrap=True, min_width=4)
    table.add_column(detectors.other_heading(rows[0].cell.detector), no_wrap=True, min_width=5)
    if wide:
        table.add_column("mean Δ of these", justify="right", no_wrap=True, min_width=6)
    table.add_column("worst Δ VMAF" if wide else "worst Δ", no_wrap=True, overflow="ellipsis", ratio=1, min_width=7)
    beside = detectors.other if wide else detectors.other_marked
    for row in rows:
        cell, key = row.cell, row.cell.key
        preset = key.preset + (f" ({', '.join(row.stands_for)})" if row.stands_for else "")
        where = (*((key.recipe,) if several else ()), key.rc_mode, preset, wording.target(key.rc_mode, key.q))
        worst = wording.delta(cell.worst_delta)
        worst += f" {cell.worst_source}" if wide and cell.worst_delta is not None else ""
        second = beside(cell)
        texts = (
            *where,
            row.verdict,
            wording.hits(cell),
            second,
            *([wording.delta(cell.mean_delta)] if wide else []),
            worst,
        )
        table.add_row(*(Text(one_line(text), no_wrap=True, overflow="ellipsis") for text in texts))
    return table


def _print_unresolved(console: Console, report: Report) -> None:
    for part in report.unresolved:
        console.print()
        title = Text(one_line(f"{part.path}:{part.line}"), style="bold")
        who = f"{part.adapter or 'adapters'}{wording.at_presets(part.presets)}"
        known = ", as in base" if part.action == "listed" else ""
        title.append(
            one_line(f"  {who}: can't be read{known}"), style="bold red" if part.action == "error" else "yellow"
        )
        console.print(title)
        indented(console, part.reason)
        if part.action != "listed":
            indented(console, wording.UNREAD_REMEDY, style="bold")


def _print_notices(console: Console, report: Report) -> None:
    lines = list(wording.notices(report))
    if lines:
        console.print()
        console.print(facts([("·", line) for line in lines], gap=1))


def _print_sources(console: Console, report: Report) -> None:
    console.print()
    console.print(
        facts(
            [
                *(("evidence", basis.sample_line(sample)) for sample in report.samples),
                ("policy", basis.policy_line(report.policy)),
                ("compared", basis.refs_line(report)),
                *([("rules", wording.rules_line(report))] if report.changes else []),
            ]
        )
    )


def facts(pairs: Iterable[tuple[str, str]], *, gap: int = 2) -> Table:
    """Names, dim, and what there is to say under each."""
    grid = Table.grid(padding=(0, gap, 0, 0))
    grid.add_column(no_wrap=True, style="dim")
    grid.add_column(overflow="fold")
    for name, text in pairs:
        grid.add_row(name, Text(one_line(text)))
    return grid


def indented(console: Console, what: str | Table, *, style: str = "", by: int = 2) -> None:
    """A line, or a table, a step to the right."""
    console.print(Padding(Text(one_line(what), style=style) if isinstance(what, str) else what, (0, 0, 0, by)))


def bulleted(console: Console, words: str) -> None:
    """A remark; the command that shows more gets a line of its own, so that it can be copied."""
    remark, _, command = words.partition(detectors.SEE)
    grid = facts([("·", remark)], gap=1)
    if command:
        grid.add_row("", Text(one_line(f"$ {command}"), style="dim"))
    indented(console, grid)
