"""Words about the detectors and about how sure a cell is: who says what, why they differ, what to do about it."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence

from gate.evidence.model import (
    Cell,
    CellDetail,
    CellKey,
    CellVerdict,
    Detector,
    SourceRow,
    SourceState,
    Statistics,
    Tally,
    disagree,
)
from gate.judge.model import Action, CellRow, JudgedChange, Report
from gate.report.basis import evidence_warnings, sample_of
from gate.report.wording import WHO, bracketed, counted, delta, percent, place

_NAMED = 3  # cells that a sentence names before it counts
_SMALL_MISMATCH = 0.5  # per cent of bitrate: worth a few hundredths of VMAF on real ladders
SEE = " Clip by clip: "
"""Stands before the command that shows a cell."""


def explain_command(key: CellKey) -> str:
    """The command that shows a cell source by source."""
    words = [key.codec, key.rc_mode, key.recipe, key.preset, key.q]
    dashes = ["--"] if any(word.startswith("-") for word in words) else []
    return shlex.join(["gate", "explain", *dashes, *words])


# --- the other detectors, beside the one that decides ----------------------------------------------------------------


_SHORT = {Detector.NEAREST: "nearest", Detector.INTERPOLATED: "interp."}


def _others(cell: Cell) -> dict[Detector, Tally]:
    """Nearest and interpolated, but for the one that decided."""
    both = {Detector.NEAREST: cell.nearest, Detector.INTERPOLATED: cell.interpolated}
    return {name: tally for name, tally in both.items() if tally is not None and name is not cell.detector}


def other_heading(detector: Detector) -> str:
    """Whose hits stand in the column beside the deciding ones."""
    return " | ".join(short for name, short in _SHORT.items() if name is not detector)


def other(cell: Cell) -> str:
    """What these count, and whether they agree with what decided: `1/9 disagrees`."""
    return _beside(cell, {}) if _others(cell) else "–"


def other_marked(cell: Cell) -> str:
    """`other` where there is little room: = for agrees, ≠ for disagrees, ? for open."""
    return _beside(cell, {"agrees": "=", "disagrees": "≠", "open": "?"}) if _others(cell) else "–"


def _beside(cell: Cell, marks: Mapping[str, str]) -> str:
    said = agreement(cell, *_others(cell).values())
    return f"{' | '.join(f'{tally.hits}/{tally.sources}' for tally in _others(cell).values())} {marks.get(said, said)}"


MARKS = "Beside the clips stand those of the other method: = it agrees, ≠ it disagrees, ? one of them leaves it open."


def agreement(*tallies: Tally) -> str:
    """`agrees` on whether it is structural, `disagrees`, or `open` where one of them leaves that open."""
    first, *others = tallies
    if any(disagree(first, one) for one in others):
        return "disagrees"
    return "open" if any(one.verdict is CellVerdict.UNDETERMINED for one in tallies) else "agrees"


# --- first lines ----------------------------------------------------------------------------------------------------


def warnings(report: Report) -> tuple[str, ...]:
    """What stands right below the verdict, in every format."""
    return (*evidence_warnings(report.samples), *overlooked(report))


def overlooked(report: Report) -> Iterator[str]:
    """Cells that don't block and that another detector calls structural: a line per way to differ."""
    ways: dict[tuple[Detector, CellVerdict, tuple[Detector, ...]], list[tuple[str, Cell]]] = {}
    for change in report.changes:
        for cell in (row.cell for row in change.rows if row.judged.action is not Action.FAIL):
            # What is structural and doesn't block is waived, or passes by `contains`: that is said elsewhere.
            if (calls := _callers(cell)) and cell.verdict not in (CellVerdict.UNMEASURED, CellVerdict.STRUCTURAL):
                ways.setdefault((cell.detector, cell.verdict, tuple(calls)), []).append((change.adapter, cell))
    for (decider, verdict, _), found in ways.items():
        worst = max((cell for _, cell in found), key=lambda cell: max(_callers(cell).values()))
        more = f" and {counted(len(found) - 1, 'more cell')}" if len(found) > 1 else ""
        who = " and ".join(f"{name} ({WHO[name]}, {k}/{worst.sources})" for name, k in _callers(worst).items())
        adapters = ", ".join(dict.fromkeys(adapter for adapter, _ in found))
        leaves = "leaves it open" if verdict is CellVerdict.UNDETERMINED else f"says {verdict.value}"
        yield (
            f"Look at {adapters}: {place(worst.key)}{more}: structural by {who}; {decider} decides and "
            f"{leaves} {bracketed(worst)}."
        )


