"""Downloads from a real HTTP server that misbehaves, into a cache that must stay sound whatever happens."""

from __future__ import annotations

import hashlib
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from gate.errors import SampleError
from gate.evidence.sample.download import CACHE_VARIABLE, Limits, Remote, cache_folder, cached, fetch

CONTENT = bytes(range(256)) * 4096  # 1 MiB
DIGEST = hashlib.sha256(CONTENT).hexdigest()
HALF = len(CONTENT) // 2
LIMITS = Limits(connect=1, silence=0.3, tries=2, pause=0.01)


class _Server(ThreadingHTTPServer):
    """What was asked is noted; `hold` keeps the stalling ones until the test ends."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[tuple[str, str]] = []
        self.hold = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        name = self.path.lstrip("/").partition("?")[0]
        before = [path for path, _ in self.server.asked if path == name]
        self.server.asked += [(name, ""), ("authorization", self.headers.get("Authorization", ""))]
        self.close_connection = True
        getattr(self, f"_{name.replace('-', '_')}", self._status)(name, len(before))

    def _status(self, name: str, _: int) -> None:
        self._head(int(name) if name.isdigit() else 404, {"Content-Length": "0"})

    def _good(self, _name: str, _: int) -> None:
        self._whole(len(CONTENT))

    def _flaky(self, name: str, before: int) -> None:
        self._good(name, before) if before else self._status("503", 0)

    def _cut(self, name: str, before: int) -> None:
        self._good(name, before) if before else self._whole(HALF)

    def _chunked_stall(self, _name: str, _: int) -> None:
        self._head(200, {"Content-Length": str(len(CONTENT))})
        self.wfile.write(CONTENT[:HALF])
        self.wfile.flush()
        self.server.hold.wait(20)

    def _silent(self, _name: str, _: int) -> None:
        self.server.hold.wait(20)

    def _huge(self, _name: str, _: int) -> None:
        self._head(200, {"Content-Length": str(1 << 40)})

    def _endless(self, _name: str, _: int) -> None:
        self._head(200, {})
        try:
            while True:
                self.wfile.write(CONTENT)
        except OSError:
            pass

    def _packed(self, _name: str, _: int) -> None:
        self._head(200, {"Content-Length": "3", "Content-Encoding": "gzip"})
        self.wfile.write(b"abc")

    def _moved(self, _name: str, _: int) -> None:
        self._head(302, {"Location": "/good?signature=secret", "Content-Length": "0"})

    def _round(self, _name: str, _: int) -> None:
        self._head(302, {"Location": "/round", "Content-Length": "0"})

    def _away(self, _name: str, _: int) -> None:
        self._head(302, {"Location": "http://example.org/x?signature=secret", "Content-Length": "0"})

    def _whole(self, end: int) -> None:
        """Says that all comes, and sends what lies before `end`."""
        self._head(200, {"Content-Length": str(len(CONTENT))})
        self.wfile.write(CONTENT[:end])

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        self.send_header("Connection", "close")
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[_Server]:
    """A server on this machine, which no proxy of the environment stands before."""
    monkeypatch.setenv("NO_PROXY", "*")
    made = _Server()
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.hold.set()
    made.shutdown()
    thread.join()
    made.server_close()


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A cache that holds one good sample already."""
    folder = tmp_path / "cache"
    folder.mkdir()
    (folder / f"{hashlib.sha256(b'old').hexdigest()}.parquet").write_bytes(b"old")
    return folder


def _intact(cache: Path) -> bool:
    """The old entry is as it was, and nothing stands under the name of what could not be had."""
    old = Remote(url="https://example.org/old", sha256=hashlib.sha256(b"old").hexdigest())
    final = [path.name for path in cache.iterdir() if path.suffix == ".parquet"]
    return cached(old, cache) is not None and final == [f"{old.sha256}.parquet"]


def _no_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def test_it_is_downloaded_once_and_then_read_from_the_cache(server, cache):
    remote = Remote(url=f"{server.url}/good", sha256=DIGEST)
    first = fetch(remote, cache, limits=LIMITS)
    assert (first.name, first.read_bytes()) == (f"{DIGEST}.parquet", CONTENT)
    assert fetch(remote, cache, limits=LIMITS) == first
    assert fetch(Remote(url="https://nowhere.invalid/x", sha256=DIGEST), cache) == first  # addressed by its content
    assert [name for name, _ in server.asked if name == "good"] == ["good"]
    assert sorted(path.suffix for path in cache.iterdir()) == [".parquet", ".parquet"]


