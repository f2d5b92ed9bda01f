"""A report's findings as annotations: one for each offending line, its changes and cells grouped, the worst first."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from urllib.parse import quote

from gate.errors import GateError, one_line
from gate.judge.model import Action, Conclusion, FailOn, JudgedChange, Report
from gate.report import first, wording
from gate.report.gfm import Links, escaped
from gate.report.markdown import render_markdown
from gate.report.text import render_text
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


def blob_links(server: str, repository: str, commit: str) -> Links:
    """(path, line) -> the page of that line at `commit`; empty for a path that can't be an address of its own.

    Every byte of a path that isn't plain is percent-encoded. A browser resolves `..` before it asks, so that a path
    with such a part could name another repository's page.
    """
    start = f"{server}/{quote(repository)}/blob/{commit}/"

    def address(path: str, line: int) -> str:
        if any(part in {"", ".", ".."} for part in path.split("/")):
            return ""
        try:
            where = quote(path, safe="/", errors="surrogateescape")
        except UnicodeEncodeError:  # half a character, which no file on the server is called
            return ""
        return f"{start}{where}#L{line}" if line > 0 else f"{start}{where}"

    return address


_WIDTH = 120
CONCLUSIONS = {0: Conclusion.SUCCESS, 1: Conclusion.FAILURE, 2: Conclusion.ERROR}
_STATUS = {conclusion: status for status, conclusion in CONCLUSIONS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A verdict with its words. `report` is None where the gate could not judge at all."""

    conclusion: Conclusion
    headline: str
    text: str
    markdown: str
    findings: tuple[Finding, ...]
    report: Report | None

    @property
    def status(self) -> int:
        """The exit status that this verdict is."""
        return _STATUS[self.conclusion]

    @property
    def green(self) -> bool:
        """Whether a check may show it as passed: an error never is."""
        return self.conclusion is Conclusion.SUCCESS


def judged(report: Report, fail_on: FailOn, links: Links | None = None) -> Outcome:
    """The outcome of a check; `fail_on` makes more of what the policy lets pass fail, never less."""
    fails = report.fails_on(fail_on)
    prefix = f"FAILED by `fail-on: {fail_on}`: " if fails else ""
    return Outcome(
        conclusion=Conclusion.FAILURE if fails else report.conclusion,
        headline=prefix + wording.headline(report),
        text=render_text(report, width=_WIDTH, color=False),
        markdown=(f"**{escaped(prefix[:-2])}**\n\n" if fails else "") + render_markdown(report, links=links),
        findings=findings(report),
        report=report,
    )


def not_judged(error: GateError, secret: str = "") -> Outcome:
    """The outcome where the gate could not judge. Words of an event may hold the job's token, which is `secret`."""
    words = str(error).replace(secret, "***") if len(secret) > 7 else str(error)
    headline = f"COULD NOT JUDGE: {words}"
    finding = Finding(path="", line=0, level=Level.FAILURE, title="codec-gate could not judge", message=words)
    return Outcome(
        conclusion=Conclusion.ERROR,
        headline=headline,
        text=headline + "\n",
        markdown=f"## {escaped(headline)}\n",
        findings=(finding,),
        report=None,
    )
