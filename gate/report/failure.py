"""What ended a command without a verdict, in the format that was asked for."""

from __future__ import annotations

import json
from typing import Any

from gate.errors import GateError, one_line

ERROR_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "codec-gate error",
    "type": "object",
    "required": ["schema", "conclusion", "kind", "what", "where", "fix"],
    "additionalProperties": False,
    "properties": {
        "schema": {"const": "codec-gate.error/1"},
        "conclusion": {"const": "error"},
        "kind": {"type": "string"},
        **{name: {"type": "string"} for name in ("what", "where", "fix")},
    },
}


def render_failure(error: GateError, form: str) -> str:
    """The error as an object, or as a log or page that holds nothing else; empty for formats without a place for it."""
    if form == "json":
        said = {name: one_line(getattr(error, name)) for name in ("what", "where", "fix")}
        return json.dumps(
            {"schema": "codec-gate.error/1", "conclusion": "error", "kind": type(error).__name__, **said}
        ) + "\n"  # fmt: skip
    if form == "sarif":
        from gate.report.sarif import render_sarif_failure  # noqa: PLC0415 - start-up time

        return render_sarif_failure(str(error))
    if form == "junit":
        from gate.report.ci import render_junit_failure  # noqa: PLC0415 - start-up time

        return render_junit_failure(str(error))
    if form == "github":
        from gate.report.annotations import render_github_failure  # noqa: PLC0415 - start-up time

        return render_github_failure(str(error))
    if form == "html":
        from gate.report.html.check import render_html_failure  # noqa: PLC0415 - start-up time

        return render_html_failure(f"COULD NOT JUDGE: {error}")
    return ""
