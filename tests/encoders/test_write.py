"""What encoders are told, held against what the reader of adapters makes of the same argv."""

import re
from itertools import product

import pytest

from gate.encoders import RATE_MODES, RateControlMode, canonical_knobs, family_of, read_point
from gate.encoders.write import BY_ENCODER, passes, rc_modes, takes_rate
from gate.errors import UsageError
from gate.model import Emission, Location, Point, Token

PRESETS = {
    "libx264": "medium", "libx265": "slow", "libsvtav1": "8", "libaom-av1": "6", "libvpx-vp9": "4", "libvvenc": "fast",
    "h264_nvenc": "p4", "hevc_nvenc": "p1", "av1_nvenc": "p7", "h264_qsv": "fast", "hevc_qsv": "slow",
    "av1_qsv": "medium", "vp9_qsv": "veryfast", "h264_amf": "quality", "hevc_amf": "speed", "av1_amf": "balanced",
    "h264_videotoolbox": "0", "hevc_videotoolbox": "1",
}  # fmt: skip
MODES = [(codec, label) for codec in BY_ENCODER for label in rc_modes(codec)]

# What a mode sets beside its aim: knobs to the reader, and the same in a slice's bare rows and its candidates.
BESIDE = {
    ("libsvtav1", "cbr"): {"pred-struct": "1"},
    ("h264_amf", "vbr"): {"maxrate": "3000000"},
    ("hevc_amf", "vbr"): {"maxrate": "3000000"},
    ("av1_amf", "vbr"): {"maxrate": "3000000"},
}
BUFFERED = {codec for codec, label in MODES if label == "cbr"} - {"libsvtav1", "h264_videotoolbox", "hevc_videotoolbox"}


def made(codec, label, q, knobs=(), threads=2):
    return passes(codec, label, PRESETS[codec], q, knobs, threads=threads)


def read(argv, codec):
    where = Location(path="adapter.py", line=1)
    emission = Emission(preset="", argv=tuple(Token(text=text, origins=()) for text in argv), extra=())
    point = read_point(emission, encoder=codec, where=where)
    assert isinstance(point, Point), point
    return point.at


def test_every_table_has_a_case():
    assert set(PRESETS) == set(BY_ENCODER)


@pytest.mark.parametrize(("codec", "label"), MODES)
def test_reads_back_as_the_rate_control_that_the_label_means(codec, label):
    q = "2" if takes_rate(codec, label) else "30"
    at = read(made(codec, label, q)[-1], codec)
    assert (at.codec, at.preset, at.q) == (codec, PRESETS[codec], q)
    assert at.rc_mode in rc_modes(codec)[label]
    assert (at.rc_mode in RATE_MODES) == takes_rate(codec, label)
    beside = BESIDE.get((codec, label), {}) | ({"bufsize": "2000000"} if label == "cbr" and codec in BUFFERED else {})
    assert {name: value for name, value in at.knobs if name not in {"pass", "stats"}} == beside


@pytest.mark.parametrize(("codec", "label"), MODES)
def test_labels_mean_canonical_modes(codec, label):
    assert set(rc_modes(codec)[label]) <= set(map(str, RateControlMode))


@pytest.mark.parametrize("codec", BY_ENCODER)
def test_presets_are_the_readers_own(codec):
    family = family_of(codec)
    said = made(codec, next(iter(rc_modes(codec))), "30")[0]
    assert said[2] == f"-{family.preset}"
    with pytest.raises(UsageError, match="is no preset of"):
        passes(codec, next(iter(rc_modes(codec))), "no-such", "30", (), threads=1)


@pytest.mark.parametrize("codec", BY_ENCODER)
def test_every_preset_of_the_tables_is_one_that_the_reader_ranks(codec):
    known = set(family_of(codec).presets)
    with pytest.raises(UsageError) as error:
        passes(codec, next(iter(rc_modes(codec))), "no-such", "30", (), threads=1)
    assert set(error.value.fix.removeprefix("its presets are ").split(", ")) <= known


KNOBS = [
    ("libx264", (("bf", "8"), ("psy-rd", "2.0:0.4"), ("tune", "grain"))),
    ("libx264", (("aq-mode", "3"), ("deadzone-inter", "6"))),
    ("libx265", (("aq-mode", "3"), ("bf", "8"), ("psy-rd", "4.0"), ("tune", "grain"))),
    ("libx265", (("deblock", "-2:-2"), ("sao", "0"))),
    ("libx265", (("x265-params", "sao=0:deblock=-2\\:-2"),)),
    ("libsvtav1", (("film-grain", "8"), ("tune", "0"))),
    ("libaom-av1", (("aq-mode", "1"), ("deltaq-mode", "0"))),
    ("libvpx-vp9", (("aq-mode", "0"), ("lag-in-frames", "10"))),
    ("libvvenc", (("alf", "0"), ("qpa", "0"))),
    ("h264_nvenc", (("spatial-aq", "1"), ("temporal-aq", "1"))),
    ("h264_qsv", (("extbrc", "1"), ("maxrate", "4M"))),
]  # fmt: skip


