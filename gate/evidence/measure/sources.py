"""Sources decoded once."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from gate.errors import GateError, UsageError
from gate.evidence.measure import ffmpeg
from gate.evidence.measure.model import Clip, Clips, Tools
from gate.evidence.measure.spec import Corpus, LoadedSpec, Raw, Source
from gate.evidence.measure.synthetic import SYNTHETIC
from gate.evidence.measure.y4m import check_even, described, frame_bytes

_DECODING = 3600.0  # seconds
_PLAYLISTS = (b"ffconcat", b"#EXTM3U", b"<MPD", b"v=0")
_POINTING = re.compile(
    r"^Input #\d+, (concat|hls|dash|imf|image2|sdp|avisynth|vapoursynth|webm_dash_manifest)\b", re.MULTILINE
)
"""How FFmpeg says that it read a list of other files, a script, or files numbered alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Geometry:
    """What raw YUV doesn't say of itself."""

    width: int
    height: int
    frame_rate: str
    pixel_format: str = "yuv420p"


@dataclass(frozen=True, slots=True, kw_only=True)
class Synthetic:
    """A source that one of the bundled generators makes."""

    name: str
    generator: str


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A source that is a file: anything that FFmpeg reads, or raw YUV with its geometry. `sha256` is the file's."""

    name: str
    path: Path
    sha256: str | None = None
    geometry: Geometry | None = None


SourceSpec = Synthetic | File


@dataclass(frozen=True, slots=True, kw_only=True)
class Length:
    """How much of each source is measured: frames, or seconds of its own rate where `frames` is None."""

    frames: int | None = None
    seconds: float | None = None

    def arguments(self) -> tuple[str, ...]:
        """FFmpeg's, for an output of this length."""
        return ("-frames:v", str(self.frames)) if self.frames else ("-t", f"{self.seconds:.6f}")

    def asked(self, frame_rate: str) -> int:
        """In frames; a last frame that the seconds end in isn't asked for."""
        return self.frames or max(1, int(Fraction(self.seconds or 0).limit_denominator(1000) * Fraction(frame_rate)))


def prepare(
    sources: Sequence[SourceSpec],
    tools: Tools,
    folder: Path,
    *,
    length: Length,
    width: int,
    height: int,
    frame_rate: str,
) -> Clips:
    """Each source decoded into `folder`, by name; one that is there already and still the same isn't decoded again.

    Args:
        sources: of different names.
        tools: the FFmpeg that decodes.
        folder: is made where it isn't there.
        length: how much of each.
        width: of the synthetic sources, in pixels; so are `height` and, as `25/1`, `frame_rate`.

    Raises:
        UsageError: a source is missing, unreadable, empty, too short, not the one that its sha256 says, or of a size
            that its chroma doesn't divide; an unknown generator.
        GateError: the disk is full.
    """
    with _disk(folder):
        folder.mkdir(parents=True, exist_ok=True)
        size = Geometry(width=width, height=height, frame_rate=frame_rate)
        wanted = [_wanted(source, tools, length, size) for source in sources]
        _forget_others(folder, {each.stem for each in wanted})
        return {each.source.name: _clip(each, tools, folder, length) for each in wanted}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """A source, FFmpeg's arguments that read it, and what its clip's files are called."""

    source: SourceSpec
    arguments: list[str]
    stem: str


def _wanted(source: SourceSpec, tools: Tools, length: Length, size: Geometry) -> _Wanted:
    if isinstance(source, Synthetic):
        arguments, identity = _generated(source, size), ""
    else:
        arguments, identity = _read(source), _sha256(source)
    made_of = [arguments, identity, length.arguments(), tools.ffmpeg_version]
    # By what it is made of, not by its name: names come from people, and may hold anything.
    stem = hashlib.sha256(json.dumps(made_of).encode()).hexdigest()[:24]
    return _Wanted(source=source, arguments=arguments, stem=stem)


def _forget_others(folder: Path, stems: set[str]) -> None:
    """Clips of sources that aren't measured any more, or were swapped for others, would only take room."""
    for path in folder.iterdir():
        if re.fullmatch(r"[0-9a-f]{24}\.(y4m|sha256)", path.name) and path.stem not in stems:
            path.unlink(missing_ok=True)


