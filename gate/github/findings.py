"""A report's findings as annotations: one for each offending line, its changes and cells grouped, the worst first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from gate.errors import one_line
from gate.report import wording
from gate.verdict import Action, JudgedChange, Report

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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    path: str
    line: int
    level: Level
    who: str
    text: str


def findings(report: Report) -> tuple[Finding, ...]:
    """Every line that something new at it fails, warns or is worth a notice."""
    grouped: dict[tuple[str, int], list[_Part]] = {}
    for part in (*_changes(report), *_unresolved(report)):
        grouped.setdefault((part.path, part.line), []).append(part)
    order = list(Level)
    found = [_finding(parts) for parts in grouped.values()]
    return tuple(sorted(found, key=lambda finding: (order.index(finding.level), finding.path, finding.line)))


def _finding(parts: list[_Part]) -> Finding:
    order = list(Level)
    parts = sorted(parts, key=lambda part: order.index(part.level))
    names = list(dict.fromkeys(part.who for part in parts))
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return Finding(
        path=parts[0].path,
        line=max(1, parts[0].line),
        level=parts[0].level,
        title=one_line(f"codec-gate: {', '.join(names[:3])}{more}", 200),
        message="\n\n".join(part.text for part in parts)[:20_000],
    )


def _changes(report: Report) -> Iterable[_Part]:
    for change in report.changes:
        level = _LEVELS.get(change.action)
        if level is not None:
            yield _Part(path=change.path, line=change.line, level=level, who=change.adapter, text=_text(change))


def _text(change: JudgedChange) -> str:
    before, after = change.before or "(none)", change.after or "(none)"
    lines = [f"{change.adapter}: {wording.kind(change)}: {before} → {after}", wording.remedy(change)]
    why = wording.why(change)
    lines.append(f"Why: {why}." if why else "")
    lines += [f"{hit.kind} {hit.recipe}: {hit.reason}" for hit in wording.rule_hits(change)]
    deciding = wording.deciding(wording.rows(change))
    for row in deciding[:_CELLS]:
        cell = row.cell
        place = f"({cell.rc_mode}, {cell.recipe}, {cell.preset}, q={cell.q})"
        lines.append(f"{place}: {cell.verdict}, {wording.hits(cell)}, mean Δ {wording.delta(cell.mean_delta)} VMAF")
    if len(deciding) > _CELLS:
        lines.append(f"… and {len(deciding) - _CELLS} more cells")
    return "\n".join(one_line(line) for line in lines if line)


def _unresolved(report: Report) -> Iterable[_Part]:
    for part in report.unresolved:
        if part.action == "listed":
            continue
        level = Level.FAILURE if part.action == "error" else Level.WARNING
        at = f" at preset {part.preset}" if part.preset else ""
        text = one_line(f"{part.adapter or 'adapters'}{at} can't be read: {part.reason}")
        yield _Part(path=part.path, line=part.line, level=level, who=part.adapter or "adapters", text=text)
