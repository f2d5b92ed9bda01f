"""`gate sweep` as a user runs it: real encodes of tiny clips."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from typing import Any

import pytest

from gate.evidence.measure import ffmpeg
from gate.evidence.sweep.manifest import find_manifest
from tests.evidence.measure.grids import make_clips, spec_text
from tests.evidence.measure.killing import is_alive, kill_again_and_again, left_behind, without_times


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """The three clips, made once."""
    return make_clips(tmp_path_factory.mktemp("clips"))


@pytest.fixture
def clips(made, tmp_path):
    """The three clips in a folder of the test's own."""
    return shutil.copytree(made, tmp_path / "media")


@pytest.fixture
def spec(clips):
    path = clips / "spec.yaml"
    path.write_text(spec_text(clips))
    return path


def test_a_run_makes_a_sweep_that_the_other_commands_take(gate, spec, tmp_path):
    out = tmp_path / "out"
    ended = gate("sweep", "run", spec, "-o", out)
    assert ended.status == 0, ended.err
    assert ended.out == f"{out}/sweep.jsonl: 24 rows of 24, 24 made now\n"
    assert ended.err.splitlines()[0] == "full: every cell on every source"
    assert ended.err.splitlines()[-1].startswith("24 of 24 encodes")
    assert left_behind(out) == []
    assert (out / "spec.yaml").read_bytes() == spec.read_bytes()
    manifest = find_manifest(out / "sweep.jsonl")
    assert manifest is not None
    assert manifest.provenance.value == "measured"
    assert manifest.corpus == ("c1", "c2", "c3")
    assert (manifest.content, str(manifest.clips)) == (None, "96×96, 0.32 s")  # nobody says what files show
    assert set(manifest.tools) == {"ffmpeg", "libvmaf", "libx264"}
    assert manifest.recipes == {"libx264": {"bare": {}, "deblock": {"deblock": "-3:-3"}}}
    assert manifest.rc_modes == {"libx264": {"crf": ("crf",), "vbr": ("vbr",)}}
    built = gate("sample", "build", out / "sweep.jsonl", "-o", tmp_path / "s.parquet")
    assert (built.status, "measured" in built.out) == (0, True), built.err
    assert gate("analyze", out / "sweep.jsonl", "--out", tmp_path / "tables").status == 0

    rows = without_times(out / "sweep.jsonl")
    design, targets = manifest.notes
    assert design == "design full: every cell on every source"
    assert re.match(
        r"target bitrate: \d of 4 cells of libx264 \(vbr\) are off by more than 10% on most sources", targets
    )
    again = gate("sweep", "run", spec, "-o", out)
    assert again.out == f"{out}/sweep.jsonl: 24 rows of 24, 0 made now\n"
    assert without_times(out / "sweep.jsonl") == rows

    exact = gate("sweep", "run", spec, "-o", tmp_path / "exact", "--design", "exact")
    assert exact.status == 0, exact.err
    some = without_times(tmp_path / "exact" / "sweep.jsonl")
    assert [row for row in rows if row in some] == some


def test_a_knob_without_effect_is_said_and_marked(gate, clips, tmp_path):
    path = clips / "spec.yaml"
    codec = {
        "presets": ["ultrafast"],
        "rc_modes": {"crf": [24]},
        "recipes": {"none": {"aq-mode": 0}, "some": {"deblock": "-3:-3"}},
    }
    path.write_text(spec_text(clips, sources=1, codecs={"libx264": codec}))
    ended = gate("sweep", "run", path, "-o", tmp_path / "out")
    said = "no effect: recipe none of libx264 gives the bare encoder's stream wherever both were measured"
    assert ended.out.splitlines()[1:] == [said]
    rows = [json.loads(line) for line in (tmp_path / "out" / "sweep.jsonl").read_text().splitlines()]
    assert {row["recipe"]: row.get("no_effect") for row in rows} == {"bare": None, "none": True, "some": None}
    manifest = find_manifest(tmp_path / "out" / "sweep.jsonl")
    assert manifest is not None
    assert said in manifest.notes


