"""What `gate analyze` writes, whole."""

from __future__ import annotations

import csv
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.errors import UsageError
from gate.evidence.model import CellVerdict, Provenance
from gate.evidence.sweep.cells import Rule
from gate.evidence.sweep.columns import Sweep
from gate.evidence.sweep.exact import sweep_of
from gate.evidence.sweep.summary import analysed, spread_of_repeats, summarise
from gate.evidence.sweep.tables import TableForm, slice_names, write_tables
from gate.report.gfm import code
from gate.report.sweep import render

Encode = tuple[str, str, str, str, float, float]  # source, rc_mode, recipe, q, kbit/s, VMAF


def sweep(*encodes: Encode, codec: str = "h264_nvenc") -> Sweep:
    return sweep_of(
        (
            number,
            {
                "source": source, "codec": codec, "rc_mode": rc_mode, "recipe": recipe, "preset": "p1", "q": q,
                "bitrate_kbps": bitrate, "vmaf_score": vmaf, "encode_time_ms": 100.0 + number,
                "basis": "filler" if recipe == "full" else "measured",
            },
        )
        for number, (source, rc_mode, recipe, q, bitrate, vmaf) in enumerate(encodes)
    )  # fmt: skip


SWEEP = sweep(
    ("clip_b", "vbr", "bare", "1", 1000.0, 90.0),
    ("clip_b", "vbr", "bare", "2", 2000.0, 95.0),
    ("clip_a", "vbr", "bare", "2", 2000.0, 0.1 + 0.2),
    ("clip_b", "vbr", "bf3", "2", 2000.0, 90.0),
    ("clip_a", "vbr", "bf3", "2", 2050.0, 0.1),
    ("clip_b", "vbr", "bf3", "1", 1500.0, 92.0),
    ("clip_b", "vbr", "bf3", "2", 2020.0, 91.0),
    ("clip_b", "vbr", "full", "1", 1000.0, 91.0),
)

REGRESSIONS = """\
source,codec,rc_mode,recipe,preset,q,bitrate_kbps,vmaf_score,bare_bitrate_kbps,bare_vmaf_score,delta
clip_b,h264_nvenc,vbr,bf3,p1,2,2000.0,90.0,2000.0,95.0,-5.0
clip_a,h264_nvenc,vbr,bf3,p1,2,2050.0,0.1,2000.0,0.30000000000000004,-0.20000000000000004
clip_b,h264_nvenc,vbr,bf3,p1,2,2020.0,91.0,2000.0,95.0,-4.0
"""
CLUSTERS = """\
codec,rc_mode,recipe,preset,q,hits,holds,unknown,verdict,mean_delta,worst_source,worst_delta
h264_nvenc,vbr,bf3,p1,1,0,0,2,undetermined,,,
h264_nvenc,vbr,bf3,p1,2,2,0,0,structural,-2.35,clip_b,-4.5
h264_nvenc,vbr,full,p1,1,0,1,1,cleared,,,
"""
PARETO = """\
source,codec,rc_mode,recipe,preset,q,bitrate_kbps,vmaf_score,encode_time_ms
clip_b,h264_nvenc,vbr,full,p1,1,1000.0,91.0,107.0
clip_b,h264_nvenc,vbr,bf3,p1,1,1500.0,92.0,105.0
clip_b,h264_nvenc,vbr,bare,p1,2,2000.0,95.0,101.0
"""
SUMMARY = """\
> **RECONSTRUCTED, NOT MEASURED.** Rows were made to meet published figures.

# Sweep `s.jsonl`

- 8 rows (1 filler), 3 of them bare; 2 sources
- 2 slices, 2 with a hull
- 5 candidate rows, 1 not comparable, **3 regressions**
- 3 cells (1 filler): 0 no effect, 1 structural, 1 undetermined, 0 content-dependent, 1 cleared, 0 clean
- a regression: more than 0.1 VMAF below the nearest bare row within 5 % of its bitrate (baseline: any); structural: on at least 2 of 2 sources

## Codecs

| codec | rows | slices | max VMAF | p50 kbit/s | p95 kbit/s | p50 encode ms | regressions |
| --- | --- | --- | --- | --- | --- | --- | --- |
| `h264_nvenc` | 8 | 2 | 95.00 | 2000 | 2040 | 104 | 3 |

Percentiles are over all rows of a codec, interpolated linearly.

## Rate control

| rate control | regressions | rows | % |
| --- | --- | --- | --- |
| `vbr` | 3 | 8 | 37.5 |

## Worst offenders

| codec | rc_mode | source | preset | q | recipe | VMAF | bare VMAF | Δ | kbit/s | bare kbit/s |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
| `h264_nvenc` | `vbr` | `clip_b` | `p1` | `2` | `bf3` | 90.00 | 95.00 | -5.00 | 2000 | 2000 |
| `h264_nvenc` | `vbr` | `clip_b` | `p1` | `2` | `bf3` | 91.00 | 95.00 | -4.00 | 2020 | 2000 |
| `h264_nvenc` | `vbr` | `clip_a` | `p1` | `2` | `bf3` | 0.10 | 0.30 | -0.20 | 2050 | 2000 |

## Structural cells

Cells that regress on at least 2 of 2 sources: 1.

| codec | rc_mode | recipe | preset | q | hits | mean Δ | worst source | worst Δ | basis |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
| `h264_nvenc` | `vbr` | `bf3` | `p1` | `2` | 2 of 2 | -2.35 | `clip_b` | -4.50 | measured |

## Cells by hits

| hits | cells |
| --- | --- |
| 0 | 2 |
| 2 | 1 |

## Hull recipes

| codec | rc_mode | recipes on a hull |
| --- | --- | --- |
| `h264_nvenc` | `vbr` | `bare` 2, `bf3` 1, `full` 1 |

Each with the number of sources, of 2, on whose hull it is.

## Per-slice hull sizes

| source | codec | rc_mode | hull size |
| --- | --- | --- | --- |
| `clip_a` | `h264_nvenc` | `vbr` | 1 |
| `clip_b` | `h264_nvenc` | `vbr` | 3 |

## Noise floor

1 encodes were repeated. Their spread (highest minus lowest): VMAF median 1.000, at most 1.000; bitrate median 1.00 %, at most 1.00 %.
"""


