"""libvpx: `libvpx` (VP8) and `libvpx-vp9`."""

from __future__ import annotations

from gate.encoders import libaom, modes
from gate.encoders.modes import RateControlMode as Mode
from gate.encoders.option import Family, RateControl, Settings, by_quality
from gate.encoders.values import names
from gate.values import replace

_DEADLINES = {"0": "best", "1": "realtime", "1000000": "good"}  # in µs, as the library takes them


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
    encoders=("libvpx", "libvpx-vp9"),
    preset="cpu-used",
    presets={str(n): n for n in range(-16, 17)},
    rate_control=_rate_control,
    default_preset="1",
    aliases={
        "speed": "cpu-used", "rc_lookahead": "lag-in-frames", "quality": "deadline",
        "arnr_max_frames": "arnr-maxframes", "arnr_strength": "arnr-strength", "arnr_type": "arnr-type",
    },
    readers={"deadline": lambda text: _DEADLINES.get(text, text)},
    named=frozenset({"deadline"}),
    reads=libaom.CODEC_READS,
    defaults=names("static-thresh=0 drop-threshold=0 lossless=0"),
    context=names("row-mt tile-columns tile-rows frame-parallel"),
    writing=modes.Writing(
        encoders=("libvpx-vp9",),
        presets=tuple(str(number) for number in range(-8, 9)),
        modes=libaom.RATES,
        threads=modes.plain_threads,
    ),
)  # fmt: skip
