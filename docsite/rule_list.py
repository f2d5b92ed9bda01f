"""The reference of rules: what SARIF and GitLab's report call a finding; a part per id, at a fixed address."""

from __future__ import annotations

from docsite.markdown import page
from gate.report.sarif import RULES


def rules_page() -> str:
    """`reference/rules.html#ID` for every rule id of a report."""
    parts = [
        f"## {name} {{#{name}}}\n\n**{rule.title}** ({rule.level}). {rule.means}\n\n{rule.mend}"
        for name, rule in RULES.items()
    ]
    return page("Rules", "What a finding is called in SARIF and in GitLab's report, the gravest first.", *parts)
