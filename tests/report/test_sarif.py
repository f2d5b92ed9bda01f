"""The report as SARIF: what is a result, what it says, and what data can't do to it."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
from pathlib import Path

import jsonschema
import pytest

from gate.cli.main import run
from gate.judge.deciding import with_rows
from gate.judge.model import Action, PointVerdict
from gate.report.sarif import RULES, relative_uri, render_sarif
from tests.report.conftest import BLOCKED, CHANGE, ERROR, HOSTILE, PASSED, REPORTS, STRUCTURAL, UNMEASURED


def run_of(report):
    return json.loads(render_sarif(report))["runs"][0]


def results(report):
    return run_of(report)["results"]


def test_one_result_names_rule_level_place_and_what_to_do():
    (result,) = results(BLOCKED)
    assert (result["ruleId"], result["level"]) == ("structural", "error")
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "codec_adapters/h264_nvenc.py", "uriBaseId": "%SRCROOT%"}
    assert place["region"] == {"startLine": 27}
    assert result["message"]["text"].startswith(
        "h264_nvenc: knob added: (none) → bf=3. How bad: bf3 loses VMAF at equal bitrate on at least 7 of 9 clips."
    )
    assert "bf3 at preset p1, vbr 4 Mbit/s structural 9/9" in result["message"]["text"]


def test_cells_are_grouped_in_their_lines_result():
    other = dataclasses.replace(CHANGE, adapter="hevc_nvenc", codec="hevc_nvenc")
    report = dataclasses.replace(BLOCKED, changes=(CHANGE, other, dataclasses.replace(CHANGE, line=99)))
    both, alone = results(report)
    assert "h264_nvenc:" in both["message"]["text"]
    assert "hevc_nvenc:" in both["message"]["text"]
    assert len(both["properties"]["cells"]) == 2 * len(alone["properties"]["cells"])


def test_the_gravest_finding_of_a_line_names_its_result_and_comes_first():
    warned = dataclasses.replace(CHANGE, line=1, points=(UNMEASURED,))
    report = dataclasses.replace(BLOCKED, changes=(warned, CHANGE))
    assert [result["ruleId"] for result in results(report)] == ["structural", "unmeasured"]


def test_what_passed_and_what_is_only_listed_makes_no_result():
    passed = dataclasses.replace(STRUCTURAL, cells=(), action=Action.PASS, verdict=PointVerdict.CLEAN)
    listed = [part for part in ERROR.unresolved if part.action == "listed"]
    assert listed
    assert results(dataclasses.replace(PASSED, changes=(dataclasses.replace(CHANGE, points=(passed,)),))) == []
    assert results(dataclasses.replace(PASSED, unresolved=tuple(listed))) == []


def test_what_cant_be_read_is_an_error_and_the_run_didnt_succeed():
    run = run_of(ERROR)
    assert [result["ruleId"] for result in run["results"]] == ["unresolved"]
    assert run["invocations"][0]["executionSuccessful"] is False
    assert run_of(BLOCKED)["invocations"][0]["executionSuccessful"] is True


def test_advisory_mode_fails_no_code_scanning_check():
    assert [result["level"] for result in results(REPORTS["advisory"])] == ["warning"]


def test_every_verdict_that_can_be_told_has_its_rule_with_help():
    told = {verdict.value for verdict in PointVerdict} - {"bare", "clean", "cleared", "no effect"}
    assert told <= RULES.keys()
    for rule in run_of(PASSED)["tool"]["driver"]["rules"]:
        assert rule["help"]["text"]
        assert "What to do" in rule["help"]["markdown"]


def test_rule_index_points_at_the_rule():
    run = run_of(BLOCKED)
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]


def fingerprint(change):
    (result,) = results(dataclasses.replace(BLOCKED, changes=(change,)))
    return result["partialFingerprints"]["codecGateDefault/v1"]


@pytest.mark.parametrize(
    ("field", "value", "same"),
    [("line", 1234, True), ("path", "other.py", False), ("after", "bf=4", False), ("adapter", "x", False)],
)
def test_fingerprint_outlives_a_moved_line_and_nothing_else(field, value, same):
    assert (fingerprint(CHANGE) == fingerprint(dataclasses.replace(CHANGE, **{field: value}))) is same


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("a/b.py", "a/b.py"),
        ("a b/ü.py", "a%20b/%C3%BC.py"),
        ("javascript:x.py", "javascript%3Ax.py"),
        ("a%20b.py", "a%2520b.py"),
        ("#?&.py", "%23%3F%26.py"),
        (b"\xff.py".decode("utf-8", "surrogateescape"), "%FF.py"),
        ("new\nline.py", "new%0Aline.py"),
    ],
)
def test_paths_are_relative_uris(path, uri):
    assert relative_uri(path) == uri


def test_hostile_text_forges_nothing(hostile_report):
    text = render_sarif(hostile_report)
    assert text.isascii()
    for result in json.loads(text)["runs"][0]["results"]:
        message = result["message"]["text"]
        assert message.isprintable()
        assert "[a](" not in message  # SARIF's own links
        assert len(message) < 5000
    assert "[a](" in HOSTILE


def test_placeholders_in_data_stay_data():
    change = dataclasses.replace(CHANGE, after="bf={0}")
    (result,) = results(dataclasses.replace(BLOCKED, changes=(change,)))
    assert "bf={{0}}" in result["message"]["text"]


def test_five_thousand_results_and_then_a_count():
    changes = tuple(dataclasses.replace(CHANGE, line=line) for line in range(1, 5004))
    run = run_of(dataclasses.replace(BLOCKED, changes=changes))
    assert len(run["results"]) == 5000
    assert run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"].startswith("3 more lines")


def test_the_command_line_writes_it(work, capfd):
    adapters = Path(__file__).parents[2] / "fixtures/adapters"
    shutil.copytree(adapters / "vmaf-tune-shape/codec_adapters", work.top / "codec_adapters")
    work.commit({})
    shutil.copytree(adapters / "changes/b-frames/codec_adapters", work.top / "codec_adapters", dirs_exist_ok=True)
    assert run(["check", "--repo", str(work.top), "--format", "sarif"]) == 1
    (result,) = json.loads(capfd.readouterr().out)["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "codec_adapters/h264_nvenc.py"
    line = (work.top / "codec_adapters/h264_nvenc.py").read_text().splitlines()[place["region"]["startLine"] - 1]
    assert "bf" in line


@pytest.mark.skipif(
    "SARIF_SCHEMA" not in os.environ, reason="SARIF_SCHEMA names no copy of OASIS's sarif-schema-2.1.0.json"
)
def test_meets_the_standards_schema(named_report, hostile_report):
    schema = json.loads(Path(os.environ["SARIF_SCHEMA"]).read_text())
    checker = jsonschema.FormatChecker()
    for report in (named_report[1], hostile_report):
        jsonschema.validate(json.loads(render_sarif(report)), schema, format_checker=checker)


def test_a_waived_loss_is_a_suppressed_result_and_its_cells_arent_called_structural():
    cells = tuple(dataclasses.replace(one, waiver=0, action=Action.NOTICE) for one in STRUCTURAL.cells[:2])
    point = dataclasses.replace(STRUCTURAL, cells=cells, rules=(), action=Action.NOTICE, waiver=0)
    (change,) = with_rows([dataclasses.replace(CHANGE, points=(point,))], ())
    (result,) = results(dataclasses.replace(BLOCKED, changes=(change,)))
    assert result["level"] == "note"
    (suppression,) = result["suppressions"]
    assert (suppression["kind"], suppression["status"]) == ("external", "accepted")
    assert "archive tier" in suppression["justification"]
    assert {cell["verdict"] for cell in result["properties"]["cells"]} == {"waived"}
    assert "suppressions" not in results(BLOCKED)[0]
