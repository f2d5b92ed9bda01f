"""A spec's sources decoded once: what each may be, its file's sha256, and clips that are kept for later runs."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from gate.errors import GateError, UsageError
from gate.evidence.measure import ffmpeg
from gate.evidence.measure.model import Clip, Clips, Tools
from gate.evidence.measure.spec import Corpus, LoadedSpec, Raw, Source
from gate.evidence.measure.synthetic import SYNTHETIC
from gate.evidence.measure.y4m import check_even, described, frame_bytes
from gate.values import dataclass, replace

_DECODING = 3600.0  # seconds
_SAME_EVERYWHERE = ("-flags", "+bitexact", "-idct", "simple")  # no decoder's shortcut that only some machines take
_SCALER = "lanczos+accurate_rnd+full_chroma_int+bitexact"
_LEVELS = ("-loglevel", "repeat+level+info")
_LEVEL = re.compile(r"\[(?:info|warning|error|fatal|panic)\] ")
_FAULT = re.compile(r"^(?:\[[^\]]*\] )?\[(?:error|fatal|panic)\] (.+)$", re.MULTILINE)
_PLAYLISTS = (b"ffconcat", b"#EXTM3U", b"<MPD", b"v=0")
_POINTING = re.compile(
    r"^Input #\d+, (concat|hls|dash|imf|image2|sdp|avisynth|vapoursynth|webm_dash_manifest)\b", re.MULTILINE
)
"""How FFmpeg says that it read a list of other files, a script, or files numbered alike."""


def decode(loaded: LoadedSpec, tools: Tools, folder: Path) -> Clips:
    """The corpus of a spec, decoded into `folder`.

    Raises: UsageError for two sources that are the same pictures; and as `prepare`.
    """
    clips = prepare(loaded.spec.corpus, tools, folder, base=loaded.path.parent)
    _check_different(clips, str(loaded.path))
    return clips


def prepare(corpus: Corpus, tools: Tools, folder: Path, *, base: Path) -> Clips:
    """Each source decoded into `folder`, by name; one that is there already and still the same isn't decoded again.

    `folder` is made where it isn't there; paths count from `base`.

    Raises:
        UsageError: a source is missing, unreadable, empty, too short, not the one that its sha256 says, or of a size
            that its chroma doesn't divide; it decodes with errors; an unknown generator.
        GateError: the disk is full.
    """
    with _disk(folder):
        folder.mkdir(parents=True, exist_ok=True)
        readings = [_reading(source, corpus, tools, base) for source in corpus.sources]
        _forget_others(folder, {each.stem for each in readings})
        return {each.source.label: _clip(each, tools, folder, corpus) for each in readings}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """A source: its name in errors, FFmpeg's arguments that read it, and what its clip's files are called."""

    source: Source
    where: str
    arguments: list[str]
    stem: str


def _reading(source: Source, corpus: Corpus, tools: Tools, base: Path) -> _Reading:
    where, identity = source.label, ""
    if source.synthetic is not None:
        arguments = _generated(source.synthetic, corpus, where)
    else:
        path = base / (source.file or "")
        where, arguments, identity = str(path), _read(path, source.raw, corpus.fetch), _sha256(path, source.sha256)
        arguments += _shaped(source)
    made_of = [arguments, identity, _length(corpus, source), tools.ffmpeg_version]
    # By what it is made of, not by its name: names come from people, and may hold anything.
    stem = hashlib.sha256(json.dumps(made_of).encode()).hexdigest()[:24]
    return _Reading(source=source, where=where, arguments=arguments, stem=stem)


def _length(corpus: Corpus, source: Source) -> tuple[str, ...]:
    frames, seconds = corpus.length_of(source)
    return ("-frames:v", str(frames)) if frames else ("-t", f"{seconds:.6f}")


def _shaped(source: Source) -> list[str]:
    """The filters of a segment. The file is decoded from its beginning: after a seek, pictures may lack their past."""
    filters = [f"trim=start={source.start:.6f},setpts=PTS-STARTPTS"] if source.start else []
    filters += [f"fps={source.fps}"] if source.fps else []
    filters += [f"decimate=cycle={source.decimate}"] if source.decimate else []
    filters += [f"crop={re.sub('[x+]', ':', source.crop)}"] if source.crop else []
    if source.scale:
        size = source.scale.replace("x", ":")
        filters.append(f"scale={size}:force_original_aspect_ratio=increase:flags={_SCALER},crop={size},setsar=1")
    filters += [f"format={source.pixel_format}"] if source.pixel_format else []
    return ["-vf", ",".join(filters)] if filters else []


def _forget_others(folder: Path, stems: set[str]) -> None:
    """Clips of sources that aren't measured any more, or were swapped for others, would only take room."""
    for path in folder.iterdir():
        if re.fullmatch(r"[0-9a-f]{24}\.(y4m|sha256)", path.name) and path.stem not in stems:
            path.unlink(missing_ok=True)


