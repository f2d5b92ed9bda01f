"""An event's payload to what it asks for: a pull request, a queue's group, a push, or commits that inputs name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gate.errors import UsageError, one_line
from gate.github.runner import Inputs, Runner
from gate.values import dataclass

_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_NOTHING = re.compile(r"0+")
_NO_REF = re.compile(r"[\x00-\x20\x7f~^:?*\[\\\ud800-\udfff]|\.\.|^-|^$")  # what git refuses in a name


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequest:
    """One pull request. What the payload says of it is frozen, and empty where only its number is known."""

    number: int
    target: str = ""
    base: str = ""
    head: str = ""
    merge: str = ""  # the merge commit that the run is for; empty where it is for another one


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueGroup:
    """A merge queue's group: both commits stand in the payload."""

    base: str
    head: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """A push of a full ref; `before` is empty for its first, `oldest` where nothing was pushed that wasn't there."""

    ref: str
    before: str
    after: str
    oldest: str
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

    Raises: UsageError: a payload without the fields of its kind, or a dispatch that names nothing to judge.
    """
    event, name = runner.event, runner.event_name
    if name == "merge_group":
        return _queue_group(_part(event, "merge_group"), runner)
    if name == "push":
        return _push(event, runner, inputs)
    if "pull_request" in event and name not in {"schedule", "workflow_dispatch"}:
        return _pull_request(event["pull_request"], runner)
    if inputs.pull_request:
        return _by_number(inputs.pull_request)
    if inputs.head or inputs.base:
        return Given(base=inputs.base, head=inputs.head or runner.sha, default=_default_branch(event))
    if name == "schedule":
        return Standing(default=_default_branch(event))
    what = f"a {one_line(name, 40)} event names no commits to judge"
    raise UsageError(what, where="input pull-request", fix="give a pull request's number, `all`, or `head`")


def _pull_request(payload: Any, runner: Runner) -> PullRequest:
    number = payload.get("number") if isinstance(payload, dict) else None
    if not isinstance(number, int) or isinstance(number, bool) or not 0 < number < 10**12:
        raise UsageError("has no number", where="event.pull_request")
    base = _part(payload, "base")
    return PullRequest(
        number=number,
        target=_branch(base.get("ref"), "event.pull_request.base.ref"),
        base=_sha(base, "sha"),
        head=_sha(_part(payload, "head"), "sha"),
        # Only this event runs on the merge commit; `pull_request_target` runs on the target branch.
        merge=runner.sha if runner.event_name == "pull_request" else "",
    )


def _queue_group(group: Mapping[str, Any], runner: Runner) -> QueueGroup:
    base, head = _sha(group, "base_sha"), _sha(group, "head_sha")
    if base == head:
        raise UsageError("is its own base, so there is nothing to judge", where="event.merge_group.head_sha")
    _is_the_runs(head, "event.merge_group.head_sha", runner)
    return QueueGroup(base=base, head=head)


def _is_the_runs(head: str, where: str, runner: Runner) -> None:
    """The check lands on the run's commit, so that no other may be judged."""
    if runner.sha and runner.sha != head:
        raise UsageError(f"is {head[:12]}, and the run is for {one_line(runner.sha, 12)}", where=where)


def _by_number(value: str) -> Event:
    if value == "all":
        return EveryPullRequest()
    digits = value.removeprefix("#")
    if not (digits.isascii() and digits.isdigit() and int(digits[:12]) > 0 and len(digits) <= 12):
        what = f"{one_line(value, 60)} is not a pull request's number"
        raise UsageError(what, where="input pull-request", fix="give a number, or `all`")
    return PullRequest(number=int(digits))


def _push(event: Mapping[str, Any], runner: Runner, inputs: Inputs) -> Push | Given:
    default, ref = _default_branch(event), _branch(event.get("ref"), "event.ref")
    if event.get("deleted") or _NOTHING.fullmatch(str(event.get("after"))):
        raise UsageError("the push deletes its branch, so there is nothing to judge", where="event.after")
    if inputs.pull_request:
        fix = "leave it empty: the check of a push belongs to what was pushed"
        raise UsageError("names another commit than the event's", where="input pull-request", fix=fix)
    before, after = _sha(event, "before"), _sha(event, "after")
    if before == after:
        raise UsageError("is what stood there before, so there is nothing to judge", where="event.after")
    if ref.startswith("refs/tags/"):
        after = runner.sha or after  # of an annotated tag, the event has the tag's own object
    else:
        _is_the_runs(after, "event.after", runner)
    if inputs.base:
        return Given(base=inputs.base, head=after, default=default)
    pushed = event.get("commits")
    oldest = next((part for part in pushed if isinstance(part, dict)), {}) if isinstance(pushed, list) else {}
    return Push(
        ref=ref,
        before="" if _NOTHING.fullmatch(before) else before,
        after=after,
        oldest=_sha(oldest, "id") if oldest else "",
        default=default,
    )


def _default_branch(event: Mapping[str, Any]) -> str:
    repository = event.get("repository")
    name = repository.get("default_branch") if isinstance(repository, dict) else None
    return _branch(name, "event.repository.default_branch") if name else ""


def _branch(value: Any, where: str) -> str:
    if not isinstance(value, str) or len(value) > 1000 or _NO_REF.search(value):
        raise UsageError(f"{one_line(str(value), 60)!r} is no branch's name" if value else "is missing", where=where)
    return value


def _part(payload: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    part = payload.get(key)
    if not isinstance(part, dict):
        raise UsageError("is missing", where=f"event.{key}")
    return part


def _sha(payload: Mapping[str, Any], key: str) -> str:
    value = payload.get(key)
    if not isinstance(value, str) or not value:
        raise UsageError("is missing", where=f"event.{key}")
    if not _SHA.fullmatch(value):
        raise UsageError(f"{one_line(value, 60)!r} is not a commit id", where=f"event.{key}")
    return value
