"""Small edits of one source file that could take a change back. Candidates only: whoever offers one has it judged."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher

from gate.adapters.model import Change, ChangeKind, Differs
from gate.model import Location
from gate.values import dataclass

_MOST_LINES = 8  # a longer edit is no suggestion, but work
_MOST_PAIRS = 4_000_000  # as in `lines`: comparing more takes too long
_STRING = r"""(?:"[^"\n]*"|'[^'\n]*'|\d+)"""
_VALUES = frozenset({ChangeKind.KNOB_CHANGED, ChangeKind.QUALITY, ChangeKind.PRESET, ChangeKind.RATE_CONTROL})


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """`after` takes the place of `before`, whole lines without their ends, from `where` on."""

    where: Location
    before: tuple[str, ...]
    after: tuple[str, ...]


def edits(change: Change, base: Mapping[str, bytes], head: Mapping[str, bytes]) -> Iterator[Edit]:
    """What could take a change back at its line, the smallest first: the knob's pair, its literal, the whole hunk.

    Args:
        base, head: path -> contents of the two trees' files.
    """
    path, line = change.where.path, change.where.line
    lines = _lines(head.get(path))
    if not 1 <= line <= len(lines):
        return
    if len(change.differences) == 1:
        yield from _of_literals(change.differences[0], lines)
    yield from _of_line(change.where, _lines(base.get(path)), lines)
    yield from _of_hunk(change.where, _lines(base.get(path)), lines)


def applied(contents: bytes, edit: Edit) -> bytes:
    """A file's contents after an edit that was made for it."""
    lines = contents.decode().split("\n")
    start = edit.where.line - 1
    lines[start : start + len(edit.before)] = edit.after
    return "\n".join(lines).encode()


def _lines(contents: bytes | None) -> list[str]:
    """None of a file that isn't plain text with plain line ends."""
    if contents is None or b"\r" in contents:
        return []
    try:
        return contents.decode().split("\n")
    except UnicodeDecodeError:
        return []


def _of_literals(difference: Differs, lines: Sequence[str]) -> Iterator[Edit]:
    if difference.kind is ChangeKind.KNOB_ADDED:
        yield from _without_words(difference, lines)
        yield from _without_pair(difference, lines)
    if difference.kind in _VALUES:
        yield from _other_value(difference, lines)


def _without_words(difference: Differs, lines: Sequence[str]) -> Iterator[Edit]:
    """` -bf 3` cut out of an argv in one string, on the line at fault."""
    at = difference.where.line - 1
    changed, count = re.subn(rf"""\s+-{_name(difference)}(?::\w+)*\s+[^\s"',\]]+(?=[\s"'])""", "", lines[at])
    if count == 1:
        yield from _edit(difference.where.path, at, [lines[at]], [changed])


def _name(difference: Differs) -> str:
    """The knob's name as a pattern; libraries and FFmpeg join words with either sign."""
    return re.sub(r"[-_]", "[-_]", re.escape(difference.after.partition("=")[0]).replace(r"\-", "-"))


def _without_pair(difference: Differs, lines: Sequence[str]) -> Iterator[Edit]:
    """`"-bf", "3"` cut out of a list of arguments, on the line at fault and the ones beside it."""
    at = difference.where.line - 1
    start, stop = max(0, at - 1), min(len(lines), at + 2)
    window = "\n".join(lines[start:stop])
    found = re.search(rf"""(["'])-{_name(difference)}(?::\w+)*\1\s*,\s*{_STRING}([ \t]*,[ \t]*)?""", window)
    if found is None:
        return
    kept, rest = window[: found.start()], window[found.end() :]
    if rest.lstrip().startswith((")", "]")):
        kept = re.sub(r",[ \t]*$", "", kept)
    *above, before = kept.split("\n")
    behind, line_end, below = rest.partition("\n")
    left = [before + behind] if (before + behind).strip() else []
    after = [*above, *left, *(below.split("\n") if line_end else [])]
    yield from _edit(difference.where.path, start, lines[start:stop], after)


def _other_value(difference: Differs, lines: Sequence[str]) -> Iterator[Edit]:
    """The value of before in the place of the value of after, where that stands once on the line at fault."""
    before, after = (text.rpartition("=")[2] for text in (difference.before, difference.after))
    at = difference.where.line - 1
    if before and after:
        changed, count = re.subn(rf"(?<![\w.-]){re.escape(after)}(?![\w.-])", lambda _: before, lines[at])
        if count == 1:
            yield from _edit(difference.where.path, at, [lines[at]], [changed])


def _of_line(where: Location, old: Sequence[str], new: Sequence[str]) -> Iterator[Edit]:
    """Base's line in the place of the one at fault, where as many lines came as went."""
    for tag, low, high, first, last in _hunks(old, new):
        if tag == "replace" and first < where.line <= last and high - low == last - first > 1:
            at = where.line - 1
            yield from _edit(where.path, at, [new[at]], [old[low + at - first]])


def _of_hunk(where: Location, old: Sequence[str], new: Sequence[str]) -> Iterator[Edit]:
    """Base's lines in the place of the changed lines around the one at fault."""
    for tag, low, high, first, last in _hunks(old, new):
        if tag != "equal" and first < where.line <= last:
            yield from _edit(where.path, first, new[first:last], old[low:high])


def _hunks(old: Sequence[str], new: Sequence[str]) -> Sequence[tuple[str, int, int, int, int]]:
    if not old or len(old) * len(new) > _MOST_PAIRS:
        return ()
    return SequenceMatcher(None, old, new, autojunk=False).get_opcodes()


def _edit(path: str, start: int, before: Sequence[str], after: Sequence[str]) -> Iterator[Edit]:
    """An edit of no more lines than it takes, where that is few."""
    same = 0
    while same < min(len(before), len(after)) and before[same] == after[same]:
        same += 1
    tail = 0
    while tail < min(len(before), len(after)) - same and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    gone, come = tuple(before[same : len(before) - tail]), tuple(after[same : len(after) - tail])
    if gone and len(gone) <= _MOST_LINES and len(come) <= _MOST_LINES:
        yield Edit(where=Location(path=path, line=start + same + 1), before=gone, after=come)
