"""From a whole sweep to a sample: judge, draw, check beside the sweep, describe."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from gate import __version__
from gate.errors import SampleError
from gate.evidence.model import RULED_OUT, Basis, CellKey, CellVerdict, Detector, Provenance
from gate.evidence.sample.design import Design, Draw
from gate.evidence.sample.manifest import (
    BasisCounts,
    DesignValues,
    Grid,
    MissBound,
    RowCounts,
    SampleManifest,
    ScreenValues,
    ThresholdValues,
    ToleranceValues,
    screens_of,
)
from gate.evidence.sample.strata import judged
from gate.evidence.sweep.cells import COUNTED, PUBLISHED, Cells, Kept, Rule, find_cells
from gate.evidence.sweep.columns import Bytes, Labels, Sweep, take
from gate.evidence.sweep.manifest import KnobSet, Origin, SweepFile, SweepManifest
from gate.values import dataclass, replace

EXACT = Design("exact")


def sweep_file(path: Path, sweep: Sweep) -> SweepFile:
    """What a sample's manifest says of the file that it was drawn from."""
    return SweepFile(name=path.name, sha256=digest_of([path]), rows=len(sweep))


def digest_of(paths: Sequence[Path]) -> str:
    """The sha256 of the files' bytes, one after the other."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def build_sample(
    sweep: Sweep,
    origin: SweepManifest,
    file: SweepFile,
    *,
    design: Design = EXACT,
    seed: int = 0,
    rule: Rule = PUBLISHED,
) -> tuple[SampleManifest, Sweep]:
    """A sample's manifest and rows, the rows in the sweep's order, chosen for a rule.

    Raises: SweepError for a source outside the manifest's corpus; PolicyError for an impossible threshold; SampleError
    where there is nothing to draw from, a recipe whose knobs nobody names, or a design that this corpus can't have.
    """
    if not len(sweep):
        raise SampleError("there are no rows to draw from", where=file.name)
    sweep = grounded(sweep, origin.provenance, file.name)
    recipes = _catalogue(origin, sweep, file.name)
    sources = origin.corpus or None
    case = judged(sweep, rule, sources)
    draw = design.draw(case, seed)
    sample = take(sweep, draw.rows)
    screens = tuple(
        ScreenValues(codec=codec, rc_mode=rc_mode, sources=sources)
        for (codec, rc_mode), sources in draw.screens.items()
    )
    kept = Kept(thinned=len(sample) < len(sweep), ladders=rule.detector is Detector.POOLED, screens=screens_of(screens))
    cells = find_cells(sample, rule, sources=case.corpus, kept=kept)
    _check(draw, design, cells, find_cells(sweep, rule, sources=case.corpus))
    manifest = SampleManifest(
        schema="codec-gate.sample/1",
        **{name: getattr(origin, name) for name in Origin.model_fields} | {"corpus": case.corpus, "recipes": recipes},
        gate_version=__version__,
        sweep=file,
        grids=grids(sample, like=sweep),
        tolerances=ToleranceValues(bitrate_pct=rule.tolerances.bitrate_pct, vmaf=rule.tolerances.vmaf),
        threshold=ThresholdValues(rule=str(rule.structural), hits=case.threshold, sources=len(case.corpus)),
        detector=rule.detector,
        baseline=rule.baseline,
        design=DesignValues(name=design.name, parameters=_parameters(design, draw), seed=seed),
        screens=screens,
        miss_bound=MissBound(exact=str(draw.miss_bound), value=float(draw.miss_bound)),
        rows=row_counts(sample),
        basis=basis_counts(sample, cells),
    )
    return manifest, sample


def _parameters(design: Design, draw: Draw) -> dict[str, int | str]:
    """The design's own, and the screen that the draw came to: what its cells are judged by."""
    came_to: dict[str, int | str] = {"came_to": "full"} if draw.whole and design.name != "full" else {}
    return {**design.parameters} | came_to | ({"screen": draw.screen} if draw.screen else {})


def grounded(sweep: Sweep, provenance: Provenance, where: str) -> Sweep:
    """The sweep with no row that passes for better than its provenance: rows without a basis count as measured."""
    if Basis.MEASURED not in sweep.bases or provenance is Provenance.MEASURED:
        return sweep
    if provenance is Provenance.RECONSTRUCTED:
        fix = "give every row `basis`: published or filler"
        raise SampleError("is reconstructed, but holds rows whose basis is measured", where=where, fix=fix)
    bases = tuple(Basis.IMPORTED if basis is Basis.MEASURED else basis for basis in sweep.bases)
    return replace(sweep, bases=bases)


def grids(sweep: Sweep, *, like: Sweep | None = None) -> dict[str, Grid]:
    """What was measured of each codec; presets and q labels in the order in which `like` (else `sweep`) shows them."""
    order = like or sweep
    measured = set(
        zip(*(column.codes.tolist() for column in (sweep.codec, sweep.rc_mode, sweep.preset, sweep.q)), strict=True)
    )
    found = [
        (sweep.codec.names[c], sweep.rc_mode.names[m], sweep.preset.names[p], sweep.q.names[q])
        for c, m, p, q in measured
    ]
    return {
        codec: Grid(
            presets=_in_order(order.preset, {p for c, _, p, _ in found if c == codec}),
            qualities={
                rc_mode: _in_order(order.q, {q for c, m, _, q in found if (c, m) == (codec, rc_mode)})
                for rc_mode in _in_order(order.rc_mode, {m for c, m, _, _ in found if c == codec})
            },
        )
        for codec in _in_order(order.codec, set(sweep.codec.names))
    }


