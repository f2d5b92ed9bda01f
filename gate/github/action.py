"""The runner's shell over the terminal's very check: an event in, a verdict out, reported in every way there is."""

from __future__ import annotations

import datetime as dt
import os
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from gate.errors import GateError, UsageError
from gate.evidence.sample.download import CACHE_VARIABLE
from gate.github.api import Live, api_refs
from gate.github.checkout import Checkout, open_checkout, trusted_file
from gate.github.client import Client, Clock
from gate.github.commits import Commits, SingleEvent, commits_of, refuse_other
from gate.github.event import EveryPullRequest, PullRequest, read_event
from gate.github.outcome import Outcome, blob_links, judged, not_judged
from gate.github.outputs import ReportFiles, hand_back, outputs, write_outputs, write_summary
from gate.github.reevaluation import every_pull_request, turn_required_check
from gate.github.reporting import Log, Reporter, report, tamper_note
from gate.github.runner import Inputs, Runner, output_file, read_inputs, read_runner
from gate.judge.check import Request, check_trees
from gate.judge.refs import Refs
from gate.tree import CommitTree

COULD_NOT_JUDGE, BUG = 2, 3


def main() -> None:
    """Run as the action and exit: 0 passed, 1 blocked, 2 could not judge, 3 a bug in the gate."""
    if not sys.flags.safe_path and sys.path[0] in {"", str(Path.cwd())}:
        # The working directory holds the judged files: one called like a module of ours would be imported.
        error = UsageError("modules would be imported from the workspace", fix="run `python -I -m gate.github.action`")
        sys.exit(_complain(os.environ, Log(stream=sys.stdout.buffer), error))
    sys.exit(run(os.environ, sys.stdout.buffer, Clock()))


def run(env: Mapping[str, str], stream: BinaryIO, clock: Clock) -> int:
    """The one boundary that knows exit statuses."""
    log = Log(stream=stream)
    try:
        return _run(env, log, clock)
    except GateError as error:
        return _complain(env, log, error)
    except KeyboardInterrupt:
        log.say("codec-gate: interrupted")
        return COULD_NOT_JUDGE
    except Exception:  # the last line of defence: a bug is told apart from a verdict
        _complain(env, log, GateError("a bug in the gate", fix="please report it with the lines of the log"))
        log.say(traceback.format_exc())
        return BUG


def _run(env: Mapping[str, str], log: Log, clock: Clock) -> int:
    runner = read_runner(env)
    now = dt.datetime.fromtimestamp(clock.now(), dt.UTC)
    inputs = read_inputs(env, runner.workspace, now.date())
    client = Client(repository=runner.repository, api=runner.api, token=runner.token, clock=clock)
    desk = Reporter(runner=runner, inputs=inputs, client=client, log=log)
    try:
        event = read_event(runner, inputs)
        if isinstance(event, EveryPullRequest):
            return every_pull_request(desk, judge_one, now)
        return judge_one(desk, event, now, "")
    finally:
        client.close()
        written = (*filter(None, (env.get(CACHE_VARIABLE),)), *desk.folders)
        places = [runner.checkout / ".git", *(runner.workspace / name for name in written)]
        desk.attempt("ownership of written files", lambda: hand_back(runner.workspace, places), None)


def judge_one(desk: Reporter, event: SingleEvent, now: dt.datetime, folder: str) -> int:
    """Judge what one event means, and report it; the exit status."""
    outcome, commits = _judged(desk.runner, desk.inputs, desk.client, event)
    notes = (*(commits.notes if commits else ()), *tamper_note(desk.runner, desk.inputs))
    report(desk, outcome, commits, notes, folder)
    if commits is not None and isinstance(event, PullRequest) and not event.target:
        turn_required_check(desk, outcome, commits, now)
    return outcome.status


def _judged(runner: Runner, inputs: Inputs, client: Client, event: SingleEvent) -> tuple[Outcome, Commits | None]:
    """The verdict, and the commits as far as they could be told."""
    commits = None
    try:
        live = Live(client=client) if runner.token else None
        checkout = open_checkout(runner)
        places = checkout or live
        if places is None:
            fix = "run actions/checkout with `fetch-depth: 0` first, or give the action a `token`"
            raise UsageError("holds no git repository", where="the workspace", fix=fix)
        commits = commits_of(event, places, live, ask=runner.attempt > 1)
        refuse_other(event, commits, places, inputs.base, inputs.head)
        refs = _trees(client, checkout, commits)
        mine = {commits.base, commits.head, commits.subject}
        policy, sample = (
            place and trusted_file(place, refs.trust, runner, checkout, mine)
            for place in (inputs.policy, inputs.sample)
        )
        request = Request(
            repo=runner.checkout,
            base=commits.base,
            head=commits.head,
            trust=commits.trust,
            judge_all=commits.judge_all,
            policy=policy,
            sample=sample,
            adapters=inputs.adapters,
            reader=inputs.reader,
            as_of=inputs.as_of,
        )
        links = blob_links(runner.server, runner.repository, commits.head)
        return judged(check_trees(refs, request), inputs.fail_on, links), commits
    except GateError as error:
        return not_judged(error, runner.token), commits


def _trees(client: Client, checkout: Checkout | None, commits: Commits) -> Refs:
    if checkout is None:
        return api_refs(client, base=commits.base, head=commits.head, trust=commits.trust)
    base, head, trust = (CommitTree(repo=checkout.repo, commit=c) for c in (commits.base, commits.head, commits.trust))
    return Refs(base=base, head=head, trust=trust, trusted=True)


def _complain(env: Mapping[str, str], log: Log, error: GateError) -> int:
    """Say that nothing could be judged in every way that needs no event: log, annotation, summary, outputs."""
    outcome = not_judged(error, env.get("INPUT_TOKEN", ""))
    log.block(outcome.text)
    log.annotate(outcome.findings)
    summary, outputs_file = output_file(env, "GITHUB_STEP_SUMMARY"), output_file(env, "GITHUB_OUTPUT")
    try:
        if summary is not None:
            write_summary(summary, outcome.markdown, "", ReportFiles().words)
        if outputs_file is not None:
            write_outputs(outputs_file, outputs(outcome, ReportFiles()))
    except OSError as fault:
        log.say(f"codec-gate: summary or outputs lost: {fault}")
    return COULD_NOT_JUDGE


if __name__ == "__main__":
    main()
