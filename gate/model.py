"""The values that every part shares: points, cells and what was found of them. Frozen, and free of I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from gate.exhibit import Exhibit, Slice

Knobs = tuple[tuple[str, str], ...]
"""Canonical encoder knobs, sorted by name: `(("bf", "3"), ("spatial-aq", "1"))`; `()` is bare."""


class CellVerdict(StrEnum):
    """What the evidence says of one cell (design 4)."""

    STRUCTURAL = "structural"
    UNDETERMINED = "undetermined"
    CONTENT_DEPENDENT = "content-dependent"
    CLEAN = "clean"
    UNMEASURED = "unmeasured"


class Provenance(StrEnum):
    """Where a sample's rows come from; shown by every report."""

    MEASURED = "measured"
    IMPORTED = "imported"
    RECONSTRUCTED = "reconstructed"


class Basis(StrEnum):
    """What a cell's figures rest on. No verdict ever comes from filler."""

    MEASURED = "measured"
    IMPORTED = "imported"
    PUBLISHED = "published"
    FILLER = "filler"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Location:
    """A line of a file in the judged tree; `line` counts from 1."""

    path: str
    line: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


# --- evidence -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class CellKey:
    """One cell: a recipe at one preset and quality under one rate control, over all sources."""

    codec: str
    rc_mode: str
    recipe: str
    preset: str
    q: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What one witness says of one cell: `hits` regress, `holds` hold, `unknown` is the rest of N.

    `mean_delta` is the mean Δ VMAF over the regressing sources; `worst_*` name the deepest of them. None without hits.
    """

    verdict: CellVerdict
    hits: int
    holds: int
    unknown: int
    mean_delta: float | None = None
    worst_source: str | None = None
    worst_delta: float | None = None

    @property
    def sources(self) -> int:
        """N, the size of the corpus that the cell was judged over."""
        return self.hits + self.holds + self.unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell(Tally):
    """One cell as the policy's detector decides it, beside what each witness says.

    `screened`: a design that may miss cleared it, on fewer sources than rule a structural cell out.
    """

    key: CellKey
    basis: Basis
    screened: bool = False
    published: Tally | None = None
    interpolated: Tally | None = None


def disagree(first: Tally | None, second: Tally | None) -> bool:
    """Whether one witness calls a cell structural that the other rules out."""
    if first is None or second is None:
        return False
    verdicts = {first.verdict, second.verdict}
    return CellVerdict.STRUCTURAL in verdicts and bool(verdicts & {CellVerdict.CLEAN, CellVerdict.CONTENT_DEPENDENT})


class Exhibits(Protocol):
    """The evidence behind a codec's cells, worked out where somebody asks."""

    def of(self, keys: Iterable[CellKey]) -> tuple[Exhibit, ...]:
        """Cells, source by source, in this order."""

    def slices(self, keys: Iterable[CellKey]) -> tuple[Slice, ...]:
        """The rate–distortion planes that these cells lie in, on every source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodecEvidence:
    """All that one sample knows of one codec: its grid, its recipes, and every non-bare cell that it judges."""

    codec: str
    sample: str  # the sample's digest: which of the report's samples served this codec
    sources: tuple[str, ...]
    threshold: int  # T: hits from which a cell is structural
    rc_modes: Mapping[str, frozenset[str]]  # label in the sweep -> canonical rate controls that it means
    presets: tuple[str, ...]  # measured presets
    qualities: Mapping[str, tuple[str, ...]]  # rc_mode label -> measured q labels
    recipes: Mapping[str, Knobs]  # recipe -> canonical knobs; `bare` is ()
    cells: Mapping[CellKey, Cell]
    exhibits: Exhibits | None = field(default=None, compare=False, repr=False)


# --- proposal -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """One element of an argv and the lines that made it, the most specific first."""

    text: str
    origins: tuple[Location, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Emission:
    """What an adapter emits by default for one of its presets.

    `condition` is empty, or says on what of the host it depends that anything is emitted at all.
    """

    preset: str
    argv: tuple[Token, ...]  # ffmpeg_codec_args, `-c:v ENC` included
    extra: tuple[Token, ...]  # extra_params
    condition: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """A method of the adapter raises by design for this preset: nothing is emitted, nothing is judged."""

    preset: str
    exception: str
    message: str
    where: Location


@dataclass(frozen=True, slots=True, kw_only=True)
class Unresolved:
    """Something that the reader doesn't model; all that it could alter is unknown."""

    reason: str
    where: Location
    adapter: str = ""  # registry key; empty where it touches the whole package
    preset: str = ""  # empty where it touches every preset


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatingPoint:
    """What an adapter emits by default, in canonical terms. Equality is identity of the point, not of its lines.

    `rc_mode` is the canonical rate control (`gate.proposal.ffmpeg`), empty where no table knows the encoder;
    `preset` and `q` are empty where the argv holds none.
    """

    codec: str
    rc_mode: str
    preset: str
    q: str
    knobs: Knobs
    limits: Knobs = field(default=(), compare=False)  # maxrate and minrate where they make it CBR, and so are no knobs


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """An operating point and the lines behind its parts: `rc_mode`, `preset`, `q`, `codec` and each knob name."""

    at: OperatingPoint
    origins: Mapping[str, tuple[Location, ...]] = field(compare=False)
    adapter_preset: str = ""  # the adapter's own name of the preset that emits it
    condition: str = ""  # see Emission.condition


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    """One registered adapter, as read. `key` is its registry key."""

    key: str
    name: str
    encoder: str
    where: Location
    quality_knob: str
    quality_default: str
    presets: tuple[str, ...]
    emissions: tuple[Emission, ...]
    points: tuple[Point, ...]
    raised: tuple[Raised, ...] = ()
    unresolved: tuple[Unresolved, ...] = ()
    files: frozenset[str] = frozenset()  # every file whose contents could alter it
    touched: frozenset[Location] = field(default=frozenset(), compare=False)  # lines that took part in its evaluation


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What one tree's adapters emit: registry key -> adapter, and what could not be read outside any adapter."""

    adapters: Mapping[str, Adapter]
    unresolved: tuple[Unresolved, ...] = ()
    files: Mapping[str, bytes] = field(
        default_factory=dict, compare=False
    )  # path -> contents of what was read, ids of what lies beside


