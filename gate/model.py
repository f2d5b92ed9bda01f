"""The values that every package shares: knobs, operating points, coordinates, locations. Frozen, free of I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Knobs = tuple[tuple[str, str], ...]
"""Canonical encoder knobs, sorted by name: `(("bf", "3"), ("spatial-aq", "1"))`; `()` is bare."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Location:
    """A line of a file in the judged tree; `line` counts from 1."""

    path: str
    line: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


# --- evidence -------------------------------------------------------------------------------------------------------


# --- proposal -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """One element of an argv and the lines that made it, the most specific first."""

    text: str
    origins: tuple[Location, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Emission:
    """What an adapter emits by default for one of its presets.

    `condition` is empty, or says on what of the host it depends that anything is emitted at all.
    """

    preset: str
    argv: tuple[Token, ...]  # ffmpeg_codec_args, `-c:v ENC` included
    extra: tuple[Token, ...]  # extra_params
    condition: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unresolved:
    """Something that the reader doesn't model; all that it could alter is unknown."""

    reason: str
    where: Location
    adapter: str = ""  # registry key; empty where it touches the whole package
    preset: str = ""  # empty where it touches every preset


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatingPoint:
    """What an adapter emits by default, in canonical terms. Equality is identity of the point, not of its lines.

    `rc_mode` is the canonical rate control (`gate.encoders`), empty where no table knows the encoder;
    `preset` and `q` are empty where the argv holds none.
    """

    codec: str
    rc_mode: str
    preset: str
    q: str
    knobs: Knobs
    limits: Knobs = field(default=(), compare=False)  # maxrate and minrate where they make it CBR, and so are no knobs


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """An operating point and the lines behind its parts: `rc_mode`, `preset`, `q`, `codec` and each knob name."""

    at: OperatingPoint
    origins: Mapping[str, tuple[Location, ...]] = field(compare=False)
    adapter_preset: str = ""  # the adapter's own name of the preset that emits it
    condition: str = ""  # see Emission.condition


@dataclass(frozen=True, slots=True, kw_only=True)
class StandsFor:
    """What was asked where a measured neighbour answered."""

    preset: str
    q: str


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Coordinates:
    """One place that a point reaches: rate control (label or canonical name), preset, quality; empty means any."""

    rc_mode: str = ""
    preset: str = ""
    q: str = ""
