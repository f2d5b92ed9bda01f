"""The exact design: no cell's structural verdict differs from the whole sweep's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.floors import least_rows
from gate.evidence.model import Basis, Detector
from gate.evidence.sample.build import compare
from gate.evidence.sample.design import Design, Draw
from gate.evidence.sample.file import factorised
from gate.evidence.sample.sequential import holds_needed
from gate.evidence.sample.strata import Judged, source_order
from gate.evidence.sample.strata import judged as of_rule
from gate.evidence.sweep.cells import COUNTED, Kept, Rule, find_cells
from gate.evidence.sweep.columns import Sweep, take


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One encode of the plain reference."""

    source: str
    codec: str
    rc_mode: str
    recipe: str
    preset: str
    q: str
    kbps: float
    vmaf: float

    @property
    def slice(self) -> tuple[str, str, str]:
        return self.source, self.codec, self.rc_mode

    @property
    def cell(self) -> tuple[str, str, str, str, str]:
        return self.codec, self.rc_mode, self.recipe, self.preset, self.q


def reference(row: Row, rows: Sequence[Row]) -> Row | None:
    """The nearest bare row of the slice within 5 %, the first in the file of equals."""
    near = [
        b for b in rows if b.recipe == "bare" and b.slice == row.slice and abs(b.kbps - row.kbps) <= 0.05 * row.kbps
    ]
    return min(near, key=lambda b: abs(b.kbps - row.kbps), default=None)


