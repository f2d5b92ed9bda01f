"""A tree's adapters, whichever way they are declared."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from gate import git
from gate.adapters.model import Adapter, Defaults
from gate.encoders import read_point
from gate.errors import AdapterError, UsageError
from gate.model import Point, Unresolved
from gate.policy.load import POLICY_PATH, default_policy, load_policy
from gate.policy.schema import Adapters, Policy
from gate.tree import Tree, open_tree


class Reader(Protocol):
    """Reads one tree's files."""

    def __call__(
        self, sources: Mapping[str, bytes], known: Defaults | None = None, beside: frozenset[str] = frozenset()
    ) -> Defaults:
        """The adapters among `sources` (path -> contents).

        `known` is another tree's, to save evaluating twice; `beside` are the paths in the folders of `sources` that no
        glob matches.
        """
        ...


def reader_of(name: str) -> Reader:
    """The reader called `name`; it takes path -> contents of the files that its globs match.

    Raises:
        UsageError: there is no such reader.
    """
    if name == "vmaf-tune":
        from gate.adapters.vmaf_tune import read_vmaf_tune  # noqa: PLC0415 - only where it is needed

        return read_vmaf_tune
    if name == "manifest":
        from gate.adapters.manifest import read_manifest  # noqa: PLC0415 - only where it is needed

        return read_manifest
    raise UsageError(f"there is no reader {name!r}", fix=f"one of {', '.join(READERS)}")


READERS = ("vmaf-tune", "manifest")


def read_repository(*, repo: Path, ref: str | None, adapters: Sequence[str], reader: str | None) -> Defaults:
    """What the adapters of one tree emit: the work tree's, or a commit's.

    Raises:
        GateError: no repository, no such ref, a bad policy, or adapters that don't parse.
    """
    tree = open_tree(git.open_repository(repo), ref)
    contents = tree.read(POLICY_PATH) if not adapters else None
    policy = load_policy(contents, POLICY_PATH).policy if contents is not None else default_policy().policy
    return read_adapters(tree, chosen_adapters(policy, adapters, reader))


def chosen_adapters(policy: Policy, globs: Sequence[str], reader: str | None) -> tuple[Adapters, ...]:
    """Where adapters are: what the command line says, in place of what the policy says."""
    if not globs and reader is None:
        return policy.adapters
    if globs:
        return (Adapters.model_validate({"paths": tuple(globs), "reader": reader or "vmaf-tune"}),)
    return tuple(Adapters.model_validate({"paths": part.paths, "reader": reader}) for part in policy.adapters)


def read_adapters(
    tree: Tree, parts: Sequence[Adapters], *, known: Defaults | None = None, may_be_empty: bool = False
) -> Defaults:
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
        read = reader_of(part.reader)(sources, known, beside) if sources else Defaults(adapters={})
        unresolved += read.unresolved
        for key, adapter in read.adapters.items():
            if key in found:
                other = found[key].where
                raise AdapterError(f"adapter {key!r} is declared at {other} too", where=str(adapter.where))
            found[key] = _with_points(adapter)
    if not files and not may_be_empty:
        globs = ", ".join(glob for part in parts for glob in part.paths)
        fix = f"give --adapters GLOB, or set `adapters` in {POLICY_PATH}"
        raise AdapterError(f"no file of {tree.name} matches {globs}", where="adapters", fix=fix)
    return Defaults(adapters=found, unresolved=tuple(unresolved), files=files)


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


def holes(proposal: Defaults) -> Mapping[str, Sequence[Unresolved]]:
    """What could not be read: registry key (empty for the whole package) -> the parts."""
    found = {key: adapter.unresolved for key, adapter in proposal.adapters.items() if adapter.unresolved}
    return {**({"": proposal.unresolved} if proposal.unresolved else {}), **found}
