"""One program on one sweep, in a process of its own: `python -m benchmarks.sweep_child reference|ours FILE`."""

from __future__ import annotations

import json
import resource
import sys
import time
from dataclasses import asdict
from pathlib import Path

import duckdb  # noqa: F401  imported before the clock starts: both programs use it, and neither does it differently

from benchmarks import reference
from benchmarks.reference import Counts
from gate.evidence.model import CellVerdict
from gate.evidence.sweep.cells import COUNTED, Rule
from gate.evidence.sweep.read import read_sweep
from gate.evidence.sweep.summary import analysed


def ours(path: Path) -> Counts:
    """The same counts by `gate.evidence`."""
    found = analysed(read_sweep(path), Rule())
    return Counts(
        rows=len(found.sweep),
        slices=len(found.slices),
        hull_rows=len(found.hull),
        candidates=int(found.findings.candidate.sum()),
        not_comparable=int((found.findings.candidate & ~found.findings.comparable).sum()),
        regressions=int(found.findings.regression.sum()),
        cells=len(found.cells),
        structural=int((found.cells.verdict == COUNTED.index(CellVerdict.STRUCTURAL)).sum()),
    )


def main() -> None:
    """Print seconds, peak RSS in MB and counts as JSON. The time is that of the work, imports excluded."""
    program, path = sys.argv[1], Path(sys.argv[2])
    begin = time.perf_counter()
    counts = {"reference": reference.run, "ours": ours}[program](path)
    seconds = time.perf_counter() - begin
    print(json.dumps({"seconds": seconds, "peak_mb": peak_mb(), "counts": asdict(counts)}))


def peak_mb() -> float:
    """Peak resident memory of this program. Linux hands a parent's ru_maxrss down through exec, but not VmHWM."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main()
