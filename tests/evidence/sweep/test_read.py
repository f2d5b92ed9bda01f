"""Reading: every form gives the same sweep, the fast reader and the exact one agree, and bad input is named."""

from __future__ import annotations

import csv
import gzip
import json
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.errors import SweepError
from gate.evidence.model import Basis
from gate.evidence.sweep.coded import NotPlain
from gate.evidence.sweep.columns import Labels, Sweep
from gate.evidence.sweep.exact import read_exactly
from gate.evidence.sweep.fast import read_bulk
from gate.evidence.sweep.files import identify
from gate.evidence.sweep.read import read_sweep
from gate.evidence.sweep.small import read_small

Raw = Mapping[str, object]
LABELS = ("source", "codec", "rc_mode", "recipe", "preset", "q")

SCHEMA_3 = {
    "source": "BigBuckBunny_25fps",
    "codec": "h264_nvenc",
    "rc_mode": "vbr",
    "recipe": "bf3",
    "preset": "p1",
    "q": 2,
    "bitrate_kbps": 1984.25,
    "vmaf_score": 80.24,
    "encode_time_ms": 540.5,
    "is_bare_default": False,
}
SCHEMA_2 = {
    "src": "BigBuckBunny_25fps",
    "encoder": "h264_nvenc",
    "rc_mode": "vbr",
    "recipe": "bf3",
    "preset": "p1",
    "cq": 2,
    "actual_kbps": 1984.25,
    "vmaf": 80.24,
    "enc_ms": 540.5,
}
BARE = {**SCHEMA_3, "recipe": "bare", "is_bare_default": True, "bitrate_kbps": 2000, "vmaf_score": 93.27}
UNNAMED = {key: value for key, value in SCHEMA_3.items() if key not in ("recipe", "is_bare_default")}


def jsonl(rows: Sequence[Raw]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def content(sweep: Sweep) -> tuple[object, ...]:
    """All that a sweep holds, comparable, down to the order of its vocabularies."""
    labels = [(getattr(sweep, name).codes.tolist(), getattr(sweep, name).names) for name in LABELS]
    numbers = (sweep.bitrate_kbps.tolist(), sweep.vmaf.tolist(), sweep.encode_ms.tolist())
    effect = None if sweep.no_effect is None else sweep.no_effect.tolist()
    return (*labels, sweep.bare.tolist(), *numbers, sweep.basis.tolist(), sweep.bases, dict(sweep.knobs), effect)


def texts(labels: Labels) -> list[str]:
    return [labels.of(row) for row in range(len(labels.codes))]


def read_both(path: Path) -> Sweep:
    """What the fast reader gives, once the exact one gave the same, and the one of small files where it takes them."""
    file = identify(path)
    fast, exact = read_bulk(file), read_exactly(file)
    assert content(fast) == content(exact)
    with suppress(NotPlain):
        assert content(read_small(file)) == content(exact)
    assert [column.dtype for column in (fast.source.codes, fast.bitrate_kbps, fast.bare, fast.basis)] == [
        np.dtype(kind) for kind in ("int32", "float64", "bool", "int8")
    ]
    return fast


# --- forms ----------------------------------------------------------------------------------------------------------


def write_jsonl(rows: Sequence[Raw], path: Path) -> Path:
    path.write_bytes(jsonl(rows))
    return path


def write_gzip(rows: Sequence[Raw], path: Path) -> Path:
    half = len(rows) // 2  # two members, as `cat a.gz b.gz` makes them
    path.write_bytes(gzip.compress(jsonl(rows[:half])) + gzip.compress(jsonl(rows[half:])))
    return path


def write_zstd(rows: Sequence[Raw], path: Path) -> Path:
    lines = write_jsonl(rows, path.with_suffix(".lines"))
    plain = "delim = '\x01', quote = '', escape = '', header = false, auto_detect = false, hive_partitioning = false"
    with duckdb.connect() as con:
        con.execute(f"CREATE TABLE lines AS FROM read_csv('{lines}', columns = {{'line': 'VARCHAR'}}, {plain})")
        con.execute(
            f"COPY lines TO '{path}' (FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\x01', COMPRESSION zstd)"
        )
    return path


def write_csv(rows: Sequence[Raw], path: Path) -> Path:
    header = list(dict.fromkeys(key for row in rows for key in row))
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, header)
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_parquet(rows: Sequence[Raw], path: Path) -> Path:
    lines = write_jsonl(rows, path.with_suffix(".lines"))
    with duckdb.connect() as con:
        con.execute(
            f"COPY (SELECT * FROM read_json('{lines}', hive_partitioning = false)) TO '{path}' (FORMAT parquet)"
        )
    lines.unlink()
    return path