def analyze(sweep, out, *, name, provenance=None, rule=None, sources=None, form=TableForm.CSV):
    analysis = analysed(sweep, rule or Rule(), sources)
    summary = summarise(analysis)
    write_tables(analysis, out, form=form, summary=render(summary, name=name, provenance=provenance))
    return analysis, summary


FEW, FEW2 = Rule(min_sources=1), Rule(structural=2, min_sources=1)


def test_every_file(tmp_path: Path) -> None:
    _, summary = analyze(
        SWEEP, tmp_path / "deep" / "out", name="s.jsonl", provenance=Provenance.RECONSTRUCTED, rule=FEW
    )
    out = tmp_path / "deep" / "out"
    assert sorted(path.name for path in out.iterdir()) == [
        "clusters.csv",
        "pareto_clip_a_h264_nvenc_vbr.csv",
        "pareto_clip_b_h264_nvenc_vbr.csv",
        "regressions.csv",
        "summary.md",
    ]
    assert (out / "regressions.csv").read_text() == REGRESSIONS
    assert (out / "clusters.csv").read_text() == CLUSTERS
    assert (out / "pareto_clip_b_h264_nvenc_vbr.csv").read_text() == PARETO
    assert (out / "summary.md").read_text() == SUMMARY
    assert (summary.regressions, summary.verdicts[CellVerdict.STRUCTURAL]) == (3, 1)


def test_parquet_holds_the_same_tables(tmp_path: Path) -> None:
    for form in TableForm:
        analyze(SWEEP, tmp_path / form, name="s", form=form)
    for path in (tmp_path / "csv").glob("*.csv"):
        with path.open(newline="") as stream:
            _, *expected = csv.reader(stream)
        rows = duckdb.execute(f"FROM '{tmp_path / 'parquet' / path.stem}.parquet'").fetchall()
        assert [["" if value is None else str(value) for value in row] for row in rows] == expected
    assert not list((tmp_path / "parquet").glob("*.csv"))


def test_the_corpus_may_be_more_than_the_sweep(tmp_path: Path) -> None:
    _, summary = analyze(SWEEP, tmp_path, name="s", sources=("clip_a", "clip_b", "c", "d"), rule=FEW2)
    assert summary.histogram == (2, 0, 1, 0, 0)
    assert "at least 2 of 4 sources: 1." in (tmp_path / "summary.md").read_text()


