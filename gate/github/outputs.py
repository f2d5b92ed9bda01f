"""Report files, job summary, step outputs, to GitHub's limits."""

from __future__ import annotations

import json
import os
import secrets
import stat
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

from gate.errors import GateError
from gate.github.outcome import Outcome
from gate.judge.model import Report
from gate.report.cut import cut_markdown
from gate.values import dataclass

SUMMARY = 1_000_000  # bytes; the limit is 1 MiB
TEXT = 60_000  # bytes, of a check run's or a comment's text; the limit is 65,535 characters
DESCRIPTION = 140  # characters, of a commit status


def fitted(markdown: str, tail: str, limit: int, where: str) -> str:
    """`markdown`, then `tail`, in at most `limit` bytes; the first is cut at a row, telling `where` the rest is."""
    end = f"\n{tail}\n" if tail else ""
    room = limit - len(end.encode("utf-8", "replace"))
    return cut_markdown(markdown, limit=room, rest=where) + end


_FOLDER = "codec-gate-report"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFiles:
    """Where the reports lie, relative to the workspace, so that a path holds inside and outside of a container.

    `folder`: this verdict's and those of the step's earlier ones, one per line.
    """

    json: str = ""
    markdown: str = ""
    sarif: str = ""
    html: str = ""
    folder: str = ""

    @property
    def words(self) -> str:
        """Where the whole report is, for whoever reads a cut one."""
        if not self.markdown:
            return "The job's log has it all."
        return f"The whole report is in the job's log and in `{self.json or self.markdown}` of the workspace."


def report_folder(workspace: Path, part: str = "") -> Path:
    """A new folder. One that a pull request committed (or a link of that name) is never written into."""
    folder = workspace / (f"{_FOLDER}-{part}" if part else _FOLDER)
    try:
        folder.mkdir(mode=0o755)
    except FileExistsError:
        folder = Path(tempfile.mkdtemp(prefix=f"{_FOLDER}-", dir=workspace))
        folder.chmod(0o755)
    return folder


def write_reports(outcome: Outcome, folder: Path, workspace: Path) -> ReportFiles:
    """JSON, Markdown and SARIF of one verdict; where there is none, only the Markdown that says why."""
    texts = {"markdown": (outcome.markdown, "md")}
    if outcome.report is not None:
        from gate.report.json import render_json  # noqa: PLC0415 - beside the next
        from gate.report.sarif import render_sarif  # noqa: PLC0415 - only this needs it

        texts |= {"json": (render_json(outcome.report), "json"), "sarif": (render_sarif(outcome.report), "sarif")}
    written = {name: _written(folder / f"report.{end}", text) for name, (text, end) in texts.items()}
    return ReportFiles(**{name: str(place.relative_to(workspace)) for name, place in written.items()})


def write_page(report: Report, folder: Path, workspace: Path) -> str:
    """The verdict as one HTML file; where it lies, relative to the workspace."""
    from gate.report.html.check import render_html  # noqa: PLC0415 - brings the template engine along

    return str(_written(folder / "report.html", render_html(report)).relative_to(workspace))


def _written(place: Path, text: str) -> Path:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
    with os.fdopen(os.open(place, flags, 0o644), "wb") as file:
        file.write(text.encode("utf-8", "backslashreplace"))
    return place


def write_summary(path: Path, markdown: str, tail: str, where: str) -> None:
    """Append to the job summary, within its limit in bytes with what an earlier report of this step wrote.

    Raises: GateError: what earlier reports wrote leaves no room.
    """
    used = path.stat().st_size if path.exists() else 0
    text = fitted(markdown, tail, max(2_000, SUMMARY - used), where)
    contents = ("\n" if used else "").encode() + text.encode("utf-8", "backslashreplace") + b"\n"
    if used + len(contents) > SUMMARY + 40_000:
        raise GateError(f"the reports before this one leave no room within {SUMMARY:,} bytes", fix=where)
    with path.open("ab") as file:
        file.write(contents)


def outputs(outcome: Outcome, files: ReportFiles) -> Mapping[str, str]:
    """The step's outputs."""
    report = outcome.report
    return {
        "verdict": outcome.headline[:1000],
        "conclusion": outcome.conclusion.value,
        "counts": json.dumps(asdict(report.counts)) if report else "{}",
        "failing": str(report.counts.failing) if report else "",
        "not-judged": str(report.counts.not_judged) if report else "",
        "json-path": files.json,
        "sarif-path": files.sarif,
        "markdown-path": files.markdown,
        "report-html": files.html,
        "report-folder": files.folder,
    }


def write_outputs(path: Path, values: Mapping[str, str]) -> None:
    """Hand outputs to the runner; a delimiter that nobody can guess keeps a value from forging another output."""
    delimiter = f"gate_{secrets.token_hex(16)}"
    text = "".join(f"{name}<<{delimiter}\n{value}\n{delimiter}\n" for name, value in values.items())
    with path.open("ab") as file:
        file.write(text.encode("utf-8", "backslashreplace"))


def hand_back(workspace: Path, written: Iterable[Path]) -> None:
    """Give what root owns in the folders `written` to the workspace's owner; nothing where this process isn't root.

    A container runs as root. Without this the next job's user could neither delete the reports nor add an object to a
    folder of git's that a fetch has made.

    Raises: OSError: a file can't be given away.
    """
    if sys.platform == "win32" or os.geteuid() != 0:
        return
    top = workspace.resolve()
    owner = top.stat()
    if owner.st_uid == 0:
        return
    for place in written:
        folder = place.resolve()
        # A link must not lead to another's files.
        if folder.is_dir() and folder != top and folder.is_relative_to(top):
            for path in _roots(folder):
                os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


def _roots(folder: Path) -> Iterator[Path]:
    """What root owns of a folder, itself included, links not followed."""
    below = (Path(place, name) for place, folders, files in os.walk(folder) for name in (*folders, *files))
    for path in (folder, *below):
        found = path.lstat()
        # A file with a second name may be one that somebody planted a link to; ours have one.
        if found.st_uid == 0 and (stat.S_ISDIR(found.st_mode) or found.st_nlink == 1):
            yield path
