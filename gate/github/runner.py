"""What GitHub's runner hands to a step: its variables, the event file and the step's inputs."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast, get_args

from gate.documents import read_bytes
from gate.errors import UsageError, one_line
from gate.judge.model import FailOn
from gate.values import dataclass, field

_TRUE, _FALSE = frozenset({"true", "yes", "on", "1"}), frozenset({"false", "no", "off", "0"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The action's inputs; one that is empty takes its default."""

    policy: Path | None
    sample: Path | None
    base: str
    head: str
    pull_request: str
    fail_on: FailOn
    annotations: bool
    check_run: bool
    comment: bool
    commit_status: bool
    tamper_proof: bool
    adapters: tuple[str, ...]
    reader: str | None
    workflow: str
    as_of: dt.date


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """Where the step runs, and for what."""

    event_name: str
    event: Mapping[str, Any]
    repository: str
    sha: str
    workspace: Path
    checkout: Path  # the judged repository: the workspace, or a folder of it
    server: str
    api: str
    token: str = field(repr=False)
    run_id: str
    attempt: int
    workflow_ref: str
    action: str  # owner/name of the action's own repository, for links
    summary: Path | None
    outputs: Path | None

    @property
    def run_url(self) -> str:
        """The page of this run."""
        return f"{self.server}/{self.repository}/actions/runs/{self.run_id}" if self.run_id else ""


def read_runner(env: Mapping[str, str]) -> Runner:
    """The runner's side of a step's environment.

    Raises: UsageError: not a runner's environment, or an event file that can't be read.
    """
    name, repository = env.get("GITHUB_EVENT_NAME", ""), env.get("GITHUB_REPOSITORY", "")
    if not name:
        raise UsageError("is not set", where="GITHUB_EVENT_NAME", fix="this is the GitHub Action; use `gate check`")
    if repository.count("/") != 1:
        raise UsageError(f"{repository!r} is not owner/name", where="GITHUB_REPOSITORY")
    return Runner(
        event_name=name,
        event=_event(env.get("GITHUB_EVENT_PATH", "")),
        repository=repository,
        sha=env.get("GITHUB_SHA", ""),
        workspace=(workspace := Path(env.get("GITHUB_WORKSPACE") or ".")),
        checkout=workspace / _folder(_input(env, "path")),
        server=(env.get("GITHUB_SERVER_URL") or "https://github.com").rstrip("/"),
        api=(_input(env, "api-url") or env.get("GITHUB_API_URL") or "https://api.github.com").rstrip("/"),
        token=_input(env, "token") or env.get("GITHUB_TOKEN", ""),
        run_id=env.get("GITHUB_RUN_ID", ""),
        attempt=int(attempt) if (attempt := env.get("GITHUB_RUN_ATTEMPT", "")[:9]).isdecimal() else 1,
        workflow_ref=env.get("GITHUB_WORKFLOW_REF", ""),
        action=env.get("GITHUB_ACTION_REPOSITORY", ""),
        summary=output_file(env, "GITHUB_STEP_SUMMARY"),
        outputs=output_file(env, "GITHUB_OUTPUT"),
    )


def _folder(path: str) -> str:
    if Path(path).is_absolute() or Path(path).drive or ".." in Path(path).parts:
        raise UsageError(f"{one_line(path, 60)} leads out of the workspace", where="input path")
    return path


def output_file(env: Mapping[str, str], name: str) -> Path | None:
    """One of the files that the runner reads back after the step."""
    return Path(env[name]) if env.get(name) else None


def _event(path: str) -> Mapping[str, Any]:
    if not path:
        raise UsageError("is not set", where="GITHUB_EVENT_PATH")
    try:
        event = json.loads(read_bytes(Path(path), UsageError))
    except (ValueError, RecursionError):
        raise UsageError("is not JSON", where=path) from None
    if not isinstance(event, dict):
        raise UsageError("is not an event", where=path)
    return event


def read_inputs(env: Mapping[str, str], workspace: Path, today: dt.date) -> Inputs:
    """The step's inputs. UsageError: a value that isn't one of its input's."""
    reader = _input(env, "reader")
    return Inputs(
        policy=_path(env, "policy", workspace),
        sample=_path(env, "sample", workspace),
        base=_input(env, "base"),
        head=_input(env, "head"),
        pull_request=_input(env, "pull-request"),
        fail_on=cast(FailOn, _one_of(env, "fail-on", get_args(FailOn))),
        annotations=_flag(env, "annotations", default=True),
        check_run=_flag(env, "check-run", default=False),
        comment=_flag(env, "comment", default=False),
        commit_status=_flag(env, "commit-status", default=False),
        tamper_proof=_flag(env, "tamper-proof", default=False),
        adapters=tuple(filter(None, map(str.strip, _input(env, "adapters").splitlines()))),
        reader=_one_of(env, "reader", ("vmaf-tune", "manifest")) if reader else None,
        workflow=_input(env, "workflow"),
        as_of=_day(_input(env, "as-of"), today),
    )


def _input(env: Mapping[str, str], name: str) -> str:
    """The runner writes an input's name in upper case and keeps its hyphens; a shell can only set underscores."""
    upper = f"INPUT_{name.upper()}"
    value = (env.get(upper) or env.get(upper.replace("-", "_")) or "").strip()
    if any("\ud800" <= letter <= "\udfff" for letter in value):
        raise UsageError("is not UTF-8", where=f"input {name}")
    return value


def _path(env: Mapping[str, str], name: str, workspace: Path) -> Path | None:
    value = _input(env, name)
    return workspace / value if value else None


def _flag(env: Mapping[str, str], name: str, *, default: bool) -> bool:
    value = _input(env, name).lower()
    if value in _TRUE or value in _FALSE:
        return value in _TRUE
    if value:
        raise UsageError(f"{one_line(value, 60)} is neither true nor false", where=f"input {name}")
    return default


def _one_of(env: Mapping[str, str], name: str, values: tuple[str, ...]) -> str:
    value = _input(env, name) or values[0]
    if value not in values:
        raise UsageError(f"{one_line(value, 60)} is not one of {', '.join(values)}", where=f"input {name}")
    return value


def _day(text: str, today: dt.date) -> dt.date:
    try:
        day = dt.date.fromisoformat(text) if text else today
    except ValueError:
        raise UsageError(f"{one_line(text, 60)} is not a date", where="input as-of", fix="write YYYY-MM-DD") from None
    if day < today:
        # Inputs may only tighten: in the past an expired waiver would count again, and old evidence would be young.
        raise UsageError(f"{day} lies in the past, where expired waivers would count", where="input as-of")
    return day
