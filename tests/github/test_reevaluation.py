"""Re-evaluation: the live pull request judged by today's policy, and its own run re-run where the verdict turned."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.github.jobs import NOW
from tests.github.standin import PREFIX, Fault
from tests.github.test_commits import PLACE, payload

TODAY = dt.datetime.fromtimestamp(NOW, dt.UTC)


def run_of(origin, number=7, *, days=1, **changed):
    given = {
        "id": 500 + number,
        "path": ".github/workflows/codec-gate.yml",
        "head_sha": origin.sha(f"refs/pull/{number}/head"),
        "event": "pull_request",
        "status": "completed",
        "conclusion": "success",
        "run_attempt": 1,
        "created_at": (TODAY - dt.timedelta(days=days)).isoformat().replace("+00:00", "Z"),
    }
    return {**given, **changed}


def dispatch(job, number="7", **env):
    return job.run(
        "workflow_dispatch", job.event("workflow_dispatch"), job.checkout("refs/heads/main"),
        sha=job.origin.sha("main"), token="t", INPUT_PULL_REQUEST=number, **env,
    )  # fmt: skip


@pytest.fixture
def reruns(github):
    return lambda: [request for request in github.asked if request.endswith("/rerun")]


CASES = [
    ({}, "run 507 of codec-gate.yml is re-run", True),
    ({"conclusion": "cancelled"}, "is re-run", True),
    ({"event": "pull_request_target"}, "is re-run", True),
    ({"path": ".github/workflows/codec-gate.yml@refs/heads/main"}, "is re-run", True),
    ({"conclusion": "failure"}, "says the same already", False),
    ({"status": "in_progress", "conclusion": None}, "is not over yet", False),
    ({"days": 31}, "it is older than 30 days; push to the pull request", False),
    ({"days": 29}, "is re-run", True),
    ({"run_attempt": 50}, "it had 50 attempts, the most that GitHub allows; push to the pull request", False),
    ({"run_attempt": 49}, "is re-run", True),
    ({"path": ".github/workflows/other.yml"}, "no run of codec-gate.yml on", False),
    ({"head_sha": "0" * 40}, "no run of codec-gate.yml on", False),
]


@pytest.mark.parametrize(("changed", "words", "turned"), CASES)
def test_the_required_workflows_own_run_turns(job, origin, reruns, changed, words, turned):
    job.github.pulls[7] = payload(origin)
    job.github.runs.append(run_of(origin, **changed))
    ended = dispatch(job)
    assert ended.status == 1
    assert words in ended.log
    assert reruns() == ([f"POST {PREFIX}/actions/runs/507/rerun"] if turned else [])


def test_the_latest_run_counts(job, origin, reruns):
    job.github.pulls[7] = payload(origin)
    job.github.runs += [run_of(origin, days=2, id=1), run_of(origin, days=1, id=3), run_of(origin, days=3, id=2)]
    dispatch(job)
    assert reruns() == [f"POST {PREFIX}/actions/runs/3/rerun"]


def test_a_workflow_of_another_file_is_named_by_an_input(job, origin, reruns):
    job.github.pulls[7] = payload(origin)
    job.github.runs.append(run_of(origin, path=".github/workflows/required.yml"))
    dispatch(job, INPUT_WORKFLOW="required.yml")
    assert len(reruns()) == 1


def test_a_refused_rerun_names_the_permission_and_keeps_the_verdict(job, origin):
    job.github.pulls[7] = payload(origin)
    job.github.runs.append(run_of(origin))
    job.github.faults.append(Fault(pattern="rerun", status=403, message="Resource not accessible by integration"))
    ended = dispatch(job)
    assert (ended.status, ended.outputs["conclusion"]) == (1, "failure")
    assert "re-run of the required check lost: " in ended.log
    assert "`actions: write`" in ended.log


def test_it_judges_with_the_bases_present_policy(job, origin, reruns):
    job.github.pulls[7] = payload(origin)
    job.github.runs.append(run_of(origin, conclusion="failure"))
    tip = origin.move({PLACE: "mode: advisory\n"})
    ended = dispatch(job)
    assert (ended.status, ended.refs[2]) == (0, tip)
    assert len(reruns()) == 1


def test_a_misnamed_policy_is_said_of_a_pull_request_that_touches_no_adapter_too(job, origin):
    origin.pull(9, "", {"notes.txt": "x"})
    origin.move({".github/codec-gate.yaml": "mode: advisory\n"})
    job.github.pulls[9] = payload(origin, 9)
    ended = dispatch(job, "all")
    assert (ended.status, "touches no adapter" in ended.log) == (2, False)
    assert ".github/codec-gate.yaml: is not where the policy is looked for" in ended.log


def test_all_open_pull_requests_that_touch_adapters(job, origin, reruns):
    origin.pull(9, "", {"notes.txt": "x"})
    for number in (7, 8, 9):
        job.github.pulls[number] = payload(origin, number)
        job.github.runs.append(run_of(origin, number))
    job.github.pulls[10] = payload(origin, 7, state="closed")
    ended = dispatch(job, "all", INPUT_COMMIT_STATUS="true")
    assert ended.status == 1
    assert [status["state"] for status in job.github.statuses] == ["failure", "success"]
    assert "pull request 9 touches no adapter" in ended.log
    assert "2 of 3 open pull requests judged" in ended.log
    assert reruns() == [f"POST {PREFIX}/actions/runs/507/rerun"]
    assert {path.name for path in ended.workspace.glob("codec-gate-report*")} == {
        "codec-gate-report-pull-7",
        "codec-gate-report-pull-8",
    }
    assert ended.outputs["report-folder"] == "codec-gate-report-pull-7\ncodec-gate-report-pull-8"
    assert (ended.summary.count("BLOCKED"), ended.summary.count("PASSED")) == (1, 1)
    assert ended.outputs["conclusion"] == "failure"


@pytest.mark.parametrize(("fault", "words"), [(403, "pull-requests: read"), (500, "HTTP 500")])
def test_pull_requests_that_cannot_be_listed_are_an_error(job, fault, words):
    job.github.faults.append(Fault(pattern="GET .*/pulls", status=fault, message="no"))
    ended = dispatch(job, "all")
    assert ended.status == 2
    assert words in ended.log
