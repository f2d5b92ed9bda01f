"""`gate defaults`: what the adapters emit."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from gate.adapters.read import holes
from gate.cli.output import COULD_NOT_JUDGE, PASSED, color, color_option, format_option, tree_options, width, write
from gate.errors import UsageError, one_line
from gate.judge.trust import repository_defaults
from gate.report.defaults import render_defaults_json, render_defaults_text


@click.command()
@tree_options
@color_option
@click.option("--ref", metavar="REF", help="Read this commit. [default: the work tree]")
@click.option("--worktree", is_flag=True, help="Read the work tree (the default).")
@format_option("text", "json")
@click.option("-q", "--quiet", is_flag=True, help="Only what can't be read, and where.")
def defaults(
    repo: Path,
    adapters: tuple[str, ...],
    reader: str | None,
    output: Path | None,
    ref: str | None,
    worktree: bool,
    format_: str,
    quiet: bool,
) -> int:
    """Print what the adapters emit by default, without running them."""
    if worktree and ref:
        raise UsageError("--worktree and --ref name two different trees", fix="give one of them")
    found = repository_defaults(repo=repo, ref=ref, adapters=adapters, reader=reader)
    if quiet:
        pass
    elif format_ == "json":
        write(render_defaults_json(found), output)
    else:
        write(render_defaults_text(found, width=width(), color=color(output)), output)
    unread = holes(found)
    if quiet or output is not None:  # where nobody sees why it ends so
        for key, part in ((key, part) for key, parts in unread.items() for part in parts):
            who = f"{key or 'adapters'}{f' at preset {part.preset}' if part.preset else ''}"
            print(one_line(f"gate: error: {part.where}: {who} can't be read: {part.reason}"), file=sys.stderr)
    return COULD_NOT_JUDGE if unread else PASSED
