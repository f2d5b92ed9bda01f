"""argv -> operating point, for every family, and the lines behind each part of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.encoders import family_of, read_point
from gate.model import Emission, Location, OperatingPoint, Point, Token, Unresolved

ADAPTER = Location(path="adapter.py", line=7)


def read(argv: str, extra: str = "", encoder: str = "h264_nvenc") -> Point | Unresolved:
    """The point of an argv whose n-th word stands on line n of `argv.py`, and an extra whose n-th is on `extra.py`'s."""
    emission = Emission(preset="medium", argv=_tokens(argv, "argv.py"), extra=_tokens(extra, "extra.py"))
    return read_point(emission, encoder=encoder, adapter="key", where=ADAPTER)


def _tokens(text: str, path: str) -> tuple[Token, ...]:
    return tuple(Token(text=word, origins=(Location(path=path, line=i),)) for i, word in enumerate(text.split(), 1))


def at(argv: str, encoder: str = "h264_nvenc") -> OperatingPoint:
    point = read(argv, encoder=encoder)
    assert isinstance(point, Point), point
    return point.at


def short(argv: str) -> tuple[str, str, str, dict[str, str]]:
    """(rate control, preset, q, knobs)."""
    found = at(argv)
    return found.rc_mode, found.preset, found.q, dict(found.knobs)


