"""What GitHub's API says now of pull requests, and of commits where nothing is checked out: tips, merge-bases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from gate.errors import UsageError
from gate.github.client import ApiError, Client, Kind

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
    notes: list[str] = field(default_factory=list)

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
        """The commit that a branch is at, empty where there is no such branch."""
        try:
            answer = self.client.get(f"/git/ref/{quote(f'heads/{branch}', safe='')}", needs=_CONTENTS)
        except ApiError as error:
            if error.kind is Kind.NOT_FOUND:
                return ""
            raise
        return _text(answer, "object", "sha")

    def has(self, commit: str) -> bool:
        """Whether GitHub has a commit."""
        return self._commit(commit) is not None

    def need(self, commit: str, what: str, ref: str = "", fix: str = "") -> str:
        """The commit itself: its tree is read, and found missing, later."""
        return commit

    def merge_base(self, one: str, other: str) -> str:
        """The best common ancestor of two commits."""
        answer = self.client.get(f"/compare/{one}...{other}", needs=_CONTENTS, per_page=1)
        return _text(answer, "merge_base_commit", "sha")

    def parents(self, commit: str) -> tuple[str, ...]:
        """The parents of a commit, () where GitHub hasn't it."""
        listed = (self._commit(commit) or {}).get("parents")
        return tuple(_text(part, "sha") for part in listed or ())

    def _commit(self, commit: str) -> Mapping[str, Any] | None:
        try:
            answer = self.client.get(f"/git/commits/{commit}", needs=_CONTENTS)
        except ApiError as error:
            if error.kind in {Kind.NOT_FOUND, Kind.BAD_REQUEST}:
                return None
            raise
        return answer if isinstance(answer, dict) else None


def _pull(payload: Any, number: int) -> LivePull:
    found = payload.get("number") if isinstance(payload, dict) else number
    return LivePull(
        number=found if isinstance(found, int) else number,
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
