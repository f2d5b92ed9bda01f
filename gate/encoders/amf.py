"""AMF: `h264_amf`, `hevc_amf`, `av1_amf`. Read from FFmpeg 7.0.2 (libavcodec/amfenc_*.c)."""

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
    options,
    table,
)

_MODES = {
    "cqp": Mode.CQP, "cbr": Mode.CBR, "vbr_peak": Mode.VBR_PEAK, "vbr_latency": Mode.VBR_LATENCY, "qvbr": Mode.QVBR,
    "hqvbr": Mode.HQVBR, "hqcbr": Mode.HQCBR,
}  # fmt: skip
_QUANTISERS = ("qp_p", "qp_i", "qp_b")
_LIMITS = ("min_qp_i", "max_qp_i", "min_qp_p", "max_qp_p")
_OPTIONS = table(
    COMMON,
    # FFmpeg 7.1 calls the same option `preset` as well. Its numbers differ between codecs: names only.
    (Option(name="quality", kind=Kind.TEXT, aliases=("preset",)), Option(name="rc", kind=Kind.TEXT, default="-1")),
    options(Kind.INTEGER, *_QUANTISERS, "qvbr_quality_level", default="-1"),
    options(Kind.INTEGER, *_LIMITS, default="-1"),
    options(Kind.INTEGER, "max_b_frames", "bf", "header_spacing", default="-1"),
    options(Kind.INTEGER, "bf_delta_qp", "bf_ref_delta_qp", "max_au_size", "intra_refresh_mb", "gops_per_idr"),
    options(Kind.BOOLEAN, "enforce_hrd", "filler_data", "vbaq", "frame_skipping", "preencode", "bf_ref", "skip_frame"),
    options(Kind.BOOLEAN, "me_half_pel", "me_quarter_pel", "aud", "preanalysis", "high_motion_quality_boost_enable"),
    options(Kind.BOOLEAN, "pa_scene_change_detection_enable", "pa_static_scene_detection_enable"),
    options(Kind.BOOLEAN, "pa_frame_sad_enable", "pa_ltr_enable", "pa_adaptive_mini_gop"),
    options(Kind.INTEGER, "pa_lookahead_buffer_depth", "pa_initial_qp_after_scene_change"),
    options(Kind.INTEGER, "pa_max_qp_before_force_skip"),
    (
        Option(name="pa_caq_strength", kind=Kind.TEXT),
        Option(name="pa_paq_mode", kind=Kind.TEXT),
        Option(name="pa_taq_mode", kind=Kind.TEXT),
        Option(name="usage", kind=Kind.TEXT),
        Option(name="coder", kind=Kind.TEXT),
    ),
)


def _rate_control(settings: Settings) -> RateControl:
    mode = _mode(settings)
    if mode is Mode.UNKNOWN:
        return RateControl(mode=mode)
    if mode is Mode.CQP:
        return _quantiser(settings)
    if mode is Mode.QVBR:
        return by_quality(settings, mode, "qvbr_quality_level", "rc")
    if mode is Mode.CBR and settings.number("maxrate") == settings.number("b"):
        return by_rate(settings, mode, "rc", "maxrate")
    return by_rate(settings, mode, "rc")


def _mode(settings: Settings) -> Mode:
    if rc := settings.text("rc"):
        return _MODES.get(rc, Mode.UNKNOWN)
    limits = () if settings.encoder == "h264_amf" else _LIMITS
    if any(name in settings.by_name for name in (*_QUANTISERS, *limits)):
        return Mode.CQP
    return Mode.VBR_PEAK if settings.positive("maxrate") else Mode.CBR


def _quantiser(settings: Settings) -> RateControl:
    """q is the QP of P frames, which most frames are; another QP of I or B frames stays a knob."""
    q = settings.text("qp_p")
    same = tuple(name for name in _QUANTISERS if q and settings.text(name) == q)
    return RateControl(mode=Mode.CQP, q=q, uses=("rc",), q_from=same)


AMF = Family(
    name="AMF",
    encoders=frozenset({"h264_amf", "hevc_amf", "av1_amf"}),
    options=_OPTIONS,
    preset="quality",
    presets={"speed": 0, "balanced": 1, "quality": 2, "high_quality": 3},
    rate_control=_rate_control,
    neutral=frozenset({"log_to_dbg", "async_depth"}),
)