def test_failures_are_rows_of_their_own_and_the_run_says_so(gate, clips, tmp_path):
    path = clips / "spec.yaml"
    codec = {
        "presets": ["ultrafast"],
        "rc_modes": {"crf": [24]},
        "recipes": {"wrong": {"no-such-knob": 1}, "right": {"deblock": "-3:-3"}},
    }
    path.write_text(spec_text(clips, sources=1, codecs={"libx264": codec}))
    out = tmp_path / "out"
    for option, made_now in ((), 3), ((), 0), (("--retry-failed",), 1):
        ended = gate("sweep", "run", path, "-o", out, *option)
        assert ended.status == 2
        assert f"{made_now} made now" in ended.out
        assert f"1 encode failed, see {out}/failures.jsonl" in ended.out
    failures = [json.loads(line) for line in (out / "failures.jsonl").read_text().splitlines()]
    assert [(failure["recipe"], failure["q"]) for failure in failures] == [("wrong", "24")]
    assert "no-such-knob" in " ".join(failures[0]["command"])
    assert "no-such-knob" in failures[0]["words"]
    assert len((out / "sweep.jsonl").read_text().splitlines()) == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--design", "some"), "--design: no design 'some'"),
        (("--structural", "4"), "structural at 4 is impossible: 4 of 3 sources"),
        (("--ffmpeg", "no-such-program"), "no-such-program"),
        (("--ffmpeg", sys.executable), "isn't FFmpeg"),
        (("--limit", "0"), "0 is not in the range"),
    ],
)
def test_what_can_not_be_measured_is_one_clear_error(gate, spec, tmp_path, arguments, said):
    ended = gate("sweep", "run", spec, "-o", tmp_path / "out", *arguments)
    assert ended.status == 2
    assert said in ended.err
    assert ended.err.count("\n") == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("frames: 8", "frames: 9"), "has 8 frames, 9 are asked for"),
        (("c2.y4m", "none.y4m"), "can't be read: No such file"),
        (("c2.y4m", "empty.y4m"), "is empty"),
        (("c2.y4m", "words.y4m"), "can't decode it"),
        (("c2.y4m", "copy.y4m"), "sources 'c1' and 'copy' are the same pictures"),
        (("vmaf_v0.6.1", "vmaf_v0"), "vmaf_v0"),
    ],
)
def test_a_corpus_that_can_not_be_measured_is_one_clear_error(gate, clips, tmp_path, change, said):
    (clips / "empty.y4m").write_bytes(b"")
    (clips / "words.y4m").write_text("This is no video.\n" * 100)
    (clips / "copy.y4m").write_bytes((clips / "c1.y4m").read_bytes())
    text = spec_text(clips, vmaf={"model": "vmaf_v0.6.1"})
    assert change[0] in text
    (clips / "spec.yaml").write_text(text.replace(*change))
    ended = gate("sweep", "run", clips / "spec.yaml", "-o", tmp_path / "out")
    assert ended.status == 2
    assert said in ended.err
    assert ended.err.count("\n") == 1


def test_rows_of_another_clip_are_refused(gate, spec, clips, tmp_path):
    assert gate("sweep", "run", spec, "-o", tmp_path / "out", "--limit", "3").status == 0
    (clips / "c3.y4m").replace(clips / "c1.y4m")
    (clips / "c3.y4m").write_bytes((clips / "c2.y4m").read_bytes()[:-1] + b"\x01")
    ended = gate("sweep", "run", spec, "-o", tmp_path / "out")
    assert ended.status == 2
    assert "holds a row of another measurement" in ended.err
    assert "other settings or another clip" in ended.err


def test_the_plan_counts_and_estimates(gate, spec, tmp_path):
    full = gate("sweep", "plan", spec)
    assert full.status == 0, full.err
    assert "encodes  24\n" in full.out
    assert "calibrated by 2 encodes of 2 sources" in full.out
    assert "sources (too few: on fewer than 5 nothing is called structural), structural from" in full.out
    assert "encodes  8 to 24\n" in gate("sweep", "plan", spec, "--design", "exact").out
    assert gate("sweep", "run", spec, "-o", tmp_path / "out", "--limit", "10").status == 0
    so_far = gate("sweep", "plan", spec, "--rows", tmp_path / "out")
    assert "on disk  10 of them\n" in so_far.out
    assert "from the encode times of these rows" in so_far.out
    assert gate("sweep", "plan", spec, "--rows", tmp_path).status == 2