class ChangeKind(StrEnum):
    """What became of an adapter's default. `STANDING` is none: what base already emitted, for listing."""

    NEW_ADAPTER = "new-adapter"
    NEW_PRESET = "new-preset"
    ENCODER = "encoder"
    KNOB_ADDED = "knob-added"
    KNOB_CHANGED = "knob-changed"
    KNOB_REMOVED = "knob-removed"
    RATE_CONTROL = "rate-control"
    QUALITY = "quality-default"
    PRESET = "preset"
    STANDING = "standing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One part of a point that head has otherwise than base. An empty text is absence."""

    kind: ChangeKind
    before: str
    after: str
    where: Location


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedPoint:
    """A point of head and the adapter's own names of the presets that emit it."""

    at: OperatingPoint
    presets: tuple[str, ...]
    condition: str = ""  # see Emission.condition; empty where one of the presets emits it unconditionally


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference, or set of differences, that some of an adapter's points share.

    `kind` and `where` are the first difference's; `before` and `after` name them all.
    """

    adapter: str  # registry key
    codec: str
    kind: ChangeKind
    before: str
    after: str
    where: Location
    differences: tuple[Difference, ...]
    points: tuple[ChangedPoint, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StandsFor:
    """What was asked where a measured neighbour answered."""

    preset: str
    q: str


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Place:
    """One place that a point reaches: rate control (label or canonical name), preset, quality; empty means any."""

    rc_mode: str = ""
    preset: str = ""
    q: str = ""
