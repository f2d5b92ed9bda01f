"""Git access over real repositories: work trees, bare ones, shallow ones, and none."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from gate import git
from gate.errors import GitError


def test_a_folder_below_the_top_opens_the_repository(work):
    work.commit({"a/b.txt": "1"})
    repo = git.open_repository(work.top / "a")
    assert (repo.top, repo.bare, repo.shallow) == (work.top.resolve(), False, False)


def test_bare_and_shallow_clones_say_so(work, tmp_path):
    work.commit({"f": "1"})
    work.commit({"f": "2"})
    subprocess.run(["git", "clone", "-q", "--bare", str(work.top), str(tmp_path / "bare.git")], check=True)
    subprocess.run(["git", "clone", "-q", "--depth", "1", f"file://{work.top}", str(tmp_path / "shallow")], check=True)
    assert git.open_repository(tmp_path / "bare.git").bare
    assert git.open_repository(tmp_path / "shallow").shallow


@pytest.mark.parametrize("folder", ["", "missing"])
def test_no_repository_is_one_clear_error(tmp_path, folder):
    with pytest.raises(GitError, match=r"not a git repository|no such folder"):
        git.open_repository(tmp_path / "elsewhere" if folder else _made(tmp_path / "empty"))


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def test_no_git_on_path(work, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GitError, match="git is not installed"):
        git.open_repository(work.top)


@pytest.mark.parametrize(
    "ref", ["nope", "", "--output=x", "-h", "HEAD:f", "a\nb", "HEAD^{tree}", "f" * 40, "HEAD..main"]
)
def test_what_names_no_commit(work, ref):
    work.commit({"f": "1"})
    repo = git.open_repository(work.top)
    assert git.resolve(repo, ref) is None
    with pytest.raises(GitError, match=r"--base: no such commit"):
        git.commit(repo, ref, "--base")


def test_tags_and_short_ids_name_commits(work):
    oid = work.commit({"f": "1"})
    work.git("tag", "-a", "v1", "-m", "one")
    repo = git.open_repository(work.top)
    assert [git.resolve(repo, ref) for ref in ("v1", oid[:8], "HEAD", "main")] == [oid] * 4


def test_blobs_come_whole_whatever_they_hold(work):
    contents = {
        "empty": b"",
        "newlines": b"\n\n",
        "binary": bytes(range(256)) * 300,
        "odd name\twith\ttabs": b"x",
        "é": b"y",
    }
    oid = work.commit(contents)
    repo = git.open_repository(work.top)
    found = {entry.path: entry.oid for entry in git.entries(repo, oid)}
    read = git.blobs(repo, found.values())
    assert {path: read[blob] for path, blob in found.items()} == contents


def test_a_missing_object_is_an_error_not_an_empty_file(work):
    work.commit({"f": "1"})
    with pytest.raises(GitError, match="is missing"):
        git.blobs(git.open_repository(work.top), ["1" * 40])


def test_many_blobs_take_one_process(work, monkeypatch):
    oid = work.commit({f"f{i}": str(i) for i in range(200)})
    repo = git.open_repository(work.top)
    listed = git.entries(repo, oid)
    calls = []
    run = subprocess.run

    def counted(*args, **kwargs):
        calls.append(args)
        return run(*args, **kwargs)

    monkeypatch.setattr(subprocess, "run", counted)
    assert len(git.blobs(repo, [entry.oid for entry in listed])) == 200
    assert len(calls) == 1


def test_the_callers_git_variables_do_not_redirect(work, tmp_path, monkeypatch):
    oid = work.commit({"f": "1"})
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "no-index"))
    assert git.resolve(git.open_repository(work.top), "HEAD") == oid


def test_a_repository_of_another_user_is_read(work):
    oid = work.commit({"f": "1"})
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    for place in (work.top, *work.top.rglob("*")):
        os.chown(place, 12345, 12345)
    assert git.resolve(git.open_repository(work.top), "HEAD") == oid


def test_a_hostile_local_config_runs_nothing(work):
    oid = work.commit({"f": "1"})
    witness = work.top / "witness"
    for key in ("core.fsmonitor", "diff.external", "core.pager", "core.sshCommand"):
        work.git("config", key, f"touch {witness}; false")
    work.write({"f": "2", "g": "3"})
    repo = git.open_repository(work.top)
    assert git.work_tree_files(repo) == ("f", "g")
    assert git.changed_paths(repo, oid, None) == {"f"}
    assert not witness.exists()


def test_the_upstream_default_branch(work, tmp_path):
    assert git.upstream_default(git.open_repository(work.top)) is None
    work.commit({"f": "1"})
    work.git("branch", "-m", "trunk")
    subprocess.run(["git", "clone", "-q", str(work.top), str(tmp_path / "clone")], check=True)
    assert git.upstream_default(git.open_repository(tmp_path / "clone")) == "refs/remotes/origin/trunk"


def test_merge_base_of_unrelated_histories_is_none(work):
    one = work.commit({"f": "1"})
    work.git("checkout", "-q", "--orphan", "other")
    other = work.commit({"f": "2"})
    assert git.merge_base(git.open_repository(work.top), one, other) is None
