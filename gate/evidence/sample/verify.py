"""Whether a sample's rows bear out its manifest, alone or beside the whole sweep; what of it nobody can reach."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from gate.errors import SampleError
from gate.evidence.sample.build import Comparison, basis_counts, compare, grids, grounded, label_pairs, row_counts
from gate.evidence.sample.file import Sample
from gate.evidence.sample.manifest import Grid, SampleManifest, screens_of
from gate.evidence.sample.sequential import miss_bound
from gate.evidence.sample.strata import source_order
from gate.evidence.sweep.cells import Cells, threshold
from gate.evidence.sweep.columns import LABELS, Sweep
from gate.values import dataclass

DESIGNS = ("full", "exact", "screen", "budget")
"""The gate's own designs, which state just the bound that follows from corpus, threshold and screen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What is wrong with a sample, one line each, and how it judges beside its sweep where that was given."""

    problems: tuple[str, ...]
    comparison: Comparison | None = None

    @property
    def sound(self) -> bool:
        """Whether manifest and rows agree, and no verdict is wrong."""
        return not self.problems and (self.comparison is None or not self.comparison.wrong)


def verify_sample(sample: Sample, against: Sweep | None = None, *, against_digest: str = "") -> Verification:
    """Checks the manifest against the rows, and both against the whole sweep where that is given.

    `against_digest` is the sha256 of the sweep's file; empty leaves it unchecked. The digest of the sample itself is
    checked where it is read (`read_sample`).
    """
    cells = sample.cells()
    manifest = sample.manifest
    problems = [*_disagreements(sample, cells), *_broken_threshold(manifest), *_broken_bound(manifest)]
    if against is None:
        return Verification(problems=tuple(problems))
    try:
        against = grounded(against, manifest.provenance, manifest.sweep.name)
    except SampleError as error:
        return Verification(problems=(*problems, f"provenance: the sweep {error.what}"))
    problems += [*_not_of(sample, against, against_digest), *_chosen_screens(manifest, against)]
    return Verification(problems=tuple(problems), comparison=_beside(sample, cells, against))


def _beside(sample: Sample, cells: Cells, sweep: Sweep) -> Comparison | None:
    """Both judgements side by side; None where the sweep has sources that the sample's corpus doesn't."""
    if not set(sweep.source.names) <= set(sample.manifest.corpus):
        return None
    return compare(cells, sample.cells(of=sweep))


def _disagreements(sample: Sample, cells: Cells) -> Iterator[str]:
    """Where manifest and rows say different things. Orders may differ, values may not."""
    manifest, counted = sample.manifest, basis_counts(sample.sweep, cells)
    pairs = {
        "rows": (manifest.rows, row_counts(sample.sweep)),
        "basis.rows": (manifest.basis.rows, counted.rows),
        "basis.cells": (manifest.basis.cells, counted.cells),
    }
    for name, (said, found) in pairs.items():
        if said != found:
            yield f"{name}: the manifest says {said}, the rows say {found}"
    if _unordered(manifest.grids) != _unordered(grids(sample.sweep)):
        yield "grids: presets or qualities of the manifest are not those of the rows"


def _broken_threshold(manifest: SampleManifest) -> Iterator[str]:
    rule = manifest.threshold.rule
    try:
        hits = threshold(manifest.threshold.sources, Fraction(rule) if "/" in rule else int(rule))
    except (ValueError, ZeroDivisionError):
        yield f"threshold.rule: {rule!r} is neither a fraction nor a count"
        return
    if hits != manifest.threshold.hits:
        yield f"threshold.hits: {rule} of {manifest.threshold.sources} sources is {hits}, not {manifest.threshold.hits}"


def _broken_bound(manifest: SampleManifest) -> Iterator[str]:
    """Where the bound isn't that of the design; of a design that nobody here knows, only whether it is one number."""
    said, screen = manifest.miss_bound, manifest.screen
    if float(Fraction(said.exact)) != said.value:
        yield f"miss_bound: {said.exact} is not {said.value}"
    known = screen or manifest.design.name in DESIGNS
    bound = miss_bound(manifest.threshold.sources, manifest.threshold.hits, screen) if screen else Fraction(0)
    if known and Fraction(said.exact) != bound:
        yield f"miss_bound: {said.exact}, but that of {manifest.design.text} is {bound}"


def _not_of(sample: Sample, sweep: Sweep, digest: str) -> Iterator[str]:
    """Why this can't be the sweep that the sample was drawn from."""
    said = sample.manifest.sweep
    if digest and digest != said.sha256:
        yield f"sweep.sha256: drawn from {said.sha256[:12]}…, compared with {digest[:12]}…"
    if said.rows != len(sweep):
        yield f"sweep.rows: the manifest says {said.rows}, the sweep has {len(sweep)}"
    rows = iter(_rows(sweep))
    strays = sum(1 for row in _rows(sample.sweep) if row not in rows)  # consumes `rows`: the order must be the sweep's
    if strays:
        yield f"rows: {strays} of {len(sample.sweep)} are not in the sweep, or not in its order"


def _chosen_screens(manifest: SampleManifest, sweep: Sweep) -> Iterator[str]:
    """Screens other than those that corpus and seed give: one that is chosen with hindsight makes the bound a lie."""
    if manifest.design.name not in DESIGNS:
        return
    said = screens_of(manifest.screens)
    pairs = zip(sweep.codec.codes.tolist(), sweep.rc_mode.codes.tolist(), strict=True)
    for index, (codec, rc_mode) in enumerate(dict.fromkeys(pairs)):
        order = source_order(manifest.corpus, index, manifest.design.seed)
        drawn = {manifest.corpus[at] for at in order[: manifest.screen].tolist()}
        stratum = (sweep.codec.names[codec], sweep.rc_mode.names[rc_mode])
        if said.get(stratum, set()) != drawn:
            yield f"screens: that of {stratum[0]} ({stratum[1]}) is not what seed {manifest.design.seed} draws"


def _rows(sweep: Sweep) -> Iterator[tuple[object, ...]]:
    labels = ([getattr(sweep, name).names[code] for code in getattr(sweep, name).codes.tolist()] for name in LABELS)
    basis = [sweep.bases[code] for code in sweep.basis.tolist()]
    numbers = (sweep.bitrate_kbps.tolist(), sweep.vmaf.tolist(), sweep.encode_ms.tolist())
    return zip(*labels, *numbers, basis, strict=True)


def _unordered(measured: Mapping[str, Grid]) -> dict[str, object]:
    return {
        codec: (set(grid.presets), {rc_mode: set(labels) for rc_mode, labels in grid.qualities.items()})
        for codec, grid in measured.items()
    }


def unreachable(sample: Sample) -> Iterator[str]:
    """What no adapter can reach: recipes without knobs in the manifest, rate controls without a meaning."""
    manifest, rows = sample.manifest, sample.sweep
    for codec, recipe in label_pairs(rows.codec, rows.recipe):
        if recipe != "bare" and recipe not in manifest.recipes.get(codec, {}):
            yield f"{codec}/{recipe}: the manifest names no knobs"
    for codec, rc_mode in label_pairs(rows.codec, rows.rc_mode):
        if not manifest.rc_modes.get(codec, {}).get(rc_mode):
            yield f"{codec}/{rc_mode}: the manifest doesn't say what it means"
