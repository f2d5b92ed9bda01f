"""Samples from a URL, pinned, cached."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final
from urllib.parse import urljoin, urlsplit

from gate import __version__
from gate.documents import checked_address
from gate.errors import SampleError

if TYPE_CHECKING:
    from io import FileIO

    from requests import PreparedRequest, Response, Session


_CHUNK: Final = 1 << 18
_RANGE: Final = re.compile(r"bytes (?:(\d+)-\d+|\*)/(\d+|\*)")
_PASSING: Final = frozenset({408, 425, 429})  # beside 5xx: what another try may mend
_MOVED: Final = frozenset({301, 302, 303, 307, 308})
_PRIVATE: Final = frozenset({401, 403, 404})
_OFFLINE: Final = (
    "run `gate sample fetch` where there is a network and keep its cache, or commit the file and use `path`"
)
_OPEN: Final = "the gate sends no token: the address must be readable by anyone; else commit the file and use `path`"

Told = Callable[[str], None]
"""Takes the stage in words, for a line of progress."""


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


class _InterruptedError(Exception):
    """A try that ended early and may be gone on with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resuming:
    """A downloader as pooch calls it. What an interrupted download left stands in `part`, named by the digest.

    pooch gives each run a temporary file of its own and removes it when the run fails, so that nothing could be
    resumed; here it only receives the whole file, for pooch to hash and to move into its place.
    """

    part: Path
    limits: Limits
    told: Told

    def __call__(self, url: str, output_file: str, pooch: object) -> None:
        """Download `url` into `output_file`.

        Raises:
            SampleError: it can't be had, is too large, or there is no room for it.
        """
        with _claimed(self.part) as stream:
            if stream is not None:
                _download(url, stream, self.limits, self.told)
                self.part.replace(output_file)  # while it is locked: nobody else may append to it
                return
        with Path(output_file).open("r+b", buffering=0) as stream:
            _download(url, stream, self.limits, self.told)


