"""Readers: from the files of a tree to its adapters. One module per way of declaring them; each is a pure function."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from gate.errors import UsageError
from gate.model import Proposal


class Reader(Protocol):
    """Reads one tree's files."""

    def __call__(
        self, sources: Mapping[str, bytes], known: Proposal | None = None, beside: frozenset[str] = frozenset()
    ) -> Proposal:
        """The adapters among `sources` (path -> contents).

        `known` is another tree's, to save evaluating twice; `beside` are the paths in the folders of `sources` that no
        glob matches.
        """
        ...


def reader(name: str) -> Reader:
    """The reader called `name`; it takes path -> contents of the files that its globs match.

    Raises:
        UsageError: there is no such reader.
    """
    if name == "vmaf-tune":
        from gate.proposal.readers.vmaf_tune import read_vmaf_tune  # noqa: PLC0415 - only where it is needed

        return read_vmaf_tune
    if name == "manifest":
        from gate.proposal.readers.manifest import read_manifest  # noqa: PLC0415 - only where it is needed

        return read_manifest
    raise UsageError(f"there is no reader {name!r}", fix=f"one of {', '.join(READERS)}")


READERS = ("vmaf-tune", "manifest")
