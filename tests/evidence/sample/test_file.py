"""The sample file: what goes in comes out, and what isn't one is told so in one line."""

from __future__ import annotations

import dataclasses
import hashlib
import tempfile
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pytest

from gate.errors import SampleError
from gate.evidence.model import Basis, Provenance
from gate.evidence.sample.file import (
    METADATA_KEY,
    TYPES,
    builtin_sample,
    builtin_samples,
    factorised,
    packed,
    read_sample,
    write_sample,
)
from gate.evidence.sample.manifest import SampleManifest
from gate.evidence.sweep.columns import LABELS, Sweep
from gate.evidence.sweep.read import read_sweep


def _manifest(**more: object) -> SampleManifest:
    fields: dict[str, object] = {
        "schema": "codec-gate.sample/1",
        "provenance": "imported",
        "title": "it's a \"test\", with ; and \\ and 'quotes'",
        "corpus": ["clip'1", "clip2"],
        "gate_version": "0.1.0",
        "sweep": {"name": "s.jsonl", "sha256": "a" * 64, "rows": 4},
        "grids": {"libx264": {"presets": ["slow", "fast"], "qualities": {"crf": ["23"]}}},
        "tolerances": {"bitrate_pct": 5.0, "vmaf": 0.1},
        "threshold": {"rule": "7/9", "hits": 2, "sources": 2},
        "design": {"name": "exact", "seed": 0},
        "miss_bound": {"exact": "0", "value": 0.0},
        "rows": {"total": 4, "bare": 2, "per_codec": {"libx264": 4}},
        "basis": {"rows": {"imported": 3, "filler": 1}, "cells": {"imported": 1, "filler": 1}},
    }
    return SampleManifest.model_validate(fields | more)


def _sweep() -> Sweep:
    text = {
        "source": ("clip'1", "clip2", "clip2", "clip'1"),
        "codec": ("libx264",) * 4,
        "rc_mode": ("crf",) * 4,
        "recipe": ("bare", "bf,3", "bare", "ünï\n"),
        "preset": ("slow", "slow", "fast", "slow"),
        "q": ("23",) * 4,
    }
    return Sweep(
        **{name: factorised(np.array(values, np.object_)) for name, values in text.items()},  # type: ignore[arg-type]
        bare=np.array([True, False, True, False]),
        bitrate_kbps=np.array([1 / 3, 1e-300, 1e300, 0.1 + 0.2]),
        vmaf=np.array([99.999999999999986, 0.0, 1.0, 2.0]),
        encode_ms=np.array([0.0, 1.5, 2.5, 5e-324]),
        basis=np.array([0, 0, 0, 1], np.int8),
        bases=(Basis.IMPORTED, Basis.FILLER),
    )


def test_rows_and_manifest_come_back_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "it's a sample.parquet"
    digest = write_sample(_manifest(), _sweep(), path)
    sample = read_sample(path)
    assert sample.manifest == _manifest()
    assert sample.digest == digest == hashlib.sha256(path.read_bytes()).hexdigest()
    for field in dataclasses.fields(Sweep):
        was, now = getattr(_sweep(), field.name), getattr(sample.sweep, field.name)
        if field.name in LABELS:
            assert (now.names, now.codes.tolist()) == (was.names, was.codes.tolist())
        elif isinstance(was, np.ndarray):
            assert now.tolist() == was.tolist()
            assert now.dtype == was.dtype
        else:
            assert now == was
    assert not list(tmp_path.glob("*.part"))


def test_bytes_serve_as_well_as_a_file_and_the_digest_is_the_same(tmp_path: Path) -> None:
    path = tmp_path / "s.parquet"
    digest = write_sample(_manifest(), _sweep(), path)
    assert read_sample(path.read_bytes()).digest == digest
    assert read_sample(path.read_bytes(), expected=digest).manifest == _manifest()


def test_one_input_gives_the_same_bytes(tmp_path: Path) -> None:
    assert write_sample(_manifest(), _sweep(), tmp_path / "a") == write_sample(_manifest(), _sweep(), tmp_path / "b")
    assert write_sample(_manifest(title="x"), _sweep(), tmp_path / "c") != write_sample(
        _manifest(), _sweep(), tmp_path / "a"
    )