@pytest.mark.parametrize("name", ["good", "flaky", "cut", "moved"])
def test_what_a_second_try_mends(server, cache, name):
    limits = Limits(connect=1, silence=0.3, tries=3, pause=0.01)
    assert fetch(Remote(url=f"{server.url}/{name}", sha256=DIGEST), cache, limits=limits).read_bytes() == CONTENT


def test_a_download_that_breaks_off_leaves_nothing_and_the_next_run_starts_over(server, cache):
    remote = Remote(url=f"{server.url}/cut", sha256=DIGEST)
    with pytest.raises(SampleError, match="broke off after 524,288"):
        fetch(remote, cache, limits=Limits(connect=1, silence=0.3, tries=1))
    assert [path.suffix for path in cache.iterdir()] == [".parquet"]
    assert _intact(cache)
    assert fetch(remote, cache, limits=LIMITS).read_bytes() == CONTENT


BAD = [
    ("404", "HTTP 404 Not Found.*no token"),
    ("403", "HTTP 403"),
    ("410", "HTTP 410 Gone"),
    ("500", "HTTP 500.*gate sample fetch"),
    ("silent", "doesn't answer within 0.3 s"),
    ("chunked-stall", "broke off after 524,288"),
    ("huge", "more than 1,073,741,824 bytes"),
    ("packed", "compresses it"),
    ("round", "more than 5 redirects"),
    ("away", r"redirects to example.org, which is not an https:// address"),
]


@pytest.mark.parametrize(("name", "what"), BAD)
def test_what_can_not_be_had(server, cache, name, what):
    url = f"{server.url}/{name}"
    with pytest.raises(SampleError, match=what) as caught:
        fetch(Remote(url=url, sha256=DIGEST), cache, limits=LIMITS)
    assert caught.value.where == url
    assert caught.value.fix
    assert "secret" not in str(caught.value)
    assert _intact(cache)


def test_nobody_there(cache, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "*")
    with pytest.raises(SampleError, match=r"no connection to 127.0.0.1:\d+: Connection refused"):
        fetch(Remote(url=f"http://127.0.0.1:{_no_port()}/x", sha256=DIGEST), cache, limits=LIMITS)
    with pytest.raises(SampleError, match=r"no connection to nowhere\.invalid: "):
        fetch(Remote(url="https://nowhere.invalid/x", sha256=DIGEST), cache, limits=LIMITS)
    assert _intact(cache)


def test_no_tls_where_it_is_asked_for(server, cache):
    with pytest.raises(SampleError, match=r"no trusted TLS connection to 127\.0\.0\.1"):
        fetch(Remote(url=f"https://127.0.0.1:{server.server_port}/good", sha256=DIGEST), cache, limits=LIMITS)
    assert _intact(cache)


def test_a_size_that_is_not_told_is_bounded(server, cache):
    limits = Limits(connect=1, silence=1, tries=1, size=3 << 20)
    with pytest.raises(SampleError, match="more than 3,145,728 bytes"):
        fetch(Remote(url=f"{server.url}/endless", sha256=DIGEST), cache, limits=limits)
    assert [path.suffix for path in cache.iterdir()] == [".parquet"]
    assert _intact(cache)


def test_time_is_bounded(server, cache):
    with pytest.raises(SampleError, match="not whole after 0 s"):
        fetch(Remote(url=f"{server.url}/endless", sha256=DIGEST), cache, limits=Limits(whole=0, tries=1))
    assert _intact(cache)


def test_another_file_is_refused_and_not_kept(server, cache):
    with pytest.raises(SampleError, match=r"another file than the one pinned.*not kept") as caught:
        fetch(Remote(url=f"{server.url}/good", sha256="a" * 64), cache, limits=LIMITS)
    assert "update the digest" in caught.value.fix
    assert _intact(cache)
    assert [path.suffix for path in cache.iterdir()] == [".parquet"]


