"""A stand-in for GitHub's API that keeps state and can be told to fail: a real HTTP server on loopback."""

from __future__ import annotations

import base64
import json
import re
import socket
import subprocess
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

BOT = {"login": "github-actions[bot]", "type": "Bot"}
PREFIX = "/repos/o/r"


@dataclass(slots=True, kw_only=True)
class Fault:
    """What a request that `pattern` finds gets instead, `times` times; `how` is answer, truncate, drip or drop."""

    pattern: str
    status: int = 500
    message: str = "it broke"
    headers: Mapping[str, str] = field(default_factory=dict)
    times: int = 1_000
    after: bool = False  # the server acts first, and fails then
    how: str = "answer"
    skip: int = 0


@dataclass(slots=True, kw_only=True)
class StandIn:
    """The server's state. `seen` holds every request as (method and path, query, body)."""

    repository: Path | None = None
    pulls: dict[int, dict[str, Any]] = field(default_factory=dict)
    check_runs: list[dict[str, Any]] = field(default_factory=list)
    comments: list[dict[str, Any]] = field(default_factory=list)
    statuses: list[dict[str, Any]] = field(default_factory=list)
    runs: list[dict[str, Any]] = field(default_factory=list)
    user: dict[str, Any] | None = None
    faults: list[Fault] = field(default_factory=list)
    seen: list[tuple[str, dict[str, list[str]], Any]] = field(default_factory=list)
    url: str = ""

    @property
    def asked(self) -> list[str]:
        """Every request as `METHOD /path`, in order."""
        return [request for request, _, _ in self.seen]

    def fault(self, request: str) -> Fault | None:
        for fault in self.faults:
            if not re.search(fault.pattern, request) or fault.times == 0:
                continue
            if fault.skip:
                fault.skip -= 1
                continue
            fault.times -= 1
            return fault
        return None

    def answer(self, request: str, query: dict[str, list[str]], body: Any) -> tuple[int, Any]:
        for pattern, handle in _ROUTES:
            found = re.fullmatch(pattern, request)
            if found:
                return handle(self, found.groups(), query, body)
        return 404, {"message": "Not Found"}

    def git(self, *args: str) -> str:
        done = subprocess.run(["git", "-C", str(self.repository), *args], capture_output=True, check=True, text=True)
        return done.stdout.strip()


def _page(found: list[Any], query: dict[str, list[str]]) -> list[Any]:
    size, page = int(query.get("per_page", ["30"])[0]), int(query.get("page", ["1"])[0])
    return found[(page - 1) * size : page * size]


def _pull(state: StandIn, args: tuple[str, ...], query: Any, body: Any) -> tuple[int, Any]:
    pull = state.pulls.get(int(args[0]))
    return (200, pull) if pull else (404, {"message": "Not Found"})


def _pulls(state: StandIn, args: Any, query: Any, body: Any) -> tuple[int, Any]:
    return 200, _page([pull for pull in state.pulls.values() if pull["state"] == "open"], query)


def _ref(state: StandIn, args: tuple[str, ...], query: Any, body: Any) -> tuple[int, Any]:
    ref = f"refs/heads/{unquote(args[0])}"
    sha = state.git("for-each-ref", "--format=%(objectname)", ref)
    return (200, {"ref": ref, "object": {"sha": sha}}) if sha else (404, {"message": "Not Found"})


def _compare(state: StandIn, args: tuple[str, ...], query: Any, body: Any) -> tuple[int, Any]:
    return 200, {"merge_base_commit": {"sha": state.git("merge-base", *args)}}


def _commit(state: StandIn, args: tuple[str, ...], query: Any, body: Any) -> tuple[int, Any]:
    found = state.git("rev-list", "--parents", "-1", args[0]).split()
    return 200, {"sha": args[0], "parents": [{"sha": parent} for parent in found[1:]]}


def _tree(state: StandIn, args: tuple[str, ...], query: Any, body: Any) -> tuple[int, Any]:
    lines = state.git("ls-tree", "-r", "-t", args[0]).splitlines()
    words = [(*line.partition("\t")[0].split(), line.partition("\t")[2]) for line in lines]
    listed = [{"mode": mode, "type": kind, "sha": sha, "path": path} for mode, kind, sha, path in words]
    return 200, {"sha": args[0], "tree": listed, "truncated": False}


def _blob(state: StandIn, args: tuple[str, ...], query: Any, body: Any) -> tuple[int, Any]:
    done = subprocess.run(
        ["git", "-C", str(state.repository), "cat-file", "blob", args[0]], capture_output=True, check=True
    )
    return 200, {"sha": args[0], "encoding": "base64", "content": base64.encodebytes(done.stdout).decode()}


def _start_run(state: StandIn, args: Any, query: Any, body: Any) -> tuple[int, Any]:
    run = {**body, "id": len(state.check_runs) + 1, "batches": []}
    state.check_runs.append(run)
    return 201, run


