"""Faults of the API, told apart over real HTTP: which are retried, for how long, and what each says would mend it."""

from __future__ import annotations

import pytest

from gate.github.client import ApiError, Client, Kind
from tests.github.jobs import NOW
from tests.github.standin import Fault

LIMITED = "You have exceeded a secondary rate limit"


@pytest.fixture
def client(github, idle):
    made = Client(repository="o/r", api=github.url, token="t", clock=idle.clock(), silence=1)
    yield made
    made.close()


def ask(client):
    return client.get("/pulls/7", needs="pull-requests: read")


FAULTS = [
    (Fault(pattern="", status=401, message="Bad credentials"), Kind.BAD_TOKEN, [], "expired or was revoked"),
    (Fault(pattern="", status=403, message="Resource not accessible by integration"), Kind.NO_PERMISSION, [], "add `pull-requests: read` to the job's `permissions:`"),
    (Fault(pattern="", status=404, message="Not Found"), Kind.NOT_FOUND, [], "pull-requests: read"),
    (Fault(pattern="", status=422, message="Validation Failed"), Kind.BAD_REQUEST, [], "HTTP 422 Validation Failed"),
    (Fault(pattern="", status=400, message="Problems parsing JSON"), Kind.BAD_REQUEST, [], "HTTP 400"),
    (Fault(pattern="", status=500), Kind.OUTAGE, [1, 3, 9], "HTTP 500 it broke"),
    (Fault(pattern="", status=503, headers={"Retry-After": "7"}), Kind.OUTAGE, [7, 7, 9], "HTTP 503"),
    (Fault(pattern="", status=429, message="too many"), Kind.RATE_LIMIT, [60], "wait until the limit resets"),
    (Fault(pattern="", status=429, headers={"Retry-After": "30"}), Kind.RATE_LIMIT, [30, 30, 30], "HTTP 429"),
    (Fault(pattern="", status=403, message=LIMITED, headers={"Retry-After": "20"}), Kind.RATE_LIMIT, [20, 20, 20], LIMITED),
    (Fault(pattern="", status=403, message=LIMITED), Kind.RATE_LIMIT, [60], LIMITED),
    (
        Fault(pattern="", status=403, message="API rate limit exceeded for installation", headers={"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(NOW) + 40)}),
        Kind.RATE_LIMIT, [40, 40], "API rate limit exceeded",
    ),
    (
        Fault(pattern="", status=403, message="API rate limit exceeded", headers={"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(NOW) + 3000)}),
        Kind.RATE_LIMIT, [], "API rate limit exceeded",
    ),
    (Fault(pattern="", status=200, message="x" * 200, how="truncate"), Kind.OUTAGE, [1, 3, 9], "outage"),
    (Fault(pattern="", how="drop"), Kind.OUTAGE, [1, 3, 9], "outage"),
]  # fmt: skip


@pytest.mark.parametrize(("fault", "kind", "waits", "words"), FAULTS)
def test_a_fault_is_told_apart_and_only_what_can_pass_is_retried(client, github, idle, fault, kind, waits, words):
    github.faults.append(fault)
    with pytest.raises(ApiError) as caught:
        ask(client)
    assert caught.value.kind is kind
    assert words in str(caught.value)
    assert idle.slept == waits
    assert github.asked == ["GET /repos/o/r/pulls/7"] * (len(waits) + 1)


def test_a_server_that_stays_silent_is_an_outage(client, github):
    github.faults.append(Fault(pattern="", status=200, message="x" * 200, how="silent"))
    with pytest.raises(ApiError) as caught:
        ask(client)
    assert caught.value.kind is Kind.OUTAGE


def test_a_whole_answer_that_takes_too_long_ends_with_the_time(github, idle):
    client = Client(repository="o/r", api=github.url, token="t", clock=idle.clock(), seconds=0.2)
    github.faults.append(Fault(pattern="", status=200, message="x" * 200, how="silent"))
    with pytest.raises(ApiError) as caught:
        ask(client)
    assert caught.value.kind is Kind.OUT_OF_TIME


@pytest.mark.parametrize("api", ["http://127.0.0.1:1", "http://gate.invalid"])
def test_nobody_there(idle, api):
    client = Client(repository="o/r", api=api, token="t", clock=idle.clock())
    with pytest.raises(ApiError) as caught:
        ask(client)
    assert (caught.value.kind, caught.value.acted) == (Kind.OUTAGE, False)
    client.close()


def test_a_fault_that_passes_is_forgotten(client, github, idle):
    github.pulls[7] = {"number": 7}
    github.faults.append(Fault(pattern="", status=502, times=2))
    assert ask(client) == {"number": 7, "url": "/repos/o/r/pulls/7"}
    assert idle.slept == [1, 3]


def test_all_waiting_together_is_bounded(client, github, idle):
    github.faults.append(Fault(pattern="", status=429, headers={"Retry-After": "50"}))
    for _ in range(5):
        with pytest.raises(ApiError):
            ask(client)
    assert sum(idle.slept) <= client.seconds


def test_without_a_token_nothing_is_asked(github, idle):
    client = Client(repository="o/r", api=github.url, token="", clock=idle.clock())
    with pytest.raises(ApiError, match="no token"):
        ask(client)
    assert github.asked == []


def test_a_post_that_was_answered_late_is_not_made_twice(client, github):
    github.faults.append(Fault(pattern="POST", status=502, times=1, after=True))
    body = {"name": "n", "head_sha": "a" * 40, "status": "in_progress", "external_id": "k"}

    def made():
        return next((run for run in github.check_runs if run["external_id"] == "k"), None)

    assert client.post("/check-runs", body, needs="checks: write", made=made)["id"] == 1
    assert len(github.check_runs) == 1


def test_writes_keep_a_second_between_them(client, github, idle):
    for _ in range(3):
        client.post("/statuses/abc", {"state": "success"}, needs="statuses: write")
    assert idle.slept == [1, 1]


def test_all_pages_are_read(client, github):
    github.comments += [{"id": i, "body": ""} for i in range(250)]
    assert [comment["id"] for comment in client.pages("/issues/7/comments", needs="")] == list(range(250))
    assert len(github.asked) == 3


def test_the_token_is_in_no_message_and_no_repr(client, github):
    github.faults.append(Fault(pattern="", status=403, message="no"))
    with pytest.raises(ApiError) as caught:
        client.get("/pulls/7", needs="")
    assert "'t'" not in repr(client) + str(caught.value)
