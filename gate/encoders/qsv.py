"""QSV: `h264_qsv`, `hevc_qsv`, `av1_qsv`, `vp9_qsv`."""

from __future__ import annotations

from gate.encoders.modes import EQUAL_RATES, WRITTEN_VBR, Writing, Written
from gate.encoders.modes import RateControlMode as Mode
from gate.encoders.option import Family, RateControl, Settings, by_quality, by_rate
from gate.encoders.values import names, words

_LAMBDA = 118  # libavutil's FF_QP2LAMBDA: what -q:v 1 comes to as a global quality
_PRESETS = words("veryslow slower slow medium fast faster veryfast")


def _rate_control(settings: Settings) -> RateControl:
    """The order in which libavcodec picks the mode: quantiser, conferencing, look-ahead, quality, rate."""
    if settings.at_least_zero("qscale") or "+qscale" in settings.text("flags"):
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


def _quantiser(settings: Settings) -> RateControl:
    if settings.at_least_zero("qscale"):
        return by_quality(settings, Mode.CQP, "qscale")
    quality = settings.number("global_quality") or 0
    uses = ("flags",) if settings.text("flags") == "+qscale" else ()
    return RateControl(mode=Mode.CQP, q=str(int(quality) // _LAMBDA), uses=uses, q_from=("global_quality",))


QSV = Family(
    name="QSV",
    encoders=("h264_qsv", "hevc_qsv", "av1_qsv", "vp9_qsv"),
    preset="preset",
    presets={name: i for i, name in enumerate(_PRESETS)},
    rate_control=_rate_control,
    named=names("preset look_ahead_downsampling profile level tier skip_frame"),
    # Their range, and so what 0 means, changed between versions.
    undefaulted=names("look_ahead_depth gpb pic_timing_sei bf refs g"),
    neutral=names("async_depth dual_gfx load_plugin load_plugins a53cc"),
    context=names(
        "forced_idr idr_interval repeat_pps pic_timing_sei tile_cols tile_rows max_slice_size "
        "single_sei_nal_unit recovery_point_sei"
    ),
    writing=Writing(
        modes={
            "cqp": Written(means=("cqp",), options=(("q:v", "{q}"),)),
            "icq": Written(means=("icq",), options=(("global_quality", "{q}"),), least=1),  # 0 is unset
            "vbr": WRITTEN_VBR,
            "cbr": Written(means=("cbr",), options=EQUAL_RATES),
        },
    ),
)
