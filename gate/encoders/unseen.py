"""Knobs whose purpose VMAF can't see: what each is for, why the metric misses it, and who says so."""

from __future__ import annotations

from collections.abc import Iterator

from gate.encoders.families import family_of
from gate.encoders.values import words
from gate.model import Knobs
from gate.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Unseen:
    """Knobs of these families by canonical name; values where only these values count. `said` follows their names."""

    families: frozenset[str]
    knobs: frozenset[str]
    values: frozenset[str] = frozenset()
    said: str
    source: str

    def holds(self, family: str, name: str, value: str) -> bool:
        """Whether a knob of that family is one of these, and on."""
        if family not in self.families or name not in self.knobs:
            return False
        return value in self.values if self.values else value not in _OFF


_OFF = frozenset(words("0 0:0 -1 none off"))
_PSY = "keeps texture that eyes want, at the cost of fidelity: VMAF counts the cost, not the gain"
_AQ = "moves bits to where eyes see loss first, at the cost of fidelity elsewhere: VMAF sees a part of that at most"
_TUNE = "gives fidelity away for looks: VMAF counts the cost, not the gain"
_X265 = "x265.readthedocs.io/en/stable/presets.html: tune psnr and ssim switch off what trades metrics for looks"
UNSEEN = (
    Unseen(
        families=frozenset({"SVT-AV1", "libaom"}),
        knobs=frozenset(words("film-grain film-grain-denoise denoise-noise-level film-grain-table film-grain-test")),
        said="makes grain anew at the decoder: each grain lies elsewhere than in the source, which VMAF counts as loss",
        source="Chen and others, An Overview of Coding Tools in AV1 (2020), on film grain synthesis: objective metrics "
        "don't gain, the positions of single grains differ",
    ),
    Unseen(
        families=frozenset({"x264"}),
        knobs=frozenset(words("psy psy-rd")),
        said=_PSY,
        source="x264 --fullhelp: tune psnr is --no-psy; psy-rd for the eye",
    ),
    Unseen(
        families=frozenset({"x265"}),
        knobs=frozenset(words("psy-rd psy-rdoq")),
        said=_PSY,
        source="x265.readthedocs.io/en/stable/cli.html, psycho-visual options",
    ),
    Unseen(
        families=frozenset({"x264"}),
        knobs=frozenset({"tune"}),
        values=frozenset(words("film grain animation stillimage touhou")),
        said=_TUNE,
        source="x264 --fullhelp: these tunes set psy-rd, deadzones and deblocking for the eye",
    ),
    Unseen(
        families=frozenset({"x265"}), knobs=frozenset({"tune"}), values=frozenset(words("grain animation")), said=_TUNE,
        source=_X265,
    ),
    Unseen(
        families=frozenset({"x265"}), knobs=frozenset({"rc-grain"}), said=_TUNE,
        source="x265.readthedocs.io/en/stable/presets.html: part of tune grain",
    ),
    Unseen(
        families=frozenset({"SVT-AV1"}),
        knobs=frozenset({"tune"}),
        values=frozenset({"0"}),
        said="is tuned for visual quality, not for metrics: VMAF sees a part of that at most",
        source="SVT-AV1's Docs/Parameters.md: tune 0 is VQ, subjective",
    ),
    Unseen(
        families=frozenset({"SVT-AV1"}),
        knobs=frozenset(words("enable-variance-boost variance-boost-strength variance-octile")),
        said="moves bits to flat and dark areas, where eyes see loss first: VMAF sees a part of that at most",
        source="SVT-AV1's Docs/Appendix-Variance-Boost.md",
    ),
    Unseen(
        families=frozenset({"x264", "x265"}), knobs=frozenset(words("aq-mode aq-strength aq-motion hevc-aq")), said=_AQ,
        source="x264 --fullhelp: tune psnr is --aq-mode 0; " + _X265,
    ),
    Unseen(
        families=frozenset({"NVENC"}), knobs=frozenset(words("spatial-aq temporal-aq aq-strength")), said=_AQ,
        source="NVENC Video Encoder API Programming Guide, adaptive quantization: PSNR may drop where looks gain",
    ),
)  # fmt: skip


def unseen(codec: str, knobs: Knobs) -> Iterator[str]:
    """A sentence per purpose that VMAF doesn't see of these knobs: `film-grain=8 makes grain anew …`."""
    family = family_of(codec).name
    for entry in UNSEEN:
        held = [f"{name}={value}" for name, value in knobs if entry.holds(family, name, value)]
        if held:
            yield f"{', '.join(held)} {entry.said}"
