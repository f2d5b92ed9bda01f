"""What is published through the API: the check run, the sticky comment (its marker is here), the commit status."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gate.errors import one_line
from gate.github.client import ApiError, Client, Kind
from gate.github.outcome import Outcome
from gate.github.outputs import DESCRIPTION
from gate.report.annotations import Finding

NAME = "codec-gate report"
CHECKS = "checks: write"
PER_REQUEST = 50
_MOST = 1000  # 20 requests; beyond it the job's own time would be spent on annotations


def publish_check_run(client: Client, outcome: Outcome, *, commit: str, key: str, summary: str, details: str) -> int:
    """Create, annotate in batches and complete a check run; how many annotations found no place in it.

    `key` tells this run from another's of the same name; `details` is where a click on it leads, if anywhere.

    Raises:
        ApiError: it could not be created, or not be completed; where only annotations were refused, it is completed.
    """
    placed = [finding for finding in outcome.findings if finding.path][:_MOST]
    output = {"title": one_line(outcome.headline, 250), "summary": summary}
    started = {"name": NAME, "head_sha": commit, "status": "in_progress", "external_id": key, "output": output}
    body = started | ({"details_url": details} if details else {})
    made = client.post("/check-runs", body, needs=CHECKS, made=lambda: _find_run(client, commit, key))
    place = f"/check-runs/{made.get('id') if isinstance(made, dict) else None}"
    end = {"status": "completed", "conclusion": "success" if outcome.green else "failure"}
    batches = [placed[at : at + PER_REQUEST] for at in range(0, len(placed), PER_REQUEST)] or [[]]
    try:
        for at, batch in enumerate(batches):
            last = end if at == len(batches) - 1 else {}
            shown = {**output, "annotations": [_annotation(finding) for finding in batch]}
            client.patch(place, {**last, "output": shown}, needs=CHECKS)
    except ApiError:
        # A run that stays in progress says less than one without its annotations.
        client.patch(place, {**end, "output": output}, needs=CHECKS)
        raise
    return len(outcome.findings) - len(placed)


def _find_run(client: Client, commit: str, key: str) -> Mapping[str, Any] | None:
    """The run that an unanswered request made after all."""
    runs = client.pages(f"/commits/{commit}/check-runs", needs=CHECKS, key="check_runs", check_name=NAME)
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


MARKER = "<!-- codec-gate: report -->"
PULL_REQUESTS = "pull-requests: write"


def publish_comment(client: Client, *, number: int, text: str, worth_starting: bool) -> bool:
    """Update the gate's comment, or start it where that is worth it; whether there is one now.

    Raises: ApiError: comments can't be read or written.
    """
    body = {"body": f"{MARKER}\n{text}"}
    found = _find_comment(client, number)
    if found is not None:
        client.patch(f"/issues/comments/{found['id']}", body, needs=PULL_REQUESTS)
        return True
    if worth_starting:
        client.post(f"/issues/{number}/comments", body, needs=PULL_REQUESTS, made=lambda: _find_comment(client, number))
    return worth_starting


def _find_comment(client: Client, number: int) -> Mapping[str, Any] | None:
    """The gate's own comment over all pages: anybody can write the marker, so the author counts too."""
    found = client.pages(f"/issues/{number}/comments", needs=PULL_REQUESTS)
    marked = [comment for comment in found if str(comment.get("body") or "").startswith(MARKER)]
    me = _login(client) if marked else ""
    for comment in marked:
        user = comment.get("user")
        if isinstance(user, dict) and (user.get("login") == me if me else user.get("type") == "Bot"):
            return comment
    return None


def _login(client: Client) -> str:
    """Whose token it is; empty for a job's or an app's token, which may not ask and comments as a bot."""
    try:
        answer = client.get("/user", needs="")
    except ApiError as error:
        if error.kind in {Kind.NO_PERMISSION, Kind.NOT_FOUND}:
            return ""
        raise
    return str(answer.get("login") or "") if isinstance(answer, dict) else ""


CONTEXT = "codec-gate"
STATUSES = "statuses: write"


def publish_status(client: Client, commit: str, outcome: Outcome, details: str) -> None:
    """Set the commit status `codec-gate`; `details` is where a click on it leads. ApiError: it can't be set."""
    words = one_line(outcome.headline, DESCRIPTION)
    body = {"state": outcome.conclusion.value, "context": CONTEXT, "description": words}
    client.post(f"/statuses/{commit}", body | ({"target_url": details} if details else {}), needs=STATUSES)
