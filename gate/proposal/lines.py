"""Which lines of a file a change touched, and which line of a part's origins is at fault."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher

from gate.model import Location

ChangedLines = Mapping[str, frozenset[int]]
"""path -> lines of head, counted from 1, that base doesn't have there."""

_MOST = 4_000_000  # pairs of lines; comparing more takes too long, and then all of them count as changed


def changed_files(base: Mapping[str, bytes], head: Mapping[str, bytes]) -> ChangedLines:
    """The changed lines of each of head's files, path -> contents; of a file that base doesn't have, all of them."""
    return {path: changed_lines(base.get(path, b""), text) for path, text in head.items() if base.get(path) != text}


def changed_lines(base: bytes, head: bytes) -> frozenset[int]:
    """The lines of `head`, counted from 1, that were added or altered since `base`. A deletion leaves none."""
    old, new = base.splitlines(), head.splitlines()
    start = _common(old, new)
    end = _common(old[start:][::-1], new[start:][::-1])
    old, new = old[start : len(old) - end], new[start : len(new) - end]
    if len(old) * len(new) > _MOST:
        return frozenset(range(start + 1, start + len(new) + 1))
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return frozenset(start + i + 1 for tag, _, _, first, last in blocks if tag != "equal" for i in range(first, last))


def _common(old: Sequence[bytes], new: Sequence[bytes]) -> int:
    pairs = zip(old, new, strict=False)
    return next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(old), len(new)))


def at_fault(origins: Sequence[Location], touched: Sequence[Location], changed: ChangedLines) -> Location | None:
    """The line to point at: an origin on a changed line, else a changed line that took part, else the first origin."""
    return next(
        (line for line in (*origins, *touched) if _is_changed(line, changed)),
        origins[0] if origins else None,
    )


def _is_changed(line: Location, changed: ChangedLines) -> bool:
    return line.line in changed.get(line.path, frozenset())
