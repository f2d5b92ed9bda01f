"""A tree to read from, a commit or the work tree: files by glob, and single files, as bytes."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from gate.errors import AdapterError, GitError
from gate.proposal import git

_MAX_FILE = 4 * 1024 * 1024  # an adapter is a few KiB; a larger "source" is an attempt to wear the reader out


class Tree(Protocol):
    """One side of the comparison."""

    @property
    def name(self) -> str:
        """The commit id, or `work tree`."""
        ...

    def sources(self, globs: Sequence[str]) -> Mapping[str, bytes]:
        """Contents of every file that a glob matches, by path, sorted.

        Raises:
            AdapterError: a match is a symlink, or too large to be a source file.
        """
        ...

    def read(self, path: str) -> bytes | None:
        """Contents of one file, None where the tree has none."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitTree:
    """The tree of one commit, read from git objects."""

    repo: git.Repository
    commit: str

    @property
    def name(self) -> str:
        return self.commit

    def sources(self, globs: Sequence[str]) -> Mapping[str, bytes]:
        matches = _matcher(globs)
        listed = git.entries(self.repo, self.commit, [_fixed_prefix(glob) for glob in globs])
        found = sorted((entry for entry in listed if matches(entry.path)), key=lambda entry: entry.path)
        for entry in found:
            if entry.mode == git.SYMLINK:
                raise _symlink(entry.path)
        regular = [entry for entry in found if entry.mode in git.REGULAR]
        contents = git.blobs(self.repo, [entry.oid for entry in regular])
        return {entry.path: _bounded(entry.path, contents[entry.oid]) for entry in regular}

    def read(self, path: str) -> bytes | None:
        found = git.blob_at(self.repo, self.commit, path)
        if found is None:
            return None
        mode, contents = found
        if mode == git.SYMLINK:
            raise _symlink(path)
        return contents


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkTree:
    """What lies in the work tree now: tracked files as they are, and untracked ones that git doesn't ignore."""

    repo: git.Repository

    @property
    def name(self) -> str:
        return "work tree"

    def sources(self, globs: Sequence[str]) -> Mapping[str, bytes]:
        matches = _matcher(globs)
        paths = [path for path in git.work_tree_files(self.repo) if matches(path)]
        read = {path: self.read(path) for path in paths}
        return {path: _bounded(path, contents) for path, contents in read.items() if contents is not None}

    def read(self, path: str) -> bytes | None:
        place = self.repo.top / path
        if place.is_symlink() or not _inside(place, self.repo.top):
            raise _symlink(path)
        try:
            # O_NOFOLLOW closes the gap between the look above and the read.
            with os.fdopen(os.open(place, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)), "rb") as file:
                return file.read()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise GitError(f"can't be read: {error.strerror}", where=path) from None


def _inside(place: Path, top: Path) -> bool:
    return place.parent.resolve().is_relative_to(top.resolve())


def _symlink(path: str) -> AdapterError:
    return AdapterError(
        "is a symlink, or lies behind one; the gate doesn't follow it", where=path, fix="commit the file itself"
    )


def _bounded(path: str, contents: bytes) -> bytes:
    if len(contents) > _MAX_FILE:
        raise AdapterError(
            f"has {len(contents)} bytes, more than a source file's {_MAX_FILE}",
            where=path,
            fix="narrow the adapter globs",
        )
    return contents


def _fixed_prefix(glob: str) -> str:
    """The folders of a glob before its first wildcard, so that git lists no more than it must."""
    parts = glob.split("/")
    fixed = next((i for i, part in enumerate(parts) if re.search(r"[*?\[]", part)), len(parts) - 1)
    return "/".join(parts[:fixed]) + "/" if fixed else ""


def _matcher(globs: Sequence[str]) -> _Match:
    pattern = re.compile("|".join(f"(?:{_translated(glob)})" for glob in globs) or r"(?!)", re.DOTALL)
    return lambda path: pattern.fullmatch(path) is not None


class _Match(Protocol):
    def __call__(self, path: str, /) -> bool: ...


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
