"""A report's findings as GitHub's annotations: one a line, changes and cells grouped, the worst first."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum

from gate.errors import one_line
from gate.judge.model import Action, JudgedChange, Report
from gate.report import first, wording
from gate.values import dataclass, replace

_CELLS = 5  # per change; the report holds all


class Level(StrEnum):
    """How grave an annotation is, in the check API's words, the gravest first."""

    FAILURE = "failure"
    WARNING = "warning"
    NOTICE = "notice"


_LEVELS = {Action.FAIL: Level.FAILURE, Action.WARN: Level.WARNING, Action.NOTICE: Level.NOTICE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One annotation; without a path it belongs to the run as a whole."""

    path: str
    line: int
    level: Level
    title: str
    message: str


def findings(report: Report) -> tuple[Finding, ...]:
    """Every line that something new at it fails, warns or is worth a notice, the gravest first."""
    grouped: dict[tuple[str, int], list[Finding]] = {}
    for part in (*_changes(report), *_unresolved(report)):
        grouped.setdefault((part.path, part.line), []).append(part)
    found = [_together(sorted(parts, key=_gravity)) for parts in grouped.values()]
    return tuple(sorted(found, key=lambda finding: (_gravity(finding), finding.path, finding.line)))


def _gravity(finding: Finding) -> int:
    return list(Level).index(finding.level)


def _together(parts: list[Finding]) -> Finding:
    """What is found at one line as one annotation; until then a part's title is the adapter's key, and its loss."""
    names = list(dict.fromkeys(part.title for part in parts))
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    title = one_line(f"codec-gate: {', '.join(names[:3])}{more}", 200)
    message = "\n\n".join(part.message for part in parts)[:20_000]
    return replace(parts[0], line=max(1, parts[0].line), title=title, message=message)


def _changes(report: Report) -> Iterable[Finding]:
    for change in report.changes:
        level = _LEVELS.get(change.action)
        if level is not None:
            title = f"{change.adapter} {first.loses(change)}".strip()
            yield Finding(path=change.path, line=change.line, level=level, title=title, message=_text(change, report))


def _text(change: JudgedChange, report: Report) -> str:
    lines = [f"{change.adapter}: {wording.changed(change)}"]
    lines += [f"{name.capitalize()}: {text}" for name, text in first.answers(change, report)]
    lines += map(wording.rule_hit, wording.rule_hits(change))
    shown = change.shown
    for cell in (row.cell for row in shown[:_CELLS]):
        place = wording.place(cell.key)
        lines.append(f"{place}: {cell.verdict}, {wording.hits(cell)}, mean Δ {wording.delta(cell.mean_delta)} VMAF")
    if len(shown) > _CELLS:
        lines.append(f"… and {len(shown) - _CELLS} more cells")
    lines.append(f"Rule: {wording.rule_of(change)}, {wording.RULES_PAGE}#{wording.rule_of(change)}")
    return "\n".join(one_line(line) for line in lines if line)


def _unresolved(report: Report) -> Iterable[Finding]:
    for part in report.unresolved:
        if part.action == "listed":
            continue
        level = Level.FAILURE if part.action == "error" else Level.WARNING
        at = wording.at_presets(part.presets)
        text = one_line(f"{part.adapter or 'adapters'}{at} can't be read: {part.reason}")
        yield Finding(path=part.path, line=part.line, level=level, title=part.adapter or "adapters", message=text)


COMMANDS = {Level.FAILURE: "error", Level.WARNING: "warning", Level.NOTICE: "notice"}


def render_github(report: Report) -> str:
    """Every annotation as a workflow command, a line each; the headline, as a notice, last."""
    said = Finding(path="", line=0, level=Level.NOTICE, title="codec-gate", message=wording.headline(report))
    return "".join(f"{command(finding)}\n" for finding in (*findings(report), said))


def render_github_failure(words: str) -> str:
    """Why there is no verdict."""
    return command(could_not_judge(words)) + "\n"


def could_not_judge(words: str) -> Finding:
    """The annotation of a run that couldn't judge."""
    return Finding(path="", line=0, level=Level.FAILURE, title="codec-gate could not judge", message=words)


def command(finding: Finding) -> str:
    """An annotation as a workflow command."""
    properties = {"file": finding.path, "line": str(finding.line) if finding.path else "", "title": finding.title}
    given = ",".join(f"{name}={_property(one_line(value, 500))}" for name, value in properties.items() if value)
    return f"::{COMMANDS[finding.level]} {given}::{data(finding.message[:8000])}"


def data(text: str) -> str:
    """A command's message: what is left of control characters becomes visible, line breaks are kept as escapes."""
    lines = "\n".join(one_line(line, 4000) for line in re.split(r"\r\n|\r|\n", text))
    return lines.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return data(text).replace(":", "%3A").replace(",", "%2C")
