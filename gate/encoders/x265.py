"""x265: `libx265`, with -x265-params."""

from __future__ import annotations

from gate.encoders import modes, values
from gate.encoders.library import Library, c_decimal, deblock, level
from gate.encoders.modes import RateControlMode as Mode
from gate.encoders.option import Family, RateControl, Settings
from gate.encoders.values import names
from gate.encoders.x264 import PRESETS, by_choice, preset
from gate.values import replace

_TO_OPTION = {
    "bitrate": ("b", 1000), "vbv-maxrate": ("maxrate", 1000), "vbv-bufsize": ("bufsize", 1000), "crf": ("crf", 1),
    "qp": ("qp", 1), "bframes": ("bf", 1), "ref": ("refs", 1), "keyint": ("g", 1), "min-keyint": ("keyint_min", 1),
    "qpmin": ("qmin", 1), "qpmax": ("qmax", 1), "qpstep": ("qdiff", 1), "qcomp": ("qcomp", 1), "qblur": ("qblur", 1),
    "pass": ("x265-params-pass", 1), "ipratio": ("i_qfactor", 1), "pbratio": ("b_qfactor", 1),
}  # fmt: skip
_CONTEXT = names(
    "level-idc sar overscan videoformat range colorprim transfer colormatrix chromaloc master-display max-cll fps "
    "high-tier hdr10 hrd info hash atc-sei pic-struct repeat-headers annexb vui-timing-info vui-hrd-info "
    "total-frames pools input-res interlace field forced-idr display-window min-luma max-luma uhd-bd "
    "allow-non-conformance single-sei idr-recovery-sei eob eos frame-threads temporal-layers dolby-vision-profile "
    "video-signal-type-preset log2-max-poc-lsb hrd-concat slow-firstpass x265-params-pass"
)
_NEUTRAL = names(
    "a53cc udu_sei log-level asm csv csv-log-level stats x265-stats psnr ssim cu-stats dhdr10-info "
    "dhdr10-opt lookahead-threads"
)


def _pools(text: str) -> str:
    # Without threads there are no rows of blocks in parallel, which changes the stream; how many there are doesn't.
    return "none" if text.lower() == "none" else ""


def _ssim_rd(text: str) -> str:
    # What is neither on nor off still takes psy-rd away.
    return "0" if text in {"0", "false", "no"} else "1" if text in {"1", "true", "yes"} else "-1"


def _boolean_or_decimal(text: str) -> str:
    return "0" if text in {"0", "false", "no"} else c_decimal(text)[0]


def _threads(count: int) -> tuple[modes.Pairs, modes.Pairs]:
    # Frame threads cost quality, and their default depends on the machine: one, and rows of blocks in parallel.
    return (("threads", "1"),), (("pools", str(count)),)


def _factor(text: str) -> str | None:
    number = values.number(text)
    return None if number is None else values.plain(number) if number >= 0 else "-1"


def _meaning(settings: Settings) -> Settings:
    """`-flags +cgop` closes the library's open GOPs."""
    if settings.text("flags") != "+cgop":
        return settings
    if "open-gop" not in settings.by_name:
        settings = settings.with_value("open-gop", "0", "flags")
    return settings.without("flags")


def _rate_control(settings: Settings) -> RateControl:
    """A parameter string's last word, else CRF, else a rate, else QP; CRF where there is none."""
    if settings.text("lossless") == "1":
        return RateControl(mode=Mode.LOSSLESS, idle=("crf", "qp", "b", "maxrate", "bufsize", "minrate"))
    return by_choice(settings, settings.latest("crf", "qp", "b") or _plain_choice(settings))


def _plain_choice(settings: Settings) -> str:
    if settings.at_least_zero("crf"):
        return "crf"
    return "qp" if settings.at_least_zero("qp") and not settings.positive("b") else "b"


# libx265 doesn't take -pass from FFmpeg: the library's own parameters do.
_TWO = ((("pass", "1"), ("stats", modes.STATISTICS)), (("pass", "2"), ("stats", modes.STATISTICS)))
X265 = Family(
    name="x265",
    encoders=("libx265",),
    preset="preset",
    presets={name: i for i, name in enumerate(PRESETS)},
    rate_control=_rate_control,
    default_preset="medium",
    readers={"preset": preset, "i_qfactor": _factor, "b_qfactor": _factor, "x265-params": str, "tune": str.lower},
    reads=names(
        "b maxrate minrate bufsize g bf refs keyint_min qmin qmax qdiff qblur qcomp i_qfactor b_qfactor "
        "rc_init_occupancy flags thread_type"
    ),
    defaults=names(
        "pools= lossless=0 cu-lossless=0 constrained-intra=0 intra-refresh=0 tskip=0 const-vbv=0 cbqpoffs=0 "
        "crqpoffs=0 bframe-bias=0 nr-intra=0 nr-inter=0 slices=0 slices=1 qmin=0 temporal-mvp=1"
    ),
    neutral=_NEUTRAL,
    meaning=_meaning,
    context=_CONTEXT,
    libraries=(
        Library(
            option="x265-params",
            keys="x265",
            to_option=_TO_OPTION,
            readers={
                "deblock": deblock, "pools": _pools, "ssim-rd": _ssim_rd,
                "level-idc": level, "psy-rd": _boolean_or_decimal,
                "psy-rdoq": _boolean_or_decimal,
            },
            names_only=False,
            negations=True,
            underscores=True,
            dashes=True,
        ),
    ),
    writing=modes.Writing(
        modes={
            "crf": replace(modes.WRITTEN_CRF, most=51, fractions=True),
            "cqp": replace(modes.WRITTEN_CQP, most=51),
            "vbr": modes.WRITTEN_VBR,
            "vbr2": modes.Written(
                means=("vbr",), options=modes.WRITTEN_VBR.options, passes=modes.ONCE_PER_PASS, params_passes=_TWO
            ),
            "cbr": modes.WRITTEN_CBR,
        },
        params="x265-params",
        threads=_threads,
    ),
)  # fmt: skip
