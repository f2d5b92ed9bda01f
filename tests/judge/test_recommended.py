"""Recommendations to points: what a label means, and every pair of columns that contradict each other."""

from __future__ import annotations

from typing import Any

import pytest

from gate.adapters.model import Adapter, Raised
from gate.errors import AdapterError
from gate.evidence.model import CodecEvidence
from gate.judge.recommendations import Recommendation
from gate.judge.recommended import Reading
from gate.model import QUALITY, Emission, Location, Qualities, Token

NOBODY_ASKS: Any = None  # for details
EVIDENCE = CodecEvidence(
    codec="h264_nvenc",
    sample="",
    sources=("a",),
    threshold=1,
    rc_modes={
        "vbr": frozenset({"vbr"}),
        "quality": frozenset({"vbr-cq"}),
        "any": frozenset({"vbr", "cqp"}),
        "odd": frozenset(),
    },
    presets=("p4",),
    qualities={"vbr": ("2",), "quality": ("-cq 23",)},
    recipes={"bare": (), "bf3": (("bf", "3"),)},
    cells={},
    details=NOBODY_ASKS,
)


def _points(
    *, codec="h264_nvenc", rc_mode="vbr", preset="p4", q="2", recipe="", knobs=None, evidence=EVIDENCE, adapters=()
):
    one = Recommendation(
        line=1, codec=codec, rc_mode=rc_mode, preset=preset, q=q, recipe=recipe, source="", source_class="", start=0, end=0,
        knobs=None if knobs is None else tuple(sorted(knobs.items())),
    )  # fmt: skip
    by_codec = {} if evidence is None else {evidence.codec: evidence}
    return Reading(adapters={adapter.key: adapter for adapter in adapters}, evidence=by_codec).points(one)


def _point(**said):
    (named,) = _points(**said)
    return named.at


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ({"recipe": "bf3"}, {"knobs": (("bf", "3"),), "rc_mode": "vbr", "preset": "p4", "q": "2"}),
        ({"recipe": "bare"}, {"knobs": ()}),
        ({"knobs": {}}, {"knobs": ()}),
        ({"recipe": "bare", "knobs": {"aq-strength": "8"}}, {"knobs": ()}),  # the encoder's default
        ({"knobs": {"bf": "3.0"}, "recipe": "bf3"}, {"knobs": (("bf", "3"),)}),
        ({"knobs": {"spatial_aq": "true"}, "recipe": "mine"}, {"knobs": (("spatial-aq", "1"),)}),
        ({"knobs": {"bf": "3", "preset": "p4", "b:v": "2M", "rc": "vbr"}}, {"knobs": (("bf", "3"),)}),
        ({"rc_mode": "quality", "q": "-cq 23", "recipe": "bf3"}, {"rc_mode": "vbr-cq", "q": "23"}),
        ({"rc_mode": "any", "recipe": "bf3"}, {"rc_mode": "cqp"}),  # fewer labels mean cqp than vbr
        ({"rc_mode": "odd", "recipe": "bf3"}, {"rc_mode": "odd"}),  # a label that means nothing is unmeasured
        ({"rc_mode": "vbr-cq", "recipe": "bf3"}, {"rc_mode": "vbr-cq"}),
        ({"q": "2.50", "recipe": "bf3"}, {"q": "2.5"}),
        ({"q": "lossless", "recipe": "bf3"}, {"q": "lossless"}),
        (
            {"codec": "libaom-av1", "preset": "4", "rc_mode": "crf", "knobs": {"aq-mode": "1"}, "evidence": None},
            {"preset": "4", "rc_mode": "crf"},
        ),
        ({"codec": "new_enc", "preset": "x", "rc_mode": "z", "knobs": {"a": "1"}, "evidence": None}, {"preset": "x"}),
    ],
)
def test_what_it_comes_to(said, what):
    point = _point(**said)
    assert {name: getattr(point, name) for name in what} == what


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ({}, "`recipe` and `knobs` are missing"),
        ({"recipe": "bf9"}, "no sample has a recipe 'bf9' of h264_nvenc"),
        ({"recipe": "bf3", "evidence": None}, "no sample has a recipe 'bf3'"),
        ({"recipe": "bf3", "knobs": {"bf": "4"}}, "has other knobs"),
        ({"recipe": "bare", "knobs": {"bf": "4"}}, "has other knobs"),
        ({"rc_mode": "vbrr", "recipe": "bf3"}, "neither a label of h264_nvenc's sample"),
        ({"knobs": {"preset": "p7"}}, "`preset` is p4, but the knobs say p7"),
        ({"knobs": {"cq": "30"}}, "`q` is 2, but the knobs say 30"),
        ({"knobs": {"b:v": "3M"}}, "`q` is 2, but the knobs say 3"),
        ({"knobs": {"rc": "cbr"}}, "`rc_mode` means vbr, but the knobs say cbr"),
        ({"knobs": {"bf": "many"}}, "'many' is no value"),
    ],
)
def test_what_contradicts_itself_or_is_unknown(said, what):
    with pytest.raises(AdapterError) as caught:
        _point(**said)
    assert what in caught.value.what


