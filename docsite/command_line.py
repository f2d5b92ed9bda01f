"""The reference of the command line, from the very objects that parse it."""

from __future__ import annotations

from collections.abc import Iterator

import click

from docsite.markdown import code, page, paragraphs, plain, table
from gate.cli.main import cli


def command_line_page() -> str:
    """Every command that `gate.cli.main` registers: what it does, how it is called, its options."""
    return page(
        "Command line",
        paragraphs(cli.help or ""),
        "What each exit status means, and which errors there are: [Exit statuses and errors](errors.md).",
        *(_section(context) for context in commands()),
    )


def commands() -> Iterator[click.Context]:
    """A context per command, groups left out, in the order of `--help`."""
    yield from _below(click.Context(cli, info_name="gate"))


def _below(context: click.Context) -> Iterator[click.Context]:
    group = context.command
    if not isinstance(group, click.Group):
        yield context
        return
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is not None and not command.hidden:
            yield from _below(click.Context(command, info_name=name, parent=context))


def _section(context: click.Context) -> str:
    command = context.command
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    # The parameters that are the command's own: `--help` is everywhere. An argument without words says nothing.
    records = filter(None, (part.get_help_record(context) for part in command.params))
    rows = [(code(names), plain(words)) for names, words in records if words]
    parts = [
        f"## {context.command_path}",
        paragraphs(command.help or ""),
        f"```text\n{usage}\n```",
        table(("option", "meaning"), rows),
    ]
    return "\n\n".join(part for part in parts if part)
