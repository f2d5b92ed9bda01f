"""Many machines: real schedulers and workers, some killed; the rows are those of one machine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from gate.errors import GateError, UsageError
from gate.evidence.measure import ffmpeg
from gate.evidence.measure.cluster import ClusterExecutor, check_address, resource_of
from gate.evidence.measure.session import on_cluster
from gate.evidence.measure.worker import Settings, own_tools
from gate.evidence.measure.y4m import described
from tests.evidence.measure.cluster_processes import cluster_in
from tests.evidence.measure.grids import TOOLS, grid, make_clips, spec_text
from tests.evidence.measure.killing import left_behind, without_times

WITH_TIME = pytest.mark.skipif(os.environ.get("GATE_CLUSTER") != "all", reason="takes long: `make cluster` runs it")


@pytest.fixture(scope="module")
def media(tmp_path_factory):
    """Three clips, a spec over them, and the rows that this machine makes of it."""
    folder = make_clips(tmp_path_factory.mktemp("media"))
    (folder / "spec.yaml").write_text(spec_text(folder))
    assert measure(folder, "alone").wait() == 0
    return folder


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with cluster_in(tmp_path_factory.mktemp("cluster")) as made:
        yield made


def measure(folder, output, *arguments):
    """`gate sweep run` as a program of its own. A path that is another folder for every process isn't shared."""
    place = Path("/proc/self/cwd") / output
    command = [sys.executable, "-m", "gate", "sweep", "run", "spec.yaml", "-o", place, *arguments]
    with (folder / f"{output}.err").open("wb") as errors:
        return subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=errors)


def rows(folder, output):
    return without_times(folder / output / "sweep.jsonl")


def test_one_of_two_workers_killed_midway_costs_nothing_but_its_encodes_in_flight(media, cluster):
    first, _ = cluster.worker("k1"), cluster.worker("k2")
    run = measure(media, "killed", "--scheduler", cluster.address)
    while not (media / "killed/sweep.jsonl").exists():
        assert run.poll() is None, (media / "killed.err").read_text()
        time.sleep(0.01)
    first.kill()
    assert run.wait() == 0, (media / "killed.err").read_text()
    assert rows(media, "killed") == rows(media, "alone")
    assert left_behind(media / "killed") == []
    said = (media / "killed.err").read_text().splitlines()
    assert said[0] == "full: every cell on every source"
    assert all("encodes" in line for line in said[1:])  # progress, and nothing of Dask's
    assert "take_there" in (cluster.folder / "k1/log").read_text()  # it was sent its clips
    assert cluster.left_behind("k2") == []


@WITH_TIME
def test_two_workers_make_the_rows_of_one_machine(media, cluster):
    cluster.worker("w1")
    cluster.worker("w2")
    assert measure(media, "both", "--scheduler", cluster.address).wait() == 0
    assert rows(media, "both") == rows(media, "alone")
    assert cluster.left_behind("w1") == cluster.left_behind("w2") == []


@WITH_TIME
def test_a_run_whose_scheduler_dies_says_how_to_go_on_and_does(media, tmp_path):
    with cluster_in(tmp_path) as cluster:
        cluster.worker("w1")
        run = measure(media, "alas", "--scheduler", cluster.address)
        while not (media / "alas/sweep.jsonl").exists():
            time.sleep(0.01)
        cluster.processes[0].kill()
        assert run.wait() == 2
    said = (media / "alas.err").read_text().splitlines()[-1]
    assert "the connection to the scheduler was lost" in said
    assert "run the same command again to go on" in said
    assert measure(media, "alas").wait() == 0
    assert rows(media, "alas") == rows(media, "alone")


@WITH_TIME
def test_an_interrupt_keeps_what_is_under_way(media, tmp_path):
    with cluster_in(tmp_path) as cluster:
        cluster.worker("w1")
        run = measure(media, "stopped", "--scheduler", cluster.address)
        while not (media / "stopped/sweep.jsonl").exists():
            time.sleep(0.01)
        run.send_signal(signal.SIGINT)
        assert run.wait() == 2
        assert cluster.left_behind("w1") == []
    assert "rows are on disk (run the same command again" in (media / "stopped.err").read_text().splitlines()[-1]
    assert not (media / "stopped/failures.jsonl").exists()


@contextmanager
def executor(cluster, **changes):
    terms = replace(Settings(clips={}, tools=TOOLS, threads=1), **changes)
    with ClusterExecutor(cluster.address, terms, patience_s=0.05) as made:
        yield made


def outcome_of(made):
    """What comes of a first encode, however long it takes."""
    while not (found := made.completed(0.1)):
        pass
    return found


@pytest.fixture
def encode(tmp_path):
    return next(iter(grid(tmp_path, 1, 0).encodes.values()))


def test_an_encode_that_no_worker_can_make_is_waited_for_within_bounds(cluster, encode):
    said = r'no worker has offered the resource NVENC for .* --resources "NVENC=1"; what has finished is on disk'
    with executor(cluster) as made:
        made.submit("key", replace(encode, place=encode.place._replace(codec="h264_nvenc")))
        with pytest.raises(GateError, match=said):
            outcome_of(made)


