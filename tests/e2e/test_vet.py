"""`gate vet` as a user runs it."""

from __future__ import annotations

import json

import pytest

from tests.e2e.conftest import ADAPTERS

ROWS = (
    "codec,rc_mode,recipe,preset,q,source\n"
    "h264_nvenc,vbr,bf3,p1,2,FoxBird_25fps\n"
    "h264_nvenc,vbr,bare,p1,2,FoxBird_25fps\n"
    "h264_nvenc,cqp,temporal_aq,p4,25,\n"
)


@pytest.fixture
def listed(tmp_path):
    """A recommender's output."""
    path = tmp_path / "list.csv"
    path.write_text(ROWS)
    return path


def test_what_survives_is_written_and_something_dropped_is_status_1(gate, listed, tmp_path):
    ended = gate("vet", listed, "-o", tmp_path / "kept.csv")
    assert ended.status == 1, ended.err
    assert ended.out.splitlines()[0] == "2 of 3 kept: 1 structural; 1 not judged"
    assert (tmp_path / "kept.csv").read_text() == "".join(ROWS.splitlines(keepends=True)[i] for i in (0, 2, 3))
    again = gate("vet", tmp_path / "kept.csv")
    assert (again.status, again.out.splitlines()[0]) == (0, "2 of 2 kept; 1 not judged")


def test_json_and_csv(gate, listed):
    report = gate("vet", listed, "--format", "json", "--as-of", "2026-06-01").report
    assert (report["schema"], report["counts"]["kept"], report["as_of"]) == ("codec-gate.vet/1", 2, "2026-06-01")
    lines = gate("vet", listed, "--format", "csv").out.splitlines()
    assert lines[0].startswith("line,codec,rc_mode,recipe,knobs,preset,q,source,source_class,verdict,action")
    assert [line.partition(",")[0] for line in lines[1:]] == ["3", "4"]


def test_a_project_whose_policy_forbids_it(project, gate, listed):
    rule = "{codec: h264_nvenc, knobs: {temporal-aq: 1}, rc_mode: cqp, reason: costs too much}"
    project.commit({".github/codec-gate.yml": f"forbid: [{rule}]\n"})
    ended = gate("vet", listed, "--repo", project.top)
    assert ended.out.splitlines()[0] == "1 of 3 kept: 1 structural, 1 forbidden"
    assert "costs too much" in ended.out


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "list.csv: is empty"),
        ("hello", "list.csv: is neither JSON, JSONL nor CSV"),
        ("codec,rc_mode,recipe,preset,q\nh264_nvenc,vbr,bf3,p1,\n", "list.csv:2: `q` is missing"),
        ("codec,rc_mode,recipe,preset,q\nh264_nvenc,vbr,bf9,p1,1\n", "list.csv:2: no sample has a recipe 'bf9'"),
        (json.dumps([{"codec": "h264_nvenc", "q": 1}]), "list.csv:1: `preset` is missing"),
        (json.dumps([{"codec": "h264_nvenc", "q": 1, "preset": "p4"}]), "list.csv:1: `rc_mode` is missing"),
        (
            json.dumps(
                {"codec": "h264_nvenc", "rc_mode": "vbr", "preset": "p1", "q": 2, "knobs": {"bf": "3", "-bf": "0"}}
            ),
            "list.csv:1: `knobs` holds `bf` twice, with a dash and without",
        ),
    ],
)
def test_bad_input_is_one_line_and_status_2(gate, listed, tmp_path, text, what):
    listed.write_text(text)
    ended = gate("vet", listed, "-o", tmp_path / "kept")
    assert (ended.status, ended.out, len(ended.err.splitlines())) == (2, "", 1)
    assert what in ended.err
    assert not (tmp_path / "kept").exists()


def test_a_file_that_is_not_there(gate, tmp_path):
    ended = gate("vet", tmp_path / "none")
    assert (ended.status, "No such file" in ended.err) == (2, True)


def test_the_help_says_where_it_is_judged(gate):
    assert "reach: emitted" in " ".join(gate("vet", "--help").out.split())


