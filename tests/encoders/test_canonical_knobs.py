"""A catalogue's recipes in every spelling come to the same knobs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.encoders import canonical_knobs
from gate.encoders.argv import UnreadableArgvError
from gate.model import Knobs

FULL_HQ = (("bf", "3"), ("multipass", "2"), ("rc-lookahead", "32"), ("spatial-aq", "1"), ("temporal-aq", "1"))


@pytest.mark.parametrize(
    "knobs",
    [
        {"tune": "hq", "multipass": "fullres", "spatial-aq": True, "temporal-aq": 1, "rc-lookahead": 32, "bf": 3},
        {"multipass": 2, "spatial_aq": "yes", "temporal_aq": "on", "rc_lookahead": "32", "bf": "3.0"},
        "tune=hq,multipass=fullres,spatial_aq=1,temporal_aq=1,rc-lookahead=32,bf=3",
        "bf=3, multipass=2, spatial-aq=1, temporal-aq=1, rc-lookahead=32, preset=p4",
        {"-multipass": 2, "-spatial-aq": 1, "-temporal-aq": 1, "-rc-lookahead": 32, "-bf": 3},
        "-tune hq -multipass fullres -spatial-aq 1 -temporal-aq 1 -rc-lookahead 32 -bf 3",
        "-rc vbr -cq 20 -multipass 2 -spatial-aq 1 -temporal-aq 1 -rc-lookahead 32 -bf:v 3",
    ],
)
def test_spellings_of_one_recipe(knobs: dict[str, object] | str) -> None:
    assert canonical_knobs("h264_nvenc", knobs) == FULL_HQ


@pytest.mark.parametrize(
    "knobs", [{}, "", "bare", "none", "  ", {"spatial-aq": False}, "tune=hq", "-threads 4 -gpu 1", "preset=p4,cq=23"]
)
def test_spellings_of_bare(knobs: dict[str, object] | str) -> None:
    assert canonical_knobs("h264_nvenc", knobs) == ()


@pytest.mark.parametrize(
    ("codec", "recipe", "argv", "knobs"),
    [
        (
            "h264_qsv",
            {"look_ahead": "1", "look_ahead_depth": "40"},
            "-global_quality 23 -look_ahead_depth 40 -look_ahead on",
            (("look_ahead", "1"), ("look_ahead_depth", "40")),
        ),
        ("h264_qsv", {"look_ahead": "1"}, "-b:v 4M -look_ahead 1", (("look_ahead", "1"),)),
        ("h264_qsv", {"look_ahead_depth": "40"}, "-q:v 23 -look_ahead_depth 40", (("look_ahead_depth", "40"),)),
        ("h264_qsv", {"look_ahead": "0"}, "-global_quality 23", ()),
        ("h264_qsv", {"vcm": "1"}, "-b:v 4M -vcm 1", (("vcm", "1"),)),
        ("libx265", {"lossless": "1"}, "-x265-params lossless=1", (("lossless", "1"),)),
        ("libvpx-vp9", {"lossless": "1"}, "-b:v 0 -lossless 1", (("lossless", "1"),)),
    ],
)
def test_a_switch_that_decides_the_rate_control_is_a_knob_on_both_sides(
    codec: str, recipe: dict[str, object], argv: str, knobs: Knobs
) -> None:
    assert canonical_knobs(codec, recipe) == knobs
    assert canonical_knobs(codec, argv) == knobs


def test_a_quoted_argv() -> None:
    assert canonical_knobs("libx264", "-vf 'scale=1280:-1' -bf 3") == (("bf", "3"), ("filter", "scale=1280:-1"))


@pytest.mark.parametrize("knobs", ["bf", "bf=3,aq", "=3", "-bf", "bf=many", "-vf 'scale", {"bf": None}, "--"])
def test_recipes_that_cannot_be_read(knobs: dict[str, object] | str) -> None:
    with pytest.raises(UnreadableArgvError):
        canonical_knobs("h264_nvenc", knobs)


KNOBS = st.dictionaries(
    st.sampled_from(["bf", "aq-strength", "rc_lookahead", "multipass", "g", "unlisted-knob"]),
    st.sampled_from(["0", "1", "2", "3.0", "1k"]),
)


@given(KNOBS, st.sampled_from(["h264_nvenc", "h264_qsv", "libx264", "unknown"]))
def test_canonical_is_idempotent(knobs: dict[str, str], codec: str) -> None:
    once = canonical_knobs(codec, knobs)
    assert canonical_knobs(codec, dict(once)) == once


@given(KNOBS)
def test_a_mapping_its_text_and_its_argv_agree(knobs: dict[str, str]) -> None:
    text = ",".join(f"{name}={value}" for name, value in knobs.items())
    argv = " ".join(f"-{name} {value}" for name, value in knobs.items())
    assert (
        canonical_knobs("h264_nvenc", knobs)
        == canonical_knobs("h264_nvenc", text)
        == canonical_knobs("h264_nvenc", argv)
    )
