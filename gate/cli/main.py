"""The command group, exit statuses, the one error boundary."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module

import click

from gate import __version__
from gate.cli.output import BUG, COULD_NOT_JUDGE, PASSED
from gate.errors import GateError, one_line

_COMMANDS = ("analyze", "check", "defaults", "explain", "init", "policy", "sample", "schema", "sweep", "vet")


class _Commands(click.Group):
    """`gate.cli.NAME` holds the command NAME. Start-up time counts: a check imports no other command."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        found: click.Command = getattr(import_module(f"gate.cli.{cmd_name}"), cmd_name)
        return found


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


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="gate")
def cli() -> None:
    """Keeps bad encoder defaults from shipping.

    Exit status: 0 passed, 1 blocked, 2 could not judge, 3 a bug in the gate.
    """
