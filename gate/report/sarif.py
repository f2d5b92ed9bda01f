"""The report as SARIF 2.1.0: one result per offending line, its cells grouped; for code scanning and editors."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

from gate import __version__
from gate.errors import one_line
from gate.judge.model import Action, CellRow, Conclusion, JudgedChange, Report, UnresolvedPart
from gate.report import basis, detectors, first, wording
from gate.values import dataclass

UNRESOLVED = "unresolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule: a title, what it means, what mends it, and the level that it usually has."""

    title: str
    means: str
    mend: str
    level: str

    def as_sarif(self, name: str) -> dict[str, Any]:
        """A reportingDescriptor."""
        return {
            "id": name,
            "name": "".join(word.capitalize() for word in name.split("-")),
            "shortDescription": {"text": self.title},
            "fullDescription": {"text": self.means},
            "helpUri": f"{wording.RULES_PAGE}#{name}",
            "help": {"text": f"{self.means} {self.mend}", "markdown": f"{self.means}\n\n**What to do.** {self.mend}"},
            "defaultConfiguration": {"level": self.level},
            "properties": {"tags": ["encoder-defaults", "vmaf"]},
        }


_WAIVE = "Or have it waived in `.github/codec-gate.yml` on the target branch, with an owner and an expiry date."

# The gravest first: where a line has several findings, the first one names the result.
RULES = {
    "structural": Rule(
        title="Default falls in a structural cell",
        means="The default loses VMAF against the encoder's defaults at equal bitrate on most clips of the corpus, "
        "so it is no accident of content.",
        mend=f"Take the default back. {_WAIVE}",
        level="error",
    ),
    "forbidden": Rule(
        title="Default runs into a ship-blocker",
        means="The policy forbids this recipe, or a knob set that contains it.",
        mend=f"Take the default back. {_WAIVE}",
        level="error",
    ),
    "contains-structural": Rule(
        title="Default contains a structural recipe",
        means="The knobs contain a recipe that loses VMAF against the encoder's defaults on most clips of the corpus. "
        "The set as a whole was not measured.",
        mend=f"Take the recipe out of it, or measure the set and pin the sample. {_WAIVE}",
        level="error",
    ),
    UNRESOLVED: Rule(
        title="Adapter can't be read",
        means="The gate never runs the code that it judges, and this construct lies outside what it can model, "
        "so what the adapter emits is not known.",
        mend="Write it with constants, names and plain methods, or declare the defaults in a manifest.",
        level="error",
    ),
    "undetermined": Rule(
        title="Evidence leaves the default open",
        means="Too many sources are unknown to tell whether the loss is structural.",
        mend="Measure the cell on more sources and pin the new sample in the policy.",
        level="warning",
    ),
    "unmeasured": Rule(
        title="Default was never measured",
        means="No measured cell answers for this default, so nothing is known of it.",
        mend="Measure it and pin the new sample in the policy.",
        level="warning",
    ),
    "discouraged": Rule(
        title="Default is discouraged",
        means="The policy discourages this recipe, or a knob set that contains it.",
        mend="Think twice, and say in the pull request why it is worth it.",
        level="warning",
    ),
    "content-dependent": Rule(
        title="Default loses on some content",
        means="The default loses VMAF against the encoder's defaults on some clips, and structural loss is ruled out.",
        mend="Nothing has to be done; look whether your content is among those clips.",
        level="note",
    ),
}


