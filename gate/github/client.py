"""The only module that talks to GitHub's API: PyGithub beneath, one bounded way to ask, faults told apart."""

from __future__ import annotations

import math
import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from typing import Any

from gate.errors import GateError, one_line
from gate.values import dataclass, field, replace


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
    Kind.NO_PERMISSION: "give the job's token the permission",
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
        fix = f"add `{needs}` to the job's `permissions:`; on pull requests of forks and of Dependabot tokens only read"
        return ApiError(Kind.NO_PERMISSION, words, where=where, fix=fix if needs else "")
    if status in {404, 410}:
        fix = f"{REMEDIES[Kind.NOT_FOUND]} ({needs})" if needs else ""
        return ApiError(Kind.NOT_FOUND, words, where=where, fix=fix)
    if status >= 500 or status == 408:
        return ApiError(Kind.OUTAGE, words, where=where, wait=_wait(headers, now, unknown=0), acted=True)
    return ApiError(Kind.BAD_REQUEST, words, where=where)


def _wait(headers: dict[str, str], now: float, unknown: float = 60) -> float:
    """How long GitHub asks to wait: `Retry-After`, else until the primary limit resets, else a minute."""
    after = headers.get("retry-after", "")
    if after.isdigit():
        return float(after)
    reset = headers.get("x-ratelimit-reset", "")
    if reset.isdigit() and headers.get("x-ratelimit-remaining") == "0":
        return max(0.0, float(reset) - now)
    return unknown


_BACK_OFF = (1.0, 3.0, 9.0)  # seconds; then it is given up
_ONE_ANSWER = 15  # seconds that one socket may stay silent
_BETWEEN_WRITES = 1.0  # what GitHub asks for, to stay clear of the secondary limit
_PAGES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """Time as the client sees it; tests hand in one that doesn't wait."""

    now: Callable[[], float] = time.time
    elapsed: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    verb: str
    path: str
    needs: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None

    @property
    def where(self) -> str:
        return f"{self.verb} {self.path}"


@dataclass(slots=True, kw_only=True)
class Client:
    """GitHub's REST API for one repository, with a bound on all of its waiting together."""

    repository: str
    api: str
    token: str = field(repr=False)
    clock: Clock = field(default_factory=Clock)
    seconds: float = 120  # for all requests of this client and the waits between them
    silence: int = _ONE_ANSWER
    _ends: float | None = field(default=None, init=False, repr=False)
    _wrote: float | None = field(default=None, init=False, repr=False)
    _requester: Any = field(default=None, init=False, repr=False)

    def get(self, path: str, *, needs: str, **parameters: Any) -> Any:
        """GET below the repository; `needs` is the permission that a refusal names."""
        return self._retried(_Request(verb="GET", path=path, needs=needs, parameters=parameters))

    def patch(self, path: str, body: Mapping[str, Any], *, needs: str) -> Any:
        """PATCH below the repository: the same twice does no harm."""
        return self._retried(_Request(verb="PATCH", path=path, needs=needs, body=body))

    def post(self, path: str, body: Mapping[str, Any], *, needs: str, made: Callable[[], Any] = lambda: None) -> Any:
        """POST below the repository. After a failure in which it may have acted, `made` looks for what it made."""
        return self._retried(_Request(verb="POST", path=path, needs=needs, body=body), made)

    def pages(self, path: str, *, needs: str, key: str = "", **parameters: Any) -> Iterator[Mapping[str, Any]]:
        """Every element of a paginated list; `key` is where an answer that isn't a list holds it."""
        for page in range(1, _PAGES + 1):
            answer = self.get(path, needs=needs, per_page=100, page=page, **parameters)
            found = answer.get(key, []) if key and isinstance(answer, dict) else answer
            elements = [part for part in found if isinstance(part, dict)] if isinstance(found, list) else []
            yield from elements
            if len(elements) < 100:
                return

    def renewed(self) -> Client:
        """The same, with all of its time before it."""
        return replace(self)

    def close(self) -> None:
        if self._requester is not None:
            self._requester.close()

    def _retried(self, request: _Request, made: Callable[[], Any] = lambda: None) -> Any:
        for back_off in (*_BACK_OFF, math.inf):
            try:
                return self._once(request)
            except ApiError as error:
                wait = max(error.wait, back_off)
                if error.kind not in RETRIED or wait >= self._left():
                    raise
                self.clock.sleep(wait)
                found = made() if error.acted else None
                if found is not None:
                    return found
        raise AssertionError("the last turn returns or raises")

    def _once(self, request: _Request) -> Any:
        if not self.token:
            raise ApiError(Kind.NO_TOKEN, "no request was made", where=request.where)
        if request.verb != "GET":
            self._pace()
        if self._left() <= 0:
            raise ApiError(Kind.OUT_OF_TIME, f"{self.seconds:g} s", where=request.where)
        # In a thread of its own: a server that sends a byte now and then must not hold the job for ever.
        answers: queue.Queue[Any] = queue.Queue()
        ask = lambda: answers.put(_outcome(lambda: self._ask(request), request, self.clock))  # noqa: E731
        threading.Thread(target=ask, daemon=True).start()
        seconds = self._left()
        try:
            found = answers.get(timeout=seconds)
        except queue.Empty:
            what = f"no whole answer within {seconds:.0f} s"
            raise ApiError(Kind.OUT_OF_TIME, what, where=request.where) from None
        if isinstance(found, ApiError):
            raise found
        return found

    def _ask(self, request: _Request) -> Any:
        if self._requester is None:
            self._requester = _requester(self.api, self.token, self.silence)
        url = request.path if request.path.startswith("/user") else f"/repos/{self.repository}{request.path}"
        parameters = dict(request.parameters) or None
        return self._requester.requestJsonAndCheck(request.verb, url, parameters=parameters, input=request.body)[1]

    def _left(self) -> float:
        if self._ends is None:
            self._ends = self.clock.elapsed() + self.seconds
        return self._ends - self.clock.elapsed()

    def _pace(self) -> None:
        now = self.clock.elapsed()
        if self._wrote is not None and now - self._wrote < _BETWEEN_WRITES:
            self.clock.sleep(_BETWEEN_WRITES - (now - self._wrote))
        self._wrote = self.clock.elapsed()


