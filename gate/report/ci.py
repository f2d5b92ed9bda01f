"""The report as JUnit XML and as GitLab's code quality, for CI systems that show no SARIF."""

from __future__ import annotations

import json
from html import escape

from gate.errors import one_line
from gate.judge.model import Action, JudgedChange, Report
from gate.report import first, wording
from gate.report.sarif import UNRESOLVED, findings, fingerprint

_SEVERITIES = {Action.FAIL: "blocker", Action.WARN: "minor", Action.NOTICE: "info"}


def render_gitlab(report: Report) -> str:
    """GitLab's code quality: one object per finding. Advisory mode knows no blocker."""
    advisory = report.policy.mode == "advisory"
    issues = [
        {
            "description": one_line(finding.text, 1000),
            "check_name": finding.rule,
            "fingerprint": fingerprint([finding]),
            "severity": "major" if advisory and finding.action is Action.FAIL else _SEVERITIES[finding.action],
            "location": {"path": one_line(finding.path), "lines": {"begin": max(1, finding.line)}},
        }
        for finding in findings(report)
        if not finding.waived
    ]
    return json.dumps(issues, indent=2) + "\n"


def render_junit(report: Report) -> str:
    """JUnit XML: a test case per change and per part that can't be read. What wasn't judged is skipped, not passed."""
    cases = [_case(change, report) for change in report.changes]
    for part in (part for part in report.unresolved if part.action != "listed"):
        kind = "error" if part.action == "error" else "skipped"
        end = _end(kind, UNRESOLVED, part.reason)
        cases.append(_testcase(part.adapter or "adapters", "can be read", part.path, part.line, end))
    return _suites(wording.headline(report), cases)


def render_junit_failure(words: str) -> str:
    """A test case that ends in an error: why there is no verdict."""
    return _suites("COULD NOT JUDGE", [_testcase("codec-gate", "judges", "", 0, _end("error", "error", words))])


def _suites(title: str, cases: list[str]) -> str:
    counts = {kind: sum(f"<{kind} " in case for case in cases) for kind in ("failure", "error", "skipped")}
    total = (
        f'tests="{len(cases)}" failures="{counts["failure"]}" errors="{counts["error"]}" skipped="{counts["skipped"]}"'
    )
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<testsuites name={_quoted(title)} {total} time="0">',
            f'<testsuite name="codec-gate" {total} time="0">',
            *cases,
            "</testsuite>",
            "</testsuites>\n",
        ]
    )


def _case(change: JudgedChange, report: Report) -> str:
    fails = change.action is Action.FAIL and report.policy.mode != "advisory"
    kind = "failure" if fails else "skipped" if change.action in {Action.FAIL, Action.WARN} else ""
    said = "; ".join(f"{question}: {answer}" for question, answer in first.answers(change, report))
    end = _end(kind, wording.rule_of(change), said) if kind else ""
    return _testcase(change.adapter, wording.changed(change), change.path, change.line, end)


def _end(kind: str, rule: str, said: str) -> str:
    return f"<{kind} type={_quoted(rule)} message={_quoted(said)}/>"


def _testcase(adapter: str, name: str, path: str, line: int, end: str) -> str:
    where = f"file={_quoted(path)} line={_quoted(str(line))}"
    return f'<testcase classname={_quoted(adapter)} name={_quoted(name)} {where} time="0">{end}</testcase>'


def _quoted(text: str) -> str:
    return f'"{escape(one_line(text))}"'
