"""Findings as annotations: one for each line, its changes and cells grouped, the worst first."""

from __future__ import annotations

import dataclasses

from gate.errors import PolicyError
from gate.judge.model import Action, UnresolvedPart
from gate.report.annotations import Level, findings, render_github
from gate.report.failure import render_failure
from tests.report.conftest import BLOCKED, CHANGE, ERROR, HOSTILE, PASSED


def test_one_annotation_for_each_line_whatever_happened_there():
    other = dataclasses.replace(CHANGE, adapter="hevc_nvenc", codec="hevc_nvenc")
    report = dataclasses.replace(BLOCKED, changes=(CHANGE, other), unresolved=())
    (found,) = findings(report)
    assert (found.path, found.line, found.level) == (CHANGE.path, CHANGE.line, Level.FAILURE)
    assert "h264_nvenc: " in found.message
    assert "hevc_nvenc: " in found.message


def test_the_worst_come_first():
    parts = [
        UnresolvedPart(adapter="a", presets=(), path=f"{action}.py", line=3, reason="r", action=action)
        for action in ("warn", "listed", "error")
    ]
    found = findings(dataclasses.replace(PASSED, changes=(), unresolved=tuple(parts)))
    assert [(part.path, part.level) for part in found] == [("error.py", Level.FAILURE), ("warn.py", Level.WARNING)]


def test_what_passes_is_no_annotation():
    points = tuple(dataclasses.replace(point, action=Action.PASS) for point in CHANGE.points)
    assert (
        findings(dataclasses.replace(PASSED, changes=(dataclasses.replace(CHANGE, points=points),), unresolved=()))
        == ()
    )


def test_an_unreadable_adapter_says_why():
    assert any(part.action == "error" for part in ERROR.unresolved)
    assert findings(ERROR)[0].level is Level.FAILURE
    assert "can't be read" in findings(ERROR)[0].message


def test_hostile_text_stays_on_its_line():
    hostile = dataclasses.replace(CHANGE, path=HOSTILE, adapter=HOSTILE, before=HOSTILE, after=HOSTILE)
    found_all = findings(dataclasses.replace(BLOCKED, changes=(hostile,), unresolved=()))
    assert len(found_all) == 1
    for found in found_all:
        assert found.title.isprintable()
        assert all(line.isprintable() for line in found.message.split("\n"))


def test_a_workflow_of_ones_own_gets_every_annotation_as_a_command_and_the_verdict_last():
    lines = render_github(BLOCKED).splitlines()
    assert len(lines) == len(findings(BLOCKED)) + 1
    assert lines[0].startswith(f"::error file={CHANGE.path},line={CHANGE.line},title=codec-gate%3A h264_nvenc ")
    assert lines[-1].startswith("::notice title=codec-gate::BLOCKED")


def test_hostile_text_is_no_command_of_its_own(hostile_report):
    lines = render_github(hostile_report).split("\n")
    assert {line.partition(" ")[0] for line in lines if line} <= {"::error", "::warning", "::notice"}


def test_why_there_is_no_verdict_is_an_annotation():
    said = render_failure(PolicyError("is no policy", where="a.yml:3", fix="write one"), "github")
    assert said == "::error title=codec-gate could not judge::a.yml:3: is no policy (write one)\n"
