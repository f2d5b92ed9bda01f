"""The canonical rate controls, which a sample's manifest maps its own labels onto, and how each is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum

from gate.encoders.values import words
from gate.values import dataclass, replace

Pairs = tuple[tuple[str, str], ...]
STATISTICS = "first-pass"  # a file, relative: FFmpeg runs in a folder of the encode's own


class RateControlMode(StrEnum):
    """How an encoder spends bits. What q means is said per line; "rate" is a target in Mbit/s."""

    CQP = "cqp"  # constant quantiser; q = QP
    CRF = "crf"  # constant rate factor (x264, x265, SVT-AV1, libaom and libvpx without a rate); q = CRF
    VBR = "vbr"  # average or variable bitrate; q = rate
    CBR = "cbr"  # constant bitrate; q = rate
    VBR_CQ = "vbr-cq"  # NVENC: VBR towards a target quality; q = CQ
    ICQ = "icq"  # QSV: intelligent constant quality; q = global quality
    LA_ICQ = "la-icq"  # QSV: the same with look-ahead; q = global quality
    LA_VBR = "la-vbr"  # QSV: VBR with look-ahead; q = rate
    QVBR = "qvbr"  # QSV, AMF: VBR towards a quality; q = that quality
    AVBR = "avbr"  # QSV: average VBR with accuracy and convergence; q = rate
    VCM = "vcm"  # QSV: video conferencing; q = rate
    VBR_PEAK = "vbr-peak"  # AMF: peak-constrained VBR; q = rate
    VBR_LATENCY = "vbr-latency"  # AMF: latency-constrained VBR; q = rate
    HQVBR = "hqvbr"  # AMF: high-quality VBR; q = rate
    HQCBR = "hqcbr"  # AMF: high-quality CBR; q = rate
    CONSTRAINED_QUALITY = "constrained-quality"  # libaom, libvpx: CRF under a rate; q = CRF, the rate stays a knob
    QUALITY = "quality"  # VideoToolbox: constant quality; q = quality, 0 to 100
    PROFILE = "profile"  # ProRes: the profile sets the rate; q = profile, 0 (proxy) to 5 (XQ)
    LOSSLESS = "lossless"  # no quality to set; q is empty
    UNKNOWN = ""  # no table knows the encoder, or its table not this -rc


RATE_MODES = frozenset(map(RateControlMode, words("vbr cbr la-vbr avbr vcm vbr-peak vbr-latency hqvbr hqcbr")))
"""Where q is a bitrate, so that distances between two q are taken by logarithm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """How one rate control of one family is asked for, under the label that rows carry.

    `means` are the canonical names that the reader of adapters gives it. In the values, `{q}` is the label's number;
    `{rate}` is that in bit/s, where q is a rate in Mbit/s, and `{peak}` half as much again. Two passes repeat all that
    one takes, with what `passes` adds to each. Where q is no rate it is at least `least`, the lowest that the encoder
    doesn't read as unset, and whole unless `fractions`: the encoder would round it to another label's. It is at most
    `most`, the highest that the library itself takes or tells from a higher one; None where FFmpeg's own range says it.
    """

    means: tuple[str, ...]
    options: Pairs
    params: Pairs = ()
    passes: tuple[Pairs, ...] = ((),)
    params_passes: tuple[Pairs, ...] = ((),)
    least: int = 0
    most: int | None = None
    fractions: bool = False


def plain_threads(count: int) -> tuple[Pairs, Pairs]:
    """FFmpeg's own option."""
    return (("threads", str(count)),), ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """How a family's encoders are told what to do, for measuring: all at every preset of the family, unless said.

    `params` is the option that holds the library's own parameters, empty where it has none; a knob that is no option
    of FFmpeg's is then the library's. `threads` says, for a number of threads, plain options and parameters that pin
    it.
    """

    modes: Mapping[str, Written]
    encoders: tuple[str, ...] = ()
    presets: tuple[str, ...] = ()
    params: str = ""
    threads: Callable[[int], tuple[Pairs, Pairs]] = lambda count: ((), ())


EQUAL_RATES: Pairs = (("b:v", "{rate}"), ("maxrate", "{rate}"), ("bufsize", "{rate}"))
TWO_PASSES = ((("pass", "1"), ("passlogfile", STATISTICS)), (("pass", "2"), ("passlogfile", STATISTICS)))
ONCE_PER_PASS: tuple[Pairs, ...] = ((), ())
# A bare target is what an adapter emits for VBR: one pass, no cap. A cap or a buffer would be a knob to the reader.
WRITTEN_VBR = Written(means=("vbr",), options=(("b:v", "{rate}"),))
WRITTEN_VBR2 = replace(WRITTEN_VBR, passes=TWO_PASSES, params_passes=ONCE_PER_PASS)
# One second of buffer: the encoder has to keep the rate, not only to come out at it.
WRITTEN_CBR = Written(
    means=("cbr",), options=(*((name, "{rate}") for name in ("b:v", "maxrate", "minrate", "bufsize")),)
)
WRITTEN_CQP = Written(means=("cqp",), options=(("qp", "{q}"),))
WRITTEN_CRF = Written(means=("crf",), options=(("crf", "{q}"),))
# libaom and libvpx keep a rate of their own where -b:v is missing in some versions; 0 says that there is none.
WRITTEN_CRF_ALONE = Written(means=("crf",), options=(("crf", "{q}"), ("b:v", "0")))
