"""`python -m gate.github.action` as a program of its own, in the environment that a runner gives it."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.github.jobs import Idle, Job, make_origin, read_outputs
from tests.github.standin import StandIn

ISOLATED = ("-I",)  # as the image and the composite action run it


@pytest.fixture
def origin(tmp_path):
    return make_origin(tmp_path / "origin")


@pytest.fixture
def step(tmp_path, origin):
    """One step on a shallow checkout of a pull request's merge ref; the environment is the runner's and no other."""
    job = Job(folder=tmp_path, origin=origin, github=StandIn(), idle=Idle())

    def call(number, **env):
        ref = f"refs/pull/{number}/merge"
        workspace = job.checkout(ref)
        head, base = origin.sha(f"refs/pull/{number}/head"), origin.sha("main")
        event = job.event("pull_request_opened", number=str(number), base=base, head=head)
        (tmp_path / "event.json").write_text(json.dumps(event))
        given = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": "pull_request",
            "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
            "GITHUB_REPOSITORY": "o/r",
            "GITHUB_SHA": origin.sha(ref),
            "GITHUB_WORKSPACE": str(workspace),
            "GITHUB_OUTPUT": str(tmp_path / "outputs"),
            "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
            "INPUT_AS-OF": "2031-06-01",
            **env,
        }
        done = subprocess.run(
            [sys.executable, *ISOLATED, "-m", "gate.github.action"],
            cwd=workspace,
            env=given,
            capture_output=True,
            text=True,
            check=False,
        )
        return done, workspace, read_outputs(tmp_path / "outputs")

    return call


@pytest.mark.parametrize(("number", "status", "conclusion"), [(7, 1, "failure"), (8, 0, "success")])
def test_a_blocking_and_a_passing_pull_request(step, origin, program, number, status, conclusion):
    done, workspace, outputs = step(number)
    assert (done.returncode, done.stderr, outputs["conclusion"]) == (status, "", conclusion)
    report = workspace / outputs["json-path"]
    found = json.loads(report.read_text())
    refs = ("--base", found["base"], "--head", found["head"], "--trust", found["trust"]["commit"])
    terminal = program(
        "check", "--repo", origin.top, *refs, "--as-of", "2031-06-01", "--format", "json", cwd=origin.top
    )
    assert terminal.status == status
    assert terminal.out == report.read_text()


def test_nothing_of_the_pull_request_is_run(step, origin, tmp_path):
    """Modules in the workspace that an import by name would find, and a package that would tell if it were imported."""
    trap = f"open({str(tmp_path / 'ran')!r}, 'w')\n"
    names = ("codec_adapters/trap.py", "sitecustomize.py", "github.py", "gate.py", "json.py", "yaml.py", "numpy.py")
    origin.pull(9, "harmless", dict.fromkeys(names, trap))
    done, _, outputs = step(9)
    assert (done.returncode, outputs["conclusion"]) == (0, "success"), done.stdout
    assert not (tmp_path / "ran").exists()


def test_it_refuses_to_import_from_the_workspace(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "gate.github.action"], cwd=tmp_path, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert done.returncode == 2
    assert "run `python -I -m gate.github.action`" in done.stdout


def test_a_plain_verdict_loads_no_library_for_the_network():
    code = (
        "import sys, gate.github.action; sys.exit(bool({'github', 'requests', 'urllib3', 'duckdb'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-I", "-c", code], check=False).returncode == 0


def test_outside_of_a_runner_it_says_what_it_is(tmp_path):
    done = subprocess.run(
        [sys.executable, *ISOLATED, "-m", "gate.github.action"], cwd=tmp_path, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (2, "")
    assert "this is the GitHub Action; use `gate check`" in done.stdout
