"""The `manifest` reader: YAML, JSON or TOML files in which a project simply declares what it emits by default."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from gate.adapters.model import Adapter, Defaults
from gate.documents import Document, KeyPath, explain, read_document
from gate.errors import AdapterError
from gate.model import Emission, Location, Token


def _words(value: object) -> object:
    """A command line as a list of words; numbers may stand unquoted."""
    if isinstance(value, str):
        return shlex.split(value)
    if isinstance(value, list):
        return [_word(each) for each in value]
    return value


def _word(value: object) -> object:
    return str(value) if type(value) in (int, float) else value


Word = Annotated[str, BeforeValidator(_word), Field(min_length=1, max_length=1000)]
Argv = Annotated[tuple[Word, ...], BeforeValidator(_words), Field(max_length=1000)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Entry(_Strict):
    """One adapter: its encoder, and per preset the arguments that it emits.

    `argv` is what every preset emits; `presets` adds to it per preset. An argv without `-c:v` gets the encoder, and
    where `quality_knob` is given and `quality_default` too, an argv without that option gets it.
    """

    name: Word
    encoder: Word
    quality_knob: str = ""
    quality_default: Annotated[str, BeforeValidator(_word)] = ""
    argv: Argv = ()
    extra: Argv = ()
    presets: Mapping[Word, Argv] | tuple[Word, ...] = Field(min_length=1)


class Manifest(_Strict):
    """A file that declares adapters."""

    adapters: tuple[Entry, ...] = Field(min_length=1, max_length=1000)


def read_manifest(sources: Mapping[str, bytes]) -> Defaults:
    """The adapters that the files declare (path -> contents); `points` stay empty.

    Raises: AdapterError: a file isn't YAML, JSON or TOML, doesn't fit the schema, or declares a name twice.
    """
    adapters: dict[str, Adapter] = {}
    for path, content in sorted(sources.items()):
        document = read_document(path, content, AdapterError)
        manifest = _validated(document)
        for place, declared in enumerate(manifest.adapters):
            adapter = _adapter(document, ("adapters", place), declared)
            if adapter.key in adapters:
                raise AdapterError(f"adapter {adapter.key!r} is declared twice", where=str(adapter.where))
            adapters[adapter.key] = adapter
    if not sources:
        raise AdapterError("no manifest among the adapters", fix="check the policy's adapter globs")
    return Defaults(adapters=adapters)


def _validated(document: Document) -> Manifest:
    try:
        return Manifest.model_validate(document.data)
    except ValidationError as error:
        path, what = explain(error, "the file", deepest=True)
        raise AdapterError(what, where=str(document.where(path))) from None


def _adapter(document: Document, base: KeyPath, declared: Entry) -> Adapter:
    presets = declared.presets if isinstance(declared.presets, Mapping) else dict.fromkeys(declared.presets, ())
    emissions = [_emission(document, base, declared, preset, own) for preset, own in presets.items()]
    return Adapter(
        key=declared.name,
        name=declared.name,
        encoder=declared.encoder,
        where=document.where(base),
        quality_knob=declared.quality_knob,
        quality_default=declared.quality_default,
        presets=tuple(presets),
        emissions=tuple(emissions),
        points=(),
        files=frozenset({document.path}),
        touched=frozenset(origin for each in emissions for token in each.tokens for origin in token.origins),
    )


def _emission(document: Document, base: KeyPath, declared: Entry, preset: str, own: tuple[str, ...]) -> Emission:
    argv = [*_tokens(document, (*base, "argv"), declared.argv), *_tokens(document, (*base, "presets", preset), own)]
    words = {token.text for token in argv}
    if not words & {"-c:v", "-vcodec", "-codec:v"}:
        argv[:0] = _pair(document, "-c:v", declared.encoder, (*base, "encoder"))
    if not isinstance(declared.presets, Mapping) and "-preset" not in words:
        place = declared.presets.index(preset)
        argv += _pair(document, "-preset", preset, (*base, "presets", place))
    option = f"-{declared.quality_knob}"
    if declared.quality_knob and declared.quality_default and option not in words:
        argv += _pair(document, option, declared.quality_default, (*base, "quality_default"))
    extra = _tokens(document, (*base, "extra"), declared.extra)
    return Emission(preset=preset, argv=tuple(argv), extra=tuple(extra))


def _tokens(document: Document, base: KeyPath, words: Iterable[str]) -> list[Token]:
    """Each word with its own line where the file lists them, else the line of the whole."""
    return [Token(text=word, origins=_origins(document, (*base, place))) for place, word in enumerate(words)]


def _pair(document: Document, option: str, value: str, path: KeyPath) -> list[Token]:
    origins = _origins(document, path)
    return [Token(text=option, origins=origins), Token(text=value, origins=origins)]


def _origins(document: Document, path: KeyPath) -> tuple[Location, ...]:
    return tuple(dict.fromkeys((document.where(path), document.where(path[:2]))))