@pytest.mark.parametrize(("codec", "knobs"), KNOBS)
def test_a_recipe_reads_back_as_its_canonical_knobs(codec, knobs):
    for label in ("crf", "cqp"):
        if label in rc_modes(codec):
            assert read(made(codec, label, "30", knobs)[-1], codec).knobs == canonical_knobs(codec, dict(knobs))


@pytest.mark.parametrize(
    ("codec", "name", "value", "tail"),
    [
        ("libx264", "aq-mode", "2", ("-aq-mode", "2")),
        ("libx264", "b-adapt", "2", ("-x264-params", "b-adapt=2")),
        ("libx265", "aq-mode", "2", ("-x265-params", "pools=2:aq-mode=2")),
        ("libx265", "deblock", "1:1", ("-x265-params", "pools=2:deblock=1\\:1")),
        ("libx265", "x265-params", "sao=0:rd=4", ("-x265-params", "pools=2:sao=0:rd=4")),
        ("libx265", "flags", "+cgop", ("-flags", "+cgop", "-x265-params", "pools=2")),
        ("libsvtav1", "tune", "0", ("-svtav1-params", "lp=2:tune=0")),
    ],
)
def test_where_a_knob_goes(codec, name, value, tail):
    argv = made(codec, "crf", "30", ((name, value),))[0]
    assert argv[-len(tail) :] == tail


def test_two_passes_differ_only_in_the_pass():
    first, second = made("libx264", "vbr2", "0.2")
    assert first == tuple(
        "1" if before == "-pass" else text for before, text in zip(("", *second), second, strict=False)
    )
    first, second = made("libx265", "vbr2", "0.2")
    assert first[:-1] == second[:-1]
    assert (first[-1], second[-1]) == (
        "pools=2:pass=1:stats=first-pass",
        "pools=2:pass=2:stats=first-pass",
    )


@pytest.mark.parametrize(
    ("q", "rate"), [("2", "2000000"), ("0.15", "150000"), ("1.0005", "1000500"), ("10", "10000000")]
)
def test_a_rate_is_in_megabits(q, rate):
    assert made("libx264", "vbr", q)[0][5] == rate
    assert set(re.findall(r"\d{5,}", " ".join(made("libx264", "cbr", q)[0]))) == {rate}


def test_threads_never_show_in_what_the_reader_compares():
    for codec, threads in product(PRESETS, (1, 4, 64)):
        label = next(iter(rc_modes(codec)))
        assert read(made(codec, label, "30", threads=threads)[-1], codec).knobs == ()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("libtheora", "crf", "30", ()), "no table knows the encoder 'libtheora'"),
        (("libx264", "icq", "30", ()), "libx264 has no rate control 'icq'"),
        (("libvvenc", "cbr", "1", ()), "libvvenc has no rate control 'cbr'"),
        (("libx264", "crf", "high", ()), "'high' is no number"),
        (("libx264", "crf", "30 -i x", ()), "is no number"),
        (("libx264", "vbr", "0", ()), "no rate in Mbit/s"),
        (("libx264", "vbr", "-2", ()), "no rate in Mbit/s"),
        (("libx264", "crf", "30", (("crf", "20"),)), "the knob 'crf' is what"),
        (("libx264", "vbr", "2", (("crf", "20"),)), "the knob 'crf' is what"),
        (("libx264", "crf", "30", (("b:v", "2M"),)), "the knob 'b:v' is what"),
        (("libx264", "crf", "30", (("preset", "fast"),)), "the knob 'preset' is what"),
        (("libx264", "cbr", "2", (("maxrate", "3M"),)), "the knob 'maxrate' is what"),
        (("libx264", "crf", "30", (("x264-params", "crf=20"),)), "the knob 'crf' is what"),
        (("libx265", "crf", "30", (("pools", "4"),)), "the knob 'pools' is what"),
        (("libsvtav1", "cbr", "2", (("pred-struct", "2"),)), "the knob 'pred-struct' is what"),
        (("libx265", "crf", "30", (("x265-params", "sao"),)), "is not key=value"),
        (("libx264", "crf", "30", (("bf", ""),)), "has no value"),
        (("libx264", "crf", "30", (("-bf", "2"),)), "no name of an option"),
        (("libx264", "crf", "30", (("bf 2", "2"),)), "no name of an option"),
    ],
)
def test_what_no_table_knows(arguments, said):
    codec, label, q, knobs = arguments
    with pytest.raises(UsageError, match=re.escape(said)):
        passes(codec, label, PRESETS.get(codec, "medium"), q, knobs, threads=1)


def test_an_encode_has_threads():
    with pytest.raises(UsageError):
        passes("libx264", "crf", "medium", "30", (), threads=0)


def test_what_must_not_be_refused():
    assert made("libx264", "vbr", "2", (("maxrate", "4M"), ("bufsize", "4M")))
    assert made("libsvtav1", "crf", "30", (("pred-struct", "1"),))
    assert made("libx264", "crf", "23.5")
    assert made("libx265", "crf", "0")
    assert made("h264_nvenc", "vbr-cq", "23.5")
    assert made("libx264", "cqp", "23.0")
    assert made("libx264", "vbr", "0.15")
    assert made("libvpx-vp9", "crf", "0")


