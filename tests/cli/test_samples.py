"""What `gate sample` says of a sample, whose manifest anybody may have written."""

from __future__ import annotations

import json

from gate.cli.sample import BuildRequest, build, describe, verify
from tests.small_sweep import CORPUS, rows

EVIL = "\x1b[2Jx\n::error::y\u202e"


def test_nothing_that_a_manifest_says_forges_a_line_or_reaches_the_terminal_as_control(tmp_path):
    sweep, out = tmp_path / "small.jsonl", tmp_path / "small.parquet"
    names = dict(zip(CORPUS, (f"{at}{EVIL}" for at in range(9)), strict=True))
    found = [row | {"source": names[str(row["source"])], "q": f"{row['q']}{EVIL}"} for row in rows()]
    sweep.write_text("".join(json.dumps(row) + "\n" for row in found))
    recipes = {"bare": {}, "bf3": {"bf": "3"}, "temporal_aq": {"temporal-aq": "1"}, "spatial_aq": {"spatial-aq": "1"}}
    manifest = {
        "schema": "codec-gate.sweep/1",
        "provenance": "measured",
        "title": EVIL,
        "corpus": list(names.values()),
        "recipes": {"h264_nvenc": recipes | {"bf2": {"bf": "2"}, "bf4": {"bf": "4"}}},
        "setup": {"device": EVIL},
    }
    (tmp_path / "small.jsonl.manifest.json").write_text(json.dumps(manifest))
    wanted = BuildRequest(
        sweeps=(sweep,), output=out, manifest=None, design="screen:1", seed=1, structural="7/9", mixed=False
    )
    build(wanted, lambda stage: None)
    lacking = tmp_path / "lacking.jsonl"
    lacking.write_text("".join(json.dumps(row) + "\n" for row in found if row["recipe"] != "bf3"))
    for text in (describe(str(out)), verify(str(out), None, (lacking,))[0]):
        assert "::error::y" in text
        assert all(line.isprintable() and not line.startswith("::") for line in text.split("\n"))
