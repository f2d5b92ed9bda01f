"""A tree to read from, a commit or the work tree: files by glob, and single files, as bytes."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from gate.errors import AdapterError, GitError
from gate.proposal import git
from gate.proposal.globs import first_folder, link_refused, select

_MAX_FILE = 4 * 1024 * 1024  # an adapter is a few KiB; a larger "source" is an attempt to wear the reader out


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What globs match in a tree: contents by path, sorted; and what lies beside them unmatched: path -> object id."""

    contents: Mapping[str, bytes]
    beside: Mapping[str, str] = field(default_factory=dict)


class Tree(Protocol):
    """One side of the comparison."""

    @property
    def name(self) -> str:
        """The commit id, or `work tree`."""
        ...

    def sources(self, globs: Sequence[str]) -> Sources:
        """Every file that a glob matches.

        Raises:
            AdapterError: a match, or a folder of matches, is a symlink or submodule; or a file is too large.
        """
        ...

    def read(self, path: str) -> bytes | None:
        """Contents of one file, None where the tree has none."""
        ...


class CommittedTree(Tree, Protocol):
    """A tree that a commit holds."""

    @property
    def commit(self) -> str:
        """The commit id."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitTree:
    """The tree of one commit, read from git objects."""

    repo: git.Repository
    commit: str

    @property
    def name(self) -> str:
        return self.commit

    def sources(self, globs: Sequence[str]) -> Sources:
        found = select(git.entries(self.repo, self.commit, [first_folder(glob) for glob in globs]), globs)
        contents = git.blobs(self.repo, [entry.oid for entry in found.files])
        return Sources(
            contents={entry.path: bounded(entry.path, contents[entry.oid]) for entry in found.files},
            beside=found.beside,
        )

    def read(self, path: str) -> bytes | None:
        # The first folder is listed, so that a link in its place is seen and not taken for an absent file.
        entry = file_at(git.entries(self.repo, self.commit, [path.partition("/")[0]]), path)
        return git.blobs(self.repo, [entry.oid])[entry.oid] if entry else None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkTree:
    """What lies in the work tree now: tracked files as they are, and untracked ones that git doesn't ignore."""

    repo: git.Repository

    @property
    def name(self) -> str:
        return "work tree"

    def sources(self, globs: Sequence[str]) -> Sources:
        listed = [git.Entry(mode=self._mode(path), oid="", path=path) for path in git.work_tree_files(self.repo)]
        found = select(listed, globs)
        read = {entry.path: self.read(entry.path) for entry in found.files}
        contents = {path: bounded(path, content) for path, content in read.items() if content is not None}
        return Sources(contents=contents, beside={path: self._identity(path) for path in found.beside})

    def _identity(self, path: str) -> str:
        """The object id that git would give the file; empty for what is no file, which equals no commit's."""
        try:
            content = self.read(path)
        except (AdapterError, GitError):
            return ""
        return "" if content is None else git.object_id(self.repo, content)

    def _mode(self, path: str) -> str:
        """The mode as git would record it; a folder among the files is another repository. Empty for what is gone."""
        try:
            mode = (self.repo.top / path).lstat().st_mode
        except OSError:
            return ""
        if stat.S_ISLNK(mode):
            return git.SYMLINK
        return git.GITLINK if stat.S_ISDIR(mode) else git.FILE

    def read(self, path: str) -> bytes | None:
        place = self.repo.top / path
        if place.is_symlink() or place.parent.resolve() != self.repo.top.resolve() / Path(path).parent:
            raise link_refused(path, git.SYMLINK)
        try:
            # O_NOFOLLOW closes the gap between the look above and the read.
            with os.fdopen(os.open(place, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)), "rb") as file:
                return file.read()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise GitError(f"can't be read: {error.strerror}", where=path) from None


def file_at(entries: Sequence[git.Entry], path: str) -> git.Entry | None:
    """The entry of one file, None where there is none.

    Raises:
        AdapterError: the path, or a folder on the way to it, is a symlink or submodule.
    """
    for entry in entries:
        if entry.mode in {git.SYMLINK, git.GITLINK} and f"{path}/".startswith(f"{entry.path}/"):
            raise link_refused(entry.path, entry.mode)
    return next((entry for entry in entries if entry.path == path), None)


def bounded(path: str, contents: bytes) -> bytes:
    """A source file's contents, unless they are too large to be one."""
    if len(contents) > _MAX_FILE:
        what = f"has {len(contents)} bytes, more than a source file's {_MAX_FILE}"
        raise AdapterError(what, where=path, fix="narrow the adapter globs")
    return contents