CASES: dict[str, tuple[str, str, str, dict[str, str]]] = {
    # The shapes that adapters of the vmaf-tune kind emit.
    "-c:v libx264 -preset medium -crf 23": ("crf", "medium", "23", {}),
    "-c:v libx265 -preset placebo -crf 28": ("crf", "placebo", "28", {}),
    "-c:v libaom-av1 -cpu-used 4 -crf 35": ("crf", "4", "35", {}),
    "-c:v libsvtav1 -preset 13 -crf 35": ("crf", "13", "35", {}),
    "-c:v libvpx-vp9 -deadline good -cpu-used 2 -crf 32 -b:v 0 -row-mt 1": ("crf", "2", "32", {}),
    "-c:v libvvenc -preset slower -qp 32": ("cqp", "slower", "32", {}),
    "-c:v h264_nvenc -preset p1 -cq 23": ("vbr-cq", "p1", "23", {}),
    "-c:v hevc_nvenc -preset p4 -cq 23": ("vbr-cq", "p4", "23", {}),
    "-c:v av1_nvenc -preset p7 -cq 23": ("vbr-cq", "p7", "23", {}),
    "-c:v h264_qsv -preset veryslow -global_quality 23": ("icq", "veryslow", "23", {}),
    "-c:v hevc_qsv -preset slow -global_quality 23": ("icq", "slow", "23", {}),
    "-c:v av1_qsv -preset veryfast -global_quality 23": ("icq", "veryfast", "23", {}),
    "-c:v h264_amf -quality speed -rc cqp -qp_i 23 -qp_p 23": ("cqp", "speed", "23", {}),
    "-c:v hevc_amf -quality balanced -rc cqp -qp_i 23 -qp_p 23": ("cqp", "balanced", "23", {}),
    "-c:v av1_amf -quality quality -rc cqp -qp_i 23 -qp_p 23": ("cqp", "quality", "23", {}),
    "-c:v h264_videotoolbox -realtime 1 -q:v 50": ("quality", "1", "50", {}),
    "-c:v hevc_videotoolbox -realtime 0 -q:v 50": ("quality", "0", "50", {}),
    "-c:v av1_videotoolbox -realtime 0 -q:v 50": ("quality", "0", "50", {}),
    "-c:v prores_videotoolbox -realtime 1 -profile:v hq": ("profile", "1", "3", {}),
    # NVENC.
    "-c:v h264_nvenc -rc vbr -b:v 4M": ("vbr", "", "4", {}),
    "-c:v h264_nvenc -b:v 2500k": ("vbr", "", "2.5", {}),
    "-c:v h264_nvenc -rc cbr -b:v 4M": ("cbr", "", "4", {}),
    "-c:v h264_nvenc -cbr 1 -b:v 4M": ("cbr", "", "4", {}),
    "-c:v h264_nvenc -rc cbr -b:v 4M -maxrate 4000k": ("cbr", "", "4", {}),
    "-c:v h264_nvenc -rc cbr -b:v 4M -maxrate 6M": ("cbr", "", "4", {"maxrate": "6000000"}),
    "-c:v h264_nvenc -rc vbr -cq 23 -b:v 0": ("vbr-cq", "", "23", {}),
    "-c:v h264_nvenc -rc vbr -cq 23 -b:v 0 -maxrate 8M -bufsize 16M": (
        "vbr-cq",
        "",
        "23",
        {"maxrate": "8000000"},
    ),
    "-c:v h264_nvenc -rc vbr -cq 23 -b:v 4M": ("vbr-cq", "", "23", {}),  # -cq discards rate and buffer
    "-c:v h264_nvenc -rc vbr -cq 0 -b:v 4M": ("vbr", "", "4", {}),
    "-c:v h264_nvenc -cq 23.5": ("vbr-cq", "", "23.5", {}),
    "-c:v h264_nvenc -qp 23": ("cqp", "", "23", {}),
    "-c:v h264_nvenc -qp 0": ("cqp", "", "0", {}),
    "-c:v h264_nvenc -rc constqp -qp 23": ("cqp", "", "23", {}),
    "-c:v h264_nvenc -rc 0 -qp 23": ("cqp", "", "23", {}),
    "-c:v h264_nvenc -rc constqp": ("cqp", "", "", {}),
    "-c:v h264_nvenc -global_quality 23": ("cqp", "", "23", {}),
    "-c:v h264_nvenc -q:v 23": ("cqp", "", "2714", {}),  # FFmpeg hands NVENC 23 * 118
    "-c:v h264_nvenc -rc vbr -qp 23 -b:v 4M": ("vbr", "", "4", {"qp": "23"}),
    "-c:v h264_nvenc -rc vbr_hq -b:v 4M": ("vbr", "", "4", {"rc": "vbr_hq"}),
    "-c:v h264_nvenc -rc cbr_hq -b:v 4M": ("cbr", "", "4", {"rc": "cbr_hq"}),
    "-c:v h264_nvenc -rc nonesuch -b:v 4M": ("", "", "", {"rc": "nonesuch", "b": "4000000"}),
    "-c:v h264_nvenc -preset lossless": ("lossless", "lossless", "", {}),
    "-c:v h264_nvenc -tune lossless -qp 0": ("lossless", "", "", {"qp": "0", "tune": "lossless"}),
    "-c:v h264_nvenc": ("vbr", "", "", {}),
    "-c:v h264_nvenc -preset 15 -cq 23": ("", "15", "", {"cq": "23"}),  # p4 in one version, none in another
    "-c:v h264_nvenc -cq 23 -gpu 1 -surfaces 8 -a53cc 0": ("vbr-cq", "", "23", {}),
    # QSV.
    "-c:v h264_qsv -q:v 23": ("cqp", "", "23", {}),
    "-c:v h264_qsv -flags +qscale -global_quality 2714": ("cqp", "", "23", {}),
    "-c:v h264_qsv -global_quality 23 -look_ahead 1": ("la-icq", "", "23", {"look_ahead": "1"}),
    "-c:v h264_qsv -global_quality 23 -look_ahead 0": ("icq", "", "23", {}),
    "-c:v h264_qsv -look_ahead 1 -look_ahead_depth 40 -b:v 4M": (
        "la-vbr",
        "",
        "4",
        {"look_ahead": "1", "look_ahead_depth": "40"},
    ),
    "-c:v h264_qsv -b:v 4M": ("vbr", "", "4", {}),
    "-c:v h264_qsv -b:v 4M -maxrate 8M": ("vbr", "", "4", {"maxrate": "8000000"}),
    "-c:v h264_qsv -b:v 4M -maxrate 4M": ("cbr", "", "4", {}),
    "-c:v h264_qsv -global_quality 23 -b:v 4M -maxrate 8M": ("qvbr", "", "23", {"b": "4000000", "maxrate": "8000000"}),
    "-c:v h264_qsv -global_quality 23 -b:v 4M": ("icq", "", "23", {"b": "4000000"}),
    "-c:v h264_qsv -global_quality 23 -maxrate 8M": ("cqp", "", "", {"global_quality": "23", "maxrate": "8000000"}),
    "-c:v h264_qsv -b:v 4M -avbr_accuracy 10 -avbr_convergence 5": (
        "avbr",
        "",
        "4",
        {"avbr_accuracy": "10", "avbr_convergence": "5"},
    ),
    "-c:v av1_qsv -b:v 4M -avbr_accuracy 10 -avbr_convergence 5": (
        "vbr",
        "",
        "4",
        {},
    ),
    "-c:v h264_qsv -vcm 1 -b:v 4M": ("vcm", "", "4", {"vcm": "1"}),
    "-c:v h264_qsv": ("cqp", "", "", {}),
    "-c:v h264_qsv -preset 4 -global_quality 23 -async_depth 4": ("icq", "medium", "23", {}),
    # AMF.
    "-c:v h264_amf -rc cqp -qp_i 23 -qp_p 23 -qp_b 23": ("cqp", "", "23", {}),
    "-c:v h264_amf -qp_i 20 -qp_p 23": ("cqp", "", "23", {"qp_i": "20"}),
    "-c:v h264_amf -qp_i 20": ("cqp", "", "", {"qp_i": "20"}),
    "-c:v h264_amf -rc vbr_peak -b:v 4M -maxrate 8M": ("vbr-peak", "", "4", {"maxrate": "8000000"}),
    "-c:v h264_amf -b:v 4M -maxrate 8M": ("vbr-peak", "", "4", {"maxrate": "8000000"}),
    "-c:v h264_amf -rc vbr_latency -b:v 4M": ("vbr-latency", "", "4", {}),
    "-c:v h264_amf -rc cbr -b:v 4M": ("cbr", "", "4", {}),
    "-c:v h264_amf -rc cbr -b:v 4M -maxrate 4M": ("cbr", "", "4", {}),
    "-c:v h264_amf -rc cbr -b:v 4M -maxrate 8M": ("cbr", "", "4", {"maxrate": "8000000"}),
    "-c:v h264_amf -rc qvbr -qvbr_quality_level 30": ("qvbr", "", "30", {}),
    "-c:v h264_amf -rc hqvbr -b:v 4M": ("hqvbr", "", "4", {}),
    "-c:v h264_amf -rc hqcbr -b:v 4M": ("hqcbr", "", "4", {}),
    "-c:v h264_amf -b:v 4M": ("cbr", "", "4", {}),
    "-c:v h264_amf -rc 3 -b:v 4M": ("vbr-latency", "", "4", {}),
    "-c:v av1_amf -rc 3 -b:v 4M": ("cbr", "", "4", {}),  # each codec's own numbers
    "-c:v av1_amf -min_qp_i 10": ("cqp", "", "", {"min_qp_i": "10"}),
    "-c:v h264_amf -min_qp_i 10 -b:v 4M": ("cbr", "", "4", {}),
    "-c:v h264_amf -preset balanced -b:v 4M": ("cbr", "balanced", "4", {}),
    # VideoToolbox and ProRes.
    "-c:v h264_videotoolbox -b:v 4M": ("vbr", "", "4", {}),
    "-c:v h264_videotoolbox -b:v 4M -constant_bit_rate 1": ("cbr", "", "4", {}),
    "-c:v h264_videotoolbox -realtime true -q:v 65.0": ("quality", "1", "65", {}),
    "-c:v prores_videotoolbox -profile:v 3": ("profile", "", "3", {}),
    "-c:v prores_videotoolbox -profile:v 4444": ("profile", "", "4", {}),
    "-c:v prores_videotoolbox -profile:v auto": ("profile", "", "", {}),
    # x264 and x265.
    "-c:v libx264 -qp 23": ("cqp", "", "23", {}),
    "-c:v libx264 -qp 0": ("cqp", "", "0", {}),
    "-c:v libx264 -qp -1": ("crf", "", "", {}),
    "-c:v libx264 -crf 0": ("crf", "", "0", {}),
    "-c:v libx264 -crf 23 -qp 20": ("crf", "", "23", {}),
    "-c:v libx264 -b:v 4M": ("vbr", "", "4", {}),
    "-c:v libx264 -b:v 4M -crf 23": ("crf", "", "23", {}),
    "-c:v libx264 -b:v 4M -maxrate 4M": ("vbr", "", "4", {}),  # no buffer, no ceiling
    "-c:v libx264 -b:v 4M -maxrate 4M -bufsize 8M": ("cbr", "", "4", {"bufsize": "8000000"}),
    "-c:v libx264 -b:v 4M -bufsize 8M": ("cbr", "", "4", {"bufsize": "8000000"}),
    "-c:v libx264 -qp 20 -maxrate 4M -bufsize 8M": ("cqp", "", "20", {}),
    "-c:v libx264 -b:v 4M -maxrate 4M -minrate 4M -bufsize 8M": ("cbr", "", "4", {"bufsize": "8000000"}),
    "-c:v libx264 -crf 23 -maxrate 8M": ("crf", "", "23", {}),
    "-c:v libx264": ("crf", "", "", {}),
    "-c:v libx264 -preset 5": ("crf", "medium", "", {}),
    "-c:v libx264 -q:v 3": ("crf", "", "", {}),  # x264 ignores it
    # FFmpeg puts -crf back at the first frame; a few bits are already spent.
    "-c:v libx264 -crf 23 -x264-params crf=20": ("crf", "", "23", {"x264-params-crf": "20"}),
    "-c:v libx264 -x264-params crf=20 -crf 23": ("crf", "", "23", {"x264-params-crf": "20"}),
    "-c:v libx264 -x264-params bitrate=4000": ("vbr", "", "4", {}),
    "-c:v libx264 -crf 23 -x264-params qp=20": ("cqp", "", "20", {}),
    "-c:v libx264 -crf 23 -x264opts qp=20": ("cqp", "", "20", {}),
    "-c:v libx264 -x264-params crf=23 -x264opts qp=20": ("crf", "", "23", {}),
    "-c:v libx264 -x264-params qp=20:crf=23": ("crf", "", "23", {}),
    "-c:v libx264 -x264-params ref=1:crf=30:qp=20:ref=2": ("crf", "", "30", {"refs": "2"}),
    "-c:v libx264 -x264-params bframes=3:ref=4:aq-mode=variance:me=umh": (
        "crf",
        "",
        "",
        {"bf": "3", "refs": "4", "aq-mode": "0", "motion-est": "2"},  # FFmpeg's names mean nothing inside
    ),
    "-c:v libx264 -bf 2 -x264-params bframes=3": ("crf", "", "", {"bf": "3"}),
    "-c:v libx264 -x264-params bframes=3 -bf 2": ("crf", "", "", {"bf": "3"}),
    "-c:v libx264 -x264opts bframes=5 -x264-params bframes=3": ("crf", "", "", {"bf": "3"}),
    "-c:v libx264 -x264-params bframes=3 -x264-params ref=4": ("crf", "", "", {"refs": "4"}),
    "-c:v libx264 -x264opts no-mbtree:weightb=0": ("crf", "", "", {"mbtree": "0", "weightb": "0"}),
    "-c:v libx264 -x264-params no-mbtree=0": ("crf", "", "", {"mbtree": "1"}),
    "-c:v libx264 -x264-params vbv-maxrate=8000:threads=4": ("crf", "", "", {}),
    "-c:v libx264 -x264-params vbv-maxrate=8000:vbv-bufsize=4000": (
        "crf",
        "",
        "",
        {"maxrate": "8000000", "bufsize": "4000000"},
    ),
    r"-c:v libx264 -x264-params deblock=-1\:-1": ("crf", "", "", {"deblock": "-1:-1"}),
    "-c:v libx264 -x264-params psy-rd='1:0'": ("crf", "", "", {"psy-rd": "1:0"}),
    "-c:v libx265 -b:v 4M -qp 20": ("vbr", "", "4", {}),
    "-c:v libx265 -qp 20": ("cqp", "", "20", {}),
    "-c:v libx265 -x265-params lossless=1": ("lossless", "", "", {"lossless": "1"}),
    "-c:v libx265 -crf 28 -x265-params no-sao=1:aq-mode=3:bframes=8:pools=4": (
        "crf",
        "",
        "28",
        {"sao": "0", "aq-mode": "3", "bf": "8"},
    ),
    # SVT-AV1.
    "-c:v libsvtav1 -qp 35": ("cqp", "", "35", {}),
    "-c:v libsvtav1 -crf 35 -qp 20": ("crf", "", "35", {}),
    "-c:v libsvtav1 -b:v 4M": ("vbr", "", "4", {}),
    "-c:v libsvtav1 -b:v 4M -maxrate 4M -minrate 4M": ("cbr", "", "4", {}),
    "-c:v libsvtav1 -b:v 4M -maxrate 4M": ("cbr", "", "4", {}),
    "-c:v libsvtav1 -b:v 4M -maxrate 8M": ("vbr", "", "4", {"maxrate": "8000000"}),
    "-c:v libsvtav1 -crf 35 -svtav1-params rc=1:tbr=4000": ("vbr", "", "4", {}),
    "-c:v libsvtav1 -svtav1-params rc=2:tbr=4000": ("cbr", "", "4", {}),
    "-c:v libsvtav1 -svtav1-params crf=35:preset=6:tune=0": ("crf", "6", "35", {"tune": "0"}),
    "-c:v libsvtav1 -svtav1-params rc=cqp -crf 35": ("cqp", "", "35", {}),
    "-c:v libsvtav1 -svtav1-params rc=crf -crf 35": ("crf", "", "35", {}),
    "-c:v libsvtav1 -svtav1-params rc=0 -b:v 4M": ("crf", "", "", {}),
    "-c:v libsvtav1 -svtav1-params rc=9 -crf 35": ("", "", "", {"rc": "rc 9", "crf": "35"}),
    "-c:v libsvtav1 -svtav1-params qp=35": ("crf", "", "35", {}),
    "-c:v libsvtav1 -svtav1-params crf=23.5": ("crf", "", "23.5", {}),
    "-c:v libsvtav1 -crf 23.5": ("crf", "", "24", {}),
    "-c:v libsvtav1 -svtav1-params cqp=35": ("cqp", "", "35", {}),
    "-c:v libsvtav1": ("crf", "", "", {}),
    # libaom and libvpx.
    "-c:v libaom-av1 -crf 30 -b:v 0": ("crf", "", "30", {}),
    "-c:v libaom-av1 -crf 30 -b:v 2M": ("constrained-quality", "", "30", {"b": "2000000"}),
    "-c:v libaom-av1 -b:v 2M": ("vbr", "", "2", {}),
    "-c:v libaom-av1 -b:v 2M -minrate 2M -maxrate 2M": ("cbr", "", "2", {}),
    "-c:v libaom-av1 -aom-params cq-level=30:cpu-used=4:enable-cdef=0": ("crf", "4", "30", {"enable-cdef": "0"}),
    "-c:v libvpx-vp9 -crf 30": ("crf", "", "30", {}),
    "-c:v libvpx-vp9 -crf 30 -b:v 2M": ("constrained-quality", "", "30", {"b": "2000000"}),
    "-c:v libvpx-vp9 -b:v 2M -speed 4 -quality realtime": ("vbr", "4", "2", {"deadline": "realtime"}),
    "-c:v libvpx-vp9 -lossless 1": ("lossless", "", "", {"lossless": "1"}),
    "-c:v libvpx -crf 10": ("constrained-quality", "", "10", {}),  # VP8 brings a rate of its own
    "-c:v libvpx -crf 10 -b:v 1M": ("constrained-quality", "", "10", {"b": "1000000"}),
    # VVenC.
    "-c:v libvvenc -b:v 4M -qp 32": ("vbr", "", "4", {}),
    "-c:v libvvenc -preset 2 -qp 32 -qpa 0": ("cqp", "medium", "32", {"qpa": "0"}),
    "-c:v libvvenc -vvenc-params qp=30:threads=4": ("cqp", "", "30", {}),
    # An encoder that no table knows: nothing but knobs.
    "-c:v hevc_vaapi -qp 22 -b:v 4M -threads 4": ("", "", "", {"b": "4000000", "qp": "22"}),
}


