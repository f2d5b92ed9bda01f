"""A policy with a sample by URL: one clear error and exit 2 for whatever goes wrong, and no network where it is cached."""

from __future__ import annotations

import hashlib
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

SAMPLE = (Path(__file__).parents[2] / "fixtures/research-0080/sample.parquet").read_bytes()
DIGEST = hashlib.sha256(SAMPLE).hexdigest()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder, and the address under which it is served; the cache is one of the test's own."""
    monkeypatch.setenv("CODEC_GATE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "*")
    folder = tmp_path / "site"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_port}", lambda: _stop(server, thread)
    _stop(server, thread)


def _stop(server, thread):
    if thread.is_alive():
        server.shutdown()
        thread.join()
        server.server_close()


def _policy(url, digest):
    return f"samples: [{{url: '{url}', sha256: {digest}}}]\n"


def test_a_check_downloads_once_and_then_needs_no_network(project, gate, edit, site, tmp_path):
    folder, url, stop = site
    (folder / "s.parquet").write_bytes(SAMPLE)
    project.commit({".github/codec-gate.yml": _policy(f"{url}/s.parquet", DIGEST)})
    edit(project, "codec_adapters/_nvenc_common.py", ('"-cq",', '"-bf",\n            "3",\n            "-cq",'))
    ended = gate("check", "--repo", project.top)
    assert ended.status == 1, ended.err
    assert f"{url}/s.parquet" in ended.out
    stop()
    again = gate("check", "--repo", project.top)
    assert (again.status, again.out) == (1, ended.out)
    fetched = gate("sample", "fetch", "--repo", project.top, "--offline")
    assert fetched.status == 0, fetched.err
    for part in (str(tmp_path / "cache" / f"{DIGEST}.parquet"), DIGEST, "reconstructed", "4,998 rows"):
        assert part in fetched.out


def test_a_given_sample_of_that_digest_needs_no_download(project, gate, site, tmp_path):
    _, url, _ = site
    (tmp_path / "mine.parquet").write_bytes(SAMPLE)
    project.commit({".github/codec-gate.yml": _policy(f"{url}/none.parquet", DIGEST)})
    given = ("--repo", project.top, "--sample", tmp_path / "mine.parquet", "--trust", "main")
    assert gate("check", *given).status == 0
    assert not (tmp_path / "cache").exists()


BAD = [
    ("tampered", bytes([SAMPLE[0] ^ 1]) + SAMPLE[1:], DIGEST, "is another file than the one pinned"),
    ("truncated", SAMPLE[:-100], DIGEST, "is another file than the one pinned"),
    ("wrong digest", SAMPLE, "a" * 64, "is another file than the one pinned"),
    ("no sample", b"hello", hashlib.sha256(b"hello").hexdigest(), "not a sample: no whole Parquet file"),
    ("gone", None, DIGEST, "HTTP 404"),
]


@pytest.mark.parametrize(("content", "digest", "what"), [bad[1:] for bad in BAD], ids=[bad[0] for bad in BAD])
def test_one_clear_error(project, gate, site, tmp_path, content, digest, what):
    folder, url, _ = site
    if content is not None:
        (folder / "s.parquet").write_bytes(content)
    project.commit({".github/codec-gate.yml": _policy(f"{url}/s.parquet", digest)})
    for command in (["check", "--repo", project.top], ["sample", "fetch", f"{url}/s.parquet", "--sha256", digest]):
        ended = gate(*command)
        assert (ended.status, ended.out, len(ended.err.splitlines())) == (2, "", 1)
        assert f"{url}/s.parquet: " in ended.err
        assert what in ended.err
    kept = [path.name for path in (tmp_path / "cache").iterdir()]
    assert kept == ([f"{digest}.parquet"] if what.startswith("not a sample") else [])


@pytest.mark.parametrize(
    ("args", "what"),
    [
        (["https://example.org/s"], "an address and its digest belong together"),
        (["--sha256", DIGEST], "an address and its digest belong together"),
        (["https://example.org/s", "--sha256", "abc"], "--sha256: is not a sha256"),
        (["http://example.org/s", "--sha256", DIGEST], "is not an https:// address"),
        (["https://example.org/s", "--sha256", DIGEST, "--offline"], "isn't in the cache"),
        (["https://example.org/s", "--sha256", DIGEST, "--policy", "p.yml"], "two different things"),
        (["--policy", "none.yml"], "none.yml: can't be read"),
    ],
)
def test_what_can_not_be_fetched(gate, site, args, what):
    ended = gate("sample", "fetch", *args)
    assert (ended.status, len(ended.err.splitlines())) == (2, 1)
    assert what in ended.err


def test_a_policy_without_a_url_has_nothing_to_fetch(project, gate):
    assert "nothing to fetch" in gate("sample", "fetch", "--repo", project.top).out
