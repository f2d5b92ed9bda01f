"""A real Dask scheduler and real workers, each a process with a folder of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

# A worker's death counts at once: what the client does then is what is tested, not how often Dask tries.
_SETTINGS = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0"}


@dataclass(slots=True)
class Cluster:
    """A scheduler at `address`; workers are started as needed, and end with it."""

    folder: Path
    address: str = ""
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, *arguments: str, at: str, environment: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        """One `dask` process whose folder is `at`; its log lies there."""
        place = self.folder / at
        place.mkdir()
        with (place / "log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "dask", *arguments, "--no-dashboard"],
                cwd=place,
                env={**os.environ, **_SETTINGS, **(environment or {})},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.processes.append(process)
        return process

    def worker(self, at: str, *arguments: str, environment: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        """One worker process of one thread, whose death nobody mends."""
        own = ("--nthreads", "1", "--no-nanny", "--local-directory", str(self.folder / at / "scratch"))
        return self.start("worker", self.address, *own, *arguments, at=at, environment=environment)

    def left_behind(self, at: str) -> list[Path]:
        """What runs left on a worker."""
        return list((self.folder / at).rglob("codec-gate*"))

    def end(self) -> None:
        """End every process."""
        for process in self.processes:
            process.kill()
        for process in self.processes:
            process.wait()


@contextmanager
def cluster_in(folder: Path) -> Iterator[Cluster]:
    """A cluster without workers."""
    cluster = Cluster(folder=folder)
    said = folder / "scheduler.json"
    try:
        cluster.start("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(said), at="scheduler")
        while not cluster.address:
            assert cluster.processes[0].poll() is None, (folder / "scheduler/log").read_text()
            time.sleep(0.02)
            cluster.address = json.loads(said.read_text())["address"] if said.exists() and said.stat().st_size else ""
        yield cluster
    finally:
        cluster.end()
