"""The report for a terminal: verdict, what to change and where, then the evidence; laid out at a given width."""

from __future__ import annotations

import io

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from gate.errors import one_line
from gate.model import CellVerdict
from gate.report import wording
from gate.verdict import Action, Conclusion, JudgedChange, Report

_ROWS = 12  # a terminal's worth; JSON and Markdown hold all
_STYLES = {Action.FAIL: "bold red", Action.WARN: "yellow", Action.NOTICE: "cyan", Action.PASS: "green"}


def render_text(report: Report, *, width: int, color: bool) -> str:
    """The report as lines of at most `width` columns, with ANSI colour or without."""
    console = Console(
        file=io.StringIO(),
        width=width,
        color_system="standard" if color else None,
        force_terminal=color,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    console.print(Text(wording.headline(report), style=_headline_style(report)))
    _print_changes(console, report)
    _print_unresolved(console, report)
    _print_notices(console, report)
    _print_sources(console, report)
    output = console.file
    assert isinstance(output, io.StringIO)  # noqa: S101 - made above
    return "\n".join(line.rstrip() for line in output.getvalue().splitlines()) + "\n"


def _headline_style(report: Report) -> str:
    if report.conclusion is not Conclusion.SUCCESS:
        return "bold red"
    return "bold yellow" if report.blocked or report.counts.not_judged else "bold green"


def _print_changes(console: Console, report: Report) -> None:
    for change in sorted(report.changes, key=lambda change: -change.action.gravity):
        console.print()
        title = Text(one_line(f"{change.path}:{change.line}"), style="bold")
        console.print(title)
        what = Text(f"{one_line(change.adapter)}: {one_line(wording.kind(change))}", style=_STYLES[change.action])
        if change.before or change.after:
            what.append(f": {one_line(change.before) or '(none)'} → {one_line(change.after) or '(none)'}")
        _indented(console, what)
        _print_change(console, change)


def _print_change(console: Console, change: JudgedChange) -> None:
    remedy = wording.remedy(change)
    if remedy:
        _indented(console, Text(one_line(remedy), style="bold"))
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
    _print_cells(console, change)


def _print_cells(console: Console, change: JudgedChange) -> None:
    rows = wording.rows(change)
    shown = wording.deciding(rows)
    if shown:
        console.print(Padding(_table(shown[:_ROWS]), (0, 0, 0, 2)))
    if len(shown) > _ROWS:
        _indented(
            console, Text(f"… and {len(shown) - _ROWS} more such cells (--format json has them all)", style="dim")
        )
    rest = wording.rest(rows)
    if rest:
        _indented(console, Text(f"{'Beside these' if shown else 'Cells'}: {rest}.", style="dim"))


def _table(rows: tuple[wording.CellRow, ...]) -> Table:
    table = Table(box=None, expand=True, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim", show_edge=False)
    table.add_column("cell", no_wrap=True, overflow="ellipsis", min_width=12)
    table.add_column("verdict", no_wrap=True, min_width=10)
    table.add_column("hits", no_wrap=True, min_width=4)
    table.add_column("mean Δ", justify="right", no_wrap=True, min_width=6)
    table.add_column("worst Δ VMAF", no_wrap=True, overflow="ellipsis", ratio=1)
    for row in rows:
        cell = row.cell
        name = f"({cell.rc_mode}, {cell.recipe}, {cell.preset}, q={cell.q})"
        stands = [preset for preset in row.presets if preset != cell.preset]
        if stands:
            name += f" for {', '.join(stands)}"
        verdict = cell.verdict.value if cell.waiver is None else "waived"
        worst = f"{wording.delta(cell.worst.delta)} {cell.worst.source}" if cell.worst else "–"
        style = _STYLES[cell.action] if cell.verdict is CellVerdict.STRUCTURAL else ""
        texts = (name, verdict, wording.hits(cell), wording.delta(cell.mean_delta), worst)
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
    warning = wording.provenance_warning(report)
    if warning:
        grid.add_row("", Text(warning, style="yellow"))
    grid.add_row("policy", Text(one_line(wording.policy_line(report))))
    grid.add_row("compared", Text(one_line(wording.refs_line(report))))
    console.print(grid)


def _indented(console: Console, text: Text) -> None:
    console.print(Padding(text, (0, 0, 0, 2)))
