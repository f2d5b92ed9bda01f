"""What a reader asks first of a change, answered alike in every format: how bad, what to do, on what evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from statistics import median

from gate.evidence.model import Cell, CellVerdict, Detector, SourceRow, Tally
from gate.judge.judged_by import SampleInfo
from gate.judge.model import CellRow, JudgedChange, Report
from gate.report.basis import content, provenance, sample_of
from gate.report.wording import delta, remedy, why
from gate.values import dataclass

LEGEND = (
    "Δ is VMAF against the encoder's defaults (“bare”) at equal bitrate. A cell is one setting (rate control, preset, "
    "target) of one recipe, over all clips; structural means that it loses on so many of them that content isn't why. "
    "Nearest compares with the bare row of the nearest bitrate, interpolated with bare's curve at the very bitrate."
)
_METHODS: tuple[tuple[str, Callable[[Cell], Tally | None], Callable[[SourceRow], float | None]], ...] = (
    ("pooled", lambda cell: cell.pooled if cell.detector is Detector.POOLED else None, lambda row: row.pooled_delta),
    ("nearest", lambda cell: cell.nearest, lambda row: row.delta),
    ("interpolated", lambda cell: cell.interpolated, lambda row: row.interpolated_delta),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """What one method says of a change: worst and median Δ VMAF over all clips of the cells that decide it.

    Where nothing loses they are those of all cells that it reaches.

    `fewest_hits` to `most_hits` of `sources` clips lose in one of these; `structural` of all new `cells` are so by it.
    """

    method: str
    worst_delta: float | None
    median_delta: float | None
    fewest_hits: int
    most_hits: int
    sources: int
    structural: int
    cells: int

    def __str__(self) -> str:
        low, high = self.fewest_hits, self.most_hits
        clips = f"{low}–{high}" if low != high else f"{high}"
        return (
            f"Δ worst {delta(self.worst_delta)}, median {delta(self.median_delta)}; {clips} of {self.sources} clips, "
            f"{self.structural} of {self.cells} settings"
        )


def losses(change: JudgedChange) -> Iterator[Loss]:
    """By each method that speaks of the cells that decide, the deciding one first where that is pooled."""
    rows = change.deciding or tuple(row for row in change.rows if row.detail and not row.shown)
    for name, tally_of, delta_of in _METHODS:
        tallies = [tally for row in rows if (tally := tally_of(row.cell)) is not None]
        if not tallies:
            continue
        sources = (source for row in rows if row.detail for source in row.detail.sources)
        deltas = [value for source in sources if (value := delta_of(source)) is not None]
        reached = [tally_of(row.cell) for row in change.rows]
        yield Loss(
            method=name,
            worst_delta=min(
                (tally.worst_delta for tally in tallies if tally.worst_delta is not None),
                default=min(deltas, default=None),
            ),
            median_delta=median(deltas) if deltas else None,
            fewest_hits=min(tally.hits for tally in tallies),
            most_hits=max(tally.hits for tally in tallies),
            sources=tallies[0].sources,
            structural=sum(tally is not None and tally.verdict is CellVerdict.STRUCTURAL for tally in reached),
            cells=len(reached),
        )


def loses(change: JudgedChange) -> str:
    """`loses up to 18.85 VMAF on 7–9 of 9 clips`, by what decides; empty where no cell says how much."""
    row = change.deciding[0] if change.deciding else None
    if row is None or row.cell.worst_delta is None:
        return ""
    hits = sorted({row.cell.hits for row in change.deciding})
    clips = "–".join(str(end) for end in dict.fromkeys((hits[0], hits[-1])))
    return f"loses up to {delta(row.cell.worst_delta)[1:]} VMAF on {clips} of {row.cell.sources} clips"


def answers(change: JudgedChange, report: Report) -> Iterator[tuple[str, str]]:
    """(question, answer): how bad by each method over the cells that decide, what to do, on what evidence."""
    sample = sample_of(change, report)
    said = _loss(change, sample) or why(change)
    if said:
        yield "how bad" if change.deciding else "why", f"{said}."
    yield from ((loss.method, str(loss)) for loss in losses(change))
    if todo := remedy(change):
        yield "to do", todo
    if sample is not None:
        yield "evidence", f"{provenance(sample)}, {content(sample)} ({sample.name})"
    for off in change.off_target:
        settings, missed = f"{off.missing} of {off.cells} {off.rc_mode} settings", f"{off.median_miss:+.0%}"
        yield "off target", f"{settings} miss their bitrate on most clips ({missed.replace('-', '−')})."
    for said in change.unseen:
        yield "unseen", f"{said}. Look at the pictures before you decide."


def _loss(change: JudgedChange, sample: SampleInfo | None) -> str:
    losing = [row for row in change.deciding if row.cell.verdict is CellVerdict.STRUCTURAL]
    if not losing or sample is None:
        return ""
    first = losing[0].judged
    recipe = f"it contains {first.key.recipe}, which" if first.contained else first.key.recipe
    return f"{recipe} loses VMAF at equal bitrate on at least {sample.threshold} of {sample.sources} clips"


def recipes(rows: Sequence[CellRow]) -> tuple[str, ...]:
    """The recipes of these rows; a table of one names it once, above."""
    return tuple(dict.fromkeys(row.cell.key.recipe for row in rows))
