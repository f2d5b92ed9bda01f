"""AMF: `h264_amf`, `hevc_amf`, `av1_amf`."""

from __future__ import annotations

from gate.encoders.modes import EQUAL_RATES, Writing, Written
from gate.encoders.modes import RateControlMode as Mode
from gate.encoders.option import Family, RateControl, Settings, by_quality, by_rate
from gate.encoders.values import names

_MODES = {
    "cqp": Mode.CQP, "cbr": Mode.CBR, "vbr_peak": Mode.VBR_PEAK, "vbr_latency": Mode.VBR_LATENCY, "qvbr": Mode.QVBR,
    "hqvbr": Mode.HQVBR, "hqcbr": Mode.HQCBR,
}  # fmt: skip
_QUANTISERS = ("qp_p", "qp_i", "qp_b")
_LIMITS = ("min_qp_i", "max_qp_i", "min_qp_p", "max_qp_p")


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
    encoders=("h264_amf", "hevc_amf", "av1_amf"),
    preset="quality",
    presets={"speed": 0, "balanced": 1, "quality": 2, "high_quality": 3},
    rate_control=_rate_control,
    aliases={"preset": "quality", "max_b_frames": "bf"},  # FFmpeg 7.1 calls the same option `preset` as well
    named=names(
        "quality rc usage coder profile level tier profile_tier pa_caq_strength pa_paq_mode pa_taq_mode "
        "pa_activity_type pa_scene_change_detection_sensitivity pa_static_scene_detection_sensitivity "
        "pa_high_motion_quality_boost_mode"
    ),
    undefaulted=names("bf refs slices bf_delta_qp bf_ref_delta_qp bf_ref"),
    neutral=names("log_to_dbg async_depth"),
    context=names("forced_idr header_spacing gops_per_idr max_au_size profile_tier bitdepth"),
    writing=Writing(
        modes={
            "cqp": Written(means=("cqp",), options=(("rc", "cqp"), ("qp_i", "{q}"), ("qp_p", "{q}"))),
            # Peak-constrained: the driver wants to be told the peak.
            "vbr": Written(means=("vbr-peak",), options=(("rc", "vbr_peak"), ("b:v", "{rate}"), ("maxrate", "{peak}"))),
            "cbr": Written(means=("cbr",), options=(("rc", "cbr"), *EQUAL_RATES)),
        },
    ),
)
