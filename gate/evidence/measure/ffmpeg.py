"""FFmpeg: found, asked what it is, and run."""

from __future__ import annotations

import errno
import os
import re
import shutil
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from gate.errors import GateError, UsageError
from gate.evidence.measure.model import Tools
from gate.evidence.measure.processes import Processes
from gate.evidence.measure.vmaf import POOLINGS, score_graph, version_in
from gate.values import dataclass

_ASKING = 60.0  # seconds; more than any question takes
_QUIET = ("-hide_banner", "-nostats", "-nostdin", "-y")
_INSTALL = "pip install codec-gate[sweep], or name one with --ffmpeg"
_FULL = re.compile(re.escape(os.strerror(errno.ENOSPC)) + "|" + re.escape(os.strerror(errno.EDQUOT)), re.IGNORECASE)
_ADDRESS = re.compile(r" @ 0x[0-9a-f]+")

# What makes FFmpeg or an encoder library write elsewhere, log otherwise or read presets of the user's.
_SCRUBBED = re.compile(r"FF|AV_LOG|SVT_|X26[45]_|AOM_|VPX_|VMAF_|OMP_")


# How encoder libraries say their version: in the log, x264 in its stream.
_LIBRARY = re.compile(
    r"x264 - core (\d+(?: r\d+\w*)?)|HEVC encoder version (\S+)|SVT-AV1 Encoder Lib (\S+)"
    r"|^\[lib(?:aom|vpx)[^\]]*\] (v\d\S*)|libvvenc version: (\S+)",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """One finished command. `status` is None where it was stopped for taking too long; `words` is what it said."""

    command: tuple[str, ...]
    status: int | None
    output: bytes
    words: str
    seconds: float  # wall time, of a clock that nobody sets

    @property
    def is_disk_full(self) -> bool:
        """Whether it failed for want of room on a disk, as it says itself."""
        return self.status != 0 and _FULL.search(self.words) is not None


def find(given: Path | None) -> Path:
    """The FFmpeg to use: `given`, a file or a command's name, else the one that imageio-ffmpeg brings.

    Raises: UsageError where there is none.
    """
    if given is None:
        return _bundled()
    found = shutil.which(given)
    if found is None:
        raise UsageError("there is no program of this name", where=str(given), fix="say where FFmpeg is")
    return Path(found).resolve()


def tools(path: Path, *, model: str, pooling: str, device: str = "", driver: str = "") -> Tools:
    """What measures with the FFmpeg at `path`: its version and libvmaf's, asked by scoring two frames.

    Raises: UsageError: not FFmpeg, no libvmaf in it, no such model in that, or an unknown pooling.
    """
    if pooling not in POOLINGS:
        raise UsageError(f"no pooling {pooling!r}", where="vmaf.pooling", fix=f"one of {', '.join(POOLINGS)}")
    if not re.fullmatch(r"[A-Za-z0-9_.]+", model):
        raise UsageError(f"{model!r} is no version of a VMAF model", where="vmaf.model", fix="vmaf_v0.6.1, say")
    found = re.match(r"ffmpeg version (\S+)", run(path, ("-version",), timeout=_ASKING).output.decode(errors="replace"))
    if found is None:
        raise UsageError("isn't FFmpeg: it doesn't say its version", where=str(path), fix="say where FFmpeg is")
    return Tools(
        ffmpeg=path,
        ffmpeg_version=found[1],
        libvmaf_version=_libvmaf(path, model),
        model=model,
        pooling=pooling,
        device=device,
        driver=driver,
    )


def library_versions(path: Path, codecs: Iterable[str], *, required: bool = True) -> dict[str, str]:
    """Tries each encoder on one frame: codec -> its library's version, empty where that says none.

    Raises: UsageError for the first that is missing or doesn't run, with its own words; unless it isn't `required`.
    """
    wanted = tuple(dict.fromkeys(codecs))
    listed = run(path, (*_QUIET, "-encoders"), timeout=_ASKING).output.decode(errors="replace")
    built_in = set(re.findall(r"^ [VASFXBD.]{6} (\S+)", listed, re.MULTILINE))
    if (missing := [codec for codec in wanted if codec not in built_in]) and required:
        raise UsageError(
            f"has no encoder {', '.join(missing)}", where=str(path), fix="use an FFmpeg that is built with it"
        )
    found = {}
    for codec in wanted:
        frame = ("-f", "lavfi", "-i", "color=s=256x256:r=25", "-frames:v", "1")
        ran = run(path, (*_QUIET, *frame, "-c:v", codec, "-f", "rawvideo", "-"), timeout=_ASKING)
        if ran.status != 0 and required:
            what = f"the encoder {codec} doesn't run here: {cause(ran.words)}"
            raise UsageError(what, where=str(path), fix="a hardware encoder needs its device and driver")
        said = _LIBRARY.search(ran.words + ran.output.decode("ascii", errors="replace"))
        found[codec] = next(filter(None, said.groups()), "") if said else ""
    return found


def run(
    ffmpeg: Path,
    arguments: Sequence[str],
    *,
    folder: Path | None = None,
    timeout: float,
    quiet: bool = False,
    programs: Processes | None = None,
) -> Ran:
    """Runs FFmpeg in `folder`, `quiet` without banner and progress, and waits. Its status is the caller's to judge.

    It is one of `programs`, so that whoever holds these can end it.

    Raises: UsageError where FFmpeg can't be started; GateError where `folder` is gone, or `programs` were ended.
    """
    command = (str(ffmpeg), *(_QUIET if quiet else ()), *arguments)
    started = time.monotonic()
    try:
        ended = (programs or Processes()).run(command, folder=folder, environment=_environment(), timeout=timeout)
    except OSError as error:
        if folder is not None and not folder.is_dir():
            raise GateError("the folder for temporary files is gone", where=str(folder), fix="run again") from error
        what = f"FFmpeg can't be started: {error.strerror}"
        raise UsageError(what, where=str(ffmpeg), fix=_INSTALL) from error
    seconds = time.monotonic() - started
    said = _ADDRESS.sub("", ended.words.decode(errors="replace"))
    return Ran(command=command, status=ended.status, output=ended.output, words=said, seconds=seconds)


def disk_full(folder: Path) -> GateError:
    """The error for a disk that took no more; the same wherever it is noticed."""
    return GateError("the disk is full", where=str(folder), fix="free some space and run again: finished work is kept")


def _bundled() -> Path:
    try:
        import imageio_ffmpeg  # type: ignore[import-untyped]  # noqa: PLC0415  only a sweep needs it
    except ImportError:
        raise UsageError("there is no FFmpeg", fix=_INSTALL) from None
    try:
        return Path(imageio_ffmpeg.get_ffmpeg_exe()).resolve()
    except RuntimeError:
        raise UsageError("imageio-ffmpeg brings no FFmpeg for this machine", fix="name one with --ffmpeg") from None


def _libvmaf(path: Path, model: str) -> str:
    frames = ("-f", "lavfi", "-i", "color=gray:s=64x64:r=25:d=0.08,format=yuv420p")
    # Its log comes on standard output: no file is left behind, whatever ends the gate meanwhile.
    graph = score_graph(model, "yuv420p", log="/dev/stdout")
    ran = run(path, (*frames, *frames, "-lavfi", graph, "-f", "null", "-"), timeout=_ASKING, quiet=True)
    if version := version_in(ran.output):
        return version
    if re.search(r"no such filter:? '?libvmaf", ran.words, re.IGNORECASE):
        raise UsageError("is built without libvmaf", where=str(path), fix=_INSTALL)
    raise UsageError(f"can't take VMAF with {model}: {cause(ran.words)}", where=str(path), fix="vmaf_v0.6.1, say")


def cause(words: str) -> str:
    """The first line that speaks of a fault: those after it are its consequences."""
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    faults = (
        line for line in lines if re.search(r"error|can(no|')t|could not|fail|invalid|no such|unknown", line, re.I)
    )
    return next(faults, lines[-1] if lines else "it says nothing")


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not _SCRUBBED.match(name)}
    return kept | {"LC_ALL": "C", "AV_LOG_FORCE_NOCOLOR": "1"}
