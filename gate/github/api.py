"""GitHub's API as a place to read from: pull requests as they are now, tips, merge-bases, and a commit's tree."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from gate.errors import GitError, UsageError
from gate.git import Entry
from gate.github.client import ApiError, Client, Kind
from gate.judge.refs import Refs
from gate.tree import CommittedTree, Sources, file_at, select
from gate.values import dataclass, field

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
        """One pull request. ApiError: no such pull request, or it can't be asked for."""
        return _pull(self.client.get(f"/pulls/{number}", needs=_PULLS), number)

    def open_pulls(self) -> Iterable[LivePull]:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiTree:
    """The tree of one commit; its files' contents are asked for one by one, and only those that are read."""

    client: Client
    commit: str
    entries: Mapping[str, Entry]

    @property
    def name(self) -> str:
        return self.commit

    def sources(self, globs: Sequence[str]) -> Sources:
        found = select(self.entries.values(), globs)
        return found.sources({entry.path: self._blob(entry) for entry in (*found.files, *found.attributes)})

    def read(self, path: str) -> bytes | None:
        entry = file_at(tuple(self.entries.values()), path)
        return self._blob(entry) if entry else None

    def since(self, base: CommittedTree) -> frozenset[str]:
        before = base.entries if isinstance(base, ApiTree) else {}
        paths = before.keys() | self.entries.keys()
        return frozenset(path for path in paths if before.get(path) != self.entries.get(path))

    def _blob(self, entry: Entry) -> bytes:
        answer = self.client.get(f"/git/blobs/{entry.oid}", needs=_CONTENTS)
        content = answer.get("content") if isinstance(answer, dict) else None
        try:
            return base64.b64decode(content or "", validate=False)
        except (binascii.Error, TypeError, ValueError):
            raise GitError("GitHub's answer isn't base64", where=entry.path) from None


def api_tree(client: Client, commit: str) -> ApiTree:
    """List a commit's tree. GateError: it can't be listed, or is too large for one answer."""
    answer = client.get(f"/git/trees/{commit}", needs=_CONTENTS, recursive=1)
    listed = answer.get("tree") if isinstance(answer, dict) else None
    if not isinstance(listed, list) or answer.get("truncated"):
        what = "GitHub lists the tree only in part"
        raise GitError(what, where=commit[:12], fix="check it out: actions/checkout with `fetch-depth: 0`")
    entries = (
        Entry(mode=str(part.get("mode")), oid=str(part.get("sha")), path=str(part.get("path")))
        for part in listed
        if isinstance(part, dict) and part.get("type") != "tree"
    )
    return ApiTree(client=client, commit=commit, entries={entry.path: entry for entry in entries})


def api_refs(client: Client, *, base: str, head: str, trust: str) -> Refs:
    """The trees of one check, each commit listed once."""
    trees = {commit: api_tree(client, commit) for commit in dict.fromkeys((base, head, trust))}
    return Refs(base=trees[base], head=trees[head], trust=trees[trust], trusted=True)