def _callers(cell: Cell) -> dict[Detector, int]:
    """Which detectors call it structural, and on how many sources."""
    several = {
        Detector.NEAREST: cell.nearest,
        Detector.INTERPOLATED: cell.interpolated,
        Detector.POOLED: cell.pooled,
    }
    return {
        name: tally.hits
        for name, tally in several.items()
        if tally is not None and tally.verdict is CellVerdict.STRUCTURAL and name is not cell.detector
    }


# --- sentences below a change's table -------------------------------------------------------------------------------


def remarks(rows: Sequence[CellRow]) -> tuple[str, ...]:
    """What a reader of these deciding cells must know: what they are compared with, who disagrees, how sure it is."""
    shown = [row.detail for row in rows if row.detail is not None]
    return (*_strangers(rows), *_disagreements(rows), *_fragile(shown), *_flawed(shown))


def _strangers(rows: Sequence[CellRow]) -> Iterator[str]:
    """Losses that nearest counts against bare rows of another preset."""
    of_nearest = (row for row in rows if row.cell.detector not in (Detector.INTERPOLATED, Detector.POOLED))
    found: list[tuple[CellDetail, int, int, list[str]]] = []
    for one in (row.detail for row in of_nearest if row.detail and row.cell.verdict is CellVerdict.STRUCTURAL):
        matches = [row.matched for row in one.sources if row.matched and row.nearest is SourceState.HIT]
        presets = [matched.preset for matched in matches if matched.preset != one.key.preset]
        if 2 * len(presets) > len(matches):
            found.append((one, len(presets), len(matches), list(dict.fromkeys(presets))))
    for one, strangers, losses, presets in found[:1]:
        more = f" So in {counted(len(found) - 1, 'more cell')}." if len(found) > 1 else ""
        yield (
            f"{place(one.key)}: {strangers} of {losses} losses are against bare rows of another preset "
            f"({', '.join(presets)}), which were nearest in bitrate.{more} `baseline: same-preset` compares like with "
            "like."
        )


def screen_remark(change: JudgedChange, report: Report) -> str:
    """How much a screen may have missed among the clean cells; empty where none rests on one."""
    screened = sum(row.cell.screened for row in change.rows)
    sample = sample_of(change, report)
    if not screened or sample is None:
        return ""
    return (
        f"{counted(screened, 'cleared cell')} rest on fewer clips ({sample.design}): a structural cell "
        f"may be missed so, with a probability of at most {sample.miss_bound:.1%}."
    )


def _disagreements(rows: Iterable[CellRow]) -> Iterator[str]:
    """One remark per direction, on the first cell of each."""
    ways: dict[bool, list[CellRow]] = {}
    for row in rows:
        cell = row.cell
        if cell.nearest is not None and disagree(cell.nearest, cell.interpolated):
            ways.setdefault(cell.nearest.verdict is CellVerdict.STRUCTURAL, []).append(row)
    for first, *others in ways.values():
        names = _named([place(row.cell.key) for row in (first, *others)], "cell")
        yield disagreement(first.cell, first.detail, f" on {names}") + SEE + explain_command(first.cell.key)


def disagreement(cell: Cell, detail: CellDetail | None, on: str = "") -> str:
    """Who says what of a cell, why, and what to do about it."""
    why = why_they_differ(detail) if detail else ""
    parts = (f"The methods disagree{on}: {who_says_what(cell)}.", why, what_to_do(cell))
    return " ".join(part for part in parts if part)


def who_says_what(cell: Cell) -> str:
    """`nearest says structural (9/9), interpolated says clean (0/9)`; what pooled says where it decides or differs."""
    return ", ".join(
        f"{name} says {tally.verdict.value} {bracketed(tally)}"
        for name, tally in (("nearest", cell.nearest), ("interpolated", cell.interpolated), ("pooled", cell.pooled))
        if tally is not None
    )


def why_they_differ(one: CellDetail) -> str:
    """What of the published matches explains it: their bitrates, or their presets."""
    rows = _differing(one)
    if not rows:
        return ""
    mean = sum(row.matched.mismatch_pct for row in rows if row.matched) / len(rows)
    strangers = sum(row.matched is not None and row.matched.preset != one.key.preset for row in rows)
    verb = "is" if strangers == 1 else "are"
    presets = f"{strangers} of {len(rows)} matches {verb} of another preset" if strangers else ""
    where = f"Where they differ, the matched bare rows had {_more_or_fewer(mean)} on average"
    blames_bits = (rows[0].nearest is SourceState.HIT) == (mean > 0) and abs(mean) >= _SMALL_MISMATCH
    if blames_bits:
        effect = "looks worse" if mean > 0 else "looks better"
        return f"{where}, so the recipe {effect} by nearest than it is" + (f"; {presets}." if presets else ".")
    return f"{where}, which doesn't explain it" + (f"; but {presets}." if presets else ".")


