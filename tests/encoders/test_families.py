"""What every table must keep to, whatever its family."""

from __future__ import annotations

import pytest

from gate.encoders.families import FAMILIES, UNKNOWN, family_of
from gate.encoders.option import Family, fold

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


@pytest.mark.parametrize("family", FAMILIES, ids=ids)
def test_defaults_are_canonical_and_carry_the_version(family: Family) -> None:
    for option in family.options.values():
        if option.default is not None:
            assert option.canonical(option.default) == option.default, option.name
            assert option.read_from.startswith("FFmpeg "), option.name


@pytest.mark.parametrize("family", FAMILIES, ids=ids)
def test_named_values_lead_to_canonical_ones(family: Family) -> None:
    for option in family.options.values():
        for name, value in option.values.items():
            assert option.canonical(name) == value
            assert option.canonical(value) == value


@pytest.mark.parametrize("family", FAMILIES, ids=ids)
def test_opened_keys_lead_to_listed_options(family: Family) -> None:
    for opened in family.opened:
        assert fold(opened.option) in family.options
        for key, (name, _) in opened.keys.items():
            assert key == fold(key)
            assert fold(name) in family.options, (opened.option, key)


@pytest.mark.parametrize("family", FAMILIES, ids=ids)
def test_presets_are_spelt_as_their_option_spells_them(family: Family) -> None:
    option = family.option(family.preset)
    assert fold(family.preset) in family.options
    for preset in family.presets:
        assert option.canonical(preset) == preset
    assert not family.default_preset or family.default_preset in family.presets


@pytest.mark.parametrize("family", FAMILIES, ids=ids)
def test_neutral_names_are_canonical(family: Family) -> None:
    assert all(family.option(name).name == name for name in family.neutral)