@pytest.mark.parametrize(("argv", "point"), CASES.items())
def test_points(argv: str, point: tuple[str, str, str, dict[str, str]]) -> None:
    mode, preset, q, knobs = point
    assert short(argv) == (mode, preset or family_of(at(argv).codec).default_preset, q, knobs)


KNOBS = {
    "h264_nvenc": {
        "-spatial-aq 1": {"spatial-aq": "1"},
        "-spatial_aq true": {"spatial-aq": "1"},
        "-spatial-aq 1 -spatial-aq 0": {},
        "-spatial-aq:v 1 -spatial-aq 1 -spatial_aq true": {"spatial-aq": "1"},
        "-spatial-aq:v 1 -spatial-aq:v:1 0": {"spatial-aq": "1", "spatial-aq:v:1": "0"},
        "-spatial-aq:v 1 -spatial-aq:a 0": {"spatial-aq": "1"},
        "-spatial-aq 0 -spatial-aq:v 1 -spatial-aq 1": {"spatial-aq": "1"},  # each spelling's last word
        "-spatial-aq 0 -temporal-aq 0 -rc-lookahead 0 -multipass disabled -aq-strength 8 -b_adapt 1": {},
        "-multipass fullres": {"multipass": "2"},
        "-multipass qres": {"multipass": "1"},
        "-bf 3.0": {"bf": "3"},
        "-bf 2.6": {"bf": "3"},
        "-bf 0x3": {"bf": "3"},
        "-vbf 3": {"bf": "3"},
        "-bf 0": {"bf": "0"},  # the default was 0 once and isn't now
        "-tune hq": {},
        "-tune ull": {"tune": "ull"},
        "-b_ref_mode middle": {"b_ref_mode": "2"},
        "-coder ac": {"coder": "cabac"},
        "-profile:v high -pix_fmt yuv420p": {},
        "-level 4.0": {},
        "-init_qpP 20": {"init_qpP": "20"},
        "-nonesuch_knob 4M": {"nonesuch_knob": "4000000"},
        "-maxrate 0 -bufsize 0": {},
        "-flags +a -flags +b": {"flags": "+a+b"},
        "-flags +a -flags b": {"flags": "+b"},
        "-flags a -flags +b": {"flags": "+a+b"},
        "-flags +a -flags:v +a": {"flags": "+a"},
    },
    "h264_qsv": {
        "-extbrc 1 -adaptive_i 1": {"extbrc": "1", "adaptive_i": "1"},
        "-scenario archive": {"scenario": "3"},
        "-dblk_idc 0 -rdo -1": {},
        "-look_ahead_downsampling auto": {},
    },
    "libx264": {
        "-x264-params ref=3:bframes=2:ref=4": {"refs": "4", "bf": "2"},
        "-x264-params ref=4:frameref=4": {"refs": "4"},
        "-x264-params:v ref=4 -x264-params ref=4": {"refs": "4"},
    },
    "libx265": {"-refs 3 -x265-params ref=4": {"refs": "4"}, "-x265-params psy-rd=2.0": {"psy-rd": "2"}},
    "libvpx-vp9": {"-deadline good": {}, "-deadline 1000000": {}, "-quality best": {"deadline": "best"}},
}


