"""Which commits are compared and trusted, when the command line says so and when it doesn't."""

from __future__ import annotations

import subprocess

import pytest

from gate import git
from gate.errors import GitError
from gate.judge.refs import resolve_refs


def _refs(top, base=None, head=None, trust=None):
    refs = resolve_refs(git.open_repository(top), base=base, head=head, trust=trust)
    return refs.base.commit, refs.head.name, refs.trust.commit, refs.trusted


def test_on_the_default_branch_without_a_remote_the_work_tree_is_compared_with_head(work):
    oid = work.commit({"f": "1"})
    assert _refs(work.top) == (oid, "work tree", oid, False)


def test_on_a_branch_without_a_remote_the_work_tree_is_compared_with_head(work):
    start = work.commit({"f": "1"})
    work.git("checkout", "-q", "-b", "topic")
    tip = work.commit({"f": "2"})
    assert _refs(work.top) == (tip, "work tree", tip, False)
    assert _refs(work.top, head="topic", base="main")[0] == start
    work.git("checkout", "-q", "main")
    assert _refs(work.top, head="topic")[:2] == (start, tip)


def test_in_a_clone_base_is_the_merge_base_and_trust_the_live_tip(work, tmp_path):
    start = work.commit({"f": "1"})
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", str(work.top), str(clone)], check=True)
    tip = work.commit({"f": "tightened"})
    subprocess.run(["git", "-C", str(clone), "fetch", "-q"], check=True)
    assert _refs(clone) == (start, "work tree", tip, True)


def test_named_refs_win(work):
    one, two, three = (work.commit({"f": str(i)}) for i in range(3))
    assert _refs(work.top, base=one, head=two, trust=three) == (one, two, three, True)


def test_a_bare_repository_compares_its_head(work, tmp_path):
    work.commit({"f": "1"})
    work.git("branch", "old")
    tip = work.commit({"f": "2"})
    subprocess.run(["git", "clone", "-q", "--bare", str(work.top), str(tmp_path / "b.git")], check=True)
    assert _refs(tmp_path / "b.git", base="old")[1] == tip


@pytest.mark.parametrize("which", ["base", "head", "trust"])
def test_no_such_ref(work, which):
    work.commit({"f": "1"})
    with pytest.raises(GitError, match="no such commit: gone"):
        _refs(work.top, **{which: "gone"})


def test_an_empty_repository(work):
    with pytest.raises(GitError, match="no commit yet"):
        _refs(work.top)


def test_a_shallow_clone_without_the_merge_base_says_what_to_set(work, tmp_path):
    work.commit({"f": "1"})
    work.git("checkout", "-q", "-b", "topic")
    work.commit({"f": "topic"})
    work.git("checkout", "-q", "main")
    work.commit({"f": "2"})
    shallow = tmp_path / "shallow"
    subprocess.run(
        ["git", "clone", "-q", "--depth", "1", "--no-single-branch", f"file://{work.top}", str(shallow)], check=True
    )
    with pytest.raises(GitError, match=r"no common ancestor .*fetch-depth: 0"):
        _refs(shallow, head="origin/topic")


def _remote(work, tmp_path, *branches):
    """A clone by init and fetch, which knows no default branch of its remote; on `topic` with a commit of its own."""
    start = work.commit({"f": "1"})
    for branch in set(branches) - {"main"}:
        work.git("branch", branch)
    if "main" not in branches:
        work.git("checkout", "-q", branches[0])
        work.git("branch", "-D", "main")
    top = tmp_path / "clone"
    clone = type(work)(top=top)
    top.mkdir()
    clone.git("init", "-q", "-b", "topic")
    clone.git("remote", "add", "origin", f"file://{work.top}")
    clone.git("fetch", "-q", "origin")
    clone.git("checkout", "-q", "-B", "topic", f"origin/{branches[-1]}")
    clone.commit({"f": "2"})
    return clone, start


@pytest.mark.parametrize("branches", [("main",), ("develop",), ("trunk", "x"), ("master", "v1", "x")])
def test_the_only_usual_name_is_what_a_branch_is_meant_for(work, tmp_path, branches):
    clone, start = _remote(work, tmp_path, *branches)
    for head in (None, "HEAD", "topic"):
        base, _, trust, trusted = _refs(clone.top, head=head)
        assert (base, trust, trusted) == (start, work.git("rev-parse", branches[0]), True)


@pytest.mark.parametrize("branches", [("x",), ("main", "develop"), ("main", "develop", "x")])
def test_else_the_branchs_own_upstream(work, tmp_path, branches):
    clone, start = _remote(work, tmp_path, *branches)
    assert _refs(clone.top)[0] == start
    assert _refs(clone.top, head="topic")[0] == start


