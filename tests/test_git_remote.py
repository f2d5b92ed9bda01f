"""Asking and fetching from a remote: real repositories, and a real server for what is sent to it."""

from __future__ import annotations

import base64
import dataclasses
import socket
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from gate import git
from gate.errors import GitError
from gate.tree import CommitTree
from tests.container.server import serving


@pytest.fixture
def shallow(work, tmp_path):
    """A shallow clone of one commit of three."""
    for number in range(3):
        work.commit({"f": str(number)})
    work.git("config", "uploadpack.allowAnySHA1InWant", "true")
    top = tmp_path / "shallow"
    subprocess.run(["git", "clone", "-q", "--depth", "1", f"file://{work.top}", str(top)], check=True)
    return git.open_repository(top)


def test_tips_are_the_remotes_and_only_those_asked_for(work, shallow):
    tip = work.commit({"f": "new"})
    work.git("branch", "main2")
    refs = ("refs/heads/main", "refs/heads/gone", "refs/heads/*")
    assert git.remote_tips(shallow, "origin", refs) == {"refs/heads/main": tip}


def test_a_fetch_brings_commits_and_moves_no_ref(work, shallow):
    before = git.resolve(shallow, "refs/remotes/origin/main")
    tip = work.commit({"f": "new"})
    git.fetch(shallow, "origin", ("refs/heads/main",), "--depth=1")
    assert git.resolve(shallow, tip) == tip
    assert git.resolve(shallow, "refs/remotes/origin/main") == before
    assert not (shallow.top / ".git/FETCH_HEAD").exists()


def test_parents_are_told_also_where_a_shallow_clone_has_cut_them_off(work, shallow):
    assert git.parents(shallow, work.git("rev-parse", "main")) == (work.git("rev-parse", "main~1"),)
    assert git.resolve(shallow, "HEAD~1") is None
    assert git.parents(shallow, "0" * 40) == ()


@pytest.mark.parametrize("remote", ["nowhere", "file:///no/such/folder", "--upload-pack=touch x", "ext::sh -c x"])
def test_a_remote_that_is_none_is_an_error(shallow, remote, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(GitError):
        git.remote_tips(shallow, remote, ("refs/heads/main",))
    with pytest.raises(GitError):
        git.fetch(shallow, remote, ("refs/heads/main",))
    assert not (shallow.top / "x").exists()


@pytest.fixture
def server():
    """A git server that lets nobody in, and what it was shown: each request's Authorization headers."""
    shown: list[list[str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            shown.append(self.headers.get_all("Authorization", []))
            self.send_error(403)

        def log_message(self, *args):
            pass

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield f"http://127.0.0.1:{running.server_port}", shown
    running.shutdown()
    running.server_close()


def basic(words):
    return "basic " + base64.b64encode(words.encode()).decode()


@pytest.mark.parametrize("persisted", [False, True])
def test_a_token_is_shown_alone_and_after_the_checkouts_own_credentials(shallow, server, persisted):
    """GitHub refuses a request with two Authorization headers."""
    url, shown = server
    own = basic("x-access-token:own")
    if persisted:
        key, value = f"http.{url}/.extraheader", f"AUTHORIZATION: {own}"
        subprocess.run(["git", "-C", shallow.top, "config", key, value], check=True)
    asking = dataclasses.replace(shallow, access=git.Access(server=url, token="secret"))
    with pytest.raises(GitError) as caught:
        git.remote_tips(asking, f"{url}/o/r", ("refs/heads/main",))
    assert shown == [[own] if persisted else [], [basic("x-access-token:secret")]]
    assert "secret" not in str(caught.value) + repr(asking)


def test_passwords_of_urls_are_not_told(shallow, server):
    url, _ = server
    with pytest.raises(GitError) as caught:
        git.remote_tips(shallow, url.replace("//", "//user:hunter2@"), ("refs/heads/main",))
    assert "hunter2" not in str(caught.value)


def test_a_server_that_never_answers_ends_with_the_time(shallow):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/o/r"
        with pytest.raises(GitError, match="did not end within"):
            git.remote_tips(dataclasses.replace(shallow, access=git.Access(seconds=0.3)), url, ("refs/heads/main",))


@pytest.fixture
def private(work, tmp_path):
    """A partial clone of a repository that asks for a token, and what a job with that token makes of it."""
    for number in range(3):
        work.commit({"pkg/a.py": f"{number}", "pkg/b.py": f"b{number}", "pkg/c.py": "c"})
    for key in ("allowAnySHA1InWant", "allowFilter"):
        work.git("config", f"uploadpack.{key}", "true")
    (tmp_path / "served/o").mkdir(parents=True)
    (tmp_path / "served/o/r").symlink_to(work.top / ".git")
    with serving(tmp_path / "served", "t0ken") as url:

        def clone(filtered, token):
            top = tmp_path / f"partial-{filtered.replace(':', '-')}"
            subprocess.run(
                ["git", "clone", "-q", "--no-checkout", f"--filter={filtered}", f"file://{work.top}", str(top)],
                check=True,
            )
            subprocess.run(["git", "-C", top, "remote", "set-url", "origin", f"{url}/o/r"], check=True)
            return git.open_repository(top, git.Access(server=url, token=token))

        yield clone


@pytest.mark.parametrize("filtered", ["blob:none", "tree:0", "blob:limit=1"])
def test_a_partial_clone_of_a_private_repository_fetches_with_the_token(work, private, filtered):
    repo = private(filtered, "t0ken")
    tree = CommitTree(repo=repo, commit=work.git("rev-parse", "HEAD~1"))
    assert tree.sources(["pkg/*.py"]).contents == {"pkg/a.py": b"1", "pkg/b.py": b"b1", "pkg/c.py": b"c"}
    assert git.changed_paths(repo, "HEAD~1", "HEAD") == {"pkg/a.py", "pkg/b.py"}


def test_what_a_partial_clone_lacks_comes_in_one_fetch(work, private, monkeypatch):
    repo = private("blob:none", "t0ken")
    fetched, run = [], subprocess.run

    def counted(args, **more):
        fetched.extend([args] if "fetch" in args else [])
        return run(args, **more)

    monkeypatch.setattr(subprocess, "run", counted)
    assert len(CommitTree(repo=repo, commit=work.git("rev-parse", "HEAD")).sources(["pkg/*.py"]).contents) == 3
    assert len(fetched) == 2  # once as anybody, once with the token


def test_the_advice_for_a_partial_clone_brings_what_is_missing(work, private):
    repo = private("blob:none", "")
    with pytest.raises(GitError, match=r"`git fetch --refetch --no-filter`"):
        CommitTree(repo=repo, commit=work.git("rev-parse", "HEAD")).sources(["pkg/*.py"])
    subprocess.run(["git", "-C", repo.top, "remote", "set-url", "origin", f"file://{work.top}"], check=True)
    subprocess.run(["git", "-C", repo.top, "fetch", "-q", "--refetch", "--no-filter"], check=True)
    assert (
        "?"
        not in subprocess.run(
            ["git", "-C", repo.top, "rev-list", "--objects", "--all", "--missing=print"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
    )


@pytest.mark.parametrize("words", ["a\0b", "a" * 3_000_000])
def test_words_that_no_command_line_can_hold_are_an_error(shallow, words):
    with pytest.raises(GitError, match="can't be run"):
        git.remote_tips(shallow, "origin", (words,))