def _edit_run(state: StandIn, args: tuple[str, ...], query: Any, body: Any) -> tuple[int, Any]:
    run = state.check_runs[int(args[0]) - 1]
    if run["status"] == "completed":
        return 422, {"message": "the run is completed"}
    annotations = body["output"].get("annotations", [])
    if len(annotations) > 50:
        return 422, {"message": "Only 50 annotations per request"}
    run["batches"].append(annotations)
    run.update({key: value for key, value in body.items() if key != "output"})
    return 200, run


def _find_runs(state: StandIn, args: tuple[str, ...], query: Any, body: Any) -> tuple[int, Any]:
    found = [run for run in state.check_runs if run["head_sha"] == args[0] and run["name"] == query["check_name"][0]]
    return 200, {"total_count": len(found), "check_runs": _page(found, query)}


def _list_comments(state: StandIn, args: Any, query: Any, body: Any) -> tuple[int, Any]:
    return 200, _page(state.comments, query)


def _add_comment(state: StandIn, args: Any, query: Any, body: Any) -> tuple[int, Any]:
    comment = {"id": len(state.comments) + 1, "user": state.user or BOT, **body}
    state.comments.append(comment)
    return 201, comment


def _edit_comment(state: StandIn, args: tuple[str, ...], query: Any, body: Any) -> tuple[int, Any]:
    state.comments[int(args[0]) - 1].update(body)
    return 200, state.comments[int(args[0]) - 1]


def _user(state: StandIn, args: Any, query: Any, body: Any) -> tuple[int, Any]:
    return (200, state.user) if state.user else (403, {"message": "Resource not accessible by integration"})


def _status(state: StandIn, args: tuple[str, ...], query: Any, body: Any) -> tuple[int, Any]:
    state.statuses.append({"sha": args[0], **body})
    return 201, body


def _runs(state: StandIn, args: Any, query: Any, body: Any) -> tuple[int, Any]:
    wanted = (query["head_sha"][0], query["event"][0])
    found = [run for run in state.runs if (run["head_sha"], run["event"]) == wanted]
    return 200, {"total_count": len(found), "workflow_runs": _page(found, query)}


def _rerun(state: StandIn, args: tuple[str, ...], query: Any, body: Any) -> tuple[int, Any]:
    return 201, {}


_Handle = Callable[[StandIn, Any, dict[str, list[str]], Any], tuple[int, Any]]
_ROUTES: list[tuple[str, _Handle]] = [
    (rf"GET {PREFIX}/pulls/(\d+)", _pull),
    (rf"GET {PREFIX}/pulls", _pulls),
    (rf"GET {PREFIX}/git/ref/heads%2F(.+)", _ref),
    (rf"GET {PREFIX}/compare/(\w+)\.\.\.(\w+)", _compare),
    (rf"GET {PREFIX}/git/commits/(\w+)", _commit),
    (rf"GET {PREFIX}/git/trees/(\w+)", _tree),
    (rf"GET {PREFIX}/git/blobs/(\w+)", _blob),
    (rf"POST {PREFIX}/check-runs", _start_run),
    (rf"PATCH {PREFIX}/check-runs/(\d+)", _edit_run),
    (rf"GET {PREFIX}/commits/(\w+)/check-runs", _find_runs),
    (rf"GET {PREFIX}/issues/\d+/comments", _list_comments),
    (rf"POST {PREFIX}/issues/\d+/comments", _add_comment),
    (rf"PATCH {PREFIX}/issues/comments/(\d+)", _edit_comment),
    (r"GET /user", _user),
    (rf"POST {PREFIX}/statuses/(\w+)", _status),
    (rf"GET {PREFIX}/actions/runs", _runs),
    (rf"POST {PREFIX}/actions/runs/(\d+)/rerun", _rerun),
]


def serve(state: StandIn) -> ThreadingHTTPServer:
    """Start the server in a thread; whoever started it shuts it down."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _handle(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            request, query = f"{self.command} {parts.path}", parse_qs(parts.query)
            state.seen.append((request, query, body))
            fault = state.fault(request)
            if fault is None or fault.after:
                status, answer = state.answer(request, query, body)
            if fault is not None:
                status, answer = fault.status, {"message": fault.message}
            self._send(status, json.dumps(answer).encode(), fault)

        def _send(self, status: int, answer: bytes, fault: Fault | None) -> None:
            if fault and fault.how == "drop":
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
                return
            self.send_response(status)
            for name, value in (fault.headers if fault else {}).items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            if fault and fault.how in {"truncate", "silent"}:
                self.wfile.write(answer[: len(answer) // 2])
                self.wfile.flush()
                self.close_connection = True
                if fault.how == "silent":
                    threading.Event().wait(3)
                return
            self.wfile.write(answer)

        do_GET = do_POST = do_PATCH = _handle  # noqa: N815 - http.server's names

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    return server
