"""`gate sample` as a user runs it: designs, several sweeps, two reconstructions with known edits, and bad samples."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from gate.cli.main import run
from gate.evidence.sample.file import METADATA_KEY

FIXTURES = Path(__file__).parents[2] / "fixtures"
SWEEP = FIXTURES / "research-0080/sweep.jsonl.gz"
MANIFEST = FIXTURES / "research-0080/manifest.yaml"
B_FRAMES = FIXTURES / "adapters/changes/b-frames"

Cell = tuple[str, str, str, str, str]


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    return [json.loads(line) for line in gzip.decompress(SWEEP.read_bytes()).splitlines()]


def cell(row: dict[str, Any]) -> Cell:
    return row["codec"], row["rc_mode"], row["recipe"], row["preset"], str(row["q"])


def write_sweep(folder: Path, rows: list[dict[str, Any]], **manifest: Any) -> Path:
    folder.mkdir()
    path = folder / "sweep.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    said = yaml.safe_load(MANIFEST.read_text()) | {"sweep": path.name} | manifest
    (folder / "manifest.yaml").write_text(yaml.safe_dump(said))
    return path


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """Two samples, and what was changed from one to the other."""

    old: Path
    new: Path


BECAME: Cell = ("h264_nvenc", "vbr", "bf0", "p4", "2")
CEASED: Cell = ("h264_nvenc", "cbr", "bf3", "p4", "1")
PARTLY: Cell = ("h264_nvenc", "cqp", "bf3", "p7", "18")  # filler in the old one; ruled out in the new one
GONE: Cell = ("h264_qsv", "cqp", "bf4", "veryfast", "18")


@pytest.fixture(scope="module")
def edited(tmp_path_factory, rows):
    """One cell becomes structural, one ceases to be, one that was filler is ruled out, one goes; a new tool."""
    assert {BECAME, CEASED, PARTLY, GONE} <= {cell(row) for row in rows}
    folder = tmp_path_factory.mktemp("edited")
    four = sorted({row["source"] for row in rows})[:4]
    bare = {place(row): row["bitrate_kbps"] for row in rows if row["recipe"] == "bare"}

    def altered(row: dict[str, Any]) -> dict[str, Any]:
        if cell(row) not in {BECAME, CEASED, PARTLY}:
            return row
        loses = cell(row) == BECAME or (cell(row) == PARTLY and row["source"] in four)
        return row | {"basis": "published", "vmaf_score": 1.0 if loses else 100.0, "bitrate_kbps": bare[place(row)]}

    after = [altered(row) for row in rows if cell(row) != GONE]
    sweeps = (write_sweep(folder / "before", rows), write_sweep(folder / "after", after, tools={"ffmpeg": "8"}))
    for sweep in sweeps:
        assert run(["sample", "build", str(sweep), "-o", str(sweep.with_suffix(".parquet"))]) == 0
    return Edited(old=sweeps[0].with_suffix(".parquet"), new=sweeps[1].with_suffix(".parquet"))


def place(row: dict[str, Any]) -> tuple[object, ...]:
    """Where a row stands in its slice, so that the bare row there can be had."""
    return tuple(row[key] for key in ("source", "codec", "rc_mode", "preset", "q"))


def listed(changes: list[dict[str, Any]]) -> list[tuple[Cell, str | None, str | None]]:
    return [
        (
            (c["codec"], c["rc_mode"], c["recipe"], c["preset"], c["q"]),
            c["before"] and c["before"]["verdict"],
            c["after"] and c["after"]["verdict"],
        )
        for c in changes
    ]


def test_a_diff_lists_exactly_the_edits_and_the_defaults_that_they_hit(edited, project, gate):
    shutil.copytree(B_FRAMES, project.top, dirs_exist_ok=True)
    ended = gate("sample", "diff", edited.old, edited.new, "--repo", project.top, "--format", "json")
    assert (ended.status, ended.err) == (0, "")
    found = ended.report
    assert listed(found["became"]) == [(BECAME, "unmeasured", "structural")]
    assert listed(found["ceased"]) == [(CEASED, "structural", "cleared")]
    assert listed(found["other"]) == [(PARTLY, "unmeasured", "content-dependent")]
    assert listed(found["disappeared"]) == [(GONE, "unmeasured", None)]
    assert found["appeared"] == []
    assert [(fact["what"], fact["before"], fact["after"]) for fact in found["facts"]] == [("tools.ffmpeg", "", "8")]
    # b-frames ships bf=3 on h264_nvenc; no adapter ships bf=0. p5 is judged at p4, p6 at p7.
    (hit,) = found["defaults"]
    assert (hit["adapter"], hit["codec"], hit["point"]) == ("h264_nvenc", "h264_nvenc", "bf=3")
    assert listed(hit["cells"]) == [(CEASED, "structural", "cleared"), (PARTLY, "unmeasured", "content-dependent")]
    assert [one["presets"] for one in hit["cells"]] == [["fast", "medium", "slow"], ["slower", "placebo"]]
    lines = (project.top / hit["path"]).read_text().splitlines()
    assert '"-bf", "3"' in lines[hit["line"] - 1]


def test_a_diff_for_people(edited, project, gate):
    shutil.copytree(B_FRAMES, project.top, dirs_exist_ok=True)
    text = gate("sample", "diff", edited.old, edited.new, "--repo", project.top).out
    assert text.splitlines()[0] == "1 cell became structural, 1 ceased; 1 shipped default is hit"
    assert "h264_nvenc bf0 at preset p4, vbr 2 Mbit/s: unmeasured" in text
    assert "→ structural 9/9" in text
    assert "codec_adapters/h264_nvenc.py:" in text
    assert "bf3 at preset p4, cbr 1 Mbit/s: structural 7/9 → cleared 0/9 (6 unknown), for fast, medium, slow" in text
    assert "tools.ffmpeg: (none) → 8" in text
    assert "\x1b" not in text
    markdown = gate("sample", "diff", edited.old, edited.new, "--repo", project.top, "--format", "markdown").out
    assert markdown.startswith("## 1 cell became structural, 1 ceased; 1 shipped default is hit\n")
    assert re.search(r"^\| `codec_adapters/h264_nvenc.py:\d+` \| `h264_nvenc` \|", markdown, re.MULTILINE)


def test_a_diff_without_a_repository(edited, project, gate):
    assert gate("sample", "diff", edited.old, edited.new).out.startswith(
        "1 cell became structural, 1 ceased; shipped defaults were not read\n"
    )
    assert gate("sample", "diff", edited.old, edited.old).out == (
        "0 cells became structural, 0 ceased; shipped defaults were not read\n"
    )
    ended = gate("sample", "diff", edited.old, edited.new, "--adapters", "codec_adapters/*.py", cwd=project.top)
    assert ended.out.startswith("1 cell became structural, 1 ceased; 0 shipped defaults are hit\n")
    assert gate("sample", "diff", edited.old, edited.new, "--adapters", "gone/*.py", cwd=project.top).status == 2


@pytest.mark.parametrize(
    ("design", "said"),
    [
        ("screen:1", "design screen:1, miss bound 2/9 (22.2%), reconstructed"),
        ("screen:2", "design screen:2, miss bound 1/36 (2.8%), reconstructed"),
        ("budget:6000", "design budget:6000 (exact), miss bound 0, reconstructed"),
        ("budget:4400", "design budget:4400 (screen:1), miss bound 2/9 (22.2%), reconstructed"),
    ],
)
def test_designs(gate, tmp_path, design, said):
    sample = tmp_path / "s.parquet"
    ended = gate("sample", "build", SWEEP, "-o", sample, "--design", design, "--seed", "80")
    assert (ended.status, said in ended.out) == (0, True), ended
    ended = gate("sample", "verify", sample, "--against", SWEEP)
    assert ended.status == 0
    assert re.search(r"cells right, 0 wrong, 0 left open\n", ended.out)
    assert ("missed by the screen: " in ended.out) == ("screen" in said)
    assert gate("sample", "info", sample).out.count(said.split(",")[0].removeprefix("design ")) == 1


def test_mixed_sweeps(gate, tmp_path, rows):
    nvenc = [row for row in rows if row["codec"] == "h264_nvenc" and row["rc_mode"] == "vbr"]
    qsv = [row | {"device": "Arc A380"} for row in rows if row["codec"] == "h264_qsv" and row["rc_mode"] == "vbr"]
    one = write_sweep(tmp_path / "one", nvenc, setup={"device": "RTX 4090"})
    two = write_sweep(tmp_path / "two", qsv)
    sample = tmp_path / "s.parquet"
    ended = gate("sample", "build", one, two, "-o", sample)
    assert (ended.status, sample.exists()) == (2, False)
    assert "device differs: 'RTX 4090' and 'Arc A380'" in ended.err
    ended = gate("sample", "build", one, two, "-o", sample, "--mixed")
    assert (ended.status, ", MIXED\n" in ended.out) == (0, True)
    info = gate("sample", "info", sample).out
    assert (info.count("MIXED "), info.count("made with   device ")) == (1, 2)
    ended = gate("sample", "verify", sample, "--against", one, "--against", two)
    assert (ended.status, " 0 wrong, 0 left open" in ended.out, ": sound, MIXED, " in ended.out) == (0, True, True)
    assert gate("sample", "verify", sample, "--against", two, "--against", one).status == 1


def _rewritten(sample: Path, target: Path, alter: Callable[[str], str], select: str = "*") -> None:
    with duckdb.connect() as connection:
        (value,) = connection.execute(
            "SELECT value FROM parquet_kv_metadata(?) WHERE key = ?", [str(sample), METADATA_KEY.encode()]
        ).fetchall()[0]
        text = alter(bytes(value).decode()).replace("'", "''")
        connection.execute(
            f"COPY (SELECT {select} FROM read_parquet('{sample}')) TO '{target}' "
            f"(FORMAT parquet, KV_METADATA {{'{METADATA_KEY}': '{text}'}})"
        )


def _flipped(contents: bytes) -> bytes:
    middle = len(contents) // 2
    return contents[:middle] + bytes([contents[middle] ^ 0xFF]) + contents[middle + 1 :]


BAD: list[tuple[str, Callable[[Path, Path], object], str]] = [
    ("truncated", lambda good, bad: bad.write_bytes(good.read_bytes()[:-100]), "it may be truncated"),
    ("cut in the middle", lambda good, bad: bad.write_bytes(good.read_bytes()[:9000] + b"PAR1"), "not a sample"),
    ("empty", lambda good, bad: bad.write_bytes(b""), "no whole Parquet file"),
    ("another file", lambda good, bad: bad.write_text("not Parquet"), "no whole Parquet file"),
    ("no manifest", lambda good, bad: _rewritten(good, bad, lambda text: "{}"), "is missing"),
    ("a later schema", lambda good, bad: _rewritten(good, bad, lambda text: text.replace("sample/1", "sample/2")), "schema: input should be"),
    ("an unknown key", lambda good, bad: _rewritten(good, bad, lambda text: text.replace('"notes"', '"knotes"')), "knotes: unknown key"),
    ("provenance invented", lambda good, bad: _rewritten(good, bad, lambda text: text.replace('"reconstructed"', '"divined"')), "provenance: input should be"),
    ("a screen too wide", lambda good, bad: _rewritten(good, bad, lambda text: text.replace('"parameters":{}', '"parameters":{"screen":3}')), "a screen of 3 sources is none"),
    ("a column missing", lambda good, bad: _rewritten(good, bad, str, "* EXCLUDE (vmaf_score)"), "column vmaf_score is missing"),
    ("a column of another type", lambda good, bad: _rewritten(good, bad, str, "* REPLACE (1::INTEGER AS vmaf_score)"), "column vmaf_score is INTEGER"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "make", "said"), BAD, ids=[case[0] for case in BAD])
def test_a_bad_sample_is_one_clear_error(gate, project, tmp_path, name, make, said):
    good, bad = FIXTURES / "research-0080/sample.parquet", tmp_path / "bad.parquet"
    make(good, bad)
    for command in (["info", bad], ["verify", bad], ["diff", bad, good], ["diff", good, bad]):
        ended = gate("sample", *command)
        assert (ended.status, ended.out, ended.err.count("\n")) == (2, "", 1), ended
        assert said in ended.err
        assert "bad.parquet: " in ended.err
    ended = gate("check", "--repo", project.top, "--sample", bad)
    assert (ended.status, said in ended.err) == (2, True)


def test_a_tampered_sample_fails_by_its_digest_or_by_its_rows(gate, tmp_path):
    good, bad = FIXTURES / "research-0080/sample.parquet", tmp_path / "bad.parquet"
    _rewritten(good, bad, str, "* REPLACE (vmaf_score + 5 AS vmaf_score)")
    pin = "26cb16109def1b1380bbf54014f059d3af8c53b1254869ab08edc4d3b461950c"
    ended = gate("sample", "verify", bad, "--sha256", pin)
    assert (ended.status, "is another file than the policy names" in ended.err) == (2, True)
    assert gate("sample", "verify", good, "--sha256", pin).status == 0
    ended = gate("sample", "verify", bad, "--against", SWEEP)
    assert (ended.status, "NOT SOUND" in ended.out, "are not in the sweep" in ended.out) == (1, True, True)
    bad.write_bytes(_flipped(good.read_bytes()))
    assert gate("sample", "verify", bad, "--sha256", pin).status == 2


def test_a_bound_that_is_talked_down(gate, tmp_path):
    sample, bad = tmp_path / "s.parquet", tmp_path / "bad.parquet"
    assert gate("sample", "build", SWEEP, "-o", sample, "--design", "screen:1").status == 0
    _rewritten(
        sample, bad, lambda text: re.sub(r'"miss_bound":\{[^}]*\}', '"miss_bound":{"exact":"0","value":0}', text)
    )
    ended = gate("sample", "verify", bad)
    assert (ended.status, "miss_bound: 0, but that of screen:1 is 2/9" in ended.out) == (1, True)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--design", "screen:3"], "screen:3 makes no sense at 7 of 9 sources"),
        (["--design", "screen"], "'screen' is no design"),
        (["--design", "budget:10"], "no design fits in 10 rows: full takes 12,636, exact takes 4,998"),
        (["--structural", "9/9", "--design", "screen:1"], "a screen of 1 is exact already"),
        ([SWEEP], "is the same file as"),
    ],
)
def test_what_can_not_be_built(gate, tmp_path, args, said):
    ended = gate("sample", "build", SWEEP, *args, "-o", tmp_path / "s.parquet")
    assert (ended.status, ended.out, said in ended.err, ended.err.count("\n")) == (2, "", True, 1), ended.err
    assert list(tmp_path.glob("*.parquet*")) == []
