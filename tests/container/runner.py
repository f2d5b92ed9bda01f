"""What GitHub's runner does to a container action, and the command line beside it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from tests.container.engine import Buildah, Docker
from tests.container.origin import NAME, NUMBER, Origin, check_out
from tests.container.server import serving

_OWNER = 1001  # the runner's user; the container runs as root
_INPUTS = {"FAIL-ON": "blocked", "ANNOTATIONS": "true", "CHECK-RUN": "false", "COMMENT": "false", "AS-OF": "2031-01-01"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """How one way of judging ended."""

    status: int
    seconds: float
    report: bytes | None
    log: str = ""
    summary: str = ""
    outputs: Mapping[str, str]
    left: tuple[str, ...] = ()  # what root left in the runner's workspace


def judge_in_container(
    engine: Docker | Buildah,
    origin: Origin,
    folder: Path,
    env: Mapping[str, str] = MappingProxyType({}),
    prepare: Callable[[Path], None] = lambda workspace: None,
    token: str = "",
) -> Judged:
    """Run the image as a step of a `pull_request` job.

    Args:
        env: the job's own variables.
        token: the repository is private, the checkout sparse and partial, and only the action holds this.
        prepare: what steps between the checkout and the gate do to the workspace.
    """
    places = {name: folder / name for name in ("workspace", "home", "workflow", "file_commands", "runner_temp")}
    for name in places.keys() - {"workspace"}:
        places[name].mkdir(parents=True)
    (places["workflow"] / "event.json").write_text(json.dumps(origin.event()))
    for name in ("output", "summary", "env", "state", "path"):
        (places["file_commands"] / name).touch()
    with serving(origin.bare.parents[1], token) as server:
        check_out(origin, server, places["workspace"], token)
        _give_away(places["workspace"])
        prepare(places["workspace"])
        done, seconds = _run(engine, {**_variables(origin, server), "INPUT_TOKEN": token, **env}, places)
    outputs = dict(read_outputs((places["file_commands"] / "output").read_text()))
    report = places["workspace"] / outputs.get("json-path", "missing")
    return Judged(
        status=done.returncode,
        seconds=seconds,
        report=report.read_bytes() if report.is_file() else None,
        log=done.stdout + done.stderr,
        summary=(places["file_commands"] / "summary").read_text(),
        outputs=outputs,
        left=tuple(str(path) for path in places["workspace"].rglob("*") if path.lstat().st_uid != _OWNER),
    )


def as_runner(*command: str, given: bytes = b"") -> bytes:
    """What a command prints that a step outside of the container runs, as the runner's own user."""
    done = subprocess.run(command, input=given, capture_output=True, check=False, user=_OWNER, group=_OWNER)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed: {done.stderr.decode()}")
    return done.stdout


def _run(
    engine: Docker | Buildah, variables: Mapping[str, str], places: Mapping[str, Path]
) -> tuple[subprocess.CompletedProcess[str], float]:
    """One container, from its start to its end, and how long that took."""
    mounts = [f"--volume={place}:/github/{name}" for name, place in places.items()]
    settings = [f"--env={name}={value}" for name, value in variables.items()]
    with engine.container([*mounts, *settings], "/github/workspace") as command:
        start = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=engine.env)
        return done, time.perf_counter() - start


def _variables(origin: Origin, server: str) -> Mapping[str, str]:
    return {
        **{f"INPUT_{name}": value for name, value in _INPUTS.items()},
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_API_URL": "http://127.0.0.1:9",  # nobody listens: a verdict needs no API
        "GITHUB_BASE_REF": "main",
        "GITHUB_ENV": "/github/file_commands/env",
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_EVENT_PATH": "/github/workflow/event.json",
        "GITHUB_HEAD_REF": "topic",
        "GITHUB_JOB": "gate",
        "GITHUB_OUTPUT": "/github/file_commands/output",
        "GITHUB_REF": f"refs/pull/{NUMBER}/merge",
        "GITHUB_REPOSITORY": NAME,
        "GITHUB_RUN_ATTEMPT": "1",
        "GITHUB_RUN_ID": "1",
        "GITHUB_SERVER_URL": server,
        "GITHUB_SHA": origin.merge,
        "GITHUB_STEP_SUMMARY": "/github/file_commands/summary",
        "GITHUB_WORKFLOW": "gate",
        "GITHUB_WORKSPACE": "/github/workspace",
        "HOME": "/github/home",
        "PYTHONPATH": "/github/workspace",  # an earlier step's doing, which must not matter
        "RUNNER_OS": "Linux",
        "RUNNER_TEMP": "/github/runner_temp",
    }


def _give_away(workspace: Path) -> None:
    for path in (workspace, *workspace.rglob("*")):
        os.chown(path, _OWNER, _OWNER, follow_symlinks=False)


def read_outputs(text: str) -> Iterator[tuple[str, str]]:
    """`name=value` and `name<<DELIMITER` entries of a runner's command file."""
    lines = iter(text.splitlines())
    for line in lines:
        if "<<" in line and "=" not in line.partition("<<")[0]:
            name, _, delimiter = line.partition("<<")
            value: list[str] = []
            for part in lines:
                if part == delimiter:
                    break
                value.append(part)
            yield name, "\n".join(value)
        elif "=" in line:
            name, _, rest = line.partition("=")
            yield name, rest


def judge_here(origin: Origin) -> Judged:
    """`gate check` on the same commits, in the whole repository."""
    refs = ("--base", origin.base, "--head", origin.merge, "--trust", "refs/heads/main", "--as-of", _INPUTS["AS-OF"])
    command = (sys.executable, "-m", "gate", "check", "--repo", str(origin.bare), *refs, "--format", "json")
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, check=False)
    seconds = time.perf_counter() - start
    return Judged(status=done.returncode, seconds=seconds, report=done.stdout, log=done.stderr.decode(), outputs={})
