"""How far a run is, for people: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TextIO

from gate.evidence.measure.run import Reporter, RunProgress
from gate.values import dataclass

_EVERY_S: Final = 10.0
_FIRST: Final = 3  # finished encodes before a rate means anything

Clock = Callable[[], float]


@contextmanager
def reporting_to(stream: TextIO, *, at_least: bool, clock: Clock = time.monotonic) -> Iterator[Reporter]:
    """Where a run reports how far it is. `at_least`: what is still ahead may turn out to be more.

    The clock is monotonic, so that a wall clock that is set back changes nothing.
    """
    opened = _bar(stream, clock) if stream.isatty() else _lines(stream, at_least, clock)
    with opened as report:
        yield report


def eta_s(progress: RunProgress, elapsed_s: float) -> float | None:
    """Seconds that what is ahead will take at this run's rate; None where too little has finished to tell."""
    if progress.made < _FIRST or elapsed_s <= 0:
        return None
    return progress.ahead * elapsed_s / progress.made


def duration(seconds: float) -> str:
    """`45 s`, `3 min 5 s`, `2 h 7 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if minutes < 10 and rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min"


def line(progress: RunProgress, elapsed_s: float, *, at_least: bool) -> str:
    """One line: `412 of 5,832 encodes, 2 failed, 118 a minute, 46 min left`."""
    total = progress.known + progress.ahead
    parts = [f"{progress.known:,} of {'at least ' if at_least else ''}{total:,} encodes"]
    if progress.failed:
        parts.append(f"{progress.failed:,} failed")
    left = eta_s(progress, elapsed_s)
    if left is not None:
        parts.append(f"{60 * progress.made / elapsed_s:.0f} a minute")
        if progress.ahead:
            parts.append(f"{'at least ' if at_least else ''}{duration(left)} left")
    return ", ".join(parts)


@dataclass(slots=True)
class _Pace:
    """When a line was last written, and what there is to write at the end."""

    begun: float
    written: float
    last: RunProgress | None = None
    shown: RunProgress | None = None


@contextmanager
def _lines(stream: TextIO, at_least: bool, clock: Clock) -> Iterator[Reporter]:
    pace = _Pace(begun=clock(), written=clock())

    def write() -> None:
        if pace.last is None or pace.last == pace.shown:
            return
        print(line(pace.last, clock() - pace.begun, at_least=at_least), file=stream, flush=True)
        pace.written, pace.shown = clock(), pace.last

    def report(progress: RunProgress) -> None:
        pace.last = progress
        if clock() - pace.written >= _EVERY_S:
            write()

    try:
        yield report
    finally:
        write()


@contextmanager
def _bar(stream: TextIO, clock: Clock) -> Iterator[Reporter]:
    from rich.console import Console  # noqa: PLC0415  only on a terminal
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn  # noqa: PLC0415

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
    begun = clock()
    with Progress(*columns, console=Console(file=stream)) as bar:
        task = bar.add_task("", total=None)

        def report(progress: RunProgress) -> None:
            left = eta_s(progress, clock() - begun)
            words = [f"{progress.failed:,} failed"] if progress.failed else []
            words += [f"{duration(left)} left"] if left is not None and progress.ahead else []
            bar.update(
                task,
                total=progress.known + progress.ahead,
                completed=progress.known,
                description=", ".join(words),
            )

        yield report
