"""`gate explain`: the evidence behind a verdict, source by source."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from gate.cli.output import (
    FILE,
    FOLDER,
    PASSED,
    as_of_option,
    color,
    format_option,
    output_option,
    trust_option,
    width,
    write,
)
from gate.errors import UsageError
from gate.evidence.model import CellKey
from gate.judge.check import Request
from gate.judge.explain import explain_cell, explain_change
from gate.judge.explain_model import Explanation

_CELL = ("CODEC", "RC", "RECIPE", "PRESET", "Q")


@click.command()
@click.argument("cell", metavar=" ".join(_CELL), nargs=-1)
@click.option("--change", metavar="PATH", help="In place of a cell: every deciding cell of what changes in this file.")
@click.option("--repo", type=FOLDER, help="A git repository. [default: the one here, else built-in defaults]")
@click.option("--base", metavar="REF", help="With --change: compare with this, as `gate check` does.")
@click.option("--head", metavar="REF", help="With --change: explain this commit. [default: the work tree]")
@trust_option("policy and samples come")
@click.option("--policy", type=FILE, help="A policy file, in place of the trusted one.")
@click.option("--sample", type=FILE, help="A sample file as the evidence.")
@click.option("--adapters", multiple=True, metavar="GLOB", help="With --change: where adapters are.")
@click.option("--reader", type=click.Choice(["vmaf-tune", "manifest"]), help="With --change: what reads them.")
@as_of_option("waivers are")
@format_option("text", "json", "html", "svg", "png")
@output_option
def explain(
    cell: tuple[str, ...],
    change: str | None,
    repo: Path | None,
    base: str | None,
    head: str | None,
    trust: str | None,
    policy: Path | None,
    sample: Path | None,
    adapters: tuple[str, ...],
    reader: str | None,
    as_of: dt.date,
    format_: str,
    output: Path | None,
) -> int:
    """Show the evidence behind a cell, source by source.

    RC is a rate-control label of the sample, Q a quality or bitrate of its grid. It informs and judges nothing: exit
    status 0, or 2 for an error.
    """
    if (change is None) is not bool(cell):
        raise UsageError("give either a cell or --change PATH", fix=f"gate explain {' '.join(_CELL)}")
    if change is not None:
        request = Request(
            repo=repo or Path(),
            base=base,
            head=head,
            trust=trust,
            judge_all=False,
            policy=policy,
            sample=sample,
            adapters=adapters,
            reader=reader,
            as_of=as_of,
        )
        told = explain_change(change, request)
    else:
        for_change = {"base": base, "head": head, "adapters": adapters, "reader": reader}
        key = _key(cell, [name for name, value in for_change.items() if value])
        told = explain_cell(key, repo=repo, trust=trust, policy=policy, sample=sample, as_of=as_of)
    write(_rendered(told, format_, output), output)
    return PASSED


def _key(cell: tuple[str, ...], stray: list[str]) -> CellKey:
    if len(cell) != len(_CELL):
        count = f"{len(cell)} of the {len(_CELL)} parts of a cell"
        raise UsageError(f"{count} given", fix=f"gate explain {' '.join(_CELL)}")
    if stray:
        raise UsageError(f"--{stray[0]} goes with --change only", fix="leave it out")
    codec, rc_mode, recipe, preset, q = cell
    return CellKey(codec=codec, rc_mode=rc_mode, recipe=recipe, preset=preset, q=q)


def _rendered(told: Explanation, format_: str, output: Path | None) -> str | bytes:
    if format_ == "json":
        from gate.report.json import render_explanation_json

        return render_explanation_json(told)
    if format_ == "text":
        from gate.report.explain_text import render_explanation_text

        return render_explanation_text(told, width=width(), color=color(output))
    from gate.report.charts.images import Form
    from gate.report.html.check import render_explanation_html, render_explanation_image

    if format_ == "html":
        return render_explanation_html(told)
    return render_explanation_image(told, Form(format_))
