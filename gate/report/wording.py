"""The words of a report in every format: its first line, why, what to do, the waiver to paste, evidence and policy."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from gate.errors import one_line
from gate.evidence.model import CellKey, CellVerdict, Detector, SourceState, Tally
from gate.judge.judged_by import WaiverInfo
from gate.judge.model import (
    Action,
    CellRow,
    Conclusion,
    JudgedChange,
    JudgedPoint,
    PointVerdict,
    RaisesPart,
    Report,
    RuleHit,
)

_LONGEST = 1000  # characters; what is cut couldn't be pasted, and no real knob set comes near
_TO_FILL = (
    "    reason:   # why this loss may ship",
    "    owner:    # who answers for it",
    "    expires:  # YYYY-MM-DD, the first day (UTC) on which it no longer counts",
)


def waiver_lines(change: JudgedChange) -> tuple[str, ...]:
    """The `waivers:` part of a policy, an entry per knob set that fails; empty where nothing can be waived so."""
    failing: dict[tuple[tuple[str, str], ...], list[JudgedPoint]] = {}
    for point in change.points:
        if point.action is Action.FAIL and point.knobs:
            failing.setdefault(tuple(point.knobs.items()), []).append(point)
    entries = [line for points in failing.values() for line in _entry(change.codec, points)]
    if not entries or max(map(len, entries)) > _LONGEST:
        return ()
    return ("waivers:", *entries)


def _entry(codec: str, points: list[JudgedPoint]) -> Iterator[str]:
    yield f"  - codec: {_text(codec)}"
    yield f"    knobs: {{{_pairs(points[0].knobs)}}}"
    presets = _presets(points)
    if presets:
        yield f"    preset: [{', '.join(map(_text, presets))}]"
    yield from _TO_FILL


def _presets(points: Iterable[JudgedPoint]) -> tuple[str, ...]:
    """The presets that the waiver must name: the asked ones, and those that stood in. None where that isn't known."""
    named: dict[str, None] = {}
    for point in points:
        if not point.preset or not point.cells:
            return ()
        named |= dict.fromkeys([point.preset, *(judged.key.preset for judged in point.cells)])
    return tuple(named)


def _pairs(knobs: Mapping[str, str]) -> str:
    return ", ".join(f"{_text(name)}: {_text(value)}" for name, value in knobs.items())


def _text(text: str) -> str:
    return json.dumps(text)  # a JSON string is a YAML string, and escapes all that isn't ASCII


POLICY_PATH = ".github/codec-gate.yml"
_REMEDIES = {
    PointVerdict.DISCOURAGED: "Think twice about {what}.",
    PointVerdict.UNMEASURED: "Measure {what}.",
    PointVerdict.UNDETERMINED: "Measure {what} on more clips.",
}
_CLOSER = (
    "Measure {what} at targets closer together (some clips have nothing to compare with), or let another method decide."
)


def headline(report: Report) -> str:
    """The verdict in one line, what was not judged included."""
    counts = report.counts
    if report.conclusion is Conclusion.ERROR:
        count = sum(part.action == "error" for part in report.unresolved)
        also = f"; beside that, {_blocking(report)}" if report.blocked else ""
        return f"{_advisory(report)}COULD NOT JUDGE: {counted(count, 'part')} of the adapters can't be read{also}"
    if report.blocked:
        verdict = "BLOCKED" if report.conclusion is Conclusion.FAILURE else "ADVISORY, WOULD BLOCK"
        return f"{verdict}: {_blocking(report)}"
    not_judged = f", {counts.not_judged} NOT JUDGED" if counts.not_judged else ""
    if report.base == report.head and not report.changes:
        return f"{_advisory(report)}PASSED{not_judged}: nothing was compared, base and head are one commit"
    return f"{_advisory(report)}PASSED{not_judged}: {_passing(report)}"


def _advisory(report: Report) -> str:
    return "ADVISORY, " if report.policy.mode == "advisory" else ""


