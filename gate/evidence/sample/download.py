"""Samples from a URL, pinned, cached."""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
import time
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin, urlsplit

from gate import __version__
from gate.documents import checked_address
from gate.errors import SampleError
from gate.values import dataclass

if TYPE_CHECKING:
    from requests import Response, Session

CACHE_VARIABLE: Final = "CODEC_GATE_CACHE"
_PASSING: Final = frozenset({408, 425, 429})  # beside 5xx: what another try may mend
_COMMIT: Final = "commit the file and use `path`"
_OFFLINE: Final = f"run `gate sample fetch` where there is a network and keep its cache, or {_COMMIT}"
_OPEN: Final = f"the gate sends no token: the address must be readable by anyone; else {_COMMIT}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long, how much and how often: seconds, bytes, tries. `pause` doubles with every try."""

    connect: float = 10
    silence: float = 30
    whole: float = 900
    size: int = 1 << 30
    tries: int = 4
    pause: float = 0.5
    redirects: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """A sample that lies elsewhere: where, and the sha256 that its bytes must have."""

    url: str
    sha256: str


def cache_folder() -> Path:
    """Where samples are kept: what CODEC_GATE_CACHE says, else the platform's place. SampleError for neither."""
    if named := os.environ.get(CACHE_VARIABLE, ""):
        return Path(named).absolute()
    import platformdirs  # noqa: PLC0415 - start-up: only a sample with a `url` asks

    folder = Path(platformdirs.user_cache_dir("codec-gate")).expanduser()
    if not folder.is_absolute():
        raise SampleError("no home folder to keep samples in", where=str(folder), fix=f"set {CACHE_VARIABLE}")
    return folder


def cached(remote: Remote, folder: Path) -> Path | None:
    """The file in the cache; None where it isn't there whole and with the right digest.

    Raises: SampleError: the cache can't be read, or what stands there is no regular file.
    """
    place = _place(remote, folder)
    try:
        if not stat.S_ISREG(place.stat().st_mode):  # opening a FIFO waits for a writer, for ever
            raise SampleError("is not a regular file", where=str(place), fix="remove it: it is no sample")
        with place.open("rb") as stream:
            return place if hashlib.file_digest(stream, "sha256").hexdigest() == remote.sha256 else None
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unusable(folder, error) from None


def fetch(
    remote: Remote,
    folder: Path | None = None,
    *,
    offline: bool = False,
    limits: Limits | None = None,
    told: Callable[[str], None] = lambda stage: None,
) -> Path:
    """The file in the cache, downloaded where it isn't there. A file under its final name always has its digest.

    The cache is `cache_folder()` for None; `offline` only looks into it. `told` takes the stage in words.

    Raises: SampleError: it can't be had, isn't what the digest names, or can't be stored. The cache is as it was.
    """
    folder, limits = folder or cache_folder(), limits or Limits()
    if found := cached(remote, folder):
        return found
    if offline:
        fix = f"run `gate sample fetch {remote.url} --sha256 {remote.sha256}` where there is a network"
        raise SampleError(f"isn't in the cache {folder}", where=remote.url, fix=fix)
    # A name of its own: several may download at once, and whoever else may write here must not have laid a link there.
    part = folder / f"{remote.sha256}.{secrets.token_hex(8)}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with part.open("xb+", buffering=0) as stream:
            end = time.monotonic() + limits.whole
            _Download(url=remote.url, folder=folder, limits=limits, told=told, end=end).into(stream)
            stream.seek(0)
            if hashlib.file_digest(stream, "sha256").hexdigest() != remote.sha256:
                what = f"is another file than the one pinned: its sha256 isn't {remote.sha256[:12]}…; it was not kept"
                fix = "restore the file there, or update the digest where it is listed"
                raise SampleError(what, where=remote.url, fix=fix)
        return part.replace(_place(remote, folder))
    except OSError as error:
        raise _unusable(folder, error) from None
    finally:
        with suppress(OSError):
            part.unlink()


def _place(remote: Remote, folder: Path) -> Path:
    return folder / f"{remote.sha256}.parquet"


def _unusable(folder: Path, error: OSError) -> SampleError:
    fix = f"set {CACHE_VARIABLE} to a folder that can be written"
    return SampleError(f"the cache can't be used: {error.strerror or error}", where=str(folder), fix=fix)


