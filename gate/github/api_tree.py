"""A commit's tree read through GitHub's API, for a job that checked nothing out."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gate.errors import GitError
from gate.git import Entry
from gate.github.client import Client
from gate.tree import CommittedTree, Refs, Sources, bounded, file_at, select

_NEEDS = "contents: read"


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
        """Every file that a glob matches."""
        found = select(self.entries.values(), globs)
        return Sources(
            contents={entry.path: bounded(entry.path, self._blob(entry)) for entry in found.files}, beside=found.beside
        )

    def read(self, path: str) -> bytes | None:
        """Contents of one file, None where the tree has none."""
        entry = file_at(tuple(self.entries.values()), path)
        return self._blob(entry) if entry else None

    def since(self, base: CommittedTree) -> frozenset[str]:
        """The paths that differ from those of a commit."""
        before = base.entries if isinstance(base, ApiTree) else {}
        paths = before.keys() | self.entries.keys()
        return frozenset(path for path in paths if before.get(path) != self.entries.get(path))

    def _blob(self, entry: Entry) -> bytes:
        answer = self.client.get(f"/git/blobs/{entry.oid}", needs=_NEEDS)
        content = answer.get("content") if isinstance(answer, dict) else None
        try:
            return base64.b64decode(content or "", validate=False)
        except (binascii.Error, TypeError, ValueError):
            raise GitError("GitHub's answer isn't base64", where=entry.path) from None


def api_tree(client: Client, commit: str) -> ApiTree:
    """List a commit's tree.

    Raises:
        GateError: it can't be listed, or is too large for one answer.
    """
    answer = client.get(f"/git/trees/{commit}", needs=_NEEDS, recursive=1)
    listed = answer.get("tree") if isinstance(answer, dict) else None
    if not isinstance(listed, list) or answer.get("truncated"):
        what = "GitHub lists the tree only in part"
        raise GitError(what, where=commit[:12], fix="check it out: actions/checkout with `fetch-depth: 0`")
    entries = [_entry(part) for part in listed if isinstance(part, dict) and part.get("type") != "tree"]
    return ApiTree(client=client, commit=commit, entries={entry.path: entry for entry in entries})


def _entry(part: Mapping[str, Any]) -> Entry:
    return Entry(mode=str(part.get("mode")), oid=str(part.get("sha")), path=str(part.get("path")))


def api_refs(client: Client, *, base: str, head: str, trust: str) -> Refs:
    """The trees of one check, each commit listed once."""
    trees = {commit: api_tree(client, commit) for commit in dict.fromkeys((base, head, trust))}
    return Refs(base=trees[base], head=trees[head], trust=trees[trust], trusted=True)
