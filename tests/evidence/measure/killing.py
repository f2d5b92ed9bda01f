"""The real program, killed again and again at random moments, beside one that was left alone."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the kills came to: rows on disk after each, and the statuses of the runs that were left alone."""

    rows_after: tuple[int, ...]
    statuses: tuple[int, ...]


def kill_again_and_again(spec: Path, calm: Path, killed: Path, *, kills: int, seed: int) -> Told:
    """Measure `spec` into `calm` undisturbed, and into `killed` with so many SIGKILLs, then to its end."""
    drawn = random.Random(seed)
    begun = time.monotonic()
    statuses = [_start(spec, calm).wait()]
    whole = time.monotonic() - begun
    after = []
    for _ in range(kills):
        run = _start(spec, killed)
        time.sleep(drawn.uniform(0.1, 0.8 + whole / kills))  # starting takes a part of that
        run.kill()
        run.wait()
        after.append(_lines(killed / "sweep.jsonl"))
    statuses.append(_start(spec, killed).wait())
    return Told(rows_after=tuple(after), statuses=tuple(statuses))


def without_times(path: Path) -> list[dict[str, Any]]:
    """The rows of a sweep but for their encode times, which no two runs share. Each line must be whole."""
    rows = [json.loads(line) for line in path.read_bytes().decode().splitlines()]
    for row in rows:
        del row["encode_time_ms"]
    return rows


def left_behind(folder: Path) -> list[str]:
    """What lies in the folder beside what a finished sweep holds."""
    finished = {"sweep.jsonl", "sweep.jsonl.manifest.yaml", "spec.yaml"}
    return sorted(path.name for path in folder.iterdir() if path.name not in finished)


def is_alive(process: int) -> bool:
    """Whether a process runs; one that is dead and not yet waited for does not. Looks for up to two seconds."""
    until = time.monotonic() + 2
    while time.monotonic() < until:
        try:
            state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return False
        if state in "ZX":
            return False
        time.sleep(0.02)
    return True


def _start(spec: Path, folder: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "gate", "sweep", "run", str(spec), "-o", str(folder), "--jobs", "2"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _lines(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0
