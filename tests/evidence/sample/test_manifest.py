"""Manifests: what they hold, where they are looked for, and what a bad one is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from gate.errors import SampleError
from gate.evidence.model import Provenance
from gate.evidence.sample.manifest import SAMPLE_SCHEMA, manifest_schemas, parse_sample_manifest
from gate.evidence.sweep.manifest import SWEEP_SCHEMA, find_manifest, read_manifest

MINIMAL = {"schema": "codec-gate.sweep/1", "provenance": "measured"}
SAMPLE: dict[str, Any] = {
    "schema": "codec-gate.sample/1",
    "provenance": "imported",
    "corpus": ["a", "b", "c"],
    "gate_version": "0.1.0",
    "sweep": {"name": "sweep.jsonl", "sha256": "0" * 64, "rows": 9},
    "grids": {"libx264": {"presets": ["slow"], "qualities": {"crf": ["23"]}}},
    "tolerances": {"bitrate_pct": 5.0, "vmaf": 0.1},
    "threshold": {"rule": "7/9", "hits": 3, "sources": 3},
    "design": {"name": "exact", "parameters": {}, "seed": 1},
    "miss_bound": {"exact": "1/36", "value": 0.027777777777777776},
    "rows": {"total": 6, "bare": 3, "per_codec": {"libx264": 6}},
    "basis": {"rows": {"imported": 6}, "cells": {"imported": 1}},
}


def _with(record: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """A deep copy of `record` with the value at a dotted path replaced."""
    copy: dict[str, Any] = json.loads(json.dumps(record))
    *parents, last = path.split(".")
    inner = copy
    for parent in parents:
        inner = inner[parent]
    inner[last] = value
    return copy


def test_yaml_and_json_say_the_same(tmp_path: Path) -> None:
    text = (
        "schema: codec-gate.sweep/1\nprovenance: reconstructed\ncorpus: [a, b]\nmeasured_on: 2026-03-01\n"
        "recipes: {h264_nvenc: {bare: {}, bf3: {bf: 3}, odd: 'bf=3,refs=2'}}\n"
        "rc_modes: {h264_nvenc: {vbr: [vbr]}}\ntools: {ffmpeg: 8.1}\n"
    )
    (tmp_path / "m.yaml").write_text(text)
    found = read_manifest(tmp_path / "m.yaml")
    (tmp_path / "m.json").write_text(found.model_dump_json(by_alias=True))
    assert read_manifest(tmp_path / "m.json") == found
    assert found.provenance is Provenance.RECONSTRUCTED
    assert found.recipes["h264_nvenc"] == {"bare": {}, "bf3": {"bf": "3"}, "odd": "bf=3,refs=2"}
    assert str(found.measured_on) == "2026-03-01"
    assert found.tools == {"ffmpeg": "8.1"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "a manifest is a mapping of keys"),
        ("- 1\n", "a manifest is a mapping of keys"),
        ("provenance: measured\n", "schema: is missing"),
        ("schema: codec-gate.sweep/2\nprovenance: measured\n", "schema: input should be 'codec-gate.sweep/1'"),
        ("schema: codec-gate.sweep/1\n", "provenance: is missing"),
        ("schema: codec-gate.sweep/1\nprovenance: guessed\n", "provenance: input should be 'measured'"),
        ("schema: codec-gate.sweep/1\nprovenance: measured\ncorpsu: [a]\n", "corpsu: unknown key"),
        ("schema: codec-gate.sweep/1\nprovenance: measured\ncorpus: [a, [b]]\n", "corpus[1]: input should be"),
        ("schema: codec-gate.sweep/1\nprovenance: measured\ncorpus: [a, a]\n", "corpus names a source twice"),
        ("schema: codec-gate.sweep/1\nprovenance: measured\ncorpus: ['']\n", "corpus[0]: string should have at least"),
        ("schema: codec-gate.sweep/1\nprovenance: measured\nmeasured_on: 2026-13-01\n", "is not YAML: month"),
        ("schema: codec-gate.sweep/1\nprovenance: measured\nmeasured_on: 2026-02-30\n", "is not YAML: day"),
        ("schema: codec-gate.sweep/1\nprovenance: measured\nrc_modes: {c: {vbr: vbr}}\n", "rc_modes.c.vbr: "),
        ("schema: codec-gate.sweep/1\nprovenance: measured\nrecipes: {c: {bare: {bf: 3}}}\n", "recipes.c.bare holds"),
        ("schema: codec-gate.sweep/1\nprovenance: measured\ntools: {ffmpeg: yes}\n", "tools.ffmpeg: input should be"),
        ("schema: codec-gate.sweep/1\nprovenance: measured\nprovenance: imported\n", "'provenance' is given twice"),
        ("schema: codec-gate.sweep/1\nprovenance: measured\nsetup: {cpu: x}\n", "setup.cpu: unknown key"),
        ("schema: codec-gate.sweep/1\nprovenance: measured\nsetup: {device: [x]}\n", "setup.device: input should be"),
        ("schema: codec-gate.sweep/1\nprovenance: measured\nmeasured_on: 3\n", "measured_on: "),
        ("schema: [\n", "is not YAML"),
        ("schema: !!python/object/apply:os.getcwd []\n", "is not YAML"),
        ("a: " + "[" * 5000, "nested too deeply"),
        ("? {a: 1}\n: 2\n", "is not YAML: a key is not a plain word"),
    ],
)
def test_a_bad_manifest_names_file_and_key(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "m.yaml"
    path.write_text(text)
    with pytest.raises(SampleError) as raised:
        read_manifest(path)
    assert said in str(raised.value)
    assert str(raised.value).startswith(str(path))
    assert "\n" not in str(raised.value)


def test_undecodable_and_missing_files(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_bytes(b"\xff\xfe\x00a")
    with pytest.raises(SampleError, match="is not UTF-8"):
        read_manifest(tmp_path / "m.yaml")
    with pytest.raises(SampleError, match="can't be read: No such file"):
        read_manifest(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("s.jsonl.gz.manifest.yaml", "", True),
        ("s.jsonl.gz.manifest.yml", "", True),
        ("s.jsonl.gz.manifest.json", "", True),
        ("manifest.yaml", "sweep: s.jsonl.gz\n", True),
        ("manifest.yaml", "sweep: t.jsonl.gz\n", False),
        ("manifest.yaml", "", False),
        ("s.manifest.yaml", "", False),
    ],
)
def test_where_a_sidecar_is_found(tmp_path: Path, name: str, text: str, found: bool) -> None:
    content = "schema: codec-gate.sweep/1\nprovenance: measured\n" + text
    (tmp_path / name).write_text(json.dumps(MINIMAL) if name.endswith("json") else content)
    assert (find_manifest(tmp_path / "s.jsonl.gz") is not None) is found


def test_the_files_own_sidecar_goes_before_the_folders(tmp_path: Path) -> None:
    for name, provenance in (("s.csv.manifest.yaml", "imported"), ("manifest.yaml", "measured")):
        (tmp_path / name).write_text(f"schema: codec-gate.sweep/1\nsweep: s.csv\nprovenance: {provenance}\n")
    found = find_manifest(tmp_path / "s.csv")
    assert found is not None
    assert found.provenance is Provenance.IMPORTED


def test_another_programs_manifest_is_none_of_ours_but_a_broken_one_of_ours_is(tmp_path: Path) -> None:
    (tmp_path / "manifest.yaml").write_text("kind: A\n---\nkind: B\n")
    assert find_manifest(tmp_path / "s.csv") is None
    (tmp_path / "manifest.yaml").write_text("schema: codec-gate.sweep/1\nsweep: [\n")
    with pytest.raises(SampleError, match="is not YAML"):
        find_manifest(tmp_path / "s.csv")


def test_a_sample_manifest_reads_back() -> None:
    manifest = parse_sample_manifest(json.dumps(SAMPLE), "s")
    assert parse_sample_manifest(manifest.to_json(), "s") == manifest
    assert json.loads(manifest.to_json())["schema"] == "codec-gate.sample/1"


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("schema", "codec-gate.sample/9", "schema: input should be 'codec-gate.sample/1'"),
        ("schema", "codec-gate.sweep/1", "schema: input should be 'codec-gate.sample/1'"),
        ("sweep.sha256", "abc", "sweep.sha256: is not a sha256"),
        ("threshold.hits", 4, "threshold asks for 4 of 3 sources"),
        ("threshold.hits", 0, "threshold.hits: input should be greater than or equal to 1"),
        ("threshold.sources", 9, "threshold counts 9 sources, corpus has 3"),
        ("tolerances.bitrate_pct", -1, "tolerances.bitrate_pct: input should be greater than 0"),
        ("tolerances.vmaf", "0.1%", "tolerances.vmaf: input should be a valid number"),
        ("miss_bound.exact", "1/0", "miss_bound.exact: string should match pattern"),
        ("miss_bound.value", 1.5, "miss_bound.value: input should be less than or equal to 1"),
        ("grids.libx264.presets", "slow", "grids.libx264.presets: input should be a valid"),
        ("rows.total", -1, "rows.total: input should be greater than or equal to 0"),
        ("design.parameters", {"screen": 1}, "a screen of 1 sources is none: at this threshold it takes 1 to 0"),
        ("design.parameters", {"screen": -1}, "a screen of -1 sources is none"),
        ("setups", [{"gpu": "x"}], "setups[0].gpu: unknown key"),
        ("mixed", "perhaps", "mixed: input should be a valid boolean"),
        ("basis.rows", {"invented": 1}, "basis.rows.invented: input should be"),
    ],
)
def test_a_bad_sample_manifest_names_the_key(path: str, value: object, said: str) -> None:
    with pytest.raises(SampleError) as raised:
        parse_sample_manifest(json.dumps(_with(SAMPLE, path, value)), "sample.parquet")
    assert str(raised.value).startswith("sample.parquet: ")
    assert said in str(raised.value)


def test_what_later_versions_added_is_left_out_where_it_says_nothing() -> None:
    plain = parse_sample_manifest(json.dumps(SAMPLE), "s")
    assert not {"sweeps", "setups", "mixed", "screens"} & set(json.loads(plain.to_json()))
    said = SAMPLE | {"setups": [{"device": "RTX 4090", "ffmpeg": 8.1}], "mixed": True}
    told = parse_sample_manifest(json.dumps(said), "s")
    assert parse_sample_manifest(told.to_json(), "s") == told
    assert str(told.setups[0]).startswith("device RTX 4090, driver not given, ffmpeg 8.1, ")


def _screen(*sources: str, rc_mode: str = "crf") -> dict[str, object]:
    return {"codec": "libx264", "rc_mode": rc_mode, "sources": list(sources)}


@pytest.mark.parametrize(
    ("size", "screens", "said"),
    [
        pytest.param(2, [], "screens: design screen:2 needs one of each codec and rc_mode", id="an earlier version's"),
        pytest.param(2, [_screen("a", "b", rc_mode="cqp")], "screens: design screen:2 needs one of each", id="another"),
        pytest.param(
            2, [_screen("a", "b"), _screen("a", "c")], "screens: design screen:2 needs one of", id="two of one"
        ),
        pytest.param(2, [_screen("a")], "that of libx264 (crf) is not 2 of the corpus's sources", id="too few"),
        pytest.param(2, [_screen("a", "a")], "that of libx264 (crf) is not 2 of the corpus's sources", id="one twice"),
        pytest.param(2, [_screen("a", "z")], "that of libx264 (crf) is not 2 of the corpus's sources", id="a stranger"),
        pytest.param(0, [_screen("a")], "screens: design exact has none", id="of a design without"),
    ],
)
def test_screens_that_are_not_the_designs_are_refused(size: int, screens: list[dict[str, object]], said: str) -> None:
    record = SAMPLE | {"corpus": list("abcdefghi"), "threshold": {"rule": "7/9", "hits": 7, "sources": 9}}
    design = {"name": "screen" if size else "exact", "parameters": {"screen": size} if size else {}, "seed": 0}
    with pytest.raises(SampleError) as raised:
        parse_sample_manifest(json.dumps(record | {"design": design, "screens": screens}), "s")
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("design", "screen", "text"),
    [
        ({"name": "exact", "seed": 0}, 0, "exact"),
        ({"name": "screen", "parameters": {"screen": 2}, "seed": 0}, 2, "screen:2"),
        ({"name": "budget", "parameters": {"rows": 40}, "seed": 0}, 0, "budget:40 (exact)"),
        ({"name": "budget", "parameters": {"rows": 40, "screen": 1}, "seed": 0}, 1, "budget:40 (screen:1)"),
        ({"name": "budget", "seed": 0}, 0, "budget:? (exact)"),
        ({"name": "other", "parameters": {"screen": "two"}, "seed": 0}, 0, "other:two"),
    ],
)
def test_what_a_design_is_called(design: dict[str, Any], screen: int, text: str) -> None:
    record = SAMPLE | {"corpus": list("abcdefghi"), "threshold": {"rule": "7/9", "hits": 7, "sources": 9}}
    screens = [_screen(*"abcdefghi"[:screen])] if screen else []
    manifest = parse_sample_manifest(json.dumps(record | {"design": design, "screens": screens}), "s")
    assert (manifest.screen, manifest.design.text) == (screen, text)


def test_not_json_is_said_so() -> None:
    with pytest.raises(SampleError, match="invalid JSON"):
        parse_sample_manifest(b"\x00{", "s")


def test_the_schemas_hold_what_the_models_hold() -> None:
    schemas = manifest_schemas()
    for schema in schemas.values():
        jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(MINIMAL, schemas[SWEEP_SCHEMA])
    jsonschema.validate(SAMPLE, schemas[SAMPLE_SCHEMA])
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(_with(SAMPLE, "design.seed", "x"), schemas[SAMPLE_SCHEMA])
