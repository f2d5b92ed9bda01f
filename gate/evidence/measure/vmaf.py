"""What FFmpeg is asked for to score an encode, and its answers: libvmaf's log, and the list of packets."""

from __future__ import annotations

import hashlib
import json
import math
import re
from pathlib import Path
from typing import Any

from gate.values import dataclass

POOLINGS = ("mean", "harmonic_mean", "min")
LOG = "vmaf.json"
PACKETS = "packets.txt"
PICTURES = "pictures.txt"

# Supplemental information holds an encoder's name and options, and hashes: nothing that pictures are decoded from.
# x264 and x265 also put it into the headers before the stream, which are so taken into the stream first.
_BARE_STREAM = {
    "libx264": "dump_extra=freq=keyframe,filter_units=remove_types=6",
    "libx265": "dump_extra=freq=keyframe,filter_units=remove_types=39-40",
    "libvvenc": "filter_units=remove_types=23-24",
}


class MalformedError(ValueError):
    """An answer of FFmpeg's that isn't what was asked for. Its text says how, in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Packets:
    """An encoded stream: the bytes of all its packets, and the sha256 over what pictures are decoded from."""

    size: int
    bitstream: str


def score_graph(model: str, pixel_format: str, *, threads: int = 1, log: str = LOG) -> str:
    """The filters that score the first input against the second, frame by frame, into `log`, a path.

    Frames are paired by their number: containers round times, and a rounded time would meet the frame before. The
    filter ends with the shorter input: it would go on to score the last frame of an encode that lost some.
    """
    counted = f"settb=1/25,setpts=N,format={pixel_format}"
    scoring = f"libvmaf=model=version={model}:log_fmt=json:log_path={log}:n_threads={threads}:shortest=1"
    return f"[0:v:0]{counted}[d];[1:v:0]{counted}[r];[d][r]{scoring}"


def listing_arguments(codec: str) -> tuple[str, ...]:
    """FFmpeg's arguments for two further outputs: the packets as encoded, and without what isn't pictures."""
    listed = ("-map", "0:v:0", "-c", "copy")
    hashed = ("-f", "framehash", "-hash", "sha256")
    filters = ("-bsf:v", _BARE_STREAM[codec]) if codec in _BARE_STREAM else ()
    return (*listed, *hashed, PACKETS, *listed, *filters, *hashed, PICTURES)


def read_packets(folder: Path, *, frames: int) -> Packets:
    """The stream that the outputs of `listing_arguments` list; each encoder of the tables makes a packet per frame.

    Raises: MalformedError: no list, or another number of packets than the clip has `frames`.
    """
    sizes = [int(size) for size, _ in _lines(folder / PACKETS)]
    hashes = [digest for _, digest in _lines(folder / PICTURES)]
    if not sizes or not sum(sizes):
        raise MalformedError("the encoded stream has no packets")
    if len(sizes) != frames or len(hashes) != frames:
        counted = len(sizes) if len(sizes) != frames else len(hashes)
        raise MalformedError(f"the encoded stream has {counted} packets, the clip has {frames} frames")
    bitstream = hashlib.sha256("\n".join(hashes).encode()).hexdigest()
    return Packets(size=sum(sizes), bitstream=bitstream)


def read_vmaf(folder: Path, *, pooling: str, frames: int) -> float:
    """The pooled VMAF over all of a clip's `frames`, 0 to 100.

    Raises: MalformedError: no log, not JSON, another number of frames, a score that is missing, no number or off scale.
    """
    try:
        log = _object((folder / LOG).read_bytes())
    except OSError:
        raise MalformedError("libvmaf wrote no log") from None
    scored = log.get("frames")
    if not isinstance(scored, list):
        raise MalformedError("libvmaf's log holds no frames")
    if len(scored) != frames:
        raise MalformedError(f"VMAF scored {len(scored)} frames, the clip has {frames}")
    for frame in scored:
        _score(frame, ("metrics", "vmaf"))
    return _score(log, ("pooled_metrics", "vmaf", pooling))


def version_in(log: bytes) -> str:
    """libvmaf's version from its log; empty where that is no log."""
    try:
        return str(_object(log).get("version", ""))
    except MalformedError:
        return ""


def _object(contents: bytes) -> dict[str, Any]:
    try:
        log = json.loads(contents)
    except (ValueError, RecursionError):
        raise MalformedError("libvmaf's log is not JSON") from None
    if not isinstance(log, dict):
        raise MalformedError("libvmaf's log is not an object")
    return log


def _score(log: object, path: tuple[str, ...]) -> float:
    for key in path:
        log = log.get(key) if isinstance(log, dict) else None
    if isinstance(log, bool) or not isinstance(log, int | float) or not math.isfinite(log):
        raise MalformedError(f"libvmaf's log has no number at {'.'.join(path)}")
    if not 0 <= log <= 100:
        raise MalformedError(f"libvmaf's log says {log} at {'.'.join(path)}, which is off VMAF's scale")
    return float(log)


def _lines(path: Path) -> list[tuple[str, str]]:
    """Size and hash of each packet: `stream, dts, pts, duration, size, hash` per line, comments left out."""
    try:
        text = path.read_text("ascii")
    except (OSError, UnicodeDecodeError):
        raise MalformedError("FFmpeg listed no packets") from None
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    found = [re.fullmatch(r"0,(?:\s*(?:-?\d+|NOPTS),){3}\s*(\d+),\s*([0-9a-f]{64})", line.strip()) for line in lines]
    if not all(found):
        raise MalformedError("FFmpeg's list of packets is not as expected")
    return [(match[1], match[2]) for match in found if match]
