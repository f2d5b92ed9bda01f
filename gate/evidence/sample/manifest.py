"""What a sweep and a sample say of themselves: the manifests, typed at the boundary where they come in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from gate.errors import SampleError
from gate.evidence.model import Basis, Provenance

SWEEP_SCHEMA = "codec-gate.sweep/1"
SAMPLE_SCHEMA = "codec-gate.sample/1"
SIDECAR_SUFFIXES = (".manifest.yaml", ".manifest.yml", ".manifest.json")
FOLDER_NAMES = ("manifest.yaml", "manifest.yml", "manifest.json")

Label = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
FractionText = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,30}(/[1-9][0-9]{0,29})?$")]
Count = Annotated[int, Field(ge=0)]
KnobSet = (
    dict[Label, Annotated[str, StringConstraints(max_length=500)]] | Annotated[str, StringConstraints(max_length=500)]
)


class _Record(BaseModel):
    """Frozen, closed to unknown keys; YAML's bare numbers become text where text is asked for."""

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True, allow_inf_nan=False)


class Setup(_Record):
    """What rows were made with and measured by; a text is empty where nobody said. Rows carry the same keys."""

    device: str = Field(default="", description="What encodes: a GPU, or a CPU.")
    driver: str = ""
    ffmpeg: str = ""
    libvmaf: str = ""
    model: str = Field(default="", description="The VMAF model.")
    pooling: str = Field(default="", description="How frames' scores become one: mean, harmonic mean.")

    def __str__(self) -> str:
        return ", ".join(f"{key} {value or 'not given'}" for key, value in self)


class _Origin(_Record):
    """What a sweep and every sample of it have in common."""

    provenance: Provenance
    title: str = ""
    corpus: tuple[Label, ...] = Field(default=(), description="The sources; N is how many. Empty: those in the rows.")
    recipes: dict[Label, dict[Label, KnobSet]] = Field(
        default={},
        description="codec -> recipe -> its knobs: FFmpeg option names without dash and their values, or k=v,k=v.",
    )
    rc_modes: dict[Label, dict[Label, tuple[Label, ...]]] = Field(
        default={}, description="codec -> rc_mode label of the rows -> the canonical rate controls that it means."
    )
    quality: dict[Label, str] = Field(default={}, description="rc_mode label -> what q counts there, and its unit.")
    tools: dict[Label, str] = Field(default={}, description="Tool -> the version that made the rows.")
    measured_on: date | None = None
    notes: tuple[str, ...] = ()
    lacks: tuple[str, ...] = Field(default=(), description="What was asked for and isn't in the rows; reports say it.")
    references: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if len(set(self.corpus)) != len(self.corpus):
            raise ValueError("corpus names a source twice")
        for codec, recipes in self.recipes.items():
            if recipes.get("bare"):
                raise ValueError(f"recipes.{codec}.bare holds knobs, but bare means none")
        return self


class SweepManifest(_Origin):
    """The sidecar of a sweep file."""

    schema_: Literal["codec-gate.sweep/1"] = Field(alias="schema")
    sweep: str = Field(default="", description="The file that it describes; needed where its name doesn't say so.")
    setup: Setup = Field(default=Setup(), description="What made all of its rows, as far as the rows don't say it.")


class SweepFile(_Record):
    """Which sweep a sample was drawn from: its file's name, the sha256 of its bytes, its rows."""

    name: str
    sha256: Digest
    rows: Count


class Grid(_Record):
    """What was measured of one codec: presets, and per rc_mode the q labels, in the rows' order."""

    presets: tuple[Label, ...]
    qualities: dict[Label, tuple[Label, ...]]


class ToleranceValues(_Record):
    """The detector's tolerances that the sample was drawn under: percent of bitrate, VMAF points."""

    bitrate_pct: Annotated[float, Field(gt=0)]
    vmaf: Annotated[float, Field(ge=0)]


class ThresholdValues(_Record):
    """From how many of N sources a cell is structural, and the rule that says so."""

    rule: Label
    hits: Annotated[int, Field(ge=1)]
    sources: Annotated[int, Field(ge=1)]


class DesignValues(_Record):
    """Which rows were kept, and why those."""

    name: Label
    parameters: dict[Label, int | str] = {}
    seed: int

    @property
    def text(self) -> str:
        """`exact`, `screen:1`, `budget:4000 (screen:1)`: as it was asked for, and what a budget came to."""
        if self.name == "budget":
            came_to = f"screen:{self.parameters['screen']}" if "screen" in self.parameters else "exact"
            return f"budget:{self.parameters.get('rows', '?')} ({came_to})"
        return ":".join([self.name, *map(str, self.parameters.values())])


