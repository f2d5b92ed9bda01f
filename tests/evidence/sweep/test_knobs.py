"""Knob combinations: what is read of each spelling, and that canonical text reads back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.errors import SweepError
from gate.evidence.sweep.knobs import knob_text, parse_knobs, read_knob_text, without_preset_and_quality
from gate.model import Knobs


@pytest.mark.parametrize(
    ("value", "knobs"),
    [
        ("", ()),
        ("  ", ()),
        ("bf=3", (("bf", "3"),)),
        ("spatial-aq=1, bf=3", (("bf", "3"), ("spatial-aq", "1"))),
        ("x264-params=a=b:c=d", (("x264-params", "a=b:c=d"),)),
        ("bf=", (("bf", ""),)),
        ("bare", ()),
        (["-bf", "3"], (("bf", "3"),)),
        ("-bf 3 -spatial-aq 1", (("bf", "3"), ("spatial-aq", "1"))),
        ("-bf 3 -bf 4", (("bf", "4"),)),
        ("-an -bf 3", (("an", ""), ("bf", "3"))),
        ("-qmin -1", (("qmin", "-1"),)),
        ("-vf 'scale=1:2, crop=3'", (("vf", "scale=1:2, crop=3"),)),
        ({"bf": 3, "aq": "1", "rdo": False, "strength": 2.5, "none": None}, (("aq", "1"), ("bf", "3"), ("rdo", "0"), ("strength", "2.5"))),
        ('{"bf": 3.0}', (("bf", "3"),)),
    ],
)  # fmt: skip
def test_spellings(value: object, knobs: Knobs) -> None:
    assert parse_knobs("knob_combo", value) == knobs


@pytest.mark.parametrize(
    "value",
    [
        {"bf": "3", "-bf": "0"},
        '{"bf": 3, "--bf": 3}',
        "bf",
        "=3",
        "bf=3,,",
        "3 -bf",
        "-bf 3 4",
        "-bf '3",
        "{",
        '{"bf": [1]}',
        3,
        ["-bf", 3],
        None,
        True,
    ],
)
def test_what_is_none(value: object) -> None:
    with pytest.raises(SweepError, match="knob_combo"):
        parse_knobs("knob_combo", value)


@pytest.mark.parametrize(
    ("knobs", "q", "left"),
    [
        ({"preset": "p4", "cq": "23", "bf": "3"}, "23", {"bf": "3"}),
        ({"preset": "p4", "crf": "23"}, "-crf 23", {}),
        ({"global_quality": "23.0"}, "-global_quality 23", {}),
        ({"b:v": "2000k"}, "2", {}),
        ({"b:v": "2M", "maxrate": "2M"}, "2", {"maxrate": "2M"}),
        ({"preset": "p7", "cq": "24"}, "23", {"preset": "p7", "cq": "24"}),
        ({"bf": "3", "refs": "3"}, "3", {"bf": "3", "refs": "3"}),
        ({"qp_i": "23"}, "-qp_i 23", {}),
        ({"quality": "high"}, "high", {}),
    ],
)
def test_preset_and_quality_are_set_aside_where_they_repeat_the_row(
    knobs: dict[str, str], q: str, left: dict[str, str]
) -> None:
    found = without_preset_and_quality(tuple(sorted(knobs.items())), preset="p4", q=q)
    assert dict(found) == left


names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=6)


@given(st.dictionaries(names, st.text(st.characters(codec="utf-8"), max_size=6), max_size=5))
def test_canonical_text_reads_back(knobs: dict[str, str]) -> None:
    expected = tuple(sorted(knobs.items()))
    assert read_knob_text(knob_text(expected)) == expected
