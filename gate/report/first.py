"""What a reader asks first of a change, answered alike in every format: how bad, what to do, on what evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from statistics import median

from gate.evidence.model import Cell, CellKey, CellVerdict, Detector, Provenance, SourceRow, Tally
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
        rates = () if sample.provenance is Provenance.RECONSTRUCTED else _off_target(change)
        yield "evidence", "; ".join([f"{provenance(sample)}, {content(sample)} ({sample.name})", *rates])


def _loss(change: JudgedChange, sample: SampleInfo | None) -> str:
    losing = [row for row in change.deciding if row.cell.verdict is CellVerdict.STRUCTURAL]
    if not losing or sample is None:
        return ""
    first = losing[0].judged
    recipe = f"it contains {first.key.recipe}, which" if first.contained else first.key.recipe
    return f"{recipe} loses VMAF at equal bitrate on at least {sample.threshold} of {sample.sources} clips"


_OFF_TARGET = 0.10
"""Where rate control counts as having missed; the manifest of a measured sweep counts so too."""


def _off_target(change: JudgedChange) -> Iterator[str]:
    """Where most clips of a setting came out beside their target bitrate: rate control that hadn't settled."""
    found: dict[str, list[tuple[CellKey, list[float]]]] = {}
    for row in change.deciding:
        key = row.cell.key
        if row.detail and key.rc_mode in _RATES and (rate := _positive(key.q)):
            made = [source.bitrate_kbps for source in row.detail.sources if source.bitrate_kbps is not None]
            found.setdefault(key.rc_mode, []).append((key, [kbps / (1000 * rate) - 1 for kbps in made]))
    for mode, cells in found.items():
        missing = [off for _, off in cells if 2 * sum(abs(miss) > _OFF_TARGET for miss in off) > len(off)]
        if missing:
            typical = f"{median(miss for off in missing for miss in off):+.0%}".replace("-", "−")
            yield f"{mode}: {len(missing)}/{len(cells)} settings are off their target bitrate on most clips ({typical})"


def _positive(text: str) -> float:
    try:
        return max(float(text), 0.0)
    except ValueError:
        return 0.0


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