@pytest.mark.parametrize(
    ("encoder", "argv", "knobs"),
    [(encoder, argv, knobs) for encoder, cases in KNOBS.items() for argv, knobs in cases.items()],
)
def test_knobs(encoder: str, argv: str, knobs: dict[str, str]) -> None:
    assert dict(at(argv, encoder).knobs) == knobs


SPELLINGS = {
    # FFmpeg's dictionaries: by spelling, then by name; a key set again moves to the end, and the last takes its place.
    "-spatial-aq:v 1 -spatial-aq 0 -preset p1": {},
    "-spatial-aq 1 -spatial_aq 0": {},
    "-spatial-aq 1 -spatial_aq 0 -spatial-aq 1": {"spatial-aq": "1"},
    "-bf 3 -vbf 0": {"bf": "0"},
    "-flags +a -flags:v +b": {"flags": "+b"},
    "-c:v libx264 -me_method hex -motion-est umh": {"motion-est": "2"},
    "-c:v libx264 -x264-params:v ref=3 -x264-params ref=4": {"refs": "4"},
    "-c:v libx264 -x264-params ref=3:bframes=2:frameref=4": {"refs": "4", "bf": "2"},
    "-c:v libx264 -x264-params no-mbtree=1:mbtree=1": {"mbtree": "1"},
}


