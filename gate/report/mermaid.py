"""A chart that GitHub draws by itself: VMAF lost per source, as Mermaid's xychart. Labels can't leave their quotes."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gate.evidence.model import CellDetail, SourceRow

_COLOURS = (  # Mermaid's own are too pale to read on white
    "---",
    "config:",
    "  themeVariables:",
    "    xyChart:",
    '      plotColorPalette: "#b3261e, #0550ae"',
    "---",
)
_LABEL, _TITLE = 24, 120  # characters
_FOREIGN = re.compile(r"[^A-Za-z0-9 _.,()=/+-]", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Mermaid's lines, the sources that could not be drawn, and whether the other detector is drawn as a line."""

    lines: tuple[str, ...]
    left_out: tuple[str, ...]
    with_line: bool


def loss_chart(one: CellDetail, title: str, *, detector: str) -> Chart | None:
    """VMAF lost on every source that the deciding detector compared, a bar each; None where it compared none.

    Losses are drawn, not differences: Mermaid grows bars from the axis's lower end, so that a negative bar would be the
    longer the smaller the loss. The other detector is a line, where it spoke on all of them.
    """
    pairs = [(row, *_deltas(row, detector)) for row in one.sources]
    drawn = [(row, first, second) for row, first, second in pairs if first is not None]
    if not drawn:
        return None
    bars = [-first for _, first, _ in drawn]
    line = [-second for _, _, second in drawn if second is not None]
    with_line = len(line) == len(bars)
    values = bars + (line if with_line else [])
    low, high = math.floor(min(0.0, *values)), math.ceil(max(1.0, *values))
    lines = [
        *_COLOURS,
        "xychart-beta horizontal",
        f'    title "{label(title, _TITLE)}"',
        f"    x-axis [{', '.join(_labels([row.source for row, _, _ in drawn]))}]",
        f'    y-axis "VMAF lost" {low} --> {high}',
        f"    bar {_numbers(bars)}",
        *([f"    line {_numbers(line)}"] if with_line else []),
    ]
    left_out = tuple(row.source for row, first, _ in pairs if first is None)
    return Chart(lines=tuple(lines), left_out=left_out, with_line=with_line)


def label(text: str, limit: int) -> str:
    """`text` with nothing in it that means something to Mermaid or Markdown, cut to `limit` characters."""
    return _FOREIGN.sub("_", text[:limit]) or "_"


def _labels(sources: Sequence[str]) -> Iterator[str]:
    """One label per source in its quotes. Mermaid draws bars of one label over each other, so that none comes twice."""
    used: set[str] = set()
    for at, source in enumerate(sources, 1):
        shown = label(source, _LABEL)
        shown = f"{shown} ({at})" if shown in used else shown
        used.add(shown)
        yield f'"{shown}"'


def _numbers(values: Sequence[float]) -> str:
    return f"[{', '.join(f'{value:.2f}' for value in values)}]"


def _deltas(row: SourceRow, detector: str) -> tuple[float | None, float | None]:
    """The deciding detector's Δ, then the other's."""
    if detector == "interpolated":
        return row.interpolated_delta, row.delta
    return row.delta, row.interpolated_delta
