"""A sweep to what the gate asks of it: per codec the grid, the recipes, and every cell judged by both witnesses."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gate.errors import SampleError
from gate.model import CodecEvidence, Knobs
from gate.sweep.cells import NO_SCREENS, Rule, Screens, count, grid_of, threshold
from gate.sweep.columns import Ints, Labels, Sweep
from gate.sweep.detector import detect
from gate.sweep.exhibits import SweepExhibits
from gate.sweep.fields import BARE
from gate.sweep.interpolated import interpolate
from gate.sweep.states import by_source, merged
from gate.sweep.table import CellTable, to_model
from gate.sweep.witnesses import Detector, combine

__all__ = ["Rule", "codec_evidence"]  # Rule, because every caller needs one


def codec_evidence(
    sweep: Sweep,
    *,
    sample: str,
    sources: tuple[str, ...] | None,
    recipes: Mapping[str, Mapping[str, Knobs]],
    rc_modes: Mapping[str, Mapping[str, frozenset[str]]],
    rule: Rule,
    screens: Screens = NO_SCREENS,
) -> Mapping[str, CodecEvidence]:
    """Codec -> its evidence.

    Args:
        sample: digest of the sample that the sweep came from.
        sources: the corpus; None where it is what the sweep shows.
        recipes: codec -> recipe label -> canonical knobs. Every non-bare recipe of the sweep must be there.
        rc_modes: codec -> rc_mode label -> the canonical rate controls that it means; a label without any means none.
        rule: tolerances, baseline, detector and threshold.
        screens: the screen of each (codec, rc_mode), where the rows come from a `screen:S` design.

    Raises: SampleError where a recipe's knobs aren't declared; SweepError and PolicyError as `find_cells`.
    """
    cells, exhibits = _judged(sweep, sources, rule, screens)
    corpus = sweep.source.names if sources is None else sources
    return {
        codec: CodecEvidence(
            codec=codec,
            sample=sample,
            sources=corpus,
            threshold=threshold(len(corpus), rule.structural),
            rc_modes={mode: rc_modes.get(codec, {}).get(mode, frozenset()) for mode in _seen(sweep.rc_mode, rows)},
            presets=_seen(sweep.preset, rows),
            qualities=_qualities(sweep, rows),
            recipes=_recipes(codec, _seen(sweep.recipe, rows), recipes.get(codec, {})),
            cells=cells.of_codec(codec),
            exhibits=exhibits,
        )
        for code, codec in enumerate(sweep.codec.names)
        for rows in (np.flatnonzero(sweep.codec.codes == code),)
    }


def _judged(
    sweep: Sweep, sources: tuple[str, ...] | None, rule: Rule, screens: Screens
) -> tuple[CellTable, SweepExhibits]:
    nearest, second = detect(sweep, rule.tolerances, rule.baseline), interpolate(sweep, rule.tolerances)
    grid = grid_of(sweep, nearest.candidate, sources)
    published = by_source(sweep, nearest, grid.rows, grid.groups, grid.sources)
    interpolated = by_source(sweep, second.findings, grid.rows, grid.groups, grid.sources)
    decided = {
        Detector.NEAREST: published,
        Detector.INTERPOLATED: interpolated,
    }.get(rule.detector) or merged(published, interpolated, combine(published.of, interpolated.of, rule.detector))
    made = [count(grid, states, rule=rule.structural, screens=screens) for states in (decided, published, interpolated)]
    cells = to_model(*made)
    exhibits = SweepExhibits(
        grid=grid,
        place=cells.place,
        nearest=nearest,
        second=second,
        published=published,
        interpolated=interpolated,
        decided=decided,
        tolerances=rule.tolerances,
        threshold=made[0].threshold,
        detector=rule.detector,
    )
    return cells, exhibits


def _seen(labels: Labels, rows: Ints) -> tuple[str, ...]:
    return tuple(labels.names[code] for code in np.unique(labels.codes[rows]).tolist())


def _qualities(sweep: Sweep, rows: Ints) -> Mapping[str, tuple[str, ...]]:
    modes = sweep.rc_mode.codes[rows]
    return {sweep.rc_mode.names[mode]: _seen(sweep.q, rows[modes == mode]) for mode in np.unique(modes).tolist()}


def _recipes(codec: str, seen: tuple[str, ...], declared: Mapping[str, Knobs]) -> Mapping[str, Knobs]:
    missing = [name for name in seen if name != BARE and name not in declared]
    if missing:
        raise SampleError(f"the catalogue names no knobs for recipe {missing[0]!r} of {codec}")
    return {name: () if name == BARE else declared[name] for name in seen}