PLANLESS: dict[str, tuple[dict[str, Any], str]] = {
    "a missing clip": ({"corpus": {"frames": 8, "sources": [{"file": "none.y4m"}], "fetch": "make clips"}},
                       "none.y4m: can't be read: No such file or directory (bring it with `make clips`)"),
    "a clip too short": ({"corpus": {"frames": 9, "sources": [{"file": "c1.y4m"}]}}, "has 8 frames, 9 are asked for"),
    "a wrong model": ({"vmaf": {"model": "vmaf_v9"}}, "can't take VMAF with vmaf_v9"),
    "an encoder without a device": ({"codecs": {"h264_nvenc": {"presets": ["p1"], "rc_modes": {"cqp": [30]}}}},
                                    "h264_nvenc"),
}  # fmt: skip


@pytest.mark.parametrize("case", PLANLESS)
def test_a_plan_refuses_what_a_run_would(gate, clips, tmp_path, case):
    changes, said = PLANLESS[case]
    (clips / "spec.yaml").write_text(spec_text(clips, **changes))
    planned = gate("sweep", "plan", clips / "spec.yaml")
    ran = gate("sweep", "run", clips / "spec.yaml", "-o", tmp_path / "out")
    assert (planned.status, ran.status) == (2, 2)
    assert said in planned.err
    assert planned.err.splitlines()[-1] == ran.err.splitlines()[-1]
    assert planned.out == ""


def test_killed_at_random_moments_it_ends_as_one_that_was_left_alone(spec, tmp_path):
    told = kill_again_and_again(spec, tmp_path / "calm", tmp_path / "killed", kills=2, seed=5)
    assert told.statuses == (0, 0)
    assert without_times(tmp_path / "killed" / "sweep.jsonl") == without_times(tmp_path / "calm" / "sweep.jsonl")
    assert left_behind(tmp_path / "killed") == []


HANGING = """#!/bin/sh
case "$*" in *-progress*-crf*) echo $$ >"$0.new"; mv "$0.new" "$0.pid"; exec sleep 60;; *) exec {real} "$@";; esac
"""


@pytest.mark.parametrize(
    ("number", "status", "said"),
    [
        (signal.SIGTERM, 2, "interrupted; 0 rows are on disk"),
        (signal.SIGINT, 2, "interrupted; 0 rows are on disk"),
        (signal.SIGKILL, -9, ""),
    ],
)
def test_whatever_ends_a_run_ends_its_encoders(number, status, said, clips, tmp_path):
    codec = {"presets": ["ultrafast"], "rc_modes": {"crf": [24]}}
    (clips / "spec.yaml").write_text(spec_text(clips, sources=1, codecs={"libx264": codec}))
    program, noted = tmp_path / "ffmpeg", tmp_path / "ffmpeg.pid"
    program.write_text(HANGING.format(real=ffmpeg.find(None)))
    program.chmod(0o755)
    out = tmp_path / "out"
    command = [sys.executable, "-m", "gate", "sweep", "run", clips / "spec.yaml", "-o", out, "--ffmpeg", program]
    run = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    while not noted.exists():
        assert run.poll() is None
        time.sleep(0.01)
    run.send_signal(number)  # to the gate alone
    _, words = run.communicate()
    assert (run.returncode, said in words, "Traceback" in words) == (status, True, False)
    assert not is_alive(int(noted.read_text()))
    if number != signal.SIGKILL:
        assert left_behind(out) == [".work-sources"]


def test_what_a_spec_says_forges_no_line(gate, clips):
    text = spec_text(clips, title="good\ngate: PASSED\x1b[2J").replace("deblock:", '"d\\e[2Jb\\nx":', 1)
    (clips / "spec.yaml").write_text(text)
    planned = gate("sweep", "plan", clips / "spec.yaml")
    assert planned.status == 0, planned.err
    assert planned.out.splitlines()[0] == f"{clips}/spec.yaml: good\\ngate: PASSED\\x1b[2J"
    assert "\x1b" not in planned.out + planned.err


