"""x264: `libx264`, `libx264rgb`, with -x264-params and -x264opts."""

from __future__ import annotations

import re
from fractions import Fraction

from gate.encoders import modes, values
from gate.encoders.library import KeyReader, Library, c_integer, deblock, level
from gate.encoders.modes import RateControlMode as Mode
from gate.encoders.option import Family, RateControl, Settings, by_quality, by_rate
from gate.encoders.values import names, words
from gate.values import replace

PRESETS = words("ultrafast superfast veryfast faster fast medium slow slower veryslow placebo")
_PSY_TUNES = names("film animation grain stillimage psnr ssim")
_TO_OPTION = {
    "bitrate": ("b", 1000), "vbv-maxrate": ("maxrate", 1000), "vbv-bufsize": ("bufsize", 1000), "crf": ("crf", 1),
    "crf-max": ("crf_max", 1), "qp": ("qp", 1), "bframes": ("bf", 1), "b-adapt": ("b_strategy", 1),
    "ref": ("refs", 1), "keyint": ("g", 1), "min-keyint": ("keyint_min", 1), "scenecut": ("sc_threshold", 1),
    "me": ("motion-est", 1), "merange": ("me_range", 1), "subme": ("subq", 1), "direct": ("direct-pred", 1),
    "nr": ("noise_reduction", 1), "chroma-qp-offset": ("chromaoffset", 1), "qpmin": ("qmin", 1), "qpmax": ("qmax", 1),
    "qpstep": ("qdiff", 1), "cabac": ("coder", 1), "analyse": ("partitions", 1), "filter": ("deblock", 1),
    "pbratio": ("b_qfactor", 1), "bluray-compat": ("x264-params-bluray-compat asm", 1),
}  # fmt: skip
READS = names(
    "b maxrate minrate bufsize g bf refs keyint_min qmin qmax qdiff qblur qcomp i_qfactor b_qfactor trellis "
    "me_range subq rc_init_occupancy slices flags flags2 cmp thread_type bt"
)
_CONTEXT = names(
    "sar overscan videoformat fullrange colorprim transfer colormatrix chromaloc mastering-display cll fps "
    "alternative-transfer sps-id global-header repeat-headers annexb force-cfr pic-struct frame-packing crop-rect "
    "forced-idr mb_info avcintra-class avcintra-flavor bluray-compat "
    "x264-params-bluray-compat"
)
_NEUTRAL = names(
    "a53cc udu_sei stats lookahead-threads log log-level psnr ssim passlogfile opencl opencl-clbin threads "
    "opencl-device dump-yuv"
)
_PARTITIONS = words("i4x4 i8x8 p8x8 p4x4 b8x8")


def preset(text: str) -> str:
    """x264's and x265's presets, by name in any case or by number."""
    return PRESETS[int(text)] if re.fullmatch("[0-9]", text) else text.lower()


def _tune(text: str) -> str:
    names = [name for name in re.split(r"[,./\-+]", text.lower()) if name]
    # Of two tunes for the eye the first one holds, so their order counts.
    return ",".join(names if sum(name in _PSY_TUNES for name in names) > 1 else sorted(names))


def _psy_rd(text: str) -> str:
    number = r"\s*([+-]?[0-9]*\.?[0-9]+|[+-]?[0-9]+\.)"
    if found := re.match(f"{number}[:,|]{number}", text):
        return f"{values.decimal(found[1])}:{values.decimal(found[2])}"
    found = re.match(number, text)
    return f"{values.decimal(found[1])}:0" if found else "0:0"


def _partitions(text: str) -> str:
    if "none" in text and "all" not in text and not any(name in text for name in _PARTITIONS):
        return "none"
    return "all" if "all" in text else "+".join(name for name in _PARTITIONS if name in text) or "none"


def _keyint(text: str) -> str:
    return str(1 << 30) if "infinite" in text else c_integer(text)[0]


def _factor(text: str) -> str | None:
    number = values.number(text)
    return None if number is None else values.plain(number) if number > 0 else "-1"


_READERS: dict[str, KeyReader] = {
    "asm": str,
    "filter": deblock,
    "psy-rd": _psy_rd,
    "analyse": _partitions,
    "level": level,
    "keyint": _keyint,
}
_OPENED = Library(
    option="x264-params", keys="x264", to_option=_TO_OPTION, readers=_READERS, negations=True, underscores=True,
    # FFmpeg puts -crf, -maxrate and -bufsize back at the first frame.
    kept=frozenset({"crf", "crf-max", "vbv-maxrate", "vbv-bufsize"}),
)  # fmt: skip


