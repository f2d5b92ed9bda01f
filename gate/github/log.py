"""The job's log: plain lines that can't be taken for workflow commands, and the commands themselves, escaped."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from typing import BinaryIO

from gate.errors import one_line
from gate.github.outcome import Finding, Level
from gate.values import dataclass

PER_STEP = 10  # of each level; the runner drops what comes after
_COMMANDS = {Level.FAILURE: "error", Level.WARNING: "warning", Level.NOTICE: "notice"}


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
        left = dict.fromkeys(_COMMANDS, PER_STEP)
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


def command(finding: Finding) -> str:
    """An annotation as a workflow command."""
    properties = {"file": finding.path, "line": str(finding.line) if finding.path else "", "title": finding.title}
    given = ",".join(f"{name}={_property(one_line(value, 500))}" for name, value in properties.items() if value)
    return f"::{_COMMANDS[finding.level]} {given}::{data(finding.message[:8000])}"


def data(text: str) -> str:
    """A command's message: what is left of control characters becomes visible, line breaks are kept as escapes."""
    lines = "\n".join(one_line(line, 4000) for line in re.split(r"\r\n|\r|\n", text))
    return lines.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return data(text).replace(":", "%3A").replace(",", "%2C")
