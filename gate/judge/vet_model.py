"""What `gate vet` found of a recommender's output: the one value that its formats are made from."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from gate.evidence.model import Rung
from gate.judge.judged_by import SampleInfo, Trust, WaiverInfo
from gate.judge.model import JudgedPoint
from gate.values import dataclass

SCHEMA = "codec-gate.vet/1"
LOSES = "loses-on-source"
UNKNOWN_SOURCE = "unknown-source"


class OnSource(StrEnum):
    """What the hull says of a content-dependent recommendation on the source that it is for."""

    NOT_ASKED = ""  # no cell of it is content-dependent
    ON_HULL = "on-hull"
    LOSES = "loses"
    NO_SOURCE = "no-source"  # it names none, or only a class of sources
    UNKNOWN = "unknown"  # the sample has no such row on that source


OPEN = frozenset({OnSource.NO_SOURCE, OnSource.UNKNOWN})
"""Where the source decides and nothing says what it does: the policy's `unknown_source`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VettedPoint:
    """A distinct operating point among the recommendations, judged as an adapter's new default would be."""

    codec: str
    judged: JudgedPoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Vetted:
    """One recommendation. `point` indexes the report's points; `row` and `beaten_by` are there where it loses."""

    line: int
    codec: str
    rc_mode: str
    recipe: str
    preset: str
    q: str
    source: str
    source_class: str
    point: int
    dropped: bool
    decided_by: str  # `loses-on-source`, `unknown-source`, else the verdict of its point, as `gate check` gives it
    on_source: OnSource
    row: Rung | None
    beaten_by: Rung | None
    waiver: int | None  # index into the report's waivers


@dataclass(frozen=True, slots=True, kw_only=True)
class VetCounts:
    """How many of what. `dropped_for` counts by what decided; `not_judged` to `waived` count what is kept."""

    recommendations: int
    points: int
    kept: int
    dropped: int
    dropped_for: dict[str, int]
    not_judged: int
    not_judged_on_source: int
    warned: int
    waived: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VetPolicy:
    """The policy that judged. The reach is always `emitted`: a recommendation names its rate control and quality."""

    where: str
    digest: str
    mode: Literal["enforce", "advisory"]
    off_grid: str
    unknown_source: Literal["warn", "drop", "keep"]
    reach: Literal["emitted"] = "emitted"


@dataclass(frozen=True, slots=True, kw_only=True)
class VetReport:
    """All that one vetting found. `trust` is None where there is no repository."""

    schema: str
    file: str
    form: str
    as_of: str
    trust: Trust | None
    policy: VetPolicy
    samples: tuple[SampleInfo, ...]
    counts: VetCounts
    recommendations: tuple[Vetted, ...]
    points: tuple[VettedPoint, ...]
    waivers: tuple[WaiverInfo, ...]
    notices: tuple[str, ...]
