"""libvpx: `libvpx` (VP8) and `libvpx-vp9`."""

from __future__ import annotations

from dataclasses import replace

from gate.encoders import libaom
from gate.encoders.modes import (
    WRITTEN_CBR,
    WRITTEN_CRF_ALONE,
    WRITTEN_VBR,
    WRITTEN_VBR2,
    Writing,
    plain_threads,
)
from gate.encoders.modes import RateControlMode as Mode
from gate.encoders.option import Family, RateControl, Settings, by_quality
from gate.encoders.values import words

_DEADLINES = {"0": "best", "1": "realtime", "1000000": "good"}  # in µs, as the library takes them


def _deadline(text: str) -> str:
    return _DEADLINES.get(text, text)


def _rate_control(settings: Settings) -> RateControl:
    """libaom's choice, and lossless VP9. VP8 has no CRF without a rate: it brings one of its own."""
    if settings.encoder == "libvpx-vp9" and settings.text("lossless") == "1":
        return RateControl(mode=Mode.LOSSLESS)
    chosen = libaom.rate_control(settings)
    if chosen.mode is Mode.CBR:
        return replace(chosen, idle=("crf",))
    if settings.encoder == "libvpx" and chosen.mode is Mode.CRF:
        return by_quality(settings, Mode.CONSTRAINED_QUALITY, "crf")
    return chosen


LIBVPX = Family(
    name="libvpx",
    encoders=frozenset({"libvpx", "libvpx-vp9"}),
    preset="cpu-used",
    presets={str(n): n for n in range(-16, 17)},
    rate_control=_rate_control,
    default_preset="1",
    aliases={
        "speed": "cpu-used", "rc_lookahead": "lag-in-frames", "quality": "deadline",
        "arnr_max_frames": "arnr-maxframes", "arnr_strength": "arnr-strength", "arnr_type": "arnr-type",
    },
    readers={"deadline": _deadline},
    named=frozenset({"deadline"}),
    reads=libaom.CODEC_READS,
    defaults={"static-thresh": frozenset({"0"}), "drop-threshold": frozenset({"0"}), "lossless": frozenset({"0"})},
    context=frozenset(words("row-mt tile-columns tile-rows frame-parallel")),
    writing=Writing(
        encoders=("libvpx-vp9",),
        presets=tuple(str(number) for number in range(-8, 9)),
        modes={"crf": WRITTEN_CRF_ALONE, "vbr": WRITTEN_VBR, "vbr2": WRITTEN_VBR2, "cbr": WRITTEN_CBR},
        threads=plain_threads,
    ),
)  # fmt: skip
