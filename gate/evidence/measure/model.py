"""The values that measuring passes along: clips, tools, encodes to make, and the rows or failures that came of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from gate.model import Knobs
from gate.values import dataclass, field


class RowKey(NamedTuple):
    """Which row an encode makes: no two rows of a sweep have the same."""

    source: str
    codec: str
    rc_mode: str
    recipe: str
    preset: str
    q: str

    def __str__(self) -> str:
        return f"{self.source}, {self.codec} ({self.rc_mode}, {self.recipe}, {self.preset}, q={self.q})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """One source, decoded once: `path` is a YUV4MPEG file that every encode and every score reads.

    `digest` is the sha256 of the decoded bytes, so that it is the same for the same pictures wherever they came from.
    """

    name: str
    path: Path
    digest: str
    width: int
    height: int
    frame_rate: str  # "25/1"
    frames: int
    pixel_format: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What measures: the FFmpeg, what it is built with, how VMAF is taken. All but the path is in each key."""

    ffmpeg: Path
    ffmpeg_version: str
    libvmaf_version: str
    model: str  # "vmaf_v0.6.1"
    pooling: str  # "mean", "harmonic_mean" or "min"
    device: str = ""  # the GPU or CPU that encodes
    driver: str = ""
    libraries: Mapping[str, str] = field(default_factory=dict)  # codec -> the version of its encoder library

    @property
    def setup(self) -> dict[str, str]:
        """What of them stands in every row, under the rows' own keys."""
        return {
            "device": self.device,
            "driver": self.driver,
            "ffmpeg": self.ffmpeg_version,
            "libvmaf": self.libvmaf_version,
            "model": self.model,
            "pooling": self.pooling,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Encode:
    """One encode to make. `passes` holds, per pass, FFmpeg's arguments between input and output."""

    place: RowKey  # the row that it makes; its source is a clip's name, its recipe "bare" where knobs is ()
    knobs: Knobs
    passes: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One finished encode: a row of the sweep, schema 3, and what it can be repeated and checked by.

    Bitrate is that of the video stream, VMAF is over all frames, the time is the wall time of the encode alone.
    """

    place: RowKey
    bitrate_kbps: float
    vmaf_score: float
    encode_time_ms: float
    knobs: Mapping[str, str]
    key: str  # sha256 over clip digest, passes and tools
    bitstream: str  # sha256 of the encoded stream: equal to bare's where the knobs had no effect
    settings_sha256: str  # of what the encoder says of its own settings
    tools: Mapping[str, str]
    library: str = ""  # the version of the encoder library
    no_effect: bool = False  # the stream is, byte for byte, the bare encoder's


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An encode that came to nothing: the command that failed and the program's own last words. Never evidence."""

    place: RowKey
    key: str
    command: tuple[str, ...]
    reason: str  # one line: what failed
    words: str  # the end of the program's own output


Outcome = Row | Failure
Clips = Mapping[str, Clip]
