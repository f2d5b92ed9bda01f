"""`gate explain` as a user runs it, and what a report offers, followed to the end."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from gate.report.json import explanation_schema

ADAPTERS = Path(__file__).parents[2] / "fixtures/adapters"
H264 = "codec_adapters/h264_nvenc.py"
CELL = ("h264_nvenc", "vbr", "bf3", "p1", "2")


@pytest.fixture
def proposing(project):
    """A repository whose work tree gives h264_nvenc B-frames."""
    project.write({H264: (ADAPTERS / "changes/b-frames" / H264).read_bytes()})
    return project


def test_a_cell_in_the_terminal(gate):
    ended = gate("explain", *CELL)
    assert (ended.status, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert lines[0].startswith("STRUCTURAL: h264_nvenc bf3 at preset p1, vbr 2 Mbit/s: loses VMAF on 9 of 9 clips")
    assert any("RECONSTRUCTED" in line for line in lines[1:3])
    assert re.search(r"FoxBird_25fps +▐?█+│ +−9\.52", ended.out)


def test_json_meets_its_schema(gate):
    report = gate("explain", *CELL, "--format", "json").report
    jsonschema.Draft202012Validator(explanation_schema()).validate(report)
    assert report["cells"][0]["cell"]["hits"] == 9


def test_a_change_and_the_commands_that_the_check_names(proposing, gate):
    text = gate("check", "--repo", proposing.top).out
    command = re.search(r"gate (explain \S+ \S+ \S+ \S+ \S+)", " ".join(text.split()))
    assert command is not None
    assert gate(*command[1].split()).status == 0
    ended = gate("explain", "--change", H264, "--repo", proposing.top, "--format", "json")
    assert (ended.status, len(ended.report["cells"])) == (0, 18)


def test_a_page_into_a_file(gate, tmp_path):
    ended = gate("explain", *CELL, "--format", "html", "-o", tmp_path / "cell.html")
    assert (ended.status, ended.out) == (0, "")
    assert "RECONSTRUCTED" in (tmp_path / "cell.html").read_text()


ERRORS = [
    (["h264_nvenc", "vbr"], "2 of the 5 parts of a cell given"),
    ([], "give either a cell or --change PATH"),
    ([*CELL, "--change", "a.py"], "give either a cell or --change PATH"),
    ([*CELL, "--base", "HEAD"], "--base goes with --change only"),
    (["h264_nvenc", "vbr", "bf3", "p1", "3"], "no quality '3'; known are 1, 2, 4, 8"),
    ([*CELL, "--as-of", "never"], "never is not a date"),
    ([*CELL, "--policy", "nope.yml"], "nope.yml: can't be read"),
    ([*CELL, "--sample", "nope.parquet"], "nope.parquet"),
    (["--change", "a.py"], "not a git repository"),
]


@pytest.mark.parametrize(("args", "said"), ERRORS)
def test_bad_input_is_one_clear_error(gate, args, said):
    ended = gate("explain", *args)
    assert (ended.status, ended.out) == (2, "")
    assert said in ended.err
    assert len(ended.err.splitlines()) == 1


@pytest.mark.parametrize("args", [("explain", *CELL), ("check", "--repo", ".")])
def test_a_pipe_gets_no_colour_and_no_line_too_long(proposing, program, args):
    ended = program(*args, cwd=proposing.top)
    assert "\x1b" not in ended.out
    assert max(map(len, ended.out.splitlines())) <= 100


def in_terminal(cwd, *args, **environment):
    """What a program writes to a terminal."""
    mine, its = pty.openpty()
    words = [sys.executable, "-m", "gate", *args]
    kept = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "COLUMNS"}}
    done = subprocess.Popen(words, cwd=cwd, stdout=its, stderr=its, env=kept | {"TERM": "xterm", **environment})
    os.close(its)
    found = b""
    with contextlib.suppress(OSError):  # how Linux says that the other end is closed
        while part := os.read(mine, 65536):
            found += part
    os.close(mine)
    done.wait()
    return found.decode()


@pytest.mark.parametrize(("environment", "colour"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)])
@pytest.mark.parametrize("args", [("explain", *CELL), ("check", "--repo", ".")])
def test_a_terminal_gets_colour_unless_it_asks_for_none(proposing, args, environment, colour):
    assert ("\x1b[" in in_terminal(proposing.top, *args, **environment)) == colour


def test_a_waiver_that_is_pasted_and_filled_in_lets_it_ship(proposing, gate):
    markdown = gate("check", "--repo", proposing.top, "--format", "markdown").out
    found = re.search(r"```yaml\n(.*?)```", markdown, re.DOTALL)
    assert found is not None
    text = found[1]
    place = proposing.top.parent / "p.yml"
    place.write_text(text)
    assert gate("check", "--repo", proposing.top, "--policy", place).status == 2  # not filled in
    for key, value in (("reason:", "known"), ("owner:", "video team"), ("expires:", "2030-01-01")):
        text = text.replace(key, f"{key} {value}")
    place.write_text(text)
    ended = gate("check", "--repo", proposing.top, "--policy", place, "--format", "json")
    assert (ended.status, ended.report["counts"]["failing"]) == (0, 0)
    assert [waiver["status"] for waiver in ended.report["waivers"]] == ["used"]


def test_the_diff_of_the_text_report_applies(proposing, gate):
    (change,) = gate("check", "--repo", proposing.top, "--format", "json").report["changes"]
    offered = change["suggestion"]
    lines = (proposing.top / offered["path"]).read_text().split("\n")
    start = offered["line"] - 1
    assert lines[start : start + len(offered["before_lines"])] == offered["before_lines"]
    lines[start : start + len(offered["before_lines"])] = offered["after_lines"]
    proposing.write({offered["path"]: "\n".join(lines)})
    assert gate("check", "--repo", proposing.top).status == 0


def test_the_report_with_a_suggestion_meets_its_schema(proposing, gate):
    schema = json.loads(gate("schema", "report").out)
    report = gate("check", "--repo", proposing.top, "--format", "json").report
    jsonschema.Draft202012Validator(schema).validate(report)