def _clip(reading: _Reading, tools: Tools, folder: Path, corpus: Corpus) -> Clip:
    path, note = folder / f"{reading.stem}.y4m", folder / f"{reading.stem}.sha256"
    if (known := _kept(path, note, reading.source.label)) is not None:
        return known
    with _unfinished(path) as fresh:
        _decode(reading, tools, fresh, corpus)
        clip = described(fresh, reading.source.label)
        if clip.frames < (asked := corpus.frames_at(clip.frame_rate, reading.source)):
            what = f"has {clip.frames} frames, {asked} are asked for"
            raise UsageError(what, where=reading.where, fix="ask for fewer, or take a longer source")
        with fresh.open("rb") as file:
            os.fsync(file.fileno())
        fresh.replace(path)
    _write(note, clip.digest)
    return replace(clip, path=path)


def _generated(generator: str, corpus: Corpus, where: str) -> list[str]:
    if generator not in SYNTHETIC:
        known = ", ".join(SYNTHETIC)
        raise UsageError(f"no generator {generator!r}", where=where, fix=f"there are {known}")
    width, height = _pair(corpus.size)
    check_even(width, height, "yuv420p", where)
    graph = SYNTHETIC[generator].format(width=width, height=height, rate=_rate(corpus.frame_rate))
    return ["-f", "lavfi", "-i", graph, "-pix_fmt", "yuv420p"]


def _read(path: Path, raw: Raw | None, fetch: str) -> list[str]:
    try:
        length = path.stat().st_size
    except OSError as error:
        fix = f"bring it with `{fetch}`" if fetch else ""
        raise UsageError(f"can't be read: {error.strerror}", where=str(path), fix=fix) from None
    except ValueError as error:  # a null character
        raise UsageError(f"can't be read: {error}", where=str(path)) from None
    if not path.is_file():
        raise UsageError("is no file", where=str(path))
    if not length:
        raise UsageError("is empty", where=str(path), fix="copy it again")
    location = f"file:{path.resolve()}"
    if raw is None:
        with path.open("rb") as file:
            if file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(_PLAYLISTS):
                raise _unpinned(str(path), "a playlist")
        return [*_SAME_EVERYWHERE, "-i", location, "-map", "0:v:0"]
    _check_raw(str(path), raw, length)
    said = ["-pixel_format", raw.pixel_format, "-video_size", raw.size, "-framerate", _rate(raw.frame_rate)]
    return ["-f", "rawvideo", *said, "-i", location]


def _check_raw(where: str, raw: Raw, length: int) -> None:
    """Raw YUV is whole frames: a file that isn't was given another geometry than its own."""
    width, height = _pair(raw.size)
    check_even(width, height, raw.pixel_format, where)
    frame = frame_bytes(width, height, raw.pixel_format)
    if frame and length % frame:
        what = f"{length} bytes are no whole frames of {width}x{height} {raw.pixel_format}, {frame} bytes each"
        raise UsageError(what, where=where, fix="correct the size or the pixel format under `raw`")


def _sha256(path: Path, expected: str | None) -> str:
    """The content hash of a source's file. UsageError where the spec names another."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if expected and expected != digest:
        what = f"isn't the file that the spec names: its sha256 is {digest}"
        raise UsageError(what, where=str(path), fix="get that file, or correct `sha256`")
    return digest


def _kept(path: Path, note: Path, name: str) -> Clip | None:
    """The clip of an earlier run; None where there is none, or its pictures aren't any more what they were."""
    try:
        said = note.read_text("ascii").strip()
        clip = described(path, name)
    except (OSError, UnicodeDecodeError, GateError):
        return None
    return clip if clip.digest == said else None


