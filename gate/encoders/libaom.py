"""libaom: `libaom-av1`, with -aom-params. Read from FFmpeg 7.0.2 (libavcodec/libaomenc.c)."""

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
    words,
)

_KEYS = {"cq_level": ("crf", 1), "min_q": ("qmin", 1), "max_q": ("qmax", 1)}
_SWITCHES = words(
    "frame-parallel row-mt enable-cdef enable-global-motion enable-intrabc enable-restoration "
    "enable-rect-partitions enable-1to4-partitions enable-ab-partitions enable-angle-delta "
    "enable-cfl-intra enable-filter-intra enable-intra-edge-filter enable-smooth-intra enable-paeth-intra "
    "enable-palette enable-flip-idtx enable-tx64 reduced-tx-type-set use-intra-dct-only "
    "use-inter-dct-only use-intra-default-tx-only enable-ref-frame-mvs enable-reduced-reference-set "
    "enable-obmc enable-dual-filter enable-diff-wtd-comp enable-dist-wtd-comp enable-onesided-comp "
    "enable-interinter-wedge enable-interintra-wedge enable-masked-comp enable-interintra-comp "
    "enable-smooth-interintra"
)
_OPTIONS = table(
    COMMON,
    # -1 leaves each of these to the library, so it equals not giving it.
    options(Kind.BOOLEAN, *_SWITCHES, default="-1"),
    options(Kind.INTEGER, "crf", "auto-alt-ref", "lag-in-frames", "arnr-max-frames", "arnr-strength", default="-1"),
    options(Kind.INTEGER, "undershoot-pct", "overshoot-pct", "minsection-pct", "maxsection-pct", default="-1"),
    options(Kind.INTEGER, "tile-columns", "tile-rows", "denoise-noise-level", "denoise-block-size", default="-1"),
    options(Kind.INTEGER, "g", "keyint_min", "qmin", "qmax", default="-1"),
    options(Kind.INTEGER, "static-thresh", "drop-threshold", default="0"),
    options(Kind.BOOLEAN, "still-picture", default="0"),
    options(Kind.INTEGER, "cpu-used"),
    options(Kind.TEXT, "tiles", "aom-params"),
    options(Kind.FLAGS, "error-resilience"),
    (
        Option(
            name="aq-mode",
            kind=Kind.INTEGER,
            values=numbered("none", "variance", "complexity", "cyclic"),
            default="-1",
        ),
        Option(name="usage", kind=Kind.INTEGER, values=numbered("good", "realtime", "allintra"), default="0"),
        Option(name="tune", kind=Kind.INTEGER, values=numbered("psnr", "ssim"), default="-1"),
    ),
)


def rate_control(settings: Settings) -> RateControl:
    """CBR where all rates are one, CRF, CRF under a rate, else the rate.

    Their default rate is 0, so `-b:v 0` says nothing that leaving it out doesn't.
    """
    if same := by_equal_rates(settings):
        return same
    if settings.at_least_zero("crf"):
        mode = Mode.CONSTRAINED_QUALITY if settings.positive("b") else Mode.CRF
        return by_quality(settings, mode, "crf")
    return by_rate(settings, Mode.VBR) if settings.positive("b") else RateControl(mode=Mode.CRF)


LIBAOM = Family(
    name="libaom",
    encoders=frozenset({"libaom-av1"}),
    options=_OPTIONS,
    preset="cpu-used",
    presets={str(n): n for n in range(12)},
    rate_control=rate_control,
    opened=(Opened(option="aom-params", keys=_KEYS),),
    default_preset="1",
)
