"""JUnit XML and GitLab's code quality: what their consumers ask for, and what is never shown as passed."""

from __future__ import annotations

import dataclasses
import json
import re
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import pytest
import xmlschema

from gate.errors import PolicyError
from gate.judge.model import Action
from gate.report.ci import render_gitlab, render_junit
from gate.report.failure import ERROR_SCHEMA, render_failure
from gate.report.sarif import RULES
from tests.report.conftest import ADVISORY, BLOCKED, ERROR, NOT_JUDGED, PASSED

GITLAB = {  # https://docs.gitlab.com/ci/testing/code_quality/: what an issue must have, and the severities that it knows
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": "^[^/]"},
                    "lines": {"type": "object", "required": ["begin"], "properties": {"begin": {"type": "integer"}}},
                },
            },
        },
    },
}

JUNIT = xmlschema.XMLSchema(Path(__file__).parent / "junit.xsd")


def test_gitlab_takes_every_report(named_report):
    jsonschema.Draft202012Validator(GITLAB).validate(json.loads(render_gitlab(named_report[1])))


@pytest.mark.parametrize(
    ("report", "severities"),
    [
        (BLOCKED, ["blocker"]),
        (ADVISORY, ["major"]),
        (NOT_JUDGED, ["minor"]),
        (ERROR, ["blocker"]),
        (PASSED, []),
    ],
)
def test_severities(report, severities):
    assert [issue["severity"] for issue in json.loads(render_gitlab(report))] == severities


def suites(report):
    root = ET.fromstring(render_junit(report))
    (suite,) = root
    return root, suite


def test_junit_meets_its_schema_and_counts_what_it_holds(named_report, hostile_report):
    for report in (named_report[1], hostile_report):
        JUNIT.validate(render_junit(report))
        root, suite = suites(report)
        kinds = Counter(child.tag for case in suite for child in case)
        counts = {
            "tests": len(suite),
            "failures": kinds["failure"],
            "errors": kinds["error"],
            "skipped": kinds["skipped"],
        }
        assert {name: int(element.get(name)) for element in (root, suite) for name in counts} == counts
        assert {child.get("type") for case in suite for child in case} <= set(RULES)


@pytest.mark.parametrize(
    ("report", "ends"),
    [(BLOCKED, ["failure"]), (ADVISORY, ["skipped"]), (NOT_JUDGED, ["skipped"]), (ERROR, ["error"]), (PASSED, [])],
)
def test_what_isnt_judged_is_never_a_passed_test(report, ends):
    _, suite = suites(report)
    assert [child.tag for case in suite for child in case] == ends


@pytest.mark.parametrize("render", [render_gitlab, render_junit])
def test_hostile_text_forges_nothing(hostile_report, render):
    rendered = render(hostile_report)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\u202e]|^\s*::", rendered, re.MULTILINE)
    assert "<script" not in rendered or render is render_gitlab
    if render is render_junit:
        suites(hostile_report)


def test_an_error_is_an_object_too():
    error = PolicyError("is no policy", where="a.yml:3", fix="write one")
    found = json.loads(render_failure(error, "json"))
    jsonschema.Draft202012Validator(ERROR_SCHEMA).validate(found)
    assert (found["kind"], found["what"], found["where"], found["fix"]) == (
        "PolicyError",
        "is no policy",
        "a.yml:3",
        "write one",
    )
    (run,) = json.loads(render_failure(error, "sarif"))["runs"]
    assert (run["results"], run["invocations"][0]["executionSuccessful"]) == ([], False)
    assert "COULD NOT JUDGE: a.yml:3: is no policy" in render_failure(error, "html")
    JUNIT.validate(render_failure(error, "junit"))
    assert 'errors="1"' in render_failure(error, "junit")
    assert "a.yml:3: is no policy" in render_failure(error, "junit")
    assert render_failure(error, "text") == render_failure(error, "gitlab") == ""


def test_a_waived_change_is_no_issue():
    (change,) = BLOCKED.changes
    point = dataclasses.replace(change.points[0], action=Action.NOTICE, waiver=0)
    assert (
        json.loads(render_gitlab(dataclasses.replace(BLOCKED, changes=(dataclasses.replace(change, points=(point,)),))))
        == []
    )
