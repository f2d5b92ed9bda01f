"""The values that measuring passes along: clips, tools, encodes to make, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gate.model import Knobs


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Encode:
    """One encode to make. `passes` holds, per pass, FFmpeg's arguments between input and output."""

    source: str  # a clip's name
    codec: str
    rc_mode: str
    recipe: str  # "bare" where knobs is ()
    preset: str
    q: str
    knobs: Knobs
    passes: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One finished encode: bitrate of the video stream, VMAF over all frames, and the wall time of the encode alone."""

    key: str  # sha256 over clip digest, passes and tools
    encode: Encode
    bitrate_kbps: float
    vmaf_score: float
    encode_time_ms: float
    bitstream: str  # sha256 of the encoded stream: equal to bare's where the knobs had no effect
    settings: str  # what the encoder says of its own settings; "" where it says nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An encode that came to nothing: the command that failed and the program's own last words. Never evidence."""

    key: str
    encode: Encode
    command: tuple[str, ...]
    reason: str  # one line: what failed
    words: str  # the end of the program's own output


Outcome = Measured | Failure
Clips = Mapping[str, Clip]
