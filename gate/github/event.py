"""An event's payload to what it asks for: a pull request, a queue's group, a push, or commits that inputs name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gate.errors import UsageError, one_line
from gate.github.runner import Inputs, Runner

_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_NOTHING = re.compile(r"0+")


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequest:
    """One pull request. What the payload says of it is frozen, and empty where only its number is known."""

    number: int
    target: str = ""
    head: str = ""
    merge: str = ""  # the merge commit that the run is for; empty where it is for another one


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueGroup:
    """A merge queue's group: both commits stand in the payload."""

    base: str
    head: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """A push to a branch; `before` is empty for a branch's first."""

    before: str
    after: str
    default: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """Commits that inputs name; an empty base is the merge-base with the default branch."""

    base: str
    head: str
    default: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """No change at all: what the default branch emits today."""

    default: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EveryPullRequest:
    """All open pull requests."""


Event = PullRequest | QueueGroup | Push | Given | Standing | EveryPullRequest


def read_event(runner: Runner, inputs: Inputs) -> Event:
    """What the event asks to judge.

    Raises:
        UsageError: a payload without the fields of its kind, or a dispatch that names nothing to judge.
    """
    event, name = runner.event, runner.event_name
    if "pull_request" in event:
        return _pull_request(event["pull_request"], runner)
    if name == "merge_group":
        group = _part(event, "merge_group")
        return QueueGroup(base=_sha(group, "base_sha"), head=_sha(group, "head_sha"))
    if inputs.pull_request:
        return _by_number(inputs.pull_request)
    default = _default_branch(event)
    if inputs.head or inputs.base:
        return Given(base=inputs.base, head=inputs.head or runner.sha, default=default)
    if name == "push":
        return _push(event, default)
    if name == "schedule":
        return Standing(default=default)
    what = f"a {one_line(name, 40)} event names no commits to judge"
    raise UsageError(what, where="input pull-request", fix="give a pull request's number, `all`, or `head`")


def _pull_request(payload: Any, runner: Runner) -> PullRequest:
    if not isinstance(payload, dict) or not isinstance(payload.get("number"), int):
        raise UsageError("has no number", where="event.pull_request")
    # Only this event runs on the merge commit; `pull_request_target` runs on the target branch.
    merge = runner.sha if runner.event_name == "pull_request" else ""
    return PullRequest(
        number=payload["number"],
        target=_text(_part(payload, "base"), "ref", "event.pull_request.base"),
        head=_sha(_part(payload, "head"), "sha"),
        merge=merge,
    )


def _by_number(value: str) -> Event:
    if value == "all":
        return EveryPullRequest()
    digits = value.removeprefix("#")
    if not (digits.isascii() and digits.isdigit() and int(digits[:12]) > 0 and len(digits) <= 12):
        what = f"{one_line(value, 60)} is not a pull request's number"
        raise UsageError(what, where="input pull-request", fix="give a number, or `all`")
    return PullRequest(number=int(digits))


def _push(event: Mapping[str, Any], default: str) -> Push:
    before, after = _text(event, "before", "event"), _sha(event, "after")
    if event.get("deleted") or _NOTHING.fullmatch(after):
        raise UsageError("the push deletes its branch, so there is nothing to judge", where="event.after")
    return Push(before="" if _NOTHING.fullmatch(before) else before, after=after, default=default)


def _default_branch(event: Mapping[str, Any]) -> str:
    repository = event.get("repository")
    return str(repository.get("default_branch") or "") if isinstance(repository, dict) else ""


def _part(payload: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    part = payload.get(key)
    if not isinstance(part, dict):
        raise UsageError("is missing", where=f"event.{key}")
    return part


def _text(payload: Mapping[str, Any], key: str, where: str) -> str:
    value = payload.get(key)
    if not isinstance(value, str) or not value:
        raise UsageError("is missing", where=f"{where}.{key}")
    return value


def _sha(payload: Mapping[str, Any], key: str) -> str:
    value = _text(payload, key, "event")
    if not _SHA.fullmatch(value):
        raise UsageError(f"{one_line(value, 60)!r} is not a commit id", where=f"event.{key}")
    return value
