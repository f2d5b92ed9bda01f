"""A tree to read, commit or work tree; globs; which commits are compared: how base, head and trust are found."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from gate import git
from gate.errors import AdapterError, GitError
from gate.git import GITLINK, REGULAR, SYMLINK, Entry
from gate.values import dataclass, field, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Selected:
    """The files that globs match, by path, what else stands in their folders (path -> object id), and git's rules."""

    files: tuple[Entry, ...]
    beside: Mapping[str, str]
    attributes: tuple[Entry, ...]  # every .gitattributes on the way to a file
    listed: Mapping[str, str]  # path -> object id, of all that was to choose from

    def sources(self, contents: Mapping[str, bytes]) -> Sources:
        """The files with their contents; `contents` holds those of the attributes too.

        Raises:
            AdapterError: a file is too large, or another one once it is checked out.
        """
        files = {
            entry.path: bounded(entry.path, contents[entry.path]) for entry in self.files if entry.path in contents
        }
        rules = {e.path.removesuffix(_RULES): contents[e.path] for e in self.attributes if e.path in contents}
        for path, content in files.items():
            refuse_altered(path, content, [(f, rules[f]) for f in sorted(rules) if path.startswith(f)])
        return Sources(contents=files, beside=self.beside, listed=self.listed)


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
    rules = [entry for entry in listed if entry.path.rpartition("/")[2] == _RULES and entry.mode in REGULAR]
    above = tuple(e for e in rules if any(folder.startswith(e.path.removesuffix(_RULES)) for folder in folders))
    return Selected(files=found, beside=beside, attributes=above, listed={e.path: e.oid for e in listed if e.mode})


_RULES = ".gitattributes"
_IDENT = re.compile(rb"\$Id(:[^$\n]*)?\$")


def refuse_altered(path: str, contents: bytes, rules: Sequence[tuple[str, bytes]]) -> None:
    """Refuse what git changes at checkout: then the commit doesn't hold what runs. `rules`: folder -> .gitattributes.

    Line ends may differ: to Python, YAML, JSON and TOML they are the same.
    """
    macros: dict[str, list[str]] = {}
    given: dict[str, str] = {}
    for folder, text in rules:
        for line in text.decode("utf-8", "replace").splitlines():
            pattern, *words = line.split() or ["#"]
            if pattern.startswith("[attr]"):
                macros[pattern.removeprefix("[attr]")] = words
            elif not pattern.startswith("#") and _governs(pattern, path.removeprefix(folder)):
                for word in [part for attribute in words for part in (attribute, *macros.get(attribute, ()))]:
                    name, _, value = word.lstrip("-!").partition("=")
                    given[name] = "" if word[0] in "-!" else value or "set"
    if not _IDENT.search(contents):
        given.pop("ident", None)
    for name in ("ident", "filter", "working-tree-encoding"):
        if given.get(name, "").lower() not in {"", "utf-8", "utf8"}:
            what = f"is another file once it is checked out: {_RULES} gives it `{name}`"
            raise AdapterError(what, where=path, fix=f"take the attribute away (`-{name}`)")


def _governs(pattern: str, path: str) -> bool:
    """Whether a pattern of .gitattributes means a path of its folder; what only git reads (`[a-z]`, quotes) may."""
    if re.search(r"[\[\\\"]", pattern):
        return True
    return matcher([pattern.lstrip("/") if "/" in pattern else f"**/{pattern}"])(path)


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


_MAX_FILE = 4 * 1024 * 1024  # an adapter is a few KiB; a larger "source" is an attempt to wear the reader out


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What globs match in a tree: contents by path, sorted; and what lies beside them unmatched: path -> object id."""

    contents: Mapping[str, bytes]
    beside: Mapping[str, str] = field(default_factory=dict)
    listed: Mapping[str, str] = field(default_factory=dict)  # the same of all that the globs' first folders hold


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

    def since(self, base: CommittedTree) -> frozenset[str]:
        """The paths that differ from those of a commit."""
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
        folders = [first_folder(glob) for glob in globs]
        found = select(_listed(self.repo, self.commit, *(folders if not all(folders) else (*folders, _RULES))), globs)
        wanted = (*found.files, *found.attributes)
        contents = git.blobs(self.repo, [entry.oid for entry in wanted])
        return found.sources({entry.path: contents[entry.oid] for entry in wanted})

    def read(self, path: str) -> bytes | None:
        # The first folder is listed, so that a link in its place is seen and not taken for an absent file.
        folder, _, below = path.partition("/")
        entry = file_at(_listed(self.repo, self.commit, folder if below else ""), path)
        return git.blobs(self.repo, [entry.oid])[entry.oid] if entry else None

    def since(self, base: CommittedTree) -> frozenset[str]:
        return git.changed_paths(self.repo, base.commit, self.commit)


@lru_cache(maxsize=16)
def _listed(repo: git.Repository, commit: str, *folders: str) -> tuple[git.Entry, ...]:
    """The files below these folders, of the whole tree where one is empty; a commit never changes."""
    return git.entries(repo, commit, folders)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkTree:
    """What lies in the work tree now: tracked files as they are, and untracked ones that git doesn't ignore.

    Which files there are is asked of git once.
    """

    repo: git.Repository
    _files: list[str] = field(default_factory=list, init=False, compare=False, repr=False)

    @property
    def name(self) -> str:
        return "work tree"

    def sources(self, globs: Sequence[str]) -> Sources:
        listed = [git.Entry(mode=self._mode(path), oid="", path=path) for path in self.files]
        found = select(listed, globs)
        read = {entry.path: self.read(entry.path) for entry in (*found.files, *found.attributes)}
        sources = found.sources({path: content for path, content in read.items() if content is not None})
        return replace(sources, beside={path: self._identity(path) for path in found.beside})

    @property
    def files(self) -> Sequence[str]:
        """The paths of all files."""
        if not self._files:
            self._files.extend(git.work_tree_files(self.repo))
        return self._files

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

    def since(self, base: CommittedTree) -> frozenset[str]:
        new = set(self.files) - {entry.path for entry in _listed(self.repo, base.commit)}
        return git.changed_paths(self.repo, base.commit, None) | new


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