@pytest.mark.parametrize(("argv", "knobs"), SPELLINGS.items())
def test_one_option_in_two_spellings(argv: str, knobs: dict[str, str]) -> None:
    assert dict(at(argv).knobs) == knobs


NOTICED = {
    # (knobs, what is said of it)
    "-bf 1+2": ({"bf": "1+2"}, "-bf 1+2 can't be told: its form isn't known here, so nothing measured says what it does"),
    "-spatial-aq maybe -bf 3": ({"spatial-aq": "maybe", "bf": "3"}, "-spatial-aq maybe can't be told: its form isn't known here, so nothing measured says what it does"),
    "-preset 15": ({}, "-preset 15 can't be told: FFmpeg's versions number this option's values differently, so nothing measured says what it does"),
    "-crf 23": ({}, "h264_nvenc has no option crf: FFmpeg warns and ignores it"),
    "-rc_lookahead 8": ({}, "h264_nvenc has no option rc_lookahead: FFmpeg warns and ignores it; -rc-lookahead 8 would set it"),
    "-nonesuch 8": ({"nonesuch": "8"}, "FFmpeg knows no option nonesuch, and refuses the command"),
    "-vf scale=640:-2": ({}, "-vf changes which pictures are encoded, and so what is compared: no sweep of this encoder says anything of it"),
    "-c:v libx265 -aq-mode 4": ({}, "libx265 has no option aq-mode: FFmpeg warns and ignores it; -x265-params aq-mode=4 would set it"),
    "-c:v libx264 -aq_mode 3": ({}, "libx264 has no option aq_mode: FFmpeg warns and ignores it; a build without av1_amf refuses it; -aq-mode 3 would set it"),
    "-c:v libx265 -me_range 20": ({}, "libx265 doesn't look at -me_range: it has no effect"),
    "-c:v libx264 -q:v 20": ({}, "libx264 takes no quantiser scale: -q:v has no effect"),
    "-c:v libx265 -x265-params preset=fast": ({}, "x265 has no key preset: it warns and passes over it"),
    "-c:v libx264 -x264-params direct=2": ({}, "x264 takes no direct=2: it warns and passes over it"),
    "-c:v libx264 -x264-params bframes=many": ({"bf": "0"}, "x264 complains of bframes=many, and reads it as far as it goes"),
    "-c:v libx264 -x264-params bframes=3::ref=4": ({"bf": "3"}, "x264 has no key :ref: it warns and passes over it"),
    "-c:v libx264 -x264-params no-mbtree": ({"x264-params-no-mbtree": ""}, "x264 knows no no-mbtree in -x264-params, as far as is known here"),
    "-c:v libaom-av1 -aom-params crf=30": ({"aom-params-crf": "30"}, "libaom refuses crf=30 in -aom-params, as far as is known here"),
    "-c:v libvvenc -vvenc-params preset=fast": ({}, "preset=fast in -vvenc-params has no effect"),
    "-c:v h264 -crf 23": ({}, "for h264, FFmpeg picks the first encoder that its build has: libx264 here, elsewhere another"),
}  # fmt: skip