def _token(text, template=""):
    return Token(text=text, origins=(), template=template)


def _emission(preset, level, qualities, *more):
    rate = _token("23", QUALITY)
    words = [_token(word) for word in ("-c:v", "h264_nvenc", "-preset", level, "-cq")]
    return Emission(
        preset=preset, argv=(*words, rate, *map(_token, more)), extra=(), qualities=Qualities(low=qualities[0], high=qualities[1])
    )  # fmt: skip


ADAPTER = Adapter(
    key="h264_nvenc",
    name="h264_nvenc",
    encoder="h264_nvenc",
    where=Location(path="a.py", line=3),
    quality_knob="cq",
    quality_default="23",
    presets=("slow", "medium", "odd"),
    emissions=(
        _emission("slow", "p6", (0, 19), "-bf", "3"),
        _emission("slow", "p6", (20, 51)),
        _emission("medium", "p4", (0, 51), "-temporal-aq", "1"),
    ),
    points=(),
    raised=(Raised(preset="odd", exception="ValueError", message="", where=Location(path="a.py", line=9)),),
)


def _through(**said):
    given = {"rc_mode": "", "preset": "slow", "q": "30", "knobs": {}} | said
    return [(n.preset, n.at.rc_mode, n.at.preset, n.at.q, n.at.knobs) for n in _points(adapters=[ADAPTER], **given)]


BF, TAQ = ("bf", "3"), ("temporal-aq", "1")


@pytest.mark.parametrize(
    ("said", "points"),
    [
        ({}, [("slow", "vbr-cq", "p6", "30", ())]),
        ({"q": "19"}, [("slow", "vbr-cq", "p6", "19", (BF,))]),  # the argv is a function of quality
        ({"q": "19", "knobs": {"bf": "4"}}, [("slow", "vbr-cq", "p6", "19", (("bf", "4"),))]),
        ({"knobs": {"cq": "25"}}, [("slow", "vbr-cq", "p6", "25", ())]),  # what is really passed
        ({"preset": "medium", "knobs": None}, [("medium", "vbr-cq", "p4", "30", (TAQ,))]),
        ({"preset": "medium", "knobs": None, "recipe": "bare"}, [("medium", "vbr-cq", "p4", "30", (TAQ,))]),
        ({"preset": "medium", "knobs": None, "recipe": "bf3"}, [("medium", "vbr-cq", "p4", "30", (BF, TAQ))]),
        (  # every preset that emits something
            {"preset": "", "knobs": None},
            [("slow", "vbr-cq", "p6", "30", ()), ("medium", "vbr-cq", "p4", "30", (TAQ,))],
        ),
        ({"preset": "odd"}, []),  # raises by design: nothing is encoded
        ({"rc_mode": "cq"}, [("slow", "vbr-cq", "p6", "30", ())]),
        # Another rate control's q isn't the adapter's quality, so whatever it emits at any may ride along.
        ({"rc_mode": "vbr", "q": "2"}, [("slow", "vbr", "p6", "2", (BF,)), ("slow", "vbr", "p6", "2", ())]),
        ({"rc_mode": "vbr", "preset": "p5", "q": "2"}, [("", "vbr", "p5", "2", ())]),
    ],
)
def test_through_an_adapter(said, points):
    assert _through(**said) == points


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ({"q": "60"}, "emits nothing for preset 'slow' at quality 60: out of its range"),
        ({"preset": "p5"}, "adapter h264_nvenc has no preset 'p5'"),
        ({"codec": "libx264", "preset": "slow"}, "`rc_mode` is missing"),
        ({"codec": "libx264", "preset": ""}, "`preset` is missing"),
    ],
)
def test_what_an_adapter_cannot_place(said, what):
    with pytest.raises(AdapterError) as caught:
        _through(**said)
    assert what in caught.value.what
