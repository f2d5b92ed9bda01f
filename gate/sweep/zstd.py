"""Zstandard frames walked without decompressing them: is a `.zst` file whole?"""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO, Final

from gate.errors import SweepError

MAGIC: Final = b"\x28\xb5\x2f\xfd"
_SKIPPABLE: Final = b"\x2a\x4d\x18"  # after a first byte of 0x50 to 0x5f (RFC 8878, 3.1.2)
_RLE: Final = 1


def check_whole(path: Path) -> None:
    """Raises SweepError where the file ends inside a frame: decoders take a cut at a block's edge for the end."""
    with path.open("rb") as stream:
        while magic := stream.read(4):
            if magic[1:] == _SKIPPABLE and 0x50 <= magic[0] <= 0x5F:
                _skip(stream, int.from_bytes(_take(stream, 4), "little"))
            elif magic == MAGIC:
                _walk_frame(stream)
            else:
                raise SweepError("is damaged: something that is no zstd frame follows", where=str(path))


def _walk_frame(stream: BinaryIO) -> None:
    """RFC 8878, 3.1.1: header, blocks up to the last, checksum."""
    descriptor = _take(stream, 1)[0]
    single_segment, has_checksum = descriptor >> 5 & 1, descriptor >> 2 & 1
    window = 0 if single_segment else 1
    dictionary = (0, 1, 2, 4)[descriptor & 3]
    content_size = (1 if single_segment else 0, 2, 4, 8)[descriptor >> 6]
    _skip(stream, window + dictionary + content_size)
    last = False
    while not last:
        header = int.from_bytes(_take(stream, 3), "little")
        last = bool(header & 1)
        _skip(stream, 1 if header >> 1 & 3 == _RLE else header >> 3)
    _skip(stream, 4 if has_checksum else 0)


def _take(stream: BinaryIO, size: int) -> bytes:
    taken = stream.read(size)
    if len(taken) < size:
        raise SweepError("is cut short: the compressed data ends early", where=stream.name)
    return taken


def _skip(stream: BinaryIO, size: int) -> None:
    if size:
        stream.seek(size - 1, 1)
        _take(stream, 1)
