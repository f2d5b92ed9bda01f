"""The report as GitHub-flavoured Markdown. Every piece of data stands in a code span, so that it can't form markup."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gate.errors import one_line
from gate.evidence.model import CellDetail, Detector, SourceRow, disagree
from gate.judge.model import Action, CellRow, JudgedChange, Report, Suggestion
from gate.report import basis, detectors, first, wording
from gate.report.bars import Scale, bar, scale
from gate.report.gfm import Links, code, escaped, fenced, folded, place
from gate.report.mermaid import loss_chart
from gate.report.wording import waiver_lines

_BAR = 21  # characters


def cell_table(rows: Sequence[CellRow]) -> str:
    """A line per cell, with the figures of the deciding detector and what the other one says."""
    detector = rows[0].cell.detector
    several = len(first.recipes(rows)) > 1
    heads = [*(["recipe"] if several else []), "rate control", "preset (also judged for)", "target", "verdict"]
    heads += ["clips that lose", detectors.other_heading(detector), "mean Δ of these", "worst Δ VMAF"]
    lines = [f"| {' | '.join(map(escaped, heads))} |", f"|{'---|' * (len(heads) - 2)}--:|---|"]
    for row in rows:
        cell, key = row.cell, row.cell.key
        worst = f" {code(cell.worst_source)}" if cell.hits and cell.worst_source else ""
        columns = [
            *([code(key.recipe)] if several else []),
            code(key.rc_mode),
            code(key.preset) + (f" ({', '.join(map(code, row.stands_for))})" if row.stands_for else ""),
            code(wording.target(key.rc_mode, key.q)),
            row.verdict,
            wording.hits(cell),
            escaped(detectors.other(cell)),
            wording.delta(cell.mean_delta),
            wording.delta(cell.worst_delta) + worst,
        ]
        lines.append(f"| {' | '.join(columns)} |")
    return "\n".join(lines)


def source_table(one: CellDetail, detector: Detector) -> str:
    """A line per source: Δ by what decides with its bar, by the other methods, and the bare row of nearest."""
    by = Detector.NEAREST if detector in {Detector.BOTH, Detector.FILLED} else detector
    on = scale([row.by(by) for row in one.sources], _BAR)
    others = [other for other in (Detector.NEAREST, Detector.INTERPOLATED) if other is not by]
    heads = ["clip", "state", f"Δ {by}", "", *(f"Δ {other}" for other in others), "matched bare row", "its bits"]
    lines = [f"| {' | '.join(heads)} |", f"|---|---|--:|---|{'--:|' * len(others)}---|--:|"]
    return "\n".join(lines + [_source(row, on, by, others) for row in one.sources])


def _source(row: SourceRow, on: Scale, by: Detector, others: Sequence[Detector]) -> str:
    matched = f"{code(row.matched.preset)} {code(row.matched.q)}" if row.matched else "–"
    mismatch = wording.percent(row.matched.mismatch_pct if row.matched else None)
    deltas = " | ".join(wording.delta(row.by(other)) for other in others)
    decides = f"{row.state.value} | {wording.delta(row.by(by))} | {code(bar(row.by(by), on).rstrip())}"
    return f"| {code(row.source)} | {decides} | {deltas} | {matched} | {mismatch} |"


_SIGNS = {Action.FAIL: "❌", Action.WARN: "⚠️", Action.NOTICE: "ℹ️", Action.PASS: "✅"}
_HEADS = ("", "adapter", "change", "worst Δ VMAF", "on", "settings that lose", "BD-rate", "other method", "where")
_IN_FULL = 5  # failing changes whose worst cell is shown source by source; `gate explain` shows every cell


def render_markdown(report: Report, *, links: Links | None = None) -> str:
    """The whole report; cutting it to a size limit is the publisher's job.

    Args:
        links: the address of a line of head's files, where repository and commit are known.
    """
    blocks = [f"## {escaped(wording.headline(report))}", *_warning(report)]
    blocks += _overview(report, links) if len(report.changes) > 1 else []
    for at, change in enumerate(report.changes):
        blocks += _change(change, report, links, in_full=at < _IN_FULL)
        if at == 0 and change.shown:
            blocks += [*_chart(change, report), escaped(first.LEGEND)]
    blocks += _unresolved(report, links)
    blocks += _notices(report, links)
    blocks.append(_provenance(report))
    return "\n\n".join(blocks) + "\n"


def _warning(report: Report) -> Iterable[str]:
    lines = [f"> {escaped(warning)}" for warning in detectors.warnings(report)]
    return ["\n>\n".join(["> [!WARNING]", *lines]).replace("\n>\n", "\n", 1)] if lines else []


# --- what blocks, at a glance ---------------------------------------------------------------------------------------


def _overview(report: Report, links: Links | None) -> Iterable[str]:
    if not report.changes:
        return []
    lines = [f"| {' | '.join(_HEADS)} |", "|---|---|---|--:|---|---|--:|---|---|"]
    lines += [_overview_row(change, report, links) for change in report.changes]
    return ["\n".join(lines)]


def _overview_row(change: JudgedChange, report: Report, links: Links | None) -> str:
    """A change by the cells that decide it."""
    deciding = change.deciding
    kind = escaped(wording.kind(change))
    columns = [
        _SIGNS[change.action],
        code(change.adapter),
        f"{kind} {code(change.after)}" if change.after else kind,
        *(_figures(change) if deciding else ["–"] * 5),
        place(change.path, change.line, links),
    ]
    return f"| {' | '.join(columns)} |"


def _figures(change: JudgedChange) -> Iterable[str]:
    """The deepest loss over all cells that decide, and its cell's other figures."""
    row, *others = change.deciding
    worst = row.cell
    disputed = sum(disagree(row.cell.nearest, row.cell.interpolated) for row in others)
    yield wording.delta(worst.worst_delta)
    yield f"{wording.hits(worst)} clips"
    yield f"{len(change.deciding)} of {len(change.rows)}"
    yield wording.percent(row.detail.bd_rate_pct if row.detail else None)
    beside = f"; disagrees on {disputed} of the other {len(others)}" if disputed else ""
    yield escaped(detectors.other(worst) + beside)


