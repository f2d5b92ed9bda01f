"""Every way to report, each failing on its own, and nothing of it touching the verdict."""

from __future__ import annotations

import json
import re

import pytest
from markdown_it import MarkdownIt

from gate.github.outputs import SUMMARY
from tests.github.jobs import H264
from tests.github.standin import PREFIX, Fault

ALL = {"INPUT_CHECK_RUN": "true", "INPUT_COMMENT": "true", "INPUT_COMMIT_STATUS": "true", "token": "t"}
WAYS = {
    "check run": (f"POST {PREFIX}/check-runs", "checks: write"),
    "comment": (f"GET {PREFIX}/issues/7/comments", "pull-requests: write"),
    "commit status": (f"POST {PREFIX}/statuses", "statuses: write"),
}


def test_a_blocked_pull_request_in_every_way_there_is(job, origin):
    ended = job.pull_request(**ALL)
    head = origin.sha("refs/pull/7/head")
    (check,), (comment,), (status,) = job.github.check_runs, job.github.comments, job.github.statuses
    assert (check["head_sha"], check["conclusion"]) == (head, "failure")
    assert (status["sha"], status["state"], status["context"]) == (head, "failure", "codec-gate")
    assert "BLOCKED" in comment["body"]
    assert "BLOCKED" in ended.summary
    assert ended.outputs["conclusion"] == "failure"
    assert json.loads(ended.outputs["counts"])["failing"] == int(ended.outputs["failing"]) > 0
    assert "lost" not in ended.log


def test_annotations_stand_in_the_check_run_or_in_the_log_and_never_in_both(job):
    assert [line.startswith("::error file=") for line in job.pull_request().commands] == [True]
    with_run = job.pull_request(**ALL)
    assert with_run.commands == []
    ((annotation,),) = job.github.check_runs[-1]["batches"]
    assert (annotation["path"], annotation["annotation_level"]) == (H264, "failure")


def test_without_changes_it_asks_nobody_and_says_so(job):
    ended = job.pull_request(8, token="t")
    assert (ended.status, ended.outputs["verdict"]) == (0, "PASSED: no default changed")
    assert (job.github.asked, ended.commands) == ([], [])


def test_the_page_lies_beside_the_other_reports_and_the_summary_names_it(job):
    ended = job.pull_request()
    assert (ended.outputs["report-folder"], ended.outputs["report-html"]) == (
        "codec-gate-report",
        "codec-gate-report/report.html",
    )
    page = (ended.workspace / ended.outputs["report-html"]).read_text()
    assert "BLOCKED" in page
    assert "`codec-gate-report/report.html` of the workspace" in ended.summary


def test_a_page_that_cannot_be_made_costs_nothing_else(job, monkeypatch):
    whole = job.pull_request()
    monkeypatch.setattr("gate.report.html.check.render_html", lambda report: 1 / 0)
    ended = job.pull_request()
    assert (ended.status, whole.status) == (1, 1)
    assert "codec-gate: HTML report lost: ZeroDivisionError" in ended.log
    assert "HTML report lost" in ended.summary
    assert "report.html" not in ended.summary
    assert ended.outputs == {**whole.outputs, "report-html": ""}
    assert ended.report == whole.report


def test_where_nothing_could_be_judged_there_is_no_page(job):
    ended = job.pull_request(INPUT_POLICY="none.yml")
    assert (ended.status, ended.outputs["report-html"]) == (2, "")


def test_the_summary_links_lines_of_the_judged_commit(job):
    ended = job.pull_request(GITHUB_SERVER_URL="https://github.example.org")
    assert f"](https://github.example.org/o/r/blob/{ended.refs[1]}/{H264}#L" in ended.summary
    assert "https://" not in (ended.workspace / ended.outputs["json-path"]).read_text()