@pytest.mark.parametrize(("argv", "expected"), NOTICED.items())
def test_what_is_passed_over_is_said(argv: str, expected: tuple[dict[str, str], str]) -> None:
    point = read(argv)
    assert isinstance(point, Point)
    assert (dict(point.at.knobs), [notice.text for notice in point.notices]) == (expected[0], [expected[1]])
    assert point.notices[0].origins


CONTEXT = {
    "-c:v libx264 -preset fast -tune grain -g 50 -pix_fmt yuv420p": ({"tune": "grain"}, {"g": "50", "pix_fmt": "yuv420p"}),
    "-c:v libx264 -x264-params keyint=50:bframes=2": ({"bf": "2"}, {"g": "50"}),
    "-c:v libx264 -profile:v baseline": (
        {"8x8dct": "0", "bf": "0", "coder": "0", "weightp": "0"}, {"profile": "baseline"}
    ),
    "-c:v libx264 -profile:v main -x264-params 8x8dct=1": ({"8x8dct": "1"}, {"profile": "main"}),
    "-c:v libvpx-vp9 -row-mt 1 -tile-columns 2": ({}, {"row-mt": "1", "tile-columns": "2"}),
    "-c:v libsvtav1 -svtav1-params tune=0:keyint=5s": ({"tune": "0"}, {"keyint": "5s"}),
    "-c:v libx264 -vf scale=640:-2 -r 25": ({}, {"filter": "scale=640:-2", "r": "25"}),
}  # fmt: skip