WRITERS = [write_jsonl, write_gzip, write_zstd, write_csv, write_parquet]


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("name", ["sweep", "sweep.dat", "50% [a]*?.x"])
def test_forms_are_told_by_content(write: Callable[[Sequence[Raw], Path], Path], name: str, tmp_path: Path) -> None:
    rows = [BARE, SCHEMA_3, {**SCHEMA_3, "source": 'Ünï, "quoted"', "q": 4}]
    plain = write(rows, tmp_path / "plain")
    expected = read_both(write_jsonl(rows, tmp_path / "expected.jsonl"))
    assert content(read_both(plain.rename(tmp_path / name))) == content(expected)


@pytest.mark.parametrize("write", WRITERS)
def test_folders_say_nothing_of_rows(write: Callable[[Sequence[Raw], Path], Path], tmp_path: Path) -> None:
    folder = tmp_path / "source=elsewhere" / "basis=filler"
    folder.mkdir(parents=True)
    sweep = read_both(write([SCHEMA_3, BARE], folder / "rows"))
    assert (sweep.source.names, sweep.bases) == (("BigBuckBunny_25fps",), (Basis.MEASURED,))


label_texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=8).filter(
    str.strip
)
rows_ = st.lists(
    st.fixed_dictionaries(
        {
            "source": st.one_of(st.sampled_from(["a", "b"]), label_texts),
            "codec": st.sampled_from(["h264_nvenc", "av1_qsv"]),
            "rc_mode": st.just("cqp"),
            "recipe": st.sampled_from(["bare", "bf3", "full"]),
            "preset": st.sampled_from(["p1", "p7"]),
            "q": st.sampled_from(["18", "-crf 25", "x"]),
            "bitrate_kbps": st.floats(min_value=1e-300, max_value=1e300, allow_subnormal=False),
            "vmaf_score": st.floats(min_value=0, max_value=100),
            "encode_time_ms": st.floats(min_value=0, max_value=1e9),
        }
    ),
    min_size=1,
    max_size=12,
)


@given(rows_)
@settings(max_examples=15, deadline=None)
def test_round_trips(tmp_path_factory: pytest.TempPathFactory, rows: list[Raw]) -> None:
    folder = tmp_path_factory.mktemp("sweeps")
    found = [content(read_both(write(rows, folder / write.__name__))) for write in WRITERS]
    assert all(other == found[0] for other in found)
    sweep = read_sweep(folder / "write_csv")
    assert texts(sweep.source) == [row["source"] for row in rows]
    assert sweep.bitrate_kbps.tolist() == [row["bitrate_kbps"] for row in rows]
    assert sweep.vmaf.tolist() == [row["vmaf_score"] for row in rows]


@pytest.mark.parametrize("write", [write_jsonl, write_gzip, write_parquet, write_csv])
def test_rows_keep_the_files_order(write: Callable[[Sequence[Raw], Path], Path], tmp_path: Path) -> None:
    """More than DuckDB reads in one piece (32 MB of JSON, 122,880 rows of Parquet), so that its threads share the file."""
    count = 150_000
    padding = "x" * 120
    rows = [{**SCHEMA_3, "source": f"s{n % 7}", "encode_time_ms": n, "note": padding} for n in range(count)]
    sweep = read_bulk(identify(write(rows, tmp_path / "many")))
    assert np.array_equal(sweep.encode_ms, np.arange(count))
    assert sweep.source.names == tuple(f"s{n}" for n in range(7))
    assert np.array_equal(sweep.source.codes, np.arange(count) % 7)


# --- what rows may say ----------------------------------------------------------------------------------------------


def test_both_spellings_are_the_same_sweep(tmp_path: Path) -> None:
    schema_2, schema_3 = write_jsonl([SCHEMA_2], tmp_path / "2"), write_jsonl([SCHEMA_3], tmp_path / "3")
    assert content(read_both(schema_2)) == content(read_both(schema_3))
    mixed = read_sweep(write_jsonl([SCHEMA_2, BARE, SCHEMA_3], tmp_path / "mixed"))
    assert texts(mixed.recipe) == ["bf3", "bare", "bf3"]
    assert mixed.vmaf.tolist() == [80.24, 93.27, 80.24]


