"""Where policy and samples come from: a repository's trust ref, or nowhere; and a policy file that somebody names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gate import git
from gate.errors import GitError, PolicyError
from gate.judge.model import Trust
from gate.policy.load import LoadedPolicy, load_policy
from gate.tree import Sources, Tree, resolve_refs


@dataclass(frozen=True, slots=True, kw_only=True)
class Trusted:
    """The tree that policy and samples are read from; `trust` is None where there is no repository."""

    tree: Tree
    trust: Trust | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _NoTree:
    """Stands in where there is no repository: it has no file."""

    name: str = "no repository"

    def sources(self, globs: Sequence[str]) -> Sources:
        return Sources(contents={})

    def read(self, path: str) -> bytes | None:
        return None


def ground(repo: Path | None, trust: str | None) -> Trusted:
    """The trust ref of a repository; of the folder at hand for None, where that is one.

    Raises: GitError where a repository or a ref was named and there is none.
    """
    try:
        found = git.open_repository(repo or Path())
    except GitError:
        if repo is not None or trust is not None:
            raise
        return Trusted(tree=_NoTree(), trust=None)
    refs = resolve_refs(found, base=None, head=None, trust=trust)
    return Trusted(tree=refs.trust, trust=Trust(commit=refs.trust.commit, trusted=refs.trusted))


def given_policy(path: Path) -> LoadedPolicy:
    """A policy file that somebody names. PolicyError where it can't be read or is invalid."""
    try:
        contents = path.read_bytes()
    except OSError as error:
        raise PolicyError(f"can't be read: {error.strerror}", where=str(path)) from None
    return load_policy(contents, str(path))
