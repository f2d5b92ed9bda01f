"""NVENC: `h264_nvenc`, `hevc_nvenc`, `av1_nvenc`."""

from __future__ import annotations

from gate.encoders.modes import EQUAL_RATES, WRITTEN_VBR, Writing, Written
from gate.encoders.modes import RateControlMode as Mode
from gate.encoders.option import Family, RateControl, Settings, by_quality, by_rate
from gate.encoders.values import names, plain
from gate.values import replace

_LAMBDA = 118  # libavutil's FF_QP2LAMBDA: -q:v 23 reaches the encoder as 23 * 118
_MODES = {
    "constqp": Mode.CQP, "vbr": Mode.VBR, "cbr": Mode.CBR,
    "vbr_minqp": Mode.VBR, "vbr_2pass": Mode.VBR, "vbr_hq": Mode.VBR, "ll_2pass_quality": Mode.VBR,
    "ll_2pass_size": Mode.CBR, "cbr_ld_hq": Mode.CBR, "cbr_hq": Mode.CBR,
}  # fmt: skip
_PLAIN = frozenset({"constqp", "vbr", "cbr"})  # the others are variants with a pass of their own: they stay knobs, too

_RANKS = {f"p{n}": n for n in range(1, 8)}
# Since FFmpeg 4.4, old names stand for new ones; `slow` adds a pass, `ll…` a tune. Lossless ones have no neighbours.
_OLD_RANKS = {"fast": 1, "hp": 1, "llhp": 1, "default": 4, "medium": 4, "ll": 4, "bd": 5, "hq": 7, "llhq": 7, "slow": 7}


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
        # It discards rate and buffer; only a ceiling is honoured.
        return by_quality(settings, Mode.VBR_CQ, "cq", *uses, idle=("b", "bufsize"))
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
    encoders=("h264_nvenc", "hevc_nvenc", "av1_nvenc"),
    preset="preset",
    presets=_RANKS | _OLD_RANKS,
    rate_control=_rate_control,
    default_preset="p4",
    named=names("preset rc tune coder profile level tier"),
    # Was `disabled` by default once, is left to the driver now: only -1 is the default of today.
    undefaulted=names("delay bf refs"),
    neutral=names("gpu surfaces a53cc s12m_tc extra_sei udu_sei"),
    context=names("strict_gop timing-info max_slice_size tile-rows tile-columns highbitdepth rgb_mode"),
    writing=Writing(
        presets=tuple(f"p{number}" for number in range(1, 8)),
        modes={
            "cqp": Written(means=("cqp",), options=(("rc", "constqp"), ("qp", "{q}"))),
            # At 0, the driver chooses; between, it takes fractions.
            "vbr-cq": Written(
                means=("vbr-cq",), options=(("rc", "vbr"), ("cq", "{q}"), ("b:v", "0")), least=1, fractions=True
            ),
            "vbr": replace(WRITTEN_VBR, options=(("rc", "vbr"), ("b:v", "{rate}"))),
            "cbr": Written(means=("cbr",), options=(("rc", "cbr"), *EQUAL_RATES)),
        },
    ),
)