PACKAGE = """
import dataclasses

LEVELS = {"ultrafast": "p1", "fast": "p3", "medium": "p4", "placebo": "p7"}


@dataclasses.dataclass(frozen=True)
class H264:
    name: str = "h264_nvenc"
    encoder: str = "h264_nvenc"
    quality_knob: str = "b:v"
    quality_default: int = 2
    quality_range: tuple[int, int] = (1, 8)
    presets: tuple[str, ...] = tuple(LEVELS)
    knobs: tuple[str, ...] = ()

    def ffmpeg_codec_args(self, preset: str, quality: int) -> list[str]:
        return ["-c:v", self.encoder, "-preset", LEVELS[preset], "-b:v", f"{quality}M"]

    def extra_params(self) -> tuple[str, ...]:
        return self.knobs


@dataclasses.dataclass(frozen=True)
class Constant(H264):
    def ffmpeg_codec_args(self, preset: str, quality: int) -> list[str]:
        return ["-c:v", self.encoder, "-preset", LEVELS[preset], "-cq", str(quality)]


class Missing(H264):
    def ffmpeg_codec_args(self, preset: str, quality: int) -> list[str]:
        raise RuntimeError("no such encoder yet")


_REGISTRY = {
    "missing": Missing(name="missing"),
    "h264_nvenc": H264(),
    "tuned": H264(name="tuned", knobs=("-bf", "3")),
    "hevc_nvenc": H264(name="hevc_nvenc", encoder="hevc_nvenc"),
    "constant": Constant(name="constant"),
}


def get_adapter(name):
    return _REGISTRY[name]
"""
CORPUS = {
    "src": "clip.yuv",
    "encoder": "h264_nvenc",
    "preset": "ultrafast",
    "crf": 2,
    "extra_params": [],
    "exit_status": 0,
}
BF = {"extra_params": ["-bf", "3"]}
VBR = {"codec": "hevc_nvenc", "rc_mode": "vbr", "recipe": "spatial_aq", "q": 1}


def _lines(*rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.fixture
def mapped(work):
    """A repository whose adapters' presets have names of their own."""
    work.commit({"codec_adapters/__init__.py": PACKAGE})
    return work


SHAPES = [
    pytest.param(_lines(CORPUS, CORPUS | BF, CORPUS | BF | {"exit_status": 1}), "KD", id="corpus rows"),
    pytest.param(_lines(CORPUS | BF), "D", id="recommend --json"),
    pytest.param(json.dumps(CORPUS | BF, indent=1), "D", id="one object over several lines"),
    pytest.param(_lines(CORPUS | {"encoder": "tuned"}), "D", id="the adapter's own knobs"),
    pytest.param(_lines(CORPUS | {"encoder": "tuned", "extra_params": ["-bf", "0"]}), "N", id="knobs over the adapter's"),
    pytest.param(_lines(CORPUS | {"encoder": "constant"} | BF), "N", id="a rate control that nobody measured"),
    pytest.param(_lines(CORPUS | BF | {"rate_control_mode": "cq"}), "D", id="the project's word for the adapter's own"),
    pytest.param(_lines(CORPUS | BF | {"rate_control_mode": "cbr", "crf": 1}), "D", id="a rate control of its own"),
    pytest.param(_lines(VBR | {"preset": "placebo"}, VBR | {"preset": "p7"}), "DD", id="the adapter's name, the encoder's name"),
    pytest.param(json.dumps({"cells": [{"codec": "tuned", "crf": 2}, {"codec": "hevc_nvenc", "crf": 2}]}), "DK", id="a plan"),
    pytest.param(json.dumps({"rows": [{"codec": "tuned", "best_crf": 2, "ok": True}, {"codec": "h264_nvenc", "best_crf": -1, "ok": False}]}), "D", id="a comparison"),
    pytest.param("codec,best_crf,ok\nhevc_nvenc,2,True\ntuned,2,True\n", "KD", id="a comparison as CSV"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "right"), SHAPES)
def test_what_recommenders_write(mapped, gate, tmp_path, text, right):
    (tmp_path / "r").write_text(text)
    ended = gate("vet", tmp_path / "r", "--repo", mapped.top, "--format", "json", "-o", tmp_path / "kept")
    found = [
        "D" if one["dropped"] else "N" if ended.report["points"][one["point"]]["judged"]["not_judged"] else "K"
        for one in ended.report["recommendations"]
    ]
    assert ("".join(found), ended.status) == (right, int("D" in right))
    if "D" not in right:
        assert (tmp_path / "kept").read_text() == text
    elif (tmp_path / "kept").read_text():
        again = gate("vet", tmp_path / "kept", "--repo", mapped.top)
        assert again.status == 0, again.err


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (_lines(CORPUS | {"encoder": "libx264"}), "`rc_mode` is missing"),
        (_lines(CORPUS | {"preset": "slow"}), "adapter h264_nvenc has no preset 'slow' (it has ultrafast, fast"),
        (
            json.dumps({"renditions": [{"crf": 2}]}),
            "`codec` is missing, so nothing says what encodes it (give --encoder NAME)",
        ),
        (_lines(CORPUS | {"crf": "x"}), "`q` is no quality of adapter h264_nvenc: 'x'"),
    ],
)
def test_what_cannot_be_placed_is_named(mapped, gate, tmp_path, text, what):
    (tmp_path / "r").write_text(text)
    ended = gate("vet", tmp_path / "r", "--repo", mapped.top)
    assert (ended.status, ended.out) == (2, "")
    assert f"{tmp_path / 'r'}:1: {what}" in ended.err


