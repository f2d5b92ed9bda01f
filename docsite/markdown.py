"""Texts of the code as Markdown: escaped, in tables, under headings that can be linked to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_MARKED = re.compile(r"([\\*_\[\]>|#])")


def plain(text: str) -> str:
    """One paragraph whose code spans stay code, and of which nothing else is markup."""
    parts = re.split(r"(`[^`]+`)", " ".join(text.split()))
    return "".join(part if part.startswith("`") else _MARKED.sub(r"\\\1", part).replace("<", "&lt;") for part in parts)


def paragraphs(text: str) -> str:
    """`plain`, paragraph by paragraph."""
    return "\n\n".join(plain(part) for part in re.split(r"\n\s*\n", text.strip()) if part.strip())


def code(text: str) -> str:
    """A code span. A text that holds a backtick gets two around it."""
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; cells are Markdown already. Empty where there are no rows."""
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(["| " + " | ".join(head) + " |", "|" + "---|" * len(head), *lines]) if lines else ""


def page(title: str, *parts: str) -> str:
    """A whole page: the title, then its parts. Empty parts are left out."""
    return "\n\n".join([f"# {title}", *(part for part in parts if part)]) + "\n"
