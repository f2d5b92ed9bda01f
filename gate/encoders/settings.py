"""From options as given to what one encoder is set to: which of them it has, which word is the last, opened strings."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from enum import Enum

from gate.encoders import listing
from gate.encoders.argv import CODEC, NEUTRAL, Given, UnreadableArgvError
from gate.encoders.library import Library, Said, put
from gate.encoders.option import (
    COMMAND_LINE,
    CONTEXT,
    PICTURES,
    Family,
    Option,
    Setting,
    Settings,
    UnknownValueError,
    fold,
)
from gate.encoders.values import number
from gate.model import Location, Notice
from gate.values import dataclass, field, replace

_COMMON_CONTEXT = CONTEXT | {"strict", "timecode"}


class Catalogue(Enum):
    """Whose knobs are read: a name may also be one of the library's keys."""

    RECIPE = "recipe"  # of a sweep: spelt freely, and what FFmpeg doesn't know was measured under that name
    RECOMMENDED = "recommended"  # to be given to FFmpeg, which passes over what it doesn't know


@dataclass(slots=True)
class _Reading:
    """What was read so far."""

    family: Family
    encoder: str
    catalogue: Catalogue | None
    by_name: dict[str, Setting] = field(default_factory=dict)
    stored: dict[str, str] = field(default_factory=dict)  # an option -> the name that its value stands under
    notices: list[Notice] = field(default_factory=list)

    def say(self, text: str, origins: tuple[Location, ...]) -> None:
        self.notices.append(Notice(text=text, origins=origins))

    def option(self, name: str) -> Option:
        return self.family.option(name, self.encoder)

    def put(self, option: str, setting: Setting) -> None:
        self.by_name.pop(self.stored.get(option, option), None)
        self.by_name[setting.name] = setting
        self.stored[option] = setting.name


def read_settings(
    options: Sequence[Given], family: Family, encoder: str, *, catalogue: Catalogue | None = None
) -> tuple[Settings, tuple[Notice, ...]]:
    """What `options`, in order, set for `encoder`, by canonical name, and what of it FFmpeg or a library passes over.

    `catalogue` says whose knobs they are, where an adapter isn't it.

    Raises:
        UnreadableArgvError: in a catalogue, a value that isn't read.
    """
    reading = _Reading(family=family, encoder=encoder, catalogue=catalogue)
    inside: list[Given] = []
    for at, option in enumerate(_in_order(options, reading)):
        name = _resolved(option, reading)
        if name and catalogue and (key := _key(name, reading)):
            inside.append(replace(option, name=key))
        elif name:
            _contradicted(name, option, reading)
            reading.put(name, _setting(reading.option(name), option, (0, at), reading))
    for layer, library in enumerate(family.libraries, start=1):
        string = reading.by_name.pop(library.option, None)
        said = list(library.read(string.value)) if string else []
        for at, each in enumerate(said):
            _open(each, library, string.origins if string else (), (layer, at), reading)
    for at, option in enumerate(inside):
        _open_key(option, (len(family.libraries) + 1, at), reading)
    kept = {name: setting for name, setting in reading.by_name.items() if _matters(setting, reading)}
    settings = Settings(encoder=encoder, by_name=kept)
    with suppress(UnknownValueError):  # what hangs on a value that can't be told stays a knob that nobody measured
        settings = family.meaning(settings)
    return settings, tuple(reading.notices)


def _contradicted(name: str, option: Given, reading: _Reading) -> None:
    before = reading.by_name.get(name) if reading.catalogue else None
    if before and before.value != reading.option(name).canonical(option.value):
        said = f"{before.spelling}={before.value} and {option.spelling}={option.value}"
        raise UnreadableArgvError(f"{said} are one option, which has one value", option.origins)


def _in_order(options: Sequence[Given], reading: _Reading) -> list[Given]:
    """The options as FFmpeg's dictionaries hold them, one per name, the last word last.

    A key that is set again moves to the end, and the entry that was last takes its place; so it is first by spelling,
    then by name. What the command line keeps to itself is a list in which the last that matches wins.
    """
    by_spelling: list[tuple[str, Given]] = []
    for option in options:
        if option.name in COMMAND_LINE - {"profile"}:
            _put_option(by_spelling, option.name, option, reading)
        elif option.name != CODEC:
            # A bare -b or -profile is stored as the video stream's.
            _put_option(
                by_spelling, {"b": "b:v", "profile": "profile:v"}.get(option.spelling, option.spelling), option, reading
            )
    by_name: list[tuple[str, Given]] = []
    for _, option in by_spelling:
        _put_option(by_name, option.name, option, None)
    return [option for _, option in by_name]


