"""GitHub as tests see it: the stand-in, a clock that doesn't wait, an origin with pull requests, and jobs on it."""

from __future__ import annotations

import pytest

from tests.github.jobs import Idle, Job, Origin, make_origin
from tests.github.standin import StandIn, serve


@pytest.fixture(autouse=True)
def _no_runner(monkeypatch):
    """Whatever runs the tests must not be taken for the job under test."""
    for name in ("GITHUB_TOKEN", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def github():
    state = StandIn()
    server = serve(state)
    yield state
    server.shutdown()
    server.server_close()


@pytest.fixture
def idle():
    return Idle()


@pytest.fixture
def origin(tmp_path) -> Origin:
    return make_origin(tmp_path / "origin")


@pytest.fixture
def job(tmp_path, origin, github, idle) -> Job:
    github.repository = origin.top
    return Job(folder=tmp_path, origin=origin, github=github, idle=idle)