def test_what_its_adapter_raises_for_is_named_and_stays(mapped, gate, tmp_path):
    rows = [CORPUS | BF, CORPUS | {"encoder": "missing"}]
    (tmp_path / "r").write_text(json.dumps(rows))
    ended = gate("vet", tmp_path / "r", "--repo", mapped.top, "--format", "json", "-o", tmp_path / "kept")
    assert (ended.status, len(ended.report["recommendations"])) == (1, 1), ended.err
    assert any("line 1: the adapter of missing raises for it" in notice for notice in ended.report["notices"])
    assert json.loads((tmp_path / "kept").read_text()) == rows[1:]


def test_a_ladder_with_its_encoder(mapped, gate, tmp_path):
    ladder = {"renditions": [{"crf": 2, "height": 1080}, {"crf": 8, "height": 2160}], "schema": "vmaf-tune-ladder/v1"}
    (tmp_path / "r").write_text(json.dumps(ladder))
    ended = gate("vet", tmp_path / "r", "--repo", mapped.top, "--encoder", "tuned", "-o", tmp_path / "kept")
    assert ended.status == 1, ended.err
    assert [r["height"] for r in json.loads((tmp_path / "kept").read_text())["renditions"]] == [2160]


def test_an_override_lets_it_through_and_is_named(mapped, gate, tmp_path):
    (tmp_path / "r").write_text(_lines(CORPUS | BF))
    waiver = {"codec": "h264_nvenc", "knobs": {"bf": 3}, "reason": "asked for", "owner": "me", "expires": "2999-01-01"}
    (tmp_path / "o.yml").write_text(json.dumps({"waivers": [waiver]}))
    ended = gate("vet", tmp_path / "r", "--repo", mapped.top, "--override", tmp_path / "o.yml", "--format", "json")
    assert ended.status == 0, ended.err
    assert (ended.report["recommendations"][0]["waiver"], ended.report["waivers"][0]["status"]) == (0, "used")
    assert any("from --override" in notice for notice in ended.report["notices"])
    (tmp_path / "o.yml").write_text(json.dumps({"waivers": [waiver | {"expires": "2020-01-01"}]}))
    assert gate("vet", tmp_path / "r", "--repo", mapped.top, "--override", tmp_path / "o.yml").status == 1
    (tmp_path / "o.yml").write_text("mode: advisory\n")
    ended = gate("vet", tmp_path / "r", "--repo", mapped.top, "--override", tmp_path / "o.yml")
    assert (ended.status, "holds `waivers` only, not mode" in ended.err) == (2, True)


@pytest.mark.parametrize("change", [None, "b-frames"])
def test_the_adapters_own_defaults_get_the_verdict_of_a_check(project, gate, tmp_path, change):
    if change is not None:
        for path in (ADAPTERS / "changes" / change).rglob("*.py"):
            project.write({str(path.relative_to(ADAPTERS / "changes" / change)): path.read_text()})
    project.commit({".github/codec-gate.yml": "reach: emitted\n"})
    check = gate("check", "--repo", project.top, "--all", "--base", "HEAD", "--head", "HEAD", "--format", "json").report
    judged = {
        (change["adapter"], preset): point
        for change in check["changes"]
        for point in change["points"]
        for preset in point["adapter_presets"]
    }
    listed = gate("defaults", "--repo", project.top, "--ref", "HEAD", "--format", "json").report
    defaults = {one["key"]: one["quality_default"] for one in listed}
    rows = [{"encoder": key, "preset": preset, "crf": defaults[key], "extra_params": []} for key, preset in judged]
    (tmp_path / "r").write_text(_lines(*rows))
    report = gate("vet", tmp_path / "r", "--repo", project.top, "--format", "json").report
    assert len(report["recommendations"]) == len(rows) > 10
    for (key, preset), one in zip(judged, report["recommendations"], strict=True):
        found, right = report["points"][one["point"]]["judged"], judged[key, preset]
        for name in ("rc_mode", "preset", "q", "knobs", "recipe", "verdict", "action", "not_judged"):
            assert found[name] == right[name], (key, preset, name)
        assert one["dropped"] is (right["action"] == "fail")
