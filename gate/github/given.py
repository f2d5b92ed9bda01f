"""Files that the inputs `policy` and `sample` name: those of the judged repository are read from the trust ref."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

from gate import git
from gate.documents import Held
from gate.errors import GitError, UsageError
from gate.github.checkout import Checkout, is_named
from gate.github.runner import Runner
from gate.tree import CommittedTree


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
    same = bool(url) and (url == own or is_named(url, runner.repository))
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