def _decode(reading: _Reading, tools: Tools, path: Path, corpus: Corpus) -> None:
    # -strict: YUV4MPEG of more than 8 bits is an extension. -progress: counts of pictures, on standard output.
    output = (
        *_length(corpus, reading.source),
        "-strict",
        "-1",
        "-progress",
        "-",
        "-f",
        "yuv4mpegpipe",
        f"file:{path.resolve()}",
    )
    ran = ffmpeg.run(tools.ffmpeg, (*_LEVELS, *reading.arguments, *output), timeout=_DECODING, quiet=True)
    if ran.is_disk_full:
        raise ffmpeg.disk_full(path.parent)
    words = _LEVEL.sub("", ran.words)
    if reading.source.file and (names := _POINTING.search(words)):
        raise _unpinned(reading.where, f"of the format {names[1]}")
    if ran.status != 0 or not path.stat().st_size:
        raise _undecodable(reading.where, words)
    if fault := _FAULT.search(ran.words):  # the decoder conceals what it can't read, and goes on
        fix = "take another file, or a segment before the damage"
        raise UsageError(f"decodes with errors: {fault[1]}", where=reading.where, fix=fix)
    _check_rate(reading.where, ran.output)


def _unpinned(where: str, what: str) -> UsageError:
    """The sha256 of a file that names others says nothing of the pictures."""
    fix = "put its pictures into one file first, with -map 0:v:0 -c copy say"
    return UsageError(f"is {what}: the pictures are in other files, which may change", where=where, fix=fix)


def _check_rate(where: str, progress: bytes) -> None:
    """YUV4MPEG has one frame rate: pictures at other times would be repeated or left out, and measured so."""
    counts = dict(line.split("=", 1) for line in progress.decode(errors="replace").splitlines() if "=" in line)
    repeated, left_out = counts.get("dup_frames", "0"), counts.get("drop_frames", "0")
    if (repeated, left_out) != ("0", "0"):
        what = f"has no constant frame rate: {repeated} pictures would be repeated and {left_out} left out"
        raise UsageError(what, where=where, fix="convert it first, with -map 0:v:0 -fps_mode cfr -c:v ffv1 say")


def _undecodable(where: str, words: str) -> UsageError:
    if "yuv4mpeg can only handle" in words:
        # A conversion changes pictures: which one is for the user to say.
        fix = "convert it first, with -pix_fmt yuv420p say"
        return UsageError("its pictures are no YUV of separate planes", where=where, fix=fix)
    if "matches no streams" in words:
        return UsageError("holds no video", where=where)
    what = f"FFmpeg can't decode it: {ffmpeg.cause(words)}"
    return UsageError(what, where=where, fix="see that it plays, or copy it again")


def _write(path: Path, text: str) -> None:
    unfinished = path.with_name(path.name + ".new")
    unfinished.write_text(text + "\n", "ascii")
    unfinished.replace(path)


@contextlib.contextmanager
def _unfinished(path: Path) -> Iterator[Path]:
    """A new file beside `path`, gone afterwards unless it has become `path`."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".decoding-", suffix=".y4m")
    os.close(descriptor)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


@contextlib.contextmanager
def _disk(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise ffmpeg.disk_full(folder) from error
        raise UsageError(f"can't hold clips: {error.strerror}", where=str(folder)) from error


def _pair(size: str) -> tuple[int, int]:
    width, _, height = size.partition("x")
    return int(width), int(height)


def _rate(text: str) -> str:
    return text if "/" in text else f"{text}/1"


def _check_different(clips: Clips, where: str) -> None:
    """A source that stands there twice would count twice among the hits."""
    seen: dict[str, str] = {}
    for name, clip in clips.items():
        twin = seen.setdefault(clip.digest, name)
        if twin != name:
            raise UsageError(f"sources {twin!r} and {name!r} are the same pictures", where=where, fix="take one out")
