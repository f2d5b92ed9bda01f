"""Texts cut to GitHub's limits, with what must not be lost kept behind the cut."""

from __future__ import annotations

from gate.report.cut import cut_markdown

SUMMARY = 1_000_000  # bytes; the limit is 1 MiB
TEXT = 60_000  # bytes, of a check run's or a comment's text; the limit is 65,535 characters
DESCRIPTION = 140  # characters, of a commit status


def fitted(markdown: str, tail: str, limit: int, where: str) -> str:
    """`markdown`, then `tail`, in at most `limit` bytes; the first is cut at a row, telling `where` the rest is."""
    end = f"\n{tail}\n" if tail else ""
    room = limit - len(end.encode("utf-8", "replace"))
    return cut_markdown(markdown, limit=room, rest=where) + end
