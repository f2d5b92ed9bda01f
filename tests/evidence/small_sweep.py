"""A small measured sweep with one of each: a structural recipe, a better one, and one that the witnesses dispute."""

from __future__ import annotations

import json
import math
from pathlib import Path

from gate.cli.main import run

CORPUS = tuple(f"clip{at}" for at in range(9))
RUNGS = (1, 2, 4, 8, 16)
MANIFEST = """\
schema: codec-gate.sweep/1
sweep: small.jsonl
provenance: measured
title: A small sweep
corpus: [{corpus}]
recipes:
  h264_nvenc:
    bare: {{}}
    bf3: {{bf: "3"}}
    temporal_aq: {{temporal-aq: "1"}}
    spatial_aq: {{spatial-aq: "1"}}
    bf2: {{bf: "2"}}
    bf4: {{bf: "4"}}
rc_modes:
  h264_nvenc: {{vbr: [vbr]}}
quality:
  vbr: target bitrate, Mbit/s
"""
# Recipe -> VMAF against the bare curve at the same bitrate, and bitrate against the bare rung's, in per cent.
RECIPES = {
    "bf3": (-2.0, 0.0),  # loses everywhere
    "temporal_aq": (0.3, 0.0),  # gains everywhere
    "spatial_aq": (-0.05, 0.0),  # loses less than the tolerance, and so never reaches the hull
    "bf2": (0.0, -4.0),  # the bare curve itself, with fewer bits
    "bf4": (-0.11, 0.0),  # just beyond the tolerance
}


def vmaf(kbps: float, clip: int) -> float:
    """The bare curve of one clip: ten VMAF per doubling."""
    return 40.0 + clip + 10.0 * math.log2(kbps / 1000.0)


def rows() -> list[dict[str, object]]:
    """The sweep: one preset, a bare ladder of five rungs per clip, every recipe on the inner three."""
    made = []
    for clip, source in enumerate(CORPUS):
        for rung in RUNGS:
            bare = {"source": source, "codec": "h264_nvenc", "rc_mode": "vbr", "preset": "p4", "q": str(rung)}
            kbps = 1000.0 * rung
            made.append({**bare, "recipe": "bare", "bitrate_kbps": kbps, "vmaf_score": vmaf(kbps, clip)})
            for recipe, (gain, bits) in RECIPES.items() if 1 < rung < 16 else ():
                own = kbps * (1 + bits / 100)
                made.append({**bare, "recipe": recipe, "bitrate_kbps": own, "vmaf_score": vmaf(own, clip) + gain})
    return [{**row, "encode_time_ms": 100.0} for row in made]


def small_sample(folder: Path) -> Path:
    """A sample of the whole of it, as `gate sample build` makes one."""
    sweep, out = folder / "small.jsonl", folder / "small.parquet"
    sweep.write_text("".join(json.dumps(row) + "\n" for row in rows()))
    (folder / "small.jsonl.manifest.yaml").write_text(MANIFEST.format(corpus=", ".join(CORPUS)))
    assert run(["sample", "build", str(sweep), "-o", str(out), "--seed", "1"]) == 0
    return out
