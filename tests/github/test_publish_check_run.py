"""The check run: 50 annotations a request, in progress first, completed last, whatever happens between."""

from __future__ import annotations

import pytest

from gate.github.client import ApiError, Client
from gate.github.outcome import Outcome
from gate.github.publish import publish_check_run
from gate.judge.model import Conclusion
from gate.report.annotations import Finding, Level
from tests.github.standin import Fault

COMMIT = "a" * 40


def published(client, findings):
    outcome = Outcome(
        conclusion=Conclusion.FAILURE, headline="BLOCKED", text="", markdown="", findings=tuple(findings), report=None
    )
    return publish_check_run(client, outcome, commit=COMMIT, key="99-1", summary="words", details="")


@pytest.fixture
def client(github, idle):
    made = Client(repository="o/r", api=github.url, token="t", clock=idle.clock())
    yield made
    made.close()


def found(count):
    return [Finding(path="a.py", line=i + 1, level=Level.FAILURE, title="t", message=f"m{i}") for i in range(count)]


@pytest.mark.parametrize(
    ("count", "batches"), [(0, [0]), (1, [1]), (50, [50]), (51, [50, 1]), (120, [50, 50, 20]), (1100, [50] * 20)]
)
def test_annotations_arrive_in_batches_on_one_run_that_is_completed_last(client, github, count, batches):
    unshown = published(client, found(count))
    (run,) = github.check_runs
    assert [len(batch) for batch in run["batches"]] == batches
    assert (run["status"], run["conclusion"]) == ("completed", "failure")
    assert unshown == max(0, count - 1000)
    bodies = [body for request, _, body in github.seen]
    assert bodies[0]["status"] == "in_progress"
    assert [body.get("status") for body in bodies[1:]] == [None] * (len(batches) - 1) + ["completed"]
    assert [a["message"] for batch in run["batches"] for a in batch] == [f"m{i}" for i in range(min(count, 1000))]


def test_a_verdict_without_findings_in_files_completes_too(client, github):
    everywhere = Finding(path="", line=0, level=Level.FAILURE, title="t", message="m")
    assert published(client, [everywhere]) == 1
    assert github.check_runs[0]["status"] == "completed"


def test_a_refused_batch_leaves_no_run_in_progress(client, github):
    github.faults.append(Fault(pattern="PATCH", status=422, times=1, skip=1))
    with pytest.raises(ApiError):
        published(client, found(120))
    assert (github.check_runs[0]["status"], github.check_runs[0]["conclusion"]) == ("completed", "failure")


def test_an_unanswered_creation_makes_no_second_run(client, github):
    github.faults.append(Fault(pattern="POST", how="drop", times=1, after=True))
    published(client, found(3))
    assert [run["status"] for run in github.check_runs] == ["completed"]