@WITH_TIME
def test_so_is_any_worker_at_all(tmp_path, encode):
    with cluster_in(tmp_path) as empty, executor(empty) as made:
        made.submit("key", encode)
        with pytest.raises(GateError, match=r"there has been no worker for 0\.05 s \(start one: dask worker tcp"):
            outcome_of(made)


@pytest.mark.parametrize("address", ["", "host", "host:8786", "tcp://host", "http://host:80", "tcp://host:port"])
def test_what_is_no_address_is_told_so(address):
    with pytest.raises(UsageError, match=r"is no address of a scheduler \(write tcp://HOST:PORT\)"):
        check_address(address)


def test_no_scheduler_at_an_address_is_told_within_bounds():
    address = "tcp://127.0.0.1:1"
    check_address(address)
    nobody = ClusterExecutor(address, Settings(clips={}, tools=TOOLS, threads=1), connecting_s=0.2)
    with pytest.raises(UsageError, match=r"no scheduler answers within 0\.2 s"):
        nobody.__enter__()


@pytest.mark.parametrize(
    ("codec", "resource"),
    [
        ("libx264", ""),
        ("libaom-av1", ""),
        ("h264_nvenc", "NVENC"),
        ("av1_qsv", "QSV"),
        ("hevc_videotoolbox", "VIDEOTOOLBOX"),
    ],
)
def test_hardware_encoders_ask_for_a_resource(codec, resource):
    assert resource_of(codec) == resource


@pytest.fixture(scope="module")
def terms():
    tools = ffmpeg.tools(ffmpeg.find(None), model="vmaf_v0.6.1", pooling="mean")
    return Settings(clips={}, tools=tools, threads=1)


def test_a_worker_uses_the_plans_ffmpeg_or_its_own(terms):
    assert own_tools(terms) == terms.tools
    elsewhere = replace(terms.tools, ffmpeg=Path("/no/such/ffmpeg"), device="GPU", driver="1")
    assert own_tools(replace(terms, tools=elsewhere)) == replace(terms.tools, device="GPU", driver="1")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"ffmpeg_version": "5.1"}, r"measures with FFmpeg .*, the plan with 5\.1 \(install FFmpeg 5\.1 there"),
        ({"libvmaf_version": "1.0"}, r"measures with libvmaf .*, the plan with 1\.0"),
    ],
)
def test_a_worker_that_measures_otherwise_is_refused(terms, changes, said):
    with pytest.raises(UsageError, match=said):
        own_tools(replace(terms, tools=replace(terms.tools, **changes)))


def test_so_is_one_with_another_version_of_the_gate(terms):
    with pytest.raises(UsageError, match=r"measures with codec-gate .*, the plan with 0\.0"):
        own_tools(replace(terms, version="0.0"))


@pytest.mark.parametrize(
    ("changes", "what"),
    [({"ffmpeg_version": "5.1"}, "FFmpeg 5.1"), ({"libraries": {"libx264": "1"}}, "libx264 1")],
    ids=["FFmpeg", "library"],
)
def test_an_error_of_a_worker_names_it(changes, what, terms, media, cluster, encode):
    cluster.worker(f"w3-{what.split()[0]}")
    clip = described(media / "c1.y4m", "s0")
    tools = replace(terms.tools, **changes)
    with ClusterExecutor(cluster.address, replace(terms, clips={"s0": clip}, tools=tools)) as made:
        made.submit("key", encode)
        with pytest.raises(UsageError, match=f"measures with {what.split()[0]} ") as caught:
            outcome_of(made)
    assert caught.value.where.startswith("worker tcp://127.0.0.1:")
    assert caught.value.fix.startswith(f"install {what} there")


@WITH_TIME
def test_an_encode_before_which_every_worker_dies_is_a_failure(terms, media, cluster, encode, tmp_path):
    deadly = tmp_path / "ffmpeg"
    deadly.write_text(
        f'#!/bin/sh\ncase "$*" in *yuv4mpeg*|*c1.y4m*) kill -9 $PPID;; esac\nexec {terms.tools.ffmpeg} "$@"\n'
    )
    deadly.chmod(0o755)
    for at in ("d1", "d2", "d3"):
        cluster.worker(at)
    clip = described(media / "c1.y4m", "s0")
    changed = replace(terms, clips={"s0": clip}, tools=replace(terms.tools, ffmpeg=deadly))
    with ClusterExecutor(cluster.address, changed) as made:
        made.submit("key", encode)
        [failure] = outcome_of(made)
    assert (failure.key, failure.place, failure.reason) == ("key", encode.place, "every worker that made it died")


def test_without_distributed_it_says_what_to_install(monkeypatch):
    for name in ("gate.evidence.measure.cluster", "gate.evidence.measure.worker"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UsageError, match=r"distributed isn't installed \(pip install codec-gate\[cluster\]\)"):
        on_cluster("tcp://127.0.0.1:8786")
