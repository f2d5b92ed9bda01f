"""Which trees a check compares: base, where head left the target branch; head; and the trusted one."""

from __future__ import annotations

from gate import git
from gate.errors import GitError
from gate.tree import CommittedTree, CommitTree, Tree, WorkTree
from gate.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Refs:
    """The trees of one check. `trusted` is False where no target branch is known and base stands in for it."""

    base: CommittedTree
    head: Tree
    trust: CommittedTree
    trusted: bool


def resolve_refs(repo: git.Repository, *, base: str | None, head: str | None, trust: str | None) -> Refs:
    """Base, head and trust: base is the merge-base with the target branch, head None the work tree.

    Raises:
        GitError: a ref names no commit, the merge-base isn't in a shallow clone, or nothing tells what base is.
    """
    head_tree = _tree(repo, head, "--head")
    trusted = trust if trust is not None else git.upstream_default(repo, head)
    named = "--trust" if trust is not None else "upstream default branch"
    target = git.commit(repo, trusted, named) if trusted is not None else None
    base_commit = git.commit(repo, base, "--base") if base is not None else _default_base(repo, head_tree, target)
    return Refs(
        base=CommitTree(repo=repo, commit=base_commit),
        head=head_tree,
        trust=CommitTree(repo=repo, commit=target or base_commit),
        trusted=target is not None,
    )


def open_tree(repo: git.Repository, ref: str | None) -> Tree:
    """One tree to read: a commit's, or the work tree's for None (HEAD's in a bare repository)."""
    return _tree(repo, ref, "--ref")


def _tree(repo: git.Repository, ref: str | None, option: str) -> Tree:
    if ref is not None:
        return CommitTree(repo=repo, commit=git.commit(repo, ref, option))
    if repo.bare:
        return CommitTree(repo=repo, commit=git.commit(repo, "HEAD", "a bare repository has no work tree, and HEAD"))
    return WorkTree(repo=repo)


def _default_base(repo: git.Repository, head: Tree, target: str | None) -> str:
    """Where head left the target branch; HEAD without any remote. Where a remote tells nothing, nobody guesses."""
    here = git.resolve(repo, "HEAD")
    tip = head.commit if isinstance(head, CommitTree) else here
    if tip is None:
        raise GitError("the repository has no commit yet, so there is no base to compare with", where=str(repo.top))
    whole = ", or run `git fetch --unshallow` (a job: `fetch-depth: 0`)" if repo.shallow else ""
    if remotes := {} if target else git.remotes(repo):
        tell = next((f", or run `git remote set-head {name} --auto`" for name, known in remotes.items() if known), "")
        what = "nothing tells which branch of the remote to compare with"
        raise GitError(what, where=str(repo.top), fix=f"give --base{tell}{whole}")
    if (found := git.merge_base(repo, tip, target or here or tip)) is None:
        raise GitError("no common ancestor of head and the target", where=str(repo.top), fix=f"give --base{whole}")
    return found
