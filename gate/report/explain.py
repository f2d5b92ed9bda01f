"""The words of an explanation in every format: verdict, consequence, what is unsure, and what it rests on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from gate.evidence.model import Basis, Bd, CellDetail, SourceRow, SourceState, Tally, disagree
from gate.judge.explain_model import ExplainedCell, Explanation
from gate.judge.judged_by import PolicyInfo
from gate.judge.model import Action
from gate.report import basis, detectors, wording

_DOES = {
    Action.FAIL: "fails",
    Action.WARN: "passes with a warning",
    Action.NOTICE: "passes with a notice",
    Action.PASS: "passes",
}

_BASES = {
    Basis.MEASURED: "measured rows",
    Basis.IMPORTED: "imported rows",
    Basis.PUBLISHED: "rows made to the cell's published figures: what stands here of single clips, the intervals and "
    "the BD-rate are those of the made rows",
    Basis.FILLER: "filler: no detector is heard, and no statistics are taken",
}


def subject(explanation: Explanation) -> str:
    """What was asked for: the cell, or the file with its changes."""
    if not explanation.path:
        (one,) = explanation.cells
        return f"{one.codec} {wording.place(one.judged.key)}"
    if not explanation.changes:
        return f"{explanation.path}: no default changed here"
    cells = (
        f"{wording.counted(len(explanation.cells), 'cell')} with evidence"
        if explanation.cells
        else "no cell with evidence"
    )
    return f"{explanation.path}: {wording.counted(explanation.changes, 'change')} of defaults, {cells}"


def headline(one: ExplainedCell) -> str:
    """The verdict with its counts and its threshold."""
    cell = one.judged.cell
    unknown = f", {cell.unknown} unknown" if cell.unknown else ""
    counts = f"loses VMAF on {cell.hits} of {cell.sources} clips{unknown} (structural from {one.sample.threshold})"
    return f"{cell.verdict.value.upper()}: {one.codec} {wording.place(cell.key)}: {counts}"


def consequences(one: ExplainedCell, policy: PolicyInfo) -> Iterator[str]:
    """What a new default here would come to, and by which rules."""
    if one.path:
        yield f"Reached by {one.adapter} at {one.path}:{one.line}."
    knobs = ", ".join(f"{name}={value}" for name, value in one.knobs.items()) or "none"
    action = max((one.judged.action, *(rule.action for rule in one.rules)), key=lambda action: action.gravity)
    does = "would fail, but this policy is advisory" if action is Action.FAIL and policy.mode == "advisory" else ""
    waived = ", waived" if one.judged.waiver is not None else ""
    yield f"Knobs {knobs}. A new default here {does or _DOES[action]}{waived}."
    yield from map(wording.rule_hit, one.rules)
    if one.judged.contained:
        yield "The default has more knobs than this recipe: it contains it."
    if one.judged.stands_for is not None:
        asked = one.judged.stands_for
        aim = wording.target(one.judged.key.rc_mode, asked.q)
        yield f"Preset {asked.preset} at {aim} wasn't measured: this cell is the nearest that was."


def remarks(one: ExplainedCell) -> Iterator[str]:
    """What makes the verdict less sure than it looks, or another than the other detector's."""
    cell, shown = one.judged.cell, one.detail
    if cell.basis is Basis.FILLER:
        yield "These rows are filler, invented so that published totals come out: no verdict comes from them."
    if disagree(cell.nearest, cell.interpolated):
        yield detectors.disagreement(cell, shown)
    if shown.statistics.fragile:
        yield f"Fragile: {detectors.fragility(shown.statistics)}."
    if cell.screened:
        yield (
            f"Cleared on fewer clips ({one.sample.design}): a structural cell may be missed so, with a "
            f"probability of at most {one.sample.miss_bound:.1%}."
        )
    yield from _silences(shown)
    yield from _ladders(shown)
    repeated = [f"{row.source} {row.repeats}" for row in shown.sources if row.repeats > 1]
    if repeated:
        yield f"Encoded more than once, Δ is the mean: {', '.join(repeated)}."


def _silences(shown: CellDetail) -> Iterator[str]:
    """Where a detector doesn't speak, and why."""
    total = len(shown.sources)
    absent = [row.source for row in shown.sources if row.nearest is SourceState.ABSENT]
    if absent:
        yield f"The sample holds no row of it on {wording.some_of(absent, total)}."
    unmatched = [row.source for row in shown.sources if row.nearest is SourceState.ABSTAINS]
    if unmatched:
        where = wording.some_of(unmatched, total)
        yield f"Nearest abstains on {where}: no bare row is near enough in bitrate."
    for reason, sources in _grouped(shown.sources, lambda row: row.abstains_because):
        yield f"Interpolated abstains on {wording.some_of(sources, total)}: {reason}."


