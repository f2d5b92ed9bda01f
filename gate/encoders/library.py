"""Parameter strings that an encoder library reads itself: split, keys and values by that library's grammar."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from gate.encoders import listing, values
from gate.values import dataclass, field

T = TypeVar("T")
KeyReader = Callable[[str], str | None]

_TRUE, _FALSE = frozenset({"1", "true", "yes"}), frozenset({"0", "false", "no"})
_INTEGER = re.compile(r"\s*([+-]?)(0[xX][0-9a-fA-F]+|[0-9]+)")
_DECIMAL = re.compile(r"\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_LONGEST = 300  # digits; more are data meant to hurt


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """How one option's string is read. `keys` is the library's name in the listing.

    `to_option` maps a key onto the FFmpeg option that it is the same knob as, and the factor between their units.
    `kept` are those of them that don't win over the option where both are said: the key stays a knob of its own.
    """

    option: str
    keys: str
    to_option: Mapping[str, tuple[str, int]]
    kept: frozenset[str] = frozenset()
    readers: Mapping[str, KeyReader] = field(default_factory=dict)  # keys whose values have a form of their own
    c_values: bool = True  # whether values are read as C does: as far as they go
    names_only: bool = True  # whether a value that has names can't be said by number
    bare_keys: bool = False  # whether `key` alone means `key=1`, and nothing protects a separator
    negations: bool = False  # whether `no-key=1` means `key=0`
    underscores: bool = False  # whether `_` is `-`
    dashes: bool = False  # whether `--key` is `key`
    any_case: bool = False  # whether `KEY` is `key`
    drops: bool = True  # whether an unknown key is passed over; else it fails the command
    complete: bool = True  # whether the list has every key of every version
    idle: frozenset[str] = frozenset()  # keys that it takes without effect
    foreign: frozenset[str] = frozenset()  # names that surely are none, where the list isn't complete

    def read(self, string: str) -> Iterator[Said]:
        """What each part of the string sets, in the order in which the library reads them."""
        for key, value in self._parts(string):
            yield self._said(key, value)

    def knows(self, name: str) -> str:
        """The key that `name` spells; empty where there is none."""
        return self._key(name)[0]

    def _parts(self, string: str) -> list[tuple[str, str | None]]:
        if self.bare_keys:
            parts = [part.partition("=") for part in string.split(":") if part]
            return [(key, value if sign else "1") for key, sign, value in parts]
        pairs: list[tuple[str, str | None]] = []
        rest = string
        while rest:
            key, rest = _token(rest, "=")
            if not rest:
                pairs.append((key, None))
                break
            value, rest = _token(rest[1:], ":")
            rest = rest[1:]
            put(pairs, key, value)
        return pairs

    def _key(self, spelt: str) -> tuple[str, bool]:
        """The key and whether it is negated; an empty key where the library has none."""
        known = listing.keys(self.keys)
        name = spelt.removeprefix("--") if self.dashes else spelt
        name = name.replace("_", "-") if self.underscores else name
        name = name.lower() if self.any_case else name
        if self.negations and name.startswith("no"):
            # Every name that begins so is taken for a negation: no key of x264's or x265's does.
            positive = name.removeprefix("no-") if name.startswith("no-") else name.removeprefix("no")
            found = known.aliases.get(positive, positive)
            return (found, True) if found in known.kinds else ("", True)
        found = known.aliases.get(name, name)
        return (found, False) if found in known.kinds else ("", False)

    def _said(self, spelt: str, value: str | None) -> Said:
        key, negated = self._key(spelt)
        shown = f"{spelt}={value}"
        if value is None:
            return Said(key="", spelt=spelt, shown=spelt, value="", fault="without a value")
        if not key:
            return Said(key="", spelt=spelt, shown=shown, value=value, fault="unknown")
        odd = False
        if negated:
            on, said = _boolean(value)
            value, odd = "false" if on == "1" else "true", not said
        read, clean = self._value(key, value)
        if read is None:
            return Said(key=key, spelt=spelt, shown=shown, value=value, fault="bad value")
        name, factor = self.to_option.get(key, (key, 1))
        fault = "" if clean and not odd else "odd value"
        return Said(key=key, spelt=spelt, shown=shown, value=_scaled(read, factor), option=name, fault=fault)

    def _value(self, key: str, text: str) -> tuple[str | None, bool]:
        if reader := self.readers.get(key):
            return reader(text), True
        kind = listing.keys(self.keys).kinds[key]
        if self.c_values:
            return _by_kind(kind, listing.keys(self.keys).names.get(key, {}), text, names_only=self.names_only)
        return _strict(kind, text), True


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One `key=value`. `key` is empty where the library has none such; `option` is the canonical name.

    `fault`: empty, or `unknown`, `without a value`, `bad value` (passed over), `odd value` (read as far as it goes).
    """

    key: str
    spelt: str
    shown: str  # as written
    value: str
    option: str = ""
    fault: str = ""


