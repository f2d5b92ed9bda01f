"""The step's files: reports, a summary within its bytes, outputs that no value can forge."""

from __future__ import annotations

import dataclasses
import json

import pytest

from gate.errors import GateError
from gate.github.outcome import judged
from gate.github.outputs import (
    SUMMARY,
    TEXT,
    ReportFiles,
    fitted,
    outputs,
    report_folder,
    write_outputs,
    write_page,
    write_reports,
    write_summary,
)
from gate.report.annotations import findings
from gate.report.markdown import render_markdown
from tests.github.jobs import read_outputs
from tests.report.conftest import BLOCKED, CHANGE

MIB = 1_048_576


@pytest.fixture(scope="module")
def many():
    """A verdict with 5,000 findings, most of them with long names of four bytes a letter."""
    changes = [
        dataclasses.replace(CHANGE, adapter=f"{'𝔵' * (i % 40)}-{i}", path=f"dir/{'é' * 20}{i}.py", line=i + 1)
        for i in range(5000)
    ]
    report = dataclasses.replace(BLOCKED, changes=tuple(changes))
    # `judged` would lay out the log's text too, which takes far longer than all that is looked at here.
    outcome = judged(BLOCKED, "blocked")
    return dataclasses.replace(outcome, markdown=render_markdown(report), findings=findings(report), report=report)


def test_a_summary_of_5000_findings_stays_under_the_limit_in_bytes(many, tmp_path):
    assert len(many.findings) == 5000
    assert len(many.markdown.encode()) > MIB
    place = tmp_path / "summary"
    write_summary(place, many.markdown, "- a note", "The rest is in report.json.")
    contents = place.read_bytes()
    assert SUMMARY - 5000 < len(contents) < MIB
    text = contents.decode()
    last = text.rstrip().splitlines()[-3:]
    assert "more rows didn't fit" in text
    assert "The rest is in report.json." in text
    assert last[-1] == "- a note"
    assert text.count("<details>") == text.count("</details>")


def test_a_second_report_of_the_same_step_fits_beside_the_first(many, tmp_path):
    place = tmp_path / "summary"
    for _ in range(3):
        write_summary(place, many.markdown, "- a note", "Elsewhere.")
    assert len(place.read_bytes()) < MIB


def test_a_report_that_finds_no_room_is_said_and_not_written(tmp_path):
    place = tmp_path / "summary"
    place.write_bytes(b"x" * (SUMMARY + 39_999))
    with pytest.raises(GateError, match=r"the reports before this one leave no room.*Elsewhere"):
        write_summary(place, "## Two\n", "", "Elsewhere.")
    assert place.stat().st_size == SUMMARY + 39_999


def test_a_check_runs_text_is_cut_to_its_limit(many):
    text = fitted(many.markdown, "- a note", TEXT, "Elsewhere.")
    assert len(text) < 65_535
    assert text.endswith("- a note\n")


def test_what_fits_is_not_cut():
    assert fitted("## One\n", "", 100, "Elsewhere.") == "## One\n"
    assert "Cut" not in fitted("## One\n", "- note", 100, "Elsewhere.")


def test_reports_are_named_relative_to_the_workspace(tmp_path):
    files = write_reports(judged(BLOCKED, "blocked"), report_folder(tmp_path), tmp_path)
    assert files == ReportFiles(
        json="codec-gate-report/report.json",
        markdown="codec-gate-report/report.md",
        sarif="codec-gate-report/report.sarif",
    )
    assert json.loads((tmp_path / files.json).read_text())["conclusion"] == "failure"
    assert json.loads((tmp_path / files.sarif).read_text())["version"] == "2.1.0"
    assert (tmp_path / files.markdown).stat().st_mode & 0o004


def test_the_page_is_named_relative_to_the_workspace_and_anybody_may_read_it(tmp_path):
    folder = report_folder(tmp_path)
    assert write_page(BLOCKED, folder, tmp_path) == "codec-gate-report/report.html"
    assert (folder / "report.html").read_text().startswith("<!doctype html>")
    assert (folder / "report.html").stat().st_mode & 0o004


@pytest.mark.parametrize("kind", ["folder", "file", "link", "dangling"])
def test_a_report_folder_that_is_there_already_is_left_alone(tmp_path, kind):
    outside = tmp_path / "outside"
    outside.mkdir()
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    place = workspace / "codec-gate-report"
    make = {"folder": place.mkdir, "file": place.touch, "link": lambda: place.symlink_to(outside),
            "dangling": lambda: place.symlink_to(tmp_path / "gone")}  # fmt: skip
    make[kind]()
    folder = report_folder(workspace)
    assert folder.parent == workspace
    assert folder != place
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize("value", ["a\nconclusion<<x\nsuccess\nx", "EOF\n", "", "ünïcode", "a\r\nb", "\udc80"])
def test_no_value_forges_another_output(tmp_path, value):
    place = tmp_path / "outputs"
    write_outputs(place, {"verdict": value, "conclusion": "failure"})
    found = read_outputs(place)
    assert set(found) == {"verdict", "conclusion"}
    assert found["conclusion"] == "failure"


def test_the_outputs_of_a_verdict(many):
    found = outputs(many, ReportFiles())
    assert (found["conclusion"], found["failing"]) == ("failure", str(BLOCKED.counts.failing))
    assert json.loads(found["counts"])["changes"] == BLOCKED.counts.changes
