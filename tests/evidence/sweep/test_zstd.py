"""Whole and cut Zstandard files; the whole ones come from a real encoder."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from gate.errors import SweepError
from gate.evidence.sweep.files import check_whole

SKIPPABLE = b"\x5a\x2a\x4d\x18" + (3).to_bytes(4, "little") + b"abc"
# Written by hand from RFC 8878: single segment, no size field beyond one byte, one run-length block, a checksum of 4 bytes.
RUN_LENGTH = b"\x28\xb5\x2f\xfd" + b"\x24" + b"\x05" + (1 | 1 << 1 | 5 << 3).to_bytes(3, "little") + b"x" + b"\0" * 4


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("zstd") / "real.zst"
    with duckdb.connect() as con:
        con.execute(f"COPY (SELECT random() AS n FROM range(60_000)) TO '{path}' (FORMAT csv, COMPRESSION zstd)")
    return path.read_bytes()


def test_whole(real: bytes, tmp_path: Path) -> None:
    for number, data in enumerate([real, real + real, SKIPPABLE + real, real + SKIPPABLE, RUN_LENGTH, SKIPPABLE]):
        path = tmp_path / str(number)
        path.write_bytes(data)
        check_whole(path)


@pytest.mark.parametrize("lost", [1, 2, 3, 4, 100, 40_000])
def test_cut(real: bytes, lost: int, tmp_path: Path) -> None:
    path = tmp_path / "cut"
    path.write_bytes(real[:-lost])
    with pytest.raises(SweepError, match="is cut short"):
        check_whole(path)


def test_every_cut_of_a_small_frame(tmp_path: Path) -> None:
    path = tmp_path / "cut"
    for size in range(5, len(RUN_LENGTH)):
        path.write_bytes(RUN_LENGTH[:size])
        with pytest.raises(SweepError, match="is cut short"):
            check_whole(path)


def test_something_else_behind(real: bytes, tmp_path: Path) -> None:
    path = tmp_path / "more"
    path.write_bytes(real + b"more")
    with pytest.raises(SweepError, match="is damaged"):
        check_whole(path)
