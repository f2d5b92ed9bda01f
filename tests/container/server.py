"""A repository served as GitHub serves it: over HTTP, by git's own program."""

from __future__ import annotations

import base64
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


def serving(root: Path, token: str = "") -> AbstractContextManager[str]:
    """Serve the repositories below `root`, to whoever shows `token` where there is one; yields the server's URL."""
    return _serving(partial(_Backend, root, token))


def header(token: str) -> str:
    """The value of `Authorization` that shows a token to git's server."""
    return "basic " + base64.b64encode(f"x-access-token:{token}".encode()).decode()


def serving_files(root: Path) -> AbstractContextManager[str]:
    """Serve the files below `root`; yields the server's URL."""
    return _serving(partial(_Files, directory=str(root)))


@contextmanager
def _serving(handler: Callable[..., BaseHTTPRequestHandler]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Files(SimpleHTTPRequestHandler):
    """Files of a folder."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Nobody reads it."""


class _Backend(BaseHTTPRequestHandler):
    """One request to `git http-backend`, by CGI."""

    def __init__(self, root: Path, token: str, *args: Any) -> None:
        self._root = root
        self._token = token
        super().__init__(*args)

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Nobody reads it."""

    def _answer(self, body: bytes) -> None:
        path, _, query = self.path.partition("?")
        shown = [value.lower() for value in self.headers.get_all("Authorization") or []]
        if self._token and shown != [header(self._token).lower()]:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        environment = {
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_PROJECT_ROOT": str(self._root),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "PATH": os.environ["PATH"],
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REMOTE_ADDR": "127.0.0.1",
            "REQUEST_METHOD": self.command,
        }
        done = subprocess.run(["git", "http-backend"], input=body, capture_output=True, check=False, env=environment)
        head, _, answer = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
        self.send_response(int(headers.pop("Status", "200").split()[0]))
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