def row_counts(sweep: Sweep) -> RowCounts:
    """How many rows there are, bare and per codec."""
    per_codec = np.bincount(sweep.codec.codes, minlength=len(sweep.codec.names)).tolist()
    return RowCounts(
        total=len(sweep), bare=int(sweep.bare.sum()), per_codec=dict(zip(sweep.codec.names, per_codec, strict=True))
    )


def basis_counts(sweep: Sweep, cells: Cells) -> BasisCounts:
    """What rows and non-bare cells rest on."""
    return BasisCounts(rows=_counted(sweep.basis, sweep.bases), cells=_counted(cells.basis, cells.bases))


def _counted(codes: Bytes, bases: tuple[Basis, ...]) -> dict[Basis, int]:
    counts = Counter[Basis]()
    for basis, count in zip(bases, np.bincount(codes, minlength=len(bases)).tolist(), strict=True):
        counts[basis] += count
    return {basis: count for basis, count in counts.items() if count}


def _check(draw: Draw, design: Design, kept: Cells, whole: Cells) -> None:
    """No design may judge wrongly, and one that claims to miss nothing must miss nothing: else it has a bug."""
    found = compare(kept, whole)
    if found.wrong or (draw.miss_bound == 0 and (found.left_open or found.missed)):
        raise RuntimeError(f"design {design.name}: verdicts differ from the sweep's: {found}")


def _catalogue(origin: SweepManifest, sweep: Sweep, where: str) -> dict[str, dict[str, KnobSet]]:
    """codec -> recipe -> knobs: the manifest's, and those that the rows themselves carried."""
    recipes: dict[str, dict[str, KnobSet]] = {codec: dict(found) for codec, found in origin.recipes.items()}
    for codec, recipe in label_pairs(sweep.codec, sweep.recipe):
        if recipe == "bare" or recipe in recipes.get(codec, {}):
            continue
        text = sweep.knobs.get((codec, recipe))
        if not text:
            what, fix = (
                f"nothing says which knobs recipe {recipe!r} of {codec} sets",
                f"name them under recipes.{codec}",
            )
            raise SampleError(what, where=where, fix=f"{fix} in the sweep's manifest")
        recipes.setdefault(codec, {})[recipe] = text
    return recipes


def label_pairs(first: Labels, second: Labels) -> list[tuple[str, str]]:
    """The pairs that two columns hold, sorted."""
    codes = set(zip(first.codes.tolist(), second.codes.tolist(), strict=True))
    return sorted((first.names[one], second.names[other]) for one, other in codes)


def _in_order(labels: Labels, wanted: set[str]) -> tuple[str, ...]:
    return tuple(name for name in labels.names if name in wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Of the sweep's cells, how many the sample judges alike, and which it doesn't.

    `missed` are structural in the sweep and cleared by the sample's screen: what its miss bound is about.
    `cleared_early` are undetermined in the sweep and cleared by the screen, on the sources that it did compare.
    `structural` counts the sweep's structural cells, `found` those of them that the sample proves.
    """

    right: int
    wrong: tuple[CellKey, ...]
    left_open: tuple[CellKey, ...]
    missed: tuple[CellKey, ...] = ()
    cleared_early: tuple[CellKey, ...] = ()
    structural: int = 0
    found: int = 0


def compare(sample: Cells, sweep: Cells) -> Comparison:
    """Structural verdicts, cell by cell. A cell that only the sample has is wrong; one that it lacks is left open."""
    found, expected = structural_verdicts(sample), structural_verdicts(sweep)
    cleared = {key for key, screened in zip(found, sample.screened.tolist(), strict=True) if screened}
    kinds: dict[str, list[CellKey]] = {"missed": [], "cleared_early": [], "left_open": [], "wrong": []}
    for key, verdict in expected.items():
        if found.get(key) is not verdict:
            kinds[_kind(found.get(key, CellVerdict.UNDETERMINED), verdict, screened=key in cleared)].append(key)
    kinds["wrong"] += [key for key in found if key not in expected]
    structural = [key for key, verdict in expected.items() if verdict is CellVerdict.STRUCTURAL]
    return Comparison(
        right=sum(found.get(key) is verdict for key, verdict in expected.items()),
        **{kind: tuple(keys) for kind, keys in kinds.items()},
        structural=len(structural),
        found=sum(found.get(key) is CellVerdict.STRUCTURAL for key in structural),
    )


def structural_verdicts(cells: Cells) -> dict[CellKey, CellVerdict]:
    """Structural, undetermined or clean, which stands for all that is ruled out. Filler is judged like the rest."""
    columns = (cells.codec, cells.rc_mode, cells.recipe, cells.preset, cells.q)
    texts = ([column.names[code] for code in column.codes.tolist()] for column in columns)
    return {
        CellKey(codec=codec, rc_mode=rc_mode, recipe=recipe, preset=preset, q=q): _coarse(COUNTED[verdict])
        for codec, rc_mode, recipe, preset, q, verdict in zip(*texts, cells.verdict.tolist(), strict=True)
    }


def _kind(sample: CellVerdict, sweep: CellVerdict, *, screened: bool) -> str:
    """What it is called that the two judge a cell differently."""
    if screened:
        return "missed" if sweep is CellVerdict.STRUCTURAL else "cleared_early"
    return "left_open" if sample is CellVerdict.UNDETERMINED else "wrong"


def _coarse(verdict: CellVerdict) -> CellVerdict:
    return CellVerdict.CLEAN if verdict in RULED_OUT else verdict
