"""A sweep as the gate asks of it, per codec: grid, recipes, and every cell as each detector judges it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, partial

import numpy as np

from gate.errors import SampleError
from gate.evidence.model import Basis, Cell, CellDetail, CellKey, CellVerdict, CodecEvidence, Slice, Tally
from gate.evidence.sweep.cells import ALL, COUNTED, Cells, Kept, Rule, corpus_of, count, judge, threshold
from gate.evidence.sweep.columns import Ints, Labels, Sweep, rows_of
from gate.evidence.sweep.details import SweepDetails
from gate.evidence.sweep.row import BARE
from gate.evidence.sweep.statistics import noise_floor
from gate.model import Knobs
from gate.values import dataclass, field, replace


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CellTable(Mapping[CellKey, Cell]):
    """Cells by key; `place` is each one's index in `decided`, and in what each detector counts.

    A cell that rests on filler is unmeasured, whatever was counted.
    """

    place: Mapping[CellKey, int]
    decided: Cells
    nearest: Cells | None = None
    interpolated: Cells | None = None
    pooled: Cells | None = None

    def __getitem__(self, key: CellKey) -> Cell:
        index = self.place[key]
        cell = _cell(self.decided, index, key)
        return replace(
            cell,
            verdict=CellVerdict.UNMEASURED if cell.basis is Basis.FILLER else cell.verdict,
            nearest=_tally(self.nearest, index),
            interpolated=_tally(self.interpolated, index),
            pooled=_tally(self.pooled, index),
        )

    def __iter__(self) -> Iterator[CellKey]:
        return iter(self.place)

    def __len__(self) -> int:
        return len(self.place)


def to_model(
    cells: Cells, nearest: Cells | None = None, interpolated: Cells | None = None, pooled: Cells | None = None
) -> CellTable:
    """The cells as values; the others are the same cells as each detector counts them."""
    columns = (cells.codec, cells.rc_mode, cells.recipe, cells.preset, cells.q)
    texts = ([column.names[code] for code in column.codes.tolist()] for column in columns)
    place = {
        CellKey(codec=codec, rc_mode=rc_mode, recipe=recipe, preset=preset, q=q): index
        for index, (codec, rc_mode, recipe, preset, q) in enumerate(zip(*texts, strict=True))
    }
    return CellTable(place=place, decided=cells, nearest=nearest, interpolated=interpolated, pooled=pooled)


def counted(cells: Cells, which: Iterable[int]) -> Iterator[Cell]:
    """The cells at these indices as values, with the verdict that their counts come to, whatever the basis."""
    columns = (cells.codec, cells.rc_mode, cells.recipe, cells.preset, cells.q)
    for index in which:
        codec, rc_mode, recipe, preset, q = (column.of(index) for column in columns)
        yield _cell(cells, index, CellKey(codec=codec, rc_mode=rc_mode, recipe=recipe, preset=preset, q=q))


def _cell(cells: Cells, index: int, key: CellKey) -> Cell:
    hit = bool(cells.hits[index])
    return Cell(
        key=key,
        verdict=COUNTED[int(cells.verdict[index])],
        basis=cells.bases[int(cells.basis[index])],
        detector=cells.detector,
        hits=int(cells.hits[index]),
        holds=int(cells.holds[index]),
        unknown=int(cells.unknown[index]),
        mean_delta=float(cells.mean_delta[index]) if hit else None,
        worst_source=cells.worst_source[index],
        worst_delta=float(cells.worst_delta[index]) if hit else None,
        screened=bool(cells.screened[index]),
    )


def _tally(cells: Cells | None, index: int) -> Tally | None:
    if cells is None:
        return None
    hit = bool(cells.hits[index])
    return Tally(
        verdict=COUNTED[int(cells.verdict[index])],
        hits=int(cells.hits[index]),
        holds=int(cells.holds[index]),
        unknown=int(cells.unknown[index]),
        mean_delta=float(cells.mean_delta[index]) if hit else None,
        worst_source=cells.worst_source[index],
        worst_delta=float(cells.worst_delta[index]) if hit else None,
    )


__all__ = ["Rule", "codec_evidence"]  # Rule, because every caller needs one


def codec_evidence(
    sweep: Sweep,
    *,
    sample: str,
    sources: tuple[str, ...] | None,
    recipes: Mapping[str, Mapping[str, Knobs]],
    rc_modes: Mapping[str, Mapping[str, frozenset[str]]],
    rule: Rule,
    kept: Kept = ALL,
) -> Mapping[str, CodecEvidence]:
    """Codec -> its evidence.

    Args:
        sample: digest of the sample that the sweep came from.
        sources: the corpus; None where it is what the sweep shows.
        recipes: codec -> recipe label -> canonical knobs. Every non-bare recipe of the sweep must be there.
        rc_modes: codec -> rc_mode label -> the canonical rate controls that it means; a label without any means none.
        rule: tolerances, baseline, detector and threshold.
        kept: which of the sweep's rows these are.

    Raises: SampleError where a recipe's knobs aren't declared; SweepError and PolicyError as `find_cells`.
    """
    corpus = corpus_of(sweep, sources)
    required, noise = threshold(len(corpus), rule.structural), cache(partial(noise_floor, sweep))

    def judged(rows: Ints) -> tuple[CellTable, SweepDetails]:
        said = judge(rows_of(sweep, rows), rule, sources=corpus, kept=kept)
        several = (said.decided, said.nearest, said.interpolated, said.pooled)
        table = to_model(*(count(said.grid, states, rule, kept.screens) for states in several))
        return table, SweepDetails(said=said, place=table.place, rule=rule, threshold=required, kept=kept, noise=noise)

    def of(codec: str, rows: Ints) -> CodecEvidence:
        own = _Judged(found=cache(partial(judged, rows)))
        return CodecEvidence(
            codec=codec,
            sample=sample,
            sources=corpus,
            threshold=required,
            rc_modes={mode: rc_modes.get(codec, {}).get(mode, frozenset()) for mode in _seen(sweep.rc_mode, rows)},
            presets=_seen(sweep.preset, rows),
            qualities=_qualities(sweep, rows),
            recipes=_recipes(codec, _seen(sweep.recipe, rows), recipes.get(codec, {})),
            cells=own,
            details=own,
        )

    return {name: of(name, np.flatnonzero(sweep.codec.codes == code)) for code, name in enumerate(sweep.codec.names)}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Judged(Mapping[CellKey, Cell]):
    """One codec's cells, and their details, judged where somebody asks: no detector looks beyond a codec."""

    found: Callable[[], tuple[CellTable, SweepDetails]]
    asked: dict[CellKey, Cell] = field(default_factory=dict)  # every suggestion that is tried asks again

    def __getitem__(self, key: CellKey) -> Cell:
        if key not in self.asked:
            self.asked[key] = self.found()[0][key]
        return self.asked[key]

    def __iter__(self) -> Iterator[CellKey]:
        return iter(self.found()[0])

    def __len__(self) -> int:
        return len(self.found()[0])

    def of(self, keys: Iterable[CellKey]) -> tuple[CellDetail, ...]:
        return self.found()[1].of(keys)

    def slices(self, keys: Iterable[CellKey]) -> tuple[Slice, ...]:
        return self.found()[1].slices(keys)


def _seen(labels: Labels, rows: Ints) -> tuple[str, ...]:
    return tuple(labels.names[code] for code in np.flatnonzero(np.bincount(labels.codes[rows])).tolist())


def _qualities(sweep: Sweep, rows: Ints) -> Mapping[str, tuple[str, ...]]:
    modes = sweep.rc_mode.codes[rows]
    seen = np.flatnonzero(np.bincount(modes)).tolist()
    return {sweep.rc_mode.names[mode]: _seen(sweep.q, rows[modes == mode]) for mode in seen}


def _recipes(codec: str, seen: tuple[str, ...], declared: Mapping[str, Knobs]) -> Mapping[str, Knobs]:
    missing = [name for name in seen if name != BARE and name not in declared]
    if missing:
        raise SampleError(f"the catalogue names no knobs for recipe {missing[0]!r} of {codec}")
    return {name: () if name == BARE else declared[name] for name in seen}
