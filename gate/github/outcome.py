"""How one judging ended, as every way of reporting needs it: a verdict, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass

from gate.errors import GateError
from gate.github.findings import Finding, Level, findings
from gate.github.runner import FailOn
from gate.report import wording
from gate.report.gfm import Links
from gate.report.markdown import escaped, render_markdown
from gate.report.text import render_text
from gate.verdict import Conclusion, Report

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
    """The outcome of a check; `fail_on` makes more of what the policy lets pass fail, never less.

    Args:
        links: the address of a line of the judged files, where there is one.
    """
    counts = report.counts
    more = {"blocked": 0, "not-judged": counts.not_judged, "warning": counts.not_judged + counts.warned}[fail_on]
    fails = report.conclusion is Conclusion.SUCCESS and more > 0
    prefix = f"FAILED by `fail-on: {fail_on}`: " if fails else ""
    return Outcome(
        conclusion=Conclusion.FAILURE if fails else report.conclusion,
        headline=prefix + wording.headline(report),
        text=render_text(report, width=_WIDTH, color=False),
        markdown=(f"**{escaped(prefix[:-2])}**\n\n" if fails else "") + render_markdown(report, links=links),
        findings=findings(report),
        report=report,
    )


def not_judged(error: GateError) -> Outcome:
    """The outcome where the gate could not judge."""
    headline = f"COULD NOT JUDGE: {error}"
    finding = Finding(path="", line=0, level=Level.FAILURE, title="codec-gate could not judge", message=str(error))
    return Outcome(
        conclusion=Conclusion.ERROR,
        headline=headline,
        text=headline + "\n",
        markdown=f"## {escaped(headline)}\n",
        findings=(finding,),
        report=None,
    )
