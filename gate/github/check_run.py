"""A check run of the API's own: an extra beside the job, created in progress, completed last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gate.errors import one_line
from gate.github.client import Client
from gate.github.faults import ApiError
from gate.github.findings import Finding

NAME = "codec-gate report"
NEEDS = "checks: write"
PER_REQUEST = 50
_MOST = 1000  # 20 requests; beyond it the job's own time would be spent on annotations


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRun:
    """What a check run says. `key` tells this run's from another's of the same name."""

    commit: str
    key: str
    title: str
    summary: str
    green: bool
    details: str


def publish(client: Client, run: CheckRun, findings: Sequence[Finding]) -> int:
    """Create, annotate in batches and complete a check run; how many annotations found no place in it.

    Raises:
        ApiError: it could not be created, or not be completed; where only annotations were refused, it is completed.
    """
    placed = [finding for finding in findings if finding.path][:_MOST]
    output = {"title": one_line(run.title, 250), "summary": run.summary}
    started = {"name": NAME, "head_sha": run.commit, "status": "in_progress", "external_id": run.key, "output": output}
    body = started | ({"details_url": run.details} if run.details else {})
    made = client.post("/check-runs", body, needs=NEEDS, made=lambda: _find(client, run.commit, run.key))
    place = f"/check-runs/{made.get('id') if isinstance(made, dict) else None}"
    end = {"status": "completed", "conclusion": "success" if run.green else "failure"}
    batches = [placed[at : at + PER_REQUEST] for at in range(0, len(placed), PER_REQUEST)] or [[]]
    try:
        for at, batch in enumerate(batches):
            last = end if at == len(batches) - 1 else {}
            shown = {**output, "annotations": [_annotation(finding) for finding in batch]}
            client.patch(place, {**last, "output": shown}, needs=NEEDS)
    except ApiError:
        # A run that stays in progress says less than one without its annotations.
        client.patch(place, {**end, "output": output}, needs=NEEDS)
        raise
    return len(findings) - len(placed)


def _find(client: Client, commit: str, key: str) -> Mapping[str, Any] | None:
    """The run that an unanswered request made after all."""
    runs = client.pages(f"/commits/{commit}/check-runs", needs="checks: read", key="check_runs", check_name=NAME)
    return next((run for run in runs if run.get("external_id") == key), None)


def _annotation(finding: Finding) -> Mapping[str, Any]:
    return {
        "path": finding.path.encode("utf-8", "replace").decode(),
        "start_line": finding.line,
        "end_line": finding.line,
        "annotation_level": finding.level.value,
        "title": finding.title,
        "message": finding.message,
    }
