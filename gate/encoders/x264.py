"""x264: `libx264`, `libx264rgb`, with -x264-params and -x264opts. Read from FFmpeg 7.0.2 (libavcodec/libx264.c)."""

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

PRESETS = words("ultrafast superfast veryfast faster fast medium slow slower veryslow placebo")
_MODES = {"crf": Mode.CRF, "qp": Mode.CQP}
_KEYS = {
    "crf_max": ("crf_max", 1), "qp_constant": ("qp", 1), "bitrate": ("b", 1000), "vbv_maxrate": ("maxrate", 1000),
    "vbv_bufsize": ("bufsize", 1000), "bframes": ("bf", 1), "b_adapt": ("b_strategy", 1), "ref": ("refs", 1),
    "frameref": ("refs", 1), "keyint": ("g", 1), "keyint_max": ("g", 1), "min_keyint": ("keyint_min", 1),
    "scenecut": ("sc_threshold", 1), "me": ("motion-est", 1), "merange": ("me_range", 1), "subme": ("subq", 1),
    "weight_b": ("weightb", 1), "weightb": ("weightb", 1), "weightp": ("weightp", 1), "direct": ("direct-pred", 1),
    "nr": ("noise_reduction", 1), "chroma_qp_offset": ("chromaoffset", 1), "qpmin": ("qmin", 1), "qp_min": ("qmin", 1),
    "qpmax": ("qmax", 1), "qp_max": ("qmax", 1), "qpstep": ("qdiff", 1), "qp_step": ("qdiff", 1), "cabac": ("coder", 1),
    "analyse": ("partitions", 1), "filter": ("deblock", 1), "nal_hrd": ("nal-hrd", 1),
}  # fmt: skip
_NEUTRAL = frozenset({"a53cc", "udu_sei", "stats", "lookahead_threads", "asm", "log", "log_level", "psnr", "ssim"})

_OPTIONS = table(
    COMMON,
    # -1 leaves each of these to the preset, so it equals not giving it.
    options(Kind.INTEGER, "qp", "rc-lookahead", "b_strategy", "slice-max-size", "sc_threshold", default="-1"),
    options(Kind.INTEGER, "noise_reduction", "avcintra-class", "refs", "trellis", "subq", "me_range", default="-1"),
    options(Kind.INTEGER, "bf", "g", "keyint_min", "qmin", "qmax", "qdiff", default="-1"),
    options(Kind.DECIMAL, "crf", "crf_max", "aq-strength", "cplxblur", "qblur", "qcomp", default="-1"),
    options(Kind.BOOLEAN, "psy", "weightb", "intra-refresh", "bluray-compat", "mixed-refs", "8x8dct", default="-1"),
    options(Kind.BOOLEAN, "fast-pskip", "aud", "mbtree", default="-1"),
    options(Kind.BOOLEAN, "fastfirstpass", default="1"),
    options(Kind.BOOLEAN, "forced-idr", "mb_info", default="0"),
    options(Kind.BOOLEAN, "open-gop", "sliced-threads"),
    options(Kind.INTEGER, "chromaoffset", default="0"),
    options(Kind.INTEGER, "b-bias"),
    options(Kind.TEXT, "tune", "partitions", "deblock", "psy-rd", "wpredp", "x264-params", "x264opts"),
    (
        Option(name="preset", kind=Kind.TEXT, values={str(i): name for i, name in enumerate(PRESETS)}),
        Option(
            name="aq-mode",
            kind=Kind.INTEGER,
            values=numbered("none", "variance", "autovariance", "autovariance-biased"),
            default="-1",
        ),
        Option(name="weightp", kind=Kind.INTEGER, values=numbered("none", "simple", "smart"), default="-1"),
        Option(name="b-pyramid", kind=Kind.INTEGER, values=numbered("none", "strict", "normal"), default="-1"),
        Option(
            name="direct-pred", kind=Kind.INTEGER, values=numbered("none", "spatial", "temporal", "auto"), default="-1"
        ),
        Option(name="nal-hrd", kind=Kind.INTEGER, values=numbered("none", "vbr", "cbr"), default="-1"),
        Option(
            name="motion-est",
            kind=Kind.INTEGER,
            aliases=("me_method",),
            values=numbered("dia", "hex", "umh", "esa", "tesa"),
            default="-1",
        ),
        Option(
            name="coder",
            kind=Kind.INTEGER,
            values={"cavlc": "0", "vlc": "0", "cabac": "1", "ac": "1", "default": "-1"},
            default="-1",
        ),
    ),
)


def rate_control(settings: Settings) -> RateControl:
    """x264's choice: a parameter string's last word, else CRF, else QP, else a rate; CRF where there is none."""
    chosen = settings.latest("crf", "qp", "b")
    if not chosen:
        chosen = next((name for name in ("crf", "qp") if settings.at_least_zero(name)), "b")
    if chosen in _MODES:
        return by_quality(settings, _MODES[chosen], chosen)
    if not settings.positive("b"):
        return RateControl(mode=Mode.CRF)
    return by_equal_rates(settings) or by_rate(settings, Mode.VBR)


X264 = Family(
    name="x264",
    encoders=frozenset({"libx264", "libx264rgb"}),
    options=_OPTIONS,
    preset="preset",
    presets={name: i for i, name in enumerate(PRESETS)},
    rate_control=rate_control,
    opened=(
        Opened(option="x264opts", keys=_KEYS, bare_keys=True, negations=True),
        Opened(option="x264-params", keys=_KEYS, negations=True),
    ),
    neutral=_NEUTRAL,
    default_preset="medium",
)
