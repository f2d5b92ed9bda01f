"""A sweep in memory: R rows as columns, labels as codes into vocabularies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gate.model import Basis

# Spelt out: importing numpy.typing would add a tenth to the gate's start-up.
Codes = np.ndarray[tuple[Any, ...], np.dtype[np.int32]]
Ints = np.ndarray[tuple[Any, ...], np.dtype[np.int64]]
Bytes = np.ndarray[tuple[Any, ...], np.dtype[np.int8]]
Floats = np.ndarray[tuple[Any, ...], np.dtype[np.float64]]
Flags = np.ndarray[tuple[Any, ...], np.dtype[np.bool_]]


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
    carried beside preset and q, as canonical text (`gate.sweep.knobs.read_knob_text`): "" where its rows disagree, no
    entry where the file names recipes only. `basis` holds codes into `bases`.
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

    def __len__(self) -> int:
        return len(self.bitrate_kbps)
