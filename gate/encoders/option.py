"""What a family's table is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

from gate.encoders import listing, values
from gate.encoders.library import Library
from gate.encoders.modes import RateControlMode, Writing
from gate.encoders.values import names, plain
from gate.model import Location
from gate.values import dataclass, field, replace

NOT_GIVEN = {"b": "0", "maxrate": "0", "minrate": "0", "bufsize": "0", "global_quality": "0"}
"""What these mean by "not set", to every encoder of the tables."""

CONTEXT = names(
    "g keyint_min profile level tier pix_fmt color_range color_primaries color_trc colorspace field_order aspect "
    "chroma_sample_location sar force_key_frames forced-idr aud r s filter t to ss frames fps_mode vsync bsf "
    "sws_flags filter_complex lavfi vn noautoscale noautorotate force_fps autoscale apply_cropping itsoffset "
    "fpsmax fs top time_base enc_time_base"
)
"""What shapes every encode alike, whatever the encoder, and is no recipe."""

PICTURES = names(
    "r s filter t to ss frames fps_mode vsync sws_flags filter_complex lavfi vn noautoscale noautorotate force_fps "
    "autoscale apply_cropping itsoffset fpsmax fs"
)
"""The part of it that changes which pictures are encoded."""

COMMAND_LINE = PICTURES | names(
    "pix_fmt profile aspect force_key_frames pass bsf time_base enc_time_base rc_override qscale top intra_matrix "
    "inter_matrix chroma_intra_matrix bits_per_raw_sample display_rotation target discard pre fpre "
    "shortest_buf_duration"
)
"""Options of the command line's own that reach a video stream: FFmpeg looks them up before any encoder's."""

Reader = Callable[[str], str | None]
"""A value's text -> its one spelling, or None where the form isn't known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One option of one encoder. `default` is a value that equals not giving it, in every listed version.

    `of_constants` are the named values: name -> canonical. `moved` says that versions number them differently.
    """

    name: str
    read: Reader
    of_constants: Mapping[str, str] = field(default_factory=dict)
    numbers: Mapping[str, str] = field(default_factory=dict)  # a number that means a constant -> its canonical name
    moved: bool = False
    default: str | None = None
    is_flags: bool = False  # repeats that begin with + or - add up instead of replacing

    def canonical(self, text: str) -> str | None:
        """The one spelling of `text`, or None where it is no value that is known for this option."""
        if text in self.of_constants:
            return self.of_constants[text]
        if text == self.default:
            return text
        spelt = self.read(text)
        if spelt is None or spelt not in self.numbers:
            return None if self.moved and spelt is not None and values.number(spelt) is not None else spelt
        return self.numbers[spelt]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """An option's last word: its canonical value, the lines behind it, and when it was said.

    `rank` is (layer, position): what an opened string says comes after, and so above, every plain option. A value
    that isn't `known` has a form that the tables don't read: it stands as written.
    """

    name: str
    value: str
    origins: tuple[Location, ...]
    rank: tuple[int, int]
    known: bool = True
    spelling: str = ""


class UnknownValueError(Exception):
    """A question hangs on a value that the tables can't read; its argument is the option's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that an argv sets for one encoder, canonical name -> setting, what equals absence left out.

    Asking for the value of a setting that isn't known raises UnknownValueError.
    """

    encoder: str
    by_name: Mapping[str, Setting]

    def text(self, name: str) -> str:
        """The value of `name`; empty where it isn't set."""
        setting = self.by_name.get(name)
        if setting and not setting.known:
            raise UnknownValueError(name)
        return setting.value if setting else ""

    def number(self, name: str) -> Fraction | None:
        """The value of `name` as a number; None where it isn't set or isn't one."""
        return values.number(self.text(name))

    def positive(self, name: str) -> bool:
        """Whether `name` is set above zero, which is how most encoders ask whether it was set at all."""
        return (self.number(name) or 0) > 0

    def at_least_zero(self, name: str) -> bool:
        """Whether `name` is set to zero or more: the question for options whose default is -1."""
        value = self.number(name)
        return value is not None and value >= 0

    def latest(self, *names: str) -> str:
        """The one of `names` that an opened string set last; empty where no opened string set any of them."""
        opened = [s for n in names if (s := self.by_name.get(n)) and s.rank[0] > 0]
        return max(opened, key=lambda setting: setting.rank).name if opened else ""

    def with_value(self, name: str, value: str | None, because: str) -> Settings:
        """The same with `name` at `value`, or without it, on the lines of `because`."""
        rest = {n: s for n, s in self.by_name.items() if n != name}
        if value is not None:
            rest[name] = replace(self.by_name[because], name=name, value=value, known=True)
        return replace(self, by_name=rest)

    def without(self, *names: str) -> Settings:
        """The same without `names`."""
        return replace(self, by_name={n: s for n, s in self.by_name.items() if n not in names})


