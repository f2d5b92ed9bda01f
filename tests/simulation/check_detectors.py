"""How often each detector blocks a default that loses nothing, and how often it catches one that does.

`make detectors` takes the bare ladders of the shipped sweep, `make detectors SWEEP=FILE` those of FILE as well, and prints
docs/detector-figures.md. It fails where the detector of the built-in software evidence misses its two criteria.
"""

from __future__ import annotations

import argparse
import hashlib
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np

from gate.evidence.model import Detector
from gate.evidence.sweep.cells import Rule, judge, threshold
from gate.evidence.sweep.columns import Codes, Flags, Floats, Ints, Labels, Sweep
from gate.evidence.sweep.detector import HIT, decided
from gate.evidence.sweep.ladders import MIN_RUNGS
from gate.evidence.sweep.pchip import Curves, evaluate, through
from gate.evidence.sweep.read import read_sweep

SHIPPED = Path(__file__).resolve().parents[2] / "fixtures/measured/sweep.parquet"
CHOSEN = Detector.POOLED  # of `measured` in gate/policy/schema.py; tests hold the two together
RUNGS = (8, 4)  # that ladders are thinned to where they have more, so that the truth is known between them
VMAF_RANGE = (40.0, 98.0)
SHIFTS = (-4.0, -2.0, -1.0, 0.0, 1.0, 2.0, 4.0)  # per cent of the bitrate
SCATTERS = (0.5, 1.0, 2.0)
NOISES = (0.02, 0.1, 0.3)
Z = 1.959963984540054
FALSE_BLOCKS, POWER = 0.01, 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What a recipe truly does: bits and their scatter in per cent, VMAF lost at equal bitrate, and in which cells."""

    shift: float
    scatter: float
    noise: float  # standard deviation of one encode's VMAF, bare ones included
    loss: float = 0.0
    quarter: bool = False  # lost at one q in four of each ladder only


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladders:
    """The rungs that the simulated sweep has, shape (B,), each with the curve that it lies on, and the defaults there.

    A default is a (codec, preset): it reaches every rung of its own ladders, in every rate-control mode.
    """

    name: str
    sources: tuple[str, ...]
    labels: Mapping[str, Labels]  # source, rc_mode, preset, q
    log_bitrate: Floats
    curve: Codes
    truth: Curves
    defaults: tuple[tuple[Ints, Ints], ...]  # the bare rungs of its codec, and of these its own

    def at(self, curve: Codes, log_bitrate: Floats) -> Floats:
        """The true VMAF: PCHIP through all that was measured, and beyond its ends as steep as between the last two."""
        first, last = self.truth.start[curve], self.truth.start[curve + 1] - 1
        x, y = self.truth.x, self.truth.y
        inside = evaluate(self.truth, curve, np.clip(log_bitrate, x[first], x[last]))
        below, above = np.minimum(log_bitrate - x[first], 0.0), np.maximum(log_bitrate - x[last], 0.0)
        low = (y[first + 1] - y[first]) / (x[first + 1] - x[first])
        high = (y[last] - y[last - 1]) / (x[last] - x[last - 1])
        return inside + below * low + above * high


def ladders_in(sweep: Sweep, name: str, rungs: int) -> Ladders:
    """The bare ladders of a sweep that every source has, thinned to so many rungs where they have more."""
    names = ("codec", "rc_mode", "preset", "source", "q")
    columns = [getattr(sweep, label) for label in names]
    found: dict[tuple[int, ...], dict[int, list[int]]] = {}
    for row in np.flatnonzero(sweep.bare).tolist():
        *key, q = (int(column.codes[row]) for column in columns)
        found.setdefault(tuple(key), {}).setdefault(q, []).append(row)
    rows: list[int] = []
    curve: list[int] = []
    knots: list[tuple[Floats, Floats]] = []
    for codec, rc_mode, preset in dict.fromkeys(key[:3] for key in found):
        mine = [found.get((codec, rc_mode, preset, s), {}) for s in range(len(sweep.source.names))]
        seen = _seen(sweep, set.intersection(*map(set, mine)), mine, rungs)
        for ladder in mine if len(seen) >= MIN_RUNGS else ():
            rows += [ladder[q][0] for q in seen]
            curve += [len(knots)] * len(seen)
            knots.append(_knots(sweep, [several[0] for several in ladder.values()]))
    at = np.array(rows, np.int64)
    start = np.concatenate(([0], np.cumsum([len(x) for x, _ in knots]))).astype(np.int64)
    x, y = (np.concatenate([pair[i] for pair in knots]) for i in (0, 1))
    codecs, presets = sweep.codec.codes[at], sweep.preset.codes[at]
    own = sorted(set(zip(codecs.tolist(), presets.tolist(), strict=True)))
    return Ladders(
        name=name,
        sources=sweep.source.names,
        labels={n: Labels(codes=getattr(sweep, n).codes[at], names=getattr(sweep, n).names) for n in names[1:]},
        log_bitrate=np.log(sweep.bitrate_kbps[at]),
        curve=np.array(curve, np.int32),
        truth=through(x, y, start),
        defaults=tuple((np.flatnonzero(codecs == c), np.flatnonzero((codecs == c) & (presets == p))) for c, p in own),
    )


def _seen(sweep: Sweep, shared: set[int], ladders: Sequence[Mapping[int, list[int]]], rungs: int) -> list[int]:
    """The q that the simulated sweep measures: some of those that all sources have, evenly over useful VMAFs."""
    middle = {q: float(np.median([sweep.vmaf[ladder[q][0]] for ladder in ladders])) for q in shared}
    useful = sorted((q for q in shared if VMAF_RANGE[0] <= middle[q] <= VMAF_RANGE[1]), key=middle.__getitem__)
    if len(shared) <= rungs:
        return sorted(shared, key=middle.__getitem__)
    picks = np.linspace(0, len(useful) - 1, rungs).round().astype(int).tolist() if useful else []
    return [useful[i] for i in dict.fromkeys(picks)]


def _knots(sweep: Sweep, rows: list[int]) -> tuple[Floats, Floats]:
    by_bitrate = dict(sorted((float(np.log(sweep.bitrate_kbps[row])), float(sweep.vmaf[row])) for row in rows))
    return np.array(list(by_bitrate)), np.array(list(by_bitrate.values()))


def blocked(ladders: Ladders, recipe: Recipe, trials: int, seed: int = 1) -> dict[Detector, int]:
    """Of so many defaults, drawn over the corpus's codecs and presets, how many have a structural cell, by detector."""
    rng = np.random.default_rng(seed)
    which = rng.integers(0, len(ladders.defaults), trials)
    parts = [_default(ladders, int(d), recipe, np.flatnonzero(which == d), rng) for d in np.unique(which)]
    at, trial, bare, bitrate, vmaf = (np.concatenate(column) for column in zip(*parts, strict=True))
    rows = len(at)
    labels = {name: Labels(codes=of.codes[at], names=of.names) for name, of in ladders.labels.items()}
    sweep = Sweep(
        source=labels["source"],
        rc_mode=labels["rc_mode"],
        preset=labels["preset"],
        q=labels["q"],
        codec=Labels(codes=trial.astype(np.int32), names=tuple(map(str, range(trials)))),
        recipe=Labels(codes=(~bare).astype(np.int32), names=("bare", "candidate")),
        bare=bare,
        bitrate_kbps=bitrate,
        vmaf=vmaf,
        encode_ms=np.ones(rows),
        basis=np.zeros(rows, np.int8),
        bases=(),
    )
    said = judge(sweep, Rule(), sources=ladders.sources)
    required, cell = threshold(len(ladders.sources), Rule().structural), sweep.codec.codes[said.grid.groups.first]
    found = {}
    for detector in Detector:
        states = decided(detector, said.nearest, said.interpolated, said.pooled)
        found[detector] = len(np.unique(cell[(states.of == HIT).sum(axis=1) >= required]))
    return found


