"""Recommenders' files in all forms, and each way in which one can be wrong, with its line."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.errors import SweepError
from gate.judge.recommendations import ListForm, read_recommendations

ONE = {"codec": "h264_nvenc", "rc_mode": "vbr", "recipe": "bf3", "preset": "p4", "q": 2, "source": "s", "why": [1]}
TWO = {"encoder": "libx264", "rc_mode": "crf", "knobs": {"bf": 3, "x": True}, "preset": "slow", "crf": 23.5}
CSV = 'codec,rc_mode,knobs,preset,q,class,note\nlibx264,crf,"bf=3,aq=1",slow,23,anime,"two\nlines"\nx,y,-bf 2,1,2,,\n'


def _read(folder, text, name="r.txt"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_recommendations(path)


@pytest.mark.parametrize(
    ("text", "form", "lines"),
    [
        (json.dumps([ONE, TWO]), ListForm.JSON, [1, 1]),
        (json.dumps([ONE, TWO], indent=1), ListForm.JSON, [2, 13]),
        (json.dumps({"made_by": {"x": [1]}, "recommendations": [ONE, TWO], "n": 2}), ListForm.JSON, [1, 1]),
        (json.dumps({"recommendations": [ONE, TWO]}, indent=1), ListForm.JSON, [3, 14]),
        (f"{json.dumps(ONE)}\n\n{json.dumps(TWO)}\n", ListForm.JSONL, [1, 3]),
        (f"\ufeff\n{json.dumps(ONE)}\r\n{json.dumps(TWO)}", ListForm.JSONL, [2, 3]),
    ],
)
def test_every_form_of_json(tmp_path, text, form, lines):
    found = _read(tmp_path, text)
    assert (found.form, [one.line for one in found.items]) == (form, lines)
    one, two = found.items
    assert (one.codec, one.rc_mode, one.recipe, one.preset, one.q, one.source) == (
        "h264_nvenc", "vbr", "bf3", "p4", "2", "s")  # fmt: skip
    assert one.knobs is None
    assert (two.codec, two.knobs, two.q, two.recipe) == ("libx264", (("bf", "3"), ("x", "1")), "23.5", "")
    again = _read(tmp_path, found.only([found.items[1]]))
    assert again.form is form
    assert json.loads(again.text[again.items[0].start : again.items[0].end]) == TWO
    assert _outside(again) == _outside(found)


def _outside(found):
    """A whole object without its entries: None for what is none."""
    whole = json.loads(found.text) if found.form is ListForm.JSON else None
    return {key: value for key, value in whole.items() if key != "recommendations"} if isinstance(whole, dict) else None


def test_csv(tmp_path):
    found = _read(tmp_path, CSV)
    assert [(one.line, one.knobs, one.source_class) for one in found.items] == [
        (2, (("aq", "1"), ("bf", "3")), "anime"),
        (4, (("bf", "2"),), ""),
    ]
    assert found.only(list(found.items)) == CSV
    assert found.only([found.items[1]]) == CSV.splitlines()[0] + "\nx,y,-bf 2,1,2,,\n"


@pytest.mark.parametrize(
    ("text", "count"), [("[]", 0), ('{"recommendations": []}', 0), ("codec,rc_mode\n", 0), (json.dumps(ONE), 1)]
)
def test_few(tmp_path, text, count):
    found = _read(tmp_path, text)
    assert len(found.items) == count
    assert _read(tmp_path, found.only(list(found.items))).items == found.items


def _without(key):
    return json.dumps({name: value for name, value in ONE.items() if name != key})


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("", "", "is empty"),
        (" \n", "", "is empty"),
        (b"\xff\xfe", ":1", "not UTF-8"),
        ("hello", "", "neither JSON, JSONL nor CSV"),
        (f"{json.dumps(ONE)}\n{{", ":2", "is not JSON"),
        (f"{json.dumps(ONE)}\n[]", ":2", "is no object"),
        (f"{json.dumps(ONE)}{json.dumps(ONE)}", ":1", "more than one JSON value"),
        ("[\n1]", ":2", "is no object"),
        ("[\n{}\n", ":3", "is not JSON"),
        (f"[\n{json.dumps(ONE)},\n{{]", ":3", "is not JSON"),
        ("[] x", ":1", "something stands after the array"),
        ('{"recommendations": {}}', ":1", "`recommendations` is no array"),
        ('{"recommendations": [], "recommendations": [1]}', ":1", "`recommendations` is given twice"),
        ("[" * 100_000, ":1", "is not JSON that can be read"),
        *((f"{json.dumps(ONE)}\n{_without(key)}", ":2", f"`{key}` is missing") for key in ("codec", "q")),
        ('{\n"rows": 3}', ":2", "`rows` is no array"),
        ('{"rows": [\n{"best_crf": 3}]}', ":2", "`codec` is missing, so nothing says what encodes it"),
        ('{"schema": "x/v1", "renditions": [{"crf": 22}]}', ":1", "`codec` is missing"),
        (json.dumps(ONE | {"exit_status": "?"}), ":1", "`exit_status` is no exit status"),
        (json.dumps(ONE | {"extra_params": [3]}), ":1", "`extra_params` is not a knob combination"),
        (json.dumps(ONE | {"q": True}), ":1", "`q` is not text"),
        (json.dumps(ONE | {"q": float("nan")}), ":1", "`q` is not finite"),
        (json.dumps(ONE | {"codec": ""}), ":1", "`codec` is empty"),
        (json.dumps(ONE | {"codec": 1}), ":1", "`codec` is not text"),
        (json.dumps(ONE | {"cq": 3}), ":1", "`q` and `cq` differ"),
        (json.dumps(ONE | {"knobs": [1]}), ":1", "`knobs` is not a knob combination"),
        (json.dumps(ONE | {"knobs": "bf"}), ":1", "`knobs` is not k=v"),
        ('{"codec": "a", "codec": "b"}', ":1", "`codec` is given twice"),
        ("codec,codec\n", ":1", "column `codec` stands twice"),
        ("codec,q\na\n", ":2", "has 1 fields, and the header 2"),
        ("codec,rc_mode,preset,q,recipe\na,b,c,1,r\na,b,,,r\n", ":3", "`q` is missing"),
        ('codec,q\n"a', ":2", "is not CSV"),
    ],
)
def test_what_is_wrong_and_where(tmp_path, text, line, what):
    with pytest.raises(SweepError) as caught:
        _read(tmp_path, text)
    assert caught.value.where == f"{tmp_path / 'r.txt'}{line}"
    assert what in caught.value.what


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(SweepError, match="can't be read: No such file"):
        read_recommendations(tmp_path / "none")


CORPUS = {"schema_version": 3, "src": "/c/a.yuv", "encoder": "libx265", "preset": "fast", "crf": 28, "vmaf_score": 88.5}
PLAN: dict[str, Any] = {
    "cells": [{"codec": "libx265", "crf": 20 + n, "hdr_args": ["-x-hdr", "1"] if n else []} for n in range(4)],
    "metadata": {"src": "a.mkv", "winner": {"status": "met", "cell_index": 2, "crf": 22}, "cell_index": 9},
}
COMPARED = {
    "rows": [
        {"codec": "libx265", "best_crf": 30, "ok": True},
        {"codec": "libvvenc", "best_crf": -1, "ok": False, "bitrate_kbps": float("nan")},
        {"codec": "libx264", "best_crf": 24, "ok": True},
    ],
    "src": "clip_a.yuv",
}
COMPARED_CSV = (
    "codec,encoder_version,best_crf,ok,error\r\nlibx265,1,30,True,\r\nlibvvenc,,-1,False,none\r\nlibx264,1,24,True,\r\n"
)
LADDER = {"renditions": [{"width": 1920, "crf": 22}, {"width": 1280, "crf": 25}], "schema": "vmaf-tune-ladder/v1"}


def _said(found):
    return [(one.codec, one.preset, one.q, one.knobs, one.source) for one in found.items]


@pytest.mark.parametrize("indent", [None, 2])
def test_a_corpus_row(tmp_path, indent):
    row = CORPUS | {"extra_params": ["-bf", "8"]}
    found = _read(tmp_path, json.dumps(row, indent=indent) + "\n")
    assert _said(found) == [("libx265", "fast", "28", (("bf", "8"),), "/c/a.yuv")]
    assert found.items[0].rc_mode == ""
    assert (found.only(found.items), found.only([])) == (found.text, "")


def test_corpus_rows_that_failed_recommend_nothing_and_stay(tmp_path):
    rows = [CORPUS | {"exit_status": status, "extra_params": []} for status in (0, 1, 0)]
    found = _read(tmp_path, "".join(json.dumps(row) + "\n" for row in rows))
    assert ([one.line for one in found.items], found.failed) == ([1, 3], 1)
    assert found.only(found.items[:1]).splitlines() == found.text.splitlines()[:2]


def test_a_plan(tmp_path):
    found = _read(tmp_path, json.dumps(PLAN, indent=2, sort_keys=True))
    assert [one.knobs for one in found.items] == [(), *[(("x-hdr", "1"),)] * 3]
    assert {(one.codec, one.preset, one.rc_mode, one.source) for one in found.items} == {("libx265", "", "", "a.mkv")}
    moved = json.loads(found.only(found.items[1:]))
    assert moved["metadata"] == PLAN["metadata"] | {"winner": {"status": "met", "cell_index": 1, "crf": 22}}
    assert moved["cells"] == PLAN["cells"][1:]
    lost = json.loads(found.only(found.items[:2]))
    assert (lost["cells"], lost["metadata"]["winner"]["status"]) == (PLAN["cells"][:2], "dropped")
    assert json.loads(found.only([]))["cells"] == []


def test_a_comparison(tmp_path):
    found = _read(tmp_path, json.dumps(COMPARED, indent=2))
    assert _said(found) == [("libx265", "", "30", None, "clip_a.yuv"), ("libx264", "", "24", None, "clip_a.yuv")]
    kept = json.loads(found.only(found.items[1:]))
    assert ([row["codec"] for row in kept["rows"]], kept["src"]) == (["libvvenc", "libx264"], "clip_a.yuv")
    found = _read(tmp_path, COMPARED_CSV)
    assert ([one.codec for one in found.items], found.failed) == (["libx265", "libx264"], 1)
    assert found.only(found.items[1:]) == "".join(COMPARED_CSV.splitlines(keepends=True)[i] for i in (0, 2, 3))


def test_a_ladder_needs_an_encoder(tmp_path):
    path = tmp_path / "ladder.json"
    path.write_text(json.dumps(LADDER))
    with pytest.raises(SweepError, match="nothing says what encodes it"):
        read_recommendations(path)
    assert [(one.codec, one.q) for one in read_recommendations(path, "libx265").items] == [
        ("libx265", "22"),
        ("libx265", "25"),
    ]


@given(st.lists(st.booleans(), min_size=1, max_size=7), st.sampled_from([None, 1]), st.booleans())
def test_what_is_kept_is_the_file_without_the_rest(kept, indent, wrapped):
    rows = [ONE | {"q": n, "note": ["], [", {"}": n}]} for n in range(len(kept))]
    whole = {"a": [1], "recommendations": rows, "z": "],"} if wrapped else rows
    with tempfile.TemporaryDirectory() as folder:
        found = _read(Path(folder), json.dumps(whole, indent=indent))
    left = json.loads(found.only([one for one, stays in zip(found.items, kept, strict=True) if stays]))
    right = [row for row, stays in zip(rows, kept, strict=True) if stays]
    assert left == ({"a": [1], "recommendations": right, "z": "],"} if wrapped else right)
