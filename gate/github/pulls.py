"""What GitHub says now, where a payload is frozen or no checkout is there: pull requests, tips and merge-bases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from gate.errors import UsageError
from gate.github.client import Client

_PULLS = "pull-requests: read"
_CONTENTS = "contents: read"


@dataclass(frozen=True, slots=True, kw_only=True)
class LivePull:
    """A pull request as it is now."""

    number: int
    target: str
    head: str
    open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """Questions to GitHub's API about one repository."""

    client: Client

    def pull(self, number: int) -> LivePull:
        """One pull request.

        Raises:
            ApiError: no such pull request, or it can't be asked for.
        """
        return _pull(self.client.get(f"/pulls/{number}", needs=_PULLS), number)

    def open_pulls(self) -> Iterable[LivePull]:
        """All open pull requests."""
        for payload in self.client.pages("/pulls", needs=_PULLS, state="open"):
            yield _pull(payload, 0)

    def tip(self, branch: str) -> str:
        """The commit that a branch is at."""
        answer = self.client.get(f"/git/ref/{quote(f'heads/{branch}', safe='')}", needs=_CONTENTS)
        return _text(answer, "object", "sha")

    def merge_base(self, one: str, other: str) -> str:
        """The best common ancestor of two commits."""
        answer = self.client.get(f"/compare/{one}...{other}", needs=_CONTENTS, per_page=1)
        return _text(answer, "merge_base_commit", "sha")

    def parents(self, commit: str) -> tuple[str, ...]:
        """The parents of a commit."""
        answer = self.client.get(f"/git/commits/{commit}", needs=_CONTENTS)
        listed = answer.get("parents") if isinstance(answer, dict) else None
        return tuple(_text(part, "sha") for part in listed or ())


def _pull(payload: Any, number: int) -> LivePull:
    found = payload.get("number", number) if isinstance(payload, dict) else number
    return LivePull(
        number=int(found),
        target=_text(payload, "base", "ref"),
        head=_text(payload, "head", "sha"),
        open=payload.get("state", "open") == "open",
    )


def _text(payload: Any, *keys: str) -> str:
    value = payload
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    if not isinstance(value, str) or not value:
        raise UsageError("is missing from GitHub's answer", where=".".join(keys))
    return value
