"""Every key of the policy file, with its default, bounds and meaning: tolerances, threshold, rules, waivers."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from gate.documents import ONE_OR_MORE, Digest, Short, a_share, checked_address

Action = Literal["fail", "warn", "pass"]


def _label(value: Any) -> Any:
    """YAML reads `q: 1` as a number and `spatial-aq: on` as a boolean; both are labels here."""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, (int, float)):
        return f"{value:g}" if math.isfinite(value) and abs(value) < 1e6 else repr(value)
    return value


Label = Annotated[
    str,
    Field(min_length=1, max_length=200),
    Short(_label, lambda _: [{"type": "number"}, {"type": "boolean"}]),
]
Labels = Annotated[tuple[Label, ...], Field(min_length=1), ONE_OR_MORE]
KnobMap = Annotated[dict[str, Label], Field(min_length=1)]


class _Part(BaseModel):
    # Validators are built when a policy file is read: the defaults are right as they stand, and start-up time counts.
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, defer_build=True)


class Adapters(_Part):
    """Where adapters are, and what reads them."""

    paths: Annotated[tuple[str, ...], Field(min_length=1), ONE_OR_MORE] = Field(
        description="Globs from the repository's root; `*` stays in a folder, `**/` crosses folders."
    )
    reader: Literal["vmaf-tune", "manifest"] = "vmaf-tune"


DetectorName = Literal["nearest", "interpolated", "both", "filled", "pooled"]


class PinnedSample(_Part):
    """One sample that serves as evidence, pinned by its digest."""

    builtin: str | None = Field(None, description="Name of a sample that ships with the gate.")
    path: str | None = Field(None, description="A file in the trust ref's tree.")
    url: Annotated[str, AfterValidator(checked_address)] | None = Field(
        None, description="An https address that anyone may read; the file is kept in the cache under its digest."
    )
    sha256: Digest | None = Field(None, description="Digest of the file; needed for `path` and `url`.")
    codecs: Labels | None = Field(None, description="Serve only these codecs from it; all that it holds without.")
    detector: DetectorName | None = Field(None, description="What decides on these codecs, in place of the policy's.")

    @model_validator(mode="after")
    def _one_place(self) -> PinnedSample:
        if sum(place is not None for place in (self.builtin, self.path, self.url)) != 1:
            raise ValueError("needs exactly one of `builtin`, `path` and `url`")
        if self.builtin is None and self.sha256 is None:
            raise ValueError("needs `sha256`: a sample that isn't pinned could be swapped")
        return self


class Tolerances(_Part):
    """The detector's two tolerances."""

    bitrate_pct: float = Field(
        5.0,
        gt=0,
        le=100,
        allow_inf_nan=False,
        description="How far a row of the encoder's defaults may be from the candidate's bitrate, in percent.",
    )
    vmaf: float = Field(
        0.1, ge=0, le=100, allow_inf_nan=False, description="A candidate regresses when it loses more VMAF than this."
    )


class EvidenceAge(_Part):
    """How old evidence may be."""

    days: int = Field(gt=0)
    action: Literal["fail", "warn"] = "warn"


class Selection(_Part):
    """Which points a rule or a waiver means: a codec, and a recipe by name or by its knobs."""

    codec: Label
    recipe: Label | None = Field(None, description="A recipe of the sample's catalogue.")
    knobs: KnobMap | None = Field(
        None, description="FFmpeg options without their dash; outlives a sample that renames its recipes."
    )
    rc_mode: Labels | None = None
    preset: Labels | None = None
    q: Labels | None = None
    reason: str = Field(min_length=1)

    @model_validator(mode="after")
    def _one_of_recipe_and_knobs(self) -> Selection:
        if (self.recipe is None) == (self.knobs is None):
            raise ValueError("needs exactly one of `recipe` and `knobs`")
        if self.recipe == "bare":
            raise ValueError("names `bare`, which has no knobs: nothing could be forbidden or waived by it")
        return self