@dataclass(frozen=True, slots=True, kw_only=True)
class RateControl:
    """What an argv's rate control comes to. Options not in `uses` stay knobs, so none is silently without effect.

    A switch that recipes name, such as `look_ahead` or `lossless`, is never in `uses`, though it decides the mode.
    """

    mode: RateControlMode
    q: str = ""
    uses: tuple[str, ...] = ()  # options that decide the mode, and so are no knobs
    q_from: tuple[str, ...] = ()  # options that set q, and so are no knobs
    idle: tuple[str, ...] = ()  # options that this mode leaves without effect


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One family of encoders: what each option is to it, beside what FFmpeg lists.

    `presets` ranks the presets' names, fastest to slowest or the other way; equal ranks are the same preset. A preset
    outside it has no neighbours. `default_preset` is what no preset means.
    """

    name: str
    encoders: tuple[str, ...]
    preset: str
    presets: Mapping[str, int]
    rate_control: Callable[[Settings], RateControl]
    default_preset: str = ""
    aliases: Mapping[str, str] = field(default_factory=dict)  # FFmpeg's other names of one option -> canonical name
    readers: Mapping[str, Reader] = field(default_factory=dict)  # options whose values have a form of their own
    named: frozenset[str] = frozenset()  # options whose canonical value is a constant's name, not its number
    reads: frozenset[str] | None = None  # the generic options that it looks at; None where that isn't known
    undefaulted: frozenset[str] = frozenset()  # options whose default was another in a version that isn't listed
    defaults: frozenset[str] = frozenset()  # `name=value`: more values that equal absence
    neutral: frozenset[str] = frozenset()  # canonical names that never touch quality
    idle_flags: frozenset[str] = frozenset()  # parts of -flags without effect, beside packaging
    context: frozenset[str] = frozenset()  # canonical names that are context, beside CONTEXT
    libraries: tuple[Library, ...] = ()
    meaning: Callable[[Settings], Settings] = lambda settings: (
        settings
    )  # what its settings come to: forced, joined, split ones
    writing: Writing | None = None  # how an argv is written for it; None where it isn't measured

    def canonical_name(self, name: str) -> str:
        """The one name of an FFmpeg option that may have several."""
        return self.aliases.get(name, name)

    def option(self, name: str, encoder: str = "") -> Option:
        """The option `name` (canonical) as `encoder` has it; one that takes anything where it isn't listed."""
        key = self.name, encoder, name
        if key not in _OPTIONS:
            _OPTIONS[key] = self._option(name, encoder)
        return _OPTIONS[key]

    def names(self, encoder: str) -> frozenset[str]:
        """Every name that an option or a library's key of `encoder` may have; empty where nothing lists them."""
        own, generic = listing.listing(encoder), listing.listing(listing.GENERIC)
        if not own:
            return frozenset()
        keys = [listing.keys(library.keys) for library in self.libraries]
        inside = [name for found in keys for name in (*found.kinds, *found.aliases)]
        return frozenset({*own.options, *own.twins, *generic.options, *self.aliases, *self.readers, *inside})

    def _option(self, name: str, encoder: str) -> Option:
        found = self._listed(name, encoder or min(self.encoders, default=""))
        read = self.readers.get(name) or (_reader(found) if found else _any)
        if found is None:
            return Option(name=name, read=read, default=NOT_GIVEN.get(name))
        if found.type == "flags":
            before = names(listing.listing(encoder).sets.get(name, "").replace("+", " "))
            idle = _PACKAGING | self.idle_flags
            return Option(name=name, read=lambda text: values.flags(text, before, idle), default="", is_flags=True)
        by_number: dict[str, list[str]] = {}
        for constant, number in found.numbers.items():
            by_number.setdefault(str(number), []).append(constant)
        named = name in self.named
        return Option(
            name=name,
            read=read,
            of_constants={
                **({"default": default} if (default := self._preset_value(name, found)) else {}),
                **{c: by_number[str(n)][0] if named else str(n) for c, n in found.numbers.items()},
                **{constant: constant for constant in found.moved},
            },
            numbers={number: names[0] for number, names in by_number.items()} if named else {},
            moved=bool(found.moved) and found.type not in {"flags", "string"} and name in self.named,
            default=self._default(name, encoder, found, read),
        )

    def _preset_value(self, name: str, found: listing.Listed) -> str:
        # What `default` means is the option's own default, though the encoder may bring another.
        if found.type not in _NUMBERS or found.default is None or found.default.endswith("_MAX"):
            return ""
        number = str(found.numbers.get(found.default, found.default))
        names = [constant for constant, at in found.numbers.items() if str(at) == number]
        return names[0] if names and name in self.named else number

    def _listed(self, name: str, encoder: str) -> listing.Listed | None:
        own, generic = listing.listing(encoder), listing.listing(listing.GENERIC)
        return own.options.get(name) or generic.options.get(name)

    def _default(self, name: str, encoder: str, found: listing.Listed, read: Reader) -> str | None:
        if name in NOT_GIVEN:
            return NOT_GIVEN[name]
        own = listing.listing(encoder)
        if not own or name in self.undefaulted or name == self.preset:
            return None
        # An encoder brings generic defaults of its own; where they aren't known, none of its kind is.
        printed = found.default if name in own.options else own.sets.get(name)
        if printed is None:
            return None
        number = str(found.numbers.get(printed, printed))
        named = [constant for constant, at in found.numbers.items() if str(at) == number]
        if named:
            return named[0] if name in self.named else number
        return printed if printed in found.moved else read(number)


