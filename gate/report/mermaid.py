"""A chart that GitHub draws by itself: VMAF lost per source, as Mermaid's xychart. Labels can't leave their quotes."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence

from gate.evidence.model import CellDetail, Detector
from gate.values import dataclass

_COLOURS = (  # Mermaid's own are too pale to read on white
    "---",
    "config:",
    "  themeVariables:",
    "    xyChart:",
    '      plotColorPalette: "#b3261e"',
    "---",
)
_LABEL, _TITLE = 24, 120  # characters
_FOREIGN = re.compile(r"[^A-Za-z0-9 _.,()=/+-]", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Mermaid's lines, and the sources that could not be drawn."""

    lines: tuple[str, ...]
    left_out: tuple[str, ...]


def loss_chart(one: CellDetail, title: str, *, detector: Detector) -> Chart | None:
    """VMAF lost on every source that the deciding detector compared, a bar each; None where it compared none.

    Losses are drawn, not differences: Mermaid grows bars from the axis's lower end, so that a negative bar would be the
    longer the smaller the loss. Its line would join clips that have nothing to do with each other.
    """
    deltas = [(row.source, row.by(detector)) for row in one.sources]
    drawn = [(source, -delta) for source, delta in deltas if delta is not None]
    if not drawn:
        return None
    bars = [lost for _, lost in drawn]
    low, high = math.floor(min(0.0, *bars)), math.ceil(max(1.0, *bars))
    lines = [
        *_COLOURS,
        "xychart-beta horizontal",
        f'    title "{label(title, _TITLE)}"',
        f"    x-axis [{', '.join(_labels([source for source, _ in drawn]))}]",
        f'    y-axis "VMAF lost (a gain is negative)" {low} --> {high}',
        f"    bar [{', '.join(f'{lost:.2f}' for lost in bars)}]",
    ]
    return Chart(lines=tuple(lines), left_out=tuple(source for source, delta in deltas if delta is None))


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
