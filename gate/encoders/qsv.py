"""QSV: `h264_qsv`, `hevc_qsv`, `av1_qsv`, `vp9_qsv`. Read from FFmpeg 7.0.2 (libavcodec/qsvenc*.c)."""

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

_LAMBDA = 118  # libavutil's FF_QP2LAMBDA: what -q:v 1 comes to as a global quality
_PRESETS = ("veryslow", "slower", "slow", "medium", "fast", "faster", "veryfast")
_OPTIONS = table(
    COMMON,
    options(Kind.BOOLEAN, "forced_idr", "look_ahead", "vcm", "cavlc", "aud", "repeat_pps", default="0"),
    options(Kind.INTEGER, "rdo", "max_frame_size", "max_frame_size_i", "max_frame_size_p", default="-1"),
    options(Kind.INTEGER, "max_slice_size", "bitrate_limit", "mbbrc", "extbrc", "adaptive_i", default="-1"),
    options(Kind.INTEGER, "adaptive_b", "b_strategy", default="-1"),
    options(Kind.BOOLEAN, "low_delay_brc", "low_power", default="-1"),
    options(Kind.INTEGER, "max_qp_i", "min_qp_i", "max_qp_p", "min_qp_p", "max_qp_b", "min_qp_b", default="-1"),
    options(Kind.INTEGER, "p_strategy", "dblk_idc", "avbr_accuracy", "avbr_convergence", default="0"),
    # Its range, and so what 0 means, changed between versions: no default recorded.
    options(Kind.INTEGER, "look_ahead_depth", "idr_interval", "tile_cols", "tile_rows"),
    options(Kind.BOOLEAN, "gpb", "pic_timing_sei"),
    (
        Option(
            name="preset",
            kind=Kind.TEXT,
            values={str(i): name for i, name in enumerate(_PRESETS, start=1)},
            default="0",
        ),
        Option(
            name="scenario",
            kind=Kind.INTEGER,
            values=numbered(
                *(["unknown", "displayremoting", "videoconference", "archive", "livestreaming", "cameracapture"]),
                *(["videosurveillance", "gamestreaming", "remotegaming"]),
            ),
            default="0",
        ),
        Option(name="look_ahead_downsampling", kind=Kind.TEXT, values={"auto": "unknown"}, default="unknown"),
        Option(name="tier", kind=Kind.TEXT),
        Option(name="skip_frame", kind=Kind.TEXT),
    ),
)


def _rate_control(settings: Settings) -> RateControl:
    """The order in which libavcodec picks the mode: quantiser, conferencing, look-ahead, quality, rate."""
    if _wants_quantiser(settings):
        return _quantiser(settings)
    if settings.text("vcm") == "1":
        return by_rate(settings, Mode.VCM)
    if settings.text("look_ahead") == "1":
        return _ahead(settings)
    if settings.positive("global_quality") and not settings.positive("maxrate"):
        return by_quality(settings, Mode.ICQ, "global_quality")
    if settings.positive("b"):
        return _by_rates(settings)
    # A global quality with a maxrate and no rate comes to the encoder's own QP: neither is used, both stay knobs.
    return RateControl(mode=Mode.CQP)


def _ahead(settings: Settings) -> RateControl:
    # The switch stays a knob, too: recipes name it, and it stays on whatever rate control the user picks.
    if settings.positive("global_quality"):
        return by_quality(settings, Mode.LA_ICQ, "global_quality")
    return by_rate(settings, Mode.LA_VBR)


def _by_rates(settings: Settings) -> RateControl:
    if settings.number("maxrate") == settings.number("b"):
        return by_rate(settings, Mode.CBR, "maxrate")
    if settings.encoder in {"h264_qsv", "hevc_qsv"} and not settings.positive("maxrate") and _is_avbr(settings):
        return by_rate(settings, Mode.AVBR)
    if settings.positive("global_quality"):
        return by_quality(settings, Mode.QVBR, "global_quality")
    return by_rate(settings, Mode.VBR)


def _is_avbr(settings: Settings) -> bool:
    return settings.positive("avbr_accuracy") and settings.positive("avbr_convergence")


def _wants_quantiser(settings: Settings) -> bool:
    return settings.at_least_zero("qscale") or "+qscale" in settings.text("flags")


def _quantiser(settings: Settings) -> RateControl:
    if settings.at_least_zero("qscale"):
        return by_quality(settings, Mode.CQP, "qscale")
    quality = settings.number("global_quality") or 0
    uses = ("flags",) if settings.text("flags") == "+qscale" else ()
    return RateControl(mode=Mode.CQP, q=str(int(quality) // _LAMBDA), uses=uses, q_from=("global_quality",))


QSV = Family(
    name="QSV",
    encoders=frozenset({"h264_qsv", "hevc_qsv", "av1_qsv", "vp9_qsv"}),
    options=_OPTIONS,
    preset="preset",
    presets={name: i for i, name in enumerate(_PRESETS)},
    rate_control=_rate_control,
    neutral=frozenset({"async_depth", "dual_gfx", "load_plugin", "load_plugins", "a53cc"}),
)
