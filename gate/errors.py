"""The one exception tree: each error says what was wrong, where, and what to do about it."""

from __future__ import annotations


class GateError(Exception):
    """The gate could not judge (exit status 2).

    Attributes:
        what: what was wrong, one sentence without a full stop.
        where: a file, `file:line`, key path, ref or URL; empty where there is none.
        fix: what the reader can do about it; empty where `what` says it already.
    """

    def __init__(self, what: str, *, where: str = "", fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.fix = fix

    def __str__(self) -> str:
        """One line, whatever a hostile file name or value holds."""
        parts = [part for part in (self.where, self.what) if part]
        line = ": ".join(parts) + (f" ({self.fix})" if self.fix else "")
        return one_line(line)


class UsageError(GateError):
    """The command line asked for something that makes no sense."""


class GitError(GateError):
    """No git, no repository, or no such ref."""


class AdapterError(GateError):
    """Adapters could not be read: they don't parse, or leave the closed world that the reader models."""


class PolicyError(GateError):
    """The policy, a waiver or a selector is invalid."""


class SweepError(GateError):
    """A sweep file, or a row in it, is malformed."""


class SampleError(GateError):
    """A sample is missing, not the one that the policy names, or not a sample."""


def one_line(text: str, limit: int = 2000) -> str:
    """`text` with control and bidirectional characters escaped, cut to `limit` characters: data can't forge lines."""
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text[: limit + 1])
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"