@pytest.mark.parametrize(
    ("codec", "label", "q", "said"),
    [
        *((codec, label, q, "for none given") for codec in ("libx264", "libx265") for label in ("crf", "cqp")
          for q in ("-1", "-3.5", "-0.5")),
        ("libvpx-vp9", "crf", "-1", "libvpx-vp9 (crf) takes q '-1' for none given"),
        ("libaom-av1", "crf", "-1", "for none given"),
        ("libvvenc", "cqp", "-1", "for none given"),
        ("libsvtav1", "crf", "0", "libsvtav1 (crf) takes q '0' for none given"),
        ("libsvtav1", "cqp", "0", "for none given"),
        ("h264_nvenc", "vbr-cq", "0", "for none given"),
        ("h264_qsv", "icq", "0", "for none given"),
        ("libx264", "cqp", "23.5", "q '23.5' would be rounded: libx264 (cqp) takes whole numbers"),
        ("libx265", "cqp", "23.5", "would be rounded"),
        ("libsvtav1", "crf", "30.4", "would be rounded"),
        ("libvpx-vp9", "crf", "40.5", "would be rounded"),
        ("libx264", "crf", "30/1", "'30/1' is no number"),
        ("libx264", "vbr", "1/2", "'1/2' is no number"),
        ("libx264", "crf", "٣٠", "is no number"),
    ],
)  # fmt: skip
def test_a_quality_that_an_encoder_reads_as_another(codec, label, q, said):
    with pytest.raises(UsageError, match=re.escape(said)):
        made(codec, label, q)


@pytest.mark.parametrize(
    ("codec", "label", "most"),
    [
        ("libx264", "crf", 51),  # 52 and more are 51 to it
        ("libx264", "cqp", 69),
        ("libx265", "crf", 51),  # it opens with none above
        ("libx265", "cqp", 51),
        ("libsvtav1", "crf", 63),
        ("libsvtav1", "cqp", 63),
        ("libaom-av1", "crf", 63),
        ("libvpx-vp9", "crf", 63),
        ("libvvenc", "cqp", 63),
        ("h264_nvenc", "cqp", 51),
        ("h264_nvenc", "vbr-cq", 51),
        ("av1_nvenc", "cqp", 255),
        ("hevc_amf", "cqp", 51),
        ("av1_amf", "cqp", 255),
    ],
)
def test_a_quality_beyond_an_encoders_range(codec, label, most):
    assert made(codec, label, str(most))
    with pytest.raises(UsageError, match=re.escape(f"{codec} ({label}) takes no q '{most + 1}'")) as caught:
        made(codec, label, str(most + 1))
    assert caught.value.fix == f"up to {most}"


@pytest.mark.parametrize(("codec", "label"), [("libx264", "vbr"), ("libx265", "cbr"), ("libsvtav1", "vbr")])
def test_a_rate_has_no_such_range(codec, label):
    assert made(codec, label, "100")


OUTSIDE = ("vf", "vf:v", "filter:v", "filter_complex", "s", "s:v:0", "r", "i", "map", "f", "t", "ss", "frames:v", "an",
           "color_range", "sws_flags", "fps_mode", "bsf:v", "framerate")  # fmt: skip


@pytest.mark.parametrize("codec", ["libx264", "libvpx-vp9", "h264_nvenc"])
@pytest.mark.parametrize("name", OUTSIDE)
def test_what_changes_the_pictures_is_no_knob(codec, name):
    label = next(iter(rc_modes(codec)))
    with pytest.raises(UsageError, match=f"the knob '{name}' is no setting of {codec}"):
        made(codec, label, "30", ((name, "1"),))


@pytest.mark.parametrize(
    ("codec", "label", "name", "value"),
    [
        ("libx264", "crf", "x264-params", "frames=5"),
        ("libx265", "crf", "x265-params", "input-res=64x64"),
        ("libx265", "crf", "output-depth", "10"),
        ("libx264", "crf", "c:v", "libx265"),
        ("libx264", "crf", "pix_fmt:v", "yuv420p10le"),
        ("libaom-av1", "crf", "aom-params", "end-usage=vbr"),
        ("libaom-av1", "crf", "aom-params", "cq-level=20"),
        ("libaom-av1", "vbr", "target-bitrate", "500"),
        ("libvvenc", "cqp", "vvenc-params", "targetbitrate=1000000"),
        ("libvvenc", "cqp", "TargetBitrate", "1000000"),
    ],
)
def test_what_the_mode_or_the_source_decides_is_no_knob_of_the_library_either(codec, label, name, value):
    with pytest.raises(UsageError, match="the knob '"):
        made(codec, label, "30" if label != "vbr" else "1", ((name, value),))


def test_a_pixel_format_and_a_profile_are_knobs():
    assert "-pix_fmt" in made("libx264", "crf", "30", (("pix_fmt", "yuv420p10le"),))[0]
    assert "-profile:v" in made("libx264", "crf", "30", (("profile:v", "high"),))[0]
