"""Samples from a URL: pinned by digest, kept in a cache under it, and downloaded only where they aren't there yet."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from gate.downloading import Limits, Resuming, Told
from gate.errors import SampleError

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