def _clip(wanted: _Wanted, tools: Tools, folder: Path, length: Length) -> Clip:
    source = wanted.source
    path, note = folder / f"{wanted.stem}.y4m", folder / f"{wanted.stem}.sha256"
    if (known := _kept(path, note, source.name)) is not None:
        return known
    with _unfinished(path) as fresh:
        _decode(source, wanted.arguments, tools, fresh, length)
        clip = described(fresh, source.name)
        _check_length(source, clip, length)
        _flush(fresh)
        fresh.replace(path)
    _write(note, clip.digest)
    return replace(clip, path=path)


def _generated(source: Synthetic, size: Geometry) -> list[str]:
    if source.generator not in SYNTHETIC:
        known = ", ".join(SYNTHETIC)
        raise UsageError(f"no generator {source.generator!r}", where=source.name, fix=f"there are {known}")
    check_even(size.width, size.height, "yuv420p", source.name)
    graph = SYNTHETIC[source.generator].format(width=size.width, height=size.height, rate=size.frame_rate)
    return ["-f", "lavfi", "-i", graph, "-pix_fmt", "yuv420p"]


def _read(source: File) -> list[str]:
    try:
        length = source.path.stat().st_size
    except OSError as error:
        raise UsageError(f"can't be read: {error.strerror}", where=str(source.path)) from None
    except ValueError as error:  # a null character
        raise UsageError(f"can't be read: {error}", where=str(source.path)) from None
    if not source.path.is_file():
        raise UsageError("is no file", where=str(source.path))
    if not length:
        raise UsageError("is empty", where=str(source.path), fix="copy it again")
    location = f"file:{source.path.resolve()}"
    if source.geometry is None:
        if _head(source.path).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(_PLAYLISTS):
            raise _unpinned(source, "a playlist")
        return ["-i", location, "-map", "0:v:0"]
    _check_raw(source, source.geometry, length)
    raw = source.geometry
    size = f"{raw.width}x{raw.height}"
    said = ["-pixel_format", raw.pixel_format, "-video_size", size, "-framerate", raw.frame_rate]
    return ["-f", "rawvideo", *said, "-i", location]


def _check_raw(source: File, raw: Geometry, length: int) -> None:
    """Raw YUV is whole frames: a file that isn't was given another geometry than its own."""
    check_even(raw.width, raw.height, raw.pixel_format, str(source.path))
    frame = frame_bytes(raw.width, raw.height, raw.pixel_format)
    if frame and length % frame:
        what = f"{length} bytes are no whole frames of {raw.width}x{raw.height} {raw.pixel_format}, {frame} bytes each"
        raise UsageError(what, where=str(source.path), fix="correct the size or the pixel format under `raw`")


def _sha256(source: File) -> str:
    digest = _hash(source.path)
    if source.sha256 and source.sha256.lower() != digest:
        what = f"isn't the file that the spec names: its sha256 is {digest}"
        raise UsageError(what, where=str(source.path), fix="get that file, or correct `sha256`")
    return digest


