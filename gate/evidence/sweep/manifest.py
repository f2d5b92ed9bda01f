"""The manifest beside a sweep, its sidecar: provenance, corpus, recipes, rate controls, setup. Found, read, typed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, WithJsonSchema, model_validator

from gate.documents import Digest, explain, read_bytes, read_yaml
from gate.errors import SampleError
from gate.evidence.model import Content, Provenance
from gate.evidence.sweep.mapped import Columns

SWEEP_SCHEMA = "codec-gate.sweep/1"
SIDECAR_SUFFIXES = (".manifest.yaml", ".manifest.yml", ".manifest.json")
TOY_HEIGHT = 240
FOLDER_NAMES = ("manifest.yaml", "manifest.yml", "manifest.json")

Label = Annotated[str, StringConstraints(min_length=1, max_length=200)]
FractionText = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,30}(/[1-9][0-9]{0,29})?$")]
Count = Annotated[int, Field(ge=0)]
Setting = Annotated[str, StringConstraints(max_length=500), WithJsonSchema({"type": ["string", "number"]})]
KnobSet = dict[Label, Setting] | Annotated[str, StringConstraints(max_length=500)]


class Record(BaseModel):
    """Frozen, closed to unknown keys; YAML's bare numbers become text where text is asked for."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", coerce_numbers_to_str=True, allow_inf_nan=False, defer_build=True
    )


class Setup(Record):
    """What rows were made with and measured by; a text is empty where nobody said. Rows carry the same keys."""

    device: str = Field(default="", description="What encodes: a GPU, or a CPU.")
    driver: str = ""
    ffmpeg: str = ""
    libvmaf: str = ""
    model: str = Field(default="", description="The VMAF model.")
    pooling: str = Field(default="", description="How frames' scores become one: mean, harmonic mean.")

    def __str__(self) -> str:
        return ", ".join(f"{key} {value or 'not given'}" for key, value in self)


class Clips(Record):
    """How large the sources are, as they were encoded."""

    width: Annotated[int, Field(ge=1)]
    height: Annotated[int, Field(ge=1)]
    seconds: Annotated[float, Field(gt=0)]

    @property
    def toy(self) -> bool:
        """Too small for anybody to watch."""
        return self.height < TOY_HEIGHT

    def __str__(self) -> str:
        return f"{self.width}×{self.height}, {self.seconds:g} s"


class Origin(Record):
    """What a sweep and every sample of it have in common."""

    provenance: Provenance
    content: Content | None = Field(default=None, description="What the sources show; every report says it.")
    clips: Clips | None = Field(default=None, description="How large they are: of several sizes, the largest.")
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
    thinned: bool = Field(
        default=False, description="Rows were left out by what others said, as a run does that measures in turn."
    )
    references: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if len(set(self.corpus)) != len(self.corpus):
            raise ValueError("corpus names a source twice")
        for codec, recipes in self.recipes.items():
            if recipes.get("bare"):
                raise ValueError(f"recipes.{codec}.bare holds knobs, but bare means none")
        return self


class SweepManifest(Origin):
    """The sidecar of a sweep file."""

    schema_: Literal["codec-gate.sweep/1"] = Field(alias="schema")
    sweep: str = Field(default="", description="The file that it describes; needed where its name doesn't say so.")
    setup: Setup = Field(default=Setup(), description="What made all of its rows, as far as the rows don't say it.")
    columns: Columns = Field(
        default={}, description="Field of a row -> where the file has it, for a sweep in a shape of its own."
    )


class SweepFile(Record):
    """Which sweep a sample was drawn from: its file's name, the sha256 of its bytes, its rows."""

    name: str
    sha256: Digest
    rows: Count


def read_manifest(path: Path) -> SweepManifest:
    """A sweep's sidecar, YAML or JSON. SampleError names file and key path."""
    loaded = _load(path)
    if not isinstance(loaded, Mapping):
        raise SampleError("a manifest is a mapping of keys", where=str(path))
    try:
        return SweepManifest.model_validate(loaded)
    except ValidationError as error:
        raise unreadable(error, str(path)) from error


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
    loaded: object = read_yaml(read_bytes(path, SampleError), str(path), SampleError).data
    return loaded


def unreadable(error: ValidationError, where: str) -> SampleError:
    """The first thing that is wrong, by its key path, and how many more there are."""
    return SampleError(explain(error, "manifest")[1], where=where)
