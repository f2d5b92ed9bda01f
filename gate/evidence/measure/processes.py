"""Processes under way: each leads a session of its own, so that whatever it started ends with it, and with the gate."""

from __future__ import annotations

import functools
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock

from gate.errors import GateError
from gate.values import dataclass

_DRAINING = 5.0  # seconds for the last words of what was killed
_REFUSED = b"setpriv: failed to execute"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """How a program ended. `status` is None where it was stopped for taking too long."""

    status: int | None
    output: bytes
    words: bytes


class Processes:
    """Runs programs, from any thread, until it is told to end them all."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._ended = False

    def run(
        self, command: Sequence[str], *, folder: Path | None, environment: Mapping[str, str], timeout: float
    ) -> Finished:
        """Run a program and wait for it; one that takes longer than `timeout` seconds is killed with all it started.

        Raises: OSError where it can't be started; GateError where all were ended before.
        """
        wrapper = _dying_with_us()
        ended = self._run((*wrapper, *command), folder, environment, timeout)
        if wrapper and ended.status and ended.words.startswith(_REFUSED):
            return self._run(command, folder, environment, timeout)  # the system itself says why
        return ended

    def end(self) -> None:
        """Kill all that are under way, and let no other begin."""
        with self._lock:
            self._ended = True
            for process in self._running:
                _kill(process)

    def _run(
        self, command: Sequence[str], folder: Path | None, environment: Mapping[str, str], timeout: float
    ) -> Finished:
        process = subprocess.Popen(  # noqa: S603 - the program that the user named
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        with process, self._counted(process):
            return _awaited(process, timeout)

    @contextmanager
    def _counted(self, process: subprocess.Popen[bytes]) -> Iterator[None]:
        try:
            with self._lock:
                self._running.add(process)
                if self._ended:
                    raise GateError("stopped", fix="run again")
            yield
        except BaseException:
            _kill(process)
            raise
        finally:
            with self._lock:
                self._running.discard(process)


def _awaited(process: subprocess.Popen[bytes], timeout: float) -> Finished:
    try:
        output, words = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        _kill(process)
        output, words = _last_words(process)
        return Finished(status=None, output=output, words=words)
    return Finished(status=process.returncode, output=output, words=words)


def _last_words(process: subprocess.Popen[bytes]) -> tuple[bytes, bytes]:
    """What was said until the end; something that left the session may still hold the pipes open."""
    try:
        return process.communicate(timeout=_DRAINING)
    except subprocess.TimeoutExpired as late:
        return late.stdout or b"", late.stderr or b""


def _kill(process: subprocess.Popen[bytes]) -> None:
    if process.returncode is None:  # else its number may be another's by now
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)


@functools.cache
def _dying_with_us() -> tuple[str, ...]:
    """What has a command killed when the gate dies, even by `kill -9`; nothing where the system has no such program."""
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        return ()
    wrapper = (setpriv, "--pdeathsig", "KILL")
    try:
        tried = subprocess.run((*wrapper, setpriv, "--version"), capture_output=True, check=False, timeout=10)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return wrapper if tried.returncode == 0 else ()
