"""From options as given to what one encoder is set to: canonical names and values, opened strings, last repeat wins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gate.proposal.ffmpeg.argv import CODEC, NEUTRAL, Given, UnreadableArgvError
from gate.proposal.ffmpeg.options import Family, Kind, Opened, Option, Setting, Settings, fold
from gate.proposal.ffmpeg.values import number, plain


def read_settings(options: Sequence[Given], family: Family, encoder: str) -> Settings:
    """What `options` set for `encoder`, by canonical name.

    Whatever an opened string says replaces the plain option, wherever it stands: libraries read it last.

    Raises:
        UnreadableArgvError: a value that its option can't take, or a string that doesn't open.
    """
    last = _last_words(options, family)
    layers = {fold(opened.option): opened for opened in family.opened}
    by_name = {name: setting for name, setting in last.items() if fold(name) not in layers}
    for layer, (folded, opened) in enumerate(layers.items(), start=1):
        if found := next((s for name, s in last.items() if fold(name) == folded), None):
            by_name.update(_open(found, opened, family, layer))
    return Settings(encoder=encoder, by_name={n: s for n, s in by_name.items() if _matters(s, family)})


def _last_words(options: Sequence[Given], family: Family) -> dict[str, Setting]:
    found: dict[str, Setting] = {}
    for at, option in enumerate(options):
        if option.name == CODEC:
            continue
        setting = _setting(family.option(option.name), option, (0, at))
        if family.option(option.name).kind is Kind.FLAGS and setting.value[:1] in {"+", "-"}:
            setting = _appended(found.get(setting.name), setting)
        found[setting.name] = setting
    return found


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
    found = {}
    for at, (key, value) in enumerate(_pairs(string, opened)):
        name, factor = opened.keys.get(fold(key), (key, 1))
        scaled = _scaled(value, factor)
        given = Given(name=name, value=scaled, origins=string.origins)
        setting = _setting(family.option(name), given, (layer, at))
        found[setting.name] = setting
    return found


def _scaled(value: str, factor: int) -> str:
    amount = number(value) if factor != 1 else None
    return value if amount is None else plain(amount * factor)


def _pairs(string: Setting, opened: Opened) -> Iterator[tuple[str, str]]:
    for part in _split(string, ":"):
        key, given, value = _partition(part)
        if not key or (not given and not opened.bare_keys):
            raise UnreadableArgvError(f"-{opened.option} holds {part!r}, which is not key=value", string.origins)
        yield _affirmed(key, _unescaped(value) if given else "1", opened)


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
