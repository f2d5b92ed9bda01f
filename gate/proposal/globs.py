"""Which files of a tree the adapter globs mean, and what lies beside them that Python could import in their place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from gate.errors import AdapterError
from gate.proposal.git import GITLINK, REGULAR, SYMLINK, Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Selected:
    """The files that globs match, by path, and what else stands in their folders: path -> object id."""

    files: tuple[Entry, ...]
    beside: Mapping[str, str]


def select(entries: Iterable[Entry], globs: Sequence[str]) -> Selected:
    """The matched files of a tree's entries.

    Raises:
        AdapterError: a symlink or submodule is matched, or stands where a folder of matches would: what lies behind it
            is not of this tree, and passing over it would hide adapters.
    """
    matches, holds = matcher(globs), matcher(list(_folders(globs)))
    listed = sorted(entries, key=lambda entry: entry.path)
    for entry in listed:
        if entry.mode in {SYMLINK, GITLINK} and (matches(entry.path) or holds(entry.path)):
            raise link_refused(entry.path, entry.mode)
    found = tuple(entry for entry in listed if entry.mode in REGULAR and matches(entry.path))
    folders = tuple({entry.path[: entry.path.rfind("/") + 1] for entry in found})
    known = {entry.path for entry in found}
    beside = {e.path: e.oid for e in listed if folders and e.path not in known and e.path.startswith(folders)}
    return Selected(files=found, beside=beside)


def link_refused(path: str, mode: str) -> AdapterError:
    """What is said of a symlink or submodule: what it points to is never read."""
    if mode == GITLINK:
        return AdapterError(
            "is a submodule; the gate doesn't look into it", where=path, fix="commit the files themselves"
        )
    what = "is a symlink, or lies behind one; the gate doesn't follow it"
    return AdapterError(what, where=path, fix="commit the file itself")


def first_folder(glob: str) -> str:
    """The glob's first folder, empty where it is a wildcard: git lists no more, but a link in its place."""
    first, slash, _ = glob.partition("/")
    return first if slash and not re.search(r"[*?]", first) else ""


def matcher(globs: Sequence[str]) -> Match:
    """Whether a path matches one of the globs."""
    pattern = re.compile("|".join(f"(?:{_translated(glob)})" for glob in globs) or r"(?!)", re.DOTALL)
    return lambda path: pattern.fullmatch(path) is not None


class Match(Protocol):
    """Whether a path is meant."""

    def __call__(self, path: str, /) -> bool: ...


def _folders(globs: Sequence[str]) -> Iterable[str]:
    """The globs of every folder on the way to a match, but for `**` itself, which would be any folder at all."""
    for glob in globs:
        parts = glob.split("/")
        for end in range(1, len(parts)):
            if parts[end - 1] != "**":
                yield "/".join(parts[:end])


def _translated(glob: str) -> str:
    """`*` and `?` stay within a folder, `**/` crosses any number of them, as in git's own `:(glob)`."""
    pattern, at = "", 0
    while at < len(glob):
        if glob.startswith("**/", at):
            pattern, at = pattern + "(?:.*/)?", at + 3
        elif glob.startswith("**", at):
            pattern, at = pattern + ".*", at + 2
        else:
            pattern += {"*": "[^/]*", "?": "[^/]"}.get(glob[at], re.escape(glob[at]))
            at += 1
    return pattern
