"""`gate sweep run` beside a plain shell loop of the very same FFmpeg commands: `python -m benchmarks.measure`.

Both encode and score the same clips with the same arguments; the loop keeps nothing, checks nothing and hashes nothing.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from gate.evidence.measure import encode, ffmpeg
from gate.evidence.measure.ffmpeg import Ran
from gate.evidence.measure.model import Encode
from gate.evidence.measure.plan import plan_of
from gate.evidence.measure.sources import decode
from gate.evidence.measure.spec import read_spec
from gate.evidence.measure.store import CLIPS

SPEC = Path(__file__).parents[1] / "fixtures/sweep-demo/spec.yaml"
_LOOPS = {1: "for one in scripts/*.sh; do bash $one; done", 2: "ls scripts/*.sh | xargs -P 2 -n 1 bash"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Took:
    """Wall seconds of a program, and the processor seconds of it and all that it ran."""

    wall: float
    cpu: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """The commands of each encode, and how long all of them took of how many seconds, one after the other."""

    commands: Sequence[Sequence[Ran]]
    wall: float


def main(arguments: Sequence[str] | None = None) -> None:
    """Print encodes a minute for both, at one and at two encodes at a time, interleaved."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--encodes", type=int, default=108)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="gate-bench-") as name:
        folder = Path(name)
        recorded = record(folder / CLIPS, options.encodes)
        count = len(recorded.commands)
        _write_scripts(recorded, folder / "scripts")
        print(
            f"{count} encodes of {SPEC.name}, {len(recorded.commands[0])} FFmpeg commands each; {options.rounds} rounds"
        )
        print(
            f"{'at a time':>9} {'gate':>9} {'shell':>9}  encodes a minute   {'gate/shell':>10} {'CPU, gate/shell':>16}"
        )
        for jobs in _LOOPS:
            rounds = [(_gate(folder, jobs, count), _shell(folder, jobs)) for _ in range(options.rounds)]
            print(_line(jobs, count, rounds), flush=True)
        print(_share(recorded))
        starts = statistics.median(_gate(folder, 1, 1).wall for _ in range(options.rounds))
        print(f"a run of one encode takes {starts:.2f} s: start-up, the clips' and FFmpeg's checks, and the end")


def record(clips_folder: Path, count: int) -> Recorded:
    """Make the first encodes of the spec here, one after the other, and note every FFmpeg command and its time."""
    loaded = read_spec(SPEC)
    tools = ffmpeg.tools(ffmpeg.find(None), model=loaded.spec.vmaf.model, pooling=loaded.spec.vmaf.pooling)
    clips = decode(loaded, tools, clips_folder)
    encodes: list[Encode] = list(plan_of(loaded.spec, where=str(SPEC)).encodes.values())[:count]
    found: list[list[Ran]] = []
    with tempfile.TemporaryDirectory() as work:
        begun = time.perf_counter()
        for one in encodes:
            with _noted() as ran:
                encode.measure(one, clips[one.place.source], tools, Path(work))
            found.append(ran)
        return Recorded(commands=found, wall=time.perf_counter() - begun)


@contextmanager
def _noted() -> Iterator[list[Ran]]:
    noted: list[Ran] = []
    real = ffmpeg.run

    def run(*arguments: Any, **options: Any) -> Ran:
        noted.append(real(*arguments, **options))
        return noted[-1]

    with mock.patch.object(ffmpeg, "run", run):
        yield noted


def _write_scripts(recorded: Recorded, folder: Path) -> None:
    """One script per encode, in a folder of its own, as somebody would write it who wants only the numbers."""
    folder.mkdir()
    for number, commands in enumerate(recorded.commands):
        lines = [f"{shlex.join(ran.command)} </dev/null >/dev/null 2>&1" for ran in commands]
        script = ["set -e", "work=$(mktemp -d)", "cd $work", *lines, "cd /", "rm -r $work"]
        (folder / f"{number:04}.sh").write_text("\n".join(script) + "\n")


def _gate(folder: Path, jobs: int, count: int) -> Took:
    """A run from its start to its end, over clips that are decoded already, as the loop's are."""
    output = folder / "out"
    output.mkdir()
    shutil.copytree(folder / CLIPS, output / CLIPS)
    command = [sys.executable, "-m", "gate", "sweep", "run", str(SPEC), "-o", str(output)]
    took = _timed([*command, "--jobs", str(jobs), "--limit", str(count)], folder)
    shutil.rmtree(output)
    return took


def _shell(folder: Path, jobs: int) -> Took:
    return _timed(["bash", "-e", "-c", _LOOPS[jobs]], folder)


def _timed(command: Sequence[str], folder: Path) -> Took:
    begun = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command[0]} ended with {process.returncode}")
    return Took(wall=wall, cpu=usage.ru_utime + usage.ru_stime)


def _line(jobs: int, count: int, rounds: Sequence[tuple[Took, Took]]) -> str:
    gate = statistics.median(60 * count / ours.wall for ours, _ in rounds)
    shell = statistics.median(60 * count / theirs.wall for _, theirs in rounds)
    rate = statistics.median(theirs.wall / ours.wall for ours, theirs in rounds)
    cpu = statistics.median(ours.cpu / theirs.cpu for ours, theirs in rounds)
    return f"{jobs:9} {gate:9.0f} {shell:9.0f}  {'':16}   {rate:10.2f} {cpu:16.2f}"


def _share(recorded: Recorded) -> str:
    inside = sum(ran.seconds for commands in recorded.commands for ran in commands)
    per = 1000 * (recorded.wall - inside) / len(recorded.commands)
    return (
        f"one after the other, {1 - inside / recorded.wall:.1%} of the wall time was not spent in FFmpeg: {per:.1f} ms "
        f"of {1000 * recorded.wall / len(recorded.commands):.0f} ms an encode, without start-up and without the rows"
    )


if __name__ == "__main__":
    main()
