"""One encode, made and scored: its row, or the failure that FFmpeg's exit status and complaints are read as."""

from __future__ import annotations

import errno
import functools
import hashlib
import json
import re
import tempfile
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

from gate.errors import GateError
from gate.evidence.measure import ffmpeg
from gate.evidence.measure.ffmpeg import Ran
from gate.evidence.measure.model import Clip, Encode, Failure, Outcome, Row, Tools
from gate.evidence.measure.processes import Processes
from gate.evidence.measure.vmaf import MalformedError, Packets, listing_arguments, read_packets, read_vmaf, score_graph
from gate.values import dataclass

TIMEOUT = 3600.0  # seconds per pass; an encode that takes longer hangs
_WORDS = 2000  # characters of a program's last words that a failure keeps
_ROOM = 1 << 16

# NUT keeps every time stamp exactly. It knows no VVC; MP4 does.
_CONTAINERS = {"libvvenc": "mp4"}
# libvvenc always encodes 10 bits: scored at 8, its stream would be rounded first.
_OUTPUT_FORMATS = {"libvvenc": "yuv420p10le"}

# How FFmpeg and the libraries say that they know an option or a value not, and go on without it.
_REFUSED = re.compile(
    r"has not been used for any|error parsing option|error setting option|unknown (?:\w+ )?option|unrecognized option"
    r"|invalid value for|unknown parameter|failed to set option|no such option|incompatible pixel format",
    re.IGNORECASE,
)
# A decoder conceals what it can't read, and goes on: VMAF would judge the concealment.
_DAMAGED = re.compile(
    r"error while decoding|concealing \d+|corrupt (?:decoded frame|input packet)|error submitting packet to decoder",
    re.IGNORECASE,
)
_TOLD_OF = re.compile(
    r"^(?:\[|x26\d \[warn|Svt\[warn)"
    r".*(?:ignor|overrid|unsupported|not supported|disabl|forc(?:ed|ing)|clipp|out of range)",
    re.IGNORECASE,
)
_CONFIGURED = re.compile(r"^Svt\[info\]: SVT \[config\]:\s*(.*)$|^\[[a-z0-9_-]+\] \d+ - core \d+ .*options: (.*)$")
_OPTIONS = re.compile(rb"options: ([\x20-\x7e]{20,})")


_COUNTED = ("-progress", "-")  # how much was written, on standard output


@dataclass(frozen=True, slots=True, kw_only=True)
class _Encoder:
    """How one encode's commands are run: FFmpeg in the encode's folder, within `timeout` seconds each."""

    run: Callable[[Sequence[str]], Ran]
    threads: int  # of scoring
    timeout: float


class _FailedError(Exception):
    """An encode that came to nothing, and the command that it was at."""

    def __init__(self, reason: str, ran: Ran) -> None:
        super().__init__(reason)
        self.reason = reason
        self.ran = ran