@pytest.mark.parametrize(
    ("extra", "recipe", "knobs"),
    [
        ({"recipe": "bf3"}, "bf3", {}),
        ({"recipe": "bare"}, "bare", {}),
        ({"is_bare_default": True}, "bare", {}),
        ({"is_bare_default": True, "knob_combo": ""}, "bare", {}),
        ({"knob_combo": ""}, "bare", {}),
        ({"knob_combo": "preset=p1,q=2"}, "bare", {}),
        ({"knob_combo": "cq=2,bf=3"}, "bf=3", {"bf=3": "bf=3"}),
        ({"knob_combo": "spatial-aq=1,bf=3"}, "bf=3,spatial-aq=1", {"bf=3,spatial-aq=1": "bf=3,spatial-aq=1"}),
        ({"knob_combo": "-bf 3 -spatial-aq 1"}, "bf=3,spatial-aq=1", {"bf=3,spatial-aq=1": "bf=3,spatial-aq=1"}),
        ({"knob_combo": "-b:v 2M -preset p1 -bf 3"}, "bf=3", {"bf=3": "bf=3"}),
        ({"knob_combo": "bf=3,bf=4"}, "bf=4", {"bf=4": "bf=4"}),
        ({"knob_combo": "-global_quality 25 -bf 3", "q": "-global_quality 25"}, "bf=3", {"bf=3": "bf=3"}),
        ({"knob_combo": "preset=p7,bf=3"}, "bf=3,preset=p7", {"bf=3,preset=p7": "bf=3,preset=p7"}),
        ({"knob_dict": {"bf": 3, "preset": "p1", "aq": None, "rdo": True}}, "bf=3,rdo=1", {"bf=3,rdo=1": "bf=3,rdo=1"}),
        ({"knob_dict": '{"bf": 3.0}'}, "bf=3", {"bf=3": "bf=3"}),
        ({"recipe": "full", "knob_combo": "bf=3"}, "full", {"full": "bf=3"}),
        ({"recipe": None, "knob_combo": "bf=3", "is_bare_default": False}, "bf=3", {"bf=3": "bf=3"}),
    ],
)  # fmt: skip
def test_recipe(extra: Raw, recipe: str, knobs: dict[str, str], tmp_path: Path) -> None:
    sweep = read_both(write_jsonl([{**UNNAMED, **extra}], tmp_path / "rows"))
    assert texts(sweep.recipe) == [recipe]
    assert sweep.bare.tolist() == [recipe == "bare"]
    assert dict(sweep.knobs) == {("h264_nvenc", name): text for name, text in knobs.items()}


def test_a_recipe_whose_rows_disagree_has_no_knobs(tmp_path: Path) -> None:
    rows = [{**SCHEMA_3, "knob_combo": "bf=3"}, {**SCHEMA_3, "knob_combo": "bf=4"}]
    assert dict(read_both(write_jsonl(rows, tmp_path / "rows")).knobs) == {("h264_nvenc", "bf3"): ""}


def test_basis(tmp_path: Path) -> None:
    rows = [{**SCHEMA_3, "basis": "published"}, {**BARE, "basis": "filler"}, {**SCHEMA_3, "basis": None}]
    sweep = read_both(write_jsonl(rows, tmp_path / "rows"))
    assert [sweep.bases[code] for code in sweep.basis.tolist()] == [Basis.PUBLISHED, Basis.FILLER, Basis.MEASURED]
    assert read_both(write_jsonl([BARE], tmp_path / "none")).bases == (Basis.MEASURED,)


@pytest.mark.parametrize(
    ("q", "name"), [(23, "23"), (23.0, "23"), (2.5, "2.5"), ("23", "23"), ("-crf 23", "-crf 23"), (-1, "-1")]
)
def test_q_is_a_label(q: object, name: str, tmp_path: Path) -> None:
    assert texts(read_both(write_jsonl([{**SCHEMA_3, "q": q}], tmp_path / "rows")).q) == [name]


LET_PASS = [
    pytest.param(b"\n  \n" + jsonl([SCHEMA_3]) + b"\n\t\n", id="blank lines"),
    pytest.param(jsonl([SCHEMA_3]).replace(b"\n", b"\r\n"), id="CR LF"),
    pytest.param(jsonl([SCHEMA_3]).rstrip(), id="no end of the last line"),
    pytest.param(b"\xef\xbb\xbf" + jsonl([SCHEMA_3]), id="byte order mark"),
    pytest.param(jsonl([{**SCHEMA_3, "note": {"deep": [1, None]}, "gop": 250, "VMAF": "n/a"}]), id="unknown keys"),
    pytest.param(
        jsonl([SCHEMA_3]).replace(b'"codec"', b'"x": {"y": 1, "y": 1}, "x": 2, "codec"'), id="an unknown key twice"
    ),
    pytest.param(jsonl([{**SCHEMA_3, "src": SCHEMA_3["source"]}]), id="two spellings that agree"),
    pytest.param(jsonl([{**SCHEMA_3, "knob_combo": None, "basis": None}]), id="null where a key may be absent"),
    pytest.param(jsonl([SCHEMA_3]).replace(b'"source"', b'"sourc\\u0065"'), id="an escaped key"),
    pytest.param(
        jsonl([SCHEMA_3]).replace(b'"recipe"', b'"recipe":"bf3","note":"},","recipe2"'),
        id="a comma and a brace in text",
    ),
]


@pytest.mark.parametrize("data", LET_PASS)
def test_let_pass(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "rows").write_bytes(data)
    assert content(read_sweep(tmp_path / "rows")) == content(read_sweep(write_jsonl([SCHEMA_3], tmp_path / "plain")))


# --- what they may not ----------------------------------------------------------------------------------------------


def without(key: str) -> Raw:
    return {name: value for name, value in SCHEMA_3.items() if name != key}


def spelled(key: str, text: str) -> bytes:
    """A row whose value of `key` is spelled `text`, JSON or not."""
    return jsonl([{**SCHEMA_3, key: "@"}]).replace(b'"@"', text.encode())


