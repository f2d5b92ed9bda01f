"""The report as GitHub-flavoured Markdown. Every piece of data stands in a code span, so that it can't form markup."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gate.errors import one_line
from gate.report import wording
from gate.verdict import Action, JudgedChange, Report

_SIGNS = {Action.FAIL: "❌", Action.WARN: "⚠️", Action.NOTICE: "ℹ️", Action.PASS: "✅"}


def render_markdown(report: Report) -> str:
    """The whole report; cutting it to a size limit is the publisher's job."""
    blocks = [f"## {escaped(wording.headline(report))}", *_warning(report), *_overview(report)]
    for change in sorted(report.changes, key=lambda change: -change.action.gravity):
        blocks += _change(change)
    blocks += _unresolved(report)
    blocks += _notices(report)
    blocks.append(_provenance(report))
    return "\n\n".join(blocks) + "\n"


def code(text: str) -> str:
    """`text` as a code span that it can't leave, on one line, safe inside a table."""
    shown = one_line(text).replace("|", "\\|") or " "
    longest = max((len(run) for run in re.findall(r"`+", shown)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def escaped(text: str) -> str:
    """`text` as plain words: Markdown's and HTML's signs taken literally, mentions and references broken."""
    shown = re.sub(r"([\\`*_{}\[\]()#+!|~>$-])", r"\\\1", one_line(text))
    shown = shown.replace("&", "&amp;").replace("<", "&lt;")
    return shown.replace("@", "@<!-- -->").replace("://", ":<!-- -->//")


def _warning(report: Report) -> Iterable[str]:
    warning = wording.provenance_warning(report)
    return [f"> [!WARNING]\n> {escaped(warning)}"] if warning else []


def _overview(report: Report) -> Iterable[str]:
    if not report.changes:
        return []
    lines = ["| | adapter | change | cells that decide | where |", "|---|---|---|---|---|"]
    for change in sorted(report.changes, key=lambda change: -change.action.gravity):
        deciding = [row for row in wording.deciding(wording.rows(change)) if row.cell.action is change.action]
        what = (
            f"{escaped(wording.kind(change))} {code(change.after)}" if change.after else escaped(wording.kind(change))
        )
        where = code(f"{change.path}:{change.line}")
        count = len(deciding) or "–"
        lines.append(f"| {_SIGNS[change.action]} | {code(change.adapter)} | {what} | {count} | {where} |")
    return ["\n".join(lines)]


def _change(change: JudgedChange) -> Iterable[str]:
    before, after = (code(text) if text else "nothing" for text in (change.before, change.after))
    yield f"### {_SIGNS[change.action]} {code(change.adapter)}: {escaped(wording.kind(change))}"
    yield f"{before} → {after} at {code(f'{change.path}:{change.line}')}"
    remedy = wording.remedy(change)
    why = wording.why(change)
    said = [f"**{escaped(remedy)}**"] if remedy else []
    if why:
        said.append(escaped(f"Why: {why}."))
    if said:
        yield " ".join(said)
    for hit in wording.rule_hits(change):
        verb = "Forbidden" if hit.kind == "forbid" else "Discouraged"
        scope = f" ({escaped(hit.scope)})" if hit.scope else ""
        reference = f" {code(hit.reference)}" if hit.reference else ""
        waived = " **Waived.**" if hit.waiver is not None else ""
        yield f"{verb}: {code(hit.recipe)}{scope}: {escaped(hit.reason)}{reference}.{waived}"
    yield from _cells(change)


def _cells(change: JudgedChange) -> Iterable[str]:
    rows = wording.rows(change)
    shown = wording.deciding(rows)
    if shown:
        lines = [
            "| rate control | recipe | preset | q | verdict | hits | mean Δ VMAF | worst |",
            "|---|---|---|---|---|---|--:|---|",
        ]
        for row in shown:
            cell = row.cell
            stands = [preset for preset in row.presets if preset != cell.preset]
            preset = code(cell.preset) + (f" for {', '.join(code(preset) for preset in stands)}" if stands else "")
            verdict = cell.verdict.value if cell.waiver is None else "waived"
            worst = f"{wording.delta(cell.worst.delta)} {code(cell.worst.source)}" if cell.worst else "–"
            lines.append(
                f"| {code(cell.rc_mode)} | {code(cell.recipe)} | {preset} | {code(cell.q)} | {verdict} "
                f"| {wording.hits(cell)} | {wording.delta(cell.mean_delta)} | {worst} |"
            )
        yield _folded(f"{len(shown)} cells", "\n".join(lines)) if len(shown) > 20 else "\n".join(lines)
    rest = wording.rest(rows)
    if rest:
        yield f"{'Beside these' if shown else 'Cells'}: {escaped(rest)}."


def _unresolved(report: Report) -> Iterable[str]:
    if not report.unresolved:
        return
    lines = ["### Could not be read", ""]
    for part in report.unresolved:
        preset = f" at preset {code(part.preset)}" if part.preset else ""
        known = " (as in base)" if part.action == "listed" else ""
        lines.append(
            f"- {code(part.adapter or 'adapters')}{preset}{known}: {escaped(part.reason)} "
            f"{code(f'{part.path}:{part.line}')}"
        )
    yield "\n".join(lines)


def _notices(report: Report) -> Iterable[str]:
    lines = [f"- {escaped(notice)}" for notice in report.notices]
    for part in report.raises:
        where = code(f"{part.path}:{part.line}")
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
        f"- Evidence: {escaped(wording.sample_line(sample))}; sha256 {code(sample.digest)}" for sample in report.samples
    ]
    lines.append(f"- Policy: {escaped(wording.policy_line(report))}")
    lines.append(f"- Compared: {escaped(wording.refs_line(report))}")
    return _folded("Evidence, policy and commits", "\n".join(lines))


def _folded(summary: str, body: str) -> str:
    return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>"
