"""`gate sample`: build and look at the evidence that the gate judges by."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from gate.commands.terminal import BLOCKED, FILE, PASSED, progress, write


@click.group()
def sample() -> None:
    """Build and look at samples: the evidence that the gate judges by."""


@sample.command("build")
@click.argument("sweep", type=FILE)
@click.option("--output", "-o", type=FILE, required=True, help="The sample file to write.")
@click.option("--manifest", type=FILE, help="The sweep's manifest. [default: the one beside it]")
@click.option("--design", default="exact", show_default=True, type=click.Choice(["exact"]))
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--structural", default="7/9", show_default=True, help="Sources on which a cell must regress.")
def sample_build(**options: Any) -> int:
    """Draw a stratified sample from a sweep."""
    from gate.samples import build

    with progress("sample build") as told:
        text = build(**options, told=told)
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
@click.option("--against", type=FILE, metavar="SWEEP", help="Compare its verdicts with the whole sweep's.")
def sample_verify(file: str, sha256: str | None, against: Path | None) -> int:
    """Check that a sample is whole, and what it gets right. SAMPLE is a file, or builtin:NAME."""
    from gate.samples import verify

    with progress("sample verify"):
        text, sound = verify(file, sha256, against)
    write(text, None)
    return PASSED if sound else BLOCKED
