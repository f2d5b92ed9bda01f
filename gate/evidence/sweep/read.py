"""A sweep file to columns: the fast reader, and the exact one wherever the fast one isn't sure."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gate.errors import SampleError, one_line
from gate.evidence.sweep.columns import Sweep
from gate.evidence.sweep.exact import read_exactly
from gate.evidence.sweep.fast import NotPlain, read_bulk
from gate.evidence.sweep.files import identify
from gate.evidence.sweep.row import BARE

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
    for codec, names in named.items():
        if codec not in there:
            what = f"the manifest's {key} name {codec!r}, which no row has"
            raise SampleError(what, where=str(path), fix=f"its codecs are {', '.join(there)}")
        if odd := next((name for name in names if name not in there[codec] and name != BARE), None):
            what = f"the manifest's {key}.{codec} names {odd!r}, which no row of {codec} has"
            raise SampleError(what, where=str(path), fix=f"they have {one_line(', '.join(there[codec]), 300)}")


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
