"""VideoToolbox: H.264, HEVC and AV1, and ProRes, whose profile is its quality."""

from __future__ import annotations

from gate.encoders.modes import WRITTEN_VBR, Writing, Written
from gate.encoders.modes import RateControlMode as Mode
from gate.encoders.option import Family, RateControl, Settings, by_quality, by_rate
from gate.encoders.values import names
from gate.values import replace


def _rate_control(settings: Settings) -> RateControl:
    if settings.at_least_zero("qscale"):
        return by_quality(settings, Mode.QUALITY, "qscale")
    if settings.text("constant_bit_rate") == "1":
        return by_rate(settings, Mode.CBR, "constant_bit_rate")
    return by_rate(settings, Mode.VBR)


VIDEOTOOLBOX = Family(
    name="VideoToolbox",
    encoders=("h264_videotoolbox", "hevc_videotoolbox", "av1_videotoolbox"),
    preset="realtime",
    presets={"1": 0, "0": 1},
    rate_control=_rate_control,
    named=names("coder profile level"),
    undefaulted=names("allow_sw require_sw prio_speed power_efficient max_ref_frames"),
    neutral=names("a53cc frames_before frames_after"),
    context=names("max_slice_bytes"),
    writing=Writing(
        encoders=("h264_videotoolbox", "hevc_videotoolbox"),
        presets=("0", "1"),
        modes={
            "quality": Written(means=("quality",), options=(("q:v", "{q}"),)),
            "vbr": WRITTEN_VBR,
            "cbr": Written(means=("cbr",), options=(("constant_bit_rate", "1"), ("b:v", "{rate}"))),
        },
    ),
)

PRORES = replace(
    VIDEOTOOLBOX,
    name="ProRes",
    encoders=("prores_videotoolbox",),
    rate_control=lambda settings: by_quality(settings, Mode.PROFILE, "profile"),
    named=frozenset(),
    writing=None,
)
