"""VVenC: `libvvenc`, with -vvenc-params."""

from __future__ import annotations

from gate.encoders.library import Library
from gate.encoders.modes import WRITTEN_CQP, WRITTEN_VBR, WRITTEN_VBR2, Writing, plain_threads
from gate.encoders.modes import RateControlMode as Mode
from gate.encoders.option import Family, RateControl, Settings, by_quality, by_rate
from gate.encoders.values import names, words

_PRESETS = words("faster fast medium slow slower")
_TO_OPTION = {
    "bitrate": ("b", 1), "maxrate": ("maxrate", 1), "perceptqpa": ("qpa", 1), "refreshsec": ("period", 1),
    "qpa": ("qpa", 1), "qp": ("qp", 1), "tier": ("tier", 1),
    "frames": ("vvenc-params-frames", 1), "sar": ("vvenc-params-sar", 1), "profile": ("vvenc-params-profile", 1),
    "level": ("level", 1),
}  # fmt: skip
_CONTEXT = names(
    "period intraperiod refreshtype profile internalbitdepth outputbitdepth outputbitdepthc inputbitdepth "
    "chromaformatidc tickspersec framerate framescale fps aud accessunitdelimiter vuiparameterspresent "
    "hrdparameterspresent colourprimaries transfercharacteristics matrixcoefficients range sarwidth sarheight "
    "vvenc-params-frames vvenc-params-sar vvenc-params-profile "
    "aspectratioidc hdr sdr decodedpicturehash videofullrange poc0idr"
)


def _rate_control(settings: Settings) -> RateControl:
    """A rate beats a QP; without either, the encoder's own QP."""
    if settings.positive("b"):
        return by_rate(settings, Mode.VBR, idle=("qp", "minrate"))
    return by_quality(settings, Mode.CQP, "qp", idle=("minrate",))


VVENC = Family(
    name="VVenC",
    encoders=("libvvenc",),
    preset="preset",
    presets={name: i for i, name in enumerate(_PRESETS)},
    rate_control=_rate_control,
    default_preset="medium",
    readers={"vvenc-params": str},
    named=frozenset({"preset"}),
    reads=names("b maxrate g flags refs bf qmin qmax rc_init_occupancy bufsize"),
    undefaulted=frozenset({"qp"}),
    defaults=names("qp=-1 qpa=1 period=1 tier=0 internalbitdepth=10"),
    neutral=names("passlogfile stats verbosity threads simd rcstatsfile fppLinesSynchro"),
    context=_CONTEXT,
    libraries=(
        Library(
            option="vvenc-params", keys="VVenC", to_option=_TO_OPTION, c_values=False, any_case=True, drops=False,
            idle=frozenset({"preset"}),
        ),
    ),
    writing=Writing(
        modes={"cqp": WRITTEN_CQP, "vbr": WRITTEN_VBR, "vbr2": WRITTEN_VBR2},  # the library has no CBR
        params="vvenc-params",
        threads=plain_threads,
    ),
)  # fmt: skip
