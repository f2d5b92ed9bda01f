"""The terminal's shell over the use cases: options in, one rendered result out, errors to exit statuses."""

from __future__ import annotations

import datetime as dt
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ParamSpec

import click

from gate import __version__
from gate.errors import GateError, UsageError, one_line

PASSED, BLOCKED, COULD_NOT_JUDGE, BUG = 0, 1, 2, 3

_P = ParamSpec("_P")
_FOLDER = click.Path(file_okay=False, path_type=Path)
_FILE = click.Path(dir_okay=False, path_type=Path)


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 passed, 1 blocked, 2 could not judge, 3 a bug in the gate."""
    sys.exit(run(sys.argv[1:] if argv is None else argv))


def run(argv: Sequence[str]) -> int:  # noqa: PLR0911 - one return per way to end
    """The one boundary that knows exit statuses."""
    try:
        return int(cli.main(args=list(argv), prog_name="gate", standalone_mode=False) or PASSED)
    except GateError as error:
        _complain(f"error: {error}")
        return COULD_NOT_JUDGE
    except click.exceptions.NoArgsIsHelpError as error:
        print(error.ctx.get_help() if error.ctx else "", file=sys.stderr)
        return COULD_NOT_JUDGE
    except click.ClickException as error:
        _complain(f"error: {one_line(' '.join(error.format_message().split()))} (see `gate --help`)")
        return COULD_NOT_JUDGE
    except (click.Abort, KeyboardInterrupt):
        _complain("interrupted")
        return COULD_NOT_JUDGE
    except BrokenPipeError:
        # Whoever read the output has gone; the verdict could not be delivered.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return COULD_NOT_JUDGE
    except OSError as error:
        _complain(f"error: {one_line(str(error))}")
        return COULD_NOT_JUDGE
    except Exception:  # the last line of defence: a bug is told apart from a verdict
        import traceback

        _complain("a bug in the gate; please report it with these lines:\n" + traceback.format_exc())
        return BUG


def _complain(text: str) -> None:
    sys.stdout.flush()
    print(f"gate: {text}", file=sys.stderr)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="gate")
def cli() -> None:
    """Keeps bad encoder defaults from shipping.

    Exit status: 0 passed, 1 blocked, 2 could not judge, 3 a bug in the gate.
    """


def _tree_options(command: Callable[_P, Any]) -> Callable[_P, Any]:
    options = (
        click.option(
            "--repo", type=_FOLDER, default=Path(), show_default="here", help="A git repository, bare or not."
        ),
        click.option("--adapters", multiple=True, metavar="GLOB", help="Where adapters are, in place of the policy's."),
        click.option(
            "--reader", type=click.Choice(["vmaf-tune", "manifest"]), help="What reads them. [default: vmaf-tune]"
        ),
        click.option("--output", "-o", type=_FILE, help="Write the result to this file."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@cli.command()
@_tree_options
@click.option("--base", metavar="REF", help="Compare with this. [default: the merge-base with the default branch]")
@click.option("--head", metavar="REF", help="Judge this commit. [default: the work tree]")
@click.option("--worktree", is_flag=True, help="Judge the work tree (the default).")
@click.option(
    "--trust", metavar="REF", help="Where policy and samples come from. [default: the upstream default branch]"
)
@click.option("--all", "judge_all", is_flag=True, help="Judge also what base reached already.")
@click.option("--policy", type=_FILE, help="A policy file; with a trusted policy it may only tighten it.")
@click.option("--sample", type=_FILE, help="A sample file as the evidence; with a trusted policy, one that it lists.")
@click.option(
    "--as-of", metavar="DATE", help="The day (UTC) on which waivers and evidence are judged. [default: today]"
)
@click.option(
    "--format", "format_", type=click.Choice(["text", "json", "markdown", "sarif"]), default="text", show_default=True
)
def check(format_: str, output: Path | None, **options: Any) -> int:
    """Judge what a change does to the adapters' defaults."""
    from gate.check import Request
    from gate.check import check as judge
    from gate.verdict import Conclusion

    if options.pop("worktree") and options["head"]:
        raise UsageError("--worktree and --head name two different heads", fix="give one of them")
    options["as_of"] = _day(options["as_of"])
    report = judge(Request(**options))
    _write(_rendered(report, format_, output), output)
    return {Conclusion.SUCCESS: PASSED, Conclusion.FAILURE: BLOCKED, Conclusion.ERROR: COULD_NOT_JUDGE}[
        report.conclusion
    ]


def _rendered(report: Any, format_: str, output: Path | None) -> str:
    if format_ == "json":
        from gate.report.as_json import render_json

        return render_json(report)
    if format_ == "markdown":
        from gate.report.markdown import render_markdown

        return render_markdown(report)
    if format_ == "sarif":
        from gate.report.sarif import render_sarif

        return render_sarif(report)
    from gate.report.text import render_text

    return render_text(report, width=_width(), color=_color(output))