_OPTIONS: dict[tuple[str, str, str], Option] = {}
"""By family, encoder and name: made once, when asked for."""


def _reader(found: listing.Listed) -> Reader:
    return _READERS.get(found.type, _text)


def _text(text: str) -> str:
    # Suffixes stay: `1b` is a level and `2k` may be a name.
    return (text[-1:].isdigit() and values.decimal(text)) or text


def _any(text: str) -> str:
    return values.decimal(text) or text


_NUMBERS = frozenset({"int", "int64", "uint64", "float", "double"})
_PACKAGING = frozenset({"global_header", "bitexact", "output_corrupt", "unaligned"})
_READERS: Mapping[str, Reader] = {
    **dict.fromkeys(("int", "int64", "uint64"), values.integer),
    **dict.fromkeys(("float", "double", "rational"), values.decimal),
    "boolean": values.boolean,
    "flags": str,
}


def fold(name: str) -> str:
    """`name` with its separators alike: `spatial-aq` = `spatial_aq`."""
    return name.replace("-", "_")


def mbit(rate: Fraction | None) -> str:
    """A rate in bit/s as q: Mbit/s, the shortest decimal text; empty where there is none."""
    return plain(rate / 1_000_000) if rate else ""


def by_rate(settings: Settings, mode: RateControlMode, *uses: str, idle: tuple[str, ...] = ()) -> RateControl:
    """`mode` aiming at `-b:v`. A maxrate, a minrate and a buffer stay knobs: they bend what the encoder does."""
    q_from = ("b",) if "b" in settings.by_name else ()
    return RateControl(mode=mode, q=mbit(settings.number("b")), uses=uses, q_from=q_from, idle=idle)


def by_quality(
    settings: Settings, mode: RateControlMode, option: str, *uses: str, idle: tuple[str, ...] = ()
) -> RateControl:
    """`mode` aiming at the quality that `option` sets."""
    q_from = (option,) if option in settings.by_name else ()
    return RateControl(mode=mode, q=settings.text(option), uses=uses, q_from=q_from, idle=idle)


def by_equal_rates(settings: Settings) -> RateControl | None:
    """CBR where rate, maxrate and minrate are one and the same; else None."""
    rate = settings.number("b")
    if not rate or settings.number("maxrate") != rate or settings.number("minrate") != rate:
        return None
    return by_rate(settings, RateControlMode.CBR, "maxrate", "minrate")