def _default(
    ladders: Ladders, default: int, recipe: Recipe, trials: Ints, rng: np.random.Generator
) -> tuple[Ints, Ints, Flags, Floats, Floats]:
    """Rows of one default, trial after trial: rung, trial, bare, bitrate, VMAF."""
    shared, own = ladders.defaults[default]
    at = np.tile(np.concatenate((shared, own)), len(trials))
    bare = np.tile(np.arange(len(shared) + len(own)) < len(shared), len(trials))
    trial = np.repeat(trials, len(shared) + len(own))
    moved = math.log1p(recipe.shift / 100) + rng.normal(0.0, recipe.scatter / 100, len(at))
    log_bitrate = ladders.log_bitrate[at] + np.where(bare, 0.0, moved)
    vmaf = ladders.at(ladders.curve[at], log_bitrate) + rng.normal(0.0, recipe.noise, len(at))
    lost = ~bare
    if recipe.quarter:
        lost &= _rank(ladders)[at] % 4 == rng.integers(0, 4, int(trial.max(initial=0)) + 1)[trial]
    return at, trial, bare, np.exp(log_bitrate), vmaf - np.where(lost, recipe.loss, 0.0)


def _rank(ladders: Ladders) -> Ints:
    """Which rung of its ladder each is, from the lowest VMAF on."""
    first = np.searchsorted(ladders.curve, ladders.curve)
    return (np.arange(len(ladders.curve)) - first).astype(np.int64)


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share."""
    value = hits / of
    middle = (value + Z**2 / (2 * of)) / (1 + Z**2 / of)
    half = Z * math.sqrt(value * (1 - value) / of + Z**2 / (4 * of**2)) / (1 + Z**2 / of)
    return max(0.0, middle - half), min(1.0, middle + half)


def neutral() -> Iterator[Recipe]:
    """Recipes that lose nothing."""
    for noise, scatter, shift in product(NOISES, SCATTERS, SHIFTS):
        if noise <= 0.1 or scatter == 1.0:  # beyond the criteria one scatter tells enough
            yield Recipe(shift=shift, scatter=scatter, noise=noise)


def losing() -> Iterator[Recipe]:
    """Recipes that truly lose."""
    for quarter, loss, shift in product((False, True), (0.1, 0.2, 0.5), (-2.0, 0.0, 2.0)):
        yield Recipe(shift=shift, scatter=1.0, noise=0.1, loss=loss, quarter=quarter)


def table(ladders: Ladders, trials: int) -> Iterator[tuple[str, Recipe, Mapping[Detector, int]]]:
    """The rows of both tables, and what each detector blocked."""
    for recipe in (*neutral(), *losing()):
        where = "" if not recipe.loss else ", at one q in four" if recipe.quarter else ", everywhere"
        words = f"{recipe.loss:g}{where}" if recipe.loss else "none"
        yield (
            f"| {words} | {recipe.shift:+g} % | {recipe.scatter:g} % | {recipe.noise:g} |",
            recipe,
            blocked(ladders, recipe, trials),
        )


def main(arguments: list[str]) -> int:
    """Print the page; 1 where the built-in software evidence's detector misses a criterion."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sweep", type=Path, nargs="*")
    parser.add_argument("--trials", type=int, default=1000)
    given = parser.parse_args(arguments)
    print(_HEAD.format(trials=f"{given.trials:,}"))
    faults = []
    for path, rungs in ((SHIPPED, RUNGS[0]), *product(given.sweep, RUNGS)):
        name = "The measured sweep" if path == SHIPPED else path.name
        ladders = ladders_in(read_sweep(path), name, rungs)
        print(_heading(ladders, path))
        for words, recipe, found in table(ladders, given.trials):
            print(words + "".join(f" {_share(found[detector], given.trials)} |" for detector in Detector), flush=True)
            if rungs == RUNGS[0]:
                faults += [f"{ladders.name}: {words} {fault}" for fault in missed(recipe, found[CHOSEN], given.trials)]
    print(
        "\n"
        + ("\n".join(faults) or f"`{CHOSEN}`, by which the built-in software evidence is judged, meets both criteria.")
    )
    return 1 if faults else 0


