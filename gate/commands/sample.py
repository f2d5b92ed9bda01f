"""`gate sample`: build and look at the evidence that the gate judges by."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from gate.commands.fetch import sample_fetch
from gate.commands.terminal import BLOCKED, FILE, FOLDER, PASSED, color, progress, width, write


@click.group()
def sample() -> None:
    """Build and look at samples: the evidence that the gate judges by."""


@sample.command("build")
@click.argument("sweeps", metavar="SWEEP...", type=FILE, nargs=-1, required=True)
@click.option("--output", "-o", type=FILE, required=True, help="The sample file to write.")
@click.option("--manifest", type=FILE, help="The sweeps' manifest. [default: the one beside each]")
@click.option(
    "--design",
    default="exact",
    show_default=True,
    metavar="DESIGN",
    help="exact misses nothing; screen:S clears cells that hold on S sources, and states what it may miss; "
    "budget:ROWS takes the best that fits.",
)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--structural", default="7/9", show_default=True, help="Sources on which a cell must regress.")
@click.option("--mixed", is_flag=True, help="Put sweeps of different devices, tools or corpora together on purpose.")
def sample_build(**options: Any) -> int:
    """Draw a stratified sample from one sweep, or from several that were measured alike."""
    from gate.samples import Wanted, build

    with progress("sample build") as told:
        text = build(Wanted(**options), told)
    write(text, None)
    return PASSED


@sample.command("info")
@click.argument("file", metavar="SAMPLE")
def sample_info(file: str) -> int:
    """Print a sample's manifest. SAMPLE is a file, or builtin:NAME."""
    from gate.samples import describe

    write(describe(file), None)
    return PASSED


@sample.command("verify")
@click.argument("file", metavar="SAMPLE")
@click.option("--sha256", metavar="DIGEST", help="The digest that it must have.")
@click.option(
    "--against",
    type=FILE,
    metavar="SWEEP",
    multiple=True,
    help="Compare its verdicts with the whole sweep's. Several, in the order in which it was built from them.",
)
def sample_verify(file: str, sha256: str | None, against: tuple[Path, ...]) -> int:
    """Check that a sample is whole, and what it gets right. SAMPLE is a file, or builtin:NAME."""
    from gate.samples import verify

    with progress("sample verify"):
        text, sound = verify(file, sha256, against)
    write(text, None)
    return PASSED if sound else BLOCKED


@sample.command("diff")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option("--repo", type=FOLDER, help="Say which defaults of this repository's work tree are hit.")
@click.option("--adapters", multiple=True, metavar="GLOB", help="Where adapters are, in place of the policy's.")
@click.option("--format", "format_", type=click.Choice(["text", "json", "markdown"]), default="text", show_default=True)
@click.option("--output", "-o", type=FILE, help="Write the result to this file.")
def sample_diff(format_: str, output: Path | None, **options: Any) -> int:
    """Tell what a new sample changes: verdicts, corpus, grids, tools, and shipped defaults that it hits.

    OLD and NEW are files, or builtin:NAME. A report, not a check: the exit status is 0 whatever it finds.
    """
    from gate.refresh import compared
    from gate.report.difference import render_difference_json, render_difference_markdown, render_difference_text

    with progress("sample diff"):
        found = compared(**options)
    if format_ == "json":
        write(render_difference_json(found), output)
    elif format_ == "markdown":
        write(render_difference_markdown(found), output)
    else:
        write(render_difference_text(found, width=width(), color=color(output)), output)
    return PASSED


sample.add_command(sample_fetch)