def _ladders(shown: CellDetail) -> Iterator[str]:
    for kind in ("saturated", "not monotone"):
        sources = [row.source for row in shown.sources if kind in row.ladder]
        if sources:
            yield f"{detectors.ladder_words(kind, sources)}."


def _grouped(rows: Iterable[SourceRow], of: Callable[[SourceRow], str]) -> Iterable[tuple[str, list[str]]]:
    found: dict[str, list[str]] = {}
    for row in rows:
        if of(row):
            found.setdefault(of(row), []).append(row.source)
    return found.items()


def facts(one: ExplainedCell) -> Iterator[tuple[str, str]]:
    """Both detectors, the statistics, and BD figures, each under its name."""
    cell, shown = one.judged.cell, one.detail
    if cell.basis is Basis.FILLER:  # a verdict or a p of invented rows would be taken for one of real ones
        yield "data", _BASES[cell.basis]
        return
    for name, tally in (("nearest", cell.nearest), ("interpolated", cell.interpolated), ("pooled", cell.pooled)):
        agrees = f": {detectors.agreement(cell, tally)}" if tally and name != cell.detector else ": decides"
        yield name, f"{_tally(tally)}{agrees if tally else ''}"
    why_not = "none: the design kept these clips for what they said" if shown.statistics.picked else ""
    yield "paired", detectors.paired(shown.statistics) or why_not or "no clip was compared"
    yield "noise", f"{detectors.noise_floor(shown.statistics)}; {_near(shown)}"
    yield "BD-rate", _bd(shown)
    yield "data", _BASES[cell.basis]


def _tally(tally: Tally | None) -> str:
    if tally is None:
        return "–"
    mean = f", mean Δ {wording.delta(tally.mean_delta)} over the hits" if tally.hits else ""
    worst = f", worst {wording.delta(tally.worst_delta)} on {tally.worst_source}" if tally.worst_source else ""
    return f"{tally.verdict.value} {wording.hits(tally)}{mean}{worst}"


def _near(shown: CellDetail) -> str:
    near = shown.statistics.within_floor
    return (
        f"within it of the tolerance: {wording.some_of(near, len(shown.sources))}"
        if near
        else "no clip lies within it of the tolerance"
    )


def _bd(shown: CellDetail) -> str:
    figures = [row.bd for row in shown.sources if row.bd is not None]
    because = "; ".join(
        f"none on {wording.some_of(sources, len(shown.sources))}: {reason}"
        for reason, sources in _grouped(shown.sources, lambda row: row.no_bd_because)
    )
    if not figures:
        return because or "none"
    rate = detectors.bd_rate(shown).removeprefix("BD-rate ")
    median = f"{rate}, BD-VMAF {wording.delta(shown.bd_vmaf)}, {_overlap(figures)}"
    return f"{median}; {because}" if because else median


def _overlap(figures: Sequence[Bd]) -> str:
    low, high = min(bd.overlap for bd in figures), max(bd.overlap for bd in figures)
    shared = f"{100 * low:.0f}" + (f" to {100 * high:.0f}" if round(low, 2) != round(high, 2) else "")
    return f"over the {shared} % of VMAF that both curves cover"


def grounds(explanation: Explanation) -> Iterator[tuple[str, str]]:
    """Samples, policy, and what else has to be known, each under its name."""
    for sample in dict.fromkeys(one.sample for one in explanation.cells):
        yield "evidence", f"{basis.sample_line(sample)}; sha256 {wording.short(sample.digest)}"
    yield "policy", basis.policy_line(explanation.policy)
    if explanation.trust is not None:
        yield "trust", f"{basis.trust_text(explanation.trust)}, as of {explanation.as_of}"
    for waiver in explanation.waivers:
        if waiver.status == "used":
            yield "waiver", f"until {waiver.expires}, {waiver.owner}: {waiver.reason}"
    for notice in explanation.notices:
        yield "notice", notice


def warnings(explanation: Explanation) -> tuple[str, ...]:
    """Said at the top where evidence isn't measured."""
    return tuple(basis.evidence_warnings(dict.fromkeys(one.sample for one in explanation.cells)))


def caption(one: ExplainedCell, policy: PolicyInfo) -> str:
    """What stands under every figure of a cell: provenance, rule, tolerances, N."""
    return f"Evidence: {basis.sample_line(one.sample)}. Rule: {basis.rule_line(policy)}; N = {one.sample.sources}."
