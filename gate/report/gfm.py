"""Pieces of GitHub-flavoured Markdown that data can't leave: code spans, plain words, links, fences, folds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from gate.errors import one_line

Links = Callable[[str, int], str]
"""(path, line) -> an https address of that line; empty where there is none."""

_ADDRESS = re.compile(r"https://[A-Za-z0-9.:-]+/[A-Za-z0-9._~:/?#@!$&'*+,;=%-]*", re.ASCII)


def code(text: str) -> str:
    """`text` as a code span that it can't leave, on one line, safe inside a table."""
    shown = one_line(text).replace("|", "\\|") or " "
    fence = _fence(shown, 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def _fence(text: str, least: int) -> str:
    """Backticks, more than any run of them in `text`."""
    return "`" * max(least, 1 + max(map(len, re.findall("`+", text)), default=0))


def escaped(text: str) -> str:
    """`text` as plain words: Markdown's and HTML's signs taken literally, mentions and references broken."""
    shown = re.sub(r"([\\`*_{}\[\]()#+!|~>$-])", r"\\\1", one_line(text))
    shown = shown.replace("&", "&amp;").replace("<", "&lt;")
    return shown.replace("@", "@<!-- -->").replace("://", ":<!-- -->//")


def place(path: str, line: int, links: Links | None) -> str:
    """`path:line` as a code span, linked where there is an address that can't end its link early."""
    shown = code(f"{path}:{line}")
    address = links(path, line) if links is not None else ""
    return f"[{shown}]({address})" if _ADDRESS.fullmatch(address) else shown


def table(head: Sequence[str], rows: Iterable[str]) -> str:
    """A table of rows that are laid out already."""
    return "\n".join([f"| {' | '.join(head)} |", f"|{'---|' * len(head)}", *rows])


def fenced(kind: str, lines: Iterable[str]) -> str:
    """A code block, its fence longer than any run of backticks in it."""
    body = "\n".join(lines)
    fence = _fence(body, 3)
    return f"{fence}{kind}\n{body}\n{fence}"


def folded(summary: str, body: str) -> str:
    """`body` behind a line to click on; the summary is our own words."""
    return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>"
