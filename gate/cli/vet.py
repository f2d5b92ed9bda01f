"""`gate vet`: a recommender's output, filtered by the rules of a check."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from gate.cli.output import BLOCKED, FILE, FOLDER, PASSED, color, day, width, write


@click.command()
@click.argument("file", type=FILE)
@click.option(
    "--repo", type=FOLDER, help="The repository whose policy counts. [default: the one here, else built-in defaults]"
)
@click.option("--trust", metavar="REF", help="Where the policy comes from. [default: the upstream default branch]")
@click.option("--policy", type=FILE, help="A policy file; with a trusted policy it may only tighten it.")
@click.option("--sample", type=FILE, help="A sample file as the evidence; with a trusted policy, one that it lists.")
@click.option(
    "--as-of", metavar="DATE", help="The day (UTC) on which waivers and evidence are judged. [default: today]"
)
@click.option(
    "--format", "format_", type=click.Choice(["text", "json", "csv"]), default="text", show_default=True,
    help="The report, or as csv only what survives.",
)  # fmt: skip
@click.option("--output", "-o", type=FILE, metavar="KEPT", help="Write what survives to this file, in FILE's own form.")
def vet(file: Path, format_: str, output: Path | None, **options: Any) -> int:
    """Drop from a recommender's output what the gate would block as a default.

    FILE is JSON (an array, or an object with `recommendations`), JSONL or CSV. Each recommendation has codec, rc_mode,
    preset, q, and recipe or knobs; source or source_class may be given. rc_mode is a label of the sample, or a
    canonical rate control such as vbr-cq. A recommendation names its rate control and q, so it is judged at exactly
    these (`reach: emitted`), whatever the policy's reach. Where its cell is content-dependent, the hull of its source's
    slice decides; without a source, or with a class only, it is kept and the report says so.

    Exit status: 0 all kept, 1 something dropped, 2 could not judge.
    """
    from gate.judge.vet import vet as filtered

    report, kept = filtered(file, **{**options, "as_of": day(options["as_of"])})
    if output is not None:
        write(kept, output)
    write(_rendered(report, format_), None)
    return BLOCKED if report.counts.dropped and report.policy.mode == "enforce" else PASSED


def _rendered(report: Any, format_: str) -> str:
    from gate.report import vet as vetting

    if format_ == "json":
        return vetting.render_vet_json(report)
    if format_ == "csv":
        return vetting.render_vet_csv(report)
    return vetting.render_vet_text(report, width=width(), color=color(None))
