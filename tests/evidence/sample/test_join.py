"""Several sweeps in one sample, and what rows were made with."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from gate.errors import GateError, SampleError, SweepError
from gate.evidence.sample.build import digest_of, sweep_file
from gate.evidence.sample.design import Design
from gate.evidence.sample.join import Part, build_joined, joined, setups_of, stacked
from gate.evidence.sweep.cells import Rule
from gate.evidence.sweep.manifest import Setup, SweepManifest
from gate.evidence.sweep.nearest import Tolerances, detect
from gate.evidence.sweep.read import read_sweep

SOURCES = ("a", "b", "c")
MANIFEST: dict[str, Any] = {
    "schema": "codec-gate.sweep/1",
    "provenance": "measured",
    "corpus": SOURCES,
    "recipes": {"x264": {"aq": {"aq-mode": "3"}}},
}
RTX = {"device": "RTX 4090", "driver": "580.1"}


def rows(codec: str = "x264", sources: tuple[str, ...] = SOURCES, **more: object) -> list[dict[str, object]]:
    return [
        {"source": source, "codec": codec, "rc_mode": "crf", "recipe": recipe, "preset": "slow", "q": 23,
         "bitrate_kbps": 1000.0, "vmaf_score": 90.0, "encode_time_ms": 1.0} | more
        for source in sources for recipe in ("bare", "aq")
    ]  # fmt: skip


def part(folder: Path, name: str, found: list[dict[str, object]], **manifest: object) -> Part:
    path = folder / name
    path.write_text("".join(json.dumps(row) + "\n" for row in found))
    origin = SweepManifest.model_validate(MANIFEST | manifest)
    read = read_sweep(path)
    return Part(path=path, file=sweep_file(path, read), rows=read, origin=origin, setups=setups_of(path, origin.setup))


def test_one_sweep_is_as_it_was(tmp_path: Path) -> None:
    one = part(tmp_path, "one.jsonl", rows())
    whole = joined([one], mixed=False)
    assert (whole.file, whole.files, whole.origin, whole.setups, whole.mixed) == (one.file, (), one.origin, (), False)


def test_two_sweeps_of_one_setup(tmp_path: Path) -> None:
    one = part(tmp_path, "one.jsonl", rows(), setup=RTX, measured_on="2026-02-01", tools={"gate": "1"})
    other = part(tmp_path, "two.jsonl", [row | RTX for row in rows("x265")], measured_on="2026-01-01", tools={"gate": "1"},
                 recipes={"x265": {"aq": {"aq-mode": "1"}}})  # fmt: skip
    whole = joined([one, other], mixed=False)
    made, kept = build_joined(whole, design=Design("exact"), seed=0, rule=Rule(structural=3))
    assert (made.sweep.name, made.sweep.rows) == ("one.jsonl + two.jsonl", 12)
    assert made.sweep.sha256 == digest_of([one.path, other.path])
    assert made.sweeps == (one.file, other.file)
    assert made.setups == (Setup.model_validate(RTX),)
    assert not made.mixed
    assert str(made.measured_on) == "2026-01-01"
    assert set(made.recipes) == set(made.grids) == {"x264", "x265"}
    assert kept.codec.names == ("x264", "x265")
    (tmp_path / "both.jsonl").write_bytes(one.path.read_bytes() + other.path.read_bytes())
    assert sweep_file(tmp_path / "both.jsonl", whole.rows).sha256 == made.sweep.sha256


def test_stacked_rows_are_the_rows_of_the_files_one_after_the_other(tmp_path: Path) -> None:
    one = part(tmp_path, "one.jsonl", rows(sources=("b", "a"), basis="imported"))
    other = part(tmp_path, "two.jsonl", rows("x265", ("c", "a"), preset="fast", knob_combo="aq-mode=3"))
    both = tmp_path / "both.jsonl"
    both.write_bytes(one.path.read_bytes() + other.path.read_bytes())
    found, expected = stacked([one.rows, other.rows]), read_sweep(both)
    for name in ("source", "codec", "rc_mode", "recipe", "preset", "q"):
        assert getattr(found, name).names == getattr(expected, name).names
        assert (getattr(found, name).codes == getattr(expected, name).codes).all()
    assert (found.basis == expected.basis).all()
    assert (found.bases, found.knobs) == (expected.bases, expected.knobs)
    assert (detect(found, Tolerances()).comparable == detect(expected, Tolerances()).comparable).all()


DIFFERENT = [
    ({}, {"setup": {"device": "RTX 3090"}}, "device differs: 'RTX 4090' and 'RTX 3090'"),
    ({}, {"setup": {"device": "RTX 4090", "driver": "1"}}, "driver differs: '580.1' and '1'"),
    ({}, {"setup": RTX | {"ffmpeg": "8.1"}}, "ffmpeg differs: not given and '8.1'"),
    ({}, {"setup": RTX | {"libvmaf": "3"}}, "libvmaf differs"),
    ({}, {"setup": RTX | {"model": "vmaf_4k"}}, "model differs"),
    ({}, {"setup": RTX | {"pooling": "mean"}}, "pooling differs"),
    ({}, {"setup": {}}, "device differs: 'RTX 4090' and not given"),
    ({}, {"setup": RTX, "corpus": (*SOURCES, "d")}, "corpus differs: 'a, b, c' and 'a, b, c, d'"),
    ({"tools": {"gate": "1"}}, {"setup": RTX, "tools": {"gate": "2"}}, "tools.gate differs: '1' and '2'"),
    ({"tools": {"gate": "1"}}, {"setup": RTX}, "tools.gate differs: '1' and not given"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other", "said"), DIFFERENT)
def test_what_differs_is_refused_unless_it_is_mixed_on_purpose(
    tmp_path: Path, one: dict[str, object], other: dict[str, object], said: str
) -> None:
    parts = [part(tmp_path, "one.jsonl", rows(), setup=RTX, **one), part(tmp_path, "two.jsonl", rows("x265"), **other)]
    with pytest.raises(SampleError, match=said) as raised:
        joined(parts, mixed=False)
    assert "one.jsonl and " in str(raised.value)
    assert "--mixed" in str(raised.value)
    whole = joined(parts, mixed=True)
    assert whole.mixed
    assert len(whole.setups) == (2 if "setup" in other and other["setup"] != RTX else 1)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"provenance": "imported"}, "provenance differs: 'measured' and 'imported'"),
        ({"recipes": {"x264": {"aq": {"aq-mode": "2"}}}}, "recipes.x264.aq differs"),
        ({"rc_modes": {"x264": {"crf": ["cqp"]}}}, "rc_modes.x264.crf differs"),
        ({"quality": {"crf": "QP"}}, "quality.crf differs: 'CRF' and 'QP'"),
    ],
)
@pytest.mark.parametrize("mixed", [False, True])
def test_what_no_sample_can_hold_two_of(tmp_path: Path, other: dict[str, object], said: str, mixed: bool) -> None:
    same = {"rc_modes": {"x264": {"crf": ["crf"]}}, "quality": {"crf": "CRF"}}
    parts = [part(tmp_path, "one.jsonl", rows(), **same), part(tmp_path, "two.jsonl", rows("x265"), **(same | other))]
    with pytest.raises(SampleError, match=said):
        joined(parts, mixed=mixed)


def test_the_same_file_twice(tmp_path: Path) -> None:
    parts = [part(tmp_path, name, rows()) for name in ("one.jsonl", "two.jsonl")]
    with pytest.raises(SampleError, match=r"two.jsonl: is the same file as .*one.jsonl"):
        joined(parts, mixed=True)


def test_another_order_of_sources_is_no_other_corpus(tmp_path: Path) -> None:
    parts = [part(tmp_path, "one.jsonl", rows()), part(tmp_path, "two.jsonl", rows("x265"), corpus=SOURCES[::-1])]
    assert joined(parts, mixed=False).origin.corpus == SOURCES


def test_mixed_tools_are_all_recorded_and_an_unknown_age_stays_unknown(tmp_path: Path) -> None:
    parts = [part(tmp_path, "one.jsonl", rows(), tools={"gate": "1"}, measured_on="2026-01-01"),
             part(tmp_path, "two.jsonl", rows("x265"), tools={"gate": "2"})]  # fmt: skip
    origin = joined(parts, mixed=True).origin
    assert (origin.tools, origin.measured_on) == ({"gate": "1 | 2"}, None)


def test_rows_of_one_file_that_differ_are_mixed_too(tmp_path: Path) -> None:
    found = rows(sources=("a",), device="one") + rows(sources=("b", "c"), device="two")
    one = part(tmp_path, "one.jsonl", found)
    with pytest.raises(SampleError, match=r"one.jsonl: device differs: 'one' and 'two'"):
        joined([one], mixed=False)
    assert [setup.device for setup in joined([one], mixed=True).setups] == ["one", "two"]


def _write(path: Path, found: list[dict[str, object]]) -> None:
    lines = "".join(json.dumps(row) + "\n" for row in found)
    if path.suffix == ".jsonl":
        path.write_text("\n" + lines)
    elif path.suffix == ".gz":
        path.write_bytes(gzip.compress(lines.encode()))
    elif path.suffix == ".csv":
        table = [",".join(found[0]), *(",".join(map(str, row.values())) for row in found)]
        path.write_text("\n".join(table) + "\n")
    else:
        path.with_suffix(".jsonl").write_text(lines)
        with duckdb.connect() as connection:
            connection.execute(f"COPY (FROM read_json('{path.with_suffix('.jsonl')}')) TO '{path}' (FORMAT parquet)")


@pytest.mark.parametrize("name", ["s.jsonl", "s.jsonl.gz", "s.csv", "s.parquet"])
def test_setups_in_every_form(tmp_path: Path, name: str) -> None:
    _write(tmp_path / name, rows(device="RTX [4090]", libvmaf="3.0") + rows("x265", device="RTX [4090]", libvmaf="3.1"))
    found = setups_of(tmp_path / name, Setup(ffmpeg="8.1"))
    assert [(setup.device, setup.ffmpeg, setup.libvmaf) for setup in found] == [
        ("RTX [4090]", "8.1", "3.0"),
        ("RTX [4090]", "8.1", "3.1"),
    ]
    _write(tmp_path / name, rows())
    assert setups_of(tmp_path / name, Setup()) == ()
    assert setups_of(tmp_path / name, Setup(device="x")) == (Setup(device="x"),)


def test_rows_that_contradict_the_manifest(tmp_path: Path) -> None:
    with pytest.raises(SampleError, match="rows say device 'b', but the manifest says 'a' of them all"):
        part(tmp_path, "one.jsonl", rows(device="b"), setup={"device": "a"})


def test_a_file_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "one.jsonl").write_text('{"a": 1}\n{"a": \n')
    with pytest.raises(SweepError, match="what its rows were made with can't be read") as raised:
        setups_of(tmp_path / "one.jsonl", Setup())
    assert isinstance(raised.value, GateError)
    assert "\n" not in str(raised.value)
