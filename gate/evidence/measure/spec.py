"""The spec of a measured sweep: a YAML file, typed at the boundary where it comes in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
    model_validator,
)

from gate.documents import Digest, explain, read_bytes, read_yaml
from gate.errors import UsageError
from gate.evidence.model import Content
from gate.values import dataclass

BARE: Final = "bare"
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def _text(value: object) -> object:
    """YAML's bare numbers as the labels that sweeps have: `23` and `23.0` are `23`."""
    if isinstance(value, bool):
        raise ValueError(f"{str(value).lower()} is not text or a number; quote it")
    if isinstance(value, str) and "\0" in value:
        raise ValueError("holds a null character, which no file and no option can")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if isinstance(value, int | float) else value


_TextOrNumber = WithJsonSchema({"type": ["string", "number"]})
Label = Annotated[
    str,
    BeforeValidator(_text),
    StringConstraints(min_length=1, max_length=200, strip_whitespace=True),
    _TextOrNumber,
]
Setting = Annotated[str, BeforeValidator(_text), StringConstraints(max_length=500), _TextOrNumber]
Size = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,4}x[1-9][0-9]{0,4}$")]
FrameRate = Annotated[
    str,
    BeforeValidator(_text),
    StringConstraints(pattern=r"^[1-9][0-9]{0,5}(/[1-9][0-9]{0,5})?$"),
    _TextOrNumber,
]


Crop = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,4}x[1-9][0-9]{0,4}(\+[0-9]{1,5}\+[0-9]{1,5})?$")]
PixelFormat = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]{3,20}$")]
Seconds = Annotated[float, Field(ge=0, le=1e6)]


class _Record(BaseModel):
    """Frozen and closed to unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Raw(_Record):
    """What raw YUV doesn't say of itself."""

    size: Size
    frame_rate: FrameRate
    pixel_format: Label = "yuv420p"


class Source(_Record):
    """One source: made by a bundled generator, or a file, whose path counts from the spec's folder.

    Of a file, `start` and a length choose the segment. Its pictures then pass, in this order, through `fps`,
    `decimate`, `crop`, `scale` and `pixel_format`, as far as each is given.
    """

    name: Label = Field(default="", validate_default=False, description="Default: the generator, or the file's stem.")
    synthetic: Label | None = Field(default=None, description="A bundled generator.")
    file: Label | None = Field(default=None, description="Any file that FFmpeg reads.")
    sha256: Digest | None = Field(default=None, description="What the file must be.")
    raw: Raw | None = Field(default=None, description="The geometry of raw YUV.")
    start: Seconds | None = Field(default=None, description="Where the segment begins, in seconds of the file.")
    duration: Annotated[float, Field(gt=0)] | None = Field(
        default=None, description="Its seconds. Default: the corpus's."
    )
    frames: Annotated[int, Field(ge=1)] | None = Field(default=None, description="Its frames, in place of seconds.")
    fps: FrameRate | None = Field(default=None, description="The rate at which pictures are taken from the file.")
    decimate: Annotated[int, Field(ge=2, le=25)] | None = Field(
        default=None, description="Of so many pictures in a row, the one most like that before it is left out."
    )
    crop: Crop | None = Field(default=None, description="WxH of the middle, or WxH+X+Y from the left upper corner.")
    scale: Size | None = Field(
        default=None, description="Scaled until it covers this size; what lies beyond is cut off."
    )
    pixel_format: PixelFormat | None = Field(default=None, description="What pictures are converted to.")
    shows: str = Field(default="", max_length=500, description="What is to be seen, for people.")
    licence: str = Field(default="", max_length=500, description="Under what terms, as far as anybody states them.")
    packages: tuple[Label, ...] = Field(
        default=(), description="Package URLs that hold the file, in the order to be tried. The gate fetches nothing."
    )

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        if (self.synthetic is None) == (self.file is None):
            raise ValueError("a source is either `synthetic` or a `file`")
        if self.synthetic is not None and (alien := sorted(self.model_fields_set - {"name", "synthetic", "shows"})):
            raise ValueError(f"`{alien[0]}` is for files")
        if self.duration is not None and self.frames is not None:
            raise ValueError("`duration` and `frames` both say how long the segment is")
        return self

    @property
    def label(self) -> str:
        """What rows call it."""
        return self.name or self.synthetic or Path(self.file or "").stem