def put(held: list[tuple[str, T]], key: str, value: T) -> None:
    """As FFmpeg's dictionary: a key said again moves to the end, and what was last takes its place."""
    at = next((i for i, (have, _) in enumerate(held) if have == key), None)
    if at is not None:
        last = held.pop()
        if at < len(held):
            held[at] = last
    held.append((key, value))


def _token(text: str, end: str) -> tuple[str, str]:
    """The text up to `end`, which a backslash or single quotes protect, and what follows from it on."""
    text = text.lstrip(" \n\t\r")
    out, solid, at = "", 0, 0
    while at < len(text) and text[at] != end:
        char = text[at]
        at += 1
        if char == "\\" and at < len(text):
            out, at = out + text[at], at + 1
            solid = len(out)
        elif char == "'":
            close = text.find("'", at)
            close = len(text) if close < 0 else close
            out, at = out + text[at:close], close + 1
            solid = len(out)
        else:
            out += char
    kept = out[:solid] + out[solid:].rstrip(" \n\t\r")
    return kept, text[at:]


def _boolean(text: str) -> tuple[str, bool]:
    return ("1", True) if text in _TRUE else ("0", text in _FALSE)


def c_integer(text: str) -> tuple[str, bool]:
    """What C's strtol makes of `text`, and whether it took all of it."""
    found = _INTEGER.match(text)
    if not found or len(found[0]) > _LONGEST:
        return "0", False
    digits = found[2]
    if digits[:2].lower() == "0x":
        number, end = int(digits, 16), found.end()
    elif digits.startswith("0") and len(digits) > 1:
        octal = re.match("[0-7]*", digits)
        number, end = int(octal[0] or "0", 8) if octal else 0, found.start(2) + (octal.end() if octal else 0)
    else:
        number, end = int(digits), found.end()
    return str(-number if found[1] == "-" else number), end == len(text)


def c_decimal(text: str) -> tuple[str, bool]:
    """What C's strtod makes of `text`, and whether it took all of it."""
    found = _DECIMAL.match(text)
    if not found:
        return "0", False
    return values.decimal(found[0].strip()) or found[0].strip(), found.end() == len(text)


def _strict(kind: str, text: str) -> str | None:
    """A value that is taken whole or not at all."""
    if kind == "bool":
        return {"true": "1", "false": "0", "1": "1", "0": "0"}.get(text)
    if kind in {"int", "uint"}:
        return str(int(text)) if re.fullmatch(r"[+-]?[0-9]{1,12}" if kind == "int" else r"[0-9]{1,12}", text) else None
    if kind == "float":
        return values.decimal(text) if re.fullmatch(r"[+-]?[0-9]*\.?[0-9]*", text) else None
    return values.decimal(text) if re.fullmatch(r"[+-]?[0-9.]+", text) else text


def _by_kind(kind: str, names: Mapping[str, int], text: str, *, names_only: bool) -> tuple[str | None, bool]:
    """A value of x264's or x265's: what is wrong is complained of, and left at what was read of it."""
    kinds = set(kind.split())
    if "enum" in kinds:
        cased = {name.lower(): number for name, number in names.items()} if names_only else names
        if (word := text.lower() if names_only else text) in cased:
            return str(cased[word]), True
        return (None, False) if names_only and "int" not in kinds else c_integer(text)
    if "bool" in kinds and (kind == "bool" or text in _FALSE):
        return _boolean(text)
    reader = _C_READERS.get(frozenset(kinds - {"bool"}))
    return reader(text) if reader else (text, True)


_C_READERS = {frozenset({"int"}): c_integer, frozenset({"float"}): c_decimal}


def _scaled(value: str, factor: int) -> str:
    amount = values.number(value) if factor != 1 else None
    return value if amount is None else values.plain(amount * factor)


def deblock(text: str) -> str:
    """x264's and x265's deblock: two integers, or one for both, else a word that turns it on or off (`1` is `1:1`)."""
    if found := re.match(r"\s*([+-]?[0-9]+)[:,]\s*([+-]?[0-9]+)", text):
        return f"{int(found[1])}:{int(found[2])}"
    if found := re.match(r"\s*([+-]?[0-9]+)", text):
        return f"{int(found[1])}:{int(found[1])}"
    return "yes" if text in {"true", "yes"} else "no"


def level(text: str) -> str | None:
    """A level as ten times its number: `5.1` and `51` are one; `1b` is 9."""
    if text == "1b":
        return "9"
    number = values.number(text)
    if number is None:
        return text
    return values.plain(number * 10 if number < 10 else number)
