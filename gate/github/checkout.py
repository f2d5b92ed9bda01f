"""The checkout of a job, however shallow: commits made present, live branches; files that inputs name, as trusted."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from gate import git
from gate.documents import Held
from gate.errors import GitError, UsageError
from gate.github.runner import Runner
from gate.tree import CommittedTree
from gate.values import dataclass, field

FULL = "check out with `fetch-depth: 0`"
UNRELATED = "rebase the branch onto the one that it is meant for"
_DEPTHS = ("--deepen=50", "--deepen=1000", "--depth=2147483647")  # the last one means all of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """A clone of the judged repository. `tracking`: its `origin` is that repository, not somebody's fork."""

    repo: git.Repository
    remote: str
    tracking: bool
    notes: list[str] = field(default_factory=list)

    def tip(self, branch: str) -> str:
        """The commit that a branch is at now, empty where the repository has no such branch.

        Raises: GitError: nobody could be asked, and the job hasn't fetched it either.
        """
        return self.tips(f"refs/heads/{branch}").get(f"refs/heads/{branch}", "")

    def tips(self, ref: str, *more: str) -> Mapping[str, str]:
        """What full refs are at now; `ref`, a branch, may be what the job's own fetch of a moment ago brought."""
        try:
            return git.remote_tips(self.repo, self.remote, (ref, *more))
        except GitError as error:
            tracked = f"refs/remotes/origin/{ref.removeprefix('refs/heads/')}"
            commit = git.resolve(self.repo, tracked) if self.tracking else None
            if commit is None:
                what = f"its live tip can't be told: {error}"
                raise GitError(what, where=f"branch {ref.removeprefix('refs/heads/')}", fix=FULL) from None
            self.notes.append(f"the checkout's own branches were taken as live: {error}")
            return {ref: commit}

    def has(self, commit: str, ref: str = "") -> bool:
        """Whether a commit is here, or could be fetched: by its id, or as what `ref` is at."""
        depth = "--depth=1" if self.repo.shallow else ""
        for name in (commit, ref):
            if git.resolve(self.repo, commit) is not None:
                return True
            if name:
                self._try_fetch((name,), depth)
        return git.resolve(self.repo, commit) is not None

    def need(self, commit: str, what: str, ref: str = "", fix: str = FULL) -> str:
        """`commit` (for a tag's object, what it tags), now that it is here.

        Raises: GitError: it isn't, and can't be fetched.
        """
        if not self.has(commit, ref):
            raise GitError(f"{commit} is not in the checkout and can't be fetched", where=what, fix=fix)
        return git.resolve(self.repo, commit) or commit

    def merge_base(self, one: str, other: str) -> str:
        """The best common ancestor; a shallow clone is deepened until it shows.

        Raises: GitError: there is none, or it can't be fetched.
        """
        whole = not self.repo.shallow
        for depth in ("", *(() if whole else _DEPTHS)):
            if depth:
                whole = self._try_fetch((one, other), depth) and depth == _DEPTHS[-1]
            found = git.merge_base(self.repo, one, other)
            if found:
                return found
        if whole:
            raise GitError(f"{one[:12]} and {other[:12]} have no common ancestor", where="merge-base", fix=UNRELATED)
        what = f"no common ancestor of {one[:12]} and {other[:12]} is in the checkout"
        raise GitError(what, where="merge-base", fix=FULL)

    def parents(self, commit: str) -> tuple[str, ...]:
        """A commit's parents, () where it isn't here."""
        return git.parents(self.repo, commit)

    def named(self, ref: str, what: str) -> str:
        """The commit that an input names: an id, a branch or tag of the repository, or a ref of the checkout.

        Raises: GitError: nothing is called that, or two things are.
        """
        if re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", ref):
            return self.need(ref, what)
        short = ref.removeprefix("origin/")
        try:
            tips = self.tips(ref) if ref.startswith("refs/") else self.tips(f"refs/heads/{short}", f"refs/tags/{short}")
        except GitError:
            tips = {}
        if len(tips) > 1:
            raise GitError(f"{ref} means {' and '.join(tips)}", where=what, fix="write the full name")
        full, commit = next(iter(tips.items()), ("", git.resolve(self.repo, ref)))
        if commit is None:
            raise GitError(f"no such commit or branch: {ref}", where=what, fix=FULL)
        return self.need(commit, what, full)

    def _try_fetch(self, names: Sequence[str], depth: str) -> bool:
        """Whether it succeeded; whoever asked looks what is here now, and says what is missing."""
        try:
            git.fetch(self.repo, self.remote, names, depth)
        except GitError:
            return False
        return True


