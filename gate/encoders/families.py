"""Which encoder belongs to which family. A new family is one module and one entry here."""

from __future__ import annotations

from collections.abc import Mapping

from gate.encoders.amf import AMF
from gate.encoders.libaom import LIBAOM
from gate.encoders.libvpx import LIBVPX
from gate.encoders.modes import RateControlMode
from gate.encoders.nvenc import NVENC
from gate.encoders.option import Family, RateControl
from gate.encoders.qsv import QSV
from gate.encoders.svtav1 import SVT_AV1
from gate.encoders.videotoolbox import PRORES, VIDEOTOOLBOX
from gate.encoders.vvenc import VVENC
from gate.encoders.x264 import X264
from gate.encoders.x265 import X265

FAMILIES = (NVENC, QSV, AMF, VIDEOTOOLBOX, PRORES, X264, X265, SVT_AV1, LIBAOM, LIBVPX, VVENC)

_BY_ENCODER: Mapping[str, Family] = {encoder: family for family in FAMILIES for encoder in family.encoders}


UNKNOWN = Family(
    name="",
    encoders=(),
    preset="",
    presets={},
    rate_control=lambda settings: RateControl(mode=RateControlMode.UNKNOWN),
)
"""Stands in for encoders that no table knows: every option is a knob, nothing is a preset, a quality or a rate."""


_PICKED = {
    "h264": "libx264",
    "hevc": "libx265",
    "vp8": "libvpx",
    "vp9": "libvpx-vp9",
    "av1": "libaom-av1",
    "vvc": "libvvenc",
}
"""What FFmpeg picks for a codec's name, where its build has it."""


def picked(codec: str) -> str:
    """The encoder that FFmpeg takes for the name of a codec or an encoder."""
    return _PICKED.get(codec, codec)


def family_of(encoder: str) -> Family:
    """The family of `encoder`; `UNKNOWN` where no table knows it, which is no error: it is unmeasured."""
    return _BY_ENCODER.get(encoder, UNKNOWN)
