"""A sweep file to columns: the fast reader, and the exact one wherever the fast one isn't sure."""

from __future__ import annotations

from pathlib import Path

from gate.evidence.sweep.columns import Sweep
from gate.evidence.sweep.exact import read_exactly
from gate.evidence.sweep.fast import NotPlain, read_bulk
from gate.evidence.sweep.files import identify


def read_sweep(path: Path) -> Sweep:
    """The rows of a JSONL, CSV (plain, .gz, .zst) or Parquet file, in the file's order.

    The form is told by content. Blank lines are passed over; nothing else is.

    Raises: SweepError that names the file, the first bad line (Parquet: row), its key and its value.
    """
    file = identify(path)
    try:
        return read_bulk(file)
    except NotPlain:
        return read_exactly(file)