class Corpus(_Record):
    """The sources, and how much of each is measured. Size and frame rate are those of the synthetic ones."""

    sources: tuple[Source, ...] = Field(min_length=1)
    frames: Annotated[int, Field(ge=1)] | None = Field(default=None, description="Frames per source.")
    seconds: Annotated[float, Field(gt=0)] | None = Field(default=None, description="Seconds per source.")
    size: Size = "320x180"
    frame_rate: FrameRate = "25"
    fetch: str = Field(default="", max_length=200, description="The command that brings the files, for people.")
    content: Content | None = Field(default=None, description="What files show: natural, or made by a generator.")

    @property
    def shows(self) -> Content | None:
        """What all of them show; of files only where the spec says it."""
        return Content.SYNTHETIC if all(source.synthetic for source in self.sources) else self.content

    @model_validator(mode="after")
    def _names_each_once(self) -> Self:
        names = [source.label for source in self.sources]
        for name, times in Counter(names).items():
            if times > 1:
                raise ValueError(f"two sources are called {name!r}; give them names")
        if (self.frames is None) == (self.seconds is None):
            raise ValueError("say how much of each source is measured: either `frames` or `seconds`")
        return self

    def length_of(self, source: Source) -> tuple[int | None, float]:
        """How much of a source is measured: frames, or where these are None seconds."""
        if source.frames or source.duration:
            return source.frames, source.duration or 0.0
        return self.frames, self.seconds or 0.0

    def frames_at(self, frame_rate: str, source: Source) -> int:
        """How much of a source of this rate, in frames; a last frame that the seconds end in isn't asked for."""
        frames, seconds = self.length_of(source)
        return frames or max(1, int(Fraction(seconds).limit_denominator(1000) * Fraction(frame_rate)))


class Codec(_Record):
    """One encoder's grid: every recipe, and bare, at every preset and every quality of every rate-control mode."""

    presets: tuple[Label, ...] = Field(min_length=1)
    rc_modes: dict[Label, tuple[Label, ...]] = Field(
        min_length=1, description="Label -> qualities: the encoder's own scale, or Mbit/s where a rate is the target."
    )
    means: dict[Label, tuple[Label, ...]] = Field(
        default={}, description="Label -> the canonical rate controls that it means. Default: the encoder's own table."
    )
    recipes: dict[Label, dict[Label, Setting]] = Field(
        default={}, description="Recipe -> knobs: FFmpeg option names without dash and their values. `bare` is implied."
    )

    @model_validator(mode="after")
    def _says_nothing_twice(self) -> Self:
        _once("presets", self.presets)
        for label, qualities in self.rc_modes.items():
            if not qualities:
                raise ValueError(f"rc_modes.{label} names no quality")
            _once(f"rc_modes.{label}", [_number(quality) for quality in qualities])
        strangers = self.means.keys() - self.rc_modes.keys()
        if strangers:
            raise ValueError(f"means.{min(strangers)}: no such label under rc_modes")
        return self

    @model_validator(mode="after")
    def _recipes_differ(self) -> Self:
        seen: dict[tuple[tuple[str, str], ...], str] = {}
        for recipe, knobs in self.recipes.items():
            if recipe == BARE and knobs:
                raise ValueError("recipes.bare holds knobs, but bare means none")
            if recipe != BARE and not knobs:
                raise ValueError(f"recipes.{recipe} holds no knob; `bare` is implied")
            folded = [(_folded(name), value) for name, value in knobs.items()]
            _once(f"recipes.{recipe}", [name for name, _ in folded])
            twin = seen.setdefault(tuple(sorted(folded)), recipe)
            if twin != recipe:
                raise ValueError(f"recipes.{recipe} is the same as recipes.{twin}")
        return self


class Vmaf(_Record):
    """How VMAF is taken."""

    model: Label = "vmaf_v0.6.1"
    pooling: Literal["mean", "harmonic_mean", "min"] = "mean"


class Spec(_Record):
    """A measured sweep: what to encode, how, and how to score it."""

    schema_: Literal["codec-gate.spec/1"] = Field(alias="schema")
    title: str = ""
    corpus: Corpus
    codecs: dict[Label, Codec] = Field(min_length=1)
    vmaf: Vmaf = Vmaf()
    threads: Annotated[int, Field(ge=1, le=256)] = Field(
        default=1, description="Threads of each encode. Some encoders write another stream with another count."
    )
    seed: int = Field(default=0, description="Draws the order of sources of sequential designs.")

    @property
    def sources(self) -> tuple[str, ...]:
        """The names of the corpus, in its order."""
        return tuple(source.label for source in self.corpus.sources)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedSpec:
    """A spec and the file that it was read from, byte by byte."""

    spec: Spec
    path: Path
    contents: bytes


def read_spec(path: Path) -> LoadedSpec:
    """The spec in a YAML file. UsageError names file and line, or key path."""
    contents = read_bytes(path, UsageError)
    document = read_yaml(contents, str(path), UsageError).data
    if not isinstance(document, Mapping):
        raise UsageError("a spec is a mapping of keys", where=str(path), fix="see `gate schema spec`")
    try:
        spec = Spec.model_validate(document)
    except ValidationError as error:
        raise UsageError(explain(error, "spec")[1], where=str(path), fix="see `gate schema spec`") from None
    return LoadedSpec(spec=spec, path=path, contents=contents)


def spec_schema() -> dict[str, Any]:
    """The JSON Schema of a spec."""
    return {"$schema": _DIALECT, **Spec.model_json_schema(by_alias=True), "title": "codec-gate spec"}


def _once(where: str, values: Iterable[Hashable]) -> None:
    for value, times in Counter(values).items():
        if times > 1:
            raise ValueError(f"{where} names {value} twice")


def _folded(knob: str) -> str:
    """`aq-mode` and `aq_mode` are one knob, and so are `pix_fmt` and `pix_fmt:v`."""
    return knob.partition(":")[0].replace("-", "_")


def _number(quality: str) -> float | str:
    try:
        return float(quality)
    except ValueError:
        return quality
