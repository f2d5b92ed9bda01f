"""The folder of a sweep: what is on disk when, what a killed run leaves behind, and one run at a time."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from gate.errors import GateError, SweepError, UsageError
from gate.evidence.measure.model import Failure, Row
from gate.evidence.measure.rows import line_of, raw_row, read_failure_line, read_row_line, with_effects
from gate.evidence.measure.store import FAILURES, SWEEP, open_store, read_rows
from gate.evidence.sweep.read import read_sweep
from tests.evidence.measure.grids import grid, made_up


@pytest.fixture
def plan(tmp_path):
    return grid(tmp_path, 1, 2, qualities=2)


@pytest.fixture
def rows(plan):
    kept = [made_up(encode) for encode in plan.encodes.values()]
    return [row for row in kept if isinstance(row, Row)]


def _failed(row, words="sorry"):
    return Failure(place=row.place, key=row.key, command=("ffmpeg", "-i", "x"), reason="it failed", words=words)


def test_lines_read_back_as_they_were(rows):
    for row in (*rows, replace(rows[0], no_effect=True), replace(rows[0], vmaf_score=0.1 + 0.2)):
        line = line_of(raw_row(row))
        assert line.count(b"\n") == 1
        assert read_row_line(line.decode(), "") == row


def test_what_a_program_said_forges_no_line(tmp_path, rows):
    failed = _failed(rows[0], words='first\n{"source": "forged"}\r\x1b[2J \u2028')
    with open_store(tmp_path) as store:
        store.fail(failed)
    lines = (tmp_path / FAILURES).read_bytes().decode().split("\n")
    assert [read_failure_line(line, "") for line in lines[:-1]] == [failed]
    with open_store(tmp_path) as store:
        assert store.failures == {failed.place: failed}


def test_every_row_is_on_disk_before_it_counts(tmp_path, rows):
    with open_store(tmp_path / "out") as store:
        for count, row in enumerate(rows, start=1):
            store.add(row)
            assert list(read_rows(tmp_path / "out" / SWEEP)) == list(store.rows) == [r.place for r in rows[:count]]


@pytest.mark.parametrize("name", [SWEEP, FAILURES])
def test_a_folder_where_a_file_should_be_is_told_so(tmp_path, name):
    (tmp_path / name).mkdir()
    with pytest.raises(UsageError, match="can't be read: Is a directory") as error, open_store(tmp_path):
        pass
    assert error.value.where == str(tmp_path / name)
    assert "another folder" in error.value.fix


@pytest.mark.skipif(not Path("/sys/kernel").is_dir(), reason="needs a folder that not even root can write to")
def test_a_folder_that_can_not_be_written_to_is_told_so():
    with pytest.raises(UsageError, match="can't be written to: ") as error, open_store(Path("/sys/kernel")):
        pass
    assert (error.value.where, "another folder" in error.value.fix) == ("/sys/kernel", True)


def test_the_gate_reads_what_is_written(tmp_path, rows):
    with open_store(tmp_path / "out") as store:
        for row in rows:
            store.add(row)
    sweep = read_sweep(tmp_path / "out" / SWEEP)
    assert len(sweep) == len(rows)
    assert sweep.vmaf.tolist() == [row.vmaf_score for row in rows]
    assert sweep.bare.tolist() == [row.place.recipe == "bare" for row in rows]
    assert sweep.knobs == {("libx264", "r0"): "subq=0", ("libx264", "r1"): "subq=1"}


@pytest.mark.parametrize("cut", [1, 2, 30, 200])
def test_a_torn_last_line_is_cut_off_and_said(tmp_path, rows, cut):
    with open_store(tmp_path) as store:
        for row in rows[:3]:
            store.add(row)
        assert store.notes == []
    path = tmp_path / SWEEP
    whole = path.read_bytes()
    path.write_bytes(whole[:-cut])
    with open_store(tmp_path) as store:
        assert list(store.rows) == [row.place for row in rows[:2]]
        assert len(store.notes) == 1
        assert "cut off a torn last line" in store.notes[0]
        store.add(rows[2])
    assert path.read_bytes() == whole


def test_a_torn_line_of_failures_is_cut_off_too(tmp_path, rows):
    with open_store(tmp_path) as store:
        store.fail(_failed(rows[0]))
        store.fail(_failed(rows[1]))
    path = tmp_path / FAILURES
    path.write_bytes(path.read_bytes()[:-5])
    with open_store(tmp_path) as store:
        assert list(store.failures) == [rows[0].place]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"{}\n", "`source` is missing"),
        (b"nonsense\n", "not JSON"),
        (b"[]\n", "not an object"),
        (b"\n", "not JSON"),
        (b"\xff\n", "not UTF-8"),
        (
            b'{"source": "a", "codec": "c", "rc_mode": "r", "recipe": "bare", "preset": "p", "q": "1", '
            b'"bitrate_kbps": 1, "vmaf_score": 2, "encode_time_ms": 3}\n',
            "`key` is missing",
        ),
    ],
)
def test_a_line_that_no_run_wrote_is_refused_with_its_place(tmp_path, rows, line, said):
    (tmp_path / SWEEP).write_bytes(line_of(raw_row(rows[0])) + line)
    with pytest.raises(SweepError, match=said) as caught, open_store(tmp_path):
        pass
    assert caught.value.where == f"{tmp_path / SWEEP}:2"


def test_a_row_that_stands_there_twice_is_refused(tmp_path, rows):
    (tmp_path / SWEEP).write_bytes(2 * line_of(raw_row(rows[0])))
    with pytest.raises(SweepError, match="stands there twice"), open_store(tmp_path):
        pass


def test_a_row_stands_for_more_than_the_failure_before_it(tmp_path, rows):
    with open_store(tmp_path) as store:
        store.fail(_failed(rows[0]))
        store.add(rows[0])
        assert not store.failures
    with open_store(tmp_path) as store:
        assert not store.failures
        assert list(store.rows) == [rows[0].place]


def test_what_is_settled_replaces_all(tmp_path, rows):
    with open_store(tmp_path) as store:
        for row in reversed(rows):
            store.add(row)
        store.fail(_failed(rows[0]))
        store.settle(rows, [])
    assert (tmp_path / SWEEP).read_bytes() == b"".join(line_of(raw_row(row)) for row in rows)
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "grid.yaml") == ["gitconfig", SWEEP]


def test_two_runs_in_one_folder_are_refused(tmp_path):
    script = (
        "import sys; from pathlib import Path; from gate.evidence.measure.store import open_store\n"
        "with open_store(Path(sys.argv[1])): pass"
    )
    command = [sys.executable, "-c", script, tmp_path]
    with open_store(tmp_path):
        with pytest.raises(UsageError, match="another run is measuring here"), open_store(tmp_path):
            pass
        other = subprocess.run(command, capture_output=True, text=True, check=False)
        assert "another run is measuring here" in other.stderr
    assert subprocess.run(command, check=False).returncode == 0


def test_temporary_files_of_a_killed_run_are_removed(tmp_path):
    (tmp_path / ".work-encodes" / "encode-abc").mkdir(parents=True)
    (tmp_path / ".work-encodes" / "encode-abc" / "stream.nut").write_bytes(b"0")
    (tmp_path / ".work-sweep.jsonl").write_bytes(b"half")
    (tmp_path / ".work-sources").mkdir()
    with open_store(tmp_path) as store:
        assert not list(store.encodes.iterdir())
        assert store.clips.is_dir()  # decoded sources are used again
        assert not (tmp_path / ".work-sweep.jsonl").exists()
    assert [path.name for path in tmp_path.glob(".work-*")] == [".work-sources"]


def test_a_full_disk_leaves_no_half_line(tmp_path, rows):
    script = (
        "import resource, sys; from pathlib import Path\n"
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "from gate.errors import GateError; from gate.evidence.measure.store import open_store, read_rows\n"
        "rows = list(read_rows(Path(sys.argv[2])).values())\n"
        "with open_store(Path(sys.argv[1])) as store:\n"
        "    store.add(rows[0])\n"
        "    size = (Path(sys.argv[1]) / 'sweep.jsonl').stat().st_size\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 50, resource.RLIM_INFINITY))\n"
        "    try:\n"
        "        store.add(rows[1])\n"
        "    except GateError as error:\n"
        "        print(error)\n"
        "    print(len(store.rows))\n"
    )
    with open_store(tmp_path / "from") as store:
        for row in rows[:2]:
            store.add(row)
    command = [sys.executable, "-c", script, tmp_path / "to", tmp_path / "from" / SWEEP]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "can't be written" in done.stdout.splitlines()[0]
    assert done.stdout.splitlines()[-1] == "1"
    assert (tmp_path / "to" / SWEEP).read_bytes() == line_of(raw_row(rows[0]))


def test_what_can_not_be_made_is_one_clear_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(GateError, match="can't be made"), open_store(tmp_path / "file" / "out"):
        pass


def test_only_a_stream_that_is_the_bare_encoders_own_is_without_effect(rows):
    bare = next(row for row in rows if row.place.recipe == "bare")
    same = replace(bare, place=bare.place._replace(recipe="r0"))
    other = replace(same, place=same.place._replace(recipe="r1"), bitstream="f" * 64)
    elsewhere = replace(same, place=same.place._replace(q="99"))
    assert [row.no_effect for row in with_effects([same, bare, other, elsewhere])] == [True, False, False, False]