def test_the_branchs_own_copy_in_the_remote_tells_nothing(work, tmp_path):
    """A branch that was pushed whole would be compared with itself."""
    clone, _ = _remote(work, tmp_path, "main", "develop", "x")
    work.git("config", "receive.denyCurrentBranch", "ignore")
    clone.git("push", "-q", "-u", "origin", "topic")
    clone.git("remote", "rename", "origin", "server")
    for head in (None, "HEAD", "topic"):
        with pytest.raises(GitError, match=r"give --base, or run `git remote set-head server --auto`"):
            _refs(clone.top, head=head)
    clone.git("remote", "set-head", "server", "main")  # what that advice leads to
    assert _refs(clone.top)[3] is True
    clone.git("remote", "set-head", "server", "-d")
    clone.git("remote", "rename", "server", "origin")
    assert _refs(clone.top, base="origin/main")[3] is False


@pytest.mark.parametrize("depth", [1, 2])
def test_the_merge_ref_of_a_job_tells_no_target(work, tmp_path, depth):
    work.commit({"f": "1"})
    work.git("checkout", "-q", "-b", "topic")
    work.commit({"g": "2"})
    work.git("checkout", "-q", "--detach", "main")
    work.git("merge", "-q", "--no-ff", "-m", "m", "topic")
    merge = work.git("rev-parse", "HEAD")
    work.git("update-ref", "refs/pull/7/merge", merge)
    top = tmp_path / "job"
    job = type(work)(top=top)
    top.mkdir()
    job.git("init", "-q")
    job.git("remote", "add", "origin", f"file://{work.top}")
    job.git("fetch", "-q", f"--depth={depth}", "origin", "+refs/pull/7/merge:refs/remotes/pull/7/merge")
    job.git("checkout", "-q", "--detach", merge)
    with pytest.raises(GitError, match="fetch-depth: 0"):
        _refs(top)


def test_a_remote_that_was_never_fetched_tells_nothing(work):
    work.commit({"f": "1"})
    work.git("remote", "add", "origin", "https://example.org/o/r")
    with pytest.raises(GitError) as caught:
        _refs(work.top)
    assert ("(give --base)" in str(caught.value), "set-head" in str(caught.value)) == (True, False)


MEANINGS = [  # refs that exist, name, the one that it means (None: it is refused)
    (["heads/x"], "x", "heads/x"),
    (["tags/x"], "x", "tags/x"),
    (["heads/x", "tags/x"], "x", None),
    (["heads/x", "tags/x"], "x~0", None),
    (["heads/x", "tags/x"], "x^{commit}", None),
    (["heads/x", "tags/x"], "refs/heads/x", "heads/x"),
    (["heads/x", "tags/x"], "refs/tags/x", "tags/x"),
    (["heads/x", "tags/x"], "heads/x", "heads/x"),
    (["tags/x", "remotes/origin/x"], "x", None),
    (["heads/x", "remotes/origin/x"], "x", "heads/x"),
    (["remotes/origin/x", "heads/origin/x"], "origin/x", None),
    (["remotes/origin/x"], "origin/x", "remotes/origin/x"),
    (["tags/HEAD"], "HEAD", "heads/main"),
    (["tags/a1"], "a1", "tags/a1"),
]


@pytest.mark.parametrize(("refs", "name", "meant"), MEANINGS)
def test_a_name_means_one_thing_or_is_refused(work, refs, name, meant):
    work.commit({"f": "0"})
    commits = {}
    for number, ref in enumerate(refs):
        commits[ref] = work.git("commit-tree", "-m", str(number), "HEAD^{tree}")
        work.git("update-ref", f"refs/{ref}", commits[ref])
    commits["heads/main"] = work.git("rev-parse", "refs/heads/main")
    repo = git.open_repository(work.top)
    if meant:
        assert git.resolve(repo, name) == commits[meant]
    else:
        with pytest.raises(GitError, match=r"means refs/.* and refs/.*write the full name"):
            git.resolve(repo, name)


def test_a_tag_that_begins_a_commits_id_is_refused(work):
    first = work.commit({"f": "0"})
    work.commit({"f": "1"})
    work.git("tag", first[:8])
    with pytest.raises(GitError, match="write the full name"):
        git.resolve(git.open_repository(work.top), first[:8])
    assert git.resolve(git.open_repository(work.top), first) == first


def test_histories_that_never_met_ask_for_a_base(work):
    work.commit({"f": "1"})
    work.git("checkout", "-q", "--orphan", "other")
    work.commit({"f": "2"})
    with pytest.raises(GitError) as caught:
        _refs(work.top, head="main")
    assert ("give --base" in str(caught.value), "fetch-depth" in str(caught.value)) == (True, False)
