"""Re-running a pull request's own workflow run, so that the required check itself turns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from gate.github.client import Client

NEEDS = "actions: write"
_EVENTS = ("pull_request", "pull_request_target")
_DAYS, _ATTEMPTS = 30, 50


def rerun(client: Client, *, commit: str, workflow: str, green: bool, now: dt.datetime) -> str:
    """Re-run the latest run of `workflow` on `commit` where its conclusion isn't the verdict; what was done, in words.

    Raises:
        ApiError: runs can't be listed or re-run.
    """
    run = _latest(client, commit, workflow)
    if run is None:
        return f"no run of {workflow} on {commit[:12]} to re-run: push to the pull request"
    name = f"run {run.get('id')} of {workflow}"
    if run.get("status") != "completed":
        return f"{name} is not over yet, and judges for itself"
    if run.get("conclusion") == ("success" if green else "failure"):
        return f"{name} says the same already"
    late = _too_late(run, now)
    if late:
        return f"{name} can't be re-run: {late}; push to the pull request"
    client.post(f"/actions/runs/{run.get('id')}/rerun", {}, needs=NEEDS)
    return f"{name} is re-run"


def _latest(client: Client, commit: str, workflow: str) -> Mapping[str, Any] | None:
    runs = [run for run in _runs(client, commit) if workflow_file(str(run.get("path") or "")) == workflow]
    return max(runs, key=lambda run: str(run.get("created_at") or ""), default=None)


def _runs(client: Client, commit: str) -> Iterable[Mapping[str, Any]]:
    for event in _EVENTS:
        yield from client.pages(
            "/actions/runs", needs="actions: read", key="workflow_runs", head_sha=commit, event=event
        )


def workflow_file(text: str) -> str:
    """`owner/name/.github/workflows/gate.yml@ref`, or any part of it, as the file's name."""
    return text.partition("@")[0].rpartition("/")[2]


def _too_late(run: Mapping[str, Any], now: dt.datetime) -> str:
    if int(run.get("run_attempt") or 1) >= _ATTEMPTS:
        return f"it had {_ATTEMPTS} attempts, the most that GitHub allows"
    try:
        started = dt.datetime.fromisoformat(str(run.get("created_at")).replace("Z", "+00:00"))
    except ValueError:
        return ""
    return f"it is older than {_DAYS} days" if now - started > dt.timedelta(days=_DAYS) else ""
