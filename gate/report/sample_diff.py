"""What a new sample changes, as text, JSON and Markdown; every label is data, and escaped as such."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from rich.text import Text

from gate.errors import one_line
from gate.evidence.model import Cell, CellVerdict
from gate.evidence.sample.diff import CellChange, HitCell, HitDefault, Refresh, SampleDifference
from gate.report.gfm import code, escaped, table
from gate.report.text import paper, written
from gate.report.wording import counted, hits, place

_SCHEMA = "codec-gate.difference/1"
_ROWS = 12  # a terminal's worth of each list; JSON and Markdown hold all


def headline(refresh: Refresh) -> str:
    """What a maintainer has to know, in one line."""
    found = refresh.difference
    became = f"{counted(len(found.became), 'cell')} became structural, {len(found.ceased):,} ceased"
    if refresh.defaults is None:
        return f"{became}; shipped defaults were not read"
    hit = len(refresh.defaults)
    unread = f", {counted(len(refresh.unread), 'part')} of the adapters could not be read" if refresh.unread else ""
    return f"{became}; {counted(hit, 'shipped default')} {'is' if hit == 1 else 'are'} hit{unread}"


def render_difference_json(refresh: Refresh) -> str:
    """All of it, versioned. ASCII only."""
    found = refresh.difference
    document = {
        "schema": _SCHEMA,
        "old": found.old,
        "new": found.new,
        "counts": {name: len(changes) for name, changes in _lists(found)},
        **{name: [_cell(change) for change in changes] for name, changes in _lists(found)},
        "facts": [dataclasses.asdict(fact) for fact in found.facts],
        "defaults": None if refresh.defaults is None else [_default(hit) for hit in refresh.defaults],
        "unread": list(refresh.unread),
    }
    return json.dumps(document, indent=2, allow_nan=False) + "\n"


def _lists(found: SampleDifference) -> Iterator[tuple[str, tuple[CellChange, ...]]]:
    for name in ("became", "ceased", "other", "appeared", "disappeared"):
        yield name, getattr(found, name)


def _cell(change: CellChange) -> dict[str, Any]:
    return dataclasses.asdict(change.key) | {"before": _judged(change.before), "after": _judged(change.after)}


def _judged(cell: Cell | None) -> dict[str, Any] | None:
    if cell is None:
        return None
    return {"verdict": cell.verdict.value, "hits": cell.hits, "holds": cell.holds, "unknown": cell.unknown,
            "basis": cell.basis.value}  # fmt: skip


def _default(hit: HitDefault) -> dict[str, Any]:
    return {
        "adapter": hit.adapter,
        "codec": hit.codec,
        "path": hit.path,
        "line": hit.line,
        "point": hit.point,
        "cells": [_cell(cell.change) | {"presets": list(cell.presets)} for cell in hit.cells],
    }


def render_difference_text(refresh: Refresh, *, width: int, color: bool) -> str:
    """For a terminal: the summary, what ships and is hit, the cells, then what else differs."""
    console = paper(width=width, color=color)
    hurt = bool(refresh.difference.became)
    console.print(Text(one_line(headline(refresh)), style="bold red" if hurt else "bold"), soft_wrap=True)
    for title, lines in _sections(refresh):
        console.print()
        console.print(Text(title, style="bold"))
        for line in lines:
            console.print(Text(f"  {one_line(line)}"), soft_wrap=True)
    return written(console)


def _sections(refresh: Refresh) -> Iterator[tuple[str, list[str]]]:
    found = refresh.difference
    if refresh.defaults:
        yield "Shipped defaults that are hit", [line for hit in refresh.defaults for line in _hit(hit)]
    if refresh.unread:
        yield "Could not be read, and so may be hit too", list(refresh.unread)
    for title, changes in (("Became structural", found.became), ("Ceased to be structural", found.ceased)):
        if changes:
            yield title, _few([_line(change) for change in changes])
    if found.other:
        yield "Other verdicts that changed", [f"{count:>6,}  {what}" for what, count in _verdicts(found.other)]
    for title, changes in (("Cells only in the new sample", found.appeared), ("Cells only in the old sample", found.disappeared)):  # fmt: skip # noqa: E501
        if changes:
            yield title, [f"{count:>6,}  {what}" for what, count in _verdicts(changes)]
    if found.facts:
        lines = [f"{fact.what}: {fact.before or '(none)'} → {fact.after or '(none)'}" for fact in found.facts]
        yield "What else differs", _few(lines)


def _hit(hit: HitDefault) -> Iterator[str]:
    yield f"{hit.path}:{hit.line}  {hit.adapter}: {hit.point}"
    lines = [_line(cell.change) + (f", for {_presets(cell)}" if _presets(cell) else "") for cell in hit.cells]
    yield from (f"    {line}" for line in _few(lines))


def _presets(cell: HitCell) -> str:
    return ", ".join(preset for preset in cell.presets if preset)


def _line(change: CellChange) -> str:
    return f"{_key(change)}: {_words(change.before)} → {_words(change.after)}"


def _key(change: CellChange) -> str:
    return f"{change.key.codec} {place(change.key)}"


def _words(cell: Cell | None) -> str:
    """`structural 8/9`; what is unknown stands behind it. Of filler no counts are shown."""
    if cell is None:
        return "not there"
    if cell.verdict is CellVerdict.UNMEASURED:
        return cell.verdict.value
    return f"{cell.verdict.value} {hits(cell)}"


def _verdicts(changes: Iterable[CellChange]) -> list[tuple[str, int]]:
    """How often each pair of verdicts, the most frequent first."""
    counts = Counter(
        " → ".join(cell.verdict.value for cell in (change.before, change.after) if cell is not None)
        for change in changes
    )
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def _few(lines: list[str]) -> list[str]:
    return lines if len(lines) <= _ROWS else [*lines[: _ROWS - 1], f"… and {len(lines) - _ROWS + 1:,} more"]


def render_difference_markdown(refresh: Refresh) -> str:
    """For a refresh pull request: the summary, then tables that hold every cell."""
    found = refresh.difference
    blocks = [f"## {escaped(headline(refresh))}"]
    if refresh.defaults:
        rows = [
            f"| {code(f'{hit.path}:{hit.line}')} | {code(hit.adapter)} | {code(hit.point)} | {code(_key(cell.change))} "
            f"| {_words(cell.change.before)} | {_words(cell.change.after)} | {code(_presets(cell))} |"
            for hit in refresh.defaults
            for cell in hit.cells
        ]
        blocks.append("### Shipped defaults that are hit")
        blocks.append(table(["where", "adapter", "knobs", "cell", "before", "after", "presets"], rows))
    if refresh.unread:
        blocks.append("### Could not be read, and so may be hit too")
        blocks.append("\n".join(f"- {escaped(text)}" for text in refresh.unread))
    for title, changes in (("Became structural", found.became), ("Ceased to be structural", found.ceased)):
        if changes:
            rows = [f"| {code(_key(c))} | {_words(c.before)} | {_words(c.after)} |" for c in changes]
            blocks += [f"### {title}", table(["cell", "before", "after"], rows)]
    counts = [(what, count, title) for title, changes in _counted_lists(found) for what, count in _verdicts(changes)]
    if counts:
        rows = [f"| {title} | {what} | {count:,} |" for what, count, title in counts]
        blocks += ["### Other cells", table(["", "verdict", "cells"], rows)]
    if found.facts:
        rows = [f"| {code(f.what)} | {code(f.before or '(none)')} | {code(f.after or '(none)')} |" for f in found.facts]
        blocks += ["### What else differs", table(["what", "before", "after"], rows)]
    blocks.append(f"Old sample {code(found.old)}, new sample {code(found.new)}.")
    return "\n\n".join(blocks) + "\n"


def _counted_lists(found: SampleDifference) -> Iterator[tuple[str, tuple[CellChange, ...]]]:
    yield "changed", found.other
    yield "only in the new sample", found.appeared
    yield "only in the old sample", found.disappeared
