"""Tiny clips and a spec over them; plans over sources that need not exist, and outcomes made up from labels."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path
from typing import Any

import yaml

from gate.evidence.measure import ffmpeg
from gate.evidence.measure.model import Encode, Failure, Outcome, Row, Tools
from gate.evidence.measure.plan import Plan, plan_of
from gate.evidence.measure.spec import read_spec

TOOLS = Tools(ffmpeg=Path("ffmpeg"), ffmpeg_version="7.1", libvmaf_version="3.0.0", model="vmaf_v0.6.1", pooling="mean")


def make_clips(folder: Path) -> Path:
    """Three clips of 96x96 pixels and 8 frames, c1.y4m to c3.y4m."""
    for number in (1, 2, 3):
        graph = f"mandelbrot=s=96x96:r=25:start_x=-0.{number},noise=alls=10:all_seed={number},format=yuv420p"
        command = ["-v", "error", "-f", "lavfi", "-i", graph, "-frames:v", "8", f"c{number}.y4m"]
        subprocess.run([str(ffmpeg.find(None)), *command], cwd=folder, check=True)
    return folder


def spec_text(folder: Path, *, sources: int = 3, **changes: object) -> str:
    """A spec of 24 encodes over the clips in `folder`."""
    spec: dict[str, Any] = {
        "schema": "codec-gate.spec/1",
        "title": "tiny",
        "corpus": {"frames": 8, "sources": [{"file": str(folder / f"c{n}.y4m")} for n in range(1, sources + 1)]},
        "codecs": {
            "libx264": {
                "presets": ["ultrafast"],
                "rc_modes": {"crf": [24, 30], "vbr": [0.2, 0.3]},
                "recipes": {"deblock": {"deblock": "-3:-3"}},
            }
        },
    }
    return yaml.safe_dump(spec | changes)


def grid(folder: Path, sources: int, recipes: int, *, qualities: int = 4) -> Plan:
    """A plan over sources that need not exist: two rate controls, two presets."""
    path = folder / "grid.yaml"
    spec = {
        "schema": "codec-gate.spec/1",
        "corpus": {"frames": 8, "sources": [{"name": f"s{n}", "synthetic": "any"} for n in range(sources)]},
        "codecs": {
            "libx264": {
                "presets": ["fast", "medium"],
                "rc_modes": {"crf": list(range(20, 20 + qualities)), "vbr": [1 + n for n in range(qualities)]},
                "recipes": {f"r{n}": {"subq": n} for n in range(recipes)},
            }
        },
    }
    path.write_text(yaml.safe_dump(spec))
    loaded = read_spec(path).spec
    return plan_of(loaded, where=str(path))


def key_of(encode: Encode) -> str:
    """A key for an encode of no real clip."""
    return hashlib.sha256(repr((encode.place.source, encode.passes)).encode()).hexdigest()


def drawn(encode: Encode, *parts: str) -> float:
    """A number in [0, 1) that hangs on some of an encode's labels and nothing else."""
    text = "|".join(getattr(encode.place, part) for part in parts)
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16) / 2**32


def made_up(encode: Encode) -> Outcome:
    """Some cells lose everywhere, some on some sources, some find no bare row near them, some fail."""
    rung = list("01234567890")[int(float(encode.place.q)) % 10]
    bitrate, vmaf = 1000.0 + 200 * int(rung) + (37 if encode.place.preset == "fast" else 0), 80.0 + int(rung)
    cell, pair = ("recipe", "preset", "q", "rc_mode"), ("recipe", "preset", "q", "rc_mode", "source")
    if encode.place.recipe != "bare":
        bad = drawn(encode, *cell)
        vmaf -= 1.0 if drawn(encode, *pair) < (0.97 if bad < 0.2 else 0.4 if bad < 0.5 else 0.02) else 0.0
        bitrate *= 3.0 if drawn(encode, "q", *pair) < 0.05 else 1.001
        if drawn(encode, "codec", *pair) < 0.02:
            return Failure(
                key=key_of(encode), place=encode.place, command=("ffmpeg",), reason="it failed", words="sorry"
            )
    return Row(
        place=encode.place,
        bitrate_kbps=bitrate,
        vmaf_score=vmaf,
        encode_time_ms=1.0,
        knobs=dict(encode.knobs),
        key=key_of(encode),
        bitstream=hashlib.sha256(f"{encode.place}".encode()).hexdigest(),
        settings_sha256=hashlib.sha256().hexdigest(),
        tools=TOOLS.setup,
    )
