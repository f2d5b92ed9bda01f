"""What `screen:S` misses beside its bound, and that `exact` misses nothing, over simulated corpora of nine sources.

`python tests/simulation/check_designs.py` draws 2,000 corpora per design (`--corpora N` for another number), prints a
table, and fails where a rate contradicts its bound.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from gate.evidence.model import Basis, CellVerdict, Detector
from gate.evidence.sample.build import Comparison, compare
from gate.evidence.sample.design import Design
from gate.evidence.sample.sequential import miss_bound
from gate.evidence.sample.strata import judged
from gate.evidence.sweep.cells import COUNTED, Kept, Rule, find_cells
from gate.evidence.sweep.columns import Labels, Sweep, take
from tests.evidence.sample.test_design import random_rows
from tests.evidence.sample.test_design import sweep_of as rows_as_sweep

N, T, CELLS = 9, 7, 24
SOURCES = tuple(f"clip{i}" for i in range(N))
SIGMAS = 4  # how far from its bound chance may carry a rate: 1 in 16,000


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What one design did over many corpora."""

    corpora: int
    structural: int
    missed: int
    missed_squares: (
        int  # sum over corpora of missed²: cells of one corpus share their screen, so they aren't independent
    )
    wrong: int
    left_open: int

    @property
    def rate(self) -> float:
        return self.missed / self.structural if self.structural else 0.0

    @property
    def error(self) -> float:
        """Standard error of the rate, from corpus to corpus."""
        mean = self.missed / self.corpora
        spread = max(0.0, self.missed_squares / self.corpora - mean**2)
        return float((spread / self.corpora) ** 0.5 * self.corpora / max(1, self.structural))


def main(arguments: list[str]) -> int:
    """Prints the table; 1 where a rate contradicts its bound."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpora", type=int, default=2000)
    corpora = parser.parse_args(arguments).corpora
    print(f"{N} sources, structural from {T}; {corpora:,} corpora each")
    print(f"{'corpora':<12}{'design':<10}{'structural':>11}{'missed':>8}{'rate':>9}{'±':>8}{'bound':>9}")
    faults = []
    for name, design, tally in tallies(corpora):
        bound = Fraction(0) if design.name == "exact" else miss_bound(N, T, int(design.parameters["screen"]))
        print(
            f"{name:<12}{design!s:<10}{tally.structural:>11,}{tally.missed:>8,}{tally.rate:>9.2%}"
            f"{tally.error:>8.2%}{float(bound):>9.2%}"
        )
        faults += [f"{name}, {design}: {fault}" for fault in contradictions(name, tally, float(bound))]
    faults += drawn_for_every_detector(min(corpora, 500))
    print("\n".join(faults) or "no rate contradicts its bound; the worst corpora meet it")
    return 1 if faults else 0


def contradictions(name: str, tally: Tally, bound: float) -> Iterator[str]:
    """How a design breaks what it states. The worst corpora must meet the bound, not only stay within it."""
    if tally.wrong or tally.left_open:
        yield f"{tally.wrong} wrong, {tally.left_open} left open"
    error = max(tally.error, (bound * (1 - bound) / tally.corpora) ** 0.5)
    if tally.rate > bound + SIGMAS * error:
        yield f"missed {tally.rate:.2%}, more than {bound:.2%}"
    if name == "worst" and tally.rate < bound - SIGMAS * error:
        yield f"missed {tally.rate:.2%}: the worst case should meet {bound:.2%}"


def tallies(corpora: int) -> Iterator[tuple[str, Design, Tally]]:
    """Every kind of corpus under every design."""
    for name, corpus in (("random", random_states), ("worst", worst_states)):
        designs: list[Design] = [Design("exact"), *(Design("screen", sources) for sources in range(N - T, 0, -1))]
        for design in designs:
            yield name, design, tallied(design, corpus, corpora)


def tallied(design: Design, corpus: Callable[[np.random.Generator], np.ndarray], corpora: int) -> Tally:
    """The design on that many corpora, each drawn with a seed of its own."""
    random = np.random.default_rng(7)
    found = [drawn(design, corpus(random), seed) for seed in range(corpora)]
    return Tally(
        corpora=corpora,
        structural=sum(one.structural for one in found),
        missed=sum(len(one.missed) for one in found),
        missed_squares=sum(len(one.missed) ** 2 for one in found),
        wrong=sum(len(one.wrong) for one in found),
        left_open=sum(len(one.left_open) for one in found),
    )


def random_states(random: np.random.Generator) -> np.ndarray:
    """Hit or not, shape (C, N): each recipe has its own harm, each clip its own sensitivity; some abstain."""
    harm, sensitivity = random.normal(0.5, 2.0, (CELLS, 1)), random.normal(0.0, 1.0, (1, N))
    hit = random.random((CELLS, N)) < 1 / (1 + np.exp(-harm - sensitivity))
    return np.where(random.random((CELLS, N)) < 0.05, -1, hit)


def worst_states(random: np.random.Generator) -> np.ndarray:
    """Every cell hits on just T sources and holds on the same two, which an adversary chose before the seed."""
    states = np.ones((CELLS, N), np.int64)
    states[:, : N - T] = 0
    return states


def drawn(design: Design, states: np.ndarray, seed: int) -> Comparison:
    """The verdicts of a sample of this corpus beside the corpus's own."""
    return beside(design, sweep_of(states), Rule(structural=T), SOURCES, seed)[0]