def test_a_sample_is_a_sweep_too(tmp_path: Path) -> None:
    write_sample(_manifest(provenance="reconstructed"), _sweep(), tmp_path / "s.parquet")
    sweep = read_sweep(tmp_path / "s.parquet")
    assert sweep.recipe.names == ("bare", "bf,3", "ünï\n")
    assert sweep.bitrate_kbps.tolist() == _sweep().bitrate_kbps.tolist()
    assert read_sample(tmp_path / "s.parquet").manifest.provenance is Provenance.RECONSTRUCTED


def test_another_digest_than_expected_names_both(tmp_path: Path) -> None:
    path = tmp_path / "s.parquet"
    digest = write_sample(_manifest(), _sweep(), path)
    with pytest.raises(SampleError) as raised:
        read_sample(path, expected="b" * 64)
    assert digest[:12] in str(raised.value)
    assert "b" * 12 in str(raised.value)
    assert str(path) in str(raised.value)


def _damaged(content: bytes, at: int) -> bytes:
    return content[:at] + bytes(255 - byte for byte in content[at : at + 40]) + content[at + 40 :]


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("empty", lambda content: b""),
        ("text", lambda content: b'{"source": "a"}\n'),
        ("truncated", lambda content: content[:-1]),
        ("half", lambda content: content[: len(content) // 2]),
        ("half with a whole end", lambda content: content[:100] + content[-8:]),
        ("nothing but the marks", lambda content: b"PAR1PAR1"),
        ("rubbish between the marks", lambda content: b"PAR1" + bytes(range(256)) + b"PAR1"),
        ("damaged footer", lambda content: _damaged(content, len(content) - 60)),
        ("damaged pages", lambda content: _damaged(content, 8)),
    ],
)  # fmt: skip
def test_what_is_no_whole_sample_is_one_clear_error(
    tmp_path: Path, name: str, damage: Callable[[bytes], bytes]
) -> None:
    write_sample(_manifest(), _sweep(), tmp_path / "s.parquet")
    with pytest.raises(SampleError) as raised:
        read_sample(damage((tmp_path / "s.parquet").read_bytes()), where=name)
    assert str(raised.value).startswith(f"{name}: ")
    assert "\n" not in str(raised.value)


def test_missing_files_and_folders(tmp_path: Path) -> None:
    with pytest.raises(SampleError, match="can't be read: No such file"):
        read_sample(tmp_path / "none.parquet")
    with pytest.raises(SampleError, match="can't be read: Is a directory"):
        read_sample(tmp_path)
    with pytest.raises(SampleError, match="can't be written"):
        write_sample(_manifest(), _sweep(), tmp_path / "none" / "s.parquet")


def test_no_room_to_unpack_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = packed(_manifest(), _sweep())
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    with pytest.raises(SampleError, match=r"no room to unpack it: No such file or directory \(set TMPDIR"):
        read_sample(content)


def test_a_sample_without_rows(tmp_path: Path) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE t ({', '.join(f'{name} {kind}' for name, kind in TYPES.items())})")
        text = _manifest().to_json().replace("'", "''")
        connection.execute(f"COPY t TO '{tmp_path}/s' (FORMAT parquet, KV_METADATA {{'{METADATA_KEY}': '{text}'}})")
    with pytest.raises(SampleError, match="the sample has no rows"):
        read_sample(tmp_path / "s")


GOOD = {
    "source": "'a'", "codec": "'c'", "rc_mode": "'vbr'", "recipe": "'bare'", "preset": "'p'", "q": "'1'",
    "is_bare_default": "true", "bitrate_kbps": "1::DOUBLE", "vmaf_score": "2::DOUBLE", "encode_time_ms": "3::DOUBLE",
    "basis": "'measured'",
}  # fmt: skip


