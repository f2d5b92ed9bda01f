"""VideoToolbox: H.264, HEVC and AV1, and ProRes, whose profile is its quality. Read from FFmpeg 7.0.2."""

from __future__ import annotations

from gate.encoders.modes import RateControlMode as Mode
from gate.encoders.option import (
    COMMON,
    Family,
    Kind,
    Option,
    RateControl,
    Settings,
    by_quality,
    by_rate,
    numbered,
    options,
    table,
)

_PROFILES = {**numbered("proxy", "lt", "standard", "hq", "4444", "xq"), "auto": "-99"}
_SHARED = (
    options(Kind.BOOLEAN, "realtime", "frames_before", "frames_after", "allow_sw", "require_sw", "prio_speed"),
    options(Kind.BOOLEAN, "constant_bit_rate", default="0"),
    options(Kind.INTEGER, "power_efficient", "max_ref_frames", "max_slice_bytes"),
    options(Kind.DECIMAL, "alpha_quality"),
    (Option(name="coder", kind=Kind.TEXT, values={"ac": "cabac", "vlc": "cavlc"}),),
)
_NEUTRAL = frozenset({"a53cc"})


def _rate_control(settings: Settings) -> RateControl:
    if settings.at_least_zero("qscale"):
        return by_quality(settings, Mode.QUALITY, "qscale")
    if settings.text("constant_bit_rate") == "1":
        return by_rate(settings, Mode.CBR, "constant_bit_rate")
    return by_rate(settings, Mode.VBR)


def _by_profile(settings: Settings) -> RateControl:
    return by_quality(settings, Mode.PROFILE, "profile")


VIDEOTOOLBOX = Family(
    name="VideoToolbox",
    encoders=frozenset({"h264_videotoolbox", "hevc_videotoolbox", "av1_videotoolbox"}),
    options=table(COMMON, *_SHARED),
    preset="realtime",
    presets={"1": 0, "0": 1},
    rate_control=_rate_control,
    neutral=_NEUTRAL,
)

PRORES = Family(
    name="ProRes",
    encoders=frozenset({"prores_videotoolbox"}),
    options=table(COMMON, *_SHARED, (Option(name="profile", kind=Kind.INTEGER, values=_PROFILES, default="-99"),)),
    preset="realtime",
    presets={"1": 0, "0": 1},
    rate_control=_by_profile,
    neutral=_NEUTRAL,
)
