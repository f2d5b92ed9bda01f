"""Files that inputs name: the judged repository's own count as the target branch has them, others as they lie there."""

from __future__ import annotations

import subprocess

import pytest

from tests.github.test_commits import ADVISORY, PLACE, payload

STRICT = "unmeasured: fail\n"


def clone_of_the_head(job, origin, place):
    subprocess.run(["git", "clone", "-q", f"file://{origin.top}", str(place)], check=True)
    subprocess.run(["git", "-C", str(place), "fetch", "-q", "origin", "refs/pull/7/head"], check=True)
    subprocess.run(["git", "-C", str(place), "checkout", "-q", "FETCH_HEAD"], check=True)


def start(job, origin, base, pull):
    origin.move({"README": "x", **base})
    origin.pull(7, "b-frames", pull)
    event = job.event("pull_request_opened", number="7", base=origin.sha("main"), head=origin.sha("topic-7"))
    workspace = job.checkout("refs/pull/7/merge")

    def run(policy, **env):
        return job.run(
            "pull_request", event, workspace, sha=origin.sha("refs/pull/7/merge"), INPUT_POLICY=policy, **env
        )

    return workspace, run


SPELLINGS = ["p.yml", "./p.yml", "x/../p.yml", "{workspace}/p.yml", "{workspace}/./p.yml"]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_file_of_the_pull_request_is_not_read(job, origin, spelling):
    workspace, run = start(job, origin, {}, {"p.yml": "published_patterns: false\nstructural: 9\n"})
    ended = run(spelling.format(workspace=workspace))
    assert ended.status == 2
    assert "p.yml: is not in" in ended.log
    assert "a pull request's own file does not count" in ended.log


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_the_target_branchs_file_is_read_in_its_place(job, origin, spelling):
    workspace, run = start(job, origin, {"p.yml": STRICT}, {"p.yml": ADVISORY})
    ended = run(spelling.format(workspace=workspace))
    assert (ended.status, ended.report["policy"]["unmeasured"]) == (1, "fail")


def test_a_link_that_the_pull_request_brings_is_not_followed(job, origin, tmp_path):
    (tmp_path / "loose.yml").write_text(ADVISORY)
    origin.git("checkout", "-q", "-B", "topic-7", "main")
    (origin.top / "p.yml").symlink_to(tmp_path / "loose.yml")
    _, run = start(job, origin, {}, {})
    for name in ("p.yml", "conf/p.yml"):
        assert run(name).status == 2


def test_a_link_to_another_repository_that_the_pull_request_brings_is_not_followed(job, origin, tmp_path):
    loose = type(origin)(top=tmp_path / "loose")
    loose.top.mkdir()
    loose.git("init", "-q")
    loose.commit({"p.yml": STRICT})
    origin.git("checkout", "-q", "-B", "topic-7", "main")
    (origin.top / "conf").symlink_to(loose.top)
    origin.commit({})
    origin.git("update-ref", "refs/pull/7/head", "HEAD")
    origin.git("checkout", "-q", "main")
    merge = origin.merge(7)
    event = job.event("pull_request_opened", number="7", base=origin.sha("main"), head=origin.sha("topic-7"))
    workspace = job.checkout("refs/pull/7/merge")
    ended = job.run("pull_request", event, workspace, sha=merge, INPUT_POLICY="conf/p.yml")
    assert (ended.status, "conf: is a submodule or link of the judged commit" in ended.log) == (2, True)


def test_a_file_of_somewhere_else_is_read_as_it_is(job, origin, tmp_path):
    (tmp_path / "p.yml").write_text(STRICT)
    _, run = start(job, origin, {}, {})
    assert run(str(tmp_path / "p.yml")).report["policy"]["unmeasured"] == "fail"


def test_a_repository_that_a_required_workflow_checks_out_beside_it_counts(job, origin):
    workspace, run = start(job, origin, {}, {})
    ours = type(origin)(top=workspace / "policies")
    ours.top.mkdir()
    ours.git("init", "-q")
    ours.git("remote", "add", "origin", "https://github.com/o/policies")
    ours.commit({"p.yml": STRICT})
    ended = run("policies/p.yml")
    assert ended.status == 1, ended.log
    assert (ended.status, ended.report["policy"]["unmeasured"]) == (1, "fail"), ended.log


