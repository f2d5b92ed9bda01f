"""The HTML pages of a check and of an explanation, and one explained cell as an image."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gate.errors import UsageError
from gate.evidence.model import Cell, CellDetail, CellKey, disagree
from gate.judge.explain_model import ExplainedCell, Explanation
from gate.judge.judged_by import PolicyInfo, SampleInfo
from gate.judge.model import Action, CellRow, JudgedChange, Report
from gate.report import basis, detectors, first, wording
from gate.report import explain as words
from gate.report.charts.cell import cell_figure
from gate.report.charts.images import Form, render_image
from gate.report.html.model import Corpus, Listing, Note, Page, PageCell
from gate.report.html.page import render_page
from gate.report.wording import waiver_lines


def render_explanation_html(explanation: Explanation) -> str:
    """The explanation as one HTML file that needs no network."""
    samples = tuple(dict.fromkeys(one.sample for one in explanation.cells))
    gravest = max(explanation.cells, key=lambda one: one.judged.action.gravity, default=None)
    page = Page(
        title=f"codec-gate: {words.subject(explanation)}",
        headline=words.headline(explanation.cells[0]) if len(explanation.cells) == 1 else words.subject(explanation),
        action=gravest.judged.action if gravest else None,
        warnings=words.warnings(explanation),
        corpora=tuple(_corpus(sample, explanation.policy) for sample in samples),
        cells=tuple(_explained_cell(one, samples.index(one.sample), explanation) for one in explanation.cells),
        slices=explanation.slices,
        facts=tuple(words.grounds(explanation)),
    )
    return render_page(page)


def render_explanation_image(explanation: Explanation, form: Form) -> bytes:
    """The one cell of an explanation as a figure.

    Raises:
        UsageError: it isn't one cell, or vl-convert isn't installed.
    """
    if len(explanation.cells) != 1:
        what = f"an image shows one cell, and this is {wording.counted(len(explanation.cells), 'cell')}"
        raise UsageError(what, where=words.subject(explanation), fix="name one cell, or take --format html")
    (one,) = explanation.cells
    caption, tolerance = words.caption(one, explanation.policy), explanation.policy.tolerances.vmaf
    detector = one.judged.cell.detector
    figure = cell_figure(one.detail, explanation.slices, caption=caption, tolerance_vmaf=tolerance, detector=detector)
    return render_image(figure, form)


def _explained_cell(one: ExplainedCell, corpus: int, explanation: Explanation) -> PageCell:
    return PageCell(
        cell=one.judged.cell,
        corpus=corpus,
        sources=one.detail.sources,
        adapters=(one.adapter,) if one.adapter else (),
        action=one.judged.action,
        waived=one.judged.waiver is not None,
        about=(
            *words.consequences(one, explanation.policy),
            *words.remarks(one),
            *(f"{name}: {value}." for name, value in words.facts(one)),
        ),
    )


def render_html(report: Report) -> str:
    """The whole report as one HTML file that needs no network."""
    return render_page(check_page(report))


def render_html_failure(words: str) -> str:
    """A page that says why there is no verdict."""
    return render_page(Page(title="codec-gate: could not judge", headline=words, action=Action.FAIL))


def check_page(report: Report) -> Page:
    """What the page of a check shows: changes by gravity, then every new cell that they reach, the gravest first."""
    return Page(
        title=f"codec-gate: {wording.headline(report)}",
        headline=wording.headline(report),
        action=_action(report),
        warnings=detectors.warnings(report),
        notes=(*(_change(change, report) for change in report.changes), *_unread(report)),
        corpora=tuple(_corpus(sample, report.policy) for sample in report.samples),
        cells=_cells(report),
        slices=report.slices,
        facts=tuple(_facts(report)),
    )


def _action(report: Report) -> Action:
    if report.blocked or report.conclusion != "success":
        return Action.FAIL
    return Action.WARN if report.counts.not_judged or report.counts.warned else Action.PASS


def _corpus(sample: SampleInfo, policy: PolicyInfo) -> Corpus:
    return Corpus(
        codecs=sample.codecs,
        tolerance_vmaf=policy.tolerances.vmaf,
        caption=f"{basis.figure_line(sample, policy)}.",
    )


# --- cells ---


def _cells(report: Report) -> tuple[PageCell, ...]:
    """Every new cell once, with all the adapters that reach it; the gravest first."""
    corpora = {codec: at for at, sample in enumerate(report.samples) for codec in sample.codecs}
    by_key: dict[CellKey, list[tuple[str, CellRow]]] = {}
    for change in report.changes:
        for row in change.rows:
            by_key.setdefault(row.cell.key, []).append((change.adapter, row))
    made = (_cell(reached, corpora.get(key.codec)) for key, reached in by_key.items())
    return tuple(sorted(made, key=_order))


def _order(item: PageCell) -> tuple[int, float, int]:
    """As a change's rows stand in every format: the gravest, then the deepest."""
    return -item.action.gravity if item.action else 0, item.cell.worst_delta or 0.0, -item.cell.hits


