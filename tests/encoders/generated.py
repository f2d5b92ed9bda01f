"""Argvs of each software encoder, generated from what FFmpeg and the libraries list: spellings, defaults, precedences."""

from __future__ import annotations

import random
from collections.abc import Iterator

from gate.encoders import family_of
from gate.encoders.library import Library
from gate.encoders.listing import GENERIC, Listed, keys, listing
from gate.encoders.values import words

ALONE = {
    "libx264": "", "libx265": "", "libsvtav1": "-preset 10", "libaom-av1": "-cpu-used 8", "libvpx": "-cpu-used 8",
    "libvpx-vp9": "-cpu-used 8", "libvvenc": "-preset faster",
}  # fmt: skip
"""What every argv begins with, so that an encode takes a moment."""

Subject = tuple[str, tuple[str, ...]]
"""What the argvs are about, and argvs that may or may not be one."""

_SKIPPED = frozenset(
    words("passlogfile stats x265-stats pass dump-yuv csv log2-max-poc-lsb threads lp pools deadline quality")
)
_WORDS = ("1", "0", "true", "True", "false", "no", "yes", "on", "-1", "auto", "enable", "2")
_NUMBERS = ("0", "1", "2", "3", "-1", "2.0", "0x2", "2k", "1e1", "02", "3.7", "default", "true", "auto")


def subjects(encoder: str) -> Iterator[Subject]:
    """Groups of argvs about one thing each, always the same."""
    own, generic = listing(encoder), listing(GENERIC)
    libraries = family_of(encoder).libraries
    for name, option in own.options.items():
        if name not in _SKIPPED and option.type not in {"dictionary"}:
            yield f"option {name}", tuple(_option(name, option))
    for name in _GENERIC:
        yield f"generic {name}", tuple(_option(name, generic.options[name]))
    for library in libraries:
        for key in sorted(keys(library.keys).kinds):
            if key not in _SKIPPED:
                yield f"key {key}", tuple(_key(key, library))
    yield from _precedences(encoder)
    for name in (
        "rc-lookahead",
        "rc_lookahead",
        "spatial-aq",
        "cq",
        "look_ahead",
        "aq-mode",
        "aq_mode",
        "preset",
        "crf",
    ):
        yield f"foreign {name}", (f"-{name} 2" if name != "preset" else "", "")


_PLACES = {
    "libx264": ("ultrafast medium slower", "-crf 26|-b:v 90k -maxrate 90k -bufsize 60k"),
    "libx265": ("ultrafast medium slow", "-crf 26|-b:v 90k -maxrate 90k -bufsize 60k"),
    "libsvtav1": ("8 10 12", "-crf 40|-qp 40"),
    "libaom-av1": ("6 8 9", "-crf 40|-b:v 90k"),
    "libvpx": ("4 8 12", "-crf 30 -b:v 200k|-b:v 90k"),
    "libvpx-vp9": ("4 6 8", "-crf 40|-b:v 90k"),
    "libvvenc": ("faster fast medium", "-qp 40|-b:v 90k"),
}


def defaults(encoder: str) -> Iterator[tuple[str, str]]:
    """What the tables hold for a default: an argv at three presets and two rate controls, without and with it."""
    family, own = family_of(encoder), listing(encoder)
    said: dict[str, set[str]] = {
        name: {value} for name in own.options if (value := family.option(family.canonical_name(name), encoder).default)
    }
    for name, _, value in (default.partition("=") for default in family.defaults):
        said.setdefault(name, set()).add(value)
    presets, rates = _PLACES[encoder]
    for name, held in said.items():
        if name in {"stats", "passlogfile", "pools", *words("crf qp cq qmin_qmax")} or not all(held):
            continue
        for value in sorted(held):
            given = _given(name, value, encoder)
            for preset in presets.split():
                for rate in rates.split("|"):
                    alone = f"-{family.preset} {preset} {rate}"
                    yield alone, f"{alone} {given}"


def _given(name: str, value: str, encoder: str) -> str:
    own, generic = listing(encoder), listing(GENERIC)
    if name in own.options or name in generic.options:
        return f"-{name} {value}"
    libraries = family_of(encoder).libraries
    return f"-{libraries[-1].option} {name}={value}" if libraries else ""


_GENERIC = words(
    "g bf refs keyint_min qmin qmax qdiff qcomp qblur i_qfactor b_qfactor trellis me_range subq cmp slices flags "
    "maxrate minrate bufsize rc_init_occupancy global_quality mbd dia_size strict bt"
)


