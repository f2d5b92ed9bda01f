"""Option values as FFmpeg reads them: numbers with unit prefixes, booleans, and their one canonical spelling."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache

_NUMBER = re.compile(
    r"([+-]?)([0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE]([+-]?[0-9]{1,2}))?(?:([yzafpnumcdhkKMGTPEZY])(i?))?(B?)"
)
_HEX = re.compile(r"([+-]?)0[xX]([0-9a-fA-F]{1,16})")
_EXPONENTS = {
    "y": -24, "z": -21, "a": -18, "f": -15, "p": -12, "n": -9, "u": -6, "m": -3, "c": -2, "d": -1, "h": 2,
    "k": 3, "K": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18, "Z": 21, "Y": 24,
}  # fmt: skip
_TRUE = frozenset({"true", "y", "yes", "enable", "enabled", "on"})
_FALSE = frozenset({"false", "n", "no", "disable", "disabled", "off"})
_LONGEST = 64  # characters; a longer number is data meant to hurt


def words(text: str) -> tuple[str, ...]:
    """A table's column of names, one space apart."""
    return tuple(text.split())


def names(text: str) -> frozenset[str]:
    """The same where order says nothing."""
    return frozenset(text.split())


@lru_cache(maxsize=4096)  # a table's few values are asked for again with every point
def number(text: str) -> Fraction | None:
    """The number that `text` is to FFmpeg (`4M`, `4000k`, `4e6`, `0x10`, `500kB` in bits), exactly; None if it is none.

    FFmpeg also takes arithmetic and `dB`. Neither is read here: None.
    """
    packed = "".join(text.split())
    if len(packed) > _LONGEST or packed.endswith("dB"):
        return None
    if found := _HEX.fullmatch(packed):
        return Fraction(int(found[2], 16) * (-1 if found[1] == "-" else 1))
    found = _NUMBER.fullmatch(packed)
    if not found:
        return None
    sign, digits, exponent, prefix, binary, byte = found.groups()
    whole, _, part = digits.partition(".")
    value = Fraction(int(whole + part), 10 ** len(part))  # a tenth of the time that Fraction takes to read it
    if exponent:
        value *= Fraction(10) ** int(exponent)
    if prefix and binary and _EXPONENTS[prefix] % 3:
        return None
    if prefix:
        value *= _prefix(prefix, binary=bool(binary))
    value = value * 8 if byte else value
    return -value if sign == "-" else value


def _prefix(letter: str, *, binary: bool) -> Fraction:
    exponent = _EXPONENTS[letter]
    # Ki is 1024: ten bits for every three decimal places.
    return Fraction(2) ** (exponent // 3 * 10) if binary else Fraction(10) ** exponent


def plain(value: Fraction) -> str:
    """`value` as the shortest decimal text that reads back as it, or as the nearest double where no decimal does."""
    if value.denominator == 1:
        return str(value.numerator)
    twos, fives, rest = 0, 0, value.denominator
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    if rest != 1:
        return repr(float(value))
    places = max(twos, fives)
    digits = str(abs(value.numerator) * 10**places // value.denominator).zfill(places + 1)
    return f"{'-' if value < 0 else ''}{digits[:-places]}.{digits[-places:]}"


def integer(text: str) -> str | None:
    """What an integer option stores for `text`: FFmpeg rounds, half to even."""
    value = number(text)
    return None if value is None else str(round(value))


def decimal(text: str) -> str | None:
    """What a floating-point option stores for `text`."""
    value = number(text)
    return None if value is None else plain(value)


def boolean(text: str) -> str | None:
    """`1`, `0` or `-1` (auto) for each of the words that FFmpeg takes as a boolean."""
    word = text.lower()
    if word in _TRUE:
        return "1"
    if word in _FALSE:
        return "0"
    if text == "auto":
        return "-1"
    return integer(text) if re.fullmatch(r"[+-]?[0-9]{1,9}", text) else None


def flags(text: str, before: frozenset[str], idle: frozenset[str]) -> str | None:
    """What `text` makes of the flags that are set before: `+a-b` in order of name, those that are idle left out."""
    on = set(before)
    if not re.fullmatch(r"[+-]?[A-Za-z_0-9]+([+-][A-Za-z_0-9]+)*", text):
        return None
    for sign, name in re.findall(r"([+-]?)([A-Za-z_0-9]+)", text):
        on = {name} if not sign else on | {name} if sign == "+" else on - {name}
    changed = sorted((on ^ before) - idle)
    return "".join(f"{'+' if name in on else '-'}{name}" for name in changed)


@lru_cache(maxsize=4096)  # a grid's labels are asked for again with every point
def label_number(label: str) -> Fraction | None:
    """The number in a q label: `N` or `-opt N` (design 3); None where there is none."""
    words = label.split()
    if len(words) == 2 and words[0].startswith("-"):
        return number(words[1])
    return number(label) if len(words) == 1 else None
