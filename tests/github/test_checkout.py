"""Whose repository a checkout's `origin` is: only the judged one's branches are believed."""

from __future__ import annotations

import dataclasses
import subprocess

import pytest

from gate.github.checkout import open_checkout
from gate.github.runner import read_runner


def runner(tmp_path, workspace):
    (tmp_path / "event.json").write_text("{}")
    env = {"GITHUB_EVENT_NAME": "push", "GITHUB_EVENT_PATH": str(tmp_path / "event.json"), "GITHUB_REPOSITORY": "o/r"}
    return dataclasses.replace(read_runner(env), workspace=workspace, checkout=workspace)


OURS = [
    "https://github.com/o/r", "https://github.com/O/R.git", "https://x:y@ghe.example.org/o/r/",
    "git@github.com:o/r.git", "ssh://git@github.com/o/r", "/srv/git/any", "file:///srv/git/any",
]  # fmt: skip
THEIRS = [
    "https://github.com/stranger/r",
    "https://github.com/o/r2",
    "https://github.com/xo/r",
    "git@github.com:stranger/r.git",
    "",
]


@pytest.mark.parametrize(("url", "own"), [*((url, True) for url in OURS), *((url, False) for url in THEIRS)])
def test_whose_origin_it_is(work, tmp_path, url, own):
    if url:
        work.git("remote", "add", "origin", url)
    checkout = open_checkout(runner(tmp_path, work.top))
    assert checkout is not None
    assert (checkout.tracking, checkout.remote) == (own, "origin" if own else "https://github.com/o/r")


def test_no_repository_is_no_checkout(tmp_path):
    assert open_checkout(runner(tmp_path, tmp_path)) is None


@pytest.mark.parametrize("depth", [0, 1])
def test_a_commit_that_is_nowhere_is_told(job, origin, tmp_path, depth):
    workspace = job.checkout("refs/heads/main", depth)
    event = job.event("merge_group", target="main", base="1" * 40, head=origin.sha("main"))
    ended = job.run("merge_group", event, workspace)
    assert ended.status == 2
    assert f"event.merge_group.base_sha: {'1' * 40} is not in the checkout and can't be fetched" in ended.log
    assert "fetch-depth: 0" in ended.log


def test_histories_without_a_common_ancestor_are_told(job, origin):
    origin.git("checkout", "-q", "--orphan", "other")
    after = origin.commit({"x": "y"})
    origin.git("checkout", "-q", "main")
    event = job.event("push", branch="other", before="0" * 40, after=after)
    ended = job.run("push", event, job.checkout("refs/heads/other"), sha=after)
    assert ended.status == 2
    assert "no common ancestor" in ended.log


def test_a_repository_owned_by_somebody_else_is_read(job, origin):
    """As in a container: root judges what the runner's user checked out."""
    workspace = job.checkout("refs/pull/7/merge")
    if subprocess.run(["chown", "-R", "12345:12345", workspace], check=False, capture_output=True).returncode:
        pytest.skip("only root can give files away")
    event = job.event("pull_request_opened", number="7", base=origin.sha("main"), head=origin.sha("topic-7"))
    assert job.run("pull_request", event, workspace, sha=origin.sha("refs/pull/7/merge")).status == 1
