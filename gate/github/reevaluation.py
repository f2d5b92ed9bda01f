"""Judging again by hand: one pull request or all open ones, and the required check turned where the verdict turned."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from gate import git
from gate.errors import GateError, UsageError
from gate.github.api import Live, LivePull
from gate.github.checkout import Checkout, open_checkout
from gate.github.client import Client
from gate.github.commits import Commits, SingleEvent, commits_of
from gate.github.event import PullRequest
from gate.github.outcome import CONCLUSIONS, Outcome
from gate.github.outputs import write_outputs
from gate.github.reporting import Reporter
from gate.judge.model import Conclusion
from gate.judge.trust import in_force
from gate.tree import CommitTree, matcher
from gate.values import replace

NEEDS = "actions: write"
_EVENTS = ("pull_request", "pull_request_target")
_DAYS, _ATTEMPTS = 30, 50


def rerun(client: Client, *, commit: str, workflow: str, green: bool, now: dt.datetime) -> str:
    """Re-run the latest run of `workflow` on `commit` where its conclusion isn't the verdict; what was done, in words.

    Raises: ApiError: runs can't be listed or re-run.
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
    runs = (
        run
        for event in _EVENTS
        for run in client.pages("/actions/runs", needs=NEEDS, key="workflow_runs", head_sha=commit, event=event)
        if workflow_file(str(run.get("path") or "")) == workflow
    )
    return max(runs, key=lambda run: str(run.get("created_at") or ""), default=None)


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


JudgeOne = Callable[[Reporter, SingleEvent, dt.datetime, str], int]


def every_pull_request(desk: Reporter, judge_one: JudgeOne, now: dt.datetime) -> int:
    """Judge all open pull requests that touch adapters; the gravest exit status of them.

    Raises: GateError: they can't be listed.
    """
    if not desk.runner.token:
        fix = "give the action a `token` with `pull-requests: read`"
        raise UsageError("open pull requests can't be listed", where="input pull-request", fix=fix)
    pulls = list(Live(client=desk.client).open_pulls())
    checkout = open_checkout(desk.runner)
    statuses = [0]
    for pull in pulls:
        if checkout is not None and not _touches(desk, checkout, pull):
            desk.log.say(f"codec-gate: pull request {pull.number} touches no adapter")
            continue
        desk.log.say(f"codec-gate: pull request {pull.number}")
        # Each has its own time: the first of many must not use it up for all.
        own = replace(desk, client=desk.client.renewed(), lost=[])
        try:
            statuses.append(judge_one(own, PullRequest(number=pull.number), now, f"pull-{pull.number}"))
        finally:
            own.client.close()
    _conclude(desk, max(statuses), f"{len(statuses) - 1} of {len(pulls)} open pull requests judged")
    return max(statuses)


def _conclude(desk: Reporter, status: int, words: str) -> None:
    """Say it of all together: outputs hold what was written last, which was the last pull request's."""
    desk.log.say(f"codec-gate: {words}")
    place = desk.runner.outputs
    if place is not None:
        values = {"verdict": words, "conclusion": CONCLUSIONS.get(status, Conclusion.ERROR).value}
        desk.attempt("outputs", lambda: write_outputs(place, values), None)


def _touches(desk: Reporter, checkout: Checkout, pull: LivePull) -> bool:
    """Whether a pull request changes a file in a folder of its target's adapters; if in doubt it does."""
    event = PullRequest(number=pull.number, target=pull.target, head=pull.head)
    try:
        commits = commits_of(event, checkout, Live(client=desk.client), ask=False)
        trust = CommitTree(repo=checkout.repo, commit=commits.trust)
        policy = in_force(trust, adapters=desk.inputs.adapters).policy
        globs = [glob for part in policy.adapters for glob in part.paths]
        # Whatever lies beside an adapter can change what it imports.
        near = matcher([f"{glob.rpartition('/')[0]}/**" if "/" in glob else "**" for glob in globs])
        return any(map(near, git.changed_paths(checkout.repo, commits.base, commits.head)))
    except GateError:
        return True  # judging it says what is wrong


def turn_required_check(desk: Reporter, outcome: Outcome, commits: Commits, now: dt.datetime) -> None:
    """Re-run the pull request's own run of this workflow: a dispatch doesn't count for a required check."""
    workflow = workflow_file(desk.inputs.workflow or desk.runner.workflow_ref)
    if not workflow:
        desk.log.say("codec-gate: no run is re-run: say which with input `workflow`")
        return

    def turn() -> str:
        return rerun(desk.client, commit=commits.subject, workflow=workflow, green=outcome.green, now=now)

    said = desk.attempt("re-run of the required check", turn, "")
    if said:
        desk.log.say(f"codec-gate: {said}")
