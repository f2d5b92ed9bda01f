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