def _meaning(settings: Settings) -> Settings:
    """What a profile forces: it comes after the options and before the strings."""
    forced = {
        "baseline": (("8x8dct", "0"), ("coder", "0"), ("bf", "0"), ("weightp", "0")),
        "main": (("8x8dct", "0"),),
    }.get(settings.text("profile"), ())
    for name, value in forced:
        said = settings.by_name.get(name)
        if not said or said.rank[0] == 0:
            settings = settings.with_value(name, value, "profile")
    if settings.text("wpredp") not in {"", "-1"}:  # -1 isn't "not given" to it: the library is told
        if "weightp" not in settings.by_name:
            settings = settings.with_value("weightp", settings.text("wpredp"), "wpredp")
        settings = settings.without("wpredp")
    if settings.text("flags") == "-cgop":
        if "open-gop" not in settings.by_name:
            settings = settings.with_value("open-gop", "1", "flags")
        settings = settings.without("flags")
    if settings.text("nf") == "1":
        settings = settings.with_value("deblock", "no", "nf")
    settings = settings.without("nf")
    ratio = settings.by_name.get("ipratio")
    inverse = values.number(ratio.value) if ratio else None
    if (
        inverse
        and inverse > 0
        and (exact := values.plain(1 / abs(Fraction(inverse))))
        and values.number(exact) == 1 / abs(inverse)
    ):
        settings = settings.with_value("i_qfactor", exact, "ipratio").without("ipratio")
    return settings


def _without_effect(settings: Settings, chosen: str) -> tuple[str, ...]:
    """A ceiling needs a buffer, a buffer a ceiling or a rate, and a quantiser none of them; a floor has no effect."""
    if chosen == "qp" or not settings.positive("bufsize"):
        return ("maxrate", "bufsize", "minrate", "rc_init_occupancy")
    if chosen == "crf" and not settings.positive("maxrate"):
        return ("bufsize", "minrate", "rc_init_occupancy")
    return ("minrate",)


def by_choice(settings: Settings, chosen: str) -> RateControl:
    """x264's and x265's rate control once it is known which of crf, qp and b holds; the others are idle."""
    if chosen == "b" and not settings.positive("b"):
        return RateControl(mode=Mode.CRF, idle=("crf", "qp", "b", *_without_effect(settings, "crf")))
    idle = (*_without_effect(settings, chosen), *(name for name in ("crf", "qp", "b") if name != chosen))
    idle += ("crf_max",) if chosen != "crf" else ()
    if chosen != "b":
        return by_quality(settings, {"crf": Mode.CRF, "qp": Mode.CQP}[chosen], chosen, idle=idle)
    rate = settings.number("b")
    if settings.positive("bufsize") and settings.number("maxrate") in {None, rate}:
        return by_rate(settings, Mode.CBR, "maxrate", "minrate", idle=idle)
    return by_rate(settings, Mode.VBR, idle=idle)


def _rate_control(settings: Settings) -> RateControl:
    """x264's choice: a parameter string's last word, else CRF, else QP, else a rate; CRF where there is none."""
    chosen = settings.latest("crf", "qp", "b")
    if not chosen:
        chosen = next((name for name in ("crf", "qp") if settings.at_least_zero(name)), "b")
    return by_choice(settings, chosen)


X264 = Family(
    name="x264",
    encoders=("libx264", "libx264rgb"),
    preset="preset",
    presets={name: i for i, name in enumerate(PRESETS)},
    rate_control=_rate_control,
    default_preset="medium",
    aliases={"me_method": "motion-est"},
    readers={
        "preset": preset, "tune": _tune, "deblock": deblock, "psy-rd": _psy_rd, "partitions": _partitions,
        "level": level, "i_qfactor": _factor, "b_qfactor": _factor, "wpredp": lambda text: c_integer(text)[0],
        "x264-params": str, "x264opts": str,
    },
    reads=READS,
    defaults=names(
        "noise_reduction=0 nr=-1 qmin=0 qpmin=-1 open-gop=0 interlaced=0 constrained-intra=0 chroma-me=1 "
        "slices=0 nal-hrd=0 filler=0 chromaoffset=0 intra-refresh=0 b-bias=0 qdiff=4 cplxblur=20 qblur=0.5 "
        "b-pyramid=2"
    ),
    neutral=_NEUTRAL,
    idle_flags=names("loop psnr mv4 qpel aic gray low_delay"),
    context=_CONTEXT,
    libraries=(
        replace(_OPENED, option="x264opts", bare_keys=True, drops=False),
        _OPENED,
    ),
    meaning=_meaning,
    writing=modes.Writing(
        encoders=("libx264",),
        modes={
            "crf": replace(modes.WRITTEN_CRF, most=51, fractions=True), "cqp": replace(modes.WRITTEN_CQP, most=69),
            "vbr": modes.WRITTEN_VBR, "vbr2": modes.WRITTEN_VBR2, "cbr": modes.WRITTEN_CBR,
        },
        params="x264-params",
        threads=modes.plain_threads,
    ),
)  # fmt: skip
