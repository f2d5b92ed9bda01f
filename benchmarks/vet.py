"""`gate vet` on 10,000 recommendations, beside its own start-up: many alike, and each another point."""

from __future__ import annotations

import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

SIZE = 10_000
TARGET = 1.0  # seconds beside start-up
_SOURCES = ("BigBuckBunny_25fps", "CrowdRun_25fps", "FoxBird_25fps", "Tennis_24fps", "elsewhere")
_RECIPES = {
    "h264_nvenc": ("bare", "bf0", "bf3", "bf4", "spatial_aq", "temporal_aq", "full", "full_hq"),
    "hevc_nvenc": ("bare", "bf0", "bf3", "bf4", "spatial_aq", "temporal_aq", "full", "full_hq"),
    "av1_nvenc": ("bare", "bf0", "bf3", "bf4", "spatial_aq", "temporal_aq", "full", "full_hq"),
    "h264_qsv": ("bare", "bf4", "look_ahead", "adaptive_ib", "full"),
}


def main(runs: int = 5) -> None:
    """Print seconds beside start-up, and the rate, for both files in every form of report."""
    with tempfile.TemporaryDirectory(prefix="gate-bench-") as folder:
        one = _written(Path(folder) / "one.jsonl", _alike(random.Random(1), 1))
        print(f"gate vet: {SIZE:,} recommendations, built-in sample; {runs} runs in turn with one of a single one")
        for name, rows in (("alike", _alike(random.Random(2), SIZE)), ("each another", _distinct(SIZE))):
            file = _written(Path(folder) / "many.jsonl", rows)
            for format_ in ("text", "json", "csv"):
                _print(name, format_, folder, file, one, runs)


def _print(name: str, format_: str, folder: str, file: Path, one: Path, runs: int) -> None:
    pairs = [(_seconds(folder, file, format_), _seconds(folder, one, format_)) for _ in range(runs + 1)][1:]
    beside = statistics.median(many - start for many, start in pairs)
    start = statistics.median(start for _, start in pairs)
    print(
        f"  {name:12} --format {format_:4} {beside:5.2f} s beside {start:.2f} s of start-up, "
        f"{SIZE / beside:9,.0f} a second   target < {TARGET:g} s"
    )


def _alike(chance: random.Random, size: int) -> list[dict[str, object]]:
    """As recommenders write them: for every source the same few points."""
    rows: list[dict[str, object]] = []
    for _ in range(size):
        codec = chance.choice(tuple(_RECIPES))
        mode = chance.choice(("cqp", "vbr", "cbr"))
        rows.append(
            {
                "codec": codec,
                "rc_mode": mode,
                "recipe": chance.choice(_RECIPES[codec]),
                "preset": chance.choice(("p1", "p4", "p7") if "nvenc" in codec else ("veryfast", "medium", "veryslow")),
                "q": chance.choice((1, 2, 4) if mode != "cqp" else (19, 25, 31)),
                "source": chance.choice(_SOURCES),
            }
        )
    return rows


def _distinct(size: int) -> list[dict[str, object]]:
    """The worst case: no two the same point, none of them on the measured grid."""
    return [
        {
            "codec": "h264_nvenc",
            "rc_mode": "vbr",
            "knobs": {"bf": 3, "rc-lookahead": 1 + number % 32},
            "preset": f"p{1 + number % 7}",
            "q": 1 + number / 10_000,
            "source": _SOURCES[number % len(_SOURCES)],
        }
        for number in range(size)
    ]


def _written(path: Path, rows: Sequence[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def _seconds(folder: str, file: Path, format_: str) -> float:
    start = time.perf_counter()
    command = (sys.executable, "-m", "gate", "vet", str(file), "--format", format_)
    done = subprocess.run(command, check=False, cwd=folder, stdout=subprocess.DEVNULL)
    if done.returncode not in {0, 1}:
        raise SystemExit(f"gate vet ended with {done.returncode}")
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
