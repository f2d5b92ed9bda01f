"""A tree through the API reads what git reads, and refuses what git's reader refuses."""

from __future__ import annotations

import pytest

from gate import git
from gate.errors import AdapterError, GitError
from gate.github.api import api_refs, api_tree
from gate.github.client import ApiError, Client
from gate.tree import CommitTree
from tests.github.standin import Fault

GLOBS = ("**/codec_adapters/*.py",)


@pytest.fixture
def client(github, origin, idle):
    github.repository = origin.top
    made = Client(repository="o/r", api=github.url, token="t", clock=idle.clock())
    yield made
    made.close()


def test_it_reads_what_git_reads(client, origin):
    origin.move({"binary.bin": bytes(range(256)) * 9, "deep/codec_adapters/x.py": "x = 1\n"})
    commit = origin.sha("main")
    tree, local = api_tree(client, commit), CommitTree(repo=git.open_repository(origin.top), commit=commit)
    assert tree.sources(GLOBS) == local.sources(GLOBS)
    assert tree.name == tree.commit == commit
    for path in ("binary.bin", "codec_adapters", "nothing"):
        assert tree.read(path) == local.read(path)


def test_only_what_is_read_is_asked_for(client, github, origin):
    tree = api_tree(client, origin.sha("main"))
    tree.read("codec_adapters/x264.py")
    assert [request.split("/")[5] for request in github.asked] == ["trees", "blobs"]


def test_a_commit_is_listed_once(client, github, origin):
    one, two = origin.sha("main"), origin.sha("topic-7")
    refs = api_refs(client, base=one, head=two, trust=one)
    assert len(github.asked) == 2
    assert refs.base is refs.trust


def test_a_symlink_is_refused(client, origin):
    (origin.top / "codec_adapters/link.py").symlink_to("/etc/passwd")
    tree = api_tree(client, origin.move())
    with pytest.raises(AdapterError, match="is a symlink"):
        tree.sources(GLOBS)
    with pytest.raises(AdapterError, match="is a symlink"):
        tree.read("codec_adapters/link.py")


def test_a_tree_that_github_lists_in_part_is_an_error(client, github, origin, monkeypatch):
    monkeypatch.setattr(type(github), "answer", lambda *args: (200, {"tree": [], "truncated": True}))
    with pytest.raises(GitError, match="only in part"):
        api_tree(client, origin.sha("main"))


def test_a_blob_that_cannot_be_had_is_an_error_and_no_empty_file(client, github, origin):
    tree = api_tree(client, origin.sha("main"))
    github.faults.append(Fault(pattern="blobs", status=404, message="Not Found"))
    with pytest.raises(ApiError, match="404"):
        tree.sources(GLOBS)


def test_what_git_changes_at_checkout_is_refused_here_too(client, origin):
    commit = origin.move({".gitattributes": "*.py ident\n", "codec_adapters/mark.py": "MARK = '$Id$'\n"})
    with pytest.raises(AdapterError, match=r"mark\.py: is another file once it is checked out"):
        api_tree(client, commit).sources(GLOBS)