BAD_LINES = [
    *(pytest.param(jsonl([without(key)]), f"`{key}` is missing", id=f"no {key}") for key in SCHEMA_3 if key not in ("recipe", "is_bare_default")),
    pytest.param(jsonl([UNNAMED]), "`recipe` is missing", id="no recipe"),
    *(
        pytest.param(spelled(key, text), f"`{key}` is {what}", id=f"{key} {text}")
        for key in ("bitrate_kbps", "vmaf_score", "encode_time_ms")
        for text, what in [
            ('"90.5"', "not a number: '90.5'"),
            ("true", "not a number: True"),
            ("null", "missing"),
            ("NaN", "not finite: nan"),
            ("Infinity", "not finite: inf"),
            ("-Infinity", "not finite: -inf"),
            ("1e999", "not finite: inf"),
            ("1" + "0" * 400, "not finite: inf"),
            ("[1]", "not a number: [1]"),
            ("{}", "not a number: {}"),
        ]
    ),
    pytest.param(spelled("bitrate_kbps", "0"), "`bitrate_kbps` is not above 0: 0", id="bitrate 0"),
    pytest.param(spelled("bitrate_kbps", "-1.5"), "`bitrate_kbps` is not above 0: -1.5", id="bitrate below 0"),
    pytest.param(spelled("vmaf_score", "100.01"), "`vmaf_score` is not within 0 to 100: 100.01", id="VMAF above 100"),
    pytest.param(spelled("vmaf_score", "-0.01"), "`vmaf_score` is not within 0 to 100: -0.01", id="VMAF below 0"),
    pytest.param(spelled("encode_time_ms", "-1"), "`encode_time_ms` is negative: -1", id="negative time"),
    *(pytest.param(spelled(key, '""'), f"`{key}` is empty", id=f"empty {key}") for key in LABELS),
    pytest.param(spelled("source", '" \\t"'), "`source` is empty", id="blank source"),
    pytest.param(spelled("source", "7"), "`source` is not text: 7", id="source a number"),
    pytest.param(spelled("codec", '["h264"]'), "`codec` is not text: ['h264']", id="codec a list"),
    pytest.param(spelled("q", "true"), "`q` is not text: True", id="q a boolean"),
    pytest.param(spelled("q", "1e999"), "`q` is not finite: inf", id="q infinite"),
    pytest.param(spelled("source", '"\\ud800"'), "`source` holds half a surrogate pair", id="half a surrogate pair"),
    pytest.param(spelled("is_bare_default", "1"), "`is_bare_default` is not true or false: 1", id="a flag that is none"),
    pytest.param(spelled("is_bare_default", "true"), "`is_bare_default` is true, but `recipe` is 'bf3'", id="bare, but has a recipe"),
    pytest.param(jsonl([{**BARE, "is_bare_default": False}]), "`is_bare_default` is false, but `recipe` is 'bare'", id="not bare, but recipe bare"),
    pytest.param(jsonl([{**UNNAMED, "is_bare_default": False}]), "neither `recipe` nor `knob_combo`", id="not bare, but no recipe"),
    pytest.param(jsonl([{**UNNAMED, "is_bare_default": False, "knob_combo": "preset=p1"}]), "neither `recipe` nor `knob_combo`", id="not bare, but no knobs"),
    pytest.param(jsonl([{**UNNAMED, "knob_combo": "bf"}]), "`knob_combo` is not k=v,k=v: 'bf'", id="a knob without value"),
    pytest.param(jsonl([{**UNNAMED, "knob_combo": "-bf 3 4"}]), "`knob_combo` holds '4' without an option", id="a value without option"),
    pytest.param(jsonl([{**UNNAMED, "knob_combo": "-bf '3"}]), "`knob_combo` is no argv string", id="an open quote"),
    pytest.param(jsonl([{**UNNAMED, "knob_combo": 3}]), "`knob_combo` is not a knob combination: 3", id="knobs a number"),
    pytest.param(jsonl([{**UNNAMED, "knob_dict": {"bf": [3]}}]), "`knob_dict` holds a value that is no text or number: [3]", id="a list among the knobs"),
    pytest.param(jsonl([{**UNNAMED, "knob_dict": "{bf}"}]), "`knob_dict` is not a JSON object", id="knobs not JSON"),
    pytest.param(jsonl([{**SCHEMA_3, "basis": "guessed"}]), "`basis` is none of measured, imported, published, filler: 'guessed'", id="no such basis"),
    pytest.param(jsonl([{**SCHEMA_3, "basis": ["filler"]}]), "`basis` is none of", id="basis a list"),
    pytest.param(jsonl([{**SCHEMA_3, "src": "other"}]), "`source` is 'BigBuckBunny_25fps', but `src` is 'other'", id="two spellings that differ"),
    pytest.param(jsonl([{**SCHEMA_3, "vmaf": 80.25}]), "`vmaf_score` is 80.24, but `vmaf` is 80.25", id="two scores"),
    pytest.param(jsonl([SCHEMA_3]).replace(b'"codec"', b'"source": "b", "codec"'), "`source` stands there twice", id="a key twice"),
    pytest.param(jsonl([{**UNNAMED, "knob_dict": {"bf": 3, "-bf": 0}}]), "`knob_dict` holds `bf` twice, with a dash and without", id="a knob with a dash and without"),
    pytest.param(jsonl([{**UNNAMED, "knob_dict": {"bf": 3}}]).replace(b'"bf": 3', b'"bf": 3, "bf": 4'), "`knob_dict` holds `bf` twice", id="a knob twice"),
    pytest.param(b"[1, 2]\n", "not an object: '[1, 2]'", id="a list"),
    pytest.param(b"null\n", "not an object: 'null'", id="null"),
    pytest.param(b"{\n", "not JSON: ", id="cut"),
    pytest.param(b"{'source': 'a'}\n", "not JSON: ", id="single quotes"),
    pytest.param(jsonl([SCHEMA_3])[:-2] + b",}\n", "not JSON: ", id="a comma before the brace"),
    pytest.param(jsonl([SCHEMA_3])[:-2] + b", }\n", "not JSON: ", id="a comma and a blank before the brace"),
    pytest.param(jsonl([SCHEMA_3])[:-1] + jsonl([SCHEMA_3]), "not JSON: Extra data", id="two objects on a line"),
    pytest.param(jsonl([SCHEMA_3])[:-1] + b" // note\n", "not JSON: Extra data", id="a comment"),
    pytest.param(b'{"source": "a\xff"}\n', "not UTF-8 text: byte 0xff at column 14", id="Latin-1"),
    pytest.param(b"\x00\x01\x02\n", "not JSON: ", id="binary"),
    pytest.param(b"[" * 100_000 + b"\n", "not JSON that can be read", id="nested too deep"),
    pytest.param(b'{"source": "' + b"x" * (16 * 1024 * 1024) + b'"}\n', "longer than 16 MiB", id="endless line"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "what"), BAD_LINES)
