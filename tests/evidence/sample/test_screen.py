"""Designs that may miss: what they draw, what they state, and corpora of other sizes."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.errors import SampleError
from gate.evidence.model import Basis, CellVerdict
from gate.evidence.sample.build import Comparison, compare, structural_verdicts
from gate.evidence.sample.design import Design, Draw, design_of
from gate.evidence.sample.strata import Judged, source_order, strata
from gate.evidence.sample.strata import judged as of_rule
from gate.evidence.sweep.cells import ALL, Cells, Kept, Rule, Screens, find_cells, threshold
from gate.evidence.sweep.columns import Labels, Sweep, take
from gate.evidence.sweep.detector import ABSENT, ABSTAINS, HIT, HOLD
from gate.evidence.sweep.nearest import Tolerances

SHARE = Fraction(7, 9)
PUBLISHED = Tolerances()


def sweep_of(states: np.ndarray, sources: tuple[str, ...]) -> Sweep:
    """A stratum of C cells that do on N sources what `states` say, each source with a ladder of one rung."""
    cells, columns = np.nonzero(states != ABSENT)
    state = states[cells, columns]
    n = len(sources)
    source = np.concatenate([np.arange(n), columns]).astype(np.int32)
    bare = np.concatenate([np.ones(n, np.bool_), np.zeros(len(cells), np.bool_)])
    names = ("bare", *(f"r{i:03}" for i in range(len(states))))
    recipe = np.concatenate([np.zeros(n, np.int32), cells.astype(np.int32) + 1])

    def one(name: str) -> Labels:
        return Labels(codes=np.zeros(len(bare), np.int32), names=(name,))

    return Sweep(
        source=Labels(codes=source, names=sources),
        codec=one("c"),
        rc_mode=one("vbr"),
        recipe=Labels(codes=recipe, names=names),
        preset=one("p1"),
        q=one("1"),
        bare=bare,
        bitrate_kbps=np.concatenate([np.full(n, 1000.0), np.where(state == ABSTAINS, 2000.0, 1000.0)]),
        vmaf=np.concatenate([np.full(n, 80.0), np.where(state == HIT, 70.0, 80.0)]),
        encode_ms=np.ones(len(bare)),
        basis=np.zeros(len(bare), np.int8),
        bases=(Basis.MEASURED,),
    )


def corpus(n: int) -> tuple[str, ...]:
    return tuple(f"s{i:02}" for i in range(n))


def judged(sweep: Sweep, sources: tuple[str, ...], required: int) -> Judged:
    return of_rule(sweep, Rule(structural=required), sources)


def cells_of(
    sweep: Sweep, sources: tuple[str, ...], required: int, screens: Screens | None = None, tolerances=PUBLISHED
) -> Cells:
    kept = ALL if screens is None else Kept(thinned=True, screens=screens)
    rule = Rule(tolerances=tolerances, structural=required, min_sources=1)
    return find_cells(sweep, rule, sources=sources, kept=kept)


def screens_of(draw: Draw) -> Screens:
    return {stratum: frozenset(sources) for stratum, sources in draw.screens.items()}


def drawn(design: Design, states: np.ndarray, required: int, seed: int = 0) -> Comparison:
    """A draw's verdicts beside the whole sweep's."""
    sources = corpus(states.shape[1])
    sweep = sweep_of(states, sources)
    draw = design.draw(judged(sweep, sources, required), seed)
    sample = take(sweep, draw.rows)
    return compare(cells_of(sample, sources, required, screens_of(draw)), cells_of(sweep, sources, required))


@st.composite
def truths(draw: st.DrawFn, *, absent: bool = True) -> tuple[np.ndarray, int]:
    n = draw(st.sampled_from((1, 2, 3, 5, 6, 9, 12, 30)))
    required = draw(st.one_of(st.just(threshold(n, SHARE)), st.integers(1, n)))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    kinds = np.array([ABSTAINS, HOLD, HIT] + [ABSENT] * absent, np.int8)
    weights = random.random((6, len(kinds))) ** 3 + 1e-9
    states = np.stack([random.choice(kinds, size=n, p=w / w.sum()) for w in weights])
    return states[(states != ABSENT).any(axis=1)], required


@settings(max_examples=60)
@given(truth=truths(), seed=st.integers(0, 99))
def test_a_screen_is_wrong_about_nothing_but_what_it_cleared(truth, seed):
    states, required = truth
    n = states.shape[1]
    assert drawn(Design("exact"), states, required, seed).left_open == ()
    for sources in range(1, n - required + 1):
        found = drawn(Design("screen", sources), states, required, seed)
        assert found.wrong == ()
        assert found.found + len(found.missed) == found.structural
        assert found.right + sum(map(len, (found.missed, found.cleared_early, found.left_open))) == len(states)
        order = source_order(corpus(n), 0, seed)
        for key in (*found.missed, *found.cleared_early):
            assert (states[int(key.recipe[1:])][order[:sources]] == HOLD).all()


@pytest.mark.parametrize("absent", [0, 1])
@pytest.mark.parametrize("n", [1, 3, 5, 6, 9, 12, 30])
@pytest.mark.parametrize("pinned", [False, True])
def test_corpora_of_other_sizes(n: int, pinned: bool, absent: int) -> None:
    """Structural from ceil(7N/9), or from a pinned half; one source may be declared and have no row."""
    if absent and n < 3:
        return
    required = n // 2 + 1 if pinned else -(-7 * n // 9)
    assert pinned or threshold(n, SHARE) == required
    states = np.full((n + 1, n), HOLD, np.int8)
    for hits in range(n + 1):
        states[hits, :hits] = HIT
    states[:, n - absent :] = ABSENT
    exact = drawn(Design("exact"), states, required)
    assert (exact.wrong, exact.left_open) == ((), ())
    assert exact.structural == sum(min(hits, n - absent) >= required for hits in range(n + 1))
    for sources in range(1, n - required + 1):
        found = drawn(Design("screen", sources), states, required)
        assert (found.wrong, found.left_open) == ((), ())
        assert found.found + len(found.missed) == found.structural
    with pytest.raises(SampleError, match=f"screen:{n - required + 1} makes no sense at {required} of {n} sources"):
        drawn(Design("screen", n - required + 1), states, required)


def test_the_screen_is_without_hindsight() -> None:
    """Which sources are looked at first hangs on nothing but names, stratum and seed."""
    states = np.full((1, 9), HIT, np.int8)
    first = {}
    for seed in range(40):
        only_first = states.copy()
        only_first[0, source_order(corpus(9), 0, seed)[0]] = HOLD
        found = drawn(Design("screen", 1), only_first, 7, seed)
        assert len(found.missed) == 1
        first[int(source_order(corpus(9), 0, seed)[0])] = seed
    assert len(first) > 5


def test_seeds_are_reproducible_and_strata_begin_elsewhere() -> None:
    sweep = sweep_of(np.full((3, 9), HOLD, np.int8), corpus(9))
    case = judged(sweep, corpus(9), 7)
    draws = [tuple(Design("screen", 1).draw(case, seed).rows) for seed in (1, 1, 2, 3, 4, 5)]
    assert draws[0] == draws[1]
    assert len(set(draws)) > 2
    assert {int(source_order(corpus(9), stratum, 1)[0]) for stratum in range(9)} == set(range(9))


def test_a_touched_slice_keeps_its_ladder_and_a_pair_its_repeats() -> None:
    sweep = sweep_of(np.full((1, 9), HOLD, np.int8), corpus(9))
    twice = take(sweep, np.sort(np.concatenate([np.arange(18), np.arange(18)])))
    draw = Design("screen", 1).draw(judged(twice, corpus(9), 7), 0)
    kept = take(twice, draw.rows)
    assert (int(kept.bare.sum()), len(kept), kept.source.names) == (2, 4, kept.source.names[:1])


def test_a_gap_in_the_sweep_is_not_mistaken_for_a_screen() -> None:
    """A cell that has rows on two sources, of which neither is the whole screen, stays open."""
    order = source_order(corpus(9), 0, 0)
    states = np.full((2, 9), ABSENT, np.int8)
    states[0, order[3:5]] = HOLD
    states[1, order[:2]] = HOLD
    for sources, cleared in ((1, ["r001"]), (2, ["r001"])):
        found = drawn(Design("screen", sources), states, 7)
        assert [key.recipe for key in found.cleared_early] == cleared
        assert found.wrong == ()


def test_no_cell_of_the_sweep_is_dropped() -> None:
    """Cells that the sweep has on one source only, on the screen or off it: all are in the sample, as they are."""
    sources = corpus(9)
    order = source_order(sources, 0, 0)
    states = np.full((9, 9), ABSENT, np.int8)
    states[np.arange(9), order] = HOLD
    sweep = sweep_of(states, sources)
    for screen in (1, 2):
        draw = Design("screen", screen).draw(judged(sweep, sources, 7), 0)
        assert draw.screens == {("c", "vbr"): tuple(sources[at] for at in order[:screen])}
        kept = cells_of(take(sweep, draw.rows), sources, 7, screens_of(draw))
        found = {key.recipe: verdict for key, verdict in structural_verdicts(kept).items()}
        cleared = {"r000": CellVerdict.CLEAN} if screen == 1 else {}
        assert found == {f"r{at:03}": CellVerdict.UNDETERMINED for at in range(9)} | cleared


@settings(max_examples=60)
@given(truth=truths(), seed=st.integers(0, 9), wider=st.booleans())
def test_the_screen_clears_just_what_holds_on_all_of_it_and_went_no_further(truth, seed, wider):
    """Beside a plain reading of the rows, also where they are judged by another tolerance than they were drawn by."""
    states, required = truth
    n = states.shape[1]
    if required == n:
        return
    sources, tolerances = corpus(n), Tolerances(vmaf=20.0) if wider else PUBLISHED
    sweep = sweep_of(states, sources)
    draw = Design("screen", n - required).draw(judged(sweep, sources, required), seed)
    sample = take(sweep, draw.rows)
    kept = cells_of(sample, sources, required, screens_of(draw), tolerances)
    screen = {sources[at] for at in source_order(sources, 0, seed)[: n - required]}
    for cell in range(len(kept)):
        rows = [row for row in range(len(sample)) if sample.recipe.of(row) == kept.recipe.of(cell)]
        on = {sample.source.of(row) for row in rows}
        held = all(sample.bitrate_kbps[row] < 2000 and (wider or sample.vmaf[row] == 80) for row in rows)
        assert kept.screened[cell] == (on == screen and held)


@pytest.mark.parametrize(
    ("text", "design"),
    [
        ("exact", Design("exact")),
        ("full", Design("full")),
        ("screen:1", Design("screen", 1)),
        ("screen:12", Design("screen", 12)),
        ("budget:40", Design("budget", 40)),
    ],
)
def test_designs_by_name(text: str, design: Design) -> None:
    assert design_of(text) == design
    assert str(design) == text


@pytest.mark.parametrize(
    "text", ["", "Exact", "exact:1", "screen", "screen:", "screen:0", "screen:-1", "screen:1.5", "budget:1e3", "budget:0",
             "screen:1 ", "budget:1,000", "screen:१", "everything"]
)  # fmt: skip
def test_what_is_no_design(text: str) -> None:
    with pytest.raises(SampleError, match="is no design"):
        design_of(text)


def test_a_budget_takes_the_best_that_fits() -> None:
    states = np.full((40, 9), HOLD, np.int8)
    states[0] = HIT
    case = judged(sweep_of(states, corpus(9)), corpus(9), 7)
    takes = [len(design.draw(case, 0).rows) for design in (Design("exact"), Design("screen", 2), Design("screen", 1))]
    assert takes == sorted(takes, reverse=True)
    for rows, screen in ((10_000, 0), (takes[0], 0), (takes[0] - 1, 2), (takes[1] - 1, 1), (takes[2], 1)):
        draw = Design("budget", rows).draw(case, 0)
        assert (draw.screen, len(draw.rows) <= rows) == (screen, True)
        assert draw.miss_bound == (Fraction(comb(2, screen), comb(9, screen)) if screen else 0)
    said = f"no design fits in {takes[2] - 1} rows: full takes {len(case.sweep)}, exact takes {takes[0]}, screen:2 takes {takes[1]}, screen:1 takes"
    with pytest.raises(SampleError, match=said):
        Design("budget", takes[2] - 1).draw(case, 0)


@pytest.mark.parametrize(
    ("n", "said"), [(1, "a screen of 1 is exact already"), (9, "screens from 1 to 2 can be drawn")]
)
def test_a_screen_that_this_corpus_can_not_have(n: int, said: str) -> None:
    with pytest.raises(SampleError, match=said):
        drawn(Design("screen", 3), np.full((1, n), HOLD, np.int8), threshold(n, SHARE))


@pytest.mark.parametrize(("screen", "bound"), [(1, 2 / 9), (2, 1 / 36)])
def test_the_worst_corpus_is_missed_as_often_as_the_bound_says(screen: int, bound: float) -> None:
    """Structural on just seven sources, the other two chosen by an adversary who doesn't know the seed."""
    states = np.full((1, 9), HIT, np.int8)
    states[0, [3, 4]] = HOLD
    draws = 300
    missed = sum(len(drawn(Design("screen", screen), states, 7, seed).missed) for seed in range(draws))
    assert abs(missed - bound * draws) < 4 * (draws * bound * (1 - bound)) ** 0.5


def test_strata_of_a_sweep_are_as_the_rows_say() -> None:
    states = np.array([[HIT, HOLD, ABSTAINS], [ABSENT, HOLD, HOLD]], np.int8)
    (only,) = strata(judged(sweep_of(states, corpus(3)), corpus(3), 3))
    assert (only.states == states).all()