FAULTS = {
    "403": Fault(pattern="", status=403, message="Resource not accessible by integration"),
    "404": Fault(pattern="", status=404, message="Not Found"),
    "422": Fault(pattern="", status=422, message="Validation Failed"),
    "429": Fault(pattern="", status=429, headers={"Retry-After": "10"}),
    "secondary": Fault(pattern="", status=403, message="secondary rate limit", headers={"Retry-After": "600"}),
    "500": Fault(pattern="", status=500),
    "truncated": Fault(pattern="", status=201, message="x" * 200, how="truncate"),
    "dropped": Fault(pattern="", how="drop"),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_way_that_fails_is_named_and_loses_nothing_but_itself(job, way, fault):
    request, permission = WAYS[way]
    given = FAULTS[fault]
    job.github.faults.append(
        Fault(pattern=request, status=given.status, message=given.message, headers=given.headers, how=given.how)
    )
    ended = job.pull_request(**ALL)
    assert (ended.status, ended.outputs["conclusion"]) == (1, "failure")
    lines = [line for line in ended.log.splitlines() if " lost: " in line]
    assert len(lines) == 1
    assert lines[0].startswith(f"codec-gate: {way} lost: ")
    assert (permission in lines[0]) is (fault in {"403", "404"})
    assert f"{way} lost" in ended.summary.replace("\\", "")
    made = {"check run": job.github.check_runs, "comment": job.github.comments, "commit status": job.github.statuses}
    assert [bool(found) for name, found in made.items() if name != way] == [True, True]
    assert bool(ended.commands) is (way == "check run")
    assert sum(job.idle.slept) <= 120


def test_a_token_that_expires_half_way(job):
    job.github.faults.append(Fault(pattern="PATCH", status=401, message="Bad credentials"))
    job.github.faults.append(Fault(pattern="comments|statuses", status=401, message="Bad credentials"))
    ended = job.pull_request(**ALL)
    assert ended.status == 1
    assert ended.log.count("expired or was revoked") == 3
    assert len(ended.commands) == 1


def test_a_server_that_never_recovers_ends_within_the_bound(job):
    job.github.faults.append(Fault(pattern="", status=429, headers={"Retry-After": "35"}))
    ended = job.pull_request(**ALL)
    assert ended.status == 1
    assert sum(job.idle.slept) <= 120
    assert ended.log.count(" lost: ") == 3


@pytest.mark.parametrize("api", ["http://127.0.0.1:1", "http://gate.invalid"])
def test_nobody_at_the_api(job, api):
    ended = job.pull_request(**ALL, INPUT_API_URL=api)
    assert (ended.status, ended.log.count(" lost: outage") + ended.log.count("lost: POST")) == (1, 2)
    assert len(ended.commands) == 1


def test_without_a_token_the_log_says_what_to_give(job):
    ended = job.pull_request(**{**ALL, "token": ""})
    assert ended.status == 1
    assert ended.log.count("give the action `token: ${{ github.token }}`") == 3


@pytest.mark.parametrize("name", ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"])
def test_a_file_of_the_runner_that_cannot_be_written(job, tmp_path, name):
    ended = job.pull_request(**{name: str(tmp_path / "no" / "such" / "file")})
    assert ended.status == 1
    assert "lost: " in ended.log


def test_a_summary_that_earlier_reports_have_filled(job, tmp_path):
    place = tmp_path / "full"
    place.write_bytes(b"x" * (SUMMARY + 40_000))
    ended = job.pull_request(GITHUB_STEP_SUMMARY=str(place))
    assert ended.status == 1
    assert "codec-gate: job summary lost: the reports before this one leave no room" in ended.log
    assert "codec-gate-report/report.json" in ended.log
    assert place.stat().st_size == SUMMARY + 40_000


HOSTILE = "\n".join(
    ["::error::forged", "::set-output name=conclusion::success", "%0A::warning::x", "<b>html</b>", "](http://x)",
     "| cell | ``` ", "\x1b[31mred", "##[error]x", "<!-- codec-gate: report -->", "conclusion<<EOF"]
)  # fmt: skip
FOLDER = "a,line=1%0A::error::b <i>|`/codec_adapters"
OUTPUTS = {
    "verdict", "conclusion", "counts", "failing", "not-judged", "json-path", "sarif-path", "markdown-path",
    "report-html", "report-folder",
}  # fmt: skip


def hostile_pull(origin, size):
    """A pull request whose paths, names and values try to break out of whatever they are shown in."""
    marker = '    encoder: str = "h264_nvenc"\n'
    text = (origin.top / H264).read_text()
    assert marker in text
    value = HOSTILE + "x" * size
    body = f'{marker}\n    def extra_params(self) -> tuple[str, ...]:\n        return ("-bf", "3", "-x", {value!r})\n'
    paths = origin.git("ls-files", "codec_adapters").splitlines()
    files = {path.replace("codec_adapters", FOLDER): (origin.top / path).read_bytes() for path in paths}
    origin.move(files)
    origin.pull(9, "", {f"{FOLDER}/h264_nvenc.py": text.replace(marker, body)})


@pytest.mark.parametrize(("size", "status"), [(0, 1), (40_000, 1), (1_000_000, 2)])
def test_hostile_text_forges_nothing(job, origin, size, status):
    hostile_pull(origin, size)
    adapters = "a*/codec_adapters/*.py"
    ended = job.pull_request(9, **ALL, INPUT_ADAPTERS=adapters, GITHUB_SERVER_URL="https://github.example.org")
    assert ended.status == status, ended.log
    assert set(ended.outputs) == OUTPUTS
    assert ended.outputs["conclusion"] == ("failure" if status == 1 else "error")
    (comment,), (check,) = job.github.comments, job.github.check_runs
    for shown in (ended.summary, comment["body"], check["output"]["summary"], ended.log):
        assert "\x1b" not in shown
        assert not any(line.startswith(("<b>", "conclusion<<", "%0A")) for line in shown.splitlines())
        assert len(shown.encode()) < 65_000
    for page in (ended.summary, comment["body"], check["output"]["summary"]):
        html = MarkdownIt("commonmark").enable("table").render(page)
        assert "<b>" not in html
        pages = re.findall(r'href="(.*?)"', html)
        assert bool(pages) is (status == 1)
        assert all(page.startswith("https://github.example.org/o/r/blob/") for page in pages)
    without = job.pull_request(9, INPUT_ADAPTERS=adapters)
    assert without.commands
    assert all(
        line.startswith(("::error file=a%2C", "::warning file=a%2C", "::error title=")) for line in without.commands
    )


def test_an_error_is_reported_as_failure_everywhere(job, origin):
    origin.pull(9, "", {H264: "<<<<<<< ours\n"})
    ended = job.pull_request(9, **ALL)
    assert (ended.status, ended.outputs["conclusion"]) == (2, "error")
    assert job.github.check_runs[0]["conclusion"] == "failure"
    assert job.github.statuses[0]["state"] == "error"
    assert "COULD NOT JUDGE" in job.github.comments[0]["body"]
