"""A cold `gate check` over 19 adapters and a 12,636-row sample, beside the imports that it can't do without."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from gate.evidence.sample.build import build_sample, sweep_file
from gate.evidence.sample.design import Design
from gate.evidence.sample.file import write_sample
from gate.evidence.sweep.manifest import find_manifest
from gate.evidence.sweep.read import read_sweep

FIXTURES = Path(__file__).parents[1] / "fixtures"
SWEEP = FIXTURES / "research-0080/sweep.jsonl.gz"
YARDSTICK = (sys.executable, "-c", "import numpy, pydantic, yaml, duckdb")
TARGET = 2.5

# With the six bundled adapters these make nineteen, the size of the public project's registry.
MORE = ("libx265", "libsvtav1", "libvvenc", "libvpx-vp9", "hevc_qsv", "av1_qsv", "h264_amf", "hevc_amf", "av1_amf",
        "h264_videotoolbox", "hevc_videotoolbox", "prores_videotoolbox", "av1_videotoolbox")  # fmt: skip
_ADAPTER = '''"""The {encoder} adapter."""

from __future__ import annotations

import dataclasses

_LEVELS: dict[str, str] = {{"fast": "fast", "medium": "medium", "slow": "slow", "slower": "slower"}}


@dataclasses.dataclass(frozen=True)
class {name}Adapter:
    """{encoder} at constant quality."""

    name: str = "{encoder}"
    encoder: str = "{encoder}"
    quality_knob: str = "crf"
    quality_range: tuple[int, int] = (0, 51)
    quality_default: int = 28
    presets: tuple[str, ...] = tuple(_LEVELS)

    def validate(self, preset: str, quality: int) -> None:
        if preset not in self.presets:
            raise ValueError(f"no preset {{preset!r}}; there are {{self.presets}}")
        low, high = self.quality_range
        if not low <= quality <= high:
            raise ValueError(f"{{quality}} lies outside [{{low}}, {{high}}]")

    def ffmpeg_codec_args(self, preset: str, quality: int) -> list[str]:
        self.validate(preset, quality)
        return ["-c:v", self.encoder, "-preset", _LEVELS[preset], "-crf", str(quality)]

    def extra_params(self) -> tuple[str, ...]:
        return ()
'''


def main(runs: int = 11) -> None:
    """Print the two medians and their ratio."""
    with tempfile.TemporaryDirectory(prefix="gate-bench-") as folder:
        top, sample = Path(folder) / "project", Path(folder) / "sample.parquet"
        _project(top)
        rows = _sample(sample)
        command = (sys.executable, "-m", "gate", "check", "--repo", str(top), "--sample", str(sample))
        print(f"gate check, cold: 19 adapters, a sample of {rows:,} rows, one change that blocks; {runs} runs in turn")
        for format_ in ("json", "text"):
            ours, yardstick = _paired((*command, "--format", format_), YARDSTICK, runs)
            ratio = statistics.median(a / b for a, b in zip(ours, yardstick, strict=True))
            print(
                f"  --format {format_:5} {_ms(ours)}   python -c '{YARDSTICK[2]}' {_ms(yardstick)}   "
                f"ratio {ratio:.2f}   target <= {TARGET}"
            )
        child = (sys.executable, "-m", "benchmarks.check_child", str(top), str(sample))
        runs_of = [json.loads(subprocess.run(child, check=True, stdout=subprocess.PIPE).stdout) for _ in range(5)]
        print("  where --format json spends its CPU time, medians of 5 runs:")
        for stage in runs_of[0]:
            print(f"    {stage:42} {1000 * statistics.median(run[stage] for run in runs_of):4.0f} ms")
        _project(Path(folder) / "many", [f"{encoder}-{version}" for version in range(31) for encoder in MORE][:394])
        many = (*command[:5], str(Path(folder) / "many"), *command[6:], "--format", "json")
        print(f"  400 adapters, --format json {_seconds(many):.1f} s; --all too {_seconds((*many, '--all')):.1f} s")


def _ms(seconds: Sequence[float]) -> str:
    low, median, high = min(seconds), statistics.median(seconds), max(seconds)
    return f"{1000 * median:4.0f} ms ({1000 * low:.0f} to {1000 * high:.0f})"


def _paired(command: Sequence[str], other: Sequence[str], runs: int) -> tuple[list[float], list[float]]:
    """Wall seconds of both, run in turn so that a machine whose speed drifts slows both; the first pair is warm-up."""
    pairs = [(_seconds(command), _seconds(other)) for _ in range(runs + 1)][1:]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def _seconds(command: Sequence[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=False, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def _project(top: Path, more: Sequence[str] = MORE) -> None:
    shutil.copytree(FIXTURES / "adapters/vmaf-tune-shape", top)
    package = top / "codec_adapters"
    names = {encoder: encoder.replace("-", "_").title().replace("_", "") for encoder in more}
    for encoder, name in names.items():
        (package / f"{encoder.replace('-', '_')}.py").write_text(_ADAPTER.format(encoder=encoder, name=name))
    registry = (package / "__init__.py").read_text()
    imports = "".join(f"from .{e.replace('-', '_')} import {n}Adapter\n" for e, n in names.items())
    entries = "".join(f'    "{encoder}": {name}Adapter(),\n' for encoder, name in names.items())
    registry = registry.replace("from .x264 import", imports + "from .x264 import")
    registry = registry.replace('    "libx264": X264Adapter(),\n', entries + '    "libx264": X264Adapter(),\n')
    (package / "__init__.py").write_text(registry)
    for args in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "adapters")):
        _git(top, *args)
    shutil.copytree(FIXTURES / "adapters/changes/b-frames", top, dirs_exist_ok=True)


def _git(top: Path, *args: str) -> None:
    settings = ("-c", "user.name=bench", "-c", "user.email=bench@example.org", "-c", "commit.gpgsign=false")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    subprocess.run(["git", *settings, "-C", str(top), *args], check=True, env=environment)


def _sample(path: Path) -> int:
    sweep = read_sweep(SWEEP)
    manifest = find_manifest(SWEEP)
    if manifest is None:
        raise SystemExit(f"{SWEEP} has no manifest")
    made, rows = build_sample(sweep, manifest, sweep_file(SWEEP, sweep), design=Design("full"))
    write_sample(made, rows, path)
    return len(rows)


if __name__ == "__main__":
    main()