def _chart(change: JudgedChange, report: Report) -> Iterable[str]:
    """The worst cell of all that block, drawn."""
    if change.worst_blocking and change.worst_blocking.detail:
        yield from _drawn(change, change.worst_blocking.detail, report)


def _drawn(change: JudgedChange, one: CellDetail, report: Report) -> Iterable[str]:
    title = f"VMAF lost per clip, {change.codec} {wording.place(one.key)}"
    chart = loss_chart(one, title, detector=change.rows[0].cell.detector)
    if chart is None:
        return
    yield fenced("mermaid", chart.lines)
    out = f" Not compared: {', '.join(code(source) for source in chart.left_out)}." if chart.left_out else ""
    yield (
        f"{code(change.codec)} {code(wording.place(one.key))}, the worst cell that blocks: VMAF lost against the bare "
        f"encoder at the same bitrate. The bars are what {code(change.rows[0].cell.detector)} says.{out} "
        f"{escaped(_basis(change, report))}"
    )


def _basis(change: JudgedChange, report: Report) -> str:
    sample = basis.sample_of(change, report)
    evidence = f"Evidence: {basis.provenance(sample)}, N = {sample.sources}. " if sample else ""
    return f"{evidence}Rule: {basis.rule_line(report.policy)}."


# --- one change -----------------------------------------------------------------------------------------------------


def _change(change: JudgedChange, report: Report, links: Links | None, *, in_full: bool) -> Iterable[str]:
    before, after = (code(text) if text else "nothing" for text in (change.before, change.after))
    yield f"### {_SIGNS[change.action]} {code(change.adapter)}: {escaped(wording.kind(change))}"
    yield f"{before} → {after} at {place(change.path, change.line, links)}"
    yield "\n".join(f"- **{name}:** {escaped(text)}" for name, text in first.answers(change, report))
    if change.suggestion is not None:
        yield from _suggestion(change.suggestion)
    yield from (escaped(wording.rule_hit(hit)) for hit in wording.rule_hits(change))
    yield from _evidence(change, report, in_full=in_full)
    yield from _waiver(change)


