"""Every request that the action makes, held to GitHub's published OpenAPI description by Prism.

Prism keeps no state: the requests are made to the stand-in first, over whole jobs, and then shown to Prism as they were.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import jsonschema
import pytest

from gate.cli.init import _ruleset
from gate.errors import GateError
from gate.github.client import Client
from gate.github.outcome import not_judged
from gate.github.publish import publish_check_run
from gate.report.annotations import Finding, Level
from tests.github.jobs import Idle, Job, make_origin
from tests.github.standin import Fault, StandIn, serve
from tests.github.test_commits import payload
from tests.github.test_reevaluation import run_of

FOLDER = Path(os.environ.get("CODEC_GATE_PRISM") or Path(__file__).parent / ".prism") / "node_modules"
PRISM = FOLDER / ".bin/prism"
DESCRIPTION = FOLDER / "@octokit/openapi/generated/api.github.com.json"

pytestmark = pytest.mark.skipif(not PRISM.exists(), reason="Prism isn't installed: tests/contract/setup.sh")

ENDPOINTS = {
    "GET /pulls", "GET /pulls/N", "GET /git/ref/N", "GET /compare/N", "GET /git/commits/N", "GET /git/trees/N", "GET /git/blobs/N",
    "POST /check-runs", "PATCH /check-runs/N", "GET /commits/N/check-runs", "GET /issues/N/comments",
    "POST /issues/N/comments", "PATCH /issues/comments/N", "GET /user", "POST /statuses/N", "GET /actions/runs",
    "POST /actions/runs/N/rerun",
}  # fmt: skip


@pytest.fixture(scope="module")
def prism():
    """Prism on a free port of loopback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with subprocess.Popen(
        [str(PRISM), "mock", "--host", "127.0.0.1", "--port", str(port), str(DESCRIPTION)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as server:  # fmt: skip
        try:
            _wait(port, server)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def _wait(port, server):
    for _ in range(600):
        assert server.poll() is None, "Prism ended"
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise AssertionError("Prism did not start")


@pytest.fixture
def requests(tmp_path):
    """What whole jobs ask: a blocked pull request in every way, 120 annotations, re-evaluation, no checkout."""
    folder = tmp_path
    origin = make_origin(folder / "origin")
    state = StandIn(repository=origin.top)
    server = serve(state)
    try:
        job = Job(folder=folder, origin=origin, github=state, idle=Idle())
        _all_jobs(job, state)
        _many_annotations(job, state)
    finally:
        server.shutdown()
        server.server_close()
    return state.seen


def _all_jobs(job, state):
    ways = {"INPUT_CHECK_RUN": "true", "INPUT_COMMENT": "true", "INPUT_COMMIT_STATUS": "true"}
    origin = job.origin
    state.faults.append(Fault(pattern="POST .*check-runs", status=502, times=1))  # so that it looks for its run
    for _ in range(2):  # the second time the comment is there to update
        assert job.pull_request(token="t", **ways).status == 1
    state.pulls[7] = payload(origin)
    state.runs.append(run_of(origin))
    dispatched = {"INPUT_PULL_REQUEST": "all", "token": "t"}
    workspace = job.checkout("refs/heads/main")
    job.run("workflow_dispatch", job.event("workflow_dispatch"), workspace, sha=origin.sha("main"), **dispatched)
    (job.folder / "empty").mkdir()
    event = job.event("pull_request_target", number="7", base=origin.sha("main"), head=origin.sha("topic-7"))
    job.run("pull_request_target", event, job.folder / "empty", token="t")
    job.run("pull_request", event, job.folder / "empty", sha=origin.sha("refs/pull/7/merge"), token="t")


def _many_annotations(job, state):
    client = Client(repository="o/r", api=state.url, token="t", clock=job.idle.clock())
    levels = list(Level) * 40
    found = [Finding(path="a.py", line=i + 1, level=levels[i], title="t", message="m") for i in range(120)]
    failed = replace(not_judged(GateError("t")), findings=tuple(found))
    publish_check_run(client, failed, commit=job.origin.sha("main"), key="k", summary="s", details="")
    client.close()


def test_every_request_keeps_to_the_description(prism, requests):
    kinds: dict[tuple[str, str], tuple[str, dict[str, list[str]], object]] = {}
    for request in requests:
        kinds.setdefault((_kind(request[0]), json.dumps(request[2], sort_keys=True)), request)
    assert {kind for kind, _ in kinds} == ENDPOINTS
    refused = [answer for answer in (_show(prism, *request) for request in kinds.values()) if answer]
    assert refused == []


def test_prism_does_refuse_what_breaks_the_description(prism):
    wrong = {"name": "n", "output": {"title": "t", "summary": "s"}}
    assert _show(prism, "POST /repos/o/r/check-runs", {}, wrong).startswith("422 POST /repos/o/r/check-runs")


def _kind(request):
    """The endpoint: what stands for an id is N."""
    method, _, path = request.partition(" ")
    parts = path.removeprefix("/repos/o/r").split("/")
    fixed = set("/".join(ENDPOINTS).replace(" ", "/").split("/")) - {"N"}
    return f"{method} " + "/".join(part if part in fixed else "N" for part in parts)


def _show(prism, request, query, body):
    """What Prism has against a request; empty for nothing."""
    method, _, path = request.partition(" ")
    text = urlencode({key: values[0] for key, values in query.items()})
    asked = urllib.request.Request(
        f"{prism}{path}{'?' + text if text else ''}",
        data=json.dumps(body).encode() if body is not None else None,
        method=method,
        headers={"Authorization": "token t", "Content-Type": "application/json", "User-Agent": "codec-gate"},
    )
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(asked, timeout=60) as answer:
            return "" if answer.status < 300 else f"{answer.status} {request}"
    except urllib.error.HTTPError as error:
        with error:
            return f"{error.code} {request}: {error.read().decode()[:500]}"


@pytest.mark.parametrize("reviewed", [False, True])
def test_the_ruleset_of_gate_init_is_one(reviewed):
    whole = json.loads(DESCRIPTION.with_suffix(".deref.json").read_text())
    request = whole["paths"]["/repos/{owner}/{repo}/rulesets"]["post"]["requestBody"]
    jsonschema.Draft4Validator(request["content"]["application/json"]["schema"]).validate(
        json.loads(_ruleset(reviewed=reviewed))
    )
