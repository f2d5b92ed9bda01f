"""What every table must keep to, whatever its family."""

from __future__ import annotations

import pytest

from gate.encoders.families import FAMILIES, UNKNOWN, family_of
from gate.encoders.listing import GENERIC, listing
from gate.encoders.option import Family

ids = [family.name for family in FAMILIES]


def test_an_encoder_belongs_to_one_family() -> None:
    encoders = [encoder for family in FAMILIES for encoder in family.encoders]
    assert len(encoders) == len(set(encoders))


@pytest.mark.parametrize(
    ("encoder", "family"),
    [
        ("h264_nvenc", "NVENC"),
        ("av1_qsv", "QSV"),
        ("hevc_amf", "AMF"),
        ("prores_videotoolbox", "ProRes"),
        ("libvpx", "libvpx"),
    ],
)
def test_families(encoder: str, family: str) -> None:
    assert family_of(encoder).name == family


@pytest.mark.parametrize("encoder", ["hevc_vaapi", "", "copy", "H264_NVENC"])
def test_an_encoder_that_no_table_knows(encoder: str) -> None:
    assert family_of(encoder) is UNKNOWN


LISTED = [
    (family, encoder, name)
    for family in FAMILIES
    for encoder in sorted(family.encoders)
    for name in (listing(encoder) or listing(GENERIC)).options
]


def test_a_listed_default_equals_leaving_it_out_and_constants_lead_to_canonical_values() -> None:
    for family, encoder, name in LISTED:
        option = family.option(family.canonical_name(name), encoder)
        if option.default is not None and not option.is_flags:
            assert option.canonical(option.default) == option.default, (encoder, name)
        for constant, value in option.of_constants.items():
            assert option.canonical(constant) == value
            assert option.canonical(value) == value, (encoder, name, constant)


@pytest.mark.parametrize("family", FAMILIES, ids=ids)
def test_keys_of_a_library_lead_to_listed_options(family: Family) -> None:
    for library in family.libraries:
        for key, (name, _) in library.to_option.items():
            assert library.knows(key) == key
            assert "-params-" in name or any(name in listing(held).options for held in (*family.encoders, GENERIC)), (
                name
            )


@pytest.mark.parametrize("family", FAMILIES, ids=ids)
def test_presets_are_spelt_as_their_option_spells_them(family: Family) -> None:
    for preset in family.presets:
        assert preset in {family.option(family.preset, encoder).canonical(preset) for encoder in family.encoders}
    assert not family.default_preset or family.default_preset in family.presets
