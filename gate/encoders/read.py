"""From what an adapter emits to the operating point that it is, and from a catalogue's recipe to its knobs."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence

from gate.encoders.argv import CODEC, Given, UnreadableArgvError, given
from gate.encoders.families import family_of, picked
from gate.encoders.modes import RateControlMode
from gate.encoders.option import CONTEXT, Family, RateControl, Settings, UnknownValueError
from gate.encoders.settings import Catalogue, read_settings
from gate.model import Emission, Knobs, Location, Notice, OperatingPoint, Point, Token, Unresolved
from gate.values import replace

_LIMITS = ("maxrate", "minrate")
Origins = dict[str, tuple[Location, ...]]


def read_point(
    emission: Emission, *, encoder: str, adapter: str = "", where: Location, recommended: bool = False
) -> Point | Unresolved:
    """The operating point of `emission`: argv and extra parameters as one argv.

    Args:
        emission: what the adapter emits for one preset.
        encoder: the adapter's encoder, for an argv without `-c:v`.
        adapter: the registry key, for what can't be read.
        where: the adapter's own line, for what has no line of its own.
        recommended: knobs may be spelt as a recipe's are, by a library's keys also.

    Returns:
        The point, its parts (`codec`, `rc_mode`, `preset`, `q`, each knob) with the lines behind them, the value's
        before the option's; or why the argv can't be read. An encoder that no table knows has knobs only, and an
        empty rate control.
    """
    try:
        options = given(emission.tokens)
        at, origins, notices = _read(options, encoder, catalogue=Catalogue.RECOMMENDED if recommended else None)
    except UnreadableArgvError as unreadable:
        line = unreadable.origins[0] if unreadable.origins else where
        return Unresolved(reason=unreadable.what, where=line, adapter=adapter, preset=emission.preset)
    return Point(at=at, origins=origins, adapter_preset=emission.preset, condition=emission.condition, notices=notices)


def canonical_knobs(codec: str, knobs: Mapping[str, object] | str) -> Knobs:
    """The knobs of a catalogue's recipe for `codec`, as a point's are: preset, quality and rate control left out.

    Args:
        codec: the encoder, `h264_nvenc` say.
        knobs: option -> value, dashes or not; or text, `k=v,k=v` or an argv. `bare` and nothing are no knobs.

    Raises:
        UnreadableArgvError: the text is no argv, or a value is none of its option's.
    """
    at, _, _ = _read(_recipe_options(knobs), codec, catalogue=Catalogue.RECIPE)
    # What is context in an argv was measured on purpose here: a recipe of nothing but a GOP is not bare.
    return tuple(sorted((*at.knobs, *at.context)))


def _recipe_options(knobs: Mapping[str, object] | str) -> Sequence[Given]:
    if isinstance(knobs, Mapping):
        return given(_tokens(part for name, value in knobs.items() for part in (_dashed(name), _plain(value))))
    text = knobs.strip()
    if text in {"", "bare", "none"}:
        return []
    if text.startswith("-"):
        return given(_tokens(_words(text)))
    pairs = [pair.partition("=") for pair in text.split(",")]
    if odd := next((name for name, sign, _ in pairs if not sign or not name.strip()), None):
        raise UnreadableArgvError(f"{odd!r} in the knobs {text!r} is not k=v")
    return given(_tokens(part for name, _, value in pairs for part in (_dashed(name), value.strip())))


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError as error:
        raise UnreadableArgvError(f"{text!r} is no argv: {error}") from error


def _tokens(texts: Iterable[str]) -> list[Token]:
    return [Token(text=text, origins=()) for text in texts]


def _dashed(name: str) -> str:
    return f"-{name.strip().removeprefix('-')}"


def _plain(value: object) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


def _read(
    options: Sequence[Given], encoder: str, *, catalogue: Catalogue | None = None
) -> tuple[OperatingPoint, Origins, tuple[Notice, ...]]:
    named = next((option for option in reversed(options) if option.name == CODEC), None)
    codec = picked(named.value if named else encoder)
    family = family_of(codec)
    settings, notices = read_settings(options, family, codec, catalogue=catalogue)
    try:
        rate = family.rate_control(settings)
    except UnknownValueError:
        rate = RateControl(mode=RateControlMode.UNKNOWN)
    if named and codec != named.value:
        what = f"for {named.value}, FFmpeg picks the first encoder that its build has: {codec} here, elsewhere another"
        notices = (Notice(text=what, origins=named.origins), *notices)
    origins = _origins(settings, rate, family)
    origins["codec"] = named.origins if named else ()
    if catalogue:
        rate = replace(rate, idle=())  # what has no effect on its own may have some beside what a user adds
    idle = [settings.by_name[name] for name in rate.idle if name in settings.by_name]
    notices += tuple(
        Notice(text=f"{s.name}={s.value} has no effect under {rate.mode}", origins=s.origins) for s in idle
    )
    return _point(codec, settings, rate, family), origins, notices


def _point(codec: str, settings: Settings, rate: RateControl, family: Family) -> OperatingPoint:
    spent = {*rate.uses, *rate.q_from, *rate.idle, family.preset}
    kept = tuple(sorted((name, s.value) for name, s in settings.by_name.items() if name not in spent))
    around = family.context | CONTEXT
    preset = settings.by_name.get(family.preset)
    unsaid = {*rate.uses, *rate.idle} & set(settings.by_name)
    limits = tuple((name, settings.by_name[name].value) for name in _LIMITS if name in unsaid)
    return OperatingPoint(
        codec=codec,
        rc_mode=str(rate.mode),
        preset=preset.value if preset else family.default_preset,
        q=rate.q,
        knobs=tuple(knob for knob in kept if not family.name or knob[0] not in around),
        context=tuple(knob for knob in kept if family.name and knob[0] in around),
        limits=limits,
    )


def _origins(settings: Settings, rate: RateControl, family: Family) -> Origins:
    origins = {name: setting.origins for name, setting in settings.by_name.items()}
    origins["preset"] = origins.get(family.preset, ())
    origins["q"] = _joined(origins, rate.q_from)
    # The options that decide the mode, and where none does the quality that implies it.
    origins["rc_mode"] = _joined(origins, (*rate.uses, *rate.q_from))
    return origins


def _joined(origins: Origins, names: Sequence[str]) -> tuple[Location, ...]:
    return tuple(dict.fromkeys(line for name in names for line in origins.get(name, ())))
