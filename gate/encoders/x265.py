"""x265: `libx265`, with -x265-params. Read from FFmpeg 7.0.2 (libavcodec/libx265.c) and x265's parameter names."""

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
    by_equal_rates,
    by_quality,
    by_rate,
    numbered,
    options,
    table,
)
from gate.encoders.x264 import PRESETS

_MODES = {"crf": Mode.CRF, "qp": Mode.CQP}
_KEYS = {
    "bitrate": ("b", 1000), "vbv_maxrate": ("maxrate", 1000), "vbv_bufsize": ("bufsize", 1000), "bframes": ("bf", 1),
    "ref": ("refs", 1), "keyint": ("g", 1), "min_keyint": ("keyint_min", 1), "qpmin": ("qmin", 1), "qpmax": ("qmax", 1),
    "qpstep": ("qdiff", 1), "ipratio": ("i_qfactor", 1), "pbratio": ("b_qfactor", 1), "subme": ("subme", 1),
}  # fmt: skip

_OPTIONS = table(
    COMMON,
    # -1 leaves each of these to the preset, so it equals not giving it.
    options(Kind.INTEGER, "qp", "bf", "g", "refs", "keyint_min", "qmin", "qmax", "qdiff", default="-1"),
    options(Kind.DECIMAL, "crf", "qblur", "qcomp", "i_qfactor", "b_qfactor", default="-1"),
    options(Kind.BOOLEAN, "forced-idr", default="0"),
    # Only -x265-params sets these. Their defaults are the preset's.
    options(Kind.BOOLEAN, "lossless", "sao", "amp", "rect", "cutree", "weightb", "weightp", "b-pyramid", "open-gop"),
    options(Kind.BOOLEAN, "strong-intra-smoothing", "early-skip", "b-intra", "tskip", "signhide", "strict-cbr"),
    options(Kind.BOOLEAN, "wpp", "pmode", "pme", "aq-motion", "hevc-aq", "limit-modes", "rd-refine"),
    options(
        Kind.INTEGER, "aq-mode", "b-adapt", "rc-lookahead", "rd", "subme", "merange", "scenecut", "ctu", "rdoq-level"
    ),
    options(
        Kind.INTEGER, "max-merge", "tu-intra-depth", "tu-inter-depth", "limit-refs", "limit-tu", "lookahead-slices"
    ),
    options(Kind.INTEGER, "frame-threads", "bframe-bias", "qg-size"),
    options(Kind.DECIMAL, "aq-strength", "psy-rd", "psy-rdoq", "crf-max", "crf-min", "cu-lossless"),
    options(Kind.TEXT, "tune", "x265-params", "deblock"),
    (
        Option(name="preset", kind=Kind.TEXT, values={str(i): name for i, name in enumerate(PRESETS)}),
        Option(name="me", kind=Kind.INTEGER, values=numbered("dia", "hex", "umh", "star", "sea", "full")),
    ),
)


def _rate_control(settings: Settings) -> RateControl:
    """A parameter string's last word, else CRF, else a rate, else QP; CRF where there is none."""
    if settings.text("lossless") == "1":
        return RateControl(mode=Mode.LOSSLESS)
    chosen = settings.latest("crf", "qp", "b") or _plain_choice(settings)
    if chosen in _MODES:
        return by_quality(settings, _MODES[chosen], chosen)
    if not settings.positive("b"):
        return RateControl(mode=Mode.CRF)
    return by_equal_rates(settings) or by_rate(settings, Mode.VBR)


def _plain_choice(settings: Settings) -> str:
    if settings.at_least_zero("crf"):
        return "crf"
    return "qp" if settings.at_least_zero("qp") and not settings.positive("b") else "b"


X265 = Family(
    name="x265",
    encoders=frozenset({"libx265"}),
    options=_OPTIONS,
    preset="preset",
    presets={name: i for i, name in enumerate(PRESETS)},
    rate_control=_rate_control,
    opened=(Opened(option="x265-params", keys=_KEYS, negations=True),),
    neutral=frozenset({"a53cc", "udu_sei", "pools", "numa_pools", "log_level", "asm", "csv", "csv_log_level", "stats"}),
    default_preset="medium",
)
