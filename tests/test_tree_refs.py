"""Which commits are compared and trusted, when the command line says so and when it doesn't."""

from __future__ import annotations

import subprocess

import pytest

from gate import git
from gate.errors import GitError
from gate.tree import resolve_refs


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
