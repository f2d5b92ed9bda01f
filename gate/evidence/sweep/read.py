"""A sweep file to columns: the fast reader, and the exact one wherever the fast one isn't sure."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from gate.evidence.sweep.columns import Sweep
from gate.evidence.sweep.exact import read_exactly
from gate.evidence.sweep.fast import NotPlain, read_bulk
from gate.evidence.sweep.files import identify

if TYPE_CHECKING:
    from gate.evidence.sweep.mapped import Column


def read_sweep(path: Path, columns: Mapping[str, Column] | None = None) -> Sweep:
    """The rows of a JSONL, JSON, CSV (plain, .gz, .zst) or Parquet file, in the file's order.

    The form is told by content. `columns` says where fields stand under other names. Blank lines are
    passed over, and encodes that failed, which are counted; nothing else is.

    Raises: SweepError that names the file, the first bad line (Parquet: row), its key and its value.
    """
    file = identify(path)
    if columns:
        return read_exactly(file, columns)
    try:
        return read_bulk(file)
    except NotPlain:
        return read_exactly(file)
