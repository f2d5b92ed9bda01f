"""What root wrote in somebody else's workspace becomes his, and nothing else does."""

from __future__ import annotations

import os
import subprocess

import pytest

from gate.github.outputs import hand_back

OWNER = 12345

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


@pytest.fixture
def workspace(tmp_path):
    """A workspace of another's, with folders and files that root has written into it."""
    top = tmp_path / "workspace"
    (top / ".git/objects/ab").mkdir(parents=True)
    (top / ".git/objects/ab/cd").touch()
    (top / "codec-gate-report").mkdir()
    (top / "codec-gate-report/report.md").touch()
    (top / "other").mkdir()
    os.chown(top, OWNER, OWNER)
    return top


def owners(folder):
    return {path.lstat().st_uid for path in (folder, *folder.rglob("*"))}


def test_folders_and_all_that_is_in_them(workspace):
    hand_back(workspace, [workspace / name for name in (".git", "codec-gate-report", "missing")])
    assert owners(workspace / ".git") == owners(workspace / "codec-gate-report") == {OWNER}
    assert owners(workspace / "other") == {0}


def test_a_third_ones_file_stays_his(workspace):
    os.chown(workspace / ".git/objects/ab/cd", 999, 999)
    hand_back(workspace, [workspace / ".git"])
    assert (workspace / ".git/objects/ab/cd").stat().st_uid == 999


def test_links_lead_to_nothing_outside(workspace, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").touch()
    (workspace / "link").symlink_to(outside)
    (workspace / "codec-gate-report/link").symlink_to(outside)
    os.link(outside / "file", workspace / "codec-gate-report/second-name")
    places = ["link", "codec-gate-report", "../outside", "/", "."]
    hand_back(workspace, [workspace / place for place in places])
    assert owners(outside) == {0}
    assert (workspace / "codec-gate-report/link").lstat().st_uid == OWNER
    assert owners(workspace / "other") == {0}


def test_a_workspace_of_roots_is_left_as_it_is(workspace):
    os.chown(workspace, 0, 0)
    hand_back(workspace, [workspace / ".git"])
    assert owners(workspace / ".git") == {0}


def test_a_job_leaves_nothing_of_roots_behind(job, origin, monkeypatch):
    workspace = job.checkout("refs/pull/7/merge")
    subprocess.run(["chown", "-R", f"{OWNER}:{OWNER}", workspace], check=True)
    event = job.event("pull_request_opened", number="7", base=origin.sha("main"), head=origin.sha("topic-7"))
    ended = job.run("pull_request", event, workspace, sha=origin.sha("refs/pull/7/merge"))
    assert ended.status == 1
    assert (workspace / ".git/shallow").exists()
    assert owners(workspace) == {OWNER}


def test_what_cannot_be_given_away_is_said_and_turns_nothing(job, origin, monkeypatch):
    def refuse(*args, **given):
        raise PermissionError(1, "Operation not permitted")

    workspace = job.checkout("refs/pull/7/merge")
    os.chown(workspace, OWNER, OWNER)
    monkeypatch.setattr("gate.github.outputs.os.chown", refuse)
    event = job.event("pull_request_opened", number="7", base=origin.sha("main"), head=origin.sha("topic-7"))
    ended = job.run("pull_request", event, workspace, sha=origin.sha("refs/pull/7/merge"))
    assert ended.status == 1
    assert "codec-gate: ownership of written files lost: PermissionError" in ended.log