def _blocking(report: Report) -> str:
    """`3 of 6 changed defaults must not ship (h264_nvenc, libx264); 10 more not judged`."""
    counts = report.counts
    judged = sum(not change.not_judged for change in report.changes)
    names = one_line(", ".join(dict.fromkeys(c.adapter for c in report.changes if c.action is Action.FAIL)), 200)
    more = f"; {counts.not_judged} more not judged" if counts.not_judged else ""
    return f"{counts.failing} of {counted(judged, 'changed default')} must not ship ({names}){more}"


def _passing(report: Report) -> str:
    gone = f"; {counted(report.counts.gone, 'adapter')} gone, or silent for a preset" if report.counts.gone else ""
    if not report.changes:
        return _unchanged(report, gone) + _unread(report)
    changes = counted(report.counts.changes, "change")
    if all(change.kind == "quality-default" and "preset=" not in change.after for change in report.changes):
        names = one_line(", ".join(dict.fromkeys(change.adapter for change in report.changes)), 120)
        return f"{changes} of defaults, only quality moved ({names}){gone}{_unread(report)}"
    losing = f"{report.counts.waived} waived" if report.counts.waived else "none structural"
    return f"{changes} of defaults, {losing}{gone}{_unread(report)}"


def _unchanged(report: Report, gone: str) -> str:
    if any(part.action != "listed" for part in report.unresolved):
        return f"no default changed of what can be read{gone}"
    if report.counts.renamed:
        renamed = counted(report.counts.renamed, "adapter")
        return f"{renamed} renamed, no new default{gone}" if gone else f"{renamed} renamed, no other default changed"
    return f"no new default{gone}" if gone else "no default changed"


def _unread(report: Report) -> str:
    if not report.unread:
        return ""
    kind = "a watched file" if any(file.watched for file in report.unread) else "a file that uses adapters"
    what = kind if len(report.unread) == 1 else f"{len(report.unread)} files that are watched or use adapters"
    return f", but {what} did, not judged: {one_line(', '.join(file.path for file in report.unread), 120)}"


def remedy(change: JudgedChange) -> str:
    """What to do about a change that fails or warns; empty where nothing that helps is known.

    What may take its place is said only where the judge has said that it passes.
    """
    worst = change.worst_point
    if worst is None or worst.action not in {Action.FAIL, Action.WARN}:
        return ""
    waive = f"ave it waived in {POLICY_PATH} on the target branch."
    if change.suggestion is not None:
        return f"{change.suggestion.text} Or have it waived."
    if worst.verdict not in _REMEDIES:
        return f"H{waive}"
    after = [text for text in change.after.split(", ") if text.partition("=")[0] not in worst.context]
    # Nobody measures a GOP length, or a filter.
    form = _CLOSER if worst.verdict is PointVerdict.UNDETERMINED and _abstains(change) else _REMEDIES[worst.verdict]
    words = form.format(what=_measurable(worst)) if worst.knobs and after else ""
    return f"{words} Or h{waive}".strip() if worst.action is Action.FAIL else words


def _abstains(change: JudgedChange) -> bool:
    """Whether clips are unknown because nothing was comparable there, more than because nobody measured them."""
    states = Counter(source.state for row in change.deciding if row.detail for source in row.detail.sources)
    return states[SourceState.ABSTAINS] > states[SourceState.ABSENT]


def _measurable(point: JudgedPoint) -> str:
    """What evidence lacks of a point: its knobs, and of knobs that were measured elsewhere the preset too."""
    knobs = ", ".join(f"{name}={value}" for name, value in point.knobs.items())
    return knobs if point.recipe is None or not point.preset else f"{knobs} at preset {point.preset}"


def kind(change: JudgedChange) -> str:
    """The kind of a change in words: `knob added`."""
    return change.kind.replace("-", " ")


