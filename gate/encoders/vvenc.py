"""VVenC: `libvvenc`, with -vvenc-params. Read from FFmpeg 7.1 (libavcodec/libvvenc.c)."""

from __future__ import annotations

from gate.encoders.modes import RateControlMode as Mode
from gate.encoders.option import (
    COMMON,
    Family,
    Kind,
    Opened,
    Option,
    RateControl,
    Settings,
    by_quality,
    by_rate,
    options,
    table,
)

READ_FROM = "FFmpeg 7.1"
_PRESETS = ("faster", "fast", "medium", "slow", "slower")
_KEYS = {
    "bitrate": ("b", 1), "targetbitrate": ("b", 1), "maxbitrate": ("maxrate", 1), "perceptqpa": ("qpa", 1),
    "usepercptqpa": ("qpa", 1), "refreshsec": ("period", 1), "intraperiod": ("g", 1),
}  # fmt: skip
_OPTIONS = table(
    COMMON,
    options(Kind.INTEGER, "qp"),
    options(Kind.TEXT, "vvenc-params"),
    (
        Option(name="preset", kind=Kind.TEXT, values={str(i): name for i, name in enumerate(_PRESETS)}),
        Option(name="qpa", kind=Kind.BOOLEAN, default="1", read_from=READ_FROM),
        Option(name="period", kind=Kind.INTEGER, default="1", read_from=READ_FROM),
        Option(name="tier", kind=Kind.INTEGER, values={"main": "0", "high": "1"}, default="0", read_from=READ_FROM),
    ),
)


def _rate_control(settings: Settings) -> RateControl:
    """A rate beats a QP; without either, the encoder's own QP."""
    if settings.positive("b"):
        return by_rate(settings, Mode.VBR)
    return by_quality(settings, Mode.CQP, "qp")


VVENC = Family(
    name="VVenC",
    encoders=frozenset({"libvvenc"}),
    options=_OPTIONS,
    preset="preset",
    presets={name: i for i, name in enumerate(_PRESETS)},
    rate_control=_rate_control,
    opened=(Opened(option="vvenc-params", keys=_KEYS),),
    neutral=frozenset({"passlogfile", "stats", "verbosity"}),
    default_preset="medium",
)
