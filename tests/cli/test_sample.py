"""What `gate sample` says of a sample, whose manifest anybody may have written."""

from __future__ import annotations

import json

from gate.cli.main import run
from tests.evidence.small_sweep import CORPUS, rows

EVIL = "\x1b[2Jx\n::error::y\u202e"


def test_nothing_that_a_manifest_says_forges_a_line_or_reaches_the_terminal_as_control(tmp_path, capfd):
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
    assert run(["sample", "build", str(sweep), "-o", str(out), "--design", "screen:1", "--seed", "1"]) == 0
    lacking = tmp_path / "lacking.jsonl"
    lacking.write_text("".join(json.dumps(row) + "\n" for row in found if row["recipe"] != "bf3"))
    for command, status in ((["info", str(out)], 0), (["verify", str(out), "--against", str(lacking)], 1)):
        capfd.readouterr()
        assert run(["sample", *command]) == status
        text = capfd.readouterr().out
        assert "::error::y" in text
        assert all(line.isprintable() and not line.startswith("::") for line in text.split("\n"))
