"""A sweep file to columns: the fast readers, and the exact one wherever they aren't sure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gate.errors import SampleError, one_line
from gate.evidence.sweep.coded import NotPlain
from gate.evidence.sweep.columns import Sweep
from gate.evidence.sweep.exact import read_exactly
from gate.evidence.sweep.fast import read_bulk
from gate.evidence.sweep.files import identify
from gate.evidence.sweep.row import BARE
from gate.evidence.sweep.small import read_small

if TYPE_CHECKING:
    from gate.evidence.sweep.manifest import SweepManifest
    from gate.evidence.sweep.mapped import Column


def read_described(path: Path, manifest: SweepManifest | None) -> Sweep:
    """The rows of a file by what its manifest says of its columns.

    Raises:
        SweepError: as `read_sweep`.
        SampleError: the manifest names a codec, a rate control or a recipe that no row has: it is misspelt.
    """
    if manifest is None:
        return read_sweep(path)
    sweep = read_sweep(path, manifest.columns)
    for key in ("rc_modes", "recipes"):
        # A measured sweep says what it lacks: a recipe of which every encode failed is there by name only.
        if not manifest.lacks:
            _check_named(key, getattr(manifest, key), sweep, path)
    return sweep


def _check_named(key: str, named: Mapping[str, Mapping[str, object]], sweep: Sweep, path: Path) -> None:
    labels = sweep.rc_mode if key == "rc_modes" else sweep.recipe
    pairs = np.unique(np.stack([sweep.codec.codes, labels.codes]), axis=1)
    there: dict[str, list[str]] = {}
    for codec, label in pairs.T.tolist():
        there.setdefault(sweep.codec.names[codec], []).append(labels.names[label])
    _check_spelt(key, named, there, path)
    for codec, names in named.items():
        _check_spelt(f"{key}.{codec}", names, there.get(codec, ()), path)


def _check_spelt(key: str, named: Collection[str], there: Collection[str], path: Path) -> None:
    """A name that no row has is misspelt where the rows have one that isn't named; else the manifest has more."""
    unnamed = [name for name in there if name not in named and name != BARE]
    if unnamed and (odd := next((name for name in named if name not in there and name != BARE), None)):
        fix = f"they have {one_line(', '.join(unnamed), 300)}"
        raise SampleError(f"the manifest's {key} names {odd!r}, which no row has", where=str(path), fix=fix)


def read_sweep(path: Path, columns: Mapping[str, Column] | None = None) -> Sweep:
    """The rows of a JSONL, JSON, CSV (plain, .gz, .zst) or Parquet file, in the file's order.

    The form is told by content. `columns` says where fields stand under other names. Blank lines are
    passed over, and encodes that failed, which are counted; nothing else is.

    Raises: SweepError that names the file, the first bad line (Parquet: row), its key and its value.
    """
    file = identify(path)
    if columns:
        return read_exactly(file, columns)
    for read in (read_small, read_bulk):
        with suppress(NotPlain):
            return read(file)
    return read_exactly(file)
