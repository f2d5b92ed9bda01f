"""The data of options against the FFmpeg at hand, and a class for all that it lists."""

from __future__ import annotations

import pytest

from fixtures.encoder_options import at, listed, version
from gate.encoders.families import FAMILIES
from gate.encoders.listing import DATA, GENERIC, keys, known, listing, owners
from gate.encoders.option import CONTEXT
from tests.encoders.streams import find_ffmpeg

MEND = "run `make encoder-options`, look at what it adds, and class new options in the encoder's module"
ENCODERS = sorted(encoder for family in FAMILIES for encoder in family.encoders if listing(encoder))


def test_there_are_21_encoders() -> None:
    assert len(ENCODERS) == 21


@pytest.mark.parametrize("encoder", ENCODERS)
def test_the_data_are_what_the_ffmpeg_at_hand_lists(encoder: str) -> None:
    import json  # noqa: PLC0415 - here only

    ffmpeg = find_ffmpeg()
    now, release = listed(ffmpeg, encoder), version(ffmpeg)
    if now is None:
        pytest.skip(f"FFmpeg {release} was built without {encoder}")
    line = next(line for line in DATA.read_text().splitlines() if line.startswith(f'{{"encoder":"{encoder}"'))
    held = json.loads(line)
    assert release in held["versions"], f"FFmpeg {release} is new: {MEND}"
    assert {name: at(specs, release) for name, specs in held["options"].items() if at(specs, release)} == now, MEND


@pytest.mark.parametrize("encoder", ENCODERS)
def test_every_option_has_a_class_and_none_is_foreign(encoder: str) -> None:
    family = next(family for family in FAMILIES if encoder in family.encoders)
    own, generic = listing(encoder), listing(GENERIC)
    for name in own.options:
        option = family.option(family.canonical_name(name), encoder)
        assert option.name
        for constant in own.options[name].numbers if option.name == name and not option.is_flags else ():
            assert option.canonical(constant) is not None, (name, constant)
    everywhere = {name for held in (generic, *filter(None, map(listing, family.encoders))) for name in held.options}
    keyed = {key for library in family.libraries for key in keys(library.keys).kinds}
    old = {"noise_reduction", "load_plugin", "load_plugins", "dual_gfx", "log-level", "x265-stats"}
    for name in {*family.aliases, *family.aliases.values(), *family.readers, *family.named, *family.undefaulted}:
        assert name in everywhere | keyed | old | CONTEXT, f"{name} is no option of {family.name}"


def test_names_that_ffmpeg_knows_elsewhere() -> None:
    assert "aq-mode" in known("everywhere")
    assert "aq_mode" in known("somewhere")
    assert "nonesuch" not in known("everywhere") | known("somewhere")
    assert "libx264" in owners("aq-mode")
    assert not listing("nonesuch")
