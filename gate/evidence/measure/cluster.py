"""The executor of many machines: a Dask cluster whose workers may come, go and die, with a shared disk or without."""

from __future__ import annotations

import logging
import re
import time
import uuid
import warnings
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any, Final, Self

from distributed import Client, Future, KilledWorker

from gate.errors import GateError, UsageError
from gate.evidence.measure.model import Encode, Failure, Outcome
from gate.evidence.measure.worker import (
    Answer,
    Dropped,
    NeedsClip,
    Settings,
    WorkerState,
    close_there,
    measure_there,
    take_there,
)
from gate.values import dataclass, replace

_ADDRESS: Final = re.compile(r"(tcp|tls|ucx|wss?)://[^/\s]+:\d{1,5}")
_CONNECTING_S: Final = 10.0
_CLOSING_S: Final = 3.0
_LOOKING_S: Final = 1.0  # between looks at who is there
_FETCHING_S: Final = 30.0  # for an outcome that is there
_PATIENCE_S: Final = 120.0
_PART: Final = 1 << 24  # bytes of a clip in one message
_KILLS: Final = 3  # times that Dask gives an encode up, each after several workers, before it is blamed
_GO_ON: Final = "what has finished is on disk; run the same command again to go on"
_RESOURCES: Final = ("nvenc", "qsv", "amf", "videotoolbox", "vaapi")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """One encode under way."""

    key: str
    encode: Encode
    future: Future[Answer]
    handed_at: float
    kills: int = 0