class ScreenValues(_Record):
    """The sources on which one stratum's cells were tried first; one that holds on all of them went no further."""

    codec: Label
    rc_mode: Label
    sources: Annotated[tuple[Label, ...], Field(min_length=1)]


class MissBound(_Record):
    """The highest probability that a structural cell is missed: as an exact fraction, and as a number."""

    exact: FractionText
    value: Annotated[float, Field(ge=0, le=1)]


class RowCounts(_Record):
    """How many rows the sample holds."""

    total: Count
    bare: Count
    per_codec: dict[Label, Count]


class BasisCounts(_Record):
    """What rows and non-bare cells rest on."""

    rows: dict[Basis, Count]
    cells: dict[Basis, Count]


class SampleManifest(_Origin):
    """The manifest inside a sample file (design 6)."""

    schema_: Literal["codec-gate.sample/1"] = Field(alias="schema")
    gate_version: Label
    sweep: SweepFile
    grids: dict[Label, Grid]
    tolerances: ToleranceValues
    threshold: ThresholdValues
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
        silent = {name for name in ("lacks", "sweeps", "setups", "mixed", "screens") if not getattr(self, name)}
        return self.model_dump_json(by_alias=True, exclude=silent)


def parse_sample_manifest(text: str | bytes, where: str) -> SampleManifest:
    """The manifest inside the sample `where`. SampleError names the key path that is wrong."""
    try:
        return SampleManifest.model_validate_json(text)
    except ValidationError as error:
        raise _unreadable(error, where) from error


def screens_of(screens: Iterable[ScreenValues]) -> dict[tuple[str, str], frozenset[str]]:
    """(codec, rc_mode) -> the sources that its cells are cleared on."""
    return {(screen.codec, screen.rc_mode): frozenset(screen.sources) for screen in screens}


def read_manifest(path: Path) -> SweepManifest:
    """A sweep's sidecar, YAML or JSON. SampleError names file and key path."""
    loaded = _load(path)
    if not isinstance(loaded, Mapping):
        raise SampleError("a manifest is a mapping of keys", where=str(path))
    try:
        return SweepManifest.model_validate(loaded)
    except ValidationError as error:
        raise _unreadable(error, str(path)) from error


def find_manifest(sweep: Path) -> SweepManifest | None:
    """The sidecar of a sweep file; None where it has none.

    `<file name>.manifest.yaml` (.yml, .json) beside it; else a `manifest.yaml` (.yml, .json) in its folder whose
    `sweep:` names the file.
    """
    beside = (sweep.with_name(sweep.name + suffix) for suffix in SIDECAR_SUFFIXES)
    for path in beside:
        if path.is_file():
            return read_manifest(path)
    for path in map(sweep.with_name, FOLDER_NAMES):
        if path.is_file() and _names(path) == sweep.name:
            return read_manifest(path)
    return None


def manifest_schemas() -> dict[str, dict[str, Any]]:
    """The JSON Schema of each manifest, by its `schema` value."""
    return {
        SWEEP_SCHEMA: SweepManifest.model_json_schema(by_alias=True),
        SAMPLE_SCHEMA: SampleManifest.model_json_schema(by_alias=True),
    }


def _names(path: Path) -> object:
    """The `sweep:` of a folder's manifest; None where the file is another program's, which may be in any form."""
    try:
        loaded = _load(path)
    except SampleError:
        if b"codec-gate." in path.read_bytes():
            raise
        return None
    return loaded.get("sweep") if isinstance(loaded, Mapping) else None


def _load(path: Path) -> object:
    from gate.documents import read_yaml  # noqa: PLC0415  a sample's manifest is JSON: checks never need this

    try:
        contents = path.read_bytes()
    except OSError as error:
        raise SampleError(f"can't be read: {error.strerror}", where=str(path)) from error
    loaded: object = read_yaml(contents, str(path), SampleError)
    return loaded


def _unreadable(error: ValidationError, where: str) -> SampleError:
    """The first thing that is wrong, by its key path, and how many more there are."""
    problems = error.errors(include_url=False)
    path = ".".join(map(str, problems[0]["loc"])) or "manifest"
    more = f"; {len(problems) - 1} more" if len(problems) > 1 else ""
    what = problems[0]["msg"].removeprefix("Value error, ")
    return SampleError(f"{path}: {what[0].lower()}{what[1:]}{more}", where=where)
