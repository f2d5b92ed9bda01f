"""Load + detect + hull + clusters at three sizes, beside the plain reference: `python -m benchmarks.sweep`."""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.reference import COLUMNS, Counts

# Scale -> (sources, versions of the six codecs). A corpus of nine clips is 12,636 rows, as in the published sweep.
SCALES = {"12.6k": (9, 1), "126k": (90, 1), "1.26M": (90, 10)}
HUGE = {"12.6M": (900, 10)}
TARGETS = {"jsonl": 8.0, "parquet": 18.0}
MEMORY_TARGET = 0.5
_HEAD = (
    f"{'rows':>6} {'form':>8} {'reference':>19} {'ours':>19} {'faster':>10} {'than json':>15} {'memory':>7}   target\n"
    "The reference reads JSONL with `json`, line by line, and Parquet as rows that DuckDB hands out ready made in C;\n"
    "`than json` is our time beside the reference's on the JSONL of the same rows. Imports are not in the times."
)
CODECS = ("h264_nvenc", "hevc_nvenc", "av1_nvenc", "h264_qsv", "hevc_qsv", "av1_qsv")
RECIPES = ("bare", "full", "bf4", "lookahead", "adaptive_ib", "bf3", "spatial_aq", "full_hq")
GRID = {"cqp": (18, 25, 31, 37), "vbr": (1, 2, 4, 8), "cbr": (1, 2, 4, 8)}
PRESETS = ("p1", "p4", "p7")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One child's work: seconds from opening the file to the last count, peak RSS in MB, and what it counted."""

    seconds: float
    peak_mb: float
    counts: Counts


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table; exit 1 where the two disagree."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--huge", action="store_true", help="also 12.6 M rows, ours only: is it linear?")
    parser.add_argument("--times", type=int, default=2, help="runs of each program, of which the fastest counts")
    parser.add_argument("--only", choices=tuple(SCALES), help="one size")
    options = parser.parse_args(arguments)
    print(_HEAD)
    with tempfile.TemporaryDirectory(prefix="gate-bench-") as folder:
        for name in [options.only] if options.only else SCALES:
            per_line = None  # the reference on JSONL: what design 11 calls the yardstick, for both forms
            for path in generate(Path(folder), *SCALES[name]):
                reference, ours = best("reference", path, options.times), best("ours", path, options.times)
                per_line = per_line or reference
                print(line(name, path, reference, ours, per_line), flush=True)
                path.unlink()
        if options.huge:
            for path in generate(Path(folder), *HUGE["12.6M"]):
                ours = child("ours", path)
                print(f"{'12.6M':>6} {path.suffix[1:]:>8} {'':18} {_cell(ours)}", flush=True)
                path.unlink()


def line(name: str, path: Path, reference: Run, ours: Run, per_line: Run) -> str:
    """One line of the table. Exits where the two disagree on what they counted."""
    if reference.counts != ours.counts:
        raise SystemExit(f"they disagree on {path.name}: {reference.counts} and {ours.counts}")
    form = path.suffix[1:]
    target = f">= {TARGETS[form]:.0f} x, <= {MEMORY_TARGET}" if name == "1.26M" else ""
    return (
        f"{name:>6} {form:>8} {_cell(reference)} {_cell(ours)} {reference.seconds / ours.seconds:8.1f} x"
        f" {per_line.seconds / ours.seconds:13.1f} x {ours.peak_mb / reference.peak_mb:7.2f}   {target}"
    )


def _cell(run: Run) -> str:
    return f"{run.seconds:8.3f} s {run.peak_mb:5.0f} MB"


def child(program: str, path: Path) -> Run:
    """Run one of the programs in a process of its own, so that neither pays for the other's memory."""
    command = [sys.executable, "-m", "benchmarks.sweep_child", program, str(path)]
    found = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return Run(seconds=found["seconds"], peak_mb=found["peak_mb"], counts=Counts(**found["counts"]))


def best(program: str, path: Path, times: int) -> Run:
    """The fastest of some runs: what else the machine does can only slow one down."""
    return min((child(program, path) for _ in range(times)), key=lambda run: run.seconds)


# --- made sweeps: rate-distortion curves with noise, rows in the order in which a sweep would measure them ----------


def generate(folder: Path, sources: int, versions: int) -> tuple[Path, Path]:
    """A sweep in both forms: JSONL written row by row, and the same rows as Parquet."""
    import duckdb  # noqa: PLC0415

    jsonl, parquet = folder / f"sweep-{sources}-{versions}.jsonl", folder / f"sweep-{sources}-{versions}.parquet"
    rng = np.random.default_rng(80)
    with jsonl.open("w", encoding="utf-8") as stream:
        for source in range(sources):
            for version in range(versions):
                stream.writelines(_slice_lines(rng, f"Clip{source:03d}_25fps", version))
    with duckdb.connect() as con:
        con.execute(f"COPY (SELECT {', '.join(COLUMNS)} FROM read_json('{jsonl}')) TO '{parquet}' (FORMAT parquet)")
    return jsonl, parquet


def _slice_lines(rng: np.random.Generator, source: str, version: int) -> list[str]:
    lines = []
    complexity = rng.uniform(0.5, 2.0)
    for codec in CODECS:
        recipes = RECIPES if codec.endswith("nvenc") else RECIPES[:5]
        for rc_mode, qualities in GRID.items():
            for preset in PRESETS:
                for q in qualities:
                    noise = rng.normal(size=(len(recipes), 3)).tolist()
                    for recipe, (rate_noise, vmaf_noise, time_noise) in zip(recipes, noise, strict=True):
                        target = 40_000 * math.exp(-q / 9) if rc_mode == "cqp" else 990 * q
                        bitrate = target * complexity * math.exp(0.03 * rate_noise)
                        loss = 1.5 if recipe == "bf3" and preset == "p1" else 0.0  # a structural one, to be found
                        vmaf = 99.5 - 60 * math.exp(-(bitrate**0.5) / (20 * complexity)) + 0.1 * vmaf_noise - loss
                        row = {
                            "source": source,
                            "codec": codec if version == 0 else f"{codec}.{version}",
                            "rc_mode": rc_mode,
                            "recipe": recipe,
                            "preset": preset,
                            "q": str(q),
                            "bitrate_kbps": bitrate,
                            "vmaf_score": min(max(vmaf, 0.0), 100.0),
                            "encode_time_ms": 500 * math.exp(0.2 * time_noise),
                            "is_bare_default": recipe == "bare",
                        }
                        lines.append(json.dumps(row) + "\n")
    return lines


if __name__ == "__main__":
    main()
