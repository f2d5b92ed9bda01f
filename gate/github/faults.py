"""What can go wrong with GitHub's API, told apart: each kind has its own remedy, and only some are worth a retry."""

from __future__ import annotations

from enum import StrEnum

from gate.errors import GateError, one_line


class Kind(StrEnum):
    """Why a request failed."""

    NO_TOKEN = "no token"  # noqa: S105 - not a password
    BAD_TOKEN = "bad token"  # noqa: S105 - not a password
    NO_PERMISSION = "no permission"
    NOT_FOUND = "not found"
    BAD_REQUEST = "bad request"
    RATE_LIMIT = "rate limit"
    OUTAGE = "outage"
    OUT_OF_TIME = "out of time"


REMEDIES = {
    Kind.NO_TOKEN: "give the action `token: ${{ github.token }}`",
    Kind.BAD_TOKEN: "the token expired or was revoked; run the job again",
    Kind.NO_PERMISSION: "",  # named by whoever asked: it is the permission of that endpoint
    Kind.NOT_FOUND: "GitHub says 404 also where a token may not look; check `api-url` and the token's permissions",
    Kind.BAD_REQUEST: "please report this message",
    Kind.RATE_LIMIT: "wait until the limit resets, then run the job again",
    Kind.OUTAGE: "see GitHub's status page, and run the job again",
    Kind.OUT_OF_TIME: "the time for reporting was used up; run the job again",
}
RETRIED = frozenset({Kind.RATE_LIMIT, Kind.OUTAGE})


class ApiError(GateError):
    """GitHub's API did not do what was asked. `acted` is True where it may have done it nevertheless."""

    def __init__(self, kind: Kind, words: str, *, where: str, fix: str = "", wait: float = 0, acted: bool = False):
        super().__init__(f"{kind}: {one_line(words, 300)}", where=where, fix=fix or REMEDIES[kind])
        self.kind = kind
        self.wait = wait
        self.acted = acted


def fault_of(status: int, message: str, headers: dict[str, str], *, where: str, needs: str, now: float) -> ApiError:
    """The fault that an HTTP answer stands for; `needs` is the permission of what was asked."""
    words = f"HTTP {status} {message}".strip()
    low = message.lower()
    limited = "rate limit" in low or "abuse" in low or headers.get("x-ratelimit-remaining") == "0"
    if status == 429 or (status == 403 and (limited or "retry-after" in headers)):
        return ApiError(Kind.RATE_LIMIT, words, where=where, wait=_wait(headers, now))
    if status == 401:
        return ApiError(Kind.BAD_TOKEN, words, where=where)
    if status == 403:
        return ApiError(Kind.NO_PERMISSION, words, where=where, fix=_permission(needs))
    if status in {404, 410}:
        fix = f"{REMEDIES[Kind.NOT_FOUND]} ({needs})" if needs else ""
        return ApiError(Kind.NOT_FOUND, words, where=where, fix=fix)
    if status >= 500 or status == 408:
        return ApiError(Kind.OUTAGE, words, where=where, wait=_wait(headers, now, unknown=0), acted=True)
    return ApiError(Kind.BAD_REQUEST, words, where=where)


def _permission(needs: str) -> str:
    if not needs:
        return "give the job's token the permission"
    return f"add `{needs}` to the job's `permissions:`; on pull requests of forks and of Dependabot tokens only read"


def _wait(headers: dict[str, str], now: float, unknown: float = 60) -> float:
    """How long GitHub asks to wait: `Retry-After`, else until the primary limit resets, else a minute."""
    after = headers.get("retry-after", "")
    if after.isdigit():
        return float(after)
    reset = headers.get("x-ratelimit-reset", "")
    if reset.isdigit() and headers.get("x-ratelimit-remaining") == "0":
        return max(0.0, float(reset) - now)
    return unknown
