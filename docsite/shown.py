"""What a page shows: commands with their output, and files to write, in the order in which a reader meets them.

A fenced `console` block holds commands behind `$ ` (`> ` goes on with one), each with the output that it prints; a line
`…` there stands for any lines, and `…` in a line for any text. `(exit status N)` ends a command that doesn't end in 0.
Where no output is shown, none is compared. Comments, which no reader sees, say the rest:

    <!-- file: PATH -->         the next fenced block is the contents of this file
    <!-- set-up: COMMANDS -->   commands that have to run before the next block; PROJECT is this repository
    <!-- needs: WHAT -->        what the page's commands need that the test suite hasn't got; `make docs` runs them
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_PARTS = re.compile(
    r"^<!-- (?P<word>file|set-up|needs): (?P<text>.*?)\s*-->$"
    r"|^(?P<fence>```+)(?P<kind>\S*).*?\n(?P<body>.*?)^(?P=fence)$",
    re.MULTILINE | re.DOTALL,
)
_STATUS = re.compile(r"\(exit status (\d+)\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command line of a page. `output` is None where the page shows none; `hidden` is one of a set-up."""

    text: str
    line: int
    output: str | None = None
    status: int = 0
    hidden: bool = False

    def matches(self, printed: str) -> bool:
        """Whether it printed what the page shows."""
        return self.output is None or bool(_pattern(self.output).fullmatch(printed.rstrip("\n") + "\n"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """A file that a page tells its reader to write."""

    path: str
    text: str


def steps(markdown: str) -> Iterator[Command | Contents]:
    """The commands and files of a page, in its order."""
    path = ""
    for part in _PARTS.finditer(markdown):
        line = markdown.count("\n", 0, part.start()) + 1
        if part["word"] == "file":
            path = part["text"]
        elif part["word"] == "set-up":
            yield Command(text=part["text"], line=line, hidden=True)
        elif part["fence"]:
            if path:
                yield Contents(path=path, text=part["body"])
            elif part["kind"] == "console":
                yield from _commands(part["body"], line + 1)
            path = ""


def needs(markdown: str) -> str:
    """What the page's commands need beside git and the gate; empty for nothing."""
    return ", ".join(part["text"] for part in _PARTS.finditer(markdown) if part["word"] == "needs")


def _commands(block: str, first: int) -> Iterator[Command]:
    for found in re.finditer(r"^\$ (.*\n(?:> .*\n)*)((?:(?!\$ ).*\n)*)", block, re.MULTILINE):
        shown = found[2].strip("\n")
        status = _STATUS.fullmatch(shown.rpartition("\n")[2])
        if status:
            shown = shown.rpartition("\n")[0].rstrip("\n")
        yield Command(
            text=re.sub(r"^> ", "", found[1], flags=re.MULTILINE).rstrip("\n"),
            line=first + block.count("\n", 0, found.start()),
            output=shown + "\n" if shown else None,
            status=int(status[1]) if status else 0,
        )


def _pattern(shown: str) -> re.Pattern[str]:
    lines = (
        r"(?:.*\n)*?" if line.strip() == "…" else ".*".join(map(re.escape, line.split("…"))) + r"\s*\n"
        for line in shown.splitlines()
    )
    return re.compile("".join(lines))
