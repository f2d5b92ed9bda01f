"""The command group, exit statuses, the one error boundary."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import click

from gate import __version__
from gate.cli.output import BUG, COULD_NOT_JUDGE, PASSED, READER_GONE, write
from gate.errors import GateError, UsageError

_COMMANDS = ("analyze", "check", "defaults", "explain", "init", "policy", "sample", "schema", "sweep", "vet")


class _Commands(click.Group):
    """`gate.cli.NAME` holds the command NAME. Start-up time counts: a check imports no other command."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted((*_COMMANDS, *self.commands))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return super().get_command(ctx, cmd_name)
        found: click.Command = getattr(import_module(f"gate.cli.{cmd_name}"), cmd_name)
        return found


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 passed, 1 blocked, 2 could not judge, 3 a bug in the gate."""
    gc.set_threshold(1_000_000, 20, 20)  # what a run makes it keeps: looking through it takes a fifth of a vetting
    sys.exit(run(sys.argv[1:] if argv is None else argv))


def run(argv: Sequence[str]) -> int:  # noqa: PLR0911 - one return per way to end
    """The one boundary that knows exit statuses."""
    try:
        return int(cli.main(args=list(argv), prog_name="gate", standalone_mode=False) or PASSED)
    except GateError as error:
        return _failed(error, argv)
    except click.exceptions.NoArgsIsHelpError as error:
        print(error.ctx.get_help() if error.ctx else "", file=sys.stderr)
    except click.ClickException as error:
        context = error.ctx if isinstance(error, click.UsageError) and error.ctx else None
        see = f"see `{context.command_path if context else 'gate'} --help`"
        return _failed(UsageError(" ".join(error.format_message().split()), fix=see), argv)
    except (click.Abort, KeyboardInterrupt):
        _complain("interrupted")
    except (BrokenPipeError, SystemExit) as ended:  # the latter is Click's, which takes a closed pipe for status 1
        if isinstance(ended, SystemExit) and not ended.code:
            return PASSED  # what a shell completes, printed
        # Whoever read the output has gone: neither a verdict nor an error of the gate's, but what a shell calls it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return READER_GONE
    except OSError as error:
        return _failed(GateError(str(error)), argv)
    except Exception:  # the last line of defence: a bug is told apart from a verdict
        import traceback

        _complain("a bug in the gate; please report it with these lines:\n" + traceback.format_exc())
        return BUG
    return COULD_NOT_JUDGE


def _failed(error: GateError, argv: Sequence[str]) -> int:
    """The error on standard error, and in place of the result where a program reads that."""
    form = _value_of(argv, "--format")
    if form in {"json", "html", "sarif", "junit", "github"}:
        from gate.report.failure import render_failure

        output = _value_of(argv, "--output", "-o")
        with suppress(GateError):  # the error itself may be that nothing can be written there
            write(render_failure(error, form), Path(output) if output else None)
    _complain(f"error: {error}")
    return COULD_NOT_JUDGE


def _value_of(argv: Sequence[str], *names: str) -> str:
    """What an option was given, also on a command line that is wrong elsewhere."""
    for at, word in enumerate(argv):
        name, equals, value = word.partition("=")
        if name in names:
            return value if equals else "".join(argv[at + 1 : at + 2])
    return ""


def _complain(text: str) -> None:
    sys.stdout.flush()
    print(f"gate: {text}", file=sys.stderr)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="gate")
def cli() -> None:
    """Keeps bad encoder defaults from shipping.

    Exit status: 0 passed, 1 blocked, 2 could not judge, 3 a bug in the gate.
    """


@cli.command("version")
def version() -> None:
    """Print the version."""
    print(f"gate, version {__version__}")


@cli.command("help")
@click.argument("command", nargs=-1)
@click.pass_context
def help_(context: click.Context, command: tuple[str, ...]) -> None:
    """Print the help of a command: `gate help sample build`."""
    group: click.Command = cli
    context = context.find_root()
    for name in command:
        found = group.get_command(context, name) if isinstance(group, click.Group) else None
        if found is None:
            raise UsageError(f"there is no command {name}", where=context.command_path, fix="see `gate help`")
        group, context = found, click.Context(found, info_name=name, parent=context)
    print(group.get_help(context))