def key(encode: Encode, clip: Clip, tools: Tools) -> str:
    """The sha256 over what an encode and its score depend on: pictures, arguments, tools, device, library."""
    parts = [
        clip.digest,
        encode.passes,
        tools.ffmpeg_version,
        tools.libvmaf_version,
        tools.model,
        tools.pooling,
        tools.device,
        tools.driver,
        tools.libraries.get(encode.place.codec, ""),
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def measure(
    encode: Encode,
    clip: Clip,
    tools: Tools,
    folder: Path,
    *,
    threads: int = 1,
    timeout: float = TIMEOUT,
    programs: Processes | None = None,
) -> Outcome:
    """Encodes `clip` in a new folder inside `folder`, which is gone afterwards, and scores what came out.

    Bitrate is the bytes of the video stream's packets over the clip's duration, without a container's. Encode time is
    the wall time of the encoding commands, in milliseconds.

    Each command has `timeout` seconds, and is one of `programs`, for whoever may have to end it. Scoring uses `threads`
    (those of the encoder are in its passes); scores don't depend on it.

    Raises: GateError: the disk is full, `folder` is gone, FFmpeg can't be started, or `programs` were ended. Any other
        fault is a Failure.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="encode-", dir=folder) as work:
            started = functools.partial(
                ffmpeg.run,
                tools.ffmpeg,
                folder=Path(work),
                timeout=timeout,
                quiet=True,
                programs=programs or Processes(),
            )
            return _measured(encode, clip, tools, Path(work), _Encoder(run=started, threads=threads, timeout=timeout))
    except _FailedError as failed:
        return Failure(
            key=key(encode, clip, tools),
            place=encode.place,
            command=failed.ran.command,
            reason=failed.reason,
            words=failed.ran.words[-_WORDS:],
        )
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise ffmpeg.disk_full(folder) from error
        raise GateError(f"can't work there: {error.strerror}", where=str(folder), fix="run again") from error


def _measured(encode: Encode, clip: Clip, tools: Tools, work: Path, encoder: _Encoder) -> Row:
    stream = work / f"stream.{_CONTAINERS.get(encode.place.codec, 'nut')}"
    encoded = _encode(encode, clip, stream, encoder)
    scored = _score(encode, clip, tools, stream, encoder)
    try:
        packets = read_packets(work, frames=clip.frames)
        vmaf = read_vmaf(work, pooling=tools.pooling, frames=clip.frames)
    except MalformedError as malformed:
        _check_room(work)
        raise _FailedError(str(malformed), scored) from malformed
    return Row(
        place=encode.place,
        bitrate_kbps=_kbps(packets, clip),
        vmaf_score=vmaf,
        encode_time_ms=round(sum(ran.seconds for ran in encoded) * 1000, 3),
        knobs=dict(encode.knobs),
        key=key(encode, clip, tools),
        bitstream=packets.bitstream,
        settings_sha256=hashlib.sha256(settings(stream, encoded[-1].words).encode()).hexdigest(),
        tools=tools.setup,
        library=tools.libraries.get(encode.place.codec, ""),
    )


def _encode(encode: Encode, clip: Clip, stream: Path, encoder: _Encoder) -> list[Ran]:
    done: list[Ran] = []
    source = ("-i", f"file:{clip.path.resolve()}", "-map", "0:v:0")
    for number, arguments in enumerate(encode.passes, start=1):
        output = (stream.name,) if number == len(encode.passes) else ("-f", "null", "-")
        ran = encoder.run((*_COUNTED, *source, *arguments, *output))
        _check(ran, "encoding", encoder.timeout, stream.parent)
        if refused := _first(_REFUSED, ran.words):
            raise _FailedError(f"not taken: {refused}", ran)
        done.append(ran)
    if not stream.is_file() or not stream.stat().st_size:
        raise _FailedError("encoding wrote no stream", done[-1])
    _check_whole(stream, done[-1])
    return done


def _score(encode: Encode, clip: Clip, tools: Tools, stream: Path, encoder: _Encoder) -> Ran:
    graph = score_graph(tools.model, _pixel_format(encode, clip), threads=encoder.threads)
    # Without a number, a decoder takes every core: other encodes are at work on them.
    inputs = ("-threads", str(encoder.threads), "-i", stream.name, "-i", f"file:{clip.path.resolve()}")
    ran = encoder.run((*inputs, "-lavfi", graph, "-f", "null", "-", *listing_arguments(encode.place.codec)))
    _check(ran, "scoring", encoder.timeout, stream.parent)
    if damaged := _first(_DAMAGED, ran.words):
        raise _FailedError(f"the encoded stream is damaged: {damaged}", ran)
    return ran


def _check(ran: Ran, doing: str, timeout: float, work: Path) -> None:
    if ran.status == 0:
        return
    if ran.is_disk_full:
        raise ffmpeg.disk_full(work.parent)
    _check_room(work)
    if ran.status is None:
        raise _FailedError(f"{doing} took longer than {timeout:g} s", ran)
    ended = f"was killed by signal {-ran.status}" if ran.status < 0 else f"ended with status {ran.status}"
    raise _FailedError(f"{doing} {ended}", ran)


def _check_whole(stream: Path, ran: Ran) -> None:
    """What FFmpeg says that it wrote is there: a decoder may not notice that the last bytes are missing."""
    found = re.findall(rb"^total_size=(\d+)\s*$", ran.output, re.MULTILINE)
    size = stream.stat().st_size
    if found and size < int(found[-1]):
        raise _FailedError(f"the encoded stream is cut off: {size} of {int(found[-1])} bytes", ran)


def _check_room(work: Path) -> None:
    """Tries whether the disk still takes something: programs don't always say that it was why they failed."""
    with (work / "room").open("wb", buffering=0) as file:
        file.write(bytes(_ROOM))


def _pixel_format(encode: Encode, clip: Clip) -> str:
    """The format that both sides are scored in: the encoder's, where it isn't the clip's, so that none is rounded."""
    given: Sequence[str] = encode.passes[-1]
    if "-pix_fmt" in given:
        return given[given.index("-pix_fmt") + 1]
    return _OUTPUT_FORMATS.get(encode.place.codec, clip.pixel_format)


def _kbps(packets: Packets, clip: Clip) -> float:
    seconds = clip.frames / Fraction(clip.frame_rate)
    return float(packets.size * 8 / seconds / 1000)


def settings(stream: Path, words: str) -> str:
    """What the encoder says it was set to, in the stream or else in its log, and what it says of settings not kept."""
    with stream.open("rb") as file:
        written = _OPTIONS.search(file.read(1 << 16))
    if written:
        # Not the machine's: the same stream says the same everywhere.
        said = [re.sub(r" ?cpuid=\S+", "", written[1].decode("ascii")).strip()]
    else:
        said = [
            " ".join((match[1] or match[2]).split())
            for line in words.splitlines()
            if (match := _CONFIGURED.match(line))
        ]
    return "; ".join([*said, *(line.strip() for line in words.splitlines() if _TOLD_OF.search(line))])


def _first(pattern: re.Pattern[str], words: str) -> str:
    return next((line.strip() for line in words.splitlines() if pattern.search(line)), "")
