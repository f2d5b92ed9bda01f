"""What commands share: options, where a result goes, how wide, with or without colour, a line of progress."""

from __future__ import annotations

import datetime as dt
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from gate.documents import writable
from gate.errors import UsageError

PASSED, BLOCKED, COULD_NOT_JUDGE, BUG = 0, 1, 2, 3
READER_GONE = 141  # 128 + SIGPIPE, as shells say it

FOLDER = click.Path(file_okay=False, path_type=Path)
FILE = click.Path(dir_okay=False, path_type=Path)

Option = Callable[[Callable[..., Any]], Callable[..., Any]]


def together(*options: Option) -> Option:
    """Several options as one decorator, in the order in which `--help` lists them."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def day(text: str | None) -> dt.date:
    """A day as people write it; today (UTC) for none. UsageError for anything else."""
    if text is None:
        return dt.datetime.now(dt.UTC).date()
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text} is not a date", where="--as-of", fix="write YYYY-MM-DD") from None


output_option = click.option("--output", "-o", type=FILE, help="Write the result to this file.")
adapters_option = click.option(
    "--adapters", multiple=True, metavar="GLOB", help="Where adapters are, in place of the policy's."
)
tree_options = together(
    click.option("--repo", type=FOLDER, default=Path(), show_default="here", help="A git repository, bare or not."),
    adapters_option,
    click.option(
        "--reader", type=click.Choice(["vmaf-tune", "manifest"]), help="What reads them. [default: vmaf-tune]"
    ),
    output_option,
)
"""Of every command that reads adapters."""
structural_option = click.option(
    "--structural", default="7/9", show_default=True, help="Sources on which a cell must regress."
)
rule_options = together(
    click.option("--policy", type=FILE, help="For this policy's rule: detector, baseline, tolerances, threshold."),
    click.option(
        "--detector",
        type=click.Choice(["nearest", "interpolated", "both", "filled", "pooled"]),
        help="What decides, in place of the policy's. [default: nearest]",
    ),
    click.option(
        "--baseline",
        type=click.Choice(["any", "same-preset"]),
        help="Which bare rows nearest takes, in place of the policy's. [default: any]",
    ),
    click.option("--structural", help="Sources on which a cell must regress, in place of the policy's. [default: 7/9]"),
)
evidence_options = together(
    click.option("--policy", type=FILE, help="A policy file; with a trusted policy it may only tighten it."),
    click.option(
        "--sample", type=FILE, help="A sample file as the evidence; with a trusted policy, one that it lists."
    ),
)


def trust_option(what: str) -> Option:
    """`--trust`, and what comes from there."""
    return click.option("--trust", metavar="REF", help=f"Where {what} from. [default: the upstream default branch]")


def as_of_option(what: str) -> Option:
    """`--as-of` as a day, and what is judged by it."""
    return click.option(
        "--as-of",
        metavar="DATE",
        callback=lambda ctx, param, text: day(text),
        help=f"The day (UTC) on which {what} judged. [default: today]",
    )


def format_option(*formats: str, help: str | None = None) -> Option:  # noqa: A002 - as click calls it
    """`--format`, the first one by default."""
    return click.option(
        "--format", "format_", type=click.Choice(formats), default=formats[0], show_default=True, help=help
    )


@contextmanager
def progress(doing: str) -> Iterator[Callable[[str], None]]:
    """A spinner on standard error that tells the stage, where that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda stage: None
        return
    from rich.console import Console

    with Console(stderr=True).status(doing) as status:
        yield lambda stage: status.update(f"{doing}: {stage}")


def write(text: str | bytes, output: Path | None) -> None:
    """A result to standard output, or into a file. UsageError where that can't be written."""
    contents = text.encode("utf-8", "backslashreplace") if isinstance(text, str) else text
    if output is None:
        sys.stdout.buffer.write(contents)
        sys.stdout.buffer.flush()
        return
    try:
        writable(output, UsageError).write_bytes(contents)
    except OSError as error:
        raise UsageError(f"can't be written: {error.strerror}", where=str(output)) from None


def width() -> int:
    """The terminal's width; a pipe gets the width of a log line."""
    if os.environ.get("COLUMNS", "").isdigit():
        return max(40, int(os.environ["COLUMNS"]))
    return max(40, os.get_terminal_size(1).columns) if os.isatty(1) else 100


color_option = click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    show_default=True,
    expose_value=False,
    callback=lambda context, param, text: context.meta.update(color=text),
    help="Colour; auto heeds NO_COLOR and FORCE_COLOR.",
)


def color(output: Path | None) -> bool:
    """Whether a result is coloured: as `--color` says, else as NO_COLOR or FORCE_COLOR do, else on a terminal."""
    asked = click.get_current_context().meta.get("color", "auto")
    if asked != "auto":
        return bool(asked == "always")
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "0") != "0":
        return True
    return output is None and os.isatty(1) and os.environ.get("TERM") != "dumb"
