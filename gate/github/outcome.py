"""What a run came to, with its words: a verdict, or why there is none."""

from __future__ import annotations

from urllib.parse import quote

from gate.errors import GateError
from gate.judge.model import Conclusion, FailOn, Report
from gate.report import wording
from gate.report.annotations import Finding, could_not_judge, findings
from gate.report.gfm import Links, escaped
from gate.report.markdown import render_markdown
from gate.report.text import render_text
from gate.values import dataclass


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
    return Outcome(
        conclusion=Conclusion.ERROR,
        headline=headline,
        text=headline + "\n",
        markdown=f"## {escaped(headline)}\n",
        findings=(could_not_judge(words),),
        report=None,
    )
