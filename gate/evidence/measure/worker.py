"""A Dask worker's side of a run: it checks its own FFmpeg, keeps clips by their content, and measures."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import BoundedSemaphore, Lock

from distributed import Worker, WorkerPlugin, get_worker

from gate import __version__
from gate.errors import GateError, UsageError
from gate.evidence.measure import encode, ffmpeg
from gate.evidence.measure.model import Clip, Clips, Encode, Outcome, Tools
from gate.evidence.measure.y4m import described
from gate.values import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedsClip:
    """A worker can't make an encode yet: it hasn't got the clip."""

    worker: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """An encode that wasn't begun, because the run was told to stop."""


Answer = Outcome | NeedsClip | Dropped


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What every worker measures with, as the client has it: clips with the client's paths, its tools, its version."""

    clips: Clips
    tools: Tools
    threads: int  # of each encode
    version: str = __version__


class WorkerState(WorkerPlugin):
    """What one worker holds of one run. It is registered once, so that a worker that joins late gets it, too."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def setup(self, worker: Worker) -> None:
        """Runs on the worker, before its first task. `worker.local_directory` is cleared by Dask if it is killed."""
        self._address = worker.address
        self._folder = Path(tempfile.mkdtemp(prefix="codec-gate-", dir=worker.local_directory))
        self._room = BoundedSemaphore(max(1, worker.state.nthreads // self._settings.threads))
        self._lock = Lock()
        self._clips: dict[str, Clip] = {}
        self._tools: Tools | None = None
        self._encoders: set[str] = set()
        self._closed = False

    def teardown(self, worker: Worker) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def close(self) -> None:
        self._closed = True

    def measure(self, request: Encode) -> Answer:
        """One encode, made and scored here, with this worker's FFmpeg.

        Raises: UsageError where this worker measures otherwise than the plan; GateError for what stops every encode.
        Each names the worker.
        """
        with self._named():
            tools = self._own_tools(request.place.codec)
            clip = self._clip(request.place.source)
            if clip is None:
                return NeedsClip(worker=self._address, source=request.place.source)
            with self._room:
                return Dropped() if self._closed else encode.measure(request, clip, tools, self._folder)

    def take(self, source: str, offset: int, part: bytes, *, last: bool) -> None:
        """Keep a part of a clip. GateError where the disk is full."""
        path = self._kept(source)
        unfinished = path.with_suffix(".part")
        with self._named():
            try:
                with unfinished.open("r+b" if offset else "wb") as file:
                    file.seek(offset)
                    file.write(part)
                if last:
                    unfinished.replace(path)
            except OSError as error:
                if error.errno in {errno.ENOSPC, errno.EDQUOT}:
                    raise ffmpeg.disk_full(self._folder) from None
                raise GateError(f"can't hold clips: {error.strerror}", where=str(self._folder)) from None

    def _kept(self, source: str) -> Path:
        return self._folder / f"{self._settings.clips[source].digest}.y4m"

    def _clip(self, source: str) -> Clip | None:
        """The clip here, checked once: the one that was sent, or on a shared file system the client's own."""
        with self._lock:
            if source not in self._clips:
                clip, sent = self._settings.clips[source], self._kept(source)
                found = next((path for path in (sent, clip.path) if _holds(path, clip)), None)
                if found is None and sent.exists():
                    sent.unlink()
                    raise GateError(f"the clip {source!r} came damaged", fix="run the same command again")
                if found is None:
                    return None
                self._clips[source] = replace(clip, path=found)
            return self._clips[source]

    def _own_tools(self, codec: str) -> Tools:
        """This worker's FFmpeg, compared with the plan's once, and tried with each encoder once."""
        with self._lock:
            if self._tools is None:
                self._tools = own_tools(self._settings)
            if codec not in self._encoders:
                here = ffmpeg.library_versions(self._tools.ffmpeg, [codec])[codec]
                # Nothing is planned where the client has no such device, and can't tell.
                _check_same(codec, here, self._tools.libraries.get(codec) or here)
                self._encoders.add(codec)
            return self._tools

    @contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except GateError as error:
            where = f"worker {self._address}" + (f": {error.where}" if error.where else "")
            raise type(error)(error.what, where=where, fix=error.fix) from None


def own_tools(settings: Settings) -> Tools:
    """The tools of this machine: the plan's FFmpeg if it is here, too, else imageio-ffmpeg's.

    Raises: UsageError where they aren't the plan's versions: evidence of two kinds must not mix.
    """
    _check_same("codec-gate", __version__, settings.version)
    planned = settings.tools
    here = planned.ffmpeg.is_file() and os.access(planned.ffmpeg, os.X_OK)
    found = ffmpeg.tools(
        ffmpeg.find(planned.ffmpeg if here else None),
        model=planned.model,
        pooling=planned.pooling,
        device=planned.device,
        driver=planned.driver,
    )
    _check_same("FFmpeg", found.ffmpeg_version, planned.ffmpeg_version)
    _check_same("libvmaf", found.libvmaf_version, planned.libvmaf_version)
    return replace(found, libraries=planned.libraries)


def _check_same(name: str, here: str, planned: str) -> None:
    if here != planned:
        what = f"measures with {name} {here}, the plan with {planned}"
        raise UsageError(what, fix=f"install {name} {planned} there, or leave the worker out")


def _holds(path: Path, clip: Clip) -> bool:
    try:
        return path.is_file() and described(path, clip.name).digest == clip.digest
    except (OSError, GateError):
        return False


# What the client asks of a worker. Its state goes by the name of the run.


def measure_there(run: str, request: Encode) -> Answer:
    """A task: one encode, on whichever worker it comes to."""
    return _state(get_worker(), run).measure(request)


def take_there(run: str, source: str, offset: int, part: bytes, last: bool, dask_worker: Worker) -> None:
    """A part of a clip for this worker."""
    _state(dask_worker, run).take(source, offset, part, last=last)


def close_there(run: str, dask_worker: Worker) -> None:
    """Begin nothing more of this run."""
    _state(dask_worker, run).close()


def _state(worker: Worker, run: str) -> WorkerState:
    state: WorkerState = worker.plugins[run]  # type: ignore[assignment]  # registered under this name
    return state
