"""`gate explain`: the evidence behind a verdict, source by source."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from gate.cli.output import FILE, FOLDER, PASSED, color, day, width, write
from gate.errors import UsageError

_CELL = ("CODEC", "RC", "RECIPE", "PRESET", "Q")
_FOR_CHANGE = ("base", "head", "adapters", "reader")


@click.command()
@click.argument("cell", metavar=" ".join(_CELL), nargs=-1)
@click.option("--change", metavar="PATH", help="In place of a cell: every deciding cell of what changes in this file.")
@click.option("--repo", type=FOLDER, help="A git repository. [default: the one here, else built-in defaults]")
@click.option("--base", metavar="REF", help="With --change: compare with this, as `gate check` does.")
@click.option("--head", metavar="REF", help="With --change: explain this commit. [default: the work tree]")
@click.option(
    "--trust", metavar="REF", help="Where policy and samples come from. [default: the upstream default branch]"
)
@click.option("--policy", type=FILE, help="A policy file, in place of the trusted one.")
@click.option("--sample", type=FILE, help="A sample file as the evidence.")
@click.option("--adapters", multiple=True, metavar="GLOB", help="With --change: where adapters are.")
@click.option("--reader", type=click.Choice(["vmaf-tune", "manifest"]), help="With --change: what reads them.")
@click.option("--as-of", metavar="DATE", help="The day (UTC) on which waivers are judged. [default: today]")
@click.option(
    "--format", "format_", type=click.Choice(["text", "json", "html", "svg", "png"]), default="text", show_default=True
)
@click.option("--output", "-o", type=FILE, help="Write the result to this file.")
def explain(cell: tuple[str, ...], change: str | None, format_: str, output: Path | None, **options: Any) -> int:
    """Show the evidence behind a cell, source by source.

    RC is a rate-control label of the sample, Q a quality or bitrate of its grid. It informs and judges nothing: exit
    status 0, or 2 for an error.
    """
    options["as_of"] = day(options["as_of"])
    if (change is None) is not bool(cell):
        raise UsageError("give either a cell or --change PATH", fix=f"gate explain {' '.join(_CELL)}")
    told = _of_cell(cell, options) if change is None else _of_change(change, options)
    write(_rendered(told, format_, output), output)
    return PASSED


def _of_cell(cell: tuple[str, ...], options: dict[str, Any]) -> Any:
    from gate.evidence.model import CellKey
    from gate.judge.explain import explain_cell

    if len(cell) != len(_CELL):
        count = f"{len(cell)} of the {len(_CELL)} parts of a cell"
        raise UsageError(f"{count} given", fix=f"gate explain {' '.join(_CELL)}")
    stray = [name for name in _FOR_CHANGE if options[name]]
    if stray:
        raise UsageError(f"--{stray[0]} goes with --change only", fix="leave it out")
    codec, rc_mode, recipe, preset, q = cell
    kept = {name: value for name, value in options.items() if name not in _FOR_CHANGE}
    return explain_cell(CellKey(codec=codec, rc_mode=rc_mode, recipe=recipe, preset=preset, q=q), **kept)


def _of_change(path: str, options: dict[str, Any]) -> Any:
    from gate.judge.check import Request
    from gate.judge.explain import explain_change

    repo = options.pop("repo") or Path()
    return explain_change(path, Request(repo=repo, judge_all=False, **options))


def _rendered(told: Any, format_: str, output: Path | None) -> str | bytes:
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