class ClusterExecutor:
    """Encodes on the workers of a Dask scheduler. What a dead worker had in flight, others make again."""

    def __init__(
        self, address: str, settings: Settings, *, connecting_s: float = _CONNECTING_S, patience_s: float = _PATIENCE_S
    ) -> None:
        """How long it waits for a scheduler, and while no worker can make what is asked for."""
        absolute = {name: replace(clip, path=clip.path.absolute()) for name, clip in settings.clips.items()}
        self._address = address
        self._settings = replace(settings, clips=absolute)
        self._connecting_s = connecting_s
        self._patience_s = patience_s
        self._run = f"codec-gate-{uuid.uuid4().hex}"
        self._client: Client | None = None
        self._tasks: dict[str, _Task] = {}
        self._done: SimpleQueue[Future[Answer]] = SimpleQueue()
        self._ready: list[Outcome] = []
        self._errors: deque[BaseException] = deque()
        self._sent_at: dict[tuple[str, str], float] = {}
        self._looked_at = float("-inf")
        self._workers: dict[str, dict[str, Any]] = {}  # who was there at the last look, and what each offers
        self._short_since: float | None = None  # that some encode has had nobody to make it
        self._stopped = False
        self._open = ExitStack()

    @property
    def slots(self) -> int:
        """Two encodes per place where one can be made, at the last look."""
        threads = [int(worker["nthreads"]) for worker in self._workers.values()]
        return max(2, 2 * sum(max(1, count // self._settings.threads) for count in threads))

    def __enter__(self) -> Self:
        """Connect. UsageError where no scheduler answers, or a worker can't take part."""
        with ExitStack() as entered:
            entered.enter_context(_quiet())
            self._client = _connected(self._address, self._connecting_s)
            entered.callback(self._leave, self._client)
            with _translated(self._address):
                self._client.register_plugin(WorkerState(self._settings), name=self._run)
                self._look()
            self._open = entered.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._open:
            if kind is None or not issubclass(kind, KeyboardInterrupt):  # a second interrupt waits for nothing
                self.stop()

    def submit(self, key: str, encode: Encode) -> None:
        self._hand_over(key, encode)

    def completed(self, timeout: float) -> Sequence[Outcome]:
        """What has finished; what stops every encode is raised, each error once."""
        self._collect(timeout)
        if not self._stopped:
            with _translated(self._address):
                self._look()
            self._check_crew()
        if self._errors:
            raise self._errors.popleft()
        ready, self._ready = self._ready, []
        return ready

    def stop(self) -> None:
        if self._stopped:
            return
        self._stopped = True
        if self._cluster().status != "running":  # nothing more will come
            return
        with suppress(Exception):  # a worker that has gone has stopped, too
            self._cluster().run(close_there, self._run, on_error="ignore")
        while self._tasks:
            self._collect(_LOOKING_S)
            try:
                self._look()
            except Exception:  # no scheduler: nothing more will come
                return
            if self._missing():
                return

    def _cluster(self) -> Client:
        if self._client is None:
            raise RuntimeError("not connected: the executor has to be entered first")
        return self._client

    def _hand_over(self, key: str, encode: Encode, kills: int = 0) -> None:
        resource = resource_of(encode.place.codec)
        future: Future[Answer] = self._cluster().submit(
            measure_there,
            self._run,
            encode,
            # A key of its own each time: an answer that a worker lacked the clip must not be taken for the outcome.
            key=f"encode-{key}-{uuid.uuid4().hex}",
            resources={resource: 1} if resource else None,
            pure=False,
        )
        self._tasks[str(future.key)] = _Task(
            key=key, encode=encode, future=future, handed_at=time.monotonic(), kills=kills
        )
        future.add_done_callback(self._done.put)

    def _collect(self, timeout: float) -> None:
        """Settle whatever has come back; wait for the first."""
        with suppress(Empty):
            self._settle(self._done.get(timeout=timeout) if timeout else self._done.get_nowait())
            while True:
                self._settle(self._done.get_nowait())

    def _settle(self, future: Future[Answer]) -> None:
        task = self._tasks.pop(str(future.key), None)
        if task is None:
            return
        try:
            answer = future.result(timeout=_FETCHING_S)
        except KilledWorker as killed:
            self._killed(task, killed)
        except TimeoutError:  # its worker died with the outcome: Dask has it made again
            self._tasks[str(future.key)] = task
            future.add_done_callback(self._done.put)
        except Exception as error:
            self._errors.append(_worded(error, self._address) if not future.cancelled() else _lost(self._address))
        else:
            self._take(task, answer)

    def _take(self, task: _Task, answer: Answer) -> None:
        if isinstance(answer, Dropped):
            return
        if not isinstance(answer, NeedsClip):
            self._ready.append(answer)
        elif not self._stopped:
            try:
                self._send(answer, task.handed_at)
            except GateError as error:
                self._errors.append(error)
            self._hand_over(task.key, task.encode, task.kills)

    def _send(self, lacking: NeedsClip, since: float) -> None:
        """Send a worker the clip that it lacks, unless it came while the encode was waiting there."""
        pair = (lacking.worker, lacking.source)
        if self._sent_at.get(pair, float("-inf")) > since:
            return
        path = self._settings.clips[lacking.source].path
        with suppress(OSError, ValueError, KeyError):  # the worker has gone, and its encodes with it
            for offset, part, last in _parts(path):
                arguments = (self._run, lacking.source, offset, part, last)
                self._cluster().run(take_there, *arguments, workers=[lacking.worker])
        self._sent_at[pair] = time.monotonic()

    def _killed(self, task: _Task, killed: KilledWorker) -> None:
        """Workers die for reasons of their own; an encode before which so many die is itself the reason."""
        if self._stopped:
            return
        if task.kills + 1 < _KILLS:
            self._hand_over(task.key, task.encode, task.kills + 1)
            return
        failure = Failure(
            key=task.key,
            place=task.encode.place,
            command=(str(self._settings.tools.ffmpeg), *task.encode.passes[-1]),
            reason="every worker that made it died",
            words=str(killed).partition(" Inspecting")[0],
        )
        self._ready.append(failure)

    def _look(self) -> None:
        """Who is there now."""
        now = time.monotonic()
        if now - self._looked_at >= _LOOKING_S:
            self._workers = dict(self._cluster().scheduler_info(n_workers=-1)["workers"])
            self._looked_at = now

    def _missing(self) -> set[str]:
        """What is asked for that no worker has: a resource, or, as an empty name, any worker at all."""
        offered = {name for worker in self._workers.values() for name in worker.get("resources", {})}
        offered |= {""} if self._workers else set()
        return {resource_of(task.encode.place.codec) for task in self._tasks.values()} - offered

    def _check_crew(self) -> None:
        """GateError where some encode has had nobody to make it for too long."""
        missing = self._missing()
        now = time.monotonic()
        self._short_since = (self._short_since or now) if missing else None
        if self._short_since is None or now - self._short_since < self._patience_s:
            return
        name = max(missing)
        what = f"no worker has offered the resource {name}" if name else "there has been no worker"
        start = f"dask worker {self._address}" + (f' --resources "{name}=1"' if name else "")
        raise GateError(f"{what} for {self._patience_s:g} s", where=self._address, fix=f"start one: {start}; {_GO_ON}")

    def _leave(self, client: Client) -> None:
        with suppress(Exception):  # what can't be reached any more is left to Dask, which clears its own folders
            if client.status == "running":
                client.cancel([task.future for task in self._tasks.values()], force=True)
                client.unregister_worker_plugin(self._run)
        with suppress(Exception):
            client.close(timeout=_CLOSING_S)


def resource_of(codec: str) -> str:
    """The resource that a worker has to offer for this encoder: NVENC for h264_nvenc; none for software."""
    kind = codec.rpartition("_")[2]
    return kind.upper() if kind in _RESOURCES else ""


def check_address(address: str) -> None:
    """UsageError for what can't be the address of a scheduler."""
    if _ADDRESS.fullmatch(address) is None:
        raise UsageError(f"{address!r} is no address of a scheduler", where="--scheduler", fix="write tcp://HOST:PORT")


def _connected(address: str, within_s: float) -> Client:
    try:
        return Client(address, timeout=within_s, set_as_default=False, name="codec-gate")
    except (OSError, TimeoutError):
        what = f"no scheduler answers within {within_s:g} s"
        raise UsageError(what, where=f"--scheduler {address}", fix="start one with `dask scheduler`") from None


def _parts(path: Path) -> Iterator[tuple[int, bytes, bool]]:
    """A file as (offset, bytes, whether they are the last)."""
    size = path.stat().st_size
    with path.open("rb") as file:
        for offset in range(0, size, _PART):
            yield offset, file.read(_PART), offset + _PART >= size


@contextmanager
def _quiet() -> Iterator[None]:
    """Dask's own log stays off standard error: what matters of it becomes an error here."""
    names = [name for name in logging.root.manager.loggerDict if name.partition(".")[0] in ("distributed", "tornado")]
    loggers = [logging.getLogger(name) for name in names]
    levels = [logger.level for logger in loggers]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="distributed")
        warnings.filterwarnings("ignore", message=".*[Vv]ersion", category=UserWarning)
        try:
            for logger in loggers:
                logger.setLevel(logging.CRITICAL + 1)
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)


@contextmanager
def _translated(address: str) -> Iterator[None]:
    try:
        yield
    except (GateError, KeyboardInterrupt):
        raise
    except Exception as error:
        raise _worded(error, address) from error


def _worded(error: BaseException, address: str) -> BaseException:
    """An error of the cluster as one of ours; a bug stays what it is."""
    for each in _chain(error):
        if isinstance(each, GateError):
            return each
        if isinstance(each, ModuleNotFoundError) and (each.name or "").partition(".")[0] == "gate":
            fix = "install codec-gate[sweep,cluster] of the same version on the scheduler and on every worker"
            return UsageError("codec-gate isn't installed on the whole cluster", where=address, fix=fix)
        if isinstance(each, OSError):
            return _lost(address)
    return error


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _lost(address: str) -> GateError:
    return GateError("the connection to the scheduler was lost", where=address, fix=f"see that it runs; {_GO_ON}")
