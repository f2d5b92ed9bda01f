"""A run: asks a schedule what to measure, keeps an executor (here: this machine's) busy, puts each outcome on disk."""

from __future__ import annotations

import os
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from queue import Empty, SimpleQueue
from statistics import median
from threading import Event, Thread
from types import TracebackType
from typing import Final, Protocol, Self

from gate.encoders import write
from gate.errors import GateError, UsageError
from gate.evidence.measure.model import Encode, Failure, Outcome, Row, RowKey, Tools
from gate.evidence.measure.plan import Plan
from gate.evidence.measure.rows import for_encode, with_effects
from gate.evidence.measure.schedule import Schedule
from gate.evidence.measure.store import Store
from gate.evidence.model import OFF_TARGET, is_off_target
from gate.values import dataclass, field

_POLL_S: Final = 1.0  # so that progress is reported, and an interrupt heard, while nothing finishes


class Executor(Protocol):
    """Where encodes are made: on this machine, or on many. Entered once; leaving it leaves nothing behind."""

    @property
    def slots(self) -> int:
        """How many encodes to hand it at once, so that no worker waits for the next."""

    def submit(self, key: str, encode: Encode) -> None:
        """Have an encode made; its outcome comes out of `completed`, with this key."""

    def completed(self, timeout: float) -> Sequence[Outcome]:
        """What has finished since, in any order; waits for the first at most `timeout` seconds.

        A worker that dies is this executor's affair: it makes the encode again. Raises: GateError for what stops every
        encode, such as a full disk or a program that has gone.
        """

    def stop(self) -> None:
        """Begin nothing more, and wait for what is under way; its outcomes come out of `completed` as ever."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class LocalExecutor:
    """`jobs` encodes at a time. While one is scored, the next encodes."""

    def __init__(self, measure: Callable[[Encode], Outcome], jobs: int) -> None:
        """`measure` makes and scores one encode; it is called in several threads at once."""
        self.slots = 2 * jobs
        self._measure = measure
        self._tasks: SimpleQueue[Encode | None] = SimpleQueue()
        self._done: SimpleQueue[Outcome | BaseException] = SimpleQueue()
        self._stopped = Event()
        # Daemons: a second interrupt must be able to end the program while an encoder hangs.
        self._threads = [Thread(target=self._work, name=f"encode-{n}", daemon=True) for n in range(jobs)]

    def __enter__(self) -> Self:
        try:
            for thread in self._threads:
                thread.start()
        except RuntimeError:
            self.stop()
            what = f"can't do {len(self._threads):,} encodes at a time: the system has no threads left"
            raise UsageError(what, where="--jobs", fix="give fewer") from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None or not issubclass(kind, KeyboardInterrupt):  # a second interrupt waits for nothing
            self.stop()

    def submit(self, key: str, encode: Encode) -> None:
        """Queue an encode; its outcome works out the same key anew, from what it is measured with."""
        self._tasks.put(encode)

    def completed(self, timeout: float) -> Sequence[Outcome]:
        """What has finished; an exception that a worker met is raised here."""
        found = []
        try:
            found.append(self._done.get(timeout=timeout) if timeout else self._done.get_nowait())
            while True:
                found.append(self._done.get_nowait())
        except Empty:
            pass
        outcomes = [each for each in found if not isinstance(each, BaseException)]
        errors = [each for each in found if isinstance(each, BaseException)]
        if not errors:
            return outcomes
        for outcome in outcomes:  # what did finish is still there for whoever asks again
            self._done.put(outcome)
        raise errors[0]

    def stop(self) -> None:
        self._stopped.set()
        for _ in self._threads:
            self._tasks.put(None)
        for thread in self._threads:
            if thread.is_alive():
                thread.join()

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None and not self._stopped.is_set():
            try:
                self._done.put(self._measure(task))
            except BaseException as error:  # raised again where outcomes are asked for
                self._done.put(error)


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RunProgress:
    """How far a run is, in encodes of the plan."""

    known: int  # rows and failures on disk
    made: int  # of these, by this run
    failed: int
    ahead: int  # surely still needed


Reporter = Callable[[RunProgress], None]


@dataclass(slots=True, kw_only=True)
class Run:
    """One run over an open store. `keys` says what each encode of the plan is known by; `limit` is how many to make."""

    plan: Plan
    keys: Mapping[RowKey, str]
    schedule: Schedule
    store: Store
    executor: Executor
    report: Reporter
    limit: int | None = None
    end: Callable[[], None] = lambda: None  # called on an interrupt: ends at once what is under way on this machine
    made: int = 0
    _queue: deque[RowKey] = field(default_factory=deque)
    _pending: dict[str, list[RowKey]] = field(default_factory=dict)
    _by_key: dict[str, Outcome] = field(default_factory=dict)

    def go(self) -> None:
        """Measure until the schedule wants nothing more, or the limit is reached.

        Raises: GateError for what stops every encode, and where the run is interrupted; what has finished by then is on
        disk.
        """
        self._by_key |= {failed.key: failed for failed in self.store.failures.values()}
        self._by_key |= {row.key: row for row in self.store.rows.values()}
        with self.executor:
            try:
                while self._fill():
                    self._keep(self.executor.completed(_POLL_S))
            except KeyboardInterrupt:
                self.end()
                self._stop()
                what = f"interrupted; {len(self.store.rows):,} rows are on disk"
                fix = "run the same command again to go on"
                raise UsageError(what, where=str(self.store.folder), fix=fix) from None
            except GateError:
                self._stop()
                raise

    def _fill(self) -> bool:
        """Hand out work while there is some and a slot for it; whether any is under way."""
        while len(self._pending) < self.executor.slots and not self._is_spent():
            if not self._queue:
                self._queue.extend(
                    self.schedule.ahead(self.store, {place for found in self._pending.values() for place in found})
                )
                if not self._queue:
                    break
            self._make(self._queue.popleft())
        self._report()
        return bool(self._pending)

    def _make(self, place: RowKey) -> None:
        """Two encodes of one key are the same command on the same clip: it runs once."""
        key = self.keys[place]
        if key in self._by_key:
            self._add(for_encode(self._by_key[key], self.plan.encodes[place]))
        elif key in self._pending:
            self._pending[key].append(place)
        else:
            self._pending[key] = [place]
            self.executor.submit(key, self.plan.encodes[place])

    def _keep(self, outcomes: Iterable[Outcome]) -> None:
        for outcome in outcomes:
            self.made += 1
            self._by_key[outcome.key] = outcome
            for place in self._pending.pop(outcome.key):
                self._add(for_encode(outcome, self.plan.encodes[place]))

    def _add(self, known: Outcome) -> None:
        if isinstance(known, Failure):
            self.store.fail(known)
        else:
            self.store.add(known)

    def _stop(self) -> None:
        """Keep what still finishes. A failure is not kept: the interrupt itself may have ended the encoder."""
        self.executor.stop()
        while True:
            try:
                outcomes = self.executor.completed(0)
            except GateError:
                continue  # each error comes out once; the one that stopped the run is on its way already
            self._keep(outcome for outcome in outcomes if isinstance(outcome, Row))
            return

    def _is_spent(self) -> bool:
        return self.limit is not None and self.made + len(self._pending) >= self.limit

    def _report(self) -> None:
        known = len(self.store.rows) + len(self.store.failures)
        ahead = len(self._queue) + len(self._pending)
        self.report(RunProgress(known=known, made=self.made, failed=len(self.store.failures), ahead=ahead))


def check_evidence(store: Store, keys: Mapping[RowKey, str], tools: Tools) -> None:
    """UsageError where the store holds rows that aren't this plan's: evidence of two kinds must not mix."""
    fix = "give another folder with --output, or measure with what measured these"
    for place, row in store.rows.items():
        if keys.get(place) == row.key:
            continue
        if place not in keys:
            what = f"holds a row that the spec doesn't ask for: {place}"
        else:
            now = {**tools.setup, place.codec: tools.libraries.get(place.codec, "")}
            before = {**row.tools, place.codec: row.library}
            other = [f"{name} was {before[name]!r}, is {now[name]!r}" for name in now if before[name] != now[name]]
            what = (
                f"holds a row of another measurement: {place}: {'; '.join(other) or 'other settings or another clip'}"
            )
        raise UsageError(what, where=str(store.folder), fix=fix)


def forget_stale(store: Store, keys: Mapping[RowKey, str]) -> int:
    """Failures of another measurement say nothing of this one: those encodes are made again. How many there were."""
    stale = [place for place, failed in store.failures.items() if keys.get(place) != failed.key]
    for place in stale:
        del store.failures[place]
    return len(stale)


def in_order(store: Store, plan: Plan) -> None:
    """Put a finished run's rows into the plan's order, and mark those without effect.

    However often a run was broken off, the file ends up the same but for encode times.
    """
    rows = [store.rows[place] for place in plan.encodes if place in store.rows]
    store.settle(with_effects(rows), [store.failures[place] for place in plan.encodes if place in store.failures])


def without_effect(rows: Iterable[Row]) -> list[tuple[str, str]]:
    """The (codec, recipe) pairs all of whose rows are, byte for byte, the bare encoder's."""
    found: dict[tuple[str, str], bool] = {}
    for row in with_effects(rows):
        pair = (row.place.codec, row.place.recipe)
        found[pair] = found.get(pair, True) and row.no_effect
    return [pair for pair, always in found.items() if always]


