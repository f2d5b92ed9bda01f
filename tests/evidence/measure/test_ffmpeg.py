"""Finding FFmpeg, asking it what it is, and running it."""

import re
import tempfile
from pathlib import Path

import pytest

from gate.errors import GateError, UsageError
from gate.evidence.measure import ffmpeg
from tests.evidence.measure.killing import is_alive


@pytest.fixture(scope="module")
def real():
    return ffmpeg.find(None)


def stand_in(tmp_path, script):
    path = tmp_path / "ffmpeg"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_the_one_that_a_package_brings(real):
    assert real.is_absolute()
    assert ffmpeg.find(real) == real


def test_a_commands_name_is_looked_up(tmp_path, monkeypatch):
    made = stand_in(tmp_path, "exit 0")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert ffmpeg.find(Path("ffmpeg")) == made.resolve()


@pytest.mark.parametrize("given", ["no-such-ffmpeg", "/no/such/ffmpeg"])
def test_no_such_program(given):
    with pytest.raises(UsageError, match="no program of this name"):
        ffmpeg.find(Path(given))


def test_a_file_that_is_no_program(tmp_path):
    (tmp_path / "ffmpeg").write_text("")
    with pytest.raises(UsageError, match="no program of this name"):
        ffmpeg.find(tmp_path / "ffmpeg")


def test_what_measures_says_its_versions(real):
    tools = ffmpeg.tools(real, model="vmaf_v0.6.1", pooling="harmonic_mean", device="GPU", driver="1.2")
    assert (tools.model, tools.pooling, tools.device, tools.driver) == ("vmaf_v0.6.1", "harmonic_mean", "GPU", "1.2")
    assert tools.ffmpeg_version
    assert tools.libvmaf_version


@pytest.mark.parametrize(
    ("model", "pooling", "said"),
    [
        ("vmaf_v0.6.1", "median", "no pooling 'median'"),
        ("vmaf_v9.9.9", "mean", "can't take VMAF with vmaf_v9.9.9"),
        ("a:log_path=/etc/x", "mean", "is no version of a VMAF model"),
    ],
)
def test_a_model_or_a_pooling_that_there_is_not(real, model, pooling, said):
    with pytest.raises(UsageError, match=said):
        ffmpeg.tools(real, model=model, pooling=pooling)


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo hello", "isn't FFmpeg"),
        ("exit 1", "isn't FFmpeg"),
        ('echo "ffmpeg version 7.1 Copyright"; echo "No such filter: \'libvmaf\'" >&2; exit 1', "without libvmaf"),
        ('echo "ffmpeg version 7.1 Copyright"', "can't take VMAF"),
    ],
)
def test_a_program_that_can_not_measure(tmp_path, script, said):
    with pytest.raises(UsageError, match=said):
        ffmpeg.tools(stand_in(tmp_path, script), model="vmaf_v0.6.1", pooling="mean")


def test_encoders_that_run_say_their_librarys_version(real):
    codecs = ["libx264", "libx265", "libsvtav1", "libaom-av1", "libvpx-vp9", "libvvenc", "libx264"]
    found = ffmpeg.library_versions(real, codecs)
    assert list(found) == codecs[:-1]
    assert all(re.match(r"v?\d+", version) for version in found.values()), found


def test_where_encoders_run_elsewhere_their_versions_are_not_known(real):
    found = ffmpeg.library_versions(real, ["libnothing", "h264_nvenc", "libx264"], required=False)
    assert (found["libnothing"], found["h264_nvenc"], bool(found["libx264"])) == ("", "", True)


@pytest.mark.parametrize(
    ("codec", "said"),
    [("libnothing", "has no encoder libnothing"), ("h264_nvenc", "(has no encoder|the encoder) h264_nvenc")],
)
def test_an_encoder_that_is_missing_or_has_no_device(real, codec, said):
    with pytest.raises(UsageError, match=said):
        ffmpeg.library_versions(real, ["libx264", codec])


def test_settings_of_the_user_do_not_reach_it(tmp_path, monkeypatch):
    for name in ("FFREPORT", "FFMPEG_DATADIR", "AV_LOG_FORCE_COLOR", "SVT_LOG", "LC_ALL"):
        monkeypatch.setenv(name, "a-users-own")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    said = ffmpeg.run(stand_in(tmp_path, "env; pwd; cat"), (), folder=tmp_path, timeout=10).output.decode()
    assert "a-users-own" not in said
    assert "LC_ALL=C\n" in said
    assert "CUDA_VISIBLE_DEVICES=1\n" in said  # says which device encodes
    assert said.splitlines()[-1] == str(tmp_path)


def test_what_a_command_comes_to(tmp_path):
    ran = ffmpeg.run(stand_in(tmp_path, 'echo out; echo "[libx @ 0x55d0] err" >&2; exit 3'), ("-a",), timeout=10)
    assert (ran.status, ran.output, ran.words) == (3, b"out\n", "[libx] err\n")
    assert ran.command == (str(tmp_path / "ffmpeg"), "-a")


def test_what_takes_too_long_is_stopped(tmp_path):
    ran = ffmpeg.run(stand_in(tmp_path, "echo here >&2; exec sleep 60"), (), timeout=0.3)
    assert (ran.status, ran.words) == (None, "here\n")


def test_what_a_wrapper_started_is_stopped_with_it(tmp_path):
    script = 'sleep 60 & echo $! >"$0.child"; echo here >&2; wait'
    ran = ffmpeg.run(stand_in(tmp_path, script), (), timeout=0.5)
    assert (ran.status, ran.words) == (None, "here\n")
    assert not is_alive(int((tmp_path / "ffmpeg.child").read_text()))


def test_asking_for_the_version_leaves_no_file(real, tmp_path, monkeypatch):
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))  # no temporary folder can be made
    monkeypatch.chdir(folder)
    assert ffmpeg.tools(real, model="vmaf_v0.6.1", pooling="mean").libvmaf_version
    assert list(folder.iterdir()) == []


def test_a_missing_folder_is_not_a_missing_program(real, tmp_path):
    with pytest.raises(GateError, match="the folder for temporary files is gone"):
        ffmpeg.run(real, ("-version",), folder=tmp_path / "gone", timeout=10)