def _cell(reached: Sequence[tuple[str, CellRow]], corpus: int | None) -> PageCell:
    gravest = max((row for _, row in reached), key=lambda row: row.judged.action.gravity)
    stands_for = tuple(dict.fromkeys(preset for _, row in reached for preset in row.stands_for))
    return PageCell(
        cell=gravest.cell,
        corpus=corpus,
        sources=gravest.detail.sources if gravest.detail else (),
        adapters=tuple(dict.fromkeys(adapter for adapter, _ in reached)),
        action=gravest.judged.action,
        about=tuple(_about(gravest, stands_for)),
        waived=gravest.judged.waiver is not None,
    )


def _about(row: CellRow, presets: tuple[str, ...]) -> Iterable[str]:
    if presets:
        yield f"It is the nearest to preset {', '.join(presets)}, which wasn't measured."
    if row.judged.contained:
        yield "The new default has more knobs than this recipe: it contains it."
    if row.judged.waiver is not None:
        yield "A waiver covers it."
    if row.cell.screened:
        yield "A design that may miss cleared it, on fewer sources than rule a structural cell out."
    if row.detail:
        yield from statistics(row.cell, row.detail)


def statistics(cell: Cell, one: CellDetail) -> Iterable[str]:
    """Whether the methods disagree on a cell, and what its statistics say, a sentence each."""
    if disagree(cell.nearest, cell.interpolated):
        yield f"The methods disagree: {detectors.who_says_what(cell)}."
    fragile = detectors.fragility(one.statistics) if one.statistics.fragile else ""
    for said in (detectors.paired(one.statistics), detectors.bd_rate(one), fragile):
        if said:
            yield f"{said[0].upper()}{said[1:]}."


# --- what stands around them ---


def _change(change: JudgedChange, report: Report) -> Note:
    return Note(
        title=f"{change.adapter}: {wording.changed(change)}",
        action=change.action,
        place=f"{change.path}:{change.line}",
        answers=tuple(first.answers(change, report)),
        listings=tuple(_listings(change)),
        lines=tuple(line for line in _remarks(change, report) if line),
    )


def _remarks(change: JudgedChange, report: Report) -> Iterable[str]:
    if change.suggestion is not None:
        yield f"Verified: {change.suggestion.verified}."
    yield from map(wording.rule_hit, wording.rule_hits(change))
    yield from detectors.remarks(change.shown)
    yield detectors.screen_remark(change, report)


def _listings(change: JudgedChange) -> Iterable[Listing]:
    offered = change.suggestion
    if offered and offered.before_lines:
        edit = (*(f"-{line}" for line in offered.before_lines), *(f"+{line}" for line in offered.after_lines))
        yield Listing(title=f"Suggested edit at {offered.path}:{offered.line}", lines=edit, shown=True)
    waiver = waiver_lines(change) if change.action is Action.FAIL else ()
    if waiver:
        where = f"{wording.POLICY_PATH} of the target branch, the empty keys filled in"
        yield Listing(title=f"How to waive it, if one must: {where}", lines=waiver)


def _unread(report: Report) -> Iterable[Note]:
    for part in report.unresolved:
        preset = wording.at_presets(part.presets)
        action = {"error": Action.FAIL, "warn": Action.WARN, "listed": Action.NOTICE}[part.action]
        known = "; nothing of it differs from base" if part.action == "listed" else ""
        yield Note(
            title=f"{part.adapter or 'adapters'}{preset}: could not be read{known}",
            action=action,
            place=f"{part.path}:{part.line}",
            answers=(("why", part.reason), *([("to do", wording.UNREAD_REMEDY)] if part.action != "listed" else [])),
        )


def _facts(report: Report) -> Iterable[tuple[str, str]]:
    for sample in report.samples:
        yield "Evidence", f"{basis.sample_line(sample)}; sha256 {sample.digest}"
    yield "Policy", basis.policy_line(report.policy)
    yield "Compared", basis.refs_line(report)
    if report.changes:
        yield "Rules", wording.rules_line(report)
    yield from (("Notice", notice) for notice in wording.notices(report))