def missed(recipe: Recipe, hits: int, trials: int) -> Iterator[str]:
    """Which criterion a row breaks on the unfavourable end of its interval."""
    low, high = wilson(hits, trials)
    if not recipe.loss and recipe.noise <= 0.1 and recipe.scatter <= 2.0 and high > FALSE_BLOCKS:
        yield f"blocks up to {high:.2%} of defaults that lose nothing, more than {FALSE_BLOCKS:.0%}"
    if recipe.loss >= 0.2 and not recipe.quarter and low < POWER:
        yield f"catches as few as {low:.2%}, less than {POWER:.0%}"


def _share(hits: int, of: int) -> str:
    low, high = wilson(hits, of)
    return f"{hits / of:.1%} ({low:.1%}–{high:.1%})".replace("%", " %")


def _heading(ladders: Ladders, path: Path) -> str:
    n, cells = len(ladders.sources), [len(own) // len(ladders.sources) for _, own in ladders.defaults]
    rungs = int(_rank(ladders).max()) + 1
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return (
        f"\n## {ladders.name}, {rungs} rungs a ladder\n\nsha256 `{digest[:16]}…`: {n} sources, structural from "
        f"{threshold(n, Rule().structural)}; {len(cells)} defaults that reach {min(cells)} to {max(cells)} cells.\n\n"
        f"| true loss | bits | scatter | noise | {' | '.join(Detector)} |\n|---|--:|--:|--:|{'--:|' * len(Detector)}"
    )


_HEAD = """\
# Detectors in figures

Made by `make detectors SWEEP=… > docs/detector-figures.md`, not edited by hand.

Each row is {trials} simulated defaults, and what stands in it is the share of them that a detector blocks. A default is one
preset of one codec with a recipe, and reaches every q of every rate-control mode there; it is *blocked* where any one of these
cells is structural. The truth is the PCHIP through every rung that was measured of its bare ladder; of a ladder with more
rungs than the heading says the simulated sweep sees that many, evenly spread between VMAF 40 and 98. The recipe is on that
curve less its *true loss*, at the bare rung's bitrate moved by *bits* and by a normal *scatter* from encode to encode. Every
VMAF, the bare encoder's too, gets a normal *noise* of this standard deviation. Intervals are Wilson's, 95 %.

The criteria, on the unfavourable end of the interval: at most 1 % blocked of what loses nothing, at noise up to 0.1 and scatter
up to 2 %; at least 95 % of what loses 0.2 or more everywhere. They are asked of the shipped ladders and of real ones with eight
rungs; with four, over the same range, a single ladder of six sources is too little for the second."""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
