"""Every design on the reconstruction: what it takes, finds, misses and leaves open, beside the floor of any proof.

`python -m benchmarks.designs` prints the table that docs/designs-figures.md holds; `--seeds N` for another number.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.floors import least_rows, run_floor
from gate.evidence.sample.build import Comparison, build_sample, compare, sweep_file
from gate.evidence.sample.design import Design
from gate.evidence.sample.file import open_sample, write_sample
from gate.evidence.sample.manifest import SampleManifest
from gate.evidence.sample.sequential import asked_of
from gate.evidence.sample.strata import Judged, judged, source_order, strata
from gate.evidence.sweep.cells import Cells, Rule, find_cells
from gate.evidence.sweep.codecs import codec_evidence
from gate.evidence.sweep.columns import Sweep
from gate.evidence.sweep.manifest import SweepManifest, find_manifest
from gate.evidence.sweep.read import read_sweep

SWEEP = Path(__file__).parents[1] / "fixtures/research-0080/sweep.jsonl.gz"
DESIGNS: tuple[Design, ...] = (Design("exact"), Design("screen", 2), Design("screen", 1), Design("budget", 4000))
TARGETS = {"exact": 0.46, "screen:1": 0.35}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One draw: its rows, its verdicts beside the sweep's, its bound, and the seconds to read and judge it."""

    rows: int
    beside: Comparison
    bound: str
    seconds: float


def main(arguments: list[str] | None = None) -> int:
    """Print the table beside its targets, and the floors."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=9)
    seeds = parser.parse_args(arguments).seeds
    sweep, origin = read_sweep(SWEEP), find_manifest(SWEEP)
    assert origin is not None  # it lies beside the sweep
    whole = find_cells(sweep, sources=origin.corpus)
    print("\n".join(table(sweep, origin, whole, seeds)))
    print()
    print("\n".join(floors(sweep, whole)))
    return 0


def table(sweep: Sweep, origin: SweepManifest, whole: Cells, seeds: int) -> Iterator[str]:
    """A line per design, over all seeds: the range of rows, and what is found, missed and left open at most."""
    yield f"{SWEEP.name}: {len(sweep):,} rows, {len(whole)} cells; seeds 0 to {seeds - 1}"
    yield ""
    yield "| design | rows | share of the sweep | structural found | missed | left open | bound | read and judged in |"
    yield "|---|--:|--:|--:|--:|--:|--:|--:|"
    for design in DESIGNS:
        found = [figures(design, sweep, origin, whole, seed) for seed in range(seeds)]
        rows, share = [one.rows for one in found], [one.rows / len(sweep) for one in found]
        kinds = [[one.beside.found for one in found], [len(one.beside.missed) for one in found],
                 [len(one.beside.left_open) for one in found]]  # fmt: skip
        cells = " | ".join(_span(kind) for kind in kinds)
        spread = f"{min(share):.1%} to {max(share):.1%}" if min(share) < max(share) else f"{share[0]:.1%}"
        bounds = ", ".join(dict.fromkeys(one.bound for one in found))
        milliseconds = 1000 * statistics.median(one.seconds for one in found)
        target = f" (target ≤ {TARGETS[str(design)]:.0%})" if str(design) in TARGETS else ""
        name = f"`{design}`"
        yield f"| {name} | {_span(rows)} | {spread}{target} | {cells} | {bounds} | {milliseconds:.0f} ms |"


def figures(design: Design, sweep: Sweep, origin: SweepManifest, whole: Cells, seed: int) -> Figures:
    """One draw, written, read back and judged as a check would."""
    made, kept = build_sample(sweep, origin, sweep_file(SWEEP, sweep), design=design, seed=seed)
    with tempfile.TemporaryDirectory(prefix="gate-bench-") as folder:
        file = Path(folder, "sample.parquet")
        write_sample(made, kept, file)
        start = time.perf_counter()
        _judge(made, file)
        seconds = time.perf_counter() - start
    cells = find_cells(kept, made.rule(), sources=made.corpus, kept=made.kept)
    return Figures(rows=len(kept), beside=compare(cells, whole), bound=made.miss_bound.exact, seconds=seconds)


def _judge(made: SampleManifest, file: Path) -> None:
    sample = open_sample(str(file))
    recipes = {codec: dict.fromkeys(recipes, ()) for codec, recipes in made.recipes.items()}
    codec_evidence(sample.sweep, sample=sample.digest, sources=made.corpus, recipes=recipes, rc_modes={},
                   rule=Rule(), kept=made.kept)  # fmt: skip


def floors(sweep: Sweep, whole: Cells) -> Iterator[str]:
    """What any proof needs, and what a run that measures as it goes needs, beside it."""
    case = judged(sweep, Rule(), whole.sources)
    least = least_rows(case)
    yield f"floor of any exact sample, drawn with hindsight: {least:,} rows, {least / len(sweep):.1%}"
    floor, run = _runs(case)
    yield (
        f"a run that measures as it goes (`exact`, seed 0): {run:,} encodes, {run / len(sweep):.1%}; its own floor "
        f"{floor:,}; ratio {run / floor:.2f}"
    )


def _runs(case: Judged) -> tuple[int, int]:
    floor = run = 0
    for stratum in strata(case):
        ladders = np.bincount(stratum.source[stratum.bare], minlength=len(case.corpus))
        floor += run_floor(stratum.states, ladders, threshold=case.threshold)
        order = source_order(case.corpus, stratum.index, 0)
        asked = asked_of(stratum.states, order, threshold=case.threshold, screen=len(case.corpus) - case.threshold + 1)
        run += int(asked.sum() + ladders[asked.any(axis=0)].sum())
    return floor, run


def _span(counts: list[int]) -> str:
    return f"{min(counts):,} to {max(counts):,}" if min(counts) < max(counts) else f"{counts[0]:,}"


if __name__ == "__main__":
    sys.exit(main())