def verdicts(rows: Sequence[Row], n: int, threshold: int) -> dict[tuple[str, ...], str]:
    """Structural, undetermined, ruled out, and whether any source hits, straight from design 3 and 4."""
    deltas: dict[tuple[str, ...], dict[str, list[float | None]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        if row.recipe != "bare":
            bare = reference(row, rows)
            deltas[row.cell][row.source].append(None if bare is None else row.vmaf - bare.vmaf)
    found: dict[tuple[str, ...], str] = {}
    for cell, by_source in deltas.items():
        known = [[d for d in of if d is not None] for of in by_source.values()]
        spoken = [k for k, of in zip(known, by_source.values(), strict=True) if k and 2 * len(k) >= len(of)]
        hits = sum(sum(k) / len(k) < -0.1 for k in spoken)
        open_ = hits + n - len(spoken) >= threshold
        ruled_out = "content-dependent" if hits else "clean or cleared"
        found[cell] = "structural" if hits >= threshold else "undetermined" if open_ else ruled_out
    return found


def judged(
    rows: Sequence[Row], corpus: tuple[str, ...], threshold: int, detector: Detector = Detector.NEAREST
) -> Judged:
    return of_rule(sweep_of(rows), Rule(structural=threshold, detector=detector), corpus)


def sweep_of(rows: Sequence[Row]) -> Sweep:
    labels = {
        name: factorised(np.array([getattr(row, name) for row in rows], np.object_))
        for name in ("source", "codec", "rc_mode", "recipe", "preset", "q")
    }
    return Sweep(
        **labels,  # type: ignore[arg-type]
        bare=np.array([row.recipe == "bare" for row in rows]),
        bitrate_kbps=np.array([row.kbps for row in rows]),
        vmaf=np.array([row.vmaf for row in rows]),
        encode_ms=np.ones(len(rows)),
        basis=np.zeros(len(rows), np.int8),
        bases=(Basis.MEASURED,),
    )


def random_rows(seed: int, n: int) -> list[Row]:
    """A small sweep with repeats, ties in bitrate, gaps in the grid, and slices that lack a ladder or candidates."""
    random = Random(seed)
    harm = {recipe: random.choice((0.0, 0.1, 0.5, 0.9, 1.0)) for recipe in ("bf3", "aq", "full")}
    lost = random.choice((0.0, 0.1, 0.5))
    rows: list[Row] = []
    for source in (f"s{i}" for i in range(n)):
        for codec, rc_mode in (("c1", "cqp"), ("c1", "vbr"), ("c2", "vbr")):
            if random.random() < 0.05:
                continue
            for preset in ("p1", "p7"):
                for q in ("1", "2", "3"):
                    kbps = 1000 * int(q) + 10 * random.randrange(4)
                    common = {"source": source, "codec": codec, "rc_mode": rc_mode, "preset": preset, "q": q}
                    rows += [
                        Row(**common, recipe="bare", kbps=kbps, vmaf=80 + random.randrange(3))
                        for _ in range(random.choice((0, 1, 1, 1, 2)))
                    ]
                    rows += [
                        Row(
                            **common,
                            recipe=recipe,
                            kbps=(kbps + 5 * random.randrange(-3, 4)) * (1.4 if random.random() < lost else 1.0),
                            vmaf=70.0 if random.random() < odds else 85.0,
                        )
                        for recipe, odds in harm.items()
                        for _ in range(random.choice((0, 1, 1, 1, 1, 2)))
                    ]
    random.shuffle(rows)
    return rows


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), n=st.integers(5, 20), data=st.data())
def test_no_verdict_differs_from_the_whole_sweeps(seed: int, n: int, data: st.DataObject) -> None:
    threshold = data.draw(st.one_of(st.just(-(-7 * n // 9)), st.integers(1, n)))
    absent = data.draw(st.integers(0, 2))  # sources that the corpus declares and the rows lack
    corpus = tuple(f"s{i}" for i in range(n))
    rows = random_rows(seed, n - absent)
    draw = Design("exact").draw(judged(rows, corpus, threshold), seed=data.draw(st.integers(0, 9)))
    kept = [rows[i] for i in draw.rows]
    assert verdicts(kept, n, threshold) == verdicts(rows, n, threshold)
    assert least_rows(judged(rows, corpus, threshold)) <= len(draw.rows) == len(set(draw.rows.tolist()))
    assert (np.diff(draw.rows) > 0).all()


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), n=st.integers(5, 12), detector=st.sampled_from(Detector))
def test_drawn_for_any_detector_a_sample_judges_by_it_as_the_sweep_does(seed: int, n: int, detector: Detector) -> None:
    """Structural stays structural, and content-dependent cells keep a hit."""
    rows, corpus, rule = random_rows(seed, n), tuple(f"s{i}" for i in range(n)), Rule(detector=detector)
    sweep = sweep_of(rows)
    whole = find_cells(sweep, rule, sources=corpus)
    sample = take(sweep, Design("exact").draw(of_rule(sweep, rule, corpus), seed=1).rows)
    kept = Kept(thinned=True, ladders=detector is Detector.POOLED)
    found = find_cells(sample, rule, sources=corpus, kept=kept)
    beside = compare(found, whole)
    assert (beside.wrong, beside.left_open) == ((), ())
    assert told(found) == told(whole)


def told(cells) -> dict[object, str]:
    keys = zip(*([column.of(i) for i in range(len(cells))] for column in
                 (cells.codec, cells.rc_mode, cells.recipe, cells.preset, cells.q)), strict=True)  # fmt: skip
    return {
        key: COUNTED[code].replace("cleared", "clean") for key, code in zip(keys, cells.verdict.tolist(), strict=True)
    }


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32), n=st.integers(5, 12))
def test_touched_slices_keep_their_ladder_and_structural_cells_every_row(seed: int, n: int) -> None:
    threshold = -(-7 * n // 9)
    rows = random_rows(seed, n)
    kept = Design("exact").draw(judged(rows, tuple(f"s{i}" for i in range(n)), threshold), seed=1).rows.tolist()
    touched = {rows[i].slice for i in kept}
    assert {i for i, row in enumerate(rows) if row.recipe == "bare" and row.slice in touched} <= set(kept)
    structural = {cell for cell, verdict in verdicts(rows, n, threshold).items() if verdict == "structural"}
    assert {i for i, row in enumerate(rows) if row.cell in structural} <= set(kept)


def _sweep(outcome: Callable[[str, int], str], n: int = 9) -> list[Row]:
    """One bare row and two candidates per source; `outcome(recipe, i)` is hit, hold or off."""
    rows = []
    for i in range(n):
        common = {"source": f"s{i}", "codec": "c", "rc_mode": "vbr", "preset": "p1", "q": "1"}
        rows.append(Row(**common, recipe="bare", kbps=1000.0, vmaf=80.0))
        for recipe in ("bf3", "aq"):
            kind = outcome(recipe, i)
            rows.append(
                Row(
                    **common,
                    recipe=recipe,
                    kbps=2000.0 if kind == "off" else 1000.0,
                    vmaf=70.0 if kind == "hit" else 80.0,
                )
            )
    return rows


@pytest.mark.parametrize(
    ("name", "outcome", "kept"),
    [
        ("all hold: three sources of three rows", lambda recipe, i: "hold", 9),
        ("one is structural: all its rows, three of the other, nine ladders", lambda r, i: "hit" if r == "aq" else "hold", 21),
        ("the holds share three slices, the hits one more", lambda recipe, i: "hit" if i < 6 else "hold", 12),
        ("holds that don't overlap, and a hit on the slices of the other's",
         lambda r, i: "hold" if (i < 3) == (r == "aq") or i > 5 else "hit", 12),
        ("undetermined: all four that compare, and three of the other on the same slices",
         lambda r, i: "hold" if r == "bf3" else ("hit", "hit", "hold", "hold", *["off"] * 5)[i], 11),
        ("nothing to compare: one row each to keep them in the grid, one ladder", lambda recipe, i: "off", 3),
    ],
)  # fmt: skip
def test_how_many_rows_a_draw_keeps(name: str, outcome: Callable[[str, int], str], kept: int) -> None:
    corpus = tuple(f"s{i}" for i in range(9))
    draw = Design("exact").draw(judged(_sweep(outcome), corpus, 7), seed=0)
    assert len(draw.rows) == kept, name
    assert draw.miss_bound == Fraction(0)


def test_full_keeps_all() -> None:
    draw = Design("full").draw(judged(_sweep(lambda recipe, i: "hold"), tuple(f"s{i}" for i in range(9)), 7), seed=0)
    assert (len(draw.rows), draw.miss_bound, draw.screen) == (27, Fraction(0), 0)


def test_a_stratum_of_bare_rows_keeps_one_ladder() -> None:
    rows = [row for row in _sweep(lambda recipe, i: "hold") if row.recipe == "bare"]
    assert len(Design("exact").draw(judged(rows, tuple(f"s{i}" for i in range(9)), 7), seed=0).rows) == 1


def test_the_same_seed_gives_the_same_rows_and_another_other_ones() -> None:
    case = judged(_sweep(lambda recipe, i: "hold"), tuple(f"s{i}" for i in range(9)), 7)
    draws = [tuple(Design("exact").draw(case, seed).rows) for seed in (1, 1, 2, 3, 4)]
    assert draws[0] == draws[1]
    assert len(set(draws)) > 1


def test_the_order_of_sources_rotates_over_the_strata() -> None:
    orders = [source_order(("a", "b", "c", "d"), stratum, 5).tolist() for stratum in range(4)]
    assert all(sorted(order) == [0, 1, 2, 3] for order in orders)
    assert [order[1:] + order[:1] for order in orders[:3]] == orders[1:]


def test_the_pigeonhole_number() -> None:
    assert holds_needed(9, 7) == 3


def test_another_design_fits_the_interface() -> None:
    class Everything(Design):
        def draw(self, judged: Judged, seed: int) -> Draw:
            return Draw(rows=np.arange(len(judged.sweep)), miss_bound=Fraction(1, 36))

    design: Design = Everything("everything")
    assert len(design.draw(judged(_sweep(lambda recipe, i: "hold", n=1), ("s0",), 1), 0).rows) == 3
