"""The evidence behind a cell, worked out where somebody asks: its sources as the detectors saw them, statistics."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

import numpy as np

from gate.evidence.model import (
    Bd,
    CellDetail,
    CellKey,
    Detector,
    Matched,
    Rung,
    Slice,
    SourceRow,
    SourceState,
    Statistics,
)
from gate.evidence.sweep.bd import Bd as CurveBd
from gate.evidence.sweep.bd import CorpusBd, NoBd, corpus_bd
from gate.evidence.sweep.cells import Grid, Judgement, Kept, Rule
from gate.evidence.sweep.columns import Flags, Floats, Ints
from gate.evidence.sweep.detector import NO_ROW, BySource, mismatch_pct
from gate.evidence.sweep.groups import Groups, slices
from gate.evidence.sweep.hull import hull
from gate.evidence.sweep.interpolated import Abstention
from gate.evidence.sweep.row import BARE
from gate.evidence.sweep.statistics import Noise, Spoken, fragile, paired
from gate.values import dataclass

_STATES = (SourceState.ABSENT, SourceState.ABSTAINS, SourceState.HOLDS, SourceState.HIT)
_SEED = 0  # of the bootstrap: the same evidence gives the same interval everywhere


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepDetails:
    """What the detectors say of a sweep, and where each cell stands in it (its index is a row of the states)."""

    said: Judgement
    place: Mapping[CellKey, int]
    rule: Rule
    threshold: int
    kept: Kept
    noise: Callable[[], Noise]  # of the whole sweep

    @property
    def grid(self) -> Grid:
        return self.said.grid

    def of(self, keys: Iterable[CellKey]) -> tuple[CellDetail, ...]:
        """Cells, each with its sources in the corpus's order. KeyError for a cell that the sweep doesn't have."""
        curves: dict[tuple[str, ...], CorpusBd] = {}  # the qualities of a recipe at one preset share theirs
        found = []
        noise, off = self.noise(), mismatch_pct(self.grid.sweep, self.said.nearest_rows)
        for key in keys:
            curve = (key.codec, key.rc_mode, key.recipe, key.preset)
            if curve not in curves:
                row = int(self.grid.groups.first[self.place[key]])
                curves[curve] = corpus_bd(self.grid.sweep, row, self.grid.sources)
            found.append(self._detail(key, curves[curve], noise, off))
        return tuple(found)

    def _detail(self, key: CellKey, bd: CorpusBd, noise: Noise, off: Floats) -> CellDetail:
        cell = self.place[key]
        return CellDetail(
            key=key,
            sources=tuple(self._source(cell, at, figure, off) for at, figure in enumerate(bd.by_source)),
            statistics=self._statistics(cell, noise),
            bd_rate_pct=bd.median_rate_pct,
            bd_vmaf=bd.median_vmaf,
            bd_sources=bd.sources,
        )

    def slices(self, keys: Iterable[CellKey]) -> tuple[Slice, ...]:
        """The planes that these cells lie in, by codec, rate control and source: bare, the recipes, the hull."""
        recipes: dict[tuple[str, str], set[str]] = {}
        for key in keys:
            recipes.setdefault((key.codec, key.rc_mode), {BARE}).add(key.recipe)
        groups = slices(self.grid.sweep)
        on_hull = np.zeros(len(self.grid.sweep), np.bool_)
        on_hull[hull(self.grid.sweep, groups)] = True
        found = (self._slice(group, groups, on_hull, recipes) for group in range(len(groups)))
        place = {name: at for at, name in enumerate(self.grid.sources)}
        planes = (plane for plane in found if plane is not None)
        return tuple(sorted(planes, key=lambda plane: (plane.codec, plane.rc_mode, place[plane.source])))

    def _source(self, cell: int, at: int, bd: CurveBd | NoBd, off: Floats) -> SourceRow:
        """One source; its row is nearest's, so that all detectors speak of the same encode."""
        sweep, said, row = self.grid.sweep, self.said, int(self.said.nearest.row[cell, at])
        measured = row != NO_ROW
        why = Abstention(int(said.interpolated_rows.why[row])) if measured else Abstention.NONE
        ladder = int(said.interpolated_rows.ladders.groups.of[row]) if measured else 0
        return SourceRow(
            source=self.grid.sources[at],
            state=_STATES[int(said.decided.of[cell, at])],
            repeats=int(said.nearest.repeats[cell, at]),
            bitrate_kbps=float(sweep.bitrate_kbps[row]) if measured else None,
            vmaf=float(sweep.vmaf[row]) if measured else None,
            nearest=_STATES[int(said.nearest.of[cell, at])],
            matched=self._matched(row, off) if measured and said.nearest_rows.comparable[row] else None,
            delta=_number(said.nearest.delta[cell, at]),
            interpolated=_STATES[int(said.interpolated.of[cell, at])],
            interpolated_vmaf=_number(said.interpolated_rows.baseline_vmaf[row]) if measured else None,
            interpolated_delta=_number(said.interpolated.delta[cell, at]),
            abstains_because=why.words,
            ladder=said.interpolated_rows.ladders.flaws(ladder) if measured else (),
            pooled=_STATES[int(said.pooled.of[cell, at])],
            pooled_delta=_number(said.pooled.delta[cell, at]),
            bd=_shown(bd),
            no_bd_because=bd.value if isinstance(bd, NoBd) else "",
        )

    def _matched(self, row: int, off: Floats) -> Matched:
        sweep, bare = self.grid.sweep, int(self.said.nearest_rows.reference[row])
        return Matched(
            preset=sweep.preset.of(bare),
            q=sweep.q.of(bare),
            bitrate_kbps=float(sweep.bitrate_kbps[bare]),
            vmaf=float(sweep.vmaf[bare]),
            mismatch_pct=float(off[row]),
        )

    def _statistics(self, cell: int, noise: Noise) -> Statistics:
        said, tolerance = self.said, self.rule.tolerances.vmaf
        # Rows that are missing were left out by what the others said: what is there is no fair share of the sources.
        picked = self.kept.thinned and not bool((said.nearest.repeats[cell] > 0).all())
        figures = paired(
            np.full_like(said.decided.delta[cell], np.nan) if picked else said.decided.delta[cell], seed=_SEED
        )
        made_of = (said.nearest, said.interpolated)
        pooled = self.rule.detector is Detector.POOLED
        first, second = (_spoken(states, cell) for states in ((said.pooled,) * 2 if pooled else made_of))
        fragility = fragile(
            first, second, self.rule.detector, threshold=self.threshold, tolerance=tolerance, floor=noise.vmaf
        )
        return Statistics(
            sources=figures.n,
            picked=picked,
            small=figures.small,
            median_delta=figures.median,
            interval=figures.interval,
            sign_test_p=figures.sign_test_p,
            floor_vmaf=noise.vmaf,
            floor_assumed=noise.assumed,
            within_floor=tuple(self.grid.sources[at] for at in fragility.within),
            fragile=fragility.fragile,
            flips=fragility.flips,
        )

    def _slice(
        self, group: int, groups: Groups, on_hull: Flags, recipes: Mapping[tuple[str, str], set[str]]
    ) -> Slice | None:
        sweep, first = self.grid.sweep, int(groups.first[group])
        wanted = recipes.get((sweep.codec.of(first), sweep.rc_mode.of(first)))
        if wanted is None:
            return None
        rows = np.flatnonzero(groups.of == group)
        return Slice(
            source=sweep.source.of(first),
            codec=sweep.codec.of(first),
            rc_mode=sweep.rc_mode.of(first),
            rungs=tuple(self._rungs(rows, wanted, on_hull)),
        )

    def _rungs(self, rows: Ints, wanted: set[str], on_hull: Flags) -> Iterator[Rung]:
        sweep = self.grid.sweep
        for row in rows.tolist():
            recipe = sweep.recipe.of(row)
            if recipe in wanted or on_hull[row]:  # the hull is the slice's own, whoever's rows it is made of
                yield Rung(
                    recipe=recipe,
                    preset=sweep.preset.of(row),
                    q=sweep.q.of(row),
                    bitrate_kbps=float(sweep.bitrate_kbps[row]),
                    vmaf=float(sweep.vmaf[row]),
                    on_hull=bool(on_hull[row]),
                )


def _spoken(states: BySource, cell: int) -> Spoken:
    return Spoken(states=states.of[cell], deltas=states.delta[cell])


def _shown(bd: CurveBd | NoBd) -> Bd | None:
    return Bd(rate_pct=bd.rate_pct, vmaf=bd.vmaf, overlap=bd.overlap) if isinstance(bd, CurveBd) else None


def _number(value: np.float64) -> float | None:
    return None if np.isnan(value) else float(value)
