"""The canonical rate controls: the one place that names them. A sample's manifest maps its own labels onto these."""

from __future__ import annotations

from enum import StrEnum


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


RATE_MODES = frozenset(
    {
        RateControlMode.VBR,
        RateControlMode.CBR,
        RateControlMode.LA_VBR,
        RateControlMode.AVBR,
        RateControlMode.VCM,
        RateControlMode.VBR_PEAK,
        RateControlMode.VBR_LATENCY,
        RateControlMode.HQVBR,
        RateControlMode.HQCBR,
    }
)
"""Where q is a bitrate, so that distances between two q are taken by logarithm."""
