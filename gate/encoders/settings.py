"""From options as given to what one encoder is set to: canonical names and values, opened strings, repeats."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from gate.encoders.argv import CODEC, NEUTRAL, Given, UnreadableArgvError
from gate.encoders.option import Family, Kind, Opened, Option, Setting, Settings, fold
from gate.encoders.values import number, plain

_Spelling = tuple[str, str]
"""An option's canonical name, and its name as given."""


def read_settings(options: Sequence[Given], family: Family, encoder: str) -> Settings:
    """What `options` set for `encoder`, by canonical name.

    Whatever an opened string says replaces the plain option, wherever it stands: libraries read it last.

    Raises:
        UnreadableArgvError: a value that its option can't take, a string that doesn't open, or one option that two
            spellings set to different values.
    """
    last = _last_words(options, family)
    layers = {fold(opened.option): opened for opened in family.opened}
    by_name = {name: setting for name, setting in last.items() if fold(name) not in layers}
    for layer, (folded, opened) in enumerate(layers.items(), start=1):
        if found := next((s for name, s in last.items() if fold(name) == folded), None):
            by_name.update(_open(found, opened, family, layer))
    return Settings(encoder=encoder, by_name={n: s for n, s in by_name.items() if _matters(s, family)})


def _last_words(options: Sequence[Given], family: Family) -> dict[str, Setting]:
    spelt: dict[_Spelling, Setting] = {}
    for at, option in enumerate(options):
        # The command line keeps -c to itself, in one list: there the last one that matches always wins.
        if option.name == CODEC:
            continue
        setting = _setting(family.option(option.name), option, (0, at))
        spelling = setting.name, option.spelling
        if family.option(option.name).kind is Kind.FLAGS and setting.value[:1] in {"+", "-"}:
            setting = _appended(spelt.get(spelling), setting)
        spelt[spelling] = setting
    return _agreed(spelt)


def _agreed(spelt: Mapping[_Spelling, Setting]) -> dict[str, Setting]:
    """One setting per option: within one spelling the last word, between spellings what they agree on.

    FFmpeg keeps a dictionary by spelling. Setting a key again moves others, so no order tells which spelling ends up
    being the last.
    """
    found: dict[str, tuple[str, Setting]] = {}
    for (name, spelling), setting in sorted(spelt.items(), key=lambda one: one[1].rank):
        other, before = found.get(name, (spelling, setting))
        if before.value != setting.value:
            said = f"{other}={before.value} and {spelling}={setting.value}"
            what = f"{said} are one option in two spellings, and which of them holds is for FFmpeg to say"
            raise UnreadableArgvError(what, setting.origins)
        found[name] = spelling, setting
    return {name: setting for name, (_, setting) in found.items()}


def _appended(before: Setting | None, setting: Setting) -> Setting:
    if before is None:
        return setting
    origins = tuple(dict.fromkeys(setting.origins + before.origins))
    return Setting(name=setting.name, value=before.value + setting.value, origins=origins, rank=setting.rank)


def _setting(option: Option, given: Given, rank: tuple[int, int]) -> Setting:
    value = option.canonical(given.value)
    if value is None:
        raise UnreadableArgvError(f"{given.value!r} is no value that the tables know for -{option.name}", given.origins)
    return Setting(name=option.name, value=value, origins=given.origins, rank=rank)


def _matters(setting: Setting, family: Family) -> bool:
    option = family.option(setting.name)
    return setting.name not in family.neutral and setting.name not in NEUTRAL and setting.value != option.default


def _open(string: Setting, opened: Opened, family: Family, layer: int) -> dict[str, Setting]:
    spelt = {}
    for at, (spelling, value) in enumerate(_pairs(string, opened)):
        key, affirmed = _affirmed(spelling, value, opened)
        name, factor = opened.keys.get(fold(key), (key, 1))
        given = Given(name=name, spelling=spelling, value=_scaled(affirmed, factor), origins=string.origins)
        setting = _setting(family.option(name), given, (layer, at))
        spelt[setting.name, spelling] = setting
    return _agreed(spelt)


def _scaled(value: str, factor: int) -> str:
    amount = number(value) if factor != 1 else None
    return value if amount is None else plain(amount * factor)


def _pairs(string: Setting, opened: Opened) -> Iterator[tuple[str, str]]:
    for part in _split(string, ":"):
        key, given, value = _partition(part)
        if not key or (not given and not opened.bare_keys):
            raise UnreadableArgvError(f"-{opened.option} holds {part!r}, which is not key=value", string.origins)
        yield key, _unescaped(value) if given else "1"


def _partition(part: str) -> tuple[str, str, str]:
    key, sign, value = part.partition("=")
    return _unescaped(key).strip(), sign, value


def _affirmed(key: str, value: str, opened: Opened) -> tuple[str, str]:
    """x264 and x265 also take `no-key`, the opposite of `key`."""
    name = fold(key)
    if not opened.negations or not name.startswith("no") or name in opened.keys:
        return key, value
    off = value not in {"0", "false", "no"}
    return name.removeprefix("no").removeprefix("_"), "0" if off else "1"


def _split(string: Setting, separator: str) -> Iterator[str]:
    """The parts between separators, which a backslash or single quotes protect; empty parts at the end are dropped."""
    part, quoted, text = "", False, iter(string.value)
    for char in text:
        if char == "\\" and not quoted:
            part += char + next(text, "")
        elif char == separator and not quoted:
            yield part
            part = ""
        else:
            quoted ^= char == "'"
            part += char
    if part:
        yield part


def _unescaped(text: str) -> str:
    plain_text, quoted, chars = "", False, iter(text)
    for char in chars:
        if char == "'":
            quoted = not quoted
        elif char == "\\" and not quoted:
            plain_text += next(chars, "")
        else:
            plain_text += char
    return plain_text
