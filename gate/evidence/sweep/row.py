"""A row of a sweep: its keys in both spellings, and what each value may be; NaN and the like are refused."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from gate.errors import SweepError
from gate.evidence.model import Basis
from gate.evidence.sweep.knobs import knob_text, parse_knobs, without_preset_and_quality
from gate.model import Knobs
from gate.values import dataclass

BARE: Final = "bare"
VMAF_MAX: Final = 100.0 + 1e-6  # libvmaf clips at 100; what lies above by more than rounding is not a VMAF

SPELLINGS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "source": ("source", "src"),
        "codec": ("codec", "encoder"),
        "rc_mode": ("rc_mode",),
        "preset": ("preset",),
        "q": ("q", "cq", "crf", "quality"),
        "bitrate_kbps": ("bitrate_kbps", "actual_kbps"),
        "vmaf": ("vmaf_score", "vmaf"),
        "encode_ms": ("encode_time_ms", "enc_ms"),
        "recipe": ("recipe",),
        "bare": ("is_bare_default",),
        "knobs": ("knob_combo", "knob_dict", "extra_params"),
        "basis": ("basis",),
        "failed": ("exit_status",),
        "no_effect": ("no_effect",),
        "stream": ("bitstream",),
    }
)
"""Field -> the keys that may carry it, the spelling of schema 3 first. Every other key of a row is ignored."""

LABELS: Final = ("source", "codec", "rc_mode", "preset", "q")
NUMBERS: Final = ("bitrate_kbps", "vmaf", "encode_ms")
OPTIONAL: Final = ("recipe", "bare", "knobs", "basis", "no_effect")
YES_NO: Final = frozenset({"bare", "no_effect"})
NUMBER: Final = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"  # what a text cell may hold; not `1_000`, `nan`, `0x10`
FLAGS: Final = MappingProxyType({"true": True, "false": False, "1": True, "0": False})
_CONSTANT_QUALITY: Final = ("crf", "vbr-cq", "icq", "quality", "cqp")  # which of a family's an adapter's quality drives
NUMERIC_LABELS: Final = frozenset({"preset", "q"})  # SVT-AV1 presets and most qualities are numbers in JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One well-formed row; `knobs` is None where the row carries no knob combination."""

    source: str
    codec: str
    rc_mode: str
    recipe: str
    preset: str
    q: str
    bare: bool
    bitrate_kbps: float
    vmaf: float
    encode_ms: float
    basis: Basis
    knobs: str | None
    no_effect: bool  # said to be the bare encoder's very stream
    stream: str  # what tells one encoded stream from another, a digest; empty where nobody said


class Recipe(NamedTuple):
    """What a row's recipe comes to: its label, whether it is the bare encoder, and its knobs as canonical text."""

    name: str
    bare: bool
    knobs: str | None


