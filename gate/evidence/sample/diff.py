"""Two samples side by side: cells whose verdict changed, and facts of the manifests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, get_args

from gate.evidence.model import Cell, CellKey, CellVerdict
from gate.evidence.sample.file import Sample
from gate.evidence.sample.manifest import SampleManifest
from gate.evidence.sweep.codecs import to_model
from gate.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CellChange:
    """One cell in the old and the new sample; None where a sample lacks it."""

    key: CellKey
    before: Cell | None
    after: Cell | None

    @property
    def became_structural(self) -> bool:
        return _structural(self.after) and not _structural(self.before)

    @property
    def ceased_structural(self) -> bool:
        return _structural(self.before) and not _structural(self.after)


@dataclass(frozen=True, slots=True, kw_only=True)
class FactChange:
    """Something else that the manifests say differently, by its key path. An empty text is absence."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleDifference:
    """Two samples side by side. Every cell that changed is in just one of the tuples, in the order of its labels.

    A structural cell that only one sample has is in `became` or `ceased`, not in `appeared` or `disappeared`.
    """

    old: str  # digests
    new: str
    became: tuple[CellChange, ...]
    ceased: tuple[CellChange, ...]
    other: tuple[CellChange, ...]  # both have it, neither judges it structural, and the verdicts differ
    appeared: tuple[CellChange, ...]
    disappeared: tuple[CellChange, ...]
    facts: tuple[FactChange, ...]

    @property
    def verdicts(self) -> tuple[CellChange, ...]:
        """The cells whose verdict changed: structural ones first."""
        return self.became + self.ceased + self.other


@dataclass(frozen=True, slots=True, kw_only=True)
class HitCell:
    """A cell whose verdict changed, and the adapter's own names of the presets that are judged by it."""

    change: CellChange
    presets: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HitDefault:
    """A default that ships now and reaches cells whose verdict changed. `point` says what it emits."""

    adapter: str
    codec: str
    path: str
    line: int
    point: str
    cells: tuple[HitCell, ...]

    @property
    def structurally(self) -> bool:
        """Whether a cell that it reaches became structural, or ceased to be."""
        return any(cell.change.became_structural or cell.change.ceased_structural for cell in self.cells)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refresh:
    """The difference of two samples, and what it means for what ships. `defaults` is None where nobody asked.

    `unread` says which adapters, or parts of them, could not be read, and so may be hit as well.
    """

    difference: SampleDifference
    defaults: tuple[HitDefault, ...] | None = None
    unread: tuple[str, ...] = ()


Kind = Literal["became", "ceased", "other", "appeared", "disappeared"]


def kind_of(change: CellChange) -> Kind | None:
    """In which of a difference's tuples a cell belongs; None where its verdict is the same."""
    if change.became_structural or change.ceased_structural:
        return "became" if change.became_structural else "ceased"
    if change.before is None or change.after is None:
        return "appeared" if change.before is None else "disappeared"
    return None if change.before.verdict is change.after.verdict else "other"


def _structural(cell: Cell | None) -> bool:
    return cell is not None and cell.verdict is CellVerdict.STRUCTURAL


def difference(old: Sample, new: Sample) -> SampleDifference:
    """`new` beside `old`, each judged by the rule that its own manifest states. Filler is unmeasured in both."""
    before, after = to_model(old.cells()), to_model(new.cells())
    found: dict[Kind, list[CellChange]] = {}
    for key in sorted({**before, **after}):
        change = CellChange(key=key, before=before.get(key), after=after.get(key))
        kind = kind_of(change)
        if kind is not None:
            found.setdefault(kind, []).append(change)
    return SampleDifference(
        old=old.digest,
        new=new.digest,
        **{kind: tuple(found.get(kind, ())) for kind in get_args(Kind)},
        facts=tuple(_changed(dict(_facts(old.manifest)), dict(_facts(new.manifest)))),
    )


def _changed(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[FactChange]:
    for what in dict.fromkeys([*old, *new]):
        before, after = old.get(what, ""), new.get(what, "")
        if before != after:
            yield FactChange(what=what, before=before, after=after)


def _facts(manifest: SampleManifest) -> Iterator[tuple[str, str]]:
    """What a manifest says that verdicts can hang on, by key path, as text. Order within a list says nothing."""
    yield "provenance", manifest.provenance.value
    yield "content", manifest.content.value if manifest.content else ""
    yield "clips", str(manifest.clips or "")
    yield "detector", manifest.detector.value
    yield "baseline", manifest.baseline.value
    yield "measured_on", str(manifest.measured_on or "")
    yield "corpus", _listed(manifest.corpus)
    yield "threshold", f"{manifest.threshold.hits}/{manifest.threshold.sources}"
    yield "tolerances.bitrate_pct", f"{manifest.tolerances.bitrate_pct:g}"
    yield "tolerances.vmaf", f"{manifest.tolerances.vmaf:g}"
    yield "design", manifest.design.text
    yield "miss_bound", manifest.miss_bound.exact
    yield "setup", "; ".join(map(str, manifest.setups))
    for tool, version in manifest.tools.items():
        yield f"tools.{tool}", version
    for mode, meaning in manifest.quality.items():
        yield f"quality.{mode}", meaning
    for codec in manifest.grids:
        yield from _facts_of(codec, manifest)


def _facts_of(codec: str, manifest: SampleManifest) -> Iterator[tuple[str, str]]:
    grid = manifest.grids[codec]
    yield f"grids.{codec}.presets", _listed(grid.presets)
    for mode, qualities in grid.qualities.items():
        yield f"grids.{codec}.{mode}", _listed(qualities)
    for mode, meanings in manifest.rc_modes.get(codec, {}).items():
        yield f"rc_modes.{codec}.{mode}", _listed(meanings)
    for recipe, knobs in manifest.recipes.get(codec, {}).items():
        if recipe != "bare":
            text = knobs if isinstance(knobs, str) else _listed(f"{name}={value}" for name, value in knobs.items())
            yield f"recipes.{codec}.{recipe}", text


def _listed(texts: Iterable[str]) -> str:
    return ", ".join(sorted(texts))