def test_the_first_bad_line_is_named(line: bytes, what: str, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(jsonl([BARE, SCHEMA_3]) + b"\n" + line + jsonl([SCHEMA_3]) + b"not even JSON\n")
    with pytest.raises(SweepError) as found:
        read_sweep(path)
    assert found.value.where == f"{path}:4"
    assert what in str(found.value)
    assert "\n" not in str(found.value)


@pytest.mark.parametrize(("line", "what"), BAD_LINES)
def test_a_lone_bad_line_is_never_plain(line: bytes, what: str, tmp_path: Path) -> None:
    """The same, where no later line is bad: the fast reader alone must not take it."""
    path = tmp_path / "rows.jsonl"
    path.write_bytes(jsonl([SCHEMA_3]) + line)
    with pytest.raises(SweepError, match=r"rows\.jsonl:2: ") as found:
        read_sweep(path)
    assert what in str(found.value)


HEADER = b"source,codec,rc_mode,recipe,preset,q,bitrate_kbps,vmaf_score,encode_time_ms\n"
GOOD = b"a,h264_nvenc,vbr,bf3,p1,2,1984.25,80.24,540.5\n"
BAD_CSV = [
    pytest.param(HEADER + GOOD + b"\n" + GOOD.replace(b"80.24", b"high"), "rows.csv:4: `vmaf_score` is not a number: 'high'", id="no number"),
    pytest.param(HEADER + GOOD.replace(b"80.24", b"8_0"), "rows.csv:2: `vmaf_score` is not a number: '8_0'", id="underscore"),
    pytest.param(HEADER + GOOD.replace(b"80.24", b"nan"), "rows.csv:2: `vmaf_score` is not a number: 'nan'", id="nan"),
    pytest.param(HEADER + GOOD.replace(b"80.24", b"1e999"), "rows.csv:2: `vmaf_score` is not finite", id="1e999"),
    pytest.param(HEADER + GOOD.replace(b"80.24", b""), "rows.csv:2: `vmaf_score` is missing", id="empty number"),
    pytest.param(HEADER + GOOD.replace(b"p1", b""), "rows.csv:2: `preset` is missing", id="empty label"),
    pytest.param(HEADER + b"a,b\n", "rows.csv:2: 2 cells, but the header names 9 columns", id="too few cells"),
    pytest.param(HEADER + GOOD[:-1] + b",x\n", "rows.csv:2: 10 cells, but the header names 9 columns", id="too many cells"),
    pytest.param(HEADER + b'"a"b' + GOOD[1:], "rows.csv:2: not CSV: ", id="text after a quote"),
    pytest.param(HEADER + b'"a\nb' + GOOD[1:], "rows.csv:2: not CSV: ", id="open quote"),
    pytest.param(HEADER + GOOD.replace(b"a,", b'"a\n",') + GOOD.replace(b"2,", b","), "rows.csv:4: `q` is missing", id="after a cell of two lines"),
    pytest.param(HEADER.replace(b"codec", b"source") + GOOD, "rows.csv:1: `source` stands there twice", id="a column twice"),
    pytest.param(HEADER.replace(b"codec", b"kodek") + GOOD, "rows.csv:2: `codec` is missing", id="no column"),
    pytest.param(HEADER, "rows.csv: holds no row", id="only a header"),
    pytest.param(HEADER + GOOD + b"a\xff" + GOOD[1:], "rows.csv:3: not UTF-8 text", id="Latin-1"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "what"), BAD_CSV)
def test_bad_csv(data: bytes, what: str, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(data)
    with pytest.raises(SweepError) as found:
        read_sweep(path)
    assert what in str(found.value)


@pytest.mark.parametrize("cell", ["TRUE", "true", "1"])
def test_csv_flags(cell: str, tmp_path: Path) -> None:
    path = tmp_path / "rows"
    path.write_bytes(HEADER.replace(b"recipe", b"is_bare_default") + GOOD.replace(b"bf3", cell.encode()))
    assert read_both(path).bare.tolist() == [True]


ROW_SQL = (
    "SELECT 'a' AS source, 'h264_nvenc' AS codec, 'vbr' AS rc_mode, 'bf3' AS recipe, 'p1' AS preset, 2 AS q,"
    " 1984.25 AS bitrate_kbps, 80.24::FLOAT AS vmaf_score, 540 AS encode_time_ms"
)


def parquet(path: Path, sql: str) -> Path:
    with duckdb.connect() as con:
        con.execute(f"COPY ({sql}) TO '{path}' (FORMAT parquet)")
    return path


@pytest.mark.parametrize(
    ("replaced", "what"),
    [
        ("'90' AS vmaf_score", "row 2: `vmaf_score` is not a number: '90'"),
        ("true AS vmaf_score", "row 2: `vmaf_score` is not a number: True"),
        ("'nan'::DOUBLE AS vmaf_score", "row 2: `vmaf_score` is not finite: nan"),
        ("NULL::DOUBLE AS vmaf_score", "row 2: `vmaf_score` is missing"),
        ("101 AS vmaf_score", "row 2: `vmaf_score` is not within 0 to 100: 101"),
    ],
)
def test_bad_parquet_value(replaced: str, what: str, tmp_path: Path) -> None:
    good, kind = ROW_SQL, replaced.split(" AS ", maxsplit=1)[0]
    first = good if "'90'" not in kind and kind != "true" else good.replace("80.24::FLOAT", kind)
    bad = good.replace("80.24::FLOAT AS vmaf_score", replaced)
    path = parquet(tmp_path / "rows", f"{first} UNION ALL {bad}")
    with pytest.raises(SweepError) as found:
        read_sweep(path)
    assert what.replace("row 2", "row 1" if first != good else "row 2") in str(found.value)


def test_parquet_types(tmp_path: Path) -> None:
    sweep = read_both(parquet(tmp_path / "rows", ROW_SQL))
    assert texts(sweep.q) == ["2"]
    assert sweep.bitrate_kbps.tolist() == [1984.25]
    assert sweep.vmaf.tolist() == [float(np.float32(80.24))]
    typed = ROW_SQL.replace("'bf3' AS recipe", "{'bf': 3, 'aq': NULL} AS knob_dict").replace(
        "'p1'", "'p1'::ENUM('p1', 'p7')"
    )
    assert texts(read_both(parquet(tmp_path / "typed", typed)).recipe) == ["bf=3"]
    mapped = ROW_SQL.replace("'bf3' AS recipe", "MAP {'bf': 3} AS knob_dict")
    assert texts(read_both(parquet(tmp_path / "mapped", mapped)).recipe) == ["bf=3"]
    with pytest.raises(SweepError, match=r"row 1: `codec` is missing"):
        read_sweep(parquet(tmp_path / "less", ROW_SQL.replace("'h264_nvenc' AS codec,", "")))
    with pytest.raises(SweepError, match="holds no row"):
        read_sweep(parquet(tmp_path / "none", f"{ROW_SQL} LIMIT 0"))


def test_parquet_that_unpacks_to_more_than_a_sweep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A few kilobytes: one text of 200,000 bytes that 20,000 rows repeat, and rows beyond the bound."""
    bad = ROW_SQL.replace("1984.25", "-1")  # what the fast reader leaves to the exact one
    path = parquet(tmp_path / "long", f"SELECT *, repeat('x', 200_000) AS note FROM ({bad}), range(20_000)")
    assert path.stat().st_size < 100_000
    with pytest.raises(SweepError, match=r"a text has 200,000 bytes, more than 100,000"):
        read_sweep(path)
    monkeypatch.setattr("gate.evidence.sweep.files._ROWS_MAX", 10)
    with pytest.raises(SweepError, match=r"unpacks to 20 rows, more than a sweep's 10"):
        read_sweep(parquet(tmp_path / "many", f"SELECT * EXCLUDE range FROM ({ROW_SQL}), range(20)"))


ZSTD = bytes.fromhex("28b52ffd")
BAD_FILES = [
    pytest.param("rows.jsonl", b"", "is empty", id="empty"),
    pytest.param("rows.jsonl", b"\n\n  \n", "is empty", id="blank"),
    pytest.param("rows.jsonl.gz", gzip.compress(b""), "is empty", id="empty gzip"),
    pytest.param("rows.jsonl.gz", gzip.compress(jsonl([SCHEMA_3] * 99))[:-9], "is cut short or damaged", id="cut gzip"),
    pytest.param("rows.jsonl.gz", gzip.compress(jsonl([SCHEMA_3] * 99))[:-6] + b"\0" * 6, "is cut short or damaged", id="gzip with a wrong checksum"),
    pytest.param("rows.jsonl.gz", gzip.compress(gzip.compress(jsonl([SCHEMA_3]))), "", id="gzip in gzip"),
    pytest.param("rows.zst", ZSTD + b"\x00", "is cut short", id="cut zstd"),
    pytest.param("rows.zst", ZSTD + b"\xff" * 300, "", id="zstd rubbish"),
    pytest.param("rows.parquet", b"PAR1" + b"\0" * 50 + b"PAR1", "is not a Parquet file that can be read", id="Parquet rubbish"),
    pytest.param("rows.parquet", b"PAR1", "is not a Parquet file that can be read", id="cut Parquet"),
    pytest.param("rows.parquet", b"rubbish", "is not a Parquet file", id="no Parquet"),
    pytest.param("rows", b"\x89PNG\r\n\x1a\n\0\0\0", "is not a sweep", id="a picture"),
    pytest.param("rows", b"Dear all,\nthe sweep is late.\n", "is not a sweep", id="a letter"),
    pytest.param("rows.jsonl", "{}\n".encode("utf-16"), "is UTF-16 text", id="UTF-16"),
    pytest.param("rows.jsonl", b"rubbish\n", "rows.jsonl:1: not JSON", id="no JSON"),
    pytest.param("rows.csv", b"rubbish\nmore\n", "rows.csv:2: ", id="no CSV"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "data", "what"), BAD_FILES)
def test_bad_files(name: str, data: bytes, what: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(SweepError) as found:
        read_sweep(path)
    assert what in str(found.value)
    assert str(found.value).startswith(str(path))
    assert "\n" not in str(found.value)


def test_what_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(SweepError, match="is a directory"):
        read_sweep(tmp_path)
    with pytest.raises(SweepError, match="cannot be read: No such file"):
        read_sweep(tmp_path / "none")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SweepError, match="is not a regular file"):
        read_sweep(tmp_path / "pipe")


@pytest.mark.parametrize("keep", [0.3, 0.7, 0.999])
def test_cut_zstd_is_never_a_shorter_sweep(keep: float, tmp_path: Path) -> None:
    whole = write_zstd(
        [{**SCHEMA_3, "encode_time_ms": n * 0.37} for n in range(20_000)], tmp_path / "whole"
    ).read_bytes()
    path = tmp_path / "cut.zst"
    path.write_bytes(whole[: int(len(whole) * keep)])
    with pytest.raises(SweepError, match="is cut short"):
        read_sweep(path)


def test_bad_line_in_zstd(tmp_path: Path) -> None:
    path = write_zstd([BARE, SCHEMA_3, {**SCHEMA_3, "vmaf_score": "x"}], tmp_path / "rows.zst")
    with pytest.raises(SweepError, match=r"rows\.zst:3: `vmaf_score` is not a number: 'x'"):
        read_sweep(path)


def test_the_fast_reader_passes_on_what_it_cannot_judge(tmp_path: Path) -> None:
    for number, rows in enumerate(([SCHEMA_2, SCHEMA_3], [{**SCHEMA_3, "src": SCHEMA_3["source"]}])):
        file = identify(write_jsonl(rows, tmp_path / str(number)))
        with pytest.raises(NotPlain):
            read_bulk(file)
        assert len(read_exactly(file)) == len(rows)


TAKEN = {
    "both kinds of number": '{"q": 4}\n{"q": 4.0}\n{"q": "4"}\n{"vmaf_score": 90}',
    "blank lines and CRLF": '{}\r\n\n  \r\n{"q": "5"}\n\n',
    "knobs as an object": '{"knob_dict": {"psy-rd": "1:0", "bf": 3}, "is_bare_default": false}\n{"knob_dict": null}',
    "streams": '{"bitstream": "a"}\n{"bitstream": ""}\n{"bitstream": "b"}\n{"recipe": "bare", "is_bare_default": true, "bitstream": "a"}',
    "a colon in a text": '{"source": "a:b"}\n{"source": "::"}',
    "the last line without an end": '{"q": "6"}',
}
LEFT = {
    "a key twice": '{"q": "5", "q": "5"}',
    "a knob twice": '{"knob_dict": {"bf": 3, "bf": 4}}',
    "a key twice, and a colon that an escape writes": '{"q": "5", "q": "5", "note": "\\u003a"}',
    "an object over two lines": '{"note":\n"x"}',
    "two objects on a line": '{}, {}',
    "NaN": '{"vmaf_score": NaN}',
    "a number as text": '{"vmaf_score": "90"}',
    "true as a number": '{"bitrate_kbps": true}',
    "a number without end": '{"bitrate_kbps": 1e999}',
    "a whole number without end": '{"bitrate_kbps": 1%s}' % ("0" * 400),
    "no label": '{"codec": null}',
    "an empty label": '{"codec": ""}',
    "a list": '[1]',
    "a byte order mark inside": '\ufeff{}',
    "a trailing comma": '{"q": "5",}',
    "a control character": '{"source": "a\tb"}',
    "knobs as a list": '{"knob_combo": ["-bf", "3"]}',
    "a stream that is a number": '{"bitstream": 0}',
    "another spelling too": '{"src": "BigBuckBunny_25fps"}',
    "a failed encode": '{"exit_status": 1}',
    "a negative bitrate": '{"bitrate_kbps": -1}',
}  # fmt: skip


def _filled(text: str) -> bytes:
    """The text's first object with what it lacks of a row, after a line that is a whole row."""
    lacks = json.dumps({key: value for key, value in SCHEMA_3.items() if f'"{key}"' not in text})[1:-1]
    between = "" if "{}" in text else ", "
    return f"{json.dumps(SCHEMA_3)}\n{text.replace('{', '{' + lacks + between, 1)}\n".encode()


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in TAKEN.items()])
def test_what_the_reader_of_small_files_takes(text: str, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b"".join(map(_filled, text.split("\n"))).rstrip(b"\n" if text.endswith("}") else b""))
    file = identify(path)
    assert content(read_small(file)) == content(read_exactly(file))


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in LEFT.items()])
def test_what_the_reader_of_small_files_leaves(text: str, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(_filled(text))
    with pytest.raises(NotPlain):
        read_small(identify(path))


_PIECES = [
    '"',
    ":",
    ",",
    "{",
    "}",
    "\\",
    "\n",
    "null",
    "true",
    "1e400",
    "-1",
    "0",
    " ",
    "\r",
    "\xff",
    "NaN",
    ",}",
    ", }",
    "[1]",
    "\t",
]
_PIECES += [
    '"q": 3, ',
    '"q": "3", ',
    '"knob_dict": {"bf": 3}, ',
    '"bitstream": 0, ',
    '"bitstream": "a", ',
    '"no_effect": true, ',
]
_PIECES += [
    '"note": "a:b", ',
    '"vmaf_score": 1, ',
    '"exit_status": 0, ',
    '"extra_params": "", ',
    '"basis": "filler", ',
    "\\u003a",
]
_SPELT = [*jsonl([SCHEMA_3, BARE, {**SCHEMA_3, "q": 1.0, "bitstream": "a"}, {**BARE, "knob_dict": {}}]).decode()]


@given(st.lists(st.tuples(st.integers(0, len(_SPELT)), st.integers(0, 4), st.sampled_from(_PIECES)), max_size=3))
@settings(max_examples=80, deadline=None)
def test_no_reader_takes_a_damaged_file_for_another(
    tmp_path_factory: pytest.TempPathFactory, damage: list[tuple[int, int, str]]
) -> None:
    text = [*_SPELT]
    for at, gone, piece in damage:
        text[at : at + gone] = [piece]
    path = tmp_path_factory.mktemp("damaged") / "rows.jsonl"
    path.write_bytes("".join(text).encode("latin-1"))
    try:
        file = identify(path)
        exact = content(read_exactly(file))
    except SweepError:
        exact = ()
    for read in (read_small, read_bulk):
        with suppress(NotPlain, SweepError):
            assert content(read(file)) == exact


def test_labels_that_a_look_here_and_there_does_not_show(tmp_path: Path) -> None:
    """The scan codes texts that it was told of; where it meets another one, all are found out first."""
    rows = [
        {**SCHEMA_3, "source": f"s{number} \u00fc", "encode_time_ms": number, "no_effect": None}
        for number in range(9_000)
    ]
    rows += [{**SCHEMA_3, "recipe": "bare", "is_bare_default": True}, {**SCHEMA_3, "source": 'a\\b"c'}]
    assert len(read_both(write_jsonl(rows, tmp_path / "rows")).source.names) == 9_002
    assert len(read_both(write_jsonl([*rows[-2:]] * 6_000, tmp_path / "few")).source.names) == 2


def test_a_key_that_only_late_rows_carry(tmp_path: Path) -> None:
    """Later than the rows whose keys the fast reader looks at first."""
    path = tmp_path / "rows.jsonl"
    write_jsonl([*[SCHEMA_3] * 5001, {**SCHEMA_3, "src": "other"}], path)
    with pytest.raises(SweepError, match=r"rows\.jsonl:5002: `source` is 'BigBuckBunny_25fps', but `src` is 'other'"):
        read_sweep(path)
    write_jsonl([*[SCHEMA_3] * 5001, {**SCHEMA_3, "knob_combo": "bf=3"}], path)
    assert dict(read_sweep(path).knobs) == {("h264_nvenc", "bf3"): "bf=3"}
