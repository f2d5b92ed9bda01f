"""The use case behind `gate defaults`, and the first half of a check: one tree's adapters to their operating points."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path

from gate.errors import AdapterError
from gate.model import Adapter, Point, Proposal, Unresolved
from gate.policy.load import PLACE, default_policy, load_policy
from gate.policy.schema import Adapters, Policy
from gate.proposal import git, refs
from gate.proposal.ffmpeg import read_point
from gate.proposal.readers import reader as reader_of
from gate.proposal.tree import Tree


def read_defaults(*, repo: Path, ref: str | None, adapters: Sequence[str], reader: str | None) -> Proposal:
    """What the adapters of one tree emit: the work tree's, or a commit's.

    Raises:
        GateError: no repository, no such ref, a bad policy, or adapters that don't parse.
    """
    tree = refs.tree(git.open_repository(repo), ref)
    contents = tree.read(PLACE) if not adapters else None
    policy = load_policy(contents, PLACE).policy if contents is not None else default_policy().policy
    return read_proposal(tree, chosen_adapters(policy, adapters, reader))


def chosen_adapters(policy: Policy, globs: Sequence[str], reader: str | None) -> tuple[Adapters, ...]:
    """Where adapters are: what the command line says, in place of what the policy says."""
    if not globs and reader is None:
        return policy.adapters
    if globs:
        return (Adapters.model_validate({"paths": tuple(globs), "reader": reader or "vmaf-tune"}),)
    return tuple(Adapters.model_validate({"paths": part.paths, "reader": reader}) for part in policy.adapters)


def read_proposal(
    tree: Tree, parts: Sequence[Adapters], *, known: Proposal | None = None, may_be_empty: bool = False
) -> Proposal:
    """Every adapter that the globs reach, with its operating points; `known` is another tree's, to take over from.

    Raises:
        AdapterError: a source doesn't parse, two adapters share a key, or no file matches (unless `may_be_empty`).
    """
    found: dict[str, Adapter] = {}
    unresolved: list[Unresolved] = []
    files: dict[str, bytes] = {}
    for part in parts:
        found_here = tree.sources(part.paths)
        sources = found_here.contents
        files |= {path: oid.encode() for path, oid in found_here.beside.items()} | dict(sources)
        beside = frozenset(found_here.beside)
        read = reader_of(part.reader)(sources, known, beside) if sources else Proposal(adapters={})
        unresolved += read.unresolved
        for key, adapter in read.adapters.items():
            if key in found:
                other = found[key].where
                raise AdapterError(f"adapter {key!r} is declared at {other} too", where=str(adapter.where))
            found[key] = _with_points(adapter)
    if not files and not may_be_empty:
        globs = ", ".join(glob for part in parts for glob in part.paths)
        fix = f"give --adapters GLOB, or set `adapters` in {PLACE}"
        raise AdapterError(f"no file of {tree.name} matches {globs}", where="adapters", fix=fix)
    return Proposal(adapters=found, unresolved=tuple(unresolved), files=files)


def _with_points(adapter: Adapter) -> Adapter:
    if adapter.points:
        return adapter  # taken over whole from another tree
    read = [
        read_point(emission, encoder=adapter.encoder, adapter=adapter.key, where=adapter.where)
        for emission in adapter.emissions
    ]
    points = tuple(point for point in read if isinstance(point, Point))
    unresolved = tuple(part for part in read if isinstance(part, Unresolved))
    return dataclasses.replace(adapter, points=points, unresolved=adapter.unresolved + unresolved)


def holes(proposal: Proposal) -> Mapping[str, Sequence[Unresolved]]:
    """What could not be read: registry key (empty for the whole package) -> the parts."""
    found = {key: adapter.unresolved for key, adapter in proposal.adapters.items() if adapter.unresolved}
    return {**({"": proposal.unresolved} if proposal.unresolved else {}), **found}
