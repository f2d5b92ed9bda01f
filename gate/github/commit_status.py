"""A commit status on the head commit."""

from __future__ import annotations

from dataclasses import dataclass

from gate.errors import one_line
from gate.github.client import Client
from gate.github.limits import DESCRIPTION
from gate.verdict import Conclusion

CONTEXT = "codec-gate"
NEEDS = "statuses: write"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitStatus:
    """What a status says, and where a click on it leads."""

    commit: str
    conclusion: Conclusion
    headline: str
    details: str


def publish(client: Client, status: CommitStatus) -> None:
    """Set the status.

    Raises:
        ApiError: it can't be set.
    """
    words = one_line(status.headline, DESCRIPTION)
    body = {"state": status.conclusion.value, "context": CONTEXT, "description": words}
    details = {"target_url": status.details} if status.details else {}
    client.post(f"/statuses/{status.commit}", body | details, needs=NEEDS)
