"""Recommenders' files in all forms, and each way in which one can be wrong, with its line."""

from __future__ import annotations

import json

import pytest

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
    kept = found.only([found.items[1]])
    again = _read(tmp_path, kept)
    assert json.loads(again.items[0].text) == TWO
    assert again.form is form


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
        *((f"{json.dumps(ONE)}\n{_without(key)}", ":2", f"`{key}` is missing") for key in ("codec", "rc_mode", "q")),
        (_without("preset"), ":1", "`preset` is missing"),
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
        ("codec,rc_mode,preset,q,recipe\na,b,c,1,r\na,b,,1,r\n", ":3", "`preset` is missing"),
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