@pytest.mark.parametrize(("argv", "parts"), CONTEXT.items())
def test_context_stands_beside_knobs(argv: str, parts: tuple[dict[str, str], dict[str, str]]) -> None:
    assert (dict(at(argv).knobs), dict(at(argv).context)) == parts


UNREADABLE = {
    "-cq 23 -bf": ("option '-bf' has no value", 3),
    "-spatial-aq 1 -spatial-aq:g:0 0": (
        "the stream specifier of option '-spatial-aq:g:0' may match another stream than the first video stream, or "
        "none: 'g:0'",
        3,
    ),
}


@pytest.mark.parametrize(("argv", "reason"), UNREADABLE.items())
def test_what_cannot_be_read_is_unresolved_at_its_line(argv: str, reason: tuple[str, int]) -> None:
    found = read(argv)
    assert isinstance(found, Unresolved)
    assert (found.reason, found.where.line) == reason
    assert (found.adapter, found.preset, found.where.path) == ("key", "medium", "argv.py")


def test_without_a_line_of_its_own_the_adapters_line_stands_in() -> None:
    emission = Emission(preset="p", argv=(Token(text="out.mp4", origins=()),), extra=())
    found = read_point(emission, encoder="libx264", where=ADAPTER)
    assert isinstance(found, Unresolved)
    assert found.where == ADAPTER


def test_the_adapters_encoder_stands_in_for_a_missing_codec() -> None:
    assert at("-preset p4 -cq 23", "av1_nvenc").codec == "av1_nvenc"
    assert at("-c:v libx264 -crf 23", "av1_nvenc").codec == "libx264"
    assert at("-c:v libx264 -vcodec libx265").codec == "libx265"
    assert at("-c copy -c:v libx265").codec == "libx265"


@pytest.mark.parametrize(
    ("argv", "limits"),
    [
        ("-c:v libx264 -b:v 2M -maxrate 2M -minrate 2000k -bufsize 2M", {"maxrate": "2000000", "minrate": "2000000"}),
        ("-c:v libx264 -b:v 2M -maxrate 2M", {"maxrate": "2000000"}),  # no buffer, no ceiling
        ("-c:v libsvtav1 -b:v 2M -maxrate 2M", {"maxrate": "2000000"}),
        ("-c:v h264_qsv -b:v 2M -maxrate 2M", {"maxrate": "2000000"}),
        ("-c:v h264_nvenc -rc cbr -b:v 2M -maxrate 2M", {"maxrate": "2000000"}),
        ("-c:v h264_nvenc -rc cbr -b:v 2M", {}),
    ],
)
def test_limits_that_make_it_cbr_are_no_knobs_but_are_kept(argv: str, limits: dict[str, str]) -> None:
    found = at(argv)
    assert dict(found.limits) == limits
    assert not set(found.knobs) & set(found.limits)


