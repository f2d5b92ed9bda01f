"""Every way to report, the job's log among them: what one loses is named, and touches neither others nor verdict."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from functools import partial
from typing import BinaryIO, TypeVar

from gate.errors import GateError, one_line
from gate.github.client import Client
from gate.github.commits import Commits
from gate.github.outcome import Outcome
from gate.github.outputs import (
    TEXT,
    ReportFiles,
    fitted,
    outputs,
    report_folder,
    write_outputs,
    write_page,
    write_reports,
    write_summary,
)
from gate.github.publish import publish_check_run, publish_comment, publish_status
from gate.github.runner import Inputs, Runner
from gate.report.annotations import COMMANDS, Finding, command
from gate.report.gfm import code, escaped
from gate.values import dataclass, field, replace

_T = TypeVar("_T")
PER_STEP = 10  # of each level; the runner drops what comes after


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """Where a step's output goes; the runner reads every line of it for commands."""

    stream: BinaryIO

    def say(self, text: str) -> None:
        """Lines of words."""
        for line in text.splitlines() or [""]:
            self._write(plain(line))

    def block(self, text: str) -> None:
        """Lines that hold a pull request's text: commands are switched off around them, beside being disarmed."""
        token = secrets.token_hex(16)
        self._write(f"::stop-commands::{token}")
        self.say(text)
        self._write(f"::{token}::")

    def annotate(self, findings: Iterable[Finding]) -> int:
        """Up to ten annotations of each level, the worst first; how many found no place."""
        left = dict.fromkeys(COMMANDS, PER_STEP)
        dropped = 0
        for finding in findings:
            if left[finding.level] == 0:
                dropped += 1
                continue
            left[finding.level] -= 1
            self._write(command(finding))
        return dropped

    def _write(self, line: str) -> None:
        self.stream.write(line.encode("utf-8", "backslashreplace") + b"\n")
        self.stream.flush()


def plain(line: str) -> str:
    """One line that is no command: `::` at its start and `##[` anywhere are what the runner looks for."""
    shown = one_line(line, 4000)
    if shown.lstrip().startswith("::"):
        shown = "\\" + shown.lstrip()
    return shown.replace("##[", "#\\#[")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporter:
    """Where one step reports."""

    runner: Runner
    inputs: Inputs
    client: Client
    log: Log
    lost: list[str] = field(default_factory=list)  # what could not be reported, for those ways that come later
    folders: list[str] = field(default_factory=list)  # those that hold reports

    def attempt(self, way: str, publish: Callable[[], _T], instead: _T) -> _T:
        """Report one way. Whatever goes wrong is said, and nothing else: the verdict stands already."""
        try:
            return publish()
        except GateError as error:
            words = str(error)
        except Exception as error:  # also a bug of a way to report must not change the verdict
            words = f"{type(error).__name__}: {one_line(str(error), 300)}"
        self.lost.append(f"{way} lost: {words}")
        self.log.say(f"codec-gate: {self.lost[-1]}")
        return instead


def report(desk: Reporter, outcome: Outcome, commits: Commits | None, notes: tuple[str, ...], folder: str = "") -> None:
    """Report one verdict in every way that is asked for."""
    desk.log.block(outcome.text)
    files = desk.attempt("report files", lambda: _files(desk, outcome, folder), ReportFiles())
    where = files.words
    shown = False
    if commits is not None:
        shown = _through_api(desk, outcome, commits, notes, where)
    if desk.inputs.annotations and not shown:
        desk.attempt("annotations", lambda: _annotate(desk, outcome), None)
    for note in notes:
        desk.log.say(f"codec-gate: {note}")
    if desk.runner.summary is not None:
        place = desk.runner.summary
        tail = "\n".join(filter(None, (_page(files), _tail((*notes, *desk.lost)))))
        title = f"# Pull request {commits.number}\n\n" if folder and commits is not None else ""
        desk.attempt("job summary", lambda: write_summary(place, title + outcome.markdown, tail, where), None)
    if desk.runner.outputs is not None:
        handed = desk.runner.outputs
        desk.attempt("outputs", lambda: write_outputs(handed, outputs(outcome, files)), None)


def _files(desk: Reporter, outcome: Outcome, folder: str) -> ReportFiles:
    workspace = desk.runner.workspace
    place = report_folder(workspace, folder)
    desk.folders.append(str(place.relative_to(workspace)))
    files = replace(write_reports(outcome, place, workspace), folder="\n".join(desk.folders))
    found = outcome.report
    if found is None:
        return files
    return replace(files, html=desk.attempt("HTML report", lambda: write_page(found, place, workspace), ""))


def _annotate(desk: Reporter, outcome: Outcome) -> None:
    dropped = desk.log.annotate(outcome.findings)
    if dropped:
        desk.log.say(f"codec-gate: {dropped} more annotations: GitHub shows ten of a kind for each step; all are above")


def _through_api(desk: Reporter, outcome: Outcome, commits: Commits, notes: tuple[str, ...], where: str) -> bool:
    """The ways that need a token; whether the check run shows every annotation, so that no other way must."""
    inputs, runner, client = desk.inputs, desk.runner, desk.client
    text = fitted(outcome.markdown, _tail(notes), TEXT, where)
    unshown = -1
    if inputs.check_run:
        check_run = partial(
            publish_check_run,
            client,
            outcome,
            commit=commits.subject,
            key=f"{runner.run_id}-{runner.attempt}-{commits.head}",
            summary=text,
            details=runner.run_url,
        )
        unshown = desk.attempt("check run", check_run, -1)
    if inputs.comment:
        desk.attempt("comment", lambda: _comment(desk, outcome, commits, text), None)
    if inputs.commit_status:
        status = partial(publish_status, client, commits.subject, outcome, runner.run_url)
        desk.attempt("commit status", status, None)
    return unshown == 0


def _comment(desk: Reporter, outcome: Outcome, commits: Commits, text: str) -> None:
    if commits.number is None:
        desk.log.say("codec-gate: no comment: this event belongs to no pull request")
        return
    worth = not outcome.green or outcome.report is None or bool(outcome.report.changes)
    publish_comment(desk.client, number=commits.number, text=text, worth_starting=worth)


def _page(files: ReportFiles) -> str:
    """Where the report as a page is: nothing that a step writes can be opened from the summary itself."""
    if not files.html:
        return ""
    return (
        f"- The report as a page, with curves and every cell: {code(files.html)} of the workspace; among the run's "
        "artifacts where the workflow uploads the folder."
    )


def _tail(lines: tuple[str, ...]) -> str:
    return "\n".join(f"- {escaped(line)}" for line in lines)


def tamper_note(runner: Runner, inputs: Inputs) -> tuple[str, ...]:
    """Said where the author of a pull request could have replaced the very job that judges it."""
    if runner.event_name != "pull_request" or inputs.tamper_proof:
        return ()
    # A required workflow of a ruleset is read from its own repository and ref, not from the merge commit.
    if runner.workflow_ref and "@refs/pull/" not in runner.workflow_ref:
        return ()
    page = f"{runner.server}/{runner.action}#tamper-proof" if runner.action else "the README's section Tamper-proof"
    return (
        "not tamper-proof: on this event the workflow file is the author's own; a ruleset's required workflow and "
        f"CODEOWNERS on .github/ prevent that: see {page}",
    )
