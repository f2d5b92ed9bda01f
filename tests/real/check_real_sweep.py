"""The published figures of a measured sweep that is not in this repository: `make real-sweep SWEEP=FILE`."""

from __future__ import annotations

import sys
from pathlib import Path

from gate.evidence.sweep.cells import Rule
from gate.evidence.sweep.read import read_sweep
from gate.evidence.sweep.summary import Summary, analysed, summarise

EXPECTED = {
    "slices": 72,
    "candidate rows": 2730,
    "not comparable": 599,
    "regressions": 1719,
    "cells": 447,
    "structural at 5 of 6": 210,
}


def main(path: Path) -> int:
    """Print each figure beside what is known of it; 0 where all agree."""
    found = figures(summarise(analysed(read_sweep(path), Rule())))
    for name, expected in EXPECTED.items():
        print(f"{name:22} {found[name]:6,}   known {expected:6,}   {'equal' if found[name] == expected else 'DIFFERS'}")
    return 0 if found == EXPECTED else 1


def figures(summary: Summary) -> dict[str, int]:
    """The figures under the names that they are known by."""
    return {
        "slices": summary.slices,
        "candidate rows": summary.candidates,
        "not comparable": summary.not_comparable,
        "regressions": summary.regressions,
        "cells": summary.cells,
        f"structural at {summary.threshold} of {len(summary.sources)}": len(summary.structural),
    }


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