def off_target(rows: Iterable[Row]) -> list[str]:
    """What rate control came to, per codec and label that take a bitrate: how many cells miss it, where, how far.

    A cell misses its target where most of its sources are off by more than `OFF_TARGET`.
    """
    cells: dict[tuple[str, str], dict[RowKey, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        place = row.place
        if write.takes_rate(place.codec, place.rc_mode):
            off = row.bitrate_kbps / (1000 * float(place.q)) - 1
            cells[place.codec, place.rc_mode][place._replace(source="")].append(off)
    lines = []
    for (codec, rc_mode), found in cells.items():
        at: dict[str, list[bool]] = defaultdict(list)
        for place, each in found.items():
            at[place.q].append(is_off_target(each))
        every = sorted(off for each in found.values() for off in each)
        where = ", ".join(f"{q} ({sum(missed):,} of {len(missed):,})" for q, missed in at.items() if any(missed))
        missed = f"{sum(map(sum, at.values())):,} of {len(found):,} cells of {codec} ({rc_mode})"
        span = f"median {median(every):+.0%}, from {every[0]:+.0%} to {every[-1]:+.0%}"
        places = f"; at {where}" if where else ""
        lines.append(f"target bitrate: {missed} are off by more than {OFF_TARGET:.0%} on most sources; {span}{places}")
    return lines
