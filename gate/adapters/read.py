"""A tree's adapters, whichever way they are declared."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Protocol

from gate.adapters.model import Adapter, Declared, Defaults
from gate.encoders import read_point
from gate.errors import AdapterError, UsageError
from gate.model import Point, Unresolved
from gate.tree import Tree


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


def read_adapters(tree: Tree, parts: Sequence[Declared], *, known: Defaults | None = None) -> Defaults:
    """Every adapter that the globs reach, with its operating points; `known` is another tree's, to take over from.

    Raises:
        AdapterError: a source doesn't parse, or two adapters share a key.
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
