"""Payloads that are not what their event should be: an error that names the field, never a guess."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from gate.errors import UsageError
from gate.github.event import EveryPullRequest, Given, PullRequest, read_event
from gate.github.runner import read_inputs, read_runner
from tests.github.jobs import EVENTS

SHA = "a" * 40
PULL = {"number": 7, "base": {"ref": "main", "sha": SHA}, "head": {"sha": SHA}}


def read(tmp_path, name, event, **env):
    (tmp_path / "event.json").write_text(event if isinstance(event, str) else json.dumps(event))
    given = {
        "GITHUB_EVENT_NAME": name,
        "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
        "GITHUB_REPOSITORY": "o/r",
        "GITHUB_SHA": "b" * 40,
        **env,
    }
    runner = read_runner(given)
    return read_event(runner, read_inputs(given, runner.workspace, dt.date(2026, 6, 1)))


@pytest.mark.parametrize(
    ("name", "event", "words"),
    [
        ("pull_request", {"pull_request": {}}, "event.pull_request: has no number"),
        ("pull_request", {"pull_request": "x"}, "event.pull_request: has no number"),
        ("pull_request", {"pull_request": {"number": 7}}, "event.base: is missing"),
        ("pull_request", {"pull_request": {**PULL, "base": {}}}, "event.pull_request.base.ref: is missing"),
        ("pull_request", {"pull_request": {**PULL, "head": {"sha": "--x"}}}, "event.sha: '--x' is not a commit id"),
        ("merge_group", {}, "event.merge_group: is missing"),
        ("merge_group", {"merge_group": {"base_sha": "main"}}, "event.base_sha: 'main' is not a commit id"),
        ("push", {"before": SHA, "ref": "refs/heads/main"}, "event.after: is missing"),
        ("issue_comment", {}, "a issue_comment event names no commits to judge"),
        ("push", "{", "is not JSON"),
        ("push", "[" * 100_000, "is not JSON"),
        ("push", "[]", "is not an event"),
    ],
)
def test_a_payload_that_lacks_something_is_an_error(tmp_path, name, event, words):
    with pytest.raises(UsageError) as caught:
        read(tmp_path, name, event)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("name", "event", "env", "expected"),
    [
        ("pull_request", {"pull_request": PULL}, {}, PullRequest(number=7, target="main", base=SHA, head=SHA, merge="b" * 40)),
        ("pull_request_target", {"pull_request": PULL}, {}, PullRequest(number=7, target="main", base=SHA, head=SHA)),
        ("workflow_dispatch", {}, {"INPUT_PULL-REQUEST": "all"}, EveryPullRequest()),
        ("workflow_dispatch", {}, {"INPUT_PULL-REQUEST": "#12"}, PullRequest(number=12)),
        ("schedule", {}, {"INPUT_PULL-REQUEST": "all"}, EveryPullRequest()),
        ("workflow_dispatch", {}, {"INPUT_HEAD": "x"}, Given(base="", head="x", default="")),
        ("workflow_dispatch", {}, {"INPUT_BASE": "x"}, Given(base="x", head="b" * 40, default="")),
        # An input must not turn a pull request's own event to another pull request.
        ("pull_request", {"pull_request": PULL}, {"INPUT_PULL-REQUEST": "8"}, PullRequest(number=7, target="main", base=SHA, head=SHA, merge="b" * 40)),
    ],
)  # fmt: skip
def test_what_an_event_asks_for(tmp_path, name, event, env, expected):
    assert read(tmp_path, name, event, **env) == expected


def test_there_is_a_payload_of_every_kind():
    kinds = {path.stem for path in EVENTS.glob("*.json")}
    assert kinds == {
        "pull_request_opened", "pull_request_synchronize", "pull_request_edited", "pull_request_fork",
        "pull_request_dependabot", "pull_request_target", "merge_group", "push", "workflow_dispatch", "schedule",
    }  # fmt: skip
