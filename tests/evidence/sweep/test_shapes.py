"""Sweeps of other shapes: corpus rows of the adapters' project, other separators, arrays, and `columns:`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from gate.errors import SampleError, SweepError
from gate.evidence.sweep.columns import Sweep
from gate.evidence.sweep.manifest import SweepManifest
from gate.evidence.sweep.mapped import Columns
from gate.evidence.sweep.read import read_described, read_sweep

ROW = {
    "src": "/clips/a.y4m",
    "encoder": "libx265",
    "preset": "medium",
    "crf": 28,
    "extra_params": [],
    "bitrate_kbps": 500.0,
    "encode_time_ms": 1200.0,
    "vmaf_score": 88.5,
    "exit_status": 0,
}
TUNED = {**ROW, "extra_params": ["-bf", "8", "-x265-params", "aq-mode=3"]}


def swept(path: Path, text: str, columns: object = None) -> Sweep:
    path.write_text(text, encoding="utf-8")
    return read_sweep(path, None if columns is None else TypeAdapter(Columns).validate_python(columns))


def lines(*rows: Mapping[str, object]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def names(sweep: Sweep) -> list[tuple[str, ...]]:
    return [
        tuple(getattr(sweep, name).of(row) for name in ("source", "codec", "rc_mode", "recipe", "preset", "q"))
        for row in range(len(sweep))
    ]


@pytest.mark.parametrize(
    ("encoder", "mode"),
    [
        ("libx264", "crf"),
        ("libsvtav1", "crf"),
        ("libaom-av1", "crf"),
        ("libvpx-vp9", "crf"),
        ("libvvenc", "cqp"),
        ("h264_nvenc", "vbr-cq"),
        ("av1_qsv", "icq"),
        ("hevc_amf", "cqp"),
        ("h264_videotoolbox", "quality"),
        ("of_nobody", "quality"),
    ],
)
def test_a_corpus_row_has_the_rate_control_of_its_encoder(encoder: str, mode: str, tmp_path: Path) -> None:
    assert swept(tmp_path / "c.jsonl", lines({**ROW, "encoder": encoder})).rc_mode.names == (mode,)


def test_corpus_rows(tmp_path: Path) -> None:
    failed = {**ROW, "exit_status": 1, "bitrate_kbps": 0.0, "vmaf_score": float("nan")}
    sweep = swept(tmp_path / "c.jsonl", lines(ROW, failed, TUNED, {**failed, "exit_status": -9}))
    assert names(sweep) == [
        ("/clips/a.y4m", "libx265", "crf", "bare", "medium", "28"),
        ("/clips/a.y4m", "libx265", "crf", "bf=8,x265-params=aq-mode=3", "medium", "28"),
    ]
    assert (sweep.failed, sweep.bare.tolist()) == (2, [True, False])


def test_a_row_without_rate_control_and_parameters_is_still_malformed(tmp_path: Path) -> None:
    bare = {key: value for key, value in ROW.items() if key != "extra_params"}
    with pytest.raises(SweepError, match="`rc_mode` is missing"):
        swept(tmp_path / "c.jsonl", lines(bare))


@pytest.mark.parametrize(
    ("rows", "what"),
    [
        ([{**ROW, "exit_status": 1}], "holds no row but 1 encodes that failed"),
        ([{**ROW, "exit_status": "no"}], "c.jsonl:1: `exit_status` is no exit status: 'no'"),
        ([ROW, {**ROW, "extra_params": ["8"]}], "c.jsonl:2: `extra_params` holds '8' without an option"),
        ([ROW, {**ROW, "extra_params": ["-bf", 8]}], "c.jsonl:2: `extra_params` is not a knob combination"),
    ],
)
def test_corpus_rows_that_are_wrong(rows: list[Mapping[str, object]], what: str, tmp_path: Path) -> None:
    with pytest.raises(SweepError) as found:
        swept(tmp_path / "c.jsonl", lines(*rows))
    assert what in str(found.value)


PLAIN = {"source": "a", "codec": "libx264", "rc_mode": "crf", "preset": "fast", "q": 23, "knob_combo": "bare"}
PLAIN |= {"bitrate_kbps": 500.0, "vmaf_score": 88.5, "encode_time_ms": 12.0}
OTHER = {**PLAIN, "knob_combo": "bf=3", "q": 24}


@pytest.mark.parametrize("indent", [None, 2])
def test_an_array(indent: int | None, tmp_path: Path) -> None:
    sweep = swept(tmp_path / "s.json", json.dumps([PLAIN, OTHER], indent=indent))
    assert names(sweep) == names(swept(tmp_path / "s.jsonl", lines(PLAIN, OTHER)))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (json.dumps([PLAIN, {**OTHER, "vmaf_score": 101}], indent=1), "s.json:13: `vmaf_score` is not within"),
        (json.dumps([PLAIN, 3], indent=1), "s.json:13: not an object: '3'"),
        (json.dumps([PLAIN], indent=1)[:-1], "is not JSON"),
        ("[]", "holds no row"),
    ],
)
def test_arrays_that_are_wrong(text: str, what: str, tmp_path: Path) -> None:
    with pytest.raises(SweepError) as found:
        swept(tmp_path / "s.json", text)
    assert what in str(found.value)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("name", ["s.csv", "s.tsv", "s.txt"])
def test_separators(separator: str, name: str, tmp_path: Path) -> None:
    rows = [list(PLAIN), *([str(value) for value in row.values()] for row in (PLAIN, {**OTHER, "knob_combo": "-bf 3"}))]
    sweep = swept(tmp_path / name, "".join(separator.join(row) + "\n" for row in rows))
    assert names(sweep) == names(swept(tmp_path / "s.jsonl", lines(PLAIN, OTHER)))


STRANGE = """name,enc,args,kbit,seconds,score,study
/x/Sintel_720p.mp4,libx265,-crf 23,1200.5,1.5,90.25,default
/x/Sintel_720p.mp4,libx265,-crf 23 -bf 8,1210.5,2.5,90,knobs
"""
SAID = {
    "source": {"from": "name", "match": r"([^/]+)_\d+p\."},
    "codec": {"from": ["enc", "args"], "match": r"^(lib)\w*?(265) -crf"},
    "rc_mode": {"value": "crf"},
    "preset": {"value": "medium"},
    "q": {"from": "args", "match": r"^-crf (\d+)"},
    "bitrate_kbps": "kbit",
    "encode_ms": {"from": "seconds", "times": 1000},
    "vmaf": "score",
    "knobs": {"from": "args", "match": r"^-crf \d+ ?(.*)"},
}


def test_columns(tmp_path: Path) -> None:
    sweep = swept(tmp_path / "s.csv", STRANGE, SAID)
    one = ("Sintel", "lib265", "crf")
    assert names(sweep) == [(*one, "bare", "medium", "23"), (*one, "bf=8", "medium", "23")]
    assert (sweep.bitrate_kbps.tolist(), sweep.encode_ms.tolist()) == ([1200.5, 1210.5], [1500, 2500])
    assert sweep.vmaf.tolist() == [90.25, 90]


def test_bare_where(tmp_path: Path) -> None:
    said = {**SAID, "bare": {"from": "study", "where": "^default$"}, "recipe": {"from": "study"}}
    del said["knobs"]
    with pytest.raises(SweepError, match="`is_bare_default` is true, but `recipe` is 'default'"):
        swept(tmp_path / "s.csv", STRANGE, said)
    said["recipe"] = {"from": "study", "match": "knobs|(?=default)"}
    said["bare"] = {"from": "study", "where": "default"}
    with pytest.raises(SweepError, match="`recipe` is empty"):
        swept(tmp_path / "s.csv", STRANGE, said)
    said = {**SAID, "bare": {"from": "args", "where": r"^-crf \d+$"}}
    assert swept(tmp_path / "s.csv", STRANGE, said).bare.tolist() == [True, False]


def test_failed_where(tmp_path: Path) -> None:
    said = {**SAID, "failed": {"from": "study", "where": "knobs"}}
    sweep = swept(tmp_path / "s.csv", STRANGE, said)
    assert (len(sweep), sweep.failed) == (1, 1)


def test_columns_of_json_rows(tmp_path: Path) -> None:
    row = {**PLAIN, "mbit": 2.5, "bitrate_kbps": None, "vmaf": {"mean": 3}}
    del row["vmaf_score"]
    said = {"bitrate_kbps": {"from": "mbit", "times": 1000}, "vmaf": {"value": 90}}
    assert swept(tmp_path / "s.jsonl", lines(row), said).bitrate_kbps.tolist() == [2500]


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"vmaf": "skore"}, "s.csv:2: columns.vmaf: there is no `skore` (there are name, enc, args"),
        ({"vmaf": "enc"}, "s.csv:2: columns.vmaf: `enc` is not a number: 'libx265'"),
        ({"q": {"from": "args", "match": "-qp (.*)"}}, "s.csv:2: columns.q: `match` isn't in `args`: '-crf 23'"),
        ({"bitrate_kbps": {"from": "kbit", "times": -1}}, "greater than 0"),
        ({"codec": {"from": "enc", "times": 2}}, "codec is no number"),
        ({"codec": {"from": "enc", "where": "x"}}, "codec is not true or false"),
        ({"codec": {"from": "enc", "match": "("}}, "no regular expression"),
        ({"codec": {}}, "give either `from` or `value`"),
        ({"kodec": "enc"}, "a row has no 'kodec'"),
        ({"codec": {"form": "enc"}}, "Extra inputs are not permitted"),
    ],
)
def test_columns_that_are_wrong(changed: Mapping[str, object], what: str, tmp_path: Path) -> None:
    with pytest.raises((SweepError, ValidationError)) as found:
        swept(tmp_path / "s.csv", STRANGE, {**SAID, **changed})
    assert what in str(found.value)


NAMED = {"rc_modes": {"lib265": {"crf": ["crf"]}}, "recipes": {"lib265": {"bf=8": "bf=8"}}}
MISSPELT = [
    ({"rc_modes": {"lib256": {"crf": ["crf"]}}}, "rc_modes names 'lib256', which no row has (they have lib265)"),
    ({"rc_modes": {"lib265": {"crff": ["crf"]}}}, "rc_modes.lib265 names 'crff', which no row has (they have crf)"),
    ({"recipes": {"lib265": {"bf8": "bf=8"}}}, "recipes.lib265 names 'bf8', which no row has (they have bf=8)"),
]
SPELT: list[dict[str, object]] = [
    {},
    {"rc_modes": {"lib265": {"crf": ["crf"], "vbr": ["vbr"]}, "libx264": {"crf": ["crf"]}}},  # of a larger sweep
    {"recipes": {"lib265": {"bf=8": "bf=8", "bare": {}}}},
    {"recipes": {"lib265": {"bf8": "bf=8"}}, "lacks": ["2 encodes failed"]},
]


def _described(path: Path, more: Mapping[str, object]) -> Sweep:
    path.write_text(STRANGE)
    said = {"schema": "codec-gate.sweep/1", "provenance": "imported", "columns": SAID}
    return read_described(path, SweepManifest.model_validate({**said, **NAMED, **more}))


@pytest.mark.parametrize(("more", "what"), MISSPELT)
def test_a_name_that_no_row_has_is_misspelt(more: Mapping[str, object], what: str, tmp_path: Path) -> None:
    with pytest.raises(SampleError) as found:
        _described(tmp_path / "s.csv", more)
    assert what in str(found.value)


@pytest.mark.parametrize("more", SPELT)
def test_names_beyond_the_rows(more: Mapping[str, object], tmp_path: Path) -> None:
    assert len(_described(tmp_path / "s.csv", more)) == 2


def test_what_rows_left_unsaid_is_kept_for_the_sample(tmp_path: Path) -> None:
    assert swept(tmp_path / "c.jsonl", lines(ROW, TUNED)).modes == {"libx265": "crf"}
    assert swept(tmp_path / "p.jsonl", lines(PLAIN)).modes == {}