def _option(name: str, option: Listed) -> Iterator[str]:
    yield ""
    values: list[str] = []
    if option.type == "boolean":
        values += _WORDS
    elif option.type == "flags":
        values += [f"{sign}{flag}" for flag in [*option.numbers, *option.moved] for sign in "+-"]
    elif option.type in {"int", "int64", "float", "double"}:
        values += [*_NUMBERS, *([option.default] if option.default else [])]
    else:
        values += ["1:1", "1,1", "1", "0", "0.5:0.1", "0.5,0.1", "none", "all", "4.0", "40"]
    for constant, number in option.numbers.items():
        values += [constant, str(number)] if option.type != "flags" else []
    for value in dict.fromkeys(values):
        yield f"-{name} {value}"


def _key(key: str, library: Library) -> Iterator[str]:
    names = keys(library.keys)
    option = f"-{library.option}"
    yield ""
    for value in ("1", "0", "-1", "2", "true", "1.5", *list(names.names.get(key, ()))[:2]):
        yield f"{option} {key}={value}"
    yield f"-{key} 1"
    spellings = [key.replace("-", "_"), key.upper(), f"--{key}", f"no-{key}", f"no{key}"]
    spellings += [alias for alias, of in names.aliases.items() if of == key]
    for spelt in dict.fromkeys(spellings):
        yield f"{option} {spelt}=0"
    if key in library.to_option:
        name, factor = library.to_option[key]
        for number in (1, 0, 2):
            yield f"-{name} {number * factor}"
        yield f"-{name} {30 * factor} {option} {key}=2"
    yield f"{option} {key}=1:{key}=0"


_PARTS = {
    "libx264": "-crf 30|-crf 20|-qp 30|-b:v 90k|-maxrate 90k|-maxrate 60k|-minrate 90k|-bufsize 60k|-x264-params crf=30|"
    "-x264-params qp=30|-x264-params bitrate=90|-x264-params vbv-maxrate=60:vbv-bufsize=60|-x264opts crf=30|-x264opts qp=20|"
    "-profile:v baseline|-profile:v main|-tune film|-tune zerolatency|-tune grain,fastdecode|-tune fastdecode,grain|"
    "-bf 2|-x264-params bframes=2|-x264-params bframes=1:crf=30:qp=20:bframes=2|-me_method umh|-motion-est hex|-weightp 0|-wpredp 0|-x264-params 8x8dct=1|-preset fast|-preset 4",
    "libx265": "-crf 30|-qp 30|-b:v 90k|-maxrate 90k|-maxrate 60k|-minrate 90k|-bufsize 60k|-x265-params crf=30|-x265-params qp=30|"
    "-x265-params bitrate=90|-x265-params vbv-maxrate=60:vbv-bufsize=60|-x265-params lossless=1|-bf 2|-x265-params bframes=2|"
    "-x265-params ref=1:crf=30:qp=20:ref=2|-refs 2|-tune grain|-preset fast|-preset 4",
    "libsvtav1": "-crf 30|-crf 50|-qp 30|-svtav1-params crf=30|-svtav1-params qp=30|-svtav1-params cqp=30|-svtav1-params rc=0|"
    "-svtav1-params rc=cqp|-svtav1-params crf=0|-svtav1-params lossless=1|-preset 9|-svtav1-params preset=9|-flags -cgop|-svtav1-params irefresh-type=1|-g 8|-svtav1-params keyint=8",
    "libaom-av1": "-crf 30|-crf 50|-b:v 90k|-b:v 0|-maxrate 90k|-minrate 90k|-bufsize 60k|-aom-params cq-level=30|-qmin 20|-tiles 1x1|-usage realtime",
    "libvpx": "-crf 30|-crf 50|-b:v 90k|-b:v 0|-maxrate 90k|-minrate 90k|-bufsize 60k|-qmin 20|-speed 4|-quality good",
    "libvpx-vp9": "-crf 30|-crf 50|-b:v 90k|-b:v 0|-maxrate 90k|-minrate 90k|-bufsize 60k|-qmin 20|-lossless 1|-deadline realtime|-speed 4|-quality good",
    "libvvenc": "-qp 30|-qp 40|-b:v 90k|-b:v 0|-maxrate 90k|-vvenc-params qp=30|-vvenc-params bitrate=90k|-qpa 0|-vvenc-params PerceptQPA=0|-vvenc-params preset=fast",
}


def _precedences(encoder: str) -> Iterator[Subject]:
    parts = _PARTS[encoder].split("|")
    dice = random.Random(12)
    for size in (1, 2, 3):
        for _ in range({1: len(parts), 2: 30, 3: 20}[size]):
            chosen = dice.sample(parts, size)
            shuffled = dice.sample(chosen, size)
            yield (
                f"precedence {chosen[0]}",
                (" ".join(chosen), " ".join(shuffled), " ".join(chosen[:-1]), " ".join(chosen[1:])),
            )
