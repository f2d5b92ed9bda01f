"""The verified edits of a report, made in the work tree."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from gate import git
from gate.errors import UsageError
from gate.judge.check import Request, check
from gate.judge.edits import Edit, applied
from gate.judge.model import Report, Suggestion
from gate.model import Location

_MOST = 20  # rounds: an edit may uncover the next change


def fixed(report: Report, request: Request, *, told: Callable[[str], None]) -> Report:
    """The report after every edit that it offers was made and judged again; `told` hears of each edit.

    Raises:
        UsageError: there is no work tree, or a file isn't as it was judged, or lies elsewhere.
    """
    top = git.open_repository(request.repo).top
    for _ in range(_MOST):
        offered = dict.fromkeys(c.suggestion for c in report.changes if c.suggestion and c.suggestion.before_lines)
        by_file: dict[str, list[Suggestion]] = {}
        for one in sorted(offered, key=lambda one: -one.line):  # from the end on, so that no line moves under the next
            last = by_file.setdefault(one.path, [])
            if not last or one.line + len(one.before_lines) <= last[-1].line:
                last.append(one)
        if not by_file:
            break
        for path, edits in by_file.items():
            _edit(top, path, edits)
            for one in reversed(edits):
                told(f"edited {path}:{one.line}")
        report = check(request)
    return report


def _edit(top: Path, path: str, edits: list[Suggestion]) -> None:
    place = top / path
    if place.resolve() != top.resolve() / path or not place.is_file():
        raise UsageError("is no regular file of the work tree", where=path, fix="make the edit by hand")
    contents = place.read_bytes()
    for one in edits:
        there = contents.decode().split("\n")[one.line - 1 : one.line - 1 + len(one.before_lines)]
        if tuple(there) != one.before_lines:
            raise UsageError("has changed since it was judged", where=f"{path}:{one.line}", fix="run it again")
        where = Location(path=path, line=one.line)
        contents = applied(contents, Edit(where=where, before=one.before_lines, after=one.after_lines))
    place.write_bytes(contents)