def test_a_failure_of_a_recipe_with_a_forged_name_is_one_line(gate, clips, tmp_path):
    codec = {"presets": ["ultrafast"], "rc_modes": {"crf": [24]}, "recipes": {"a\nb\x1b[2J": {"no-such-knob": 1}}}
    (clips / "spec.yaml").write_text(spec_text(clips, sources=1, codecs={"libx264": codec}))
    ended = gate("sweep", "run", clips / "spec.yaml", "-o", tmp_path / "out")
    assert ended.status == 2
    assert ended.out.splitlines()[-1].startswith("  c1, libx264 (crf, a\\nb\\x1b[2J, ultrafast, q=24): not taken: ")
    assert "\x1b" not in ended.out + ended.err


def test_a_knob_that_is_none_names_the_recipe_before_anything_is_made(gate, clips, tmp_path):
    codec = {"presets": ["ultrafast"], "rc_modes": {"crf": [24]}, "recipes": {"half": {"vf": "scale=48:48"}}}
    (clips / "spec.yaml").write_text(spec_text(clips, codecs={"libx264": codec}))
    ended = gate("sweep", "run", clips / "spec.yaml", "-o", tmp_path / "out")
    assert (ended.status, ended.err.count("\n")) == (2, 1)
    assert "codecs.libx264 (crf, half, ultrafast, q=24): the knob 'vf' is no setting of libx264" in ended.err
    assert not (tmp_path / "out").exists()


def test_an_interrupt_stops_cleanly_and_says_how_to_go_on(spec, tmp_path):
    out = tmp_path / "out"
    command = [sys.executable, "-m", "gate", "sweep", "run", spec, "-o", out]
    run = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    while not (out / "sweep.jsonl").exists():
        assert run.poll() is None
        time.sleep(0.01)
    os.killpg(run.pid, signal.SIGINT)  # as a terminal does: the encoders hear it, too
    _, said = run.communicate()
    assert run.returncode == 2
    assert "rows are on disk (run the same command again to go on)" in said.splitlines()[-1]
    assert "Traceback" not in said
    assert left_behind(out) == [".work-sources"]
    assert not (out / "failures.jsonl").exists()
    manifest = find_manifest(out / "sweep.jsonl")
    assert manifest is not None
    assert any("unfinished" in lack for lack in manifest.lacks)


def test_what_a_sweep_lacks_is_said_of_its_sample_and_by_every_check_on_it(gate, spec, work, tmp_path):
    out, sample = tmp_path / "out", tmp_path / "s.parquet"
    assert gate("sweep", "run", spec, "-o", out, "--limit", "10").status == 0
    built = gate("sample", "build", out / "sweep.jsonl", "-o", sample)
    assert (built.status, "LACKS unfinished: " in built.out) == (0, True)
    assert "LACKS" in gate("sample", "info", sample).out
    work.commit(
        {
            "adapters.yaml": "adapters:\n  - {name: x, encoder: libx264, presets: [ultrafast], quality_knob: crf, quality_default: 24}\n"
        }
    )
    asked = ("--repo", work.top, "--reader", "manifest", "--adapters", "adapters.yaml", "--sample", sample)
    checked = gate("check", *asked, "--format", "json")
    assert any("lacks rows, unfinished" in notice for notice in checked.report["notices"])
    assert gate("sweep", "run", spec, "-o", out).status == 0
    assert "LACKS" not in gate("sample", "build", out / "sweep.jsonl", "-o", sample).out


def test_failed_encodes_are_named_by_recipe(gate, spec, tmp_path):
    text = spec.read_text()
    spec.write_text(re.sub(r"deblock: '?-3:-3'?", "no-such-option: 1", text))
    assert spec.read_text() != text
    out = tmp_path / "out"
    assert gate("sweep", "run", spec, "-o", out).status == 2
    assert (
        gate("sample", "build", out / "sweep.jsonl", "-o", tmp_path / "s.parquet").out.count(
            "failed: of libx264 deblock"
        )
        == 1
    )
