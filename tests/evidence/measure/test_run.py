"""Runs: nothing lost, nothing twice, nothing wrong, however often they are broken off. Outcomes are made up."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from threading import Event

import numpy as np
import pytest

from gate.errors import GateError, UsageError
from gate.evidence.measure.model import Encode, Failure, Outcome, Row
from gate.evidence.measure.run import (
    LocalExecutor,
    Run,
    RunProgress,
    check_evidence,
    forget_stale,
    in_order,
    off_target,
    without_effect,
)
from gate.evidence.measure.schedule import Budgeted, Full, Sequential
from gate.evidence.measure.store import FAILURES, SWEEP, open_store
from gate.evidence.model import CellVerdict
from gate.evidence.sample.sequential import asked_of
from gate.evidence.sample.strata import source_order
from gate.evidence.sweep.cells import Rule, find_cells
from gate.evidence.sweep.codecs import to_model
from gate.evidence.sweep.nearest import Tolerances, detect
from gate.evidence.sweep.read import read_sweep
from tests.evidence.measure.grids import TOOLS, grid, key_of, made_up

T = 5


class Shuffled:
    """An executor that finishes in any order, and may break off after so many encodes."""

    slots = 7

    def __init__(self, seed: int, *, breaks_after: int | None = None, error: type[BaseException] = GateError) -> None:
        self.random = random.Random(seed)
        self.waiting: list[Encode] = []
        self.asked: list[Encode] = []
        self.left = breaks_after
        self.error = error

    def submit(self, key: str, encode: Encode) -> None:
        assert key == key_of(encode)
        self.waiting.append(encode)
        self.asked.append(encode)

    def completed(self, timeout: float) -> Sequence[Outcome]:
        if timeout == 0:
            return []
        if self.left == 0:
            self.left = None
            raise self.error("the disk is full")
        if self.left is not None:
            self.left -= 1
        return [made_up(self.waiting.pop(self.random.randrange(len(self.waiting))))]

    def stop(self) -> None:
        self.waiting.clear()

    def __enter__(self):
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()


def keys_of(plan):
    return {place: key_of(encode) for place, encode in plan.encodes.items()}


def schedule_of(plan, design):
    if design == "full":
        return Full(plan=plan)
    sequential = Sequential(plan=plan, threshold=T, screen=2 if design == "exact" else 1, seed=3)
    return Budgeted(schedule=sequential, rows=90) if design == "budget" else sequential


def go(folder, plan, design="full", executor=None, limit=None):
    """One run; its executor."""
    executor = executor or Shuffled(0)
    with open_store(folder) as store:
        run = Run(
            plan=plan,
            keys=keys_of(plan),
            schedule=schedule_of(plan, design),
            store=store,
            executor=executor,
            report=lambda progress: None,
            limit=limit,
        )
        run.go()
        if not run.schedule.ahead(store, ()):
            in_order(store, plan)
    return executor


@pytest.fixture
def plan(tmp_path):
    return grid(tmp_path, 6, 5, qualities=2)


def contents(folder):
    return (folder / SWEEP).read_bytes(), (folder / FAILURES).read_bytes()


@pytest.mark.parametrize("design", ["full", "exact", "screen:1"])
@pytest.mark.parametrize("error", [GateError, KeyboardInterrupt])
def test_a_run_broken_off_again_and_again_ends_as_an_undisturbed_one(tmp_path, plan, design, error):
    go(tmp_path / "calm", plan, design)
    made = []
    for seed in range(50):
        executor = Shuffled(seed, breaks_after=random.Random(seed).randrange(50), error=error)
        try:
            go(tmp_path / "broken", plan, design, executor)
        except GateError:
            made += executor.asked
        else:
            break
    else:
        pytest.fail("it never came to its end")
    assert seed > 3
    assert contents(tmp_path / "broken") == contents(tmp_path / "calm")


def test_a_run_over_finished_rows_makes_nothing(tmp_path, plan):
    go(tmp_path, plan)
    before = contents(tmp_path)
    assert go(tmp_path, plan).asked == []
    assert contents(tmp_path) == before


def test_every_encode_is_a_row_or_a_failure_and_none_is_made_twice(tmp_path, plan):
    executor = go(tmp_path, plan)
    assert len(executor.asked) == len(set(map(key_of, executor.asked))) == len(plan.encodes)
    with open_store(tmp_path) as store:
        assert store.rows.keys() | store.failures.keys() == plan.encodes.keys()
        assert not store.rows.keys() & store.failures.keys()
        assert store.failures
        assert list(store.rows) == [place for place in plan.encodes if place in store.rows]


def test_the_limit_is_kept_and_the_next_run_goes_on(tmp_path, plan):
    assert len(go(tmp_path / "some", plan, limit=10).asked) == 10
    assert len(go(tmp_path / "some", plan, limit=3).asked) == 3
    go(tmp_path / "some", plan)
    go(tmp_path / "all", plan)
    assert contents(tmp_path / "some") == contents(tmp_path / "all")


def test_an_error_of_the_executor_is_the_runs(tmp_path, plan):
    with pytest.raises(GateError, match="the disk is full"):
        go(tmp_path, plan, executor=Shuffled(1, breaks_after=5))


def test_an_interrupt_says_how_to_go_on(tmp_path, plan):
    with pytest.raises(UsageError, match=r"interrupted; \d+ rows are on disk") as caught:
        go(tmp_path, plan, executor=Shuffled(1, breaks_after=5, error=KeyboardInterrupt))
    assert "run the same command again" in caught.value.fix


def test_an_interrupt_ends_what_is_under_way(tmp_path, plan):
    begun, ended = Event(), Event()

    def measure(_: Encode) -> Outcome:
        begun.set()
        assert ended.wait(30), "nobody ended it"
        raise GateError("stopped")

    def report(progress: RunProgress) -> None:
        assert begun.wait(30)
        raise KeyboardInterrupt

    with open_store(tmp_path) as store, pytest.raises(UsageError, match="interrupted; 0 rows are on disk"):
        Run(
            plan=plan,
            keys=keys_of(plan),
            schedule=schedule_of(plan, "full"),
            store=store,
            executor=LocalExecutor(measure, 2),
            report=report,
            end=ended.set,
        ).go()


def structural(folder, plan):
    sweep = read_sweep(folder / SWEEP)
    cells = to_model(find_cells(sweep, Rule(structural=T, min_sources=1), sources=plan.sources))
    return {key for key, cell in cells.items() if cell.verdict is CellVerdict.STRUCTURAL}


def test_exact_finds_the_structural_cells_of_the_full_run_with_fewer_encodes(tmp_path, plan):
    full = go(tmp_path / "full", plan)
    exact = go(tmp_path / "exact", plan, "exact")
    assert structural(tmp_path / "exact", plan) == structural(tmp_path / "full", plan) != set()
    assert len(exact.asked) < len(full.asked)


@pytest.mark.parametrize(("design", "screen"), [("exact", 2), ("screen:1", 1)])
def test_a_sequential_run_measures_exactly_what_the_whole_table_asks_for(tmp_path, plan, design, screen):
    """The states of the finished full run drive `asked_of`; a failed encode is unknown, and never a hold or a hit."""
    go(tmp_path / "full", plan)
    executor = go(tmp_path / "some", plan, design)
    sweep = read_sweep(tmp_path / "full" / SWEEP)
    findings = detect(sweep, Tolerances())
    judged = {
        (sweep.source.of(i), sweep.rc_mode.of(i), sweep.recipe.of(i), sweep.preset.of(i), sweep.q.of(i)): (
            3 if findings.regression[i] else 2 if findings.comparable[i] else 1
        )
        for i in range(len(sweep))
    }
    wanted = set()
    for stratum in plan.strata:
        states = np.array(
            [[judged.get((s, stratum.rc_mode, *cell), 1) for s in plan.sources] for cell in stratum.cells], np.int8
        )
        order = source_order(plan.sources, stratum.index, 3)
        pairs = asked_of(states, order, threshold=T, screen=screen)
        wanted |= {stratum.place(cell, plan.sources[source]) for cell, source in zip(*np.nonzero(pairs), strict=True)}
        for source in np.flatnonzero(pairs.any(axis=0)):
            wanted |= set(stratum.ladder(plan.sources[source]))
    assert {e.place for e in executor.asked} == wanted


def test_a_budget_is_never_exceeded(tmp_path, plan):
    assert len(go(tmp_path, plan, "budget", Shuffled(1)).asked) == 90
    assert go(tmp_path, plan, "budget").asked == []


def test_equal_commands_run_once_and_make_a_row_each(tmp_path, plan):
    twins = {place: replace(each, passes=plan.encodes[place._replace(recipe="r0")].passes)
             for place, each in plan.encodes.items() if place.recipe == "r1"}  # fmt: skip
    plan = replace(plan, encodes={**plan.encodes, **twins})
    executor = go(tmp_path, plan)
    assert len(executor.asked) == len(plan.encodes) - len(twins)
    with open_store(tmp_path) as store:
        assert store.rows.keys() | store.failures.keys() == plan.encodes.keys()
        for place, row in store.rows.items():
            assert row.key == key_of(plan.encodes[place])
            assert dict(row.knobs) == dict(plan.encodes[place].knobs)
            if place.recipe == "r1":
                assert row.vmaf_score == store.rows[place._replace(recipe="r0")].vmaf_score


def test_a_recipe_is_without_effect_only_where_all_its_rows_are(tmp_path, plan):
    go(tmp_path, plan)
    with open_store(tmp_path) as store:
        rows = list(store.rows.values())
    bare = {row.place: row.bitstream for row in rows if row.place.recipe == "bare"}
    copied = [
        replace(row, bitstream=bare[row.place._replace(recipe="bare")])
        if row.place.recipe == "r2" or (row.place.recipe == "r3" and row.place.source != "s0")
        else row
        for row in rows
    ]
    assert without_effect(rows) == []
    assert without_effect(copied) == [("libx264", "r2")]


def test_what_rate_control_came_to_is_said_per_codec_and_label(tmp_path, plan):
    go(tmp_path, plan)
    with open_store(tmp_path) as store:
        rows = [row for row in store.rows.values() if row.place.recipe in ("bare", "r0")]
    # q 1 and 2, that is 1,000 and 2,000 kbit/s, on six sources: one cell hits, one misses on half, two on most.
    off = {("bare", "1"): [0.0] * 6, ("bare", "2"): [0.2] * 2 + [0.05] * 4, ("r0", "1"): [-0.11] * 4 + [0.0] * 2,
           ("r0", "2"): [0.5] * 6}  # fmt: skip
    made = [
        replace(
            row,
            bitrate_kbps=1000 * float(row.place.q) * (1 + off[row.place.recipe, row.place.q][int(row.place.source[1])]),
        )
        for row in rows
        if row.place.preset == "fast" and row.place.rc_mode == "vbr"
    ]
    assert off_target(row for row in rows if row.place.rc_mode == "crf") == []
    whole = [row for row in made if row.place.recipe == "bare"]
    assert off_target(whole)[0].startswith(
        "target bitrate: 0 of 2 cells of libx264 (vbr) are off by more than 10% on most"
    )
    [line] = off_target(made)
    assert line.startswith("target bitrate: 2 of 4 cells")
    assert line.endswith("from -11% to +50%; at 1 (1 of 2), 2 (1 of 2)")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"ffmpeg": "8.0"}, "ffmpeg was '8.0', is '7.1'"),
        ({"model": "vmaf_4k_v0.6.1", "pooling": "min"}, "model was 'vmaf_4k_v0.6.1', is 'vmaf_v0.6.1'; pooling was"),
        ({"libx264": "164"}, "libx264 was '164', is ''"),
        ({}, "other settings or another clip"),
    ],
)
def test_rows_of_another_measurement_are_refused_with_what_differs(tmp_path, plan, changes, said):
    go(tmp_path, plan, limit=4)
    with open_store(tmp_path) as store:
        check_evidence(store, keys_of(plan), TOOLS)
        row = next(iter(store.rows.values()))
        changes = dict(changes)
        library = changes.pop("libx264", "")
        store.rows[row.place] = replace(row, key="other", tools=dict(row.tools) | changes, library=library)
        with pytest.raises(UsageError, match=said):
            check_evidence(store, keys_of(plan), TOOLS)


def test_rows_that_the_spec_does_not_ask_for_are_refused(tmp_path, plan):
    go(tmp_path, plan, limit=4)
    with open_store(tmp_path) as store:
        keys = dict(list(keys_of(plan).items())[100:])
        with pytest.raises(UsageError, match="holds a row that the spec doesn't ask for"):
            check_evidence(store, keys, TOOLS)


def test_failures_of_another_measurement_are_made_again(tmp_path, plan):
    go(tmp_path, plan)
    with open_store(tmp_path) as store:
        assert forget_stale(store, keys_of(plan)) == 0
        count = len(store.failures)
        first = next(iter(store.failures))
        assert forget_stale(store, {**keys_of(plan), first: "other"}) == 1
        assert forget_stale(store, {}) == count - 1
        assert not store.failures


def test_this_machines_executor_makes_them_all(tmp_path, plan):
    go(tmp_path / "local", plan, executor=LocalExecutor(made_up, 3))
    go(tmp_path / "calm", plan)
    assert contents(tmp_path / "local") == contents(tmp_path / "calm")


@pytest.mark.parametrize("error", [GateError("the disk is full"), RuntimeError("a bug")])
def test_what_a_worker_meets_ends_the_run_and_keeps_what_was_made(tmp_path, plan, error):
    done: list[Encode] = []

    def measure(encode: Encode) -> Outcome:
        if len(done) >= 5:
            raise error
        done.append(encode)
        return made_up(encode)

    with pytest.raises(type(error), match=str(error)):
        go(tmp_path, plan, executor=LocalExecutor(measure, 2))
    with open_store(tmp_path) as store:
        kept = store.rows.keys() | store.failures.keys()
    made = {e.place for e in done}
    assert kept <= made
    if isinstance(error, GateError):
        assert {place for place in made if isinstance(made_up(plan.encodes[place]), Row)} == kept - {
            place for place in kept if isinstance(made_up(plan.encodes[place]), Failure)
        }
