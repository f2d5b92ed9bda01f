"""A spec's corpus to clips."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gate.errors import UsageError
from gate.measure.clips import File, Geometry, Length, SourceSpec, Synthetic, prepare
from gate.measure.model import Clips, Tools
from gate.measure.spec import Corpus, LoadedSpec, Raw, Source


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