def test_nothing_regresses(tmp_path: Path) -> None:
    analyze(sweep(("a", "vbr", "bare", "1", 1.0, 1.0)), tmp_path, name="s")
    text = (tmp_path / "summary.md").read_text()
    assert "None: nothing regresses." in text
    assert "Unknown: nothing was encoded twice." in text
    assert (tmp_path / "regressions.csv").read_text().count("\n") == 1
    assert (tmp_path / "clusters.csv").read_text().count("\n") == 1


def test_no_floor_without_repeats() -> None:
    assert spread_of_repeats(sweep(("a", "vbr", "bare", "1", 1.0, 1.0), ("b", "vbr", "bare", "1", 1.0, 1.0))) is None


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UsageError, match="cannot be written"):
        analyze(SWEEP, tmp_path / "file", name="s")
    assert (tmp_path / "file").read_text() == "mine"


def test_a_failed_run_leaves_nothing(tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "clusters.csv").mkdir(parents=True)
    (out / "clusters.csv" / "mine").write_text("mine")
    with pytest.raises(UsageError, match="is not a regular file, and stays as it is"):
        analyze(SWEEP, out, name="s")
    assert sorted(path.name for path in out.iterdir()) == ["clusters.csv"]
    assert [path.name for path in (out / "clusters.csv").iterdir()] == ["mine"]


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        ([("../../etc/passwd", "cqp")], ["pareto_..%2F..%2Fetc%2Fpasswd_h264_nvenc_cqp"]),
        ([("a b", "c:d"), ("Ü\n", "x")], ["pareto_a%20b_h264_nvenc_c%3Ad", "pareto_%C3%9C%0A_h264_nvenc_x"]),
        ([("a", "x"), ("A", "x")], ["pareto_a_h264_nvenc_x", "pareto_A_h264_nvenc_x~2"]),
        ([("a~2", "x")], ["pareto_a%7E2_h264_nvenc_x"]),
        ([("x" * 300, "1"), ("x" * 300, "2")], [("pareto_" + "x" * 300)[:180], ("pareto_" + "x" * 300)[:180] + "~2"]),
    ],
)
def test_slice_names(labels: list[tuple[str, str]], names: list[str], tmp_path: Path) -> None:
    found = sweep(*((source, mode, "bare", "1", 1.0, 1.0) for source, mode in labels))
    assert slice_names(analysed(found, Rule())) == names
    analyze(found, tmp_path / "top" / "out", name="s")
    assert sorted(path.name for path in (tmp_path / "top" / "out").glob("pareto*")) == sorted(
        f"{name}.csv" for name in names
    )
    assert [path.name for path in (tmp_path / "top").iterdir()] == ["out"]


def test_names_of_labels_with_underscores_stay_apart() -> None:
    found = sweep(("a", "b", "bare", "1", 1.0, 1.0), ("a_h264_nvenc", "b", "bare", "1", 1.0, 1.0))
    other = sweep(("a", "h264_nvenc_b", "bare", "1", 1.0, 1.0), ("a_x", "b", "bare", "1", 1.0, 1.0), codec="x")
    for each in (found, other):
        names = slice_names(analysed(each, Rule()))
        assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("label", "shown"),
    [
        ("bf3", "`bf3`"),
        ("a|b", "`a\\|b`"),
        ("a`b", "``a`b``"),
        ("`", "`` ` ``"),
        ("<b>&", "`<b>&`"),
        ("a\nb\u202e", "`a\\nb\\u202e`"),
    ],
)
def test_labels_cannot_leave_their_code_span(label: str, shown: str) -> None:
    assert code(label) == shown


@given(st.text(max_size=20))
def test_a_label_never_breaks_a_line(label: str) -> None:
    assert len(code(label).splitlines()) == 1


def test_summary_order() -> None:
    found = sweep(
        *((source, "vbr", "bare", q, 1000.0 * int(q), 90.0) for source in "abc" for q in "123"),
        *((source, "vbr", "bf3", "1", 1000.0, 89.0) for source in "ab"),
        *((source, "vbr", "bf3", "2", 2000.0, 85.0) for source in "ab"),
        *((source, "vbr", "bf3", "3", 3000.0, 89.5) for source in "abc"),
    )
    summary = summarise(analysed(found, FEW2))
    assert [cell.key.q for cell in summary.structural] == ["3", "2", "1"]
    assert [offender.delta for offender in summary.worst] == [-5.0, -5.0, -1.0, -1.0, -0.5, -0.5, -0.5]
