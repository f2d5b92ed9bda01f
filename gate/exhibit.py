"""The evidence behind one cell's verdict, source by source, as both witnesses saw it. What people look at."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class SourceState(StrEnum):
    """What a witness says of one cell on one source."""

    HIT = "hit"
    HOLDS = "holds"
    ABSTAINS = "abstains"
    ABSENT = "absent"  # the sample holds no row of it

    @property
    def known(self) -> bool:
        """Whether the witness spoke."""
        return self in {SourceState.HIT, SourceState.HOLDS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """The bare row that the published rule compared with, and by how much its bitrate is off: (bare - c) / c."""

    preset: str
    q: str
    bitrate_kbps: float
    vmaf: float
    mismatch_pct: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bd:
    """A recipe against bare at one preset, over its qualities: bits saved are negative, VMAF gained is positive.

    `overlap` is the share of the two curves' VMAF range that both cover, 0 to 1.
    """

    rate_pct: float
    vmaf: float
    overlap: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """One source of a cell. Of several repeats the one that loses most; Δ is VMAF against the bare encoder.

    `interpolated_vmaf` is what the bare ladder of the same preset has at the candidate's own bitrate; where the witness
    abstains it is None, and `abstains_because` says why. `ladder` names what is wrong with that ladder.
    """

    source: str
    state: SourceState  # as the policy's detector counts it
    repeats: int
    bitrate_kbps: float | None
    vmaf: float | None
    published: SourceState
    matched: Matched | None
    delta: float | None
    interpolated: SourceState
    interpolated_vmaf: float | None
    interpolated_delta: float | None
    abstains_because: str
    ladder: tuple[Literal["saturated", "not monotone"], ...]
    bd: Bd | None
    no_bd_because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """Paired over the sources on which the deciding witness spoke; `interval` is a bootstrap's 95 % of the median.

    `floor_vmaf` is the noise of one Δ, `floor_assumed` where no repeats measured it. `fragile`: sources within the
    floor of the tolerance could turn the structural verdict; `flips` of them would have to.
    """

    sources: int
    median_delta: float | None
    interval: tuple[float, float] | None
    sign_test_p: float | None
    floor_vmaf: float
    floor_assumed: bool
    within_floor: tuple[str, ...]
    fragile: bool
    flips: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """All that is shown of one cell: its sources in the corpus's order, statistics, BD over the corpus (medians)."""

    codec: str
    rc_mode: str
    recipe: str
    preset: str
    q: str
    sources: tuple[SourceRow, ...]
    statistics: Statistics
    bd_rate_pct: float | None
    bd_vmaf: float | None
    bd_sources: int  # on how many sources there is a BD figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One row of a slice: a bare one of its ladder, or a candidate beside it."""

    recipe: str
    preset: str
    q: str
    bitrate_kbps: float
    vmaf: float
    on_hull: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """What a rate–distortion plot of one (source, codec, rc_mode) shows: bare, the recipes in question, the hull."""

    source: str
    codec: str
    rc_mode: str
    rungs: tuple[Rung, ...]