def _suggestion(offered: Suggestion) -> Iterable[str]:
    """The edit as a diff, and how it was verified."""
    if offered.before_lines:
        lines = [f"@@ {offered.path}:{offered.line} @@"]
        lines += [f"-{line}" for line in offered.before_lines]
        lines += [f"+{line}" for line in offered.after_lines]
        yield fenced("diff", (one_line(line) for line in lines))
    yield f"Verified: {escaped(offered.verified)}."


def _evidence(change: JudgedChange, report: Report, *, in_full: bool) -> Iterable[str]:
    shown = change.shown
    remarks = [*detectors.remarks(shown), detectors.screen_remark(change, report)]
    if any(remarks):
        yield "\n".join(f"- {escaped(remark)}" for remark in remarks if remark)
    if shown:
        yield folded(wording.counted(len(shown), "cell"), _recipe(shown) + cell_table(shown))
    rest = wording.rest(change.rows)
    if rest:
        yield f"{'Beside these' if shown else 'Cells'}: {escaped(rest)}."
    unjudged = wording.unjudged(change)
    if unjudged:
        yield f"Not judged: {escaped(unjudged)}."
    worst = change.worst_blocking if in_full else None
    if worst is not None and (one := worst.detail) is not None:
        said = f"{code(wording.place(one.key))}: {escaped(detectors.statistics(one))}."
        command = f"Any cell so: {code(detectors.explain_command(one.key))}"
        yield folded(
            "The worst cell, clip by clip", "\n\n".join((said, source_table(one, worst.cell.detector), command))
        )


def _recipe(rows: Sequence[CellRow]) -> str:
    names = first.recipes(rows)
    return f"Recipe {code(names[0])}:\n\n" if len(names) == 1 else ""


def _waiver(change: JudgedChange) -> Iterable[str]:
    lines = waiver_lines(change) if change.action is Action.FAIL else ()
    if lines:
        where = f"In {code(wording.POLICY_PATH)} of the target branch, with the empty keys filled in:"
        yield folded("How to waive it, if one must", f"{where}\n\n{fenced('yaml', lines)}")


# --- what stands around the changes ---------------------------------------------------------------------------------


def _unresolved(report: Report, links: Links | None) -> Iterable[str]:
    if not report.unresolved:
        return
    lines = ["### Could not be read", ""]
    for part in report.unresolved:
        preset = wording.at_presets(tuple(map(code, part.presets)))
        known = " (as in base)" if part.action == "listed" else ""
        lines.append(
            f"- {code(part.adapter or 'adapters')}{preset}{known}: {escaped(part.reason)} "
            f"{place(part.path, part.line, links)}"
        )
    yield "\n".join(lines)


def _notices(report: Report, links: Links | None) -> Iterable[str]:
    lines = [f"- {escaped(notice)}" for notice in report.notices]
    for part in report.raises:
        where = place(part.path, part.line, links)
        presets = f" at {', '.join(code(preset) for preset in part.presets)}" if part.presets else ""
        lines.append(f"- {code(part.adapter)} emits nothing{presets}: raises {code(part.exception)} {where}")
    for waiver in report.waivers:
        scope = f" ({escaped(waiver.scope)})" if waiver.scope else ""
        lines.append(
            f"- Waiver {waiver.status}: {code(waiver.codec)} {code(waiver.recipe)}{scope}, "
            f"until {waiver.expires}, {escaped(waiver.owner)}: {escaped(waiver.reason)}"
        )
    if lines:
        yield "\n".join(lines)


def _provenance(report: Report) -> str:
    lines = [
        f"- Evidence: {escaped(basis.sample_line(sample))}; sha256 {code(sample.digest)}" for sample in report.samples
    ]
    lines.append(f"- Policy: {escaped(basis.policy_line(report.policy))}")
    lines.append(f"- Compared: {escaped(basis.refs_line(report))}")
    if report.changes:
        lines.append(f"- Rules: {code(wording.rules_line(report))}")
    return folded("Evidence, policy and commits", "\n".join(lines))
