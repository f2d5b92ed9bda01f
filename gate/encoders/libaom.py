"""libaom: `libaom-av1`, with -aom-params."""

from __future__ import annotations

import re

from gate.encoders import modes
from gate.encoders.library import Library
from gate.encoders.modes import RateControlMode as Mode
from gate.encoders.option import Family, RateControl, Settings, by_equal_rates, by_quality, by_rate
from gate.encoders.values import names

_NUMBERS = tuple(str(number) for number in range(12))
_TO_OPTION = {
    "arnr-maxframes": ("arnr-max-frames", 1), "error-resilient": ("error-resilience", 1),
    "reduced-reference-set": ("enable-reduced-reference-set", 1),
}  # fmt: skip
CODEC_READS = names(
    "b maxrate minrate bufsize g keyint_min qmin qmax qcomp rc_init_occupancy flags slices thread_type bt"
)
RATES = {
    "crf": modes.WRITTEN_CRF_ALONE, "vbr": modes.WRITTEN_VBR, "vbr2": modes.WRITTEN_VBR2, "cbr": modes.WRITTEN_CBR,
}  # fmt: skip


def _meaning(settings: Settings) -> Settings:
    """`cq-level` is -crf, but doesn't ask for its rate control; `-tiles 2x1` is a first power of two of columns."""
    if "cq-level" in settings.by_name and (settings.at_least_zero("crf") or not settings.positive("b")):
        level = settings.text("cq-level")
        settings = settings.with_value("crf", level, "cq-level").without("cq-level")
    found = re.fullmatch(r"([0-9]+)x([0-9]+)", settings.text("tiles"))
    columns, rows = (int(found[1]), int(found[2])) if found else (0, 0)
    if not columns or columns & (columns - 1) or not rows or rows & (rows - 1):
        return settings
    for name, count in (("tile-columns", columns), ("tile-rows", rows)):
        settings = settings.with_value(name, str(count.bit_length() - 1) if count > 1 else None, "tiles")
    return settings.without("tiles")


def rate_control(settings: Settings) -> RateControl:
    """CBR where all rates are one, CRF, CRF under a rate, else the rate.

    Their default rate is 0, so `-b:v 0` says nothing that leaving it out doesn't.
    """
    if same := by_equal_rates(settings):
        return same
    if settings.at_least_zero("crf"):
        mode = Mode.CONSTRAINED_QUALITY if settings.positive("b") else Mode.CRF
        return by_quality(settings, mode, "crf")
    return by_rate(settings, Mode.VBR) if settings.positive("b") else RateControl(mode=Mode.CRF)


LIBAOM = Family(
    name="libaom",
    encoders=("libaom-av1",),
    preset="cpu-used",
    presets={number: int(number) for number in _NUMBERS},
    rate_control=rate_control,
    default_preset="1",
    readers={"aom-params": str, "tiles": str},
    reads=CODEC_READS,
    defaults=names("denoise-noise-level=0 static-thresh=0 lossless=0 sharpness=0"),
    context=names(
        "row-mt tile-columns tile-rows tiles frame-parallel fp-mt num-tile-groups still-picture color-primaries "
        "transfer-characteristics matrix-coefficients chroma-sample-position target-seq-level-idx set-tier-mask "
        "strict-level-conformance timing-info"
    ),
    libraries=(
        Library(option="aom-params", keys="libaom", to_option=_TO_OPTION, c_values=False, drops=False,
                readers={"tune": str, "tune-content": str}),
    ),
    meaning=_meaning,
    writing=modes.Writing(
        modes=RATES,
        params="aom-params",
        threads=modes.plain_threads,
    ),
)  # fmt: skip
