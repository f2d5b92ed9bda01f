"""A sweep in memory: R rows as columns, labels as codes into vocabularies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gate.evidence.model import Basis
from gate.values import dataclass, field, replace

# Spelt out: importing numpy.typing would add a tenth to the gate's start-up.
Codes = np.ndarray[tuple[Any, ...], np.dtype[np.int32]]
Ints = np.ndarray[tuple[Any, ...], np.dtype[np.int64]]
Bytes = np.ndarray[tuple[Any, ...], np.dtype[np.int8]]
Floats = np.ndarray[tuple[Any, ...], np.dtype[np.float64]]
Flags = np.ndarray[tuple[Any, ...], np.dtype[np.bool_]]
LABELS = ("source", "codec", "rc_mode", "recipe", "preset", "q")


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """One label column: `codes` of shape (R,) index `names`, which are in the order of first appearance."""

    codes: Codes
    names: tuple[str, ...]

    def of(self, row: int) -> str:
        """The label of one row."""
        return self.names[int(self.codes[row])]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """R encodes in the file's order; every array has shape (R,).

    Bitrates are kbit/s, encode times ms, VMAF 0 to 100. `knobs` says, for a (codec, recipe), which knobs its rows
    carried beside preset and q, as canonical text (`knobs.read_knob_text`): "" where its rows disagree, no
    entry where the file names recipes only. `basis` holds codes into `bases`. `no_effect`: the row's stream is, byte
    for byte, that of the bare row of its place; None where nobody said.
    """

    source: Labels
    codec: Labels
    rc_mode: Labels
    recipe: Labels
    preset: Labels
    q: Labels
    bare: Flags
    bitrate_kbps: Floats
    vmaf: Floats
    encode_ms: Floats
    basis: Bytes
    bases: tuple[Basis, ...]
    knobs: Mapping[tuple[str, str], str] = field(default_factory=dict)
    modes: Mapping[str, str] = field(default_factory=dict)  # codec -> the rate control that its rows left unsaid
    failed: int = 0  # encodes that the file tells of as failed: counted, and no rows
    no_effect: Flags | None = None

    def __len__(self) -> int:
        return len(self.bitrate_kbps)


def take(sweep: Sweep, rows: Ints) -> Sweep:
    """The rows at ascending indices as a sweep of their own, names again in the order of first appearance."""
    labels: dict[str, Any] = {name: _taken(getattr(sweep, name), rows) for name in LABELS}
    return replace(rows_of(sweep, rows), **labels, modes={})


def rows_of(sweep: Sweep, rows: Ints) -> Sweep:
    """The rows at ascending indices, under the names of all."""
    labels: dict[str, Any] = {
        name: Labels(codes=(one := getattr(sweep, name)).codes[rows], names=one.names) for name in LABELS
    }
    arrays: dict[str, Any] = {
        name: getattr(sweep, name)[rows] for name in ("bare", "bitrate_kbps", "vmaf", "encode_ms", "basis")
    }
    no_effect = None if sweep.no_effect is None else sweep.no_effect[rows]
    return replace(sweep, **labels, **arrays, no_effect=no_effect, failed=0)


def _taken(labels: Labels, rows: Ints) -> Labels:
    """The labels of some rows, names again in the order of first appearance."""
    codes = labels.codes[rows]
    used, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
    order = np.argsort(first)
    place = np.empty(len(used), np.int32)
    place[order] = np.arange(len(used), dtype=np.int32)
    return Labels(codes=place[inverse], names=tuple(labels.names[code] for code in used[order].tolist()))