class Rule(Selection):
    """A ship-blocker: any knob set that contains the recipe matches."""

    reference: str = Field("", description="Where the decision is written down.")


class Waiver(Selection):
    """Lets a known loss ship until a day."""

    owner: str = Field(min_length=1)
    expires: dt.date = Field(description="The first day (UTC) on which the waiver no longer counts.")


class Policy(_Part):
    """What the gate enforces. Every key has a default; an unknown key is an error."""

    version: Literal[1] = 1
    mode: Literal["enforce", "advisory"] = Field(
        "enforce", description="`advisory` reports and never blocks, for adoption."
    )
    adapters: Annotated[tuple[Adapters, ...], Field(min_length=1), ONE_OR_MORE] = (
        Adapters.model_construct(paths=("**/codec_adapters/*.py",)),
    )
    watch: Annotated[tuple[str, ...], ONE_OR_MORE] = Field(
        (), description="Globs of files that decide what adapters come to, and aren't read: a change of one is named."
    )
    samples: Annotated[tuple[PinnedSample, ...], Field(min_length=1), ONE_OR_MORE] = (
        PinnedSample.model_construct(builtin="research-0080"),  # NVENC and QSV
        # libx264, libx265, SVT-AV1; by the detector that docs/detector-figures.md shows best
        PinnedSample.model_construct(builtin="measured", detector="pooled"),
    )
    detector: DetectorName = Field(
        "nearest",
        description="Which rule decides whether a source is a hit: the bare row nearest in bitrate, as published "
        "(`nearest`); the bare ladder of the same preset at the candidate's own bitrate (`interpolated`); `both` of "
        "them; nearest where it speaks and else interpolated (`filled`); the mean of interpolated over all qualities "
        "of the recipe at a preset (`pooled`). Reports show nearest and interpolated always.",
    )
    baseline: Literal["any", "same-preset"] = Field(
        "any", description="Whether the matched bare row may have another preset, as published, or not."
    )
    tolerances: Tolerances = Tolerances.model_construct(bitrate_pct=5.0, vmaf=0.1)
    structural: Annotated[int | str, BeforeValidator(a_share)] = Field(
        "7/9", description="Sources on which a cell must regress: a fraction of the corpus, or a number."
    )
    min_sources: int = Field(
        5, ge=1, description="With fewer sources in the corpus no cell is called structural: it stays undetermined."
    )
    reach: Literal["all", "emitted"] = Field(
        "all",
        description="Judge a point at every measured rate control and quality, or only at those that the adapter "
        "emits.",
    )
    contains: Action = Field("fail", description="A knob set outside the catalogue that contains a structural recipe.")
    off_grid: Literal["nearest", "bracket", "exact"] = Field(
        "nearest", description="Which measured preset and quality answer for one that wasn't measured."
    )
    unknown_source: Literal["warn", "drop", "keep"] = Field(
        "warn", description="`gate vet`: a content-dependent recipe for a clip that the sample doesn't have."
    )
    undetermined: Action = "warn"
    unmeasured: Action = "warn"
    unresolved: Literal["error", "warn"] = Field(
        "error", description="An adapter that can't be read: could not judge (exit 2), or a warning."
    )
    max_evidence_age: EvidenceAge | None = None
    published_patterns: bool = Field(
        True, description="Whether the four patterns that the published findings propose to forbid apply."
    )
    forbid: tuple[Rule, ...] = ()
    discourage: tuple[Rule, ...] = ()
    waivers: tuple[Waiver, ...] = ()

    @property
    def share(self) -> int | Fraction:
        """`structural` as a number of sources, or as a fraction of the corpus."""
        return Fraction(self.structural) if isinstance(self.structural, str) else self.structural


def knob_text(knobs: Mapping[str, str]) -> str:
    """Knobs as people write them: `bf=3, spatial-aq=1`."""
    return ", ".join(f"{name}={value}" for name, value in knobs.items())
