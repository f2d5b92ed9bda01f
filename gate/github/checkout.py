"""The checkout of a job, however shallow: commits made present, and what the repository's branches are at now."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gate import git
from gate.errors import GitError
from gate.github.runner import Runner

FULL = "check out with `fetch-depth: 0`"
_DEPTHS = ("--deepen=50", "--deepen=1000", "--depth=2147483647")  # the last one means all of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """A clone of the judged repository. `tracking`: its `origin` is that repository, not somebody's fork."""

    repo: git.Repository
    remote: str
    tracking: bool
    access: git.Access

    def tips(self, refs: Sequence[str]) -> tuple[Mapping[str, str], str]:
        """What full refs are at now, and why nobody could be asked; a job's own fetch of a moment ago counts too."""
        try:
            return git.remote_tips(self.repo, self.remote, refs, self.access), ""
        except GitError as error:
            return self._fetched(refs), str(error)

    def _fetched(self, refs: Sequence[str]) -> Mapping[str, str]:
        if not self.tracking:
            return {}
        names = {ref: ref.replace("refs/heads/", "refs/remotes/origin/", 1) for ref in refs if "refs/heads/" in ref}
        found = {ref: git.resolve(self.repo, name) for ref, name in names.items()}
        return {ref: commit for ref, commit in found.items() if commit}

    def has(self, commit: str, ref: str = "") -> bool:
        """Whether a commit is here, or could be fetched: by its id, or as what `ref` is at."""
        depth = "--depth=1" if self.repo.shallow else ""
        for name in (commit, ref):
            if git.resolve(self.repo, commit) is not None:
                return True
            if name:
                self._try_fetch((name,), depth)
        return git.resolve(self.repo, commit) is not None

    def need(self, commit: str, what: str, ref: str = "") -> str:
        """`commit`, now that it is here.

        Raises:
            GitError: it isn't, and can't be fetched.
        """
        if not self.has(commit, ref):
            raise GitError(f"{commit} is not in the checkout and can't be fetched", where=what, fix=FULL)
        return commit

    def merge_base(self, one: str, other: str) -> str:
        """The best common ancestor; a shallow clone is deepened until it shows.

        Raises:
            GitError: there is none, or it can't be fetched.
        """
        for depth in ("", *(_DEPTHS if self.repo.shallow else ())):
            if depth:
                self._try_fetch((one, other), depth)
            found = git.merge_base(self.repo, one, other)
            if found:
                return found
        what = f"no common ancestor of {one[:12]} and {other[:12]} is in the checkout"
        raise GitError(what, where="merge-base", fix=FULL)

    def parents(self, commit: str) -> tuple[str, ...]:
        """A commit's parents, () where it isn't here."""
        return git.parents(self.repo, commit)

    def resolve(self, ref: str) -> str | None:
        """The commit that a ref of the checkout names."""
        return git.resolve(self.repo, ref)

    @staticmethod
    def is_id(text: str) -> bool:
        """Whether `text` is a full commit id."""
        return re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", text) is not None

    def _try_fetch(self, names: Sequence[str], depth: str) -> None:
        try:
            git.fetch(self.repo, self.remote, names, self.access, depth)
        except GitError:
            return  # whoever asked looks whether it is here now, and says what is missing


def open_checkout(runner: Runner) -> Checkout | None:
    """The workspace's repository, None where the job checked nothing out."""
    try:
        repo = git.open_repository(runner.workspace)
    except GitError:
        return None
    url = git.remote_url(repo, "origin")
    own = _is_own(url, runner.repository)
    return Checkout(
        repo=repo,
        remote="origin" if own else f"{runner.server}/{runner.repository}",
        tracking=own,
        access=git.Access(server=runner.server, token=runner.token),
    )


def _is_own(url: str, repository: str) -> bool:
    """Whether a remote is the judged repository. A path of this machine is: no pull request can set it."""
    if "://" not in url and not re.match(r"[^/]+@[^/]+:", url):
        return bool(url)
    if url.startswith("file://"):
        return True
    return (
        url.removesuffix("/")
        .removesuffix(".git")
        .lower()
        .endswith(("/" + repository.lower(), ":" + repository.lower()))
    )
