"""What a reader asks first of a change, answered alike in every format: how bad, what to do, on what evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from statistics import median

from gate.evidence.model import Cell, CellKey, CellVerdict, Detector, SourceRow, Tally
from gate.judge.judged_by import SampleInfo
from gate.judge.model import CellRow, JudgedChange, Report
from gate.report.wording import content, delta, provenance, remedy, why

LEGEND = (
    "Δ is VMAF against the encoder's defaults (“bare”) at equal bitrate. A cell is one setting (rate control, preset, "
    "target) of one recipe, over all clips; structural means that it loses on so many of them that content isn't why."
)
_METHODS: tuple[tuple[str, Callable[[Cell], Tally | None], Callable[[SourceRow], float | None]], ...] = (
    ("pooled", lambda cell: cell.pooled if cell.detector is Detector.POOLED else None, lambda row: row.pooled_delta),
    ("nearest", lambda cell: cell.nearest, lambda row: row.delta),
    ("interpolated", lambda cell: cell.interpolated, lambda row: row.interpolated_delta),
)
_RATES = ("vbr", "cbr", "abr", "la-vbr", "avbr", "vcm", "vbr-peak", "vbr-latency", "hqvbr", "hqcbr")
_UNITS = {  # by the canonical names of rate controls; a sample's own label says no unit
    **dict.fromkeys(_RATES, "{} Mbit/s"),
    "crf": "CRF {}",
    "constrained-quality": "CRF {}",
    "cqp": "QP {}",
    "vbr-cq": "CQ {}",
}


def answers(change: JudgedChange, report: Report) -> Iterator[tuple[str, str]]:
    """(question, answer): how bad by each method over the cells that decide, what to do, on what evidence."""
    sample = next((sample for sample in report.samples if change.codec in sample.codecs), None)
    said = _loss(change, sample) or why(change)
    if said:
        yield "how bad" if change.deciding else "why", f"{said}."
    if change.deciding:
        yield from _by_method(change)
    for said in change.unseen:
        yield "unseen", f"{said}. Look at the pictures before you decide."
    if todo := remedy(change):
        yield "to do", todo
    if sample is not None:
        yield "evidence", f"{provenance(sample)}, {content(sample)} ({sample.name})"


def _loss(change: JudgedChange, sample: SampleInfo | None) -> str:
    losing = [row for row in change.deciding if row.cell.verdict is CellVerdict.STRUCTURAL]
    if not losing or sample is None:
        return ""
    first = losing[0].judged
    recipe = f"it contains {first.key.recipe}, which" if first.contained else first.key.recipe
    return f"{recipe} loses VMAF at equal bitrate on at least {sample.threshold} of {sample.sources} clips"


def _by_method(change: JudgedChange) -> Iterator[tuple[str, str]]:
    """Worst and median Δ over the deciding cells, on how many clips, and in how many of all settings."""
    for name, tally_of, delta_of in _METHODS:
        tallies = [tally for row in change.deciding if (tally := tally_of(row.cell)) is not None]
        if not tallies:
            continue
        worst = min((tally.worst_delta for tally in tallies if tally.worst_delta is not None), default=None)
        sources = (source for row in change.deciding if row.detail for source in row.detail.sources)
        deltas = [value for source in sources if (value := delta_of(source)) is not None]
        middle = median(deltas) if deltas else None
        low, high = min(tally.hits for tally in tallies), max(tally.hits for tally in tallies)
        clips = f"{low}–{high}" if low != high else str(high)
        reached = [tally_of(row.cell) for row in change.rows]
        losing = sum(tally is not None and tally.verdict is CellVerdict.STRUCTURAL for tally in reached)
        yield (
            name,
            f"worst {delta(worst)}, median {delta(middle)} VMAF; {clips}/{tallies[0].sources} clips, "
            f"{losing}/{len(reached)} settings",
        )


def target(key: CellKey) -> str:
    """What a cell's rate control aims at, with its unit: `2 Mbit/s`, `CRF 23`; `q 5` where the label says none."""
    return _UNITS.get(key.rc_mode, "q {}").format(key.q)


def recipes(rows: Sequence[CellRow]) -> tuple[str, ...]:
    """The recipes of these rows; a table of one names it once, above."""
    return tuple(dict.fromkeys(row.cell.key.recipe for row in rows))
