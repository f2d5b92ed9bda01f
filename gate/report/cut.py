"""A Markdown report cut to a size limit: at a row, with the count of what was cut and where the rest is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

_OPEN, _CLOSE = "<details>", "</details>"  # a line of data never starts with either: it stands in a code span or a row
_SEPARATOR = "|---"
_FENCE = "```"  # data inside a fence never starts a line with one


def cut_markdown(text: str, *, limit: int, rest: str) -> str:
    """`text` in at most `limit` bytes of UTF-8. `rest` tells where the whole report is, as plain Markdown."""
    if _size(text) <= limit:
        return text
    lines = text.removesuffix("\n").split("\n")
    longest = _footer(len(lines), rest, folded=True)
    kept = _fitting(lines, limit - _size(longest))
    body = "\n".join(lines[:kept])
    whole = body + _footer(_rows(lines[kept:]), rest, folded=_folded(lines[:kept]))
    return whole if kept else _bytes_cut(whole.lstrip(), limit)


def _fitting(lines: Sequence[str], room: int) -> int:
    """How many lines fit, without a heading or a table's head that nothing would follow."""
    used, kept = 0, 0
    for line in lines:
        used += _size(line) + 1
        if used > room:
            break
        kept += 1
    kept = _before_open_fence(lines, kept)
    while kept and _introduces(lines, kept - 1):
        kept -= 1
    return kept


def _before_open_fence(lines: Sequence[str], kept: int) -> int:
    """`kept`, or where the fence starts that it would leave open: half a block says nothing."""
    fences = [at for at in range(kept) if lines[at].startswith(_FENCE)]
    return fences[-1] if len(fences) % 2 else kept


def _introduces(lines: Sequence[str], at: int) -> bool:
    line = lines[at]
    head = at + 1 < len(lines) and lines[at + 1].startswith(_SEPARATOR)
    return not line or line.startswith(("### ", _OPEN, _SEPARATOR)) or head or line.startswith("| | ")


def _folded(lines: Sequence[str]) -> bool:
    opened = sum(line.startswith(_OPEN) for line in lines)
    return opened > sum(line.startswith(_CLOSE) for line in lines)


def _rows(lines: Sequence[str]) -> int:
    """Rows of tables and lists; a table's two head lines are none."""
    heads = sum(line.startswith(_SEPARATOR) for line in lines)
    began_in_head = bool(lines) and lines[0].startswith(_SEPARATOR)
    return sum(line.startswith(("|", "- ")) for line in _unfenced(lines)) - 2 * heads + began_in_head


def _unfenced(lines: Sequence[str]) -> Iterator[str]:
    inside = False
    for line in lines:
        inside ^= line.startswith(_FENCE)
        if not inside:
            yield line


def _footer(rows: int, rest: str, *, folded: bool) -> str:
    close = f"\n\n{_CLOSE}" if folded else ""
    what = f"{rows:,} more row{'' if rows == 1 else 's'}" if rows else "The rest"
    return f"{close}\n\n**Cut here: {what} didn't fit.** {rest}\n"


def _size(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


def _bytes_cut(text: str, limit: int) -> str:
    return text.encode("utf-8", "replace")[: max(0, limit)].decode("utf-8", "ignore")
