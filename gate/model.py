"""The values that every package shares: knobs, operating points, coordinates, locations. Frozen, free of I/O."""

from __future__ import annotations

from collections.abc import Mapping

from gate.values import dataclass, field, replace

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


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Qualities:
    """An interval of quality, both ends included; None leaves an end open. The default is every quality."""

    low: int | None = None
    high: int | None = None

    def __contains__(self, quality: float) -> bool:
        return (self.low is None or self.low <= quality) and (self.high is None or quality <= self.high)

    def covers(self, other: Qualities) -> bool:
        """Whether all of `other` lies in it."""
        low = self.low is None or (other.low is not None and self.low <= other.low)
        return low and (self.high is None or (other.high is not None and other.high <= self.high))

    def overlaps(self, other: Qualities) -> bool:
        """Whether one quality lies in both."""
        low = self.high is None or other.low is None or other.low <= self.high
        return low and (other.high is None or self.low is None or self.low <= other.high)

    def __str__(self) -> str:
        """`quality ≤ 20`; empty for every quality."""
        if self.low == self.high:
            return "" if self.low is None else f"quality {self.low}"
        if self.low is None:
            return f"quality ≤ {self.high}"
        return f"quality ≥ {self.low}" if self.high is None else f"quality {self.low}–{self.high}"


ALL_QUALITIES = Qualities()


# --- proposal -------------------------------------------------------------------------------------------------------


QUALITY = "\ue000"
"""Stands for the quality in a template; a private character, refused in sources."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """One element of an argv and the lines that made it, the most specific first."""

    text: str
    origins: tuple[Location, ...]
    template: str = ""  # the text with QUALITY where the quality stands; empty where it doesn't show

    def at(self, quality: int) -> Token:
        """The element as another quality of the same interval makes it."""
        return replace(self, text=self.template.replace(QUALITY, str(quality))) if self.template else self


@dataclass(frozen=True, slots=True, kw_only=True)
class Emission:
    """What an adapter emits by default for one of its presets.

    `condition` is empty, or says on what of the host it depends that anything is emitted at all. An argv is a function
    of quality: this one stands for `qualities`, and holds the default, or else the first quality of the interval.
    """

    preset: str
    argv: tuple[Token, ...]  # ffmpeg_codec_args, `-c:v ENC` included
    extra: tuple[Token, ...]  # extra_params
    condition: str = ""
    qualities: Qualities = ALL_QUALITIES

    @property
    def tokens(self) -> tuple[Token, ...]:
        """The whole command line."""
        return (*self.argv, *self.extra)

    @property
    def said(self) -> tuple[object, ...]:
        """What it comes to, whatever lines it is from."""
        return self.preset, self.qualities, self.condition, *(token.text for token in self.tokens)


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
    `preset` is the encoder's own default where the argv holds none and the tables know it, else empty; `q` is empty
    where the argv holds none.
    """

    codec: str
    rc_mode: str
    preset: str
    q: str
    knobs: Knobs
    context: Knobs = ()  # what shapes every encode alike and is no recipe: GOP, pixel format, profile, pictures
    limits: Knobs = field(default=(), compare=False)  # maxrate and minrate that are no knobs: CBR, or idle


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something that an argv says without effect, or with another one than meant, and its lines."""

    text: str
    origins: tuple[Location, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """An operating point and the lines behind its parts: `rc_mode`, `preset`, `q`, `codec` and each knob name."""

    at: OperatingPoint
    origins: Mapping[str, tuple[Location, ...]] = field(compare=False)
    adapter_preset: str = ""  # the adapter's own name of the preset that emits it
    condition: str = ""  # see Emission.condition
    qualities: Qualities = ALL_QUALITIES  # where an adapter emits it: several points of a preset have disjoint ones
    notices: tuple[Notice, ...] = field(default=(), compare=False)


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