def changed(change: JudgedChange) -> str:
    """`knob added: (none) → bf=3`; the kind alone where nothing can be said of before and after."""
    values = f": {change.before or '(none)'} → {change.after or '(none)'}" if change.before or change.after else ""
    return kind(change) + values


RULES_PAGE = "https://codec-gate.github.io/codec-gate/reference/rules.html"
"""Where the documentation has a part per rule."""
_RULES = tuple(PointVerdict)[tuple(PointVerdict).index(PointVerdict.CONTENT_DEPENDENT) :]  # the graver ones


def rule_of(change: JudgedChange) -> str:
    """The id of the rule that a change runs into."""
    worst = change.worst_point
    return (worst.verdict if worst and worst.verdict in _RULES else PointVerdict.CONTENT_DEPENDENT).value


def rules_line(report: Report) -> str:
    """The rules that changes run into, and where they are explained."""
    return f"{', '.join(dict.fromkeys(map(rule_of, report.changes)))}: {RULES_PAGE}"


WHO = {
    Detector.NEAREST: "the nearest bare rows",
    Detector.INTERPOLATED: "the bare ladder at equal bitrate",
    Detector.BOTH: "both detectors together",
    Detector.FILLED: "the nearest bare rows, or else the ladder",
    Detector.POOLED: "the recipe's ladder over all its q",
}
"""What a detector compares with, in the trade's words."""


def why(change: JudgedChange) -> str:
    """One sentence on what decided a change."""
    return change.worst_point.why if change.worst_point else ""


def rest(rows: Iterable[CellRow]) -> str:
    """What the rows without a line of their own amount to: `3 clean, 12 unmeasured (all filler, not published)`."""
    cells = [row.cell for row in rows if not row.shown]
    counts = Counter(cell.verdict for cell in cells)
    screened, filler = sum(cell.screened for cell in cells), sum(cell.basis == "filler" for cell in cells)
    of_them = "all" if filler == counts[CellVerdict.UNMEASURED] else filler
    notes = {
        CellVerdict.NO_EFFECT: " (the bare encoder's very stream)",
        CellVerdict.CLEARED: f" ({screened} of them by a screen that may miss)" if screened else "",
        CellVerdict.UNMEASURED: f" ({of_them} filler: invented rows, no evidence)" if filler else "",
    }
    order = (CellVerdict.NO_EFFECT, CellVerdict.CLEAN, CellVerdict.CLEARED, CellVerdict.UNMEASURED)
    return ", ".join(f"{counts[kind]} {kind.value}{notes.get(kind, '')}" for kind in order if counts[kind])


def unjudged(change: JudgedChange) -> str:
    """The adapter's presets that reach no measured cell at all, by reason; empty where there are none."""
    presets: dict[str, list[str]] = {}
    for point in change.points:
        if point.not_judged and not point.cells:
            presets.setdefault(point.why, []).extend(point.adapter_presets)
    return "; ".join(f"{', '.join(dict.fromkeys(names))} ({why})" for why, names in presets.items())


def rule_hits(change: JudgedChange) -> tuple[RuleHit, ...]:
    """The ship-blockers that a change runs into, each once."""
    hits = {(hit.kind, hit.recipe, hit.scope): hit for point in change.points for hit in point.rules}
    return tuple(hits.values())


def rule_hit(hit: RuleHit) -> str:
    """A ship-blocker that a change runs into, as a sentence."""
    verb = "Forbidden" if hit.kind == "forbid" else "Discouraged"
    reference = f" [{hit.reference}]" if hit.reference else ""
    waived = " Waived." if hit.waiver is not None else ""
    return f"{verb}: {hit.recipe}{_scope(hit.scope)}: {hit.reason}{reference}.{waived}"


def notices(report: Report) -> Iterator[str]:
    """What else has to be known: notices, what is silent by design, waivers."""
    yield from report.notices
    yield from (f"{silent(part)}: raises {part.exception} ({part.path}:{part.line})" for part in report.raises)
    yield from (f"waiver {waiver(one)}" for one in report.waivers)