def _put_option(held: list[tuple[str, Given]], key: str, option: Given, reading: _Reading | None) -> None:
    before = dict(held).get(key)
    if before and reading and option.value[:1] in {"+", "-"} and reading.option(option.name).is_flags:
        origins = tuple(dict.fromkeys(option.origins + before.origins))
        option = replace(option, value=before.value + option.value, origins=origins)
    put(held, key, option)


def _resolved(option: Given, reading: _Reading) -> str:
    """The canonical name; empty where the encoder doesn't have the option, or doesn't look at it."""
    family, name = reading.family, option.name
    if reading.catalogue is Catalogue.RECIPE:
        return _catalogued(name, reading)
    own, generic = listing.listing(reading.encoder), listing.listing(listing.GENERIC)
    if name in PICTURES:
        what = (
            "changes which pictures are encoded, and so what is compared: no sweep of this encoder says anything of it"
        )
        reading.say(f"-{option.spelling} {what}", option.origins)
    if name == "qscale" and family.reads is not None:
        reading.say(f"{reading.encoder} takes no quantiser scale: -{option.spelling} has no effect", option.origins)
        return ""
    if not family.name or ":" in name or name in COMMAND_LINE:
        return name
    private = name in own.options
    if not private and name not in generic.options and own:
        return name if reading.catalogue and _key(name, reading) else _unlisted(option, reading)
    if private or family.reads is None or name in family.reads or name in _COMMON_CONTEXT or not own:
        return family.canonical_name(own.twins.get(name, name))
    reading.say(f"{reading.encoder} doesn't look at -{name}: it has no effect", option.origins)
    return ""


def _unlisted(option: Given, reading: _Reading) -> str:
    name, encoder = option.name, reading.encoder
    lacks = f"{encoder} has no option {name}"
    instead = _instead(option, reading)
    everywhere = name in listing.known("everywhere")
    if everywhere or name in listing.known("somewhere"):
        owners = ", ".join(listing.owners(name)[:3])
        # What no encoder has may be a muxer's.
        what = "FFmpeg warns and ignores it" if owners else "it has no effect on the stream"
        others = "" if everywhere else f"; a build without {owners or 'what has it'} refuses it"
        reading.say(f"{lacks}: {what}{others}{instead}", option.origins)
        return ""
    reading.say(f"FFmpeg knows no option {name}, and refuses the command{instead}", option.origins)
    return name


def _instead(option: Given, reading: _Reading) -> str:
    near = next((other for other in listing.listing(reading.encoder).options if fold(other) == fold(option.name)), "")
    if near:
        return f"; -{near} {option.value} would set it"
    for library in reversed(reading.family.libraries):
        if key := library.knows(option.name.replace("_", "-")):
            return f"; -{library.option} {key}={option.value} would set it"
    return ""


def _catalogued(name: str, reading: _Reading) -> str:
    family = reading.family
    canonical = family.canonical_name(name)
    own, generic = listing.listing(reading.encoder), listing.listing(listing.GENERIC)
    known = {**generic.options, **own.options}
    if canonical in known or canonical in COMMAND_LINE or not family.name:
        return family.canonical_name(own.twins.get(canonical, canonical))
    near = next((other for other in known if fold(other) == fold(name)), "")
    return family.canonical_name(near) if near else name


def _key(name: str, reading: _Reading) -> str:
    """The library's key that a catalogue's name is, where it is no option of FFmpeg's."""
    own, generic = listing.listing(reading.encoder), listing.listing(listing.GENERIC)
    if name in own.options or name in generic.options or name in COMMAND_LINE:
        return ""
    found = (library.knows(name) or library.knows(name.replace("_", "-")) for library in reading.family.libraries)
    return next((key for key in found if key), "")


