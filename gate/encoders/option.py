"""What a table is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction

from gate.encoders import values
from gate.encoders.modes import RateControlMode
from gate.encoders.values import plain
from gate.model import Location

READ_FROM = "FFmpeg 7.0.2"
"""The version that defaults were read from where an option doesn't say otherwise."""


class Kind(Enum):
    """How an option's value is read. `TEXT`, `FLAGS` and `ANY` take what stands there; the others refuse some."""

    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    FLAGS = "flags"  # repeats that begin with + or - add up instead of replacing
    TEXT = "text"  # only a plain number is respelt: `4.0` = `4`, but `1b` stays
    ANY = "any"  # an option that no table lists


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One option. `default` is a value that equals not giving it, whatever the preset, the tune and the version."""

    name: str
    kind: Kind
    aliases: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)  # a value's other names -> its canonical one
    default: str | None = None
    read_from: str = READ_FROM

    def canonical(self, text: str) -> str | None:
        """The one spelling of `text`, or None where it is no value of this option."""
        text = self.values.get(text, text)
        if text in self.values.values():
            return text
        spelt = _READERS[self.kind](text)
        return None if spelt is None else self.values.get(spelt, spelt)


def _text(text: str) -> str:
    # Suffixes stay: `1b` is a level and `2k` may be a name.
    plain = text[-1:].isdigit() and values.decimal(text)
    return plain or text


_READERS: Mapping[Kind, Callable[[str], str | None]] = {
    Kind.INTEGER: values.integer,
    Kind.DECIMAL: values.decimal,
    Kind.BOOLEAN: values.boolean,
    Kind.FLAGS: str,
    Kind.TEXT: _text,
    Kind.ANY: lambda text: values.decimal(text) or text,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """An option's last word: its canonical value, the lines behind it, and when it was said.

    `rank` is (layer, position): what an opened string says comes after, and so above, every plain option.
    """

    name: str
    value: str
    origins: tuple[Location, ...]
    rank: tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that an argv sets for one encoder, canonical name -> setting, what equals absence left out."""

    encoder: str
    by_name: Mapping[str, Setting]

    def text(self, name: str) -> str:
        """The value of `name`; empty where it isn't set."""
        return self.by_name[name].value if name in self.by_name else ""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class RateControl:
    """What an argv's rate control comes to. Options not in `uses` stay knobs, so none is silently without effect.

    A switch that recipes name, such as `look_ahead` or `lossless`, is never in `uses`, though it decides the mode.
    """

    mode: RateControlMode
    q: str = ""
    uses: tuple[str, ...] = ()  # options that decide the mode, and so are no knobs
    q_from: tuple[str, ...] = ()  # options that set q, and so are no knobs


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """An option whose value is a list of an encoder library's own parameters, `key=value:key=value`.

    `keys` maps a parameter onto the option that it is the same knob as, and the factor between their units.
    """

    option: str
    keys: Mapping[str, tuple[str, int]]
    bare_keys: bool = False  # whether `key` alone means `key=1`
    negations: bool = False  # whether `no-key=1` means `key=0`


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One family of encoders: what each option is to it.

    `presets` ranks the presets' names, fastest to slowest or the other way; equal ranks are the same preset. A preset
    outside it has no neighbours. `default_preset` is what no preset means, in `preset_read_from`.
    """

    name: str
    encoders: frozenset[str]
    options: Mapping[str, Option]  # by folded name, aliases included
    preset: str
    presets: Mapping[str, int]
    rate_control: Callable[[Settings], RateControl]
    opened: tuple[Opened, ...] = ()
    neutral: frozenset[str] = frozenset()  # canonical names that never touch quality
    default_preset: str = ""

    def option(self, name: str) -> Option:
        """The option that `name` spells, in whatever spelling; one that takes anything where the table lists none."""
        known = self.options.get(fold(name))
        return known or Option(name=fold(name), kind=Kind.ANY)


def fold(name: str) -> str:
    """`name` with its separators alike: `spatial-aq` = `spatial_aq`."""
    return name.replace("-", "_")


def words(text: str) -> tuple[str, ...]:
    """A table's column of names, one space apart."""
    return tuple(text.split())


def table(*groups: Iterable[Option]) -> dict[str, Option]:
    """Options by every folded name of theirs; a later group replaces an earlier one's."""
    return {fold(name): option for group in groups for option in group for name in (option.name, *option.aliases)}


def options(kind: Kind, *names: str, default: str | None = None) -> tuple[Option, ...]:
    """Options of one kind and one default that need nothing else said."""
    return tuple(Option(name=name, kind=kind, default=default) for name in names)


def numbered(*names: str) -> dict[str, str]:
    """Named constants that count from 0: name -> number."""
    return {name: str(i) for i, name in enumerate(names)}


COMMON = (
    Option(name="b", kind=Kind.INTEGER, default="0"),
    Option(name="maxrate", kind=Kind.INTEGER, default="0"),
    Option(name="minrate", kind=Kind.INTEGER, default="0"),
    Option(name="bufsize", kind=Kind.INTEGER, default="0"),
    Option(name="qscale", kind=Kind.DECIMAL, aliases=("q",)),
    Option(name="flags", kind=Kind.FLAGS),
    Option(name="flags2", kind=Kind.FLAGS),
    Option(name="profile", kind=Kind.TEXT),
    Option(name="level", kind=Kind.TEXT),
    Option(name="filter", kind=Kind.TEXT, aliases=("vf",)),
    *options(Kind.INTEGER, "global_quality", default="0"),
    *options(Kind.INTEGER, "bf", "g", "refs", "keyint_min", "qmin", "qmax", "qdiff", "trellis", "me_range", "subq"),
    *options(Kind.INTEGER, "rc_init_occupancy", "slices", "pass"),
    *options(Kind.DECIMAL, "qblur", "qcomp", "i_qfactor", "b_qfactor", "i_qoffset", "b_qoffset"),
    *options(Kind.TEXT, "pix_fmt", "cmp", "r", "s", "aspect", "thread_type", "force_key_frames"),
)
"""libavcodec's options and the command line's own, as far as they reach a video encoder.

`b`, `maxrate`, `minrate` and `bufsize` at 0, and `global_quality` at 0, mean "not set" to every encoder of the tables.
`bf`, `g`, `refs` and the quantiser limits have no default here: each encoder, and each version, brings its own.
"""


def mbit(rate: Fraction | None) -> str:
    """A rate in bit/s as q: Mbit/s, the shortest decimal text; empty where there is none."""
    return plain(rate / 1_000_000) if rate else ""


def by_rate(settings: Settings, mode: RateControlMode, *uses: str) -> RateControl:
    """`mode` aiming at `-b:v`. A maxrate, a minrate and a buffer stay knobs: they bend what the encoder does."""
    q_from = ("b",) if "b" in settings.by_name else ()
    return RateControl(mode=mode, q=mbit(settings.number("b")), uses=uses, q_from=q_from)


def by_quality(settings: Settings, mode: RateControlMode, option: str, *uses: str) -> RateControl:
    """`mode` aiming at the quality that `option` sets."""
    q_from = (option,) if option in settings.by_name else ()
    return RateControl(mode=mode, q=settings.text(option), uses=uses, q_from=q_from)


def by_equal_rates(settings: Settings) -> RateControl | None:
    """CBR where rate, maxrate and minrate are one and the same; else None."""
    rate = settings.number("b")
    if not rate or settings.number("maxrate") != rate or settings.number("minrate") != rate:
        return None
    return by_rate(settings, RateControlMode.CBR, "maxrate", "minrate")