@contextmanager
def _claimed(part: Path) -> Iterator[FileIO | None]:
    """The partial file, for this process alone; None where another has it, or where files can't be locked."""
    try:
        import fcntl  # noqa: PLC0415 - not on every platform
    except ImportError:
        yield None
        return
    # Whoever else may write in the cache could have laid a link there, to a file of ours that would be overwritten.
    opened = os.open(part, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
    stream = os.fdopen(opened, "r+b", buffering=0)
    with stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield None
            return
        # Between open and lock its owner may have moved it into its place; then it is a partial file no more.
        try:
            yield stream if _is(part, stream) else None
        finally:
            if _is(part, stream) and not stream.seek(0, os.SEEK_END):
                part.unlink()


def _is(part: Path, stream: FileIO) -> bool:
    try:
        return os.path.samestat(os.fstat(stream.fileno()), part.stat())
    except FileNotFoundError:
        return False


def _download(url: str, stream: FileIO, limits: Limits, told: Told) -> None:
    end = time.monotonic() + limits.whole
    reason = ""
    with _session() as session:
        for tried in range(limits.tries):
            if tried:
                time.sleep(min(limits.pause * 2 ** (tried - 1), max(0.0, end - time.monotonic())))
            try:
                _try(session, url, stream, limits, end, told)
            except _InterruptedError as interrupted:
                reason = str(interrupted)
            else:
                return
    raise _refused(url, reason, _OFFLINE)


def _session() -> Session:
    import requests  # noqa: PLC0415 - start-up: only where something is downloaded

    session = requests.Session()
    session.auth = _without_credentials
    # Ranges and lengths count the file's own bytes.
    session.headers.update({"Accept-Encoding": "identity", "User-Agent": f"codec-gate/{__version__}"})
    return session


def _without_credentials(request: PreparedRequest) -> PreparedRequest:
    """Without an authentication of its own, requests would send what the user's .netrc has for the host."""
    return request


def _try(session: Session, url: str, stream: FileIO, limits: Limits, end: float, told: Told) -> None:
    """Everything from the end of `stream` on, in one answer."""
    have = stream.seek(0, os.SEEK_END)
    with _answer(session, url, have, limits) as response:
        start, total = _range(response)
        if response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and have:
            if total == have:
                return
            stream.truncate(0)
            raise _InterruptedError("the server has less of it than an earlier download got")
        if response.status_code == HTTPStatus.PARTIAL_CONTENT and start != have:
            stream.truncate(0)
            raise _InterruptedError("the server answered with another part of it than was asked for")
        if response.status_code not in {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT}:
            raise _failed(url, response)
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise _refused(url, "the server compresses it although asked not to", _OPEN)
        if response.status_code == HTTPStatus.OK:
            stream.seek(0)
            stream.truncate(0)
            have, total = 0, _length(response)
        _receive(response, url, stream, have, total, limits, end, told)


def _answer(session: Session, url: str, have: int, limits: Limits) -> Response:
    """The answer to a request for all from byte `have` on, after redirects."""
    headers = {"Range": f"bytes={have}-"} if have else {}
    at = url
    for _ in range(limits.redirects + 1):
        response = _asked(session, at, url, headers, limits)
        if response.status_code not in _MOVED or "Location" not in response.headers:
            return response
        response.close()
        at = _redirected(at, response.headers["Location"], url)
    raise _refused(url, f"more than {limits.redirects} redirects", "give the address that they lead to")


def _asked(session: Session, at: str, url: str, headers: dict[str, str], limits: Limits) -> Response:
    import requests  # noqa: PLC0415

    try:
        return session.get(
            at, headers=headers, stream=True, allow_redirects=False, timeout=(limits.connect, limits.silence)
        )
    except requests.exceptions.SSLError as error:
        raise _refused(url, f"no trusted TLS connection to {_host(at)}: {_cause(error)}", _OFFLINE) from None
    except requests.exceptions.ConnectTimeout:
        raise _InterruptedError(f"{_host(at)} takes no connection within {limits.connect:g} s") from None
    except requests.exceptions.Timeout:
        raise _InterruptedError(f"{_host(at)} doesn't answer within {limits.silence:g} s") from None
    except requests.exceptions.RequestException as error:
        raise _InterruptedError(f"no connection to {_host(at)}: {_cause(error)}") from None


def _redirected(at: str, location: str, url: str) -> str:
    """Where a redirect leads. What it says is signed in places, so errors name its host only."""
    to = urljoin(at, location)
    try:
        checked_address(to)
    except ValueError as error:
        raise _refused(url, f"it redirects to {_host(to)}, which {error}", "give the file's own address") from None
    if urlsplit(at).scheme == "https" != urlsplit(to).scheme:
        raise _refused(url, "it redirects from https to http", "give the file's own address")
    return to


def _receive(  # noqa: PLR0913, PLR0917 - one answer and what bounds it
    response: Response, url: str, stream: FileIO, have: int, total: int | None, limits: Limits, end: float, told: Told
) -> None:
    import urllib3  # noqa: PLC0415

    if total is not None and total > limits.size:
        raise _too_large(url, limits)
    while True:
        try:
            # One read at a time: a server that drips can't hold up the clock.
            chunk = response.raw.read1(_CHUNK, decode_content=False)
        except (urllib3.exceptions.HTTPError, OSError):
            raise _InterruptedError(f"the connection broke off after {have:,} bytes") from None
        if not chunk:
            break
        have += len(chunk)
        if have > limits.size:
            stream.truncate(0)
            raise _too_large(url, limits)
        _store(stream, chunk)
        told(f"{have / 1e6:.1f} MB" + (f" of {total / 1e6:.1f} MB" if total else ""))
        if time.monotonic() > end:
            raise _refused(url, f"not whole after {limits.whole:g} s; the next run goes on from there", _OFFLINE)
    if total is not None and have < total:
        raise _InterruptedError(f"the connection broke off after {have:,} of {total:,} bytes")


def _store(stream: BinaryIO | FileIO, chunk: bytes) -> None:
    left = memoryview(chunk)
    try:
        while left:
            left = left[stream.write(left) or 0 :]
    except OSError as error:
        stream.truncate(0)  # half a file would only keep the disk full
        fix = "make room, or set CODEC_GATE_CACHE to a folder with more"
        raise SampleError(
            f"can't be stored: {error.strerror}", where=str(Path(str(stream.name)).parent), fix=fix
        ) from None


def _range(response: Response) -> tuple[int | None, int | None]:
    """First byte and whole length that Content-Range tells."""
    found = _RANGE.fullmatch(response.headers.get("Content-Range", "").strip())
    if found is None:
        return None, None
    return int(found[1]) if found[1] else None, None if found[2] == "*" else int(found[2])


def _length(response: Response) -> int | None:
    length = response.headers.get("Content-Length", "")
    return int(length) if length.isdecimal() else None


def _failed(url: str, response: Response) -> Exception:
    status = response.status_code
    reason = f"HTTP {status} {response.reason}".rstrip()
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _PASSING:
        return _InterruptedError(reason)
    return _refused(url, reason, _OPEN if status in _PRIVATE else "correct the address")


def _too_large(url: str, limits: Limits) -> SampleError:
    return _refused(url, f"more than {limits.size:,} bytes, which no sample has", "correct the address")


def _refused(url: str, reason: str, fix: str) -> SampleError:
    return SampleError(f"can't be downloaded: {reason}", where=url, fix=fix)


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2] or "nowhere"


