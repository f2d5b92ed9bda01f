"""`gate sweep plan | run`: counts what a measured sweep takes, and measures it."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gate.cli.output import COULD_NOT_JUDGE, FILE, FOLDER, PASSED, progress, rule_options, together, write

if TYPE_CHECKING:
    from gate.evidence.measure.session import Session

_plan_options = together(
    click.argument("spec", type=FILE),
    click.option("--ffmpeg", type=FILE, help="The FFmpeg to measure with. [default: imageio-ffmpeg's]"),
    click.option(
        "--design",
        default="full",
        show_default=True,
        metavar="DESIGN",
        help="full, exact, screen:S or budget:ROWS.",
    ),
    rule_options,
    click.option(
        "--jobs", type=click.IntRange(min=1), help="Encodes at a time. [default: cores / threads of the spec]"
    ),
)


@click.group()
def sweep() -> None:
    """Measure encodes: the evidence that samples are drawn from."""


@sweep.command("plan")
@_plan_options
@click.option("--rows", type=click.Path(path_type=Path), help="The sweep so far: a folder of `gate sweep run`.")
def sweep_plan(rows: Path | None, **options: Any) -> int:
    """Count the encodes that SPEC takes, and estimate the time."""
    with _ended_cleanly(), progress("sweep plan"):
        text = _session(**options).plan(rows)
    write(text, None)
    return PASSED


@sweep.command("run")
@_plan_options
@click.option("--output", "-o", type=FOLDER, required=True, help="The folder for the rows; one that has some goes on.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Make at most N encodes now.")
@click.option("--retry-failed", is_flag=True, help="Make those encodes again that failed before.")
@click.option("--scheduler", default="", metavar="ADDRESS", help="Measure on a Dask cluster: tcp://HOST:PORT.")
@click.option("--device", default="", help="The GPU or CPU that encodes, for the rows.")
@click.option("--driver", default="", help="Its driver, for the rows.")
def sweep_run(output: Path, limit: int | None, retry_failed: bool, **options: Any) -> int:
    """Measure what SPEC asks for with FFmpeg and libvmaf.

    OUTPUT gets sweep.jsonl with its manifest, and failures.jsonl where encodes failed. Whatever ends a run, the same
    command goes on where it was.
    """
    from gate.evidence.measure.progress import reporting_to

    with _ended_cleanly():
        text, whole = _session(**options).measure(
            output,
            limit=limit,
            retry_failed=retry_failed,
            progress=lambda at_least: reporting_to(sys.stderr, at_least=at_least),
            warn=lambda line: print(line, file=sys.stderr),
        )
    write(text, None)
    return PASSED if whole else COULD_NOT_JUDGE


@contextmanager
def _ended_cleanly() -> Iterator[None]:
    """Being told to end, or losing the terminal, is heard as Ctrl-C is, except where the user had it ignored."""
    wanted = ("SIGTERM", "SIGHUP") if threading.current_thread() is threading.main_thread() else ()
    heard = [number for name in wanted if (number := getattr(signal, name, None)) is not None]
    before = {number: signal.getsignal(number) for number in heard}
    try:
        for number, handler in before.items():
            if handler is signal.SIG_DFL:
                signal.signal(number, signal.default_int_handler)
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _session(*, spec: Path, jobs: int | None, **options: Any) -> Session:
    from gate.cli.sample import rule_for
    from gate.evidence.measure.session import Session, opened

    rule = rule_for(None, **{name: options.pop(name) for name in ("policy", "detector", "baseline", "structural")})
    return Session(loaded=opened(spec), rule=rule, jobs=jobs or 0, **options)
