"""Whatever documents say of `gate …`, in a sentence or in a block, the command and its options exist."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from gate.cli.main import cli

TOP = Path(__file__).parents[2]
DOCUMENTS = [TOP / "README.md", TOP / "CONTRIBUTING.md", *sorted((TOP / "docs").rglob("*.md"))]
UNKNOWN = "no such command"


def mentions(text):
    """Command lines that start with `gate`: in code spans, and in fenced blocks behind a prompt or alone."""
    blocks = "\n".join(re.findall(r"^\s*```(?:console|text|sh|bash)\n(.*?)^\s*```", text, re.MULTILINE | re.DOTALL))
    spans = re.findall(r"`(gate [a-z][^`]*)`", re.sub(r"^\s*```.*?^\s*```", "", text, flags=re.MULTILINE | re.DOTALL))
    lines = re.findall(r"^\s*(?:\$ )?(gate [a-z](?:[^\n]*\\\n)*[^\n]*)$", blocks, re.MULTILINE)
    return [re.sub(r"\s+#.*", "", " ".join(found.split())) for found in [*spans, *lines]]


def wrong(mention):
    """What of it the program doesn't know; empty for nothing."""
    words = mention.split()[1:]
    command: click.Command = cli
    context = click.Context(cli, info_name="gate")
    while isinstance(command, click.Group) and words and re.fullmatch(r"[a-z]+", words[0]):
        found = command.get_command(context, words.pop(0))
        if found is None:
            return UNKNOWN
        command, context = found, click.Context(found, parent=context)
    known = {"-h", "--help", *(name for option in command.params for name in option.opts)}
    options = [re.split(r"[=\]),;:.]", word.lstrip("["))[0] for word in words if re.match(r"\[?-{1,2}[a-zA-Z]", word)]
    return ", ".join(option for option in options if option not in known)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(TOP)))
def test_commands_and_options_that_are_mentioned_exist(document):
    text = document.read_text()
    assert {mention: wrong(mention) for mention in mentions(text) if wrong(mention)} == {}


def test_mentions_are_found():
    text = (
        "Run `gate check --all` and\n`gate\n--help`.\n```console\n$ gate sample build a \\\n>   -o b # why\nout\n```\n"
    )
    assert mentions(text) == ["gate check --all", "gate sample build a \\ > -o b"]


@pytest.mark.parametrize(
    ("mention", "what"),
    [
        ("gate check --base main --head HEAD", ""),
        ("gate sample build | info | verify", ""),
        ("gate sample", ""),
        ("gate check [--all] -h", ""),
        ("gate check --format=json", ""),
        ("gate check --al", "--al"),
        ("gate sample build --base x", "--base"),
        ("gate chek", UNKNOWN),
        ("gate sample bild", UNKNOWN),
    ],
)
def test_what_does_not_exist_is_told(mention, what):
    assert wrong(mention) == what