class _InterruptedError(Exception):
    """A try that ended early: another one may go through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Download:
    """One file from one address, bounded in time (`end`, by the monotonic clock), size and tries."""

    url: str
    folder: Path
    limits: Limits
    told: Callable[[str], None]
    end: float

    def into(self, stream: FileIO) -> None:
        """Fill an empty file. SampleError where the whole can't be had, is too large, or there is no room for it."""
        import requests  # noqa: PLC0415 - start-up: only where something is downloaded

        reason = ""
        with requests.Session() as session:
            session.auth = lambda request: request  # without one of its own, it would send what .netrc has
            session.headers.update({"Accept-Encoding": "identity", "User-Agent": f"codec-gate/{__version__}"})
            for tried in range(self.limits.tries):
                time.sleep(min(self.limits.pause * (2**tried // 2), max(0.0, self.end - time.monotonic())))
                try:
                    return self._try(session, stream)
                except _InterruptedError as interrupted:
                    reason = str(interrupted)
        raise self._refused(reason, _OFFLINE)

    def _try(self, session: Session, stream: FileIO) -> None:
        at = self.url
        for _ in range(self.limits.redirects + 1):
            with self._asked(session, at) as response:
                if not response.is_redirect:
                    return self._receive(response, stream)
                at = self._redirected(at, response.headers["Location"])
        raise self._refused(f"more than {self.limits.redirects} redirects", "give the address that they lead to")

    def _asked(self, session: Session, at: str) -> Response:
        from requests import exceptions  # noqa: PLC0415

        host, limits = _host(at), self.limits
        try:
            return session.get(at, stream=True, allow_redirects=False, timeout=(limits.connect, limits.silence))
        except exceptions.SSLError as error:
            raise self._refused(f"no trusted TLS connection to {host}: {_cause(error)}", _OFFLINE) from None
        except exceptions.ReadTimeout:
            raise _InterruptedError(f"{host} doesn't answer within {limits.silence:g} s") from None
        except exceptions.RequestException as error:
            raise _InterruptedError(f"no connection to {host}: {_cause(error)}") from None

    def _redirected(self, at: str, location: str) -> str:
        """Where a redirect leads. What it says is signed in places, so errors name its host only."""
        to = urljoin(at, location)
        try:
            if urlsplit(at).scheme == "https" != urlsplit(to).scheme:
                raise ValueError("is not an https:// address")
            return checked_address(to)
        except ValueError as error:
            raise self._refused(f"it redirects to {_host(to)}, which {error}", "give the file's own address") from None

    def _receive(self, response: Response, stream: FileIO) -> None:
        from urllib3.exceptions import HTTPError  # noqa: PLC0415

        status, reason = response.status_code, f"HTTP {response.status_code} {response.reason}".rstrip()
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _PASSING:
            raise _InterruptedError(reason)
        if status != HTTPStatus.OK:
            raise self._refused(reason, _OPEN if status in {401, 403, 404} else "correct the address")
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise self._refused("the server compresses it although asked not to", _OPEN)
        stream.truncate(stream.seek(0))
        length = response.headers.get("Content-Length", "")
        have, total = 0, int(length) if length.isdecimal() else None
        while max(have, total or 0) <= self.limits.size:
            try:
                # One read at a time: a server that drips can't hold up the clock.
                chunk = response.raw.read1(1 << 18, decode_content=False)
            except (HTTPError, OSError):
                raise _InterruptedError(f"the connection broke off after {have:,} bytes") from None
            if not chunk:
                if total is not None and have < total:
                    raise _InterruptedError(f"the connection broke off after {have:,} of {total:,} bytes")
                return
            have += len(chunk)
            self._store(stream, memoryview(chunk))
            self.told(f"{have / 1e6:.1f} MB" + (f" of {total / 1e6:.1f} MB" if total else ""))
            if time.monotonic() > self.end:
                raise self._refused(f"not whole after {self.limits.whole:g} s", _OFFLINE)
        raise self._refused(f"more than {self.limits.size:,} bytes, which no sample has", "correct the address")

    def _store(self, stream: FileIO, left: memoryview) -> None:
        try:
            while left:
                left = left[stream.write(left) or 0 :]
        except OSError as error:
            fix = f"make room, or set {CACHE_VARIABLE} to a folder with more"
            raise SampleError(f"can't be stored: {error.strerror}", where=str(self.folder), fix=fix) from None

    def _refused(self, reason: str, fix: str) -> SampleError:
        return SampleError(f"can't be downloaded: {reason}", where=self.url, fix=fix)


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2] or "nowhere"


def _cause(error: BaseException) -> str:
    """The innermost reason in words, without the layers of the libraries in between."""
    for inner in (getattr(error, "reason", None), *error.args):
        if isinstance(inner, BaseException):
            return _cause(inner)
    beneath = error.__cause__ or error.__context__
    return beneath.strerror if isinstance(beneath, OSError) and beneath.strerror else str(error)
