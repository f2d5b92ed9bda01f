"""What VMAF can't see of a recipe: said where a knob is for the eye and on, and nowhere else."""

from __future__ import annotations

import pytest

from gate.encoders.families import family_of
from gate.encoders.listing import keys, listing
from gate.encoders.unseen import UNSEEN, unseen
from gate.model import Knobs


@pytest.mark.parametrize(
    ("codec", "knobs", "said"),
    [
        ("libsvtav1", (("film-grain", "8"),), "film-grain=8 makes grain anew"),
        ("libsvtav1", (("film-grain", "15"), ("film-grain-denoise", "1")), "film-grain=15, film-grain-denoise=1 makes"),
        ("libsvtav1", (("tune", "0"),), "tune=0 is tuned for visual quality"),
        ("libsvtav1", (("enable-variance-boost", "1"),), "moves bits to flat and dark"),
        ("libaom-av1", (("denoise-noise-level", "20"),), "makes grain anew"),
        ("libx264", (("psy-rd", "2:0.4"),), "psy-rd=2:0.4 keeps texture"),
        ("libx264", (("tune", "grain"),), "gives fidelity away for looks"),
        ("libx264rgb", (("tune", "film"),), "gives fidelity away for looks"),
        ("libx265", (("psy-rd", "4"), ("psy-rdoq", "4")), "psy-rd=4, psy-rdoq=4 keeps"),
        ("libx265", (("tune", "grain"),), "gives fidelity away"),
        ("hevc_nvenc", (("spatial-aq", "1"),), "moves bits to where eyes see"),
        ("libx264", (("aq-mode", "3"),), "moves bits to where eyes see"),
        ("libx265", (("aq-mode", "4"), ("aq-strength", "1.4")), "aq-mode=4, aq-strength=1.4 moves"),
    ],
)
def test_a_purpose_that_vmaf_misses_is_said(codec: str, knobs: Knobs, said: str) -> None:
    (sentence,) = unseen(codec, knobs)
    assert said in sentence


@pytest.mark.parametrize(
    ("codec", "knobs"),
    [
        ("libx264", (("psy-rd", "0:0"),)),
        ("libx264", (("psy", "0"),)),
        ("libx264", (("tune", "psnr"),)),
        ("libx264", (("tune", "zerolatency"),)),
        ("libx264", (("film-grain", "8"),)),
        ("libx265", (("tune", "fastdecode"),)),
        ("libx264", (("aq-mode", "0"),)),
        ("libx265", (("sao", "0"), ("bframes", "8"))),
        ("libsvtav1", (("tune", "1"),)),
        ("libsvtav1", (("film-grain", "0"),)),
        ("libvpx-vp9", (("tune", "0"),)),
        ("h264_nvenc", (("spatial-aq", "0"),)),
        ("h264_unheard_of", (("film-grain", "8"),)),
        ("libx264", ()),
    ],
)
def test_nothing_is_said_of_other_knobs(codec: str, knobs: Knobs) -> None:
    assert not list(unseen(codec, knobs))


def test_two_purposes_are_two_sentences() -> None:
    assert len(list(unseen("libx264", (("psy-rd", "2:0"), ("tune", "grain"))))) == 2


@pytest.mark.parametrize("encoder", ["libsvtav1", "libaom-av1", "libx264", "libx265", "h264_nvenc"])
def test_the_table_names_knobs_that_the_encoder_has(encoder: str) -> None:
    family = family_of(encoder)
    own = listing(encoder)
    assert own is not None
    has = {family.canonical_name(name) for name in own.options}
    has |= {name for library in family.libraries for name in keys(library.keys).kinds}
    entries = [entry for entry in UNSEEN if family.name in entry.families]
    assert entries
    assert all(entry.source for entry in entries)
    assert all(entry.knobs & has for entry in entries)