def _cause(error: BaseException) -> str:
    """The innermost reason in words, without the layers of the libraries in between."""
    inner = getattr(error, "reason", None) or next((arg for arg in error.args if isinstance(arg, BaseException)), None)
    if isinstance(inner, BaseException):
        return _cause(inner)
    beneath = error.__cause__ or error.__context__
    if isinstance(beneath, OSError) and beneath.strerror:
        return beneath.strerror
    return str(error)


CACHE_VARIABLE = "CODEC_GATE_CACHE"
_LIMITS = Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """A sample that lies elsewhere: where, and the sha256 that its bytes must have."""

    url: str
    sha256: str


def cache_folder() -> Path:
    """Where samples are kept: what CODEC_GATE_CACHE says, else the platform's place for caches.

    Raises:
        SampleError: neither tells a folder.
    """
    named = os.environ.get(CACHE_VARIABLE, "")
    if named:
        return Path(named).absolute()
    # What pooch.os_cache returns. Importing pooch brings an HTTP client along, which a cached sample doesn't need.
    import platformdirs  # noqa: PLC0415 - start-up: only a sample with a `url` asks

    folder = Path(platformdirs.user_cache_dir("codec-gate")).expanduser()
    if not folder.is_absolute():
        raise SampleError("no home folder to keep samples in", where=str(folder), fix=f"set {CACHE_VARIABLE}")
    return folder


def cached(remote: Remote, folder: Path) -> Path | None:
    """The file in the cache; None where it isn't there whole and with the right digest.

    Raises:
        SampleError: the cache can't be read, or what stands there is no regular file.
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
    limits: Limits = _LIMITS,
    told: Told = lambda stage: None,
) -> Path:
    """The file in the cache, downloaded where it isn't there. A file under its final name always has its digest.

    Args:
        remote: what, and from where.
        folder: the cache; `cache_folder()` for None.
        offline: look into the cache only.
        limits: bounds of a download.
        told: takes the stage in words.

    Raises:
        SampleError: it can't be had, isn't what the digest names, or can't be stored. The cache is as it was.
    """
    folder = folder or cache_folder()
    found = cached(remote, folder)
    if found is not None:
        return found
    if offline:
        fix = f"run `gate sample fetch {remote.url} --sha256 {remote.sha256}` where there is a network"
        raise SampleError(f"isn't in the cache {folder}", where=remote.url, fix=fix)
    part = folder / f"{remote.sha256}.part"
    resumes = part.exists()
    try:
        return _retrieved(remote, folder, Resuming(part=part, limits=limits, told=told))
    except ValueError:
        # What an earlier run left may have come from another file: only one download of a piece tells.
        if not resumes:
            raise _another(remote) from None
    try:
        return _retrieved(remote, folder, Resuming(part=part, limits=limits, told=told))
    except ValueError:
        raise _another(remote) from None


def _retrieved(remote: Remote, folder: Path, downloader: Resuming) -> Path:
    """pooch's part: a temporary file, the hash, the rename into place. ValueError where the hash is another."""
    import pooch  # type: ignore[import-untyped]  # noqa: PLC0415 - start-up: only where something is downloaded

    pooch.get_logger().setLevel("WARNING")  # it tells of every download on standard error
    name = _place(remote, folder).name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return Path(pooch.retrieve(remote.url, f"sha256:{remote.sha256}", name, folder, downloader=downloader))
    except OSError as error:
        raise _unusable(folder, error) from None


def _place(remote: Remote, folder: Path) -> Path:
    return folder / f"{remote.sha256}.parquet"


def _another(remote: Remote) -> SampleError:
    what = f"is another file than the one pinned: its sha256 isn't {remote.sha256[:12]}…; it was not kept"
    return SampleError(what, where=remote.url, fix="restore the file there, or update the digest where it is listed")


def _unusable(folder: Path, error: OSError) -> SampleError:
    fix = f"set {CACHE_VARIABLE} to a folder that can be written"
    return SampleError(f"the cache can't be used: {error.strerror or error}", where=str(folder), fix=fix)
