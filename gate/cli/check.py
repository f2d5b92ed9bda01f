"""`gate check`: what a change does to the adapters' defaults."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import get_args

import click

from gate.cli.output import (
    BLOCKED,
    COULD_NOT_JUDGE,
    PASSED,
    as_of_option,
    color,
    color_option,
    evidence_options,
    format_option,
    tree_options,
    trust_option,
    width,
    write,
)
from gate.errors import UsageError
from gate.judge.check import Request, fixed
from gate.judge.check import check as judge
from gate.judge.model import Conclusion, FailOn, Report
from gate.report.wording import headline

_STATUSES = {Conclusion.SUCCESS: PASSED, Conclusion.FAILURE: BLOCKED, Conclusion.ERROR: COULD_NOT_JUDGE}


@click.command()
@tree_options
@color_option
@click.option("--base", metavar="REF", help="Compare with this. [default: the merge-base with the default branch]")
@click.option("--head", metavar="REF", help="Judge this commit. [default: the work tree]")
@click.option("--worktree", is_flag=True, help="Judge the work tree (the default).")
@trust_option("policy and samples come")
@click.option("--all", "judge_all", is_flag=True, help="Judge also what base emits already.")
@click.option(
    "--fail-on",
    type=click.Choice(get_args(FailOn)),
    default="blocked",
    show_default=True,
    help="What ends in exit status 1: what is blocked; also what isn't judged; or also what is warned of.",
)
@evidence_options
@as_of_option("waivers and evidence are")
@format_option("text", "json", "markdown", "sarif", "html", "junit", "gitlab", "github")
@click.option("--fix", is_flag=True, help="Make the verified edits in the work tree, and judge again.")
@click.option("-q", "--quiet", is_flag=True, help="The first line alone, and none where everything passed.")
@click.option("-v", "--verbose", is_flag=True, help="Every cell and every change, however many.")
def check(
    repo: Path,
    adapters: tuple[str, ...],
    reader: str | None,
    output: Path | None,
    base: str | None,
    head: str | None,
    worktree: bool,
    trust: str | None,
    judge_all: bool,
    fail_on: FailOn,
    policy: Path | None,
    sample: Path | None,
    as_of: dt.date,
    format_: str,
    fix: bool,
    quiet: bool,
    verbose: bool,
) -> int:
    """Judge what a change does to the adapters' defaults."""
    if worktree and head:
        raise UsageError("--worktree and --head name two different heads", fix="give one of them")
    if fix and head:
        raise UsageError("--fix edits the work tree, and --head names a commit", fix="leave --head out")
    request = Request(
        repo=repo,
        base=base,
        head=head,
        trust=trust,
        judge_all=judge_all,
        policy=policy,
        sample=sample,
        adapters=adapters,
        reader=reader,
        as_of=as_of,
    )
    report = judge(request)
    if fix:
        report = fixed(report, request, told=lambda words: print(f"gate: {words}", file=sys.stderr))
    if not quiet or format_ != "text":
        write(_rendered(report, format_, output, verbose=verbose), output)
    elif report.conclusion is not Conclusion.SUCCESS or report.blocked or report.counts.not_judged:
        write(headline(report) + "\n", output)
    if output is not None and _STATUSES[report.conclusion]:  # where nobody sees why it ends so
        print(f"gate: {headline(report)} (see {output})", file=sys.stderr)
    if report.fails_on(fail_on):
        print(f"gate: failed by --fail-on {fail_on}", file=sys.stderr)
        return BLOCKED
    return _STATUSES[report.conclusion]


def _rendered(report: Report, format_: str, output: Path | None, *, verbose: bool) -> str:  # noqa: PLR0911 - one a format
    if format_ == "text":
        from gate.report.text import render_text

        return render_text(report, width=width(), color=color(output), everything=verbose)
    if format_ == "json":
        from gate.report.json import render_json

        return render_json(report)
    if format_ == "markdown":
        from gate.report.markdown import render_markdown

        return render_markdown(report)
    if format_ == "html":
        from gate.report.html.check import render_html

        return render_html(report)
    if format_ == "sarif":
        from gate.report.sarif import render_sarif

        return render_sarif(report)
    if format_ == "github":
        from gate.report.annotations import render_github

        return render_github(report)
    from gate.report.ci import render_gitlab, render_junit

    return render_junit(report) if format_ == "junit" else render_gitlab(report)