def open_checkout(runner: Runner) -> Checkout | None:
    """The repository that the job checked out, None where there is none.

    Raises: UsageError: input `path` names a folder that holds none.
    """
    access = git.Access(server=runner.server, token=runner.token)
    try:
        repo = git.open_repository(runner.checkout, access)
    except GitError:
        repo = None
    if runner.checkout != runner.workspace and (repo is None or repo.top.resolve() != runner.checkout.resolve()):
        raise UsageError("holds no git repository", where="input path", fix="say what actions/checkout has for `path`")
    if repo is None:
        return None
    own = _is_own(git.remote_url(repo, "origin"), runner.repository)
    return Checkout(repo=repo, remote="origin" if own else f"{runner.server}/{runner.repository}", tracking=own)


def _is_own(url: str, repository: str) -> bool:
    """Whether a remote is the judged repository. A path of this machine is: no pull request can set it."""
    if "://" not in url and not re.match(r"[^/]+@[^/]+:", url):
        return bool(url)
    return url.startswith("file://") or _is_named(url, repository)


def _is_named(url: str, repository: str) -> bool:
    """Whether a URL is that of `owner/name` on some server."""
    name = repository.lower()
    return url.removesuffix("/").removesuffix(".git").lower().endswith((f"/{name}", f":{name}"))


def trusted_file(
    place: Path, trust: CommittedTree, runner: Runner, checkout: Checkout | None, judged: Collection[str]
) -> Path | Held:
    """A file that an input names: as the trust ref has it, or where it lies if that isn't in the judged repository.

    Args:
        judged: the commits under judgement; a clone that holds one is the author's too, wherever it lies.

    Raises:
        UsageError: the trust ref has no such file.
    """
    path = _path_inside(place, runner, checkout, judged)
    if path is None:
        return place
    contents = trust.read(path)
    if contents is None:
        what = f"is not in {trust.name[:12]}, the target branch's tip; a pull request's own file does not count"
        raise UsageError(what, where=path, fix="merge it there first, or check out a repository of your own beside it")
    return Held(contents=contents, where=f"{path} at {trust.name[:12]}")


def _path_inside(place: Path, runner: Runner, checkout: Checkout | None, judged: Collection[str]) -> str | None:
    place = Path(os.path.normpath(place.absolute()))
    if checkout is None:
        top = Path(os.path.normpath(runner.workspace.absolute()))
        return str(place.relative_to(top)) if place.is_relative_to(top) and not place.exists() else None
    top = Path(os.path.normpath(runner.checkout.absolute()))
    nearest = _repository(place)
    if nearest is not None and nearest.top.resolve() != checkout.repo.top.resolve():
        if _is_a_clone(nearest, checkout, runner, judged):
            return place.resolve().relative_to(nearest.top.resolve()).as_posix()
        if place.is_relative_to(top):
            _refuse_tracked(place.relative_to(top), nearest, checkout)
        return None
    if place.is_relative_to(top):
        return place.relative_to(top).as_posix()
    real, root = place.resolve(), checkout.repo.top.resolve()
    return real.relative_to(root).as_posix() if real.is_relative_to(root) else None


def _repository(place: Path) -> git.Repository | None:
    """The repository that a file lies in, or would."""
    folder = next((parent for parent in place.parents if parent.is_dir()), Path("/"))
    try:
        return git.open_repository(folder)
    except GitError:
        return None


def _is_a_clone(other: git.Repository, checkout: Checkout, runner: Runner, judged: Collection[str]) -> bool:
    url, own = (git.remote_url(repo, "origin") for repo in (other, checkout.repo))
    same = bool(url) and (url == own or _is_named(url, runner.repository))
    return same or any(git.resolve(other, commit) for commit in judged)


def _refuse_tracked(rel: Path, nearest: git.Repository, checkout: Checkout) -> None:
    """A repository below the checkout is the author's where the checked out commit has something in its place."""
    inner, root = nearest.top.resolve(), checkout.repo.top.resolve()
    below = f"{inner.relative_to(root).as_posix().casefold()}/" if inner.is_relative_to(root) else "/"
    for entry in git.entries(checkout.repo, "HEAD"):
        path = f"{entry.path.casefold()}/"
        if path.startswith(below) or rel.as_posix().casefold().startswith(path):
            fix = "check out a repository of your own beside it"
            raise UsageError("is a submodule or link of the judged commit", where=entry.path, fix=fix)
