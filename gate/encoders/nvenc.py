"""NVENC: `h264_nvenc`, `hevc_nvenc`, `av1_nvenc`. Options and defaults read from FFmpeg 7.0.2 (libavcodec/nvenc*.c)."""

from __future__ import annotations

from dataclasses import replace

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
    words,
)
from gate.encoders.values import plain

_LAMBDA = 118  # libavutil's FF_QP2LAMBDA: -q:v 23 reaches the encoder as 23 * 118
_MODES = {
    "constqp": Mode.CQP, "vbr": Mode.VBR, "cbr": Mode.CBR,
    "vbr_minqp": Mode.VBR, "vbr_2pass": Mode.VBR, "vbr_hq": Mode.VBR, "ll_2pass_quality": Mode.VBR,
    "ll_2pass_size": Mode.CBR, "cbr_ld_hq": Mode.CBR, "cbr_hq": Mode.CBR,
}  # fmt: skip
_PLAIN = frozenset({"constqp", "vbr", "cbr"})  # the others are variants with a pass of their own: they stay knobs, too

# In the order of FFmpeg's enumeration.
_PRESET_NUMBERS = words("default slow medium fast hp hq bd ll llhq llhp lossless losslesshp p1 p2 p3 p4 p5 p6 p7")
_RANKS = {f"p{n}": n for n in range(1, 8)}
# Since FFmpeg 4.4, old names stand for new ones; `slow` adds a pass, `ll…` a tune. Lossless ones have no neighbours.
_OLD_RANKS = {"fast": 1, "hp": 1, "llhp": 1, "default": 4, "medium": 4, "ll": 4, "bd": 5, "hq": 7, "llhq": 7, "slow": 7}

_OPTIONS = table(
    COMMON,
    options(Kind.BOOLEAN, "spatial-aq", "temporal-aq", "no-scenecut", "forced-idr", "zerolatency", default="0"),
    options(Kind.BOOLEAN, "nonref_p", "strict_gop", "aud", "bluray-compat", "cbr", "intra-refresh", default="0"),
    options(Kind.BOOLEAN, "single-slice-intra-refresh", "constrained-encoding", "highbitdepth", default="0"),
    options(Kind.BOOLEAN, "timing-info", "weighted_pred", default="0"),
    options(Kind.BOOLEAN, "b_adapt", default="1"),
    options(Kind.BOOLEAN, "2pass", default="-1"),
    options(Kind.INTEGER, "rc-lookahead", "qp_cb_offset", "qp_cr_offset", "max_slice_size", "ldkfs", default="0"),
    options(Kind.INTEGER, "init_qpP", "init_qpB", "init_qpI", "qp", default="-1"),
    options(Kind.INTEGER, "aq-strength", default="8"),
    options(Kind.INTEGER, "dpb_size", default="0"),
    options(Kind.INTEGER, "delay", "tile-rows", "tile-columns"),
    options(Kind.DECIMAL, "cq", default="0"),
    (
        Option(name="preset", kind=Kind.TEXT, values={str(i): name for i, name in enumerate(_PRESET_NUMBERS)}),
        Option(name="rc", kind=Kind.TEXT, values={"0": "constqp", "1": "vbr", "2": "cbr"}, default="-1"),
        Option(name="multipass", kind=Kind.INTEGER, values=numbered("disabled", "qres", "fullres"), default="0"),
        # FFmpeg has had the option since 4.4, always with this default.
        Option(name="tune", kind=Kind.TEXT, values={"1": "hq", "2": "ll", "3": "ull", "4": "lossless"}, default="hq"),
        # Was `disabled` by default once, is left to the driver now: only -1 is the default of today.
        Option(name="b_ref_mode", kind=Kind.INTEGER, values=numbered("disabled", "each", "middle")),
        Option(name="coder", kind=Kind.TEXT, values={"ac": "cabac", "vlc": "cavlc"}),
    ),
)


def _rate_control(settings: Settings) -> RateControl:
    if settings.text("preset") in {"lossless", "losslesshp"} or settings.text("tune") == "lossless":
        return RateControl(mode=Mode.LOSSLESS)
    settings = _with_lambda(settings)
    mode = _mode(settings)
    if mode is Mode.UNKNOWN:
        return RateControl(mode=mode)
    uses = ("rc",) if settings.text("rc") in _PLAIN else ()
    if mode is Mode.CQP:
        return by_quality(settings, mode, _quantiser(settings), *uses)
    if mode is Mode.VBR and settings.positive("cq"):
        return by_quality(settings, Mode.VBR_CQ, "cq", *uses)
    if mode is Mode.CBR:
        same = settings.number("maxrate") == settings.number("b")
        return by_rate(settings, mode, *uses, "cbr", *(("maxrate",) if same else ()))
    return by_rate(settings, mode, *uses)


def _mode(settings: Settings) -> Mode:
    if rc := settings.text("rc"):
        return _MODES.get(rc, Mode.UNKNOWN)
    if settings.text("cbr") == "1":
        return Mode.CBR
    return Mode.CQP if _quantiser(settings) in settings.by_name else Mode.VBR


def _quantiser(settings: Settings) -> str:
    """The option that holds the QP: `-qp`, else the old `-global_quality` or `-q:v`."""
    if settings.at_least_zero("qp"):
        return "qp"
    return "qscale" if settings.positive("qscale") else "global_quality"


def _with_lambda(settings: Settings) -> Settings:
    scale = settings.number("qscale")
    if scale is None:
        return settings
    reached = replace(settings.by_name["qscale"], value=plain(scale * _LAMBDA))
    return Settings(encoder=settings.encoder, by_name={**settings.by_name, "qscale": reached})


NVENC = Family(
    name="NVENC",
    encoders=frozenset({"h264_nvenc", "hevc_nvenc", "av1_nvenc"}),
    options=_OPTIONS,
    preset="preset",
    presets=_RANKS | _OLD_RANKS,
    rate_control=_rate_control,
    neutral=frozenset({"gpu", "surfaces", "a53cc", "s12m_tc", "extra_sei", "udu_sei"}),
    default_preset="p4",
)
