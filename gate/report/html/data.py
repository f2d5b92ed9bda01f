"""A page's cells and planes as JSON columns for its script, and JSON that no text in it can break out of."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from gate.errors import one_line
from gate.evidence.model import Detector, Slice, SourceRow, SourceState, Tally
from gate.report.html.model import SIGNS, Page, PageCell
from gate.report.wording import SLOW_KBPS, target

_STATES: Final = (SourceState.HIT, SourceState.HOLDS, SourceState.ABSTAINS, SourceState.ABSENT)
# Each of these could end the script element, or a line, for some parser of the page.
_ESCAPES: Final = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


class _Names:
    """Text -> its index in one vocabulary, so that the page holds each label once."""

    def __init__(self) -> None:
        self.index: dict[str, int] = {}

    def of(self, text: str) -> int:
        text = one_line(text)  # no control or bidirectional sign of data reaches the page
        return self.index.setdefault(text, len(self.index))

    def all(self, texts: Iterable[str]) -> list[int]:
        return [self.of(text) for text in texts]


def page_json(page: Page) -> str:
    """All that the page's script draws from, as JSON text that is safe inside a script element."""
    names = _Names()
    data = {
        "corpora": [{"tolerance": one.tolerance_vmaf, "caption": one_line(one.caption)} for one in page.corpora],
        "cells": _cells(page.cells, names),
        "sources": _sources([(row, item.cell.detector) for item in page.cells for row in item.sources], names),
        "slices": _slices(page.slices, names),
        "rungs": _rungs(page.slices, names),
        "states": [state.value for state in _STATES],
    }
    return escaped_json({**data, "names": list(names.index)})


def escaped_json(value: Any) -> str:
    """`value` as JSON without the signs that HTML or JavaScript could read as something else. ValueError for a NaN."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).translate(_ESCAPES)


def _cells(cells: Sequence[PageCell], names: _Names) -> Mapping[str, Sequence[Any]]:
    keys = [item.cell.key for item in cells]
    found = [item.cell for item in cells]
    begins, total = [], 0
    for item in cells:
        begins.append(total if item.sources else None)
        total += len(item.sources)
    return {
        "corpus": [item.corpus for item in cells],
        "codec": names.all(key.codec for key in keys),
        "rc_mode": names.all(key.rc_mode for key in keys),
        "recipe": names.all(key.recipe for key in keys),
        "preset": names.all(key.preset for key in keys),
        "q": names.all(key.q for key in keys),
        "target": names.all(target(key.rc_mode, key.q) for key in keys),
        "detector": names.all(cell.detector.value for cell in found),
        "verdict": names.all(item.verdict for item in cells),
        "basis": names.all(cell.basis.value for cell in found),
        "hits": [cell.hits for cell in found],
        "holds": [cell.holds for cell in found],
        "unknown": [cell.unknown for cell in found],
        "mean": [_rounded(cell.mean_delta) for cell in found],
        "worst": [_rounded(cell.worst_delta) for cell in found],
        "worst_source": [None if cell.worst_source is None else names.of(cell.worst_source) for cell in found],
        "nearest": [_hits(cell.nearest) for cell in found],
        "interpolated": [_hits(cell.interpolated) for cell in found],
        "action": [None if item.action is None else names.of(SIGNS[item.action]) for item in cells],
        "adapters": [names.of(", ".join(item.adapters)) for item in cells],
        "about": [names.all(item.about) for item in cells],
        "begin": begins,
        "count": [len(item.sources) for item in cells],
    }


def _hits(tally: Tally | None) -> int | None:
    return None if tally is None else tally.hits


def _sources(of: Sequence[tuple[SourceRow, Detector]], names: _Names) -> Mapping[str, Sequence[Any]]:
    """`delta` is what the deciding detector says: the bar; the others stand beside."""
    rows = [row for row, _ in of]
    return {
        "source": names.all(row.source for row in rows),
        "state": [_STATES.index(row.state) for row in rows],
        "kbps": [_bitrate(row.bitrate_kbps) for row in rows],
        "vmaf": [_rounded(row.vmaf) for row in rows],
        "delta": [_rounded(row.by(detector)) for row, detector in of],
        "nearest_delta": [_rounded(row.delta) for row in rows],
        "preset": [None if row.matched is None else names.of(row.matched.preset) for row in rows],
        "q": [None if row.matched is None else names.of(row.matched.q) for row in rows],
        "bare_kbps": [None if row.matched is None else _bitrate(row.matched.bitrate_kbps) for row in rows],
        "bare_vmaf": [None if row.matched is None else _rounded(row.matched.vmaf) for row in rows],
        "mismatch": [None if row.matched is None else _rounded(row.matched.mismatch_pct, 1) for row in rows],
        "second_vmaf": [_rounded(row.interpolated_vmaf) for row in rows],
        "second_delta": [_rounded(row.interpolated_delta) for row in rows],
        "because": [names.of(_because(row)) for row in rows],
        "bd_rate": [None if row.bd is None else _rounded(row.bd.rate_pct, 1) for row in rows],
    }


def _because(row: SourceRow) -> str:
    """What a reader should know of the second detector on this source."""
    said = [row.abstains_because] if row.abstains_because else []
    return "; ".join([*said, *(f"ladder {fault}" for fault in row.ladder)])


def _slices(slices: Sequence[Slice], names: _Names) -> Mapping[str, Sequence[int]]:
    begins, total = [], 0
    for plane in slices:
        begins.append(total)
        total += len(plane.rungs)
    return {
        "source": names.all(plane.source for plane in slices),
        "codec": names.all(plane.codec for plane in slices),
        "rc_mode": names.all(plane.rc_mode for plane in slices),
        "begin": begins,
        "count": [len(plane.rungs) for plane in slices],
    }


def _rungs(slices: Sequence[Slice], names: _Names) -> Mapping[str, Sequence[Any]]:
    rungs = [rung for plane in slices for rung in plane.rungs]
    return {
        "recipe": names.all(rung.recipe for rung in rungs),
        "preset": names.all(rung.preset for rung in rungs),
        "q": names.all(rung.q for rung in rungs),
        "kbps": [_bitrate(rung.bitrate_kbps) for rung in rungs],
        "vmaf": [_rounded(rung.vmaf) for rung in rungs],
        "hull": [int(rung.on_hull) for rung in rungs],
    }


def _rounded(value: float | None, digits: int = 2) -> float | int | None:
    """A figure to the digits that text prints: rounded here, and never again."""
    if value is None:
        return None
    cut = round(value, digits)
    return int(cut) if cut == int(cut) else cut


def _bitrate(value: float | None) -> float | int | None:
    return None if value is None else _rounded(value, 1 if value < SLOW_KBPS else 0)