def waiver(one: WaiverInfo) -> str:
    """`used: h264_nvenc bf3, until 2027-01-01, video team: archive tier`."""
    until = f"until {one.expires}, {one.owner}: {one.reason}"
    return f"{one.status}: {one.codec} {one.recipe}{_scope(one.scope)}, {until}"


def _scope(scope: str) -> str:
    return f" ({scope})" if scope else ""


def silent(part: RaisesPart) -> str:
    """`av1_videotoolbox emits nothing at fast`."""
    return f"{part.adapter} emits nothing" + (f" at {', '.join(part.presets)}" if part.presets else "")


UNREAD_REMEDY = "Write it in a form that can be read, or declare these defaults in a manifest (reader: manifest)."


def at_presets(presets: Sequence[str]) -> str:
    """` at presets fast, slow`; empty for all of an adapter."""
    return f" at preset{'s' if len(presets) > 1 else ''} {', '.join(presets)}" if presets else ""


_RATES = ("vbr", "cbr", "abr", "la-vbr", "avbr", "vcm", "vbr-peak", "vbr-latency", "hqvbr", "hqcbr")
_UNITS = {  # by the canonical names of rate controls; a sample's own label says no unit
    **dict.fromkeys(_RATES, "{} Mbit/s"),
    "crf": "CRF {}",
    "constrained-quality": "CRF {}",
    "cqp": "QP {}",
    "vbr-cq": "CQ {}",
}


def target(rc_mode: str, q: str) -> str:
    """What a rate control aims at, with its unit: `2 Mbit/s`, `CRF 23`; `q 5` where the label says none."""
    return _UNITS.get(rc_mode, "q {}").format(q)


def place(key: CellKey) -> str:
    """A cell as people say it: `bf3 at preset p1, vbr 2 Mbit/s`, `cavlc at preset fast, CRF 23`."""
    aim = target(key.rc_mode, key.q)
    return f"{key.recipe} at preset {key.preset}, {'' if key.rc_mode in {'crf', 'cqp'} else f'{key.rc_mode} '}{aim}"


def hits(tally: Tally) -> str:
    """`7/9`; what is unknown stands behind it."""
    return f"{tally.hits}/{tally.sources}" + (f" ({tally.unknown} unknown)" if tally.unknown else "")


def bracketed(tally: Tally) -> str:
    """`(7/9)`, `(5/9, 2 unknown)`."""
    return f"({hits(tally).replace(' (', ', ').rstrip(')')})"


def delta(value: float | None) -> str:
    """A VMAF difference with a real minus sign, two decimals; a dash for none."""
    if value is None:
        return "–"
    return f"{round(value, 2) + 0.0:+.2f}".replace("-", "−")  # + 0.0 makes -0.0 a plain 0


def some_of(sources: Sequence[str], total: int) -> str:
    """Sources by name, or that it is all of them."""
    return f"all {total} clips" if len(sources) == total > 1 else ", ".join(sources)


def percent(value: float | None) -> str:
    """A share with sign and one decimal: `+3.1 %`; a dash for none."""
    return "–" if value is None else f"{round(value, 1) + 0.0:+.1f} %".replace("-", "−")  # + 0.0 makes -0.0 a plain 0


SLOW_KBPS = 99.95
"""Below this a bitrate has a decimal: a whole kbit/s would be much of it."""


def kbps(value: float | None) -> str:
    """A bitrate in kbit/s with thousands separated; a dash for none."""
    return "–" if value is None else f"{value:,.{1 if value < SLOW_KBPS else 0}f}"


def short(oid: str) -> str:
    """The first twelve digits of a commit or digest; `work tree` as it is."""
    return oid if " " in oid else oid[:12]


def counted(count: int, noun: str) -> str:
    """`1 change`, `2 changes`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
