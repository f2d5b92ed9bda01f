"""The trust ref and the policy in force: the one place that looks for a policy; the adapters that it names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from gate import git
from gate.adapters.model import Declared, Defaults
from gate.adapters.read import read_adapters
from gate.documents import Held, explain, read_bytes
from gate.errors import AdapterError, GitError, PolicyError
from gate.judge.judged_by import Trust
from gate.judge.refs import open_tree, resolve_refs
from gate.policy.load import MISNAMED, POLICY_PATH, LoadedPolicy, default_policy, load_policy
from gate.policy.schema import Adapters, Policy
from gate.policy.tighten import tightened
from gate.tree import CommittedTree, Sources, Tree, WorkTree
from gate.values import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Trusted:
    """The tree that policy and samples are read from; `trust` is None where there is no repository."""

    tree: Tree
    trust: Trust | None

    @property
    def notices(self) -> tuple[str, ...]:
        """What a reader has to know of it."""
        if self.trust is not None:
            return ()
        return ("no repository here: no policy or waiver of a target branch applies (give --repo)",)


@dataclass(frozen=True, slots=True, kw_only=True)
class _NoTree:
    """Stands in where there is no repository: it has no file."""

    name: str = "no repository"

    def sources(self, globs: Sequence[str]) -> Sources:
        return Sources(contents={})

    def read(self, path: str) -> bytes | None:
        return None

    def since(self, base: CommittedTree) -> frozenset[str]:
        return frozenset()


NO_TREE = _NoTree()


def trust_ref(repo: Path | None, trust: str | None) -> Trusted:
    """The trust ref of a repository; of the folder at hand for None, where that is one.

    Raises: GitError where a repository or a ref was named and there is none.
    """
    try:
        found = git.open_repository(repo or Path())
    except GitError:
        if repo is not None or trust is not None:
            raise
        return Trusted(tree=NO_TREE, trust=None)
    refs = resolve_refs(found, base="HEAD", head=None, trust=trust)  # nothing is compared, so no base is looked for
    return Trusted(tree=refs.trust, trust=Trust(commit=refs.trust.commit, trusted=refs.trusted))


def in_force(
    tree: Tree,
    *,
    binds: bool = False,
    given: Path | Held | None = None,
    adapters: Sequence[str] = (),
    reader: str | None = None,
) -> LoadedPolicy:
    """The policy that counts where `tree` is the one that it is taken from: its own, else the documented defaults.

    Args:
        tree: the trust ref's tree, or the one whose defaults are asked for.
        binds: what the command line gives may only tighten the tree's own; else it stands in for it.
        given: a policy file that somebody names.
        adapters: globs that somebody gives in place of the policy's.
        reader: what reads them; the policy's own, or `vmaf-tune`, for None.

    Raises:
        PolicyError: a policy is invalid, looser than the one that binds, can't be read, or lies under a name at which
        no gate looks for it.
    """
    own = _policy_of(tree)
    loaded = load_policy(read_bytes(given, PolicyError), str(given)) if given is not None else own
    policy = loaded.policy.model_copy(update={"adapters": _chosen(loaded.policy, adapters, reader)})
    if binds:
        # A project without a policy has pinned no adapters and no samples; the rest of the defaults bind it.
        free = {} if own.trusted else {"adapters": policy.adapters, "samples": policy.samples}
        bound = own.policy.model_copy(update=free)
        rule = "the trusted policy" if own.trusted else "the defaults, which bind a target branch without a policy,"
        policy = tightened(bound, policy, str(given or "--adapters"), rule)
    return replace(loaded, policy=policy, trusted=binds and own.trusted)


def _policy_of(tree: Tree) -> LoadedPolicy:
    contents = tree.read(POLICY_PATH)
    if contents is not None:
        where = POLICY_PATH if isinstance(tree, WorkTree) else f"{POLICY_PATH} at {tree.name[:12]}"
        return replace(load_policy(contents, where), trusted=True)
    for name in MISNAMED:
        if tree.read(name) is not None:
            raise PolicyError(
                f"is not where the policy is looked for, which is {POLICY_PATH}", where=name, fix="rename it"
            )
    return default_policy()


def _chosen(policy: Policy, globs: Sequence[str], reader: str | None) -> tuple[Adapters, ...]:
    """Where adapters are: what the command line says, in place of what the policy says."""
    if globs:
        try:
            return (Adapters.model_validate({"paths": tuple(globs), "reader": reader or "vmaf-tune"}),)
        except ValidationError as error:  # bytes that are no text
            raise PolicyError(explain(error, "globs")[1], where="--adapters") from None
    if reader is None:
        return policy.adapters
    return tuple(Adapters.model_validate({"paths": part.paths, "reader": reader}) for part in policy.adapters)


def emitted(tree: Tree, policy: Policy, *, known: Defaults | None = None, may_be_empty: bool = False) -> Defaults:
    """What the adapters that a policy names emit in one tree; `known` is another tree's, to take over from.

    Raises: AdapterError: a source doesn't parse, two adapters share a key, or no file matches (unless `may_be_empty`).
    """
    parts = [Declared(paths=part.paths, reader=part.reader) for part in policy.adapters]
    found = read_adapters(tree, parts, known=known)
    if not found.files and not may_be_empty:
        globs = ", ".join(glob for part in parts for glob in part.paths)
        fix = "give --adapters GLOB, or let `gate init` find them"
        if tree.read(POLICY_PATH) is not None:
            fix = f"set `adapters` in {POLICY_PATH}; before it is on the target branch, give --policy {POLICY_PATH} too"
        raise AdapterError(f"no file of {tree.name} matches {globs}", where="adapters", fix=fix)
    return found


def repository_defaults(*, repo: Path, ref: str | None, adapters: Sequence[str], reader: str | None) -> Defaults:
    """What the adapters of one tree emit, by the policy that lies in it: the work tree's, or a commit's.

    Raises: GateError: no repository, no such ref, a bad policy, or adapters that don't parse.
    """
    tree = open_tree(git.open_repository(repo), ref)
    return emitted(tree, in_force(tree, adapters=adapters, reader=reader).policy)
