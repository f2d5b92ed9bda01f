"""The other commands, as a user runs them."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from gate.cli.main import cli

FIXTURE = Path(__file__).parents[2] / "fixtures/research-0080"


def test_defaults_say_what_every_preset_emits(project, gate):
    ended = gate("defaults", "--repo", project.top, "--format", "json")
    assert ended.status == 0
    adapters = {adapter["name"]: adapter for adapter in ended.report}
    assert list(adapters) == ["libx264", "libaom-av1", "h264_nvenc", "hevc_nvenc", "av1_nvenc", "h264_qsv"]
    nvenc = adapters["h264_nvenc"]
    assert nvenc["argv"]["slow"] == ["-c:v", "h264_nvenc", "-preset", "p5", "-cq", "23"]
    assert set(nvenc) >= {
        "name",
        "encoder",
        "path",
        "line",
        "quality_knob",
        "quality_default",
        "presets",
        "argv",
        "extra",
        "points",
        "unresolved",
    }
    assert nvenc["quality_default"] == 23
    assert adapters["libx264"]["argv"]["slow"] == ["-c:v", "libx264", "-preset", "slow", "-crf", "23"]


def test_defaults_for_people(project, gate):
    out = gate("defaults", "--repo", project.top).out
    assert "h264_nvenc  codec_adapters/h264_nvenc.py" in out
    assert "vbr-cq q=23" in out


def test_defaults_of_a_commit(project, gate, edit):
    edit(project, "codec_adapters/_nvenc_common.py", ("CQ_DEFAULT: Final = 23", "CQ_DEFAULT: Final = 25"))
    for args, quality in ((["--ref", "HEAD"], 23), (["--worktree"], 25), ([], 25)):
        report = gate("defaults", "--repo", project.top, "--format", "json", *args).report
        assert {a["quality_default"] for a in report if "nvenc" in a["name"]} == {quality}


def test_analyze_writes_every_file(gate, tmp_path):
    ended = gate("analyze", FIXTURE / "sweep.jsonl.gz", "--out", tmp_path / "out")
    assert ended.status == 0, ended.err
    assert "1,915 regressions" in ended.out
    assert "RECONSTRUCTED" in ended.out.splitlines()[0]
    assert ended.out.count("\n") < 20
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"summary.md", "regressions.csv", "clusters.csv"} <= names
    assert len([name for name in names if name.startswith("pareto_")]) == 162


def test_build_info_verify(gate, tmp_path):
    sample = tmp_path / "s.parquet"
    ended = gate("sample", "build", FIXTURE / "sweep.jsonl.gz", "-o", sample, "--seed", "80")
    assert ended.status == 0, ended.err
    assert "4,998 of 12,636 rows (39.6%), design exact, miss bound 0, reconstructed" in ended.out
    info = gate("sample", "info", sample).out
    assert "RECONSTRUCTED" in info
    assert "covers      h264_nvenc: recipes bare, bf0, bf3" in info
    told = gate("sample", "info", sample, "--format", "json").report
    assert told["grids"]["h264_nvenc"]["presets"] == ["p1", "p4", "p7"]
    assert told["sha256"] in info
    ended = gate("sample", "verify", sample, "--against", FIXTURE / "sweep.jsonl.gz")
    assert (ended.status, "1,188 cells right, 0 wrong, 0 left open" in ended.out) == (0, True)
    ended = gate("sample", "verify", sample, "--sha256", "0" * 64)
    assert ended.status == 2
    sample.write_bytes(sample.read_bytes()[:-100])
    assert gate("sample", "verify", sample).status == 2


def test_a_sweep_without_a_manifest_has_no_provenance(gate, tmp_path):
    (tmp_path / "s.jsonl").write_text('{"source": "a"}\n')
    ended = gate("sample", "build", tmp_path / "s.jsonl", "-o", tmp_path / "s.parquet")
    assert ended.status == 2


@pytest.mark.parametrize("name", ["policy", "report", "manifest"])
def test_schemas_are_schemas(gate, name):
    schema = json.loads(gate("schema", name).out)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["title"].startswith("codec-gate ")


def test_every_policy_key_is_explained_in_its_schema(gate):
    schema = json.loads(gate("schema", "policy").out)
    plain = {
        "version",
        "adapters",
        "samples",
        "tolerances",
        "forbid",
        "discourage",
        "waivers",
        "undetermined",
        "unmeasured",
        "max_evidence_age",
    }
    for key, part in schema["properties"].items():
        assert key in plain or part.get("description"), key


def test_a_check_report_meets_the_published_schema(project, gate, edit):
    edit(project, "codec_adapters/_nvenc_common.py", ('"-cq",', '"-bf",\n            "3",\n            "-cq",'))
    schema = json.loads(gate("schema", "report").out)
    report = gate("check", "--repo", project.top, "--format", "json").report
    jsonschema.Draft202012Validator(schema).validate(report)
    keys = {"schema", "conclusion", "base", "head", "trust", "samples", "policy", "changes", "unresolved", "counts"}
    assert keys <= set(report)


def test_the_readme_names_every_command_and_the_help_every_exit_status(gate):
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    for name in cli.commands:
        assert f"gate {name}" in readme
    assert "0 passed, 1 blocked, 2 could not judge, 3 a bug" in gate("--help").out


def test_the_readmes_policy_is_one(gate, project, tmp_path):
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    text = readme.split("```yaml\n")[1].split("```")[0]
    as_an_editor_reads_it = json.loads(json.dumps(yaml.safe_load(text), default=str))
    jsonschema.Draft202012Validator(json.loads(gate("schema", "policy").out)).validate(as_an_editor_reads_it)
    project.commit({".github/codec-gate.yml": text})
    ended = gate("check", "--repo", project.top)
    assert "evidence/x264.parquet: no such file in the trust ref" in ended.err