def _differing(one: CellDetail) -> list[SourceRow]:
    hit = {SourceState.HIT}
    return [
        row
        for row in one.sources
        if row.matched and row.interpolated.known and row.nearest.known and (row.nearest in hit) != (
            row.interpolated in hit
        )
    ]  # fmt: skip


def _more_or_fewer(mean: float) -> str:
    return f"{abs(mean):.1f} % {'more' if mean > 0 else 'fewer'} bits"


def what_to_do(cell: Cell) -> str:
    """What settles a disagreement, or how the policy can take a side."""
    measure = "More bare rungs around these bitrates would settle it"
    if cell.detector is Detector.NEAREST:
        return f"{measure}; `detector: both` blocks only what both see, `pooled` judges the recipe's whole ladder."
    return f"The policy decides by `detector: {cell.detector}`. {measure}."


def _fragile(shown: Sequence[CellDetail]) -> Iterator[str]:
    shaky = [one for one in shown if one.statistics.fragile]
    for one in shaky[:_NAMED]:
        yield f"{place(one.key)} is fragile: {fragility(one.statistics)}."
    if len(shaky) > _NAMED:
        yield f"{len(shaky) - _NAMED} more of these cells are fragile."


def fragility(figures: Statistics) -> str:
    """What noise could do to a verdict: how many clips are near the tolerance, and how many would have to flip."""
    near = counted(len(figures.within_floor), "clip")
    names = "" if len(figures.within_floor) == figures.sources else f" ({', '.join(figures.within_floor)})"
    lie = "lies" if len(figures.within_floor) == 1 else "lie"
    needed = f"{figures.flips} of them" if figures.flips != len(figures.within_floor) else "all of them"
    needed = needed if len(figures.within_floor) > 1 else "it"
    return (
        f"{near} {lie} within {noise_floor(figures)} of the tolerance{names}; if {needed} came out the other way, the "
        "verdict would turn"
    )


def noise_floor(figures: Statistics) -> str:
    """`the noise of 0.02 VMAF (assumed: no repeats differ)`."""
    assumed = " (assumed: no repeats differ)" if figures.floor_assumed else ""
    return f"the noise of {figures.floor_vmaf:.2f} VMAF{assumed}"


def _flawed(shown: Iterable[CellDetail]) -> Iterator[str]:
    by_flaw: dict[str, dict[str, None]] = {}
    for one in shown:
        for row in one.sources:
            for flaw in row.ladder:
                by_flaw.setdefault(flaw, {})[row.source] = None
    for kind, sources in sorted(by_flaw.items()):
        yield f"{ladder_words(kind, list(sources))}."


def ladder_words(flaw: str, sources: Sequence[str]) -> str:
    """What is wrong with bare ladders on these sources, and what follows."""
    names = ", ".join(sources)
    if flaw == "saturated":
        return f"The bare ladder saturates (VMAF above 99) on {names}: differences near its top say little"
    return f"The bare ladder isn't monotone on {names}: more bits gave less VMAF there, so a Δ is less sure"


def _named(names: Sequence[str], noun: str) -> str:
    if len(names) <= _NAMED:
        return ", ".join(names)
    return f"{', '.join(names[:_NAMED])} and {counted(len(names) - _NAMED, f'more {noun}')}"


# --- statistics -----------------------------------------------------------------------------------------------------


def statistics(one: CellDetail) -> str:
    """Median with its interval, the sign test, and BD-rate, in one sentence without its end; empty without figures."""
    return "; ".join(part for part in (paired(one.statistics), bd_rate(one)) if part)


def paired(figures: Statistics) -> str:
    """`median Δ −5.89 VMAF over 9 sources (95 % interval −6.79 to −5.03), sign test p = 0.0039`; empty without any."""
    if figures.median_delta is None:
        return ""
    interval = ""
    if figures.interval is not None:
        low, high = figures.interval
        interval = f" (95 % interval {delta(low)} to {delta(high)})"
    test = f", sign test p = {figures.sign_test_p:.2g}" if figures.sign_test_p is not None else ""
    small = ", too few for it to find anything" if test and figures.small else ""
    clips = counted(figures.sources, "clip")
    return f"median Δ {delta(figures.median_delta)} VMAF over {clips}{interval}{test}{small}"


def bd_rate(one: CellDetail) -> str:
    """`BD-rate +30.6 % (median of 3 of 9 sources)`; empty where there is none."""
    if one.bd_rate_pct is None:
        return ""
    return f"BD-rate {percent(one.bd_rate_pct)} (median of {one.bd_sources} of {len(one.sources)} clips)"
