"""The manifest inside a sample: grids, rule, design, miss bound, counts; typed at the boundary where it comes in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from gate.evidence.model import Basis, Detector
from gate.evidence.sweep.cells import Kept, Rule
from gate.evidence.sweep.manifest import (
    SWEEP_SCHEMA,
    Count,
    FractionText,
    Label,
    Origin,
    Record,
    Setup,
    SweepFile,
    SweepManifest,
    unreadable,
)
from gate.evidence.sweep.nearest import Baseline, Tolerances

SAMPLE_SCHEMA = "codec-gate.sample/1"


class Grid(Record):
    """What was measured of one codec: presets, and per rc_mode the q labels, in the rows' order."""

    presets: tuple[Label, ...]
    qualities: dict[Label, tuple[Label, ...]]


class ToleranceValues(Record):
    """The detector's tolerances that the sample was drawn under: percent of bitrate, VMAF points."""

    bitrate_pct: Annotated[float, Field(gt=0)]
    vmaf: Annotated[float, Field(ge=0)]


class ThresholdValues(Record):
    """From how many of N sources a cell is structural, and the rule that says so."""

    rule: Label
    hits: Annotated[int, Field(ge=1)]
    sources: Annotated[int, Field(ge=1)]


class DesignValues(Record):
    """Which rows were kept, and why those."""

    name: Label
    parameters: dict[Label, int | str] = Field(default={})
    seed: int

    @property
    def text(self) -> str:
        """`exact`, `screen:1`, `budget:4000 (screen:1)`: as it was asked for, and what a budget came to."""
        if self.name == "budget":
            rest = str(self.parameters.get("came_to", "exact"))
            came_to = f"screen:{self.parameters['screen']}" if "screen" in self.parameters else rest
            return f"budget:{self.parameters.get('rows', '?')} ({came_to})"
        return ":".join([self.name, *map(str, self.parameters.values())])


class ScreenValues(Record):
    """The sources on which one stratum's cells were tried first; one that holds on all of them went no further."""

    codec: Label
    rc_mode: Label
    sources: Annotated[tuple[Label, ...], Field(min_length=1)]


class MissBound(Record):
    """The highest probability that a structural cell is missed: as an exact fraction, and as a number."""

    exact: FractionText
    value: Annotated[float, Field(ge=0, le=1)]


class RowCounts(Record):
    """How many rows the sample holds."""

    total: Count
    bare: Count
    per_codec: dict[Label, Count]


class BasisCounts(Record):
    """What rows and non-bare cells rest on."""

    rows: dict[Basis, Count]
    cells: dict[Basis, Count]


class SampleManifest(Origin):
    """The manifest inside a sample file (design 6)."""

    schema_: Literal["codec-gate.sample/1"] = Field(alias="schema")
    gate_version: Label
    sweep: SweepFile
    grids: dict[Label, Grid]
    tolerances: ToleranceValues
    threshold: ThresholdValues
    detector: Detector = Field(default=Detector.NEAREST, description="That the rows were chosen for.")
    baseline: Baseline = Field(default=Baseline.ANY, description="That the rows were chosen for.")
    design: DesignValues
    miss_bound: MissBound
    rows: RowCounts
    basis: BasisCounts
    sweeps: tuple[SweepFile, ...] = Field(
        default=(), description="The files, where there were several; `sweep` is then all of them in this order."
    )
    setups: tuple[Setup, ...] = Field(default=(), description="What the rows were made with, where anybody said.")
    mixed: bool = Field(default=False, description="Setups, corpora or tools differ, and were put together on purpose.")
    screens: tuple[ScreenValues, ...] = Field(
        default=(),
        description="Of a screen:S design, the S sources of each codec and rc_mode that cells are cleared on.",
    )

    def rule(self) -> Rule:
        """The rule that the rows were chosen for."""
        return Rule(
            tolerances=Tolerances(bitrate_pct=self.tolerances.bitrate_pct, vmaf=self.tolerances.vmaf),
            baseline=self.baseline,
            detector=self.detector,
            structural=self.threshold.hits,
        )

    @property
    def kept(self) -> Kept:
        """Which of the sweep's rows these are."""
        return Kept(
            thinned=self.thinned or self.rows.total < self.sweep.rows,
            ladders=self.detector is Detector.POOLED,
            screens=screens_of(self.screens),
        )

    @property
    def screen(self) -> int:
        """S of the screen that cleared cells here; 0 where the design clears none on less than proof."""
        found = self.design.parameters.get("screen", 0)
        return found if isinstance(found, int) else 0

    @model_validator(mode="after")
    def _threshold_can_be_met(self) -> Self:
        if self.threshold.hits > self.threshold.sources:
            raise ValueError(f"threshold asks for {self.threshold.hits} of {self.threshold.sources} sources")
        if self.threshold.sources != len(self.corpus):
            raise ValueError(f"threshold counts {self.threshold.sources} sources, corpus has {len(self.corpus)}")
        most = self.threshold.sources - self.threshold.hits
        if not 0 <= self.screen <= most:
            raise ValueError(f"a screen of {self.screen} sources is none: at this threshold it takes 1 to {most}")
        return self

    @model_validator(mode="after")
    def _screens_are_the_designs(self) -> Self:
        """Without them nobody can tell which cells the screen cleared: such a sample is refused."""
        named = [(screen.codec, screen.rc_mode) for screen in self.screens]
        strata = [(codec, rc_mode) for codec, grid in self.grids.items() for rc_mode in grid.qualities]
        if sorted(named) != sorted(strata if self.screen else []):
            needs = "needs one of each codec and rc_mode; a sample without them has to be built again"
            raise ValueError(f"screens: design {self.design.text} {needs if self.screen else 'has none'}")
        for screen in self.screens:
            if len(set(screen.sources) & set(self.corpus)) != self.screen or len(screen.sources) != self.screen:
                what = f"{screen.codec} ({screen.rc_mode}) is not {self.screen} of the corpus's sources"
                raise ValueError(f"screens: that of {what}")
        return self

    def to_json(self) -> str:
        """The manifest as it stands in the sample: one line, keys in the schema's order.

        What later versions added is left out where it says nothing, so that an old sample keeps its bytes.
        """
        later = ("lacks", "sweeps", "setups", "mixed", "screens", "content", "clips", "thinned")
        silent = {name for name in later if not getattr(self, name)}
        return self.model_dump_json(by_alias=True, exclude=silent)


def parse_sample_manifest(text: str | bytes, where: str) -> SampleManifest:
    """The manifest inside the sample `where`. SampleError names the key path that is wrong."""
    try:
        return SampleManifest.model_validate_json(text)
    except ValidationError as error:
        raise unreadable(error, where) from error


def screens_of(screens: Iterable[ScreenValues]) -> dict[tuple[str, str], frozenset[str]]:
    """(codec, rc_mode) -> the sources that its cells are cleared on."""
    return {(screen.codec, screen.rc_mode): frozenset(screen.sources) for screen in screens}


def manifest_schemas() -> dict[str, dict[str, Any]]:
    """The JSON Schema of each manifest, by its `schema` value."""
    return {
        SWEEP_SCHEMA: SweepManifest.model_json_schema(by_alias=True),
        SAMPLE_SCHEMA: SampleManifest.model_json_schema(by_alias=True),
    }
