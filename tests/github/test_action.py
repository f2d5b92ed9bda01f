"""The action's shell: the terminal's verdict and exit status on the runner's terms, red wherever it can't judge."""

from __future__ import annotations

import pytest

from gate.cli.main import run as gate
from tests.github.jobs import Idle, Job, make_origin
from tests.github.standin import StandIn


@pytest.fixture
def origin(tmp_path):
    return make_origin(tmp_path / "origin")


@pytest.fixture
def job(tmp_path, origin):
    """A job without a token: GitHub's API is nowhere."""
    return Job(folder=tmp_path, origin=origin, github=StandIn(), idle=Idle())


def test_the_json_is_the_terminals_to_the_byte(job, origin, tmp_path):
    ended = job.pull_request()
    base, head, trust = ended.refs
    out = tmp_path / "cli.json"
    refs = ("--base", base, "--head", head, "--trust", trust, "--as-of", "2026-06-01")
    assert gate(["check", "--repo", str(origin.top), *refs, "--format", "json", "-o", str(out)]) == ended.status == 1
    assert out.read_bytes() == (ended.workspace / ended.outputs["json-path"]).read_bytes()


def test_a_report_folder_that_the_pull_request_committed_is_not_written_into(job, origin, tmp_path):
    (origin.top / "codec-gate-report").symlink_to(tmp_path)
    origin.pull(9, "b-frames")
    ended = job.pull_request(9)
    assert ended.outputs["json-path"].startswith("codec-gate-report-")
    assert not (tmp_path / "report.json").exists()


@pytest.mark.parametrize(
    ("env", "noted"),
    [
        ({}, True),
        ({"INPUT_TAMPER_PROOF": "true"}, False),
        ({"GITHUB_WORKFLOW_REF": "org/central/.github/workflows/gate.yml@refs/heads/main"}, False),
        ({"GITHUB_WORKFLOW_REF": ""}, True),
    ],
)
def test_a_job_that_its_author_could_replace_says_so(job, env, noted):
    ended = job.pull_request(8, **env)
    assert ("not tamper-proof" in ended.log) is noted
    assert ("not tamper" in ended.summary) is noted


@pytest.mark.parametrize(("value", "status"), [("blocked", 0), ("not-judged", 1), ("warning", 1), ("", 0)])
def test_fail_on_makes_more_fail_and_never_less(job, origin, value, status):
    origin.move({".github/codec-gate.yml": "published_patterns: false\nforbid: []\n"})
    common = origin.top / "codec_adapters/av1_nvenc.py"
    marker = '    encoder: str = "av1_nvenc"\n'
    text = common.read_text()
    assert marker in text
    extra = '\n    def extra_params(self) -> tuple[str, ...]:\n        return ("-bf", "3")\n'
    origin.pull(9, "", {"codec_adapters/av1_nvenc.py": text.replace(marker, marker + extra)})
    ended = job.pull_request(9, INPUT_FAIL_ON=value)
    assert (ended.status, ended.report["conclusion"]) == (status, "success")
    assert ended.outputs["conclusion"] == ("failure" if status else "success")


@pytest.mark.parametrize(
    ("env", "words"),
    [
        ({"INPUT_COMMENT": "maybe"}, "input comment: maybe is neither true nor false"),
        ({"INPUT_FAIL_ON": "never"}, "input fail-on: never is not one of blocked, not-judged"),
        ({"INPUT_READER": "exec"}, "input reader: exec is not one of vmaf-tune, manifest"),
        ({"INPUT_AS_OF": "soon"}, "input as-of: soon is not a date"),
        ({"INPUT_AS_OF": "2020-01-01"}, "input as-of: 2020-01-01 lies in the past"),
        ({"INPUT_POLICY": "none.yml"}, "none.yml: is not in "),
        ({"INPUT_POLICY": "/no/such/policy.yml"}, "can't be read"),
        ({"INPUT_PATH": "../elsewhere"}, "input path: ../elsewhere leads out of the workspace"),
        ({"INPUT_PATH": "none"}, "input path: holds no git repository"),
        ({"GITHUB_REPOSITORY": "nothing"}, "is not owner/name"),
        ({"GITHUB_EVENT_PATH": "/no/such/event.json"}, "can't be read"),
        ({"GITHUB_EVENT_NAME": ""}, "use `gate check`"),
    ],
)
def test_a_job_that_cannot_judge_is_red_in_one_line(job, env, words):
    ended = job.pull_request(8, **env)
    assert (ended.status, ended.outputs["conclusion"]) == (2, "error")
    (line,) = ended.commands
    assert line.startswith("::error title=codec-gate could not judge::")
    assert words in ended.log
    assert "COULD NOT JUDGE" in ended.summary
    assert "Traceback" not in ended.log


def test_a_bug_is_told_apart_from_a_verdict(job, monkeypatch):
    monkeypatch.setattr("gate.github.action.check_trees", lambda refs, request: 1 / 0)
    ended = job.pull_request()
    assert (ended.status, ended.outputs["conclusion"]) == (3, "error")
    assert "a bug in the gate" in ended.log
    assert "ZeroDivisionError" in ended.log
