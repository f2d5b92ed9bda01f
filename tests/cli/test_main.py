"""What every command shares: help, version, colour, errors as objects, a reader that has gone."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import jsonschema
import pytest

from gate import __version__
from gate.cli.main import run
from gate.report.failure import ERROR_SCHEMA


def test_version_and_help_are_commands_too(capfd):
    assert run(["version"]) == 0
    assert capfd.readouterr().out == f"gate, version {__version__}\n"
    assert run(["help", "sample", "build"]) == 0
    assert capfd.readouterr().out.startswith("Usage: gate sample build ")
    assert run(["help", "nothing"]) == 2
    assert "there is no command nothing" in capfd.readouterr().err


def test_a_shell_completes_commands_options_and_choices(capfd, monkeypatch):
    monkeypatch.setenv("_GATE_COMPLETE", "bash_source")
    assert run([]) == 0
    assert "complete -o nosort -F _gate_completion gate" in capfd.readouterr().out
    monkeypatch.setenv("_GATE_COMPLETE", "bash_complete")
    for words, at, found in (("gate sam", 1, "sample"), ("gate check --fi", 2, "--fix"), ("gate schema ", 2, "policy")):
        monkeypatch.setenv("COMP_WORDS", words)
        monkeypatch.setenv("COMP_CWORD", str(at))
        assert run([]) == 0
        assert f"plain,{found}\n" in capfd.readouterr().out


def test_a_usage_error_names_the_commands_own_help(capfd):
    assert run(["sample", "build", "--nonsense"]) == 2
    assert "see `gate sample build --help`" in capfd.readouterr().err


@pytest.mark.parametrize("words", [["--format", "json"], ["--format=json"]])
def test_an_error_is_an_object_where_a_program_reads_it(capfd, tmp_path, words):
    assert run(["check", "--repo", str(tmp_path), *words]) == 2
    out, err = capfd.readouterr()
    jsonschema.Draft202012Validator(ERROR_SCHEMA).validate(json.loads(out))
    assert err.startswith("gate: error: ")


def test_an_error_goes_where_the_result_would(capfd, tmp_path):
    place = tmp_path / "report.json"
    assert run(["check", "--repo", str(tmp_path), "--format", "json", "-o", str(place), "--nonsense"]) == 2
    assert json.loads(place.read_text())["kind"] == "UsageError"
    assert capfd.readouterr().out == ""


def test_a_reader_that_has_gone_is_no_verdict(tmp_path):
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-P", "-m", "gate", "schema", "report"], stdout=write, stderr=subprocess.PIPE, check=False
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (141, b"")
