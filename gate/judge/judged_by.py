"""By what was judged, as reports show it: samples, policy and tolerances, waivers, the trust ref."""

from __future__ import annotations

from typing import Literal

from gate.evidence.model import Content, Detector, Provenance
from gate.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleInfo:
    """One sample that served as evidence, judged by `detector`. `clips` says how large its sources are; empty where
    nobody did; `toy`: too small to speak of what people watch. `setups`: what its rows were made with; `mixed` where
    these differ.

    `drawn_otherwise` is what of the policy's rule isn't the one that the rows were chosen for; empty where all is.
    """

    name: str
    digest: str
    provenance: Provenance
    design: str
    miss_bound: float
    rows: int
    sources: int
    threshold: int
    codecs: tuple[str, ...]
    content: Content | None = None
    clips: str = ""
    toy: bool = False
    detector: Detector = Detector.NEAREST
    setups: tuple[str, ...] = ()
    mixed: bool = False
    drawn_otherwise: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TolerancesInfo:
    """The detector's tolerances as they were applied."""

    bitrate_pct: float
    vmaf: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyInfo:
    """The policy that judged."""

    where: str
    digest: str
    mode: Literal["enforce", "advisory"]
    structural: str
    tolerances: TolerancesInfo
    detector: str
    baseline: str
    reach: str
    contains: str
    off_grid: str
    undetermined: str
    unmeasured: str
    unresolved: str
    min_sources: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverInfo:
    """A waiver of the policy and what became of it."""

    codec: str
    recipe: str
    scope: str
    reason: str
    owner: str
    expires: str
    status: Literal["used", "unused", "expired"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Where policy and samples came from. `trusted` is False where no target branch is known."""

    commit: str
    trusted: bool