def _parquet(path: Path, metadata: dict[str, str], **replaced: str | None) -> Path:
    columns = {name: value for name, value in (GOOD | replaced).items() if value is not None}
    listed = ", ".join(f"{value} AS {name}" for name, value in columns.items())
    pairs = ", ".join("'{}': '{}'".format(key, value.replace("'", "''")) for key, value in metadata.items())
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY (SELECT {listed}) TO '{path}' (FORMAT parquet" + (f", KV_METADATA {{{pairs}}})" if pairs else ")")
        )
    return path


@pytest.mark.parametrize(
    ("replaced", "said"),
    [
        ({"source": None}, "column source is missing, not VARCHAR"),
        ({"vmaf_score": "'99'"}, "column vmaf_score is VARCHAR, not DOUBLE"),
        ({"q": "23"}, "column q is INTEGER, not VARCHAR"),
        ({"source": "NULL::VARCHAR"}, "column source has a row without a value"),
        ({"is_bare_default": "NULL::BOOLEAN"}, "column is_bare_default has a row without a value"),
        ({"vmaf_score": "'nan'::DOUBLE"}, "a number that isn't finite"),
        ({"bitrate_kbps": "0::DOUBLE"}, "a row has a bitrate of 0 or less"),
        ({"basis": "'invented'"}, "basis 'invented' is none of measured, imported, published, filler"),
        ({"source": "''"}, "column source has an empty label"),
        ({"is_bare_default": "false"}, "is_bare_default and recipe contradict each other"),
        ({"source": "'z'"}, "source 'z' is not in the manifest's corpus"),
    ],
)
def test_rows_that_can_not_be_a_samples(tmp_path: Path, replaced: dict[str, str | None], said: str) -> None:
    manifest = _manifest(corpus=["a", "b"]).to_json()
    good = read_sample(_parquet(tmp_path / "good.parquet", {METADATA_KEY: manifest}))
    assert len(good.sweep) == 1
    with pytest.raises(SampleError, match=said):
        read_sample(_parquet(tmp_path / "s.parquet", {METADATA_KEY: manifest}, **replaced))


def test_a_parquet_file_without_or_with_another_manifest(tmp_path: Path) -> None:
    with pytest.raises(SampleError, match="a Parquet file without a manifest inside"):
        read_sample(_parquet(tmp_path / "s.parquet", {"other": "x"}))
    later = _manifest().to_json().replace("sample/1", "sample/2")
    with pytest.raises(SampleError, match=r"schema: input should be 'codec-gate.sample/1'"):
        read_sample(_parquet(tmp_path / "t.parquet", {METADATA_KEY: later}))
    with pytest.raises(SampleError, match="invalid JSON"):
        read_sample(_parquet(tmp_path / "u.parquet", {METADATA_KEY: "{"}))


def test_built_in_samples_are_there() -> None:
    assert {name: path.is_file() for name, path in builtin_samples().items()} == {
        "measured": True,
        "research-0080": True,
    }
    with pytest.raises(SampleError, match="no built-in sample is called 'x'"):
        builtin_sample("x")


@pytest.mark.parametrize(("recipe", "rows"), [("recipe", 5_000_000), ("repeat('x', 300000)", 5_000)])
def test_a_file_that_unpacks_to_gigabytes_is_refused_before_it_does(tmp_path: Path, recipe: str, rows: int) -> None:
    whole, bomb = _parquet(tmp_path / "whole.parquet", {}), tmp_path / "bomb.parquet"
    manifest = _manifest().to_json().replace("'", "''")
    query = f"SELECT c.* REPLACE ({recipe} AS recipe) FROM read_parquet('{whole}') c, range({rows})"
    pairs = f"KV_METADATA {{'{METADATA_KEY}': '{manifest}'}}"
    duckdb.sql(f"COPY ({query}) TO '{bomb}' (FORMAT parquet, COMPRESSION zstd, {pairs})")
    assert bomb.stat().st_size < 1_000_000
    with pytest.raises(SampleError, match=r"unpacks to [\d,]+ rows of [\d,]+ bytes, more than a sample's"):
        read_sample(bomb)