def _requester(api: str, token: str, silence: int) -> Any:
    """PyGithub's own retries and pauses are off: they have no bound over several requests, and can't be timed."""
    from github import Auth, Github  # noqa: PLC0415 - heavy, and most runs never ask

    return Github(
        base_url=api, auth=Auth.Token(token), timeout=silence, retry=None, seconds_between_requests=None,
        seconds_between_writes=None, user_agent="codec-gate", per_page=100,
    ).requester  # fmt: skip


def _outcome(ask: Callable[[], Any], request: _Request, clock: Clock) -> Any:
    """What was asked for, or an ApiError that says why not."""
    from requests import exceptions  # noqa: PLC0415
    from urllib3.exceptions import ConnectTimeoutError, NewConnectionError  # noqa: PLC0415

    from github import GithubException  # noqa: PLC0415 - heavy, and most runs never ask

    try:
        return ask()
    except GithubException as error:
        headers = {str(key).lower(): str(value) for key, value in (error.headers or {}).items()}
        message = error.data.get("message") if isinstance(error.data, dict) else ""
        said = str(message or error.message or "")
        return fault_of(error.status, said, headers, where=request.where, needs=request.needs, now=clock.now())
    except exceptions.SSLError as error:
        fix = "for an Enterprise Server with its own CA set REQUESTS_CA_BUNDLE"
        return ApiError(Kind.OUTAGE, f"TLS: {_reason(error)}", where=request.where, fix=fix)
    except exceptions.RequestException as error:
        # A connection that never stood can't have acted.
        reason = getattr(error.args[0] if error.args else None, "reason", None)
        never = isinstance(reason, NewConnectionError | ConnectTimeoutError)
        return ApiError(Kind.OUTAGE, _reason(error), where=request.where, acted=not never)
    except Exception as error:
        # PyGithub raises what its parsing raises: an answer that was cut off, or isn't JSON, or isn't an object.
        return ApiError(
            Kind.OUTAGE, f"an answer that can't be read: {type(error).__name__}", where=request.where, acted=True
        )


def _reason(error: Exception) -> str:
    inner = error.args[0] if error.args else error
    reason = getattr(inner, "reason", None) or inner
    return f"{type(error).__name__}: {one_line(str(reason), 160)}"
