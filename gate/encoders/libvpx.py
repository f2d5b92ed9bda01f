"""libvpx: `libvpx` (VP8) and `libvpx-vp9`. Read from FFmpeg 7.0.2 (libavcodec/libvpxenc.c)."""

from __future__ import annotations

from gate.encoders import libaom
from gate.encoders.modes import RateControlMode as Mode
from gate.encoders.option import (
    COMMON,
    Family,
    Kind,
    Option,
    RateControl,
    Settings,
    by_quality,
    numbered,
    options,
    table,
)

_DEADLINES = {"0": "best", "1": "realtime", "1000000": "good"}  # in µs, as the library takes them
_OPTIONS = table(
    COMMON,
    # -1 leaves each of these to the library, so it equals not giving it.
    options(Kind.INTEGER, "crf", "auto-alt-ref", "sharpness", "undershoot-pct", default="-1"),
    options(Kind.INTEGER, "overshoot-pct", "tile-columns", "tile-rows", "max-intra-rate", default="-1"),
    options(Kind.INTEGER, "screen-content-mode", "corpus-complexity", "min-gf-interval", "lossless", default="-1"),
    options(Kind.INTEGER, "g", "keyint_min", "qmin", "qmax", default="-1"),
    options(Kind.BOOLEAN, "row-mt", "frame-parallel", "enable-tpl", default="-1"),
    options(Kind.INTEGER, "static-thresh", "drop-threshold", "noise-sensitivity", default="0"),
    options(Kind.INTEGER, "arnr-strength"),
    options(Kind.FLAGS, "error-resilient", "vp8flags"),
    options(Kind.TEXT, "ts-parameters"),
    (
        Option(name="cpu-used", kind=Kind.INTEGER, aliases=("speed",)),
        Option(name="lag-in-frames", kind=Kind.INTEGER, aliases=("rc_lookahead",)),
        Option(name="arnr-maxframes", kind=Kind.INTEGER, aliases=("arnr_max_frames",)),
        Option(name="arnr-type", kind=Kind.INTEGER, values={"backward": "1", "forward": "2", "centered": "3"}),
        Option(name="deadline", kind=Kind.TEXT, aliases=("quality",), values=_DEADLINES, default="good"),
        Option(name="tune", kind=Kind.INTEGER, values=numbered("psnr", "ssim"), default="-1"),
        Option(name="tune-content", kind=Kind.INTEGER, values=numbered("default", "screen", "film"), default="-1"),
        Option(
            name="aq-mode",
            kind=Kind.INTEGER,
            values=numbered("none", "variance", "complexity", "cyclic", "equator360"),
            default="-1",
        ),
    ),
)


def _rate_control(settings: Settings) -> RateControl:
    """libaom's choice, and lossless VP9. VP8 has no CRF without a rate: it brings one of its own."""
    if settings.encoder == "libvpx-vp9" and settings.text("lossless") == "1":
        return RateControl(mode=Mode.LOSSLESS)
    chosen = libaom.rate_control(settings)
    if settings.encoder == "libvpx" and chosen.mode is Mode.CRF:
        return by_quality(settings, Mode.CONSTRAINED_QUALITY, "crf")
    return chosen


LIBVPX = Family(
    name="libvpx",
    encoders=frozenset({"libvpx", "libvpx-vp9"}),
    options=_OPTIONS,
    preset="cpu-used",
    presets={str(n): n for n in range(-16, 17)},
    rate_control=_rate_control,
    default_preset="1",
)