def _hash(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UsageError(f"can't be read: {error.strerror}", where=str(path)) from None


def _kept(path: Path, note: Path, name: str) -> Clip | None:
    """The clip of an earlier run; None where there is none, or its pictures aren't any more what they were."""
    try:
        said = note.read_text("ascii").strip()
        clip = described(path, name)
    except (OSError, UnicodeDecodeError, GateError):
        return None
    return clip if clip.digest == said else None


def _decode(source: SourceSpec, arguments: list[str], tools: Tools, path: Path, length: Length) -> None:
    # -strict: YUV4MPEG of more than 8 bits is an extension. -progress: counts of pictures, on standard output.
    output = (*length.arguments(), "-strict", "-1", "-progress", "-", "-f", "yuv4mpegpipe", f"file:{path.resolve()}")
    ran = ffmpeg.run(tools.ffmpeg, (*arguments, *output), timeout=_DECODING, quiet=True)
    if ran.is_disk_full:
        raise ffmpeg.disk_full(path.parent)
    if isinstance(source, File) and (names := _POINTING.search(ran.words)):
        raise _unpinned(source, f"of the format {names[1]}")
    if ran.status != 0 or not path.stat().st_size:
        raise _undecodable(source, ran.words)
    _check_rate(source, ran.output)


def _unpinned(source: File, what: str) -> UsageError:
    """The sha256 of a file that names others says nothing of the pictures."""
    fix = "put its pictures into one file first, with -map 0:v:0 -c copy say"
    return UsageError(f"is {what}: the pictures are in other files, which may change", where=str(source.path), fix=fix)


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(64)
    except OSError as error:
        raise UsageError(f"can't be read: {error.strerror}", where=str(path)) from None


def _check_length(source: SourceSpec, clip: Clip, length: Length) -> None:
    asked = length.asked(clip.frame_rate)
    if clip.frames < asked:
        what = f"has {clip.frames} frames, {asked} are asked for"
        raise UsageError(what, where=_place(source), fix="ask for fewer, or take a longer source")


def _check_rate(source: SourceSpec, progress: bytes) -> None:
    """YUV4MPEG has one frame rate: pictures at other times would be repeated or left out, and measured so."""
    said = dict(line.split("=", 1) for line in progress.decode(errors="replace").splitlines() if "=" in line)
    repeated, left_out = said.get("dup_frames", "0"), said.get("drop_frames", "0")
    if (repeated, left_out) != ("0", "0"):
        what = f"has no constant frame rate: {repeated} pictures would be repeated and {left_out} left out"
        fix = "convert it first, with -map 0:v:0 -fps_mode cfr -c:v ffv1 say"
        raise UsageError(what, where=_place(source), fix=fix)


def _undecodable(source: SourceSpec, words: str) -> UsageError:
    if "yuv4mpeg can only handle" in words:
        # A conversion changes pictures: which one is for the user to say.
        fix = "convert it first, with -pix_fmt yuv420p say"
        return UsageError("its pictures are no YUV of separate planes", where=_place(source), fix=fix)
    if "matches no streams" in words:
        return UsageError("holds no video", where=_place(source))
    what = f"FFmpeg can't decode it: {ffmpeg.cause(words)}"
    return UsageError(what, where=_place(source), fix="see that it plays, or copy it again")


def _write(path: Path, text: str) -> None:
    unfinished = path.with_name(path.name + ".new")
    unfinished.write_text(text + "\n", "ascii")
    unfinished.replace(path)


def _flush(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


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


def _place(source: SourceSpec) -> str:
    return source.name if isinstance(source, Synthetic) else str(source.path)


def decode(loaded: LoadedSpec, tools: Tools, folder: Path, sources: Sequence[Source] | None = None) -> Clips:
    """The corpus of a spec (or some of its sources), decoded into `folder`.

    Raises: UsageError for a source that can't be measured, or two that are the same pictures; GateError: disk full.
    """
    corpus = loaded.spec.corpus
    width, height = _pair(corpus.size)
    clips = prepare(
        [_source(source, loaded.path.parent) for source in sources or corpus.sources],
        tools,
        folder,
        length=Length(frames=corpus.frames, seconds=corpus.seconds),
        width=width,
        height=height,
        frame_rate=_rate(corpus.frame_rate),
    )
    _check_different(clips, str(loaded.path))
    return clips


def usual_rates(corpus: Corpus) -> dict[str, str]:
    """Each source's frame rate as far as the spec says it, the synthetic ones' otherwise."""
    return {
        source.label: _rate(source.raw.frame_rate if source.raw else corpus.frame_rate) for source in corpus.sources
    }


def _source(source: Source, folder: Path) -> SourceSpec:
    if source.synthetic is not None:
        return Synthetic(name=source.label, generator=source.synthetic)
    geometry = _geometry(source.raw) if source.raw else None
    return File(name=source.label, path=folder / (source.file or ""), sha256=source.sha256, geometry=geometry)


def _geometry(raw: Raw) -> Geometry:
    width, height = _pair(raw.size)
    return Geometry(width=width, height=height, frame_rate=_rate(raw.frame_rate), pixel_format=raw.pixel_format)


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
