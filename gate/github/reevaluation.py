"""Judging again by hand: one pull request or all open ones, and the required check turned where the verdict turned."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable

from gate.errors import GateError, UsageError
from gate.github.checkout import Checkout, open_checkout
from gate.github.commits import Commits, SingleEvent, commits_of
from gate.github.event import PullRequest
from gate.github.files import write_outputs
from gate.github.live import Live, LivePull
from gate.github.outcome import CONCLUSIONS, Outcome
from gate.github.reporting import Desk
from gate.github.rerun import rerun, workflow_file
from gate.policy.load import PLACE, default_policy, load_policy
from gate.proposal import git
from gate.proposal.globs import matcher
from gate.proposal.tree import CommitTree
from gate.verdict import Conclusion

JudgeOne = Callable[[Desk, SingleEvent, dt.datetime, str], int]


def every_pull_request(desk: Desk, judge_one: JudgeOne, now: dt.datetime) -> int:
    """Judge all open pull requests that touch adapters; the gravest exit status of them.

    Raises:
        GateError: they can't be listed.
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
        own = dataclasses.replace(desk, client=desk.client.renewed(), lost=[])
        try:
            statuses.append(judge_one(own, PullRequest(number=pull.number), now, f"pull-{pull.number}"))
        finally:
            own.client.close()
    _conclude(desk, max(statuses), f"{len(statuses) - 1} of {len(pulls)} open pull requests judged")
    return max(statuses)


def _conclude(desk: Desk, status: int, words: str) -> None:
    """Say it of all together: outputs hold what was written last, which was the last pull request's."""
    desk.log.say(f"codec-gate: {words}")
    place = desk.runner.outputs
    if place is not None:
        values = {"verdict": words, "conclusion": CONCLUSIONS.get(status, Conclusion.ERROR).value}
        desk.attempt("outputs", lambda: write_outputs(place, values), None)


def _touches(desk: Desk, checkout: Checkout, pull: LivePull) -> bool:
    """Whether a pull request changes a file in a folder of its target's adapters; if in doubt it does."""
    event = PullRequest(number=pull.number, target=pull.target, head=pull.head)
    try:
        commits = commits_of(event, checkout, Live(client=desk.client), ask=False)
        contents = CommitTree(repo=checkout.repo, commit=commits.trust).read(PLACE)
        policy = load_policy(contents, PLACE).policy if contents is not None else default_policy().policy
        globs = desk.inputs.adapters or tuple(glob for part in policy.adapters for glob in part.paths)
        # Whatever lies beside an adapter can change what it imports.
        near = matcher([f"{glob.rpartition('/')[0]}/**" if "/" in glob else "**" for glob in globs])
        return any(map(near, git.changed_paths(checkout.repo, commits.base, commits.head)))
    except GateError:
        return True  # judging it says what is wrong


def turn_required_check(desk: Desk, outcome: Outcome, commits: Commits, now: dt.datetime) -> None:
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