def test_extra_parameters_come_after_the_argv() -> None:
    point = read("-c:v h264_nvenc -cq 23 -bf 2", extra="-bf 3 -cq 25")
    assert isinstance(point, Point)
    assert (point.at.q, point.at.knobs) == ("25", (("bf", "3"),))
    assert [str(line) for line in point.origins["bf"]] == ["extra.py:2", "extra.py:1"]


def test_each_part_has_its_lines() -> None:
    point = read("-c:v h264_nvenc -preset p4 -rc vbr -cq 23 -bf 3 -spatial_aq 1")
    assert isinstance(point, Point)
    lines = {part: [line.line for line in origins] for part, origins in point.origins.items()}
    assert lines["codec"] == [2, 1]
    assert lines["preset"] == [4, 3]
    assert lines["rc_mode"] == [6, 5, 8, 7]
    assert lines["q"] == [8, 7]
    assert lines["bf"] == [10, 9]
    assert lines["spatial-aq"] == [12, 11]


def test_a_knob_in_a_string_has_the_strings_lines() -> None:
    point = read("-c:v libx264 -x264-params bframes=3")
    assert isinstance(point, Point)
    assert [line.line for line in point.origins["bf"]] == [4, 3]


def test_the_preset_and_condition_of_the_emission_are_kept() -> None:
    emission = Emission(preset="slow", argv=_tokens("-cq 23", "a.py"), extra=(), condition="where ffmpeg is found")
    point = read_point(emission, encoder="h264_nvenc", where=ADAPTER)
    assert isinstance(point, Point)
    assert (point.adapter_preset, point.condition) == ("slow", "where ffmpeg is found")


OPTIONS = ("-bf 3", "-cq 23", "-preset p5", "-spatial-aq 1", "-rc vbr", "-b:v 0", "-multipass 2", "-g 250", "-tune hq")


@given(st.permutations(OPTIONS))
def test_the_order_of_options_does_not_matter(order: list[str]) -> None:
    assert at(" ".join(order)) == at(" ".join(OPTIONS))


@given(
    st.lists(
        st.sampled_from(["-bf", "-g", "-cq", "-b_adapt", "-refs"]).flatmap(
            lambda name: st.tuples(st.just(name), st.integers(1, 50))
        ),
        max_size=12,
    )
)
def test_the_last_repeat_wins(pairs: list[tuple[str, int]]) -> None:
    last = dict(pairs)
    repeated = " ".join(f"{name} {value}" for name, value in pairs)
    assert at(repeated) == at(" ".join(f"{name} {value}" for name, value in last.items()))


@given(st.lists(st.tuples(st.sampled_from(["-bf", "-vbf", "-bf:v", "-bf:v:0"]), st.integers(0, 2)), max_size=6))
def test_spellings_of_one_option_are_read_as_ffmpegs_dictionary_orders_them(pairs: list[tuple[str, int]]) -> None:
    held: list[tuple[str, int]] = []
    for name, value in pairs:
        if name in dict(held):
            place, last = [other for other, _ in held].index(name), held.pop()
            if place < len(held):
                held[place] = last
        held.append((name, value))
    found = at(" ".join(f"{name} {value}" for name, value in pairs))
    assert found.knobs == ((("bf", str(held[-1][1])),) if held else ())


PIECES = (
    *(
        [
            "-bf",
            "-cq",
            "-x264-params",
            "-x264opts",
            "-svtav1-params",
            "-vvenc-params",
            "-flags",
            "+x",
            "-c:v",
            "libx264",
            "-b:v",
            "4M",
            "a=b:c",
            "no-x=1",
            "'",
            "\\",
            "=",
            ":",
        ]
    ),
    *(
        [
            "no=1",
            "a='b:c",
            "-an",
            "--",
            "-:",
            "-:v",
            "-v:v",
            "-b:1",
            "x=:",
            "crf=20:bframes=3",
            "0x",
            "1e99",
            "-preset",
            "-1",
        ]
    ),
)


@given(
    st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=8)), max_size=10),
    st.sampled_from(["h264_nvenc", "libx264", "libsvtav1", "libvvenc", "x"]),
)
def test_no_argv_crashes_the_reader(words: list[str], encoder: str) -> None:
    tokens = tuple(Token(text=word, origins=()) for word in words)
    found = read_point(Emission(preset="p", argv=tokens, extra=()), encoder=encoder, where=ADAPTER)
    assert isinstance(found, Point | Unresolved)