_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Action.FAIL: "error", Action.WARN: "warning", Action.NOTICE: "note"}
_RESULTS = 5000  # code scanning shows no more, and refuses a run of 25,000
_CELLS = 20  # named in a message; the JSON report holds all
_MESSAGE = 4000
_RANKS = {rule: rank for rank, rule in enumerate(RULES)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing to say of a line."""

    path: str
    line: int
    rule: str
    action: Action
    text: str
    identity: tuple[str, ...]  # what stays the same when the line moves
    cells: tuple[dict[str, Any], ...] = ()
    waived: str = ""  # why, where a waiver lets it ship


def render_sarif(report: Report) -> str:
    """The report as one SARIF log. ASCII only."""
    lines = _by_line(findings(report))
    results = [_result(of, advisory=report.policy.mode == "advisory") for of in lines]
    return _text_of(_log(results, _invocation(report, max(0, len(results) - _RESULTS))))


def render_sarif_failure(words: str) -> str:
    """A log of a run that could not judge: no result, and why."""
    note = {"level": "error", "message": {"text": _plain(words)}}
    return _text_of(_log([], {"executionSuccessful": False, "toolExecutionNotifications": [note]}))


def findings(report: Report) -> Sequence[Finding]:
    """What is to be said of lines: changes that don't just pass, and parts that can't be read."""
    told = [_change(change, report) for change in report.changes if change.action is not Action.PASS]
    return [*told, *(_unresolved(part) for part in report.unresolved if part.action != "listed")]


def _log(results: Sequence[dict[str, Any]], invocation: dict[str, Any]) -> dict[str, Any]:
    driver = {
        "name": "codec-gate",
        "semanticVersion": __version__,
        "rules": [rule.as_sarif(name) for name, rule in RULES.items()],
    }
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": "codec-gate/"},
        "columnKind": "unicodeCodePoints",
        "invocations": [invocation],
        "results": results[:_RESULTS],
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _text_of(log: dict[str, Any]) -> str:
    return json.dumps(log, indent=2, allow_nan=False) + "\n"


def _by_line(of: Iterable[Finding]) -> Sequence[Sequence[Finding]]:
    """Findings of one line together, the gravest first; so are the lines."""
    found: dict[tuple[str, int], list[Finding]] = {}
    for finding in sorted(of, key=lambda finding: (-finding.action.gravity, _RANKS[finding.rule])):
        found.setdefault((finding.path, finding.line), []).append(finding)
    return list(found.values())


def _change(change: JudgedChange, report: Report) -> Finding:
    worst = change.worst_point
    rows = change.shown
    said = [f"{change.adapter}: {wording.changed(change)}."]
    said += [f"{name.capitalize()}: {text.rstrip('.')}." for name, text in first.answers(change, report)]
    said.append(_cells(rows))
    return Finding(
        path=change.path,
        line=change.line,
        rule=wording.rule_of(change),
        action=change.action,
        text=" ".join(said).strip(),
        identity=(change.adapter, change.kind, change.after),
        cells=tuple(_cell(row) for row in rows[:_CELLS]),
        waived="" if worst is None or worst.waiver is None else wording.waiver(report.waivers[worst.waiver]),
    )


def _unresolved(part: UnresolvedPart) -> Finding:
    preset = wording.at_presets(part.presets)
    return Finding(
        path=part.path,
        line=part.line,
        rule=UNRESOLVED,
        action=Action.FAIL if part.action == "error" else Action.WARN,
        text=f"{part.adapter or 'The adapters'}{preset} can't be read: {part.reason}.",
        identity=(part.adapter, ", ".join(part.presets), part.reason),
    )


def _cells(rows: Sequence[CellRow]) -> str:
    if not rows:
        return ""
    named = [f"{wording.place(row.cell.key)} {row.verdict} {wording.hits(row.cell)}" for row in rows[:_CELLS]]
    more = f"; {len(rows) - _CELLS} more in the JSON report" if len(rows) > _CELLS else ""
    return f"Cells: {'; '.join(named)}{more}."


def _cell(row: CellRow) -> dict[str, Any]:
    cell, key = row.cell, row.cell.key
    return {
        "rcMode": one_line(key.rc_mode, 200),
        "recipe": one_line(key.recipe, 200),
        "preset": one_line(key.preset, 200),
        "q": one_line(key.q, 200),
        "verdict": row.verdict,
        "hits": wording.hits(cell),
        "meanDelta": cell.mean_delta,
    }


def _result(of: Sequence[Finding], *, advisory: bool) -> dict[str, Any]:
    first = of[0]
    # An alert of level `error` fails code scanning's own check, which advisory mode must not.
    level = "warning" if advisory and first.action is Action.FAIL else _LEVELS[first.action]
    text = _plain(" ".join(finding.text for finding in of))
    cells = [cell for finding in of for cell in finding.cells][:_CELLS]
    return {
        "ruleId": first.rule,
        "ruleIndex": _RANKS[first.rule],
        "level": level,
        "message": {"text": text},
        "locations": [{"physicalLocation": _place(first)}],
        "partialFingerprints": {"codecGateDefault/v1": fingerprint(of)},
        **({"properties": {"cells": cells}} if cells else {}),
        **({"suppressions": [_suppression(first.waived)]} if all(finding.waived for finding in of) else {}),
    }


def _suppression(why: str) -> dict[str, Any]:
    return {"kind": "external", "status": "accepted", "justification": _plain(why)}


def _place(finding: Finding) -> dict[str, Any]:
    artifact = {"uri": relative_uri(finding.path), "uriBaseId": "%SRCROOT%"}
    region = {"region": {"startLine": finding.line}} if finding.line > 0 else {}
    return {"artifactLocation": artifact, **region}


def relative_uri(path: str) -> str:
    """A path of the repository as a relative URI; a colon or a byte that isn't UTF-8 is percent-encoded too."""
    return quote(path.encode("utf-8", "surrogateescape"), safe="/")


def _plain(text: str) -> str:
    """Data in a message can form neither SARIF's placeholders (`{0}`) nor its links (`[text](target)`)."""
    shown = one_line(text, _MESSAGE)
    return shown.replace("{", "{{").replace("}", "}}").replace("[", "\\[").replace("]", "\\]")


def fingerprint(of: Sequence[Finding]) -> str:
    """The same for the same defaults in the same file, wherever the line has moved."""
    parts = sorted((finding.rule, *finding.identity) for finding in of)
    text = json.dumps([of[0].path, parts])
    return hashlib.sha256(text.encode()).hexdigest()


def _invocation(report: Report, cut: int) -> dict[str, Any]:
    notes = [wording.headline(report), *detectors.warnings(report), basis.refs_line(report), *report.notices]
    if cut:
        notes.insert(0, f"{cut:,} more lines are not listed; the JSON report holds all")
    judged = report.conclusion is not Conclusion.ERROR
    return {
        "executionSuccessful": judged,
        "toolExecutionNotifications": [
            {"level": "note" if judged else "error", "message": {"text": _plain(note)}} for note in notes if note
        ],
    }
