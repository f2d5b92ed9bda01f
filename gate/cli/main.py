"""The command group, exit statuses, the one error boundary."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from gate import __version__
from gate.cli.output import (
    BLOCKED,
    BUG,
    COULD_NOT_JUDGE,
    FILE,
    FOLDER,
    PASSED,
    color,
    day,
    progress,
    tree_options,
    width,
    write,
)
from gate.errors import GateError, UsageError, one_line


class LazyGroup(click.Group):
    """`elsewhere`: command -> `module:attribute`. Start-up time counts: a check imports no other command."""

    def __init__(self, *args: Any, elsewhere: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._elsewhere = elsewhere

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *self._elsewhere})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._elsewhere:
            return super().get_command(ctx, cmd_name)
        module, _, name = self._elsewhere[cmd_name].partition(":")
        found: click.Command = getattr(import_module(module), name)
        return found


_ELSEWHERE = {
    "explain": "gate.cli.explain:explain",
    "sample": "gate.cli.sample:sample",
    "sweep": "gate.cli.sweep:sweep",
    "vet": "gate.cli.vet:vet",
}


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


@click.group(
    cls=LazyGroup,
    elsewhere=_ELSEWHERE,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="gate")
def cli() -> None:
    """Keeps bad encoder defaults from shipping.

    Exit status: 0 passed, 1 blocked, 2 could not judge, 3 a bug in the gate.
    """


@cli.command()
@tree_options
@click.option("--base", metavar="REF", help="Compare with this. [default: the merge-base with the default branch]")
@click.option("--head", metavar="REF", help="Judge this commit. [default: the work tree]")
@click.option("--worktree", is_flag=True, help="Judge the work tree (the default).")
@click.option(
    "--trust", metavar="REF", help="Where policy and samples come from. [default: the upstream default branch]"
)
@click.option("--all", "judge_all", is_flag=True, help="Judge also what base reached already.")
@click.option("--policy", type=FILE, help="A policy file; with a trusted policy it may only tighten it.")
@click.option("--sample", type=FILE, help="A sample file as the evidence; with a trusted policy, one that it lists.")
@click.option(
    "--as-of", metavar="DATE", help="The day (UTC) on which waivers and evidence are judged. [default: today]"
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json", "markdown", "sarif", "html"]),
    default="text",
    show_default=True,
)
def check(format_: str, output: Path | None, **options: Any) -> int:
    """Judge what a change does to the adapters' defaults."""
    from gate.judge.check import Request
    from gate.judge.check import check as judge
    from gate.judge.model import Conclusion

    if options.pop("worktree") and options["head"]:
        raise UsageError("--worktree and --head name two different heads", fix="give one of them")
    options["as_of"] = day(options["as_of"])
    report = judge(Request(**options))
    write(_rendered(report, format_, output), output)
    return {Conclusion.SUCCESS: PASSED, Conclusion.FAILURE: BLOCKED, Conclusion.ERROR: COULD_NOT_JUDGE}[
        report.conclusion
    ]


def _rendered(report: Any, format_: str, output: Path | None) -> str:
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
    from gate.report.text import render_text

    return render_text(report, width=width(), color=color(output))


@cli.command()
@tree_options
@click.option("--ref", metavar="REF", help="Read this commit. [default: the work tree]")
@click.option("--worktree", is_flag=True, help="Read the work tree (the default).")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
def defaults(format_: str, output: Path | None, **options: Any) -> int:
    """Print what the adapters emit by default, without running them."""
    from gate.adapters.read import holes
    from gate.judge.trust import repository_defaults
    from gate.report.defaults import render_defaults_json, render_defaults_text

    if options.pop("worktree") and options["ref"]:
        raise UsageError("--worktree and --ref name two different trees", fix="give one of them")
    proposal = repository_defaults(**options)
    if format_ == "json":
        write(render_defaults_json(proposal), output)
    else:
        write(render_defaults_text(proposal, width=width(), color=color(output)), output)
    return COULD_NOT_JUDGE if holes(proposal) else PASSED


@cli.command()
@click.argument("sweep", type=FILE)
@click.option("--out", type=FOLDER, required=True, help="The folder for the tables; made where there is none.")
@click.option("--format", "format_", type=click.Choice(["csv", "parquet"]), default="csv", show_default=True)
@click.option("--structural", default="7/9", show_default=True, help="Sources on which a cell must regress.")
@click.option("--report/--no-report", default=True, show_default=True, help="Write report.html, one page to look at.")
@click.option("--figures", type=click.Choice(["svg", "png"]), help="Draw figures too; needs codec-gate[charts].")
def analyze(format_: str, **options: Any) -> int:
    """Find the regressions, hulls and structural cells of a sweep."""
    from gate.cli.analyze import Wanted
    from gate.cli.analyze import analyze as run_analyze

    with progress("analyzing") as told:
        text = run_analyze(Wanted(tables=format_, **options), told)
    write(text, None)
    return PASSED


@cli.command()
@click.option("--repo", type=FOLDER, default=Path(), show_default="here", help="A clone of your repository.")
@click.option("--adapters", multiple=True, metavar="GLOB", help="Where adapters are. [default: they are looked for]")
@click.option("--reader", type=click.Choice(["vmaf-tune", "manifest"]), default="vmaf-tune", show_default=True)
@click.option("--action", metavar="REF", help="The action, OWNER/NAME@COMMIT. [default: the released one]")
@click.option("--owner", metavar="@TEAM", help="Write CODEOWNERS too, with this owner of .github/.")
def init(**options: Any) -> int:
    """Write a starter policy, workflow and ruleset; never over what is there."""
    from gate.cli.init import Wanted
    from gate.cli.init import init as set_up

    write(set_up(Wanted(**options)), None)
    return PASSED


@cli.command()
@click.argument("name", type=click.Choice(["policy", "report", "manifest", "spec"]))
def schema(name: str) -> int:
    """Print the JSON Schema of a policy, a report, a manifest or a sweep's spec."""
    from gate.cli.schema import schema_of

    write(schema_of(name), None)
    return PASSED
