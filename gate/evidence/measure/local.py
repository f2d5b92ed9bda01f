"""The executor of this machine: threads, each of which drives one FFmpeg at a time."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from threading import Event, Thread
from types import TracebackType
from typing import Self

from gate.errors import UsageError
from gate.evidence.measure.model import Encode, Outcome

Measure = Callable[[Encode], Outcome]


class LocalExecutor:
    """`jobs` encodes at a time. While one is scored, the next encodes."""

    def __init__(self, measure: Measure, jobs: int) -> None:
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
        """Wait for the encodes under way; those that wait are dropped."""
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
