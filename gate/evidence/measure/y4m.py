"""YUV4MPEG: what a decoded clip holds, and its content hash, the sha256 of its pictures."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from gate.errors import UsageError
from gate.evidence.measure.model import Clip

_FORMATS = {
    "420": "yuv420p", "420jpeg": "yuv420p", "420mpeg2": "yuv420p", "420paldv": "yuv420p", "422": "yuv422p",
    "444": "yuv444p", "mono": "gray", "420p10": "yuv420p10le", "422p10": "yuv422p10le", "444p10": "yuv444p10le",
    "420p12": "yuv420p12le", "422p12": "yuv422p12le", "444p12": "yuv444p12le",
}  # fmt: skip
_PLANES = {"yuv420p": (2, 2), "yuv422p": (2, 1), "yuv444p": (1, 1), "gray": (0, 0)}
"""Pixels per chroma sample, across and down; 0 where there is no chroma."""
_UNSCORABLE = 16
"""Up to so many pixels, a side is too short for the smallest scale of libvmaf's features: it crashes."""
_TOLD = re.compile(r"[1-9]\d{0,5} [1-9]\d{0,5} [1-9]\d*:[1-9]\d*")  # width, height and frame rate


def described(path: Path, name: str) -> Clip:
    """What the YUV4MPEG file at `path` holds, a clip called `name`.

    The digest is over geometry, rate and pictures, not over how the header spells them.

    Raises: UsageError: of another form than encodes can be scored in, too small for it, odd, or torn. OSError:
        unreadable.
    """
    with path.open("rb") as file:
        width, height, rate, pixel_format, full = _header(file, name)
        check_even(width, height, pixel_format, name)
        if min(width, height) <= _UNSCORABLE:
            what = f"{width}x{height} is too small: VMAF needs more than {_UNSCORABLE} pixels across and down"
            raise UsageError(what, where=name, fix="take a larger source")
        digest = hashlib.sha256(f"{width}x{height} {rate} {pixel_format}{full}\n".encode())
        frames = 0
        for picture in _pictures(file, name, frame_bytes(width, height, pixel_format) or 0):
            digest.update(picture)
            frames += 1
    return Clip(
        name=name,
        path=path,
        digest=digest.hexdigest(),
        width=width,
        height=height,
        frame_rate=rate,
        frames=frames,
        pixel_format=pixel_format,
    )


def _header(file: BinaryIO, name: str) -> tuple[int, int, str, str, str]:
    """Width, height, frame rate, pixel format, and ` full` where samples use the full range."""
    words = file.readline(1000).decode("ascii", errors="replace").split()
    said: dict[str, Any] = {word[0]: word[1:] for word in reversed(words[1:])}
    pixel_format = _FORMATS.get(said.get("C", "420"))
    told = " ".join(said.get(key, "") for key in "WHF")
    if words[:1] != ["YUV4MPEG2"] or pixel_format is None or not _TOLD.fullmatch(told):
        what = f"decodes to what no encode can be scored against: {' '.join(words)!r:.100}"
        raise UsageError(what, where=name, fix="convert it to 8-, 10- or 12-bit YUV of a constant frame rate")
    full = " full" if "XCOLORRANGE=FULL" in words else ""
    return int(said["W"]), int(said["H"]), said["F"].replace(":", "/"), pixel_format, full


def _pictures(file: BinaryIO, name: str, size: int) -> Iterator[bytes]:
    while marker := file.readline(1000):
        if not marker.startswith(b"FRAME"):
            raise UsageError("holds something between frames", where=name)
        picture = file.read(size)
        if len(picture) < size:
            raise UsageError("ends within a frame", where=name)
        yield picture


def frame_bytes(width: int, height: int, pixel_format: str) -> int | None:
    """The size of one raw frame; None for a pixel format that no table knows."""
    shape, samples = _shape(pixel_format)
    if shape not in _PLANES:
        return None
    across, down = _PLANES[shape]
    chroma = 2 * (width // across) * (height // down) if across else 0
    return (width * height + chroma) * samples


def check_even(width: int, height: int, pixel_format: str, where: str) -> None:
    """UsageError where chroma doesn't divide the size: encoders crop such pictures, or refuse them."""
    across, down = _PLANES.get(_shape(pixel_format)[0], (1, 1))
    if (across and width % across) or (down and height % down):
        what = f"{width}x{height} is odd: the chroma of {pixel_format} is {across}x{down} pixels a sample"
        raise UsageError(what, where=where, fix="crop or scale the source to even sizes")


def _shape(pixel_format: str) -> tuple[str, int]:
    """A pixel format without its depth, and the bytes of one of its samples."""
    shape = re.sub(r"1\d(le|be)$", "", pixel_format)
    # `yuvj` is the same layout, of samples that use the full range.
    return re.sub("^yuvj", "yuv", shape), 1 if shape == pixel_format else 2
