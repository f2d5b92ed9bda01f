"""SVT-AV1: `libsvtav1`, with -svtav1-params. Read from FFmpeg 7.0.2 (libavcodec/libsvtav1.c)."""

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

# `qp` in the string is not -qp: it sets the quantiser and leaves adaptive quantisation on. It is a knob of its own.
_KEYS = {"tbr": ("b", 1000), "mbr": ("maxrate", 1000), "rc": ("rc", 1), "qp": ("svtav1-qp", 1)}
_MODES = {"1": Mode.VBR, "2": Mode.CBR}
_OPTIONS = table(
    COMMON,
    options(Kind.INTEGER, "preset", "keyint", "lookahead", "film-grain", "film-grain-denoise", "tune", "scd", "scm"),
    options(Kind.INTEGER, "aq-mode", "enable-overlays", "enable-tf", "enable-qm", "qm-min", "qm-max", "fast-decode"),
    options(
        Kind.INTEGER, "tile-rows", "tile-columns", "hierarchical-levels", "irefresh-type", "pred-struct", "svtav1-qp"
    ),
    options(Kind.INTEGER, "la_depth", "sc_detection", "tier"),
    options(Kind.INTEGER, "qp", default="0"),
    options(Kind.DECIMAL, "crf", default="0"),
    options(Kind.TEXT, "svtav1-params"),
    # Until FFmpeg 5.0 a plain option; in the string since.
    (Option(name="rc", kind=Kind.TEXT, values={"crf": "0", "vbr": "1", "cvbr": "2", "cbr": "2"}),),
)


def _rate_control(settings: Settings) -> RateControl:
    """CRF beats QP beats a rate, and an explicit `rc` beats them all. CRF where there is none of them."""
    if mode := _MODES.get(settings.text("rc")):
        return by_rate(settings, mode, "rc", *_same_maxrate(settings))
    if settings.text("rc") == "cqp":
        return by_quality(settings, Mode.CQP, "crf" if settings.positive("crf") else "qp", "rc")
    uses = ("rc",) if settings.text("rc") == "0" else ()
    if settings.positive("crf"):
        return by_quality(settings, Mode.CRF, "crf", *uses)
    if settings.positive("qp"):
        return by_quality(settings, Mode.CQP, "qp", *uses)
    if uses or not settings.positive("b"):
        return RateControl(mode=Mode.CRF, uses=uses)
    same = _same_maxrate(settings)
    return by_rate(settings, Mode.CBR if same else Mode.VBR, *same)


def _same_maxrate(settings: Settings) -> tuple[str, ...]:
    """FFmpeg asks SVT-AV1 for CBR where maxrate is the rate, whatever minrate is; an equal minrate adds nothing."""
    rate = settings.number("b")
    if not rate or settings.number("maxrate") != rate:
        return ()
    return ("maxrate", "minrate") if settings.number("minrate") == rate else ("maxrate",)


SVT_AV1 = Family(
    name="SVT-AV1",
    encoders=frozenset({"libsvtav1"}),
    options=_OPTIONS,
    preset="preset",
    presets={str(n): n for n in range(-1, 14)},
    rate_control=_rate_control,
    opened=(Opened(option="svtav1-params", keys=_KEYS),),
    neutral=frozenset({"lp", "pin", "ss", "progress"}),
)
