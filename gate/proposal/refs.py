"""Which trees are compared, and which one is trusted: base, head and trust ref, with the documented defaults."""

from __future__ import annotations

from dataclasses import dataclass

from gate.errors import GitError
from gate.proposal import git
from gate.proposal.tree import CommittedTree, CommitTree, Tree, WorkTree


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
    tip = head_tree.commit if isinstance(head_tree, CommitTree) else git.resolve(repo, "HEAD")
    upstream = git.upstream_default(repo)
    trusted = trust if trust is not None else upstream
    named = "--trust" if trust is not None else "upstream default branch"
    target = git.commit(repo, trusted, named) if trusted is not None else None
    base_commit = git.commit(repo, base, "--base") if base is not None else _default_base(repo, tip, target)
    return Refs(
        base=CommitTree(repo=repo, commit=base_commit),
        head=head_tree,
        trust=CommitTree(repo=repo, commit=target or base_commit),
        trusted=target is not None,
    )


def tree(repo: git.Repository, ref: str | None) -> Tree:
    """One tree to read: a commit's, or the work tree's for None (HEAD's in a bare repository)."""
    return _tree(repo, ref, "--ref")


def _tree(repo: git.Repository, ref: str | None, option: str) -> Tree:
    if ref is not None:
        return CommitTree(repo=repo, commit=git.commit(repo, ref, option))
    if repo.bare:
        return CommitTree(repo=repo, commit=git.commit(repo, "HEAD", "a bare repository has no work tree, and HEAD"))
    return WorkTree(repo=repo)


def _default_base(repo: git.Repository, tip: str | None, target: str | None) -> str:
    if tip is None:
        raise GitError("the repository has no commit yet, so there is no base to compare with", where=str(repo.top))
    branches = (target,) if target else ("refs/heads/main", "refs/heads/master", "HEAD")
    for branch in branches:
        other = git.resolve(repo, branch)
        if other is None:
            continue
        found = git.merge_base(repo, tip, other)
        if found is None:
            fix = "set `fetch-depth: 0`" if repo.shallow else "give --base"
            raise GitError("no common ancestor of head and the target branch", where=str(repo.top), fix=fix)
        return found
    raise GitError("nothing tells what to compare with", where=str(repo.top), fix="give --base")
