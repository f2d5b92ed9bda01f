"""Events, refs and inputs that nobody sends: never green without a verdict, never a bug, the token in no output."""

from __future__ import annotations

import copy
import json
import os
import random
from typing import Any

import pytest

from tests.github.test_commits import payload

MUTANTS = int(os.environ.get("GATE_MUTATIONS", "3"))  # of each place; 135 in all
TOKEN = "s3cr3t-t0ken"
ODD: list[Any] = [
    None, True, False, 0, -1, 7.5, 10**30, "", " ", "0" * 40, "f" * 40, "main\x00", "main\n", "\ud800", "\udcff", "é" * 50,
    "--upload-pack=touch x", "../../x", "refs/heads/main", "a" * 200_000, "*", "main:main", "@{-1}", "HEAD", [], {}, [[]],
    {"sha": "x"}, TOKEN,
]  # fmt: skip
KEYS = {
    "pull_request": ["number", "pull_request", "pull_request.number", "pull_request.base", "pull_request.base.ref",
                     "pull_request.base.sha", "pull_request.head", "pull_request.head.sha", "repository"],
    "merge_group": ["merge_group", "merge_group.base_sha", "merge_group.head_sha", "repository"],
    "push": ["ref", "before", "after", "deleted", "commits", "head_commit", "repository", "repository.default_branch"],
    "workflow_dispatch": ["repository", "pull_request", "inputs"],
    "schedule": ["repository.default_branch", "pull_request"],
}  # fmt: skip
NAMES = ["INPUT_BASE", "INPUT_HEAD", "INPUT_PULL_REQUEST", "INPUT_POLICY", "INPUT_SAMPLE", "INPUT_PATH", "INPUT_ADAPTERS",
         "INPUT_READER", "INPUT_FAIL_ON", "INPUT_AS_OF", "INPUT_WORKFLOW", "INPUT_API_URL", "GITHUB_SHA", "GITHUB_RUN_ATTEMPT",
         "GITHUB_RUN_ID", "GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_EVENT_NAME", "GITHUB_WORKFLOW_REF"]  # fmt: skip
TEXTS = [part for part in ODD if isinstance(part, str) and "\x00" not in part and part != "\ud800"] + [
    "²",
    "1" * 5000,
    "http://[",
]


def put(event, path, value):
    *parents, last = path.split(".")
    for name in parents:
        event = event[name]
    event[last] = value


def base_case(job, origin, name):
    tip, head, merge = (origin.sha(ref) for ref in ("main", "topic-7", "refs/pull/7/merge"))
    kind, sha, words = {
        "pull_request": ("pull_request_synchronize", merge, {"number": "7", "base": tip, "head": head}),
        "merge_group": ("merge_group", merge, {"target": "main", "base": tip, "head": merge}),
        "push": ("push", head, {"branch": "topic-7", "before": "0" * 40, "after": head}),
        "workflow_dispatch": ("workflow_dispatch", tip, {}),
        "schedule": ("schedule", tip, {}),
    }[name]  # fmt: skip
    return job.event(kind, **words), sha


@pytest.fixture
def whole(job, origin):
    job.github.pulls[7] = payload(origin)
    workspace = job.checkout("refs/pull/7/merge", depth=0)

    def run(name, event, sha, **env):
        inputs = {"INPUT_PULL_REQUEST": "7"} if name == "workflow_dispatch" else {}
        given = {"GITHUB_RUN_ATTEMPT": "2", "INPUT_COMMENT": "true", **inputs, **env}
        return job.run(name, event, workspace, sha=given.pop("GITHUB_SHA", sha), token=TOKEN, **given)

    return run


def holds(ended, what):
    """The sound pull request blocks, so that green is right only where nothing new was judged for a reason that is told."""
    assert ended.status in {0, 1, 2}, (what, ended.log)
    text = ended.log + ended.summary + json.dumps(ended.outputs) + json.dumps(ended.report)
    assert TOKEN not in text, what
    assert "Traceback" not in ended.log
    if ended.status == 0:
        assert ended.report["base"] != ended.report["head"] or ended.report["changes"], (what, ended.log)
        assert ended.report["conclusion"] == "success"
    if ended.status == 2:
        assert ended.outputs.get("conclusion") == "error", what


@pytest.mark.parametrize("name", KEYS)
def test_mutated_events(whole, job, origin, name):
    sound, sha = base_case(job, origin, name)
    chance = random.Random(name)
    for path in KEYS[name]:
        for value in chance.sample(ODD, min(MUTANTS, len(ODD))):
            event = copy.deepcopy(sound)
            put(event, path, value)
            ended = whole(name, event, sha)
            holds(ended, (name, path, value))
            if name != "schedule" and ended.status == 0:
                raise AssertionError((name, path, value, ended.log))


@pytest.mark.parametrize("name", NAMES)
def test_mutated_inputs_and_variables(whole, job, origin, name):
    sound, sha = base_case(job, origin, "pull_request")
    chance = random.Random(name)
    for value in chance.sample(TEXTS, min(MUTANTS, len(TEXTS))):
        ended = whole("pull_request", sound, sha, **{name: value})
        holds(ended, (name, value))
        assert ended.status != 0, (name, value, ended.log)