def test_a_clone_of_the_judged_repository_beside_it_does_not(job, origin):
    """`pull_request_target` with the head checked out as data."""
    workspace, run = start(job, origin, {}, {"p.yml": STRICT})
    clone_of_the_head(job, origin, workspace / "pr")
    for url in (None, "https://github.com/stranger/r", "https://github.com/o/r"):
        if url:
            subprocess.run(["git", "-C", str(workspace / "pr"), "remote", "set-url", "origin", url], check=True)
        assert run("pr/p.yml").status == 2


def test_a_submodule_that_the_pull_request_brings_does_not_count(job, origin, tmp_path):
    evil = type(origin)(top=tmp_path / "evil")
    evil.top.mkdir()
    evil.git("init", "-q")
    sha = evil.commit({"p.yml": STRICT})
    origin.git("checkout", "-q", "-B", "topic-7", "main")
    origin.git("update-index", "--add", "--cacheinfo", f"160000,{sha},Policies")
    origin.git("commit", "-q", "-m", "a submodule")
    origin.git("update-ref", "refs/pull/7/head", "HEAD")
    origin.git("checkout", "-q", "-f", "main")
    merge = origin.merge(7)
    workspace = job.checkout("refs/pull/7/merge")
    for name in ("Policies", "policies"):  # on a disk that doesn't tell them apart both are it
        subprocess.run(["git", "clone", "-q", str(evil.top), str(workspace / name)], check=True)
        event = job.event("pull_request_opened", number="7", base=origin.sha("main"), head=origin.sha("topic-7"))
        ended = job.run("pull_request", event, workspace, sha=merge, INPUT_POLICY=f"{name}/p.yml")
        assert (ended.status, "is a submodule or link of the judged commit" in ended.log) == (2, True)


def test_a_sample_of_the_pull_request_is_not_read(job, origin):
    _, run = start(job, origin, {}, {"own.parquet": b"PAR1"})
    ended = run("", INPUT_SAMPLE="own.parquet")
    assert (ended.status, "own.parquet: is not in" in ended.log) == (2, True)


def test_without_a_checkout_they_come_through_the_api(job, origin, tmp_path):
    origin.move({PLACE: "mode: enforce\n", "p.yml": STRICT})
    origin.pull(7, "b-frames", {"p.yml": ADVISORY})
    job.github.pulls[7] = payload(origin)
    event = job.event("pull_request_target", number="7", base=origin.sha("main"), head=origin.sha("topic-7"))
    (tmp_path / "empty").mkdir()
    ended = job.run("pull_request_target", event, tmp_path / "empty", token="t", INPUT_POLICY="p.yml")
    assert (ended.status, ended.report["policy"]["unmeasured"]) == (1, "fail")


@pytest.mark.parametrize("depth", [0, 1])
def test_a_checkout_in_a_folder_of_the_workspace(job, origin, tmp_path, depth):
    head, base = origin.sha("topic-7"), origin.sha("main")
    event = job.event("pull_request_opened", number="7", base=base, head=head)
    inner = job.checkout("refs/pull/7/merge", depth)
    workspace = tmp_path / "runner"
    workspace.mkdir()
    inner.rename(workspace / "source")
    sha = origin.sha("refs/pull/7/merge")
    for path in ("source", "./source", "source/"):
        ended = job.run("pull_request", event, workspace, sha=sha, INPUT_PATH=path)
        assert (ended.status, ended.refs) == (1, (base, sha, base))
        assert (workspace / ended.outputs["report-folder"]).is_dir()
    ended = job.run("pull_request", event, workspace, sha=sha, INPUT_PATH="source", INPUT_POLICY="source/none.yml")
    assert (ended.status, "none.yml: is not in" in ended.log) == (2, True)
    for path in ("source/codec_adapters", "nothing"):
        assert job.run("pull_request", event, workspace, sha=sha, INPUT_PATH=path).status == 2
