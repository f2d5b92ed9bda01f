"""One comment on the pull request, found by its marker and its author, updated in place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gate.github.client import Client
from gate.github.faults import ApiError, Kind

MARKER = "<!-- codec-gate: report -->"
NEEDS = "pull-requests: write"


def publish(client: Client, *, number: int, text: str, worth_starting: bool) -> bool:
    """Update the gate's comment, or start it where that is worth it; whether there is one now.

    Raises:
        ApiError: comments can't be read or written.
    """
    body = {"body": f"{MARKER}\n{text}"}
    found = _find(client, number)
    if found is not None:
        client.patch(f"/issues/comments/{found['id']}", body, needs=NEEDS)
        return True
    if worth_starting:
        client.post(f"/issues/{number}/comments", body, needs=NEEDS, made=lambda: _find(client, number))
    return worth_starting


def _find(client: Client, number: int) -> Mapping[str, Any] | None:
    """The gate's own comment over all pages: anybody can write the marker, so the author counts too."""
    marked = [
        comment
        for comment in client.pages(f"/issues/{number}/comments", needs="pull-requests: read")
        if str(comment.get("body") or "").startswith(MARKER)
    ]
    if not marked:
        return None
    me = _login(client)
    return next((comment for comment in marked if _is_mine(comment, me)), None)


def _is_mine(comment: Mapping[str, Any], me: str) -> bool:
    user = comment.get("user")
    if not isinstance(user, dict):
        return False
    return user.get("login") == me if me else user.get("type") == "Bot"


def _login(client: Client) -> str:
    """Whose token it is; empty for a job's or an app's token, which may not ask and comments as a bot."""
    try:
        answer = client.get("/user", needs="")
    except ApiError as error:
        if error.kind in {Kind.NO_PERMISSION, Kind.NOT_FOUND}:
            return ""
        raise
    return str(answer.get("login") or "") if isinstance(answer, dict) else ""
