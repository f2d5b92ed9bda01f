"""Which encoder belongs to which family. A new family is one module and one entry here."""

from __future__ import annotations

from collections.abc import Mapping

from gate.proposal.ffmpeg.amf import AMF
from gate.proposal.ffmpeg.libaom import LIBAOM
from gate.proposal.ffmpeg.libvpx import LIBVPX
from gate.proposal.ffmpeg.modes import RateControlMode
from gate.proposal.ffmpeg.nvenc import NVENC
from gate.proposal.ffmpeg.options import COMMON, Family, RateControl, Settings, table
from gate.proposal.ffmpeg.qsv import QSV
from gate.proposal.ffmpeg.svtav1 import SVT_AV1
from gate.proposal.ffmpeg.videotoolbox import PRORES, VIDEOTOOLBOX
from gate.proposal.ffmpeg.vvenc import VVENC
from gate.proposal.ffmpeg.x264 import X264
from gate.proposal.ffmpeg.x265 import X265

FAMILIES = (NVENC, QSV, AMF, VIDEOTOOLBOX, PRORES, X264, X265, SVT_AV1, LIBAOM, LIBVPX, VVENC)

_BY_ENCODER: Mapping[str, Family] = {encoder: family for family in FAMILIES for encoder in family.encoders}


def _no_rate_control(_: Settings) -> RateControl:
    return RateControl(mode=RateControlMode.UNKNOWN)


UNKNOWN = Family(
    name="",
    encoders=frozenset(),
    options=table(COMMON),
    preset="",
    presets={},
    rate_control=_no_rate_control,
)
"""Stands in for encoders that no table knows: every option is a knob, nothing is a preset, a quality or a rate."""


def family_of(encoder: str) -> Family:
    """The family of `encoder`; `UNKNOWN` where no table knows it, which is no error: it is unmeasured."""
    return _BY_ENCODER.get(encoder, UNKNOWN)