def _setting(option: Option, given: Given, rank: tuple[int, int], reading: _Reading) -> Setting:
    value = option.canonical(given.value)
    if value is not None:
        return Setting(name=option.name, value=value, origins=given.origins, rank=rank, spelling=given.spelling)
    # A preset that none of several listed versions has is one that FFmpeg refuses: there is no encode to judge.
    is_preset = option.name == reading.family.preset and not option.moved
    if reading.catalogue or (is_preset and len(listing.listing(reading.encoder).versions) > 1):
        raise UnreadableArgvError(f"{given.value!r} is no value that the tables know for -{option.name}", given.origins)
    why = "FFmpeg's versions number this option's values differently" if option.moved else "its form isn't known here"
    reading.say(
        f"-{given.name} {given.value} can't be told: {why}, so nothing measured says what it does", given.origins
    )
    return Setting(name=option.name, value=given.value, origins=given.origins, rank=rank, known=False)


def _open(
    said: Said, library: Library, origins: tuple[Location, ...], rank: tuple[int, int], reading: _Reading
) -> None:
    shown = said.shown
    if said.fault in {"unknown", "bad value"} and (library.drops and (library.complete or _misspelt(said, library))):
        what = f"has no key {said.spelt}" if said.fault == "unknown" else f"takes no {shown}"
        reading.say(f"{library.keys} {what}: it warns and passes over it", origins)
    elif said.fault in {"unknown", "without a value", "bad value"}:
        what = f"{library.keys} knows no {shown}" if library.drops else f"{library.keys} refuses {shown}"
        reading.say(f"{what} in -{library.option}, as far as is known here", origins)
        name = f"{library.option}-{said.spelt}"
        reading.put(name, Setting(name=name, value=said.value, origins=origins, rank=rank))
    elif said.key in library.idle:
        reading.say(f"{shown} in -{library.option} has no effect", origins)
    else:
        if said.fault:
            reading.say(f"{library.keys} complains of {shown}, and reads it as far as it goes", origins)
        _put_key(said, library, origins, rank, reading)


def _misspelt(said: Said, library: Library) -> bool:
    """Whether an unknown key is surely one: a known key in another spelling, or one of FFmpeg's own options."""
    if said.fault == "bad value":
        return True
    plain = said.spelt.lower().replace("_", "-")
    stripped = (plain, plain.removeprefix("--"), plain.removeprefix("no-"), plain.removeprefix("no"))
    if any(library.knows(name) for name in stripped) or said.spelt in library.foreign:
        return True
    return said.spelt in listing.known("everywhere") or said.spelt in listing.listing(listing.GENERIC).options


def _put_key(
    said: Said, library: Library, origins: tuple[Location, ...], rank: tuple[int, int], reading: _Reading
) -> None:
    option = reading.option(said.option)
    value = option.canonical(said.value)
    rounded = value is not None and number(value) != number(said.value) and number(said.value) is not None
    value = said.value if value is None or rounded else value  # what FFmpeg rounds, a library may take as it is
    plain = reading.by_name.get(said.option)
    name = said.option
    if said.key in library.kept and plain and plain.rank[0] == 0 and plain.value != option.default:
        if plain.value != value:
            name = f"{library.option}-{said.key}"
            reading.by_name[name] = Setting(name=name, value=value, origins=origins, rank=rank)
        return
    meant = said.option in {"crf", "qp", "b"} or f"{said.option}={value}" in reading.family.defaults
    if said.option != said.key and value == option.default and not meant:
        name = said.key  # what means "not given" to FFmpeg is a value like any other inside
    reading.put(said.option, Setting(name=name, value=value, origins=origins, rank=rank))


def _open_key(given: Given, rank: tuple[int, int], reading: _Reading) -> None:
    library = next(each for each in reading.family.libraries if each.knows(given.name))
    for said in library.read(
        f"{given.name}='{given.value}'" if not library.bare_keys else f"{given.name}={given.value}"
    ):
        if said.fault == "bad value":
            raise UnreadableArgvError(f"{given.value!r} is no value of {library.keys}'s {given.name}", given.origins)
        _put_key(said, library, given.origins, rank, reading)


def _matters(setting: Setting, reading: _Reading) -> bool:
    family, name = reading.family, setting.name
    if name in family.neutral or name in NEUTRAL or f"{name}={setting.value}" in family.defaults:
        return False
    return setting.rank[0] > 0 or setting.value != reading.option(name).default
