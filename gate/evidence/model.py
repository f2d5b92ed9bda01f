"""The evidence behind one cell's verdict, source by source, as the detectors saw it. What people look at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Final, Literal, Protocol

from gate.model import Coordinates, Knobs, StandsFor
from gate.values import dataclass, field


class SourceState(StrEnum):
    """What a detector says of one cell on one source."""

    HIT = "hit"
    HOLDS = "holds"
    ABSTAINS = "abstains"
    ABSENT = "absent"  # the sample holds no row of it

    @property
    def known(self) -> bool:
        """Whether the detector spoke."""
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
    """One source of a cell; Δ is VMAF against the bare encoder, of several repeats their mean.

    Of these, bitrate, VMAF and matched row are of the repeat that is nearest to it.

    `interpolated_vmaf` is what the bare ladder of the same preset has at the candidate's own bitrate; where it
    abstains it is None, and `abstains_because` says why. `ladder` names what is wrong with that ladder.
    """

    source: str
    state: SourceState  # as the policy's detector counts it
    repeats: int
    bitrate_kbps: float | None
    vmaf: float | None
    nearest: SourceState
    matched: Matched | None
    delta: float | None
    interpolated: SourceState
    interpolated_vmaf: float | None
    interpolated_delta: float | None
    abstains_because: str
    ladder: tuple[Literal["saturated", "not monotone"], ...]
    bd: Bd | None
    no_bd_because: str
    pooled: SourceState = SourceState.ABSTAINS  # of the recipe's ladder at this preset
    pooled_delta: float | None = None

    def by(self, detector: Detector) -> float | None:
        """The Δ that a detector decides by."""
        if detector is Detector.FILLED and self.delta is None:
            return self.interpolated_delta
        named = {Detector.INTERPOLATED: self.interpolated_delta, Detector.POOLED: self.pooled_delta}
        return named.get(detector, self.delta)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """Paired over the sources on which the deciding detector spoke; `interval` is a bootstrap's 95 % of the median.

    None of it where a design picked the sources by their outcome (`picked`). `small`: too few of them for the sign test
    to find anything.

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
    picked: bool = False
    small: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CellDetail:
    """All that is shown of one cell: its sources in the corpus's order, statistics, BD over the corpus (medians)."""

    key: CellKey
    sources: tuple[SourceRow, ...]
    statistics: Statistics
    bd_rate_pct: float | None
    bd_vmaf: float | None
    bd_sources: int  # on how many sources there is a BD figure


OFF_TARGET: Final = 0.10


def is_off_target(misses: Sequence[float]) -> bool:
    """Whether rate control missed: most sources of a cell came out more than OFF_TARGET beside their target bitrate.

    `misses` are shares, one a source: −0.2 where 20 % too few bits were spent.
    """
    return 2 * sum(abs(miss) > OFF_TARGET for miss in misses) > len(misses)


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


class CellVerdict(StrEnum):
    """What the evidence says of one cell (design 4)."""

    STRUCTURAL = "structural"
    UNDETERMINED = "undetermined"
    CONTENT_DEPENDENT = "content-dependent"
    CLEARED = "cleared"  # ruled out, and nothing is known of some sources
    CLEAN = "clean"
    NO_EFFECT = "no effect"  # every source's stream is the bare encoder's
    UNMEASURED = "unmeasured"


RULED_OUT = frozenset({CellVerdict.CONTENT_DEPENDENT, CellVerdict.CLEARED, CellVerdict.CLEAN, CellVerdict.NO_EFFECT})
"""The verdicts of cells that are certainly not structural."""


class Provenance(StrEnum):
    """Where a sample's rows come from; shown by every report."""

    MEASURED = "measured"
    IMPORTED = "imported"
    RECONSTRUCTED = "reconstructed"


class Detector(StrEnum):
    """Which rule decides what a cell does on a source (design 3)."""

    NEAREST = "nearest"  # the published rule
    INTERPOLATED = "interpolated"
    BOTH = "both"
    FILLED = "filled"
    POOLED = "pooled"


class Content(StrEnum):
    """What a corpus shows; shown by every report."""

    NATURAL = "natural"  # filmed or drawn for people to watch
    SYNTHETIC = "synthetic"  # made by a generator


class Basis(StrEnum):
    """What a cell's figures rest on. No verdict ever comes from filler."""

    MEASURED = "measured"
    IMPORTED = "imported"
    PUBLISHED = "published"
    FILLER = "filler"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class CellKey:
    """One cell: a recipe at one preset and quality under one rate control, over all sources."""

    codec: str
    rc_mode: str
    recipe: str
    preset: str
    q: str

    def place(self, stands_for: StandsFor | None) -> Coordinates:
        """Where it lies, or what was asked where it answers for that."""
        asked = stands_for or self
        return Coordinates(rc_mode=self.rc_mode, preset=asked.preset, q=asked.q)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What one detector says of one cell: `hits` regress, `holds` hold, `unknown` is the rest of N.

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
    """One cell as the policy's detector decides it, beside what each detector says.

    `screened`: a design that may miss cleared it, on fewer sources than rule a structural cell out.
    """

    key: CellKey
    basis: Basis
    detector: Detector = Detector.NEAREST  # that decided
    screened: bool = False
    nearest: Tally | None = None
    interpolated: Tally | None = None
    pooled: Tally | None = None


def disagree(first: Tally | None, second: Tally | None) -> bool:
    """Whether one detector calls a cell structural that the other rules out."""
    if first is None or second is None:
        return False
    verdicts = {first.verdict, second.verdict}
    return CellVerdict.STRUCTURAL in verdicts and bool(verdicts & RULED_OUT)


class Details(Protocol):
    """The evidence behind a codec's cells, worked out where somebody asks."""

    def of(self, keys: Iterable[CellKey]) -> tuple[CellDetail, ...]:
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
    details: Details = field(compare=False, repr=False)
    _by_recipe: dict[str, list[CellKey]] = field(default_factory=dict, init=False, compare=False, repr=False)

    def of_recipe(self, recipe: str) -> Sequence[CellKey]:
        """The keys of a recipe's cells, in the order of `cells`: asked for again with every point."""
        if not self._by_recipe:
            for key in self.cells:
                self._by_recipe.setdefault(key.recipe, []).append(key)
        return self._by_recipe.get(recipe, ())
