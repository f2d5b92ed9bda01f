"""SVT-AV1: `libsvtav1`, with -svtav1-params."""

from __future__ import annotations

import re

from gate.encoders import values
from gate.encoders.library import Library
from gate.encoders.modes import WRITTEN_CQP, WRITTEN_CRF, WRITTEN_VBR, Pairs, Writing, Written
from gate.encoders.modes import RateControlMode as Mode
from gate.encoders.option import Family, RateControl, Settings, by_quality, by_rate
from gate.encoders.values import names
from gate.values import replace

_NUMBERS = tuple(str(number) for number in range(-1, 14))
_RATE = re.compile(r"([0-9]+(?:\.[0-9]+)?)([kKmMbB]?)")
_FACTORS = {"": 1000, "k": 1000, "m": 1_000_000, "b": 1}
_QP = "svtav1-params-qp"
# In the string, `qp` is a constant quality, as `crf` is; `cqp` is what -qp is to FFmpeg.
_TO_OPTION = {
    "tbr": ("b", 1),
    "mbr": ("maxrate", 1),
    "crf": ("crf", 1),
    "qp": (_QP, 1),
    "q": (_QP, 1),
    "cqp": ("qp", 1),
}
_CONTEXT = names(
    "keyint intra-period level tier profile color-format color-primaries color-range transfer-characteristics "
    "matrix-coefficients chroma-sample-position mastering-display content-light tile-rows tile-columns fps-num "
    "fps-denom width height w h input-depth forced-max-frame-height forced-max-frame-width avif "
    "enable-force-key-frames"
)


def _rate(text: str) -> str | None:
    found = _RATE.fullmatch(text)
    number = values.number(found[1]) if found else None
    return None if found is None or number is None else values.plain(number * _FACTORS[found[2].lower()])


def _mode(text: str) -> str | None:
    return {"crf": "0", "0": "0", "cqp": "cqp", "vbr": "1", "1": "1", "cbr": "2", "cvbr": "2", "2": "2"}.get(
        text, f"rc {text}" if text.isdigit() else None
    )


def _keyint(text: str) -> str | None:
    return text if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?s?", text) else None


def _meaning(settings: Settings) -> Settings:
    """`-flags -cgop` is an open GOP, `keyint` is -g; `qp` in the string is the value of whatever mode holds."""
    if settings.text("flags") == "-cgop":
        settings = settings.with_value("irefresh-type", "1", "flags").without("flags")
    if re.fullmatch("[2-9]|[1-9][0-9]+", keyint := settings.text("keyint")):
        settings = settings.with_value("g", keyint, "keyint").without("keyint")
    said, crf, qp = (settings.by_name.get(name) for name in (_QP, "crf", "qp"))
    if said is None:
        return settings
    if not (crf and crf.rank > said.rank) and not (qp and qp.rank > said.rank):
        settings = settings.with_value("qp" if qp and not crf else "crf", said.value, _QP)
    return settings.without(_QP)


def _rate_control(settings: Settings) -> RateControl:
    """CRF beats QP beats a rate, whatever the string says comes later, and an explicit `rc` beats them all."""
    rc = settings.text("rc")
    if settings.text("lossless") == "1" or rc not in {"", "0", "1", "2", "cqp"}:
        return RateControl(mode=Mode.LOSSLESS if settings.text("lossless") == "1" else Mode.UNKNOWN)
    if rc in {"1", "2"}:
        mode = Mode.VBR if rc == "1" else Mode.CBR
        return by_rate(settings, mode, "rc", *_same_maxrate(settings), idle=("crf", "qp"))
    uses = ("rc",) if rc else ()
    chosen = settings.latest("crf", "qp") or next((name for name in ("crf", "qp") if settings.positive(name)), "")
    if chosen or rc == "cqp":
        mode = Mode.CQP if rc == "cqp" or chosen == "qp" else Mode.CRF
        return by_quality(settings, mode, chosen or "qp", *uses, idle=("qp" if chosen == "crf" else "crf", "b"))
    if uses or not settings.positive("b"):
        return RateControl(mode=Mode.CRF, uses=uses, idle=("b",))
    same = _same_maxrate(settings)
    return by_rate(settings, Mode.CBR if same else Mode.VBR, *same, idle=("minrate",))


def _same_maxrate(settings: Settings) -> tuple[str, ...]:
    """FFmpeg asks SVT-AV1 for CBR where maxrate is the rate, whatever minrate is; an equal minrate adds nothing."""
    rate = settings.number("b")
    return ("maxrate", "minrate") if rate and settings.number("maxrate") == rate else ()


def _threads(count: int) -> tuple[Pairs, Pairs]:
    # A level, not a number of threads; 6 is the highest.
    return (), (("lp", str(min(count, 6))),)


SVT_AV1 = Family(
    name="SVT-AV1",
    encoders=("libsvtav1",),
    preset="preset",
    presets={number: int(number) for number in _NUMBERS},
    rate_control=_rate_control,
    readers={"svtav1-params": str},
    reads=names("b maxrate minrate bufsize g qmin qmax flags rc_init_occupancy"),
    undefaulted=frozenset({"qmin", "qmax"}),
    defaults=names("lossless=0 film-grain=0 maxrate=0 mbr=0"),
    neutral=names("lp pin ss progress asm enable-stat-report"),
    context=_CONTEXT,
    libraries=(
        Library(
            option="svtav1-params",
            keys="SVT-AV1",
            to_option=_TO_OPTION,
            readers={"tbr": _rate, "mbr": _rate, "rc": _mode, "keyint": _keyint},
            c_values=False,
            complete=False,
            foreign=names("frames n passes ss pin progress no-progress input i output stats skip nb errlog"),
        ),
    ),
    meaning=_meaning,
    writing=Writing(
        modes={
            # At 0, FFmpeg leaves either to the library, which takes 35.
            "crf": replace(WRITTEN_CRF, least=1),
            "cqp": replace(WRITTEN_CQP, least=1),
            "vbr": WRITTEN_VBR,
            # FFmpeg asks for CBR where maxrate is the rate, but the library refuses a maxrate beside a rate (4.2), and
            # CBR in any structure but low delay: both are said to it directly.
            "cbr": Written(means=("cbr",), options=(("b:v", "{rate}"),), params=(("rc", "2"), ("pred-struct", "1"))),
        },
        params="svtav1-params",
        threads=_threads,
    ),
)  # fmt: skip