@cli.command()
@_tree_options
@click.option("--ref", metavar="REF", help="Read this commit. [default: the work tree]")
@click.option("--worktree", is_flag=True, help="Read the work tree (the default).")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
def defaults(format_: str, output: Path | None, **options: Any) -> int:
    """Print what the adapters emit by default, without running them."""
    from gate.defaults import holes, read_defaults
    from gate.report.defaults import render_defaults_json, render_defaults_text

    if options.pop("worktree") and options["ref"]:
        raise UsageError("--worktree and --ref name two different trees", fix="give one of them")
    proposal = read_defaults(**options)
    if format_ == "json":
        _write(render_defaults_json(proposal), output)
    else:
        _write(render_defaults_text(proposal, width=_width(), color=_color(output)), output)
    return COULD_NOT_JUDGE if holes(proposal) else PASSED


@cli.command()
@click.argument("sweep", type=_FILE)
@click.option("--out", type=_FOLDER, required=True, help="The folder for the tables; made where there is none.")
@click.option("--format", "format_", type=click.Choice(["csv", "parquet"]), default="csv", show_default=True)
@click.option("--structural", default="7/9", show_default=True, help="Sources on which a cell must regress.")
def analyze(sweep: Path, out: Path, format_: str, structural: str) -> int:
    """Find the regressions, hulls and structural cells of a sweep."""
    from gate.analysis import analyze as run_analyze

    with _progress("analyzing") as told:
        text = run_analyze(sweep, out, format_, structural, told)
    _write(text, None)
    return PASSED


@cli.group()
def sample() -> None:
    """Build and look at samples: the evidence that the gate judges by."""


@sample.command("build")
@click.argument("sweep", type=_FILE)
@click.option("--output", "-o", type=_FILE, required=True, help="The sample file to write.")
@click.option("--manifest", type=_FILE, help="The sweep's manifest. [default: the one beside it]")
@click.option("--design", default="exact", show_default=True, type=click.Choice(["exact"]))
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--structural", default="7/9", show_default=True, help="Sources on which a cell must regress.")
def sample_build(**options: Any) -> int:
    """Draw a stratified sample from a sweep."""
    from gate.samples import build

    with _progress("sample build") as told:
        text = build(**options, told=told)
    _write(text, None)
    return PASSED


@sample.command("info")
@click.argument("file", metavar="SAMPLE")
def sample_info(file: str) -> int:
    """Print a sample's manifest. SAMPLE is a file, or builtin:NAME."""
    from gate.samples import describe

    _write(describe(file), None)
    return PASSED


@sample.command("verify")
@click.argument("file", metavar="SAMPLE")
@click.option("--sha256", metavar="DIGEST", help="The digest that it must have.")
@click.option("--against", type=_FILE, metavar="SWEEP", help="Compare its verdicts with the whole sweep's.")
def sample_verify(file: str, sha256: str | None, against: Path | None) -> int:
    """Check that a sample is whole, and what it gets right. SAMPLE is a file, or builtin:NAME."""
    from gate.samples import verify

    with _progress("sample verify"):
        text, sound = verify(file, sha256, against)
    _write(text, None)
    return PASSED if sound else BLOCKED


@cli.command()
@click.option("--repo", type=_FOLDER, default=Path(), show_default="here", help="A clone of your repository.")
@click.option("--adapters", multiple=True, metavar="GLOB", help="Where adapters are. [default: they are looked for]")
@click.option("--reader", type=click.Choice(["vmaf-tune", "manifest"]), default="vmaf-tune", show_default=True)
@click.option("--action", metavar="REF", help="The action, OWNER/NAME@COMMIT. [default: the released one]")
@click.option("--owner", metavar="@TEAM", help="Write CODEOWNERS too, with this owner of .github/.")
def init(**options: Any) -> int:
    """Write a starter policy, workflow and ruleset; never over what is there."""
    from gate.init import Wanted
    from gate.init import init as set_up

    _write(set_up(Wanted(**options)), None)
    return PASSED


@cli.command()
@click.argument("name", type=click.Choice(["policy", "report", "manifest"]))
def schema(name: str) -> int:
    """Print the JSON Schema of a policy, a report or a manifest."""
    from gate.schemas import schema_of

    _write(schema_of(name), None)
    return PASSED


@contextmanager
def _progress(doing: str) -> Iterator[Callable[[str], None]]:
    """A spinner on standard error that tells the stage, where that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda stage: None
        return
    from rich.console import Console

    with Console(stderr=True).status(doing) as status:
        yield lambda stage: status.update(f"{doing}: {stage}")


def _day(text: str | None) -> dt.date:
    if text is None:
        return dt.datetime.now(dt.UTC).date()
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text} is not a date", where="--as-of", fix="write YYYY-MM-DD") from None


def _write(text: str, output: Path | None) -> None:
    if output is None:
        sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
        sys.stdout.buffer.flush()
        return
    try:
        output.write_bytes(text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise UsageError(f"can't be written: {error.strerror}", where=str(output)) from None


def _width() -> int:
    """The terminal's width; a pipe gets the width of a log line."""
    if os.environ.get("COLUMNS", "").isdigit():
        return max(40, int(os.environ["COLUMNS"]))
    return max(40, os.get_terminal_size(1).columns) if os.isatty(1) else 100


def _color(output: Path | None) -> bool:
    return output is None and os.isatty(1) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