def beside(design: Design, sweep: Sweep, rule: Rule, corpus: tuple[str, ...], seed: int) -> tuple[Comparison, int]:
    """A draw's verdicts beside the sweep's, and how many content-dependent cells kept no hit."""
    draw = design.draw(judged(sweep, rule, corpus), seed)
    screens = {stratum: frozenset(sources) for stratum, sources in draw.screens.items()}
    kept = Kept(thinned=True, ladders=rule.detector is Detector.POOLED, screens=screens)
    cells = find_cells(take(sweep, draw.rows), rule, sources=corpus, kept=kept)
    whole = find_cells(sweep, rule, sources=corpus)
    code = COUNTED.index(CellVerdict.CONTENT_DEPENDENT)
    return compare(cells, whole), int((whole.verdict == code).sum() - (cells.verdict == code).sum())


def drawn_for_every_detector(corpora: int) -> Iterator[str]:
    """Where `exact`, drawn for a detector, judges by it otherwise than the sweep; prints a line per detector."""
    for detector in Detector:
        structural = 0
        faults: list[str] = []
        for seed in range(corpora):
            n = 5 + seed % 8
            sweep, corpus = rows_as_sweep(random_rows(seed, n)), tuple(f"s{i}" for i in range(n))
            found, lost = beside(Design("exact"), sweep, Rule(detector=detector), corpus, seed)
            structural += found.structural
            faults += [f"exact for {detector}, corpus {seed}"] if found.wrong or found.left_open or lost else []
        print(
            f"exact for {detector:<13}{corpora:>7,} corpora {structural:>7,} structural cells, {len(faults)} judged otherwise"
        )
        yield from faults


def sweep_of(states: np.ndarray) -> Sweep:
    """One stratum in which cells do what `states` say: 1 hits, 0 holds, -1 has no bare row near its bitrate."""
    cells, columns = (axis.ravel().astype(np.int32) for axis in np.indices(states.shape))
    state = states.ravel()
    bare = np.concatenate([np.ones(N, np.bool_), np.zeros(len(state), np.bool_)])

    def only(name: str) -> Labels:
        return Labels(codes=np.zeros(len(bare), np.int32), names=(name,))

    return Sweep(
        source=Labels(codes=np.concatenate([np.arange(N, dtype=np.int32), columns]), names=SOURCES),
        recipe=Labels(
            codes=np.concatenate([np.zeros(N, np.int32), cells + 1]), names=("bare", *(f"r{i}" for i in range(CELLS)))
        ),
        codec=only("c"),
        rc_mode=only("vbr"),
        preset=only("p1"),
        q=only("1"),
        bare=bare,
        bitrate_kbps=np.concatenate([np.full(N, 1000.0), np.where(state < 0, 2000.0, 1000.0)]),
        vmaf=np.concatenate([np.full(N, 80.0), np.where(state > 0, 70.0, 80.0)]),
        encode_ms=np.ones(len(bare)),
        basis=np.zeros(len(bare), np.int8),
        bases=(Basis.MEASURED,),
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