def keys_of(present: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Field -> those of its keys that `present` holds, fields without any left out."""
    found = {field: tuple(key for key in keys if key in present) for field, keys in SPELLINGS.items()}
    return {field: keys for field, keys in found.items() if keys}


def read_row(raw: Mapping[str, object]) -> Row:
    """The row that `raw` spells. A `null` counts as an absent key.

    A row of the adapters' project names no rate control: it is the one that its encoder's quality drives.
    SweepError (without a place) names key and value.
    """
    source, codec = _label(raw, "source"), _label(raw, "codec")
    rc_mode = quality_mode(codec) if is_corpus_row(raw) else _label(raw, "rc_mode")
    preset, q = _label(raw, "preset"), _label(raw, "q")
    recipe = recipe_of(_optional_recipe(raw), _knobs(raw), _bare(raw), preset=preset, q=q)
    return Row(
        source=source,
        codec=codec,
        rc_mode=rc_mode,
        recipe=recipe.name,
        preset=preset,
        q=q,
        bare=recipe.bare,
        bitrate_kbps=bitrate(*_pick(raw, "bitrate_kbps")),
        vmaf=vmaf(*_pick(raw, "vmaf")),
        encode_ms=encode_ms(*_pick(raw, "encode_ms")),
        basis=basis(*_pick(raw, "basis")),
        knobs=recipe.knobs,
        no_effect=flag(*_pick(raw, "no_effect")) is True,
        stream=str(raw.get("bitstream") or ""),
    )


def is_corpus_row(raw: Mapping[str, object]) -> bool:
    """Whether the row is one of the adapters' project, which names no rate control."""
    return raw.get("rc_mode") is None and raw.get("extra_params") is not None


def has_failed(raw: Mapping[str, object]) -> bool:
    """Whether the row tells of an encode, or a scoring, that failed: an exit status other than 0."""
    key, value = _pick(raw, "failed")
    if isinstance(value, str):
        value = int(value) if re.fullmatch(r"-?\d{1,9}", value) else value
    if value is not None and not isinstance(value, int):
        raise SweepError(f"`{key}` is no exit status: {shown(value)}")
    return bool(value)


def quality_mode(codec: str) -> str:
    """The rate control, by its canonical name, that the quality of an adapter of this encoder drives."""
    from gate.encoders.write import BY_ENCODER  # noqa: PLC0415  only rows that name none ask for it

    known = BY_ENCODER.get(codec)
    return next((mode for mode in _CONSTANT_QUALITY if known and mode in known.modes), "quality")


def recipe_of(name: str | None, knobs: Knobs | None, bare: bool | None, *, preset: str, q: str) -> Recipe:
    """The recipe of a row from what it says of it: its name, else its knobs beside preset and q.

    Raises: SweepError where the row says nothing, or contradicts itself.
    """
    text = None if knobs is None else knob_text(without_preset_and_quality(knobs, preset=preset, q=q))
    if name is not None:
        if bare is not None and bare != (name == BARE):
            raise SweepError(f"`is_bare_default` is {str(bare).lower()}, but `recipe` is {shown(name)}")
        return Recipe(name, name == BARE, text)
    if bare:
        return Recipe(BARE, True, text)
    if text:
        return Recipe(text, False, text)
    if bare is False:
        raise SweepError("`is_bare_default` is false, but neither `recipe` nor `knob_combo` says what the recipe is")
    if text is None:
        raise SweepError("`recipe` is missing", fix="or give `is_bare_default` and `knob_combo`")
    return Recipe(BARE, True, text)


def label(key: str, value: object, *, numeric: bool) -> str:
    """A label, verbatim. With `numeric`, a number too: `23` and `23.0` are the label `23`."""
    if value is None:
        raise SweepError(f"`{key}` is missing")
    if isinstance(value, str):
        if not value.strip():
            raise SweepError(f"`{key}` is empty")
        return _encodable(key, value)
    if not numeric or isinstance(value, bool) or not isinstance(value, int | float):
        raise SweepError(f"`{key}` is not text: {shown(value)}")
    if not math.isfinite(value):
        raise SweepError(f"`{key}` is not finite: {shown(value)}")
    return str(int(value)) if value == int(value) else repr(value)


def bitrate(key: str, value: object) -> float:
    """A bitrate in kbit/s: finite and above 0."""
    number = _number(key, value)
    if number <= 0:
        raise SweepError(f"`{key}` is not above 0: {shown(value)}")
    return number


def vmaf(key: str, value: object) -> float:
    """A VMAF score: 0 to 100."""
    number = _number(key, value)
    if not 0 <= number <= VMAF_MAX:
        raise SweepError(f"`{key}` is not within 0 to 100: {shown(value)}")
    return number


def encode_ms(key: str, value: object) -> float:
    """An encode time in ms: finite, not negative."""
    number = _number(key, value)
    if number < 0:
        raise SweepError(f"`{key}` is negative: {shown(value)}")
    return number


def basis(key: str, value: object) -> Basis:
    """What the row's figures rest on; `measured` unless it says otherwise."""
    if value is None:
        return Basis.MEASURED
    try:
        return Basis(value)  # type: ignore[arg-type]  # whatever isn't one of its texts is a ValueError
    except ValueError:
        raise SweepError(f"`{key}` is none of {', '.join(Basis)}: {shown(value)}") from None


def flag(key: str, value: object) -> bool | None:
    """True, false, or not said."""
    if value is None or isinstance(value, bool):
        return value
    raise SweepError(f"`{key}` is not true or false: {shown(value)}")


def shown(value: object) -> str:
    """A value as an error shows it: its repr, cut."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _number(key: str, value: object) -> float:
    if value is None:
        raise SweepError(f"`{key}` is missing")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise SweepError(f"`{key}` is not a number: {shown(value)}")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise SweepError(f"`{key}` is not finite: {shown(number)}")
    return number


def _pick(raw: Mapping[str, object], field: str) -> tuple[str, object]:
    """The key that carries a field, and its value; two spellings in one row must say the same."""
    given = [(key, raw[key]) for key in SPELLINGS[field] if raw.get(key) is not None]
    if not given:
        return SPELLINGS[field][0], None
    first_key, first = given[0]
    for key, value in given[1:]:
        if _comparable(field, key, value) != _comparable(field, first_key, first):
            raise SweepError(f"`{first_key}` is {shown(first)}, but `{key}` is {shown(value)}: both mean the {field}")
    return first_key, first


def _comparable(field: str, key: str, value: object) -> object:
    if field == "knobs":
        return parse_knobs(key, value)
    return label(key, value, numeric=field in NUMERIC_LABELS) if field in LABELS else value


def _label(raw: Mapping[str, object], field: str) -> str:
    key, value = _pick(raw, field)
    return label(key, value, numeric=field in NUMERIC_LABELS)


def _optional_recipe(raw: Mapping[str, object]) -> str | None:
    key, value = _pick(raw, "recipe")
    return None if value is None else label(key, value, numeric=False)


def _knobs(raw: Mapping[str, object]) -> Knobs | None:
    key, value = _pick(raw, "knobs")
    return None if value is None else parse_knobs(key, value)


def _bare(raw: Mapping[str, object]) -> bool | None:
    return flag(*_pick(raw, "bare"))


def _encodable(key: str, text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise SweepError(f"`{key}` holds half a surrogate pair: {shown(text)}") from None
    return text