def test_a_cached_file_that_was_tampered_with_is_never_handed_out(server, cache):
    remote = Remote(url=f"{server.url}/good", sha256=DIGEST)
    place = cache / f"{DIGEST}.parquet"
    place.write_bytes(CONTENT[:-1])
    with pytest.raises(SampleError, match="isn't in the cache"):
        fetch(remote, cache, offline=True)
    assert fetch(remote, cache, limits=LIMITS).read_bytes() == CONTENT


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no FIFOs")
@pytest.mark.parametrize("offline", [True, False])
def test_what_is_no_regular_file_is_refused_without_a_wait(server, cache, offline):
    """Opening a FIFO waits for somebody to write into it."""
    os.mkfifo(cache / f"{DIGEST}.parquet")
    with _within(5), pytest.raises(SampleError, match="is not a regular file") as caught:
        fetch(Remote(url=f"{server.url}/good", sha256=DIGEST), cache, offline=offline, limits=LIMITS)
    assert caught.value.where == str(cache / f"{DIGEST}.parquet")
    assert server.asked == []


@contextmanager
def _within(seconds: int) -> Iterator[None]:
    """TimeoutError instead of a test that never ends."""

    def over(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, over)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def test_offline_says_what_to_do(cache):
    with pytest.raises(SampleError) as caught:
        fetch(Remote(url="https://example.org/s.parquet", sha256=DIGEST), cache, offline=True)
    assert f"gate sample fetch https://example.org/s.parquet --sha256 {DIGEST}" in caught.value.fix


def test_no_credentials_are_sent(server, cache, tmp_path, monkeypatch):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password secret\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GITHUB_TOKEN", "secret")
    fetch(Remote(url=f"{server.url}/moved", sha256=DIGEST), cache, limits=LIMITS)
    assert {value for name, value in server.asked if name == "authorization"} == {""}


def test_several_at_once_do_not_disturb_each_other(server, cache):
    remote = Remote(url=f"{server.url}/good", sha256=DIGEST)
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda _: fetch(remote, cache, limits=LIMITS), range(12)))
    assert {path.read_bytes() == CONTENT for path in found} == {True}
    assert sorted(path.suffix for path in cache.iterdir()) == [".parquet", ".parquet"]


CHILD = """
import resource, sys
from pathlib import Path
from gate.evidence.sample.download import Limits
from gate.errors import SampleError
from gate.evidence.sample.download import Remote, fetch
url, digest, folder, most = sys.argv[1:]
if int(most):
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(most), int(most)))
try:
    fetch(Remote(url=url, sha256=digest), Path(folder), limits=Limits(silence=20))
except SampleError as error:
    sys.exit(f"refused: {error}")
"""


def _child(url: str, cache: Path, most: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", CHILD, url, DIGEST, str(cache), str(most)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def test_a_full_disk(server, cache):
    child = _child(f"{server.url}/good", cache, HALF)
    _, said = child.communicate(timeout=30)
    assert said.startswith("refused: ")
    assert "can't be stored: File too large (make room" in said
    assert len(said.splitlines()) == 1
    assert _intact(cache)
    assert [path.suffix for path in cache.iterdir()] == [".parquet"]  # half a file would keep the disk full


def test_a_process_killed_midway(server, cache):
    child = _child(f"{server.url}/chunked-stall", cache, 0)
    while not any(part.stat().st_size == HALF for part in cache.glob(f"{DIGEST}.*.part")):
        assert child.poll() is None
    child.send_signal(signal.SIGKILL)
    child.communicate()
    assert _intact(cache)
    assert fetch(Remote(url=f"{server.url}/good", sha256=DIGEST), cache, limits=LIMITS).read_bytes() == CONTENT


def test_where_the_cache_is(monkeypatch, tmp_path):
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "here"))
    assert cache_folder() == tmp_path / "here"
    monkeypatch.delenv(CACHE_VARIABLE)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder().name == "codec-gate"
    assert cache_folder().is_relative_to(tmp_path)


def test_a_cache_that_can_not_be_written(server, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SampleError, match=r"the cache can't be used") as caught:
        fetch(Remote(url=f"{server.url}/good", sha256=DIGEST), tmp_path / "file" / "cache", limits=LIMITS)
    assert CACHE_VARIABLE in caught.value.fix


def test_a_link_that_somebody_laid_in_the_cache_is_not_written_through(server: _Server, tmp_path: Path) -> None:
    ours, cache = tmp_path / "ours", tmp_path / "cache"
    ours.write_bytes(b"precious")
    cache.mkdir()
    (cache / f"{DIGEST}.parquet").symlink_to(ours)
    got = fetch(Remote(url=f"{server.url}/good", sha256=DIGEST), cache, limits=LIMITS)
    assert (got.is_symlink(), got.read_bytes()) == (False, CONTENT)
    assert ours.read_bytes() == b"precious"
