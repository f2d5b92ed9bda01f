"""Knob combinations of sweep rows: `k=v,k=v`, an argv string or an object, to one canonical text."""

from __future__ import annotations

import json
import re
import shlex
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from gate.errors import SweepError
from gate.model import Knobs

_PRESET_NAMES: Final = frozenset({"preset", "quality", "usage", "speed", "cpu-used", "cpu_used"})
_QUALITY_NAMES: Final = frozenset(
    {"q", "q:v", "qscale", "qscale:v", "cq", "crf", "qp", "quality", "global_quality", "b:v", "b"}
)
_QUALITY_LABEL: Final = re.compile(r"(?:-(?P<option>\S+)\s+)?(?P<number>[+-]?(?:\d+\.?\d*|\.\d+))\s*\Z")
_RATE: Final = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))([kKmM]?)\Z")


class Repeating(dict[str, object]):
    """A JSON object in which keys stand twice; it holds what the last of each says."""

    def __init__(self, pairs: Sequence[tuple[str, object]]) -> None:
        super().__init__(pairs)
        counts = Counter(key for key, _ in pairs)
        self.twice = tuple(key for key, count in counts.items() if count > 1)


def load_json(text: str) -> object:
    """The JSON value that `text` spells, objects with repeated keys as Repeating.

    Raises: ValueError, RecursionError.
    """
    return json.loads(text, object_pairs_hook=object_of)


def parse_knobs(key: str, value: object) -> Knobs:
    """The knobs that a `knob_combo` or `knob_dict` holds, sorted by name; the last repeat wins; none for `bare`.

    A flag without a value has the value "". Raises: SweepError for what is none of the spellings.
    """
    if isinstance(value, str):
        text = value.strip()
        if text == "bare":
            return ()
        if text.startswith("{"):
            return parse_knobs(key, _object(key, text))
        pairs = _argv(key, text) if text.startswith("-") else _assignments(key, text)
    elif isinstance(value, list | tuple) and all(isinstance(word, str) for word in value):
        pairs = _paired(key, value)
    elif isinstance(value, Repeating):
        raise SweepError(f"`{key}` holds `{value.twice[0]}` twice")
    elif isinstance(value, Mapping):
        pairs = [(str(name), _scalar(key, item)) for name, item in value.items() if item is not None]
        _check_distinct(key, [name.lstrip("-") for name, _ in pairs])
    else:
        fix = "k=v,k=v, an argv (text or list), an object or `bare`"
        raise SweepError(f"`{key}` is not a knob combination: {value!r:.60}", fix=fix)
    return tuple(sorted({name.lstrip("-"): setting for name, setting in pairs}.items()))


def knob_text(knobs: Knobs) -> str:
    """Canonical text of knobs: `k=v,k=v` by name, `k` for a flag; `%`, `,` (and `=` in names) percent-encoded."""
    return ",".join(
        f"{_quoted(name, '%,=')}={_quoted(value, '%,')}" if value else _quoted(name, "%,=") for name, value in knobs
    )


def read_knob_text(text: str) -> Knobs:
    """The inverse of `knob_text`."""
    pairs = (part.partition("=") for part in text.split(",") if part)
    return tuple((_unquoted(name), _unquoted(value)) for name, _, value in pairs)


def without_preset_and_quality(knobs: Knobs, *, preset: str, q: str) -> Knobs:
    """The knobs beside what only repeats the row's own preset and q. A value that differs from them stays a knob."""
    return tuple((name, value) for name, value in knobs if not _repeats(name, value, preset, q))


def _repeats(name: str, value: str, preset: str, q: str) -> bool:
    if name in _PRESET_NAMES and value == preset:
        return True
    found = _QUALITY_LABEL.match(q)
    if found is None:
        return name in _QUALITY_NAMES and value == q
    if name not in _QUALITY_NAMES and name != found["option"]:
        return False
    return _in_mbits(value) == float(found["number"])


def _in_mbits(value: str) -> float | None:
    """A plain number as it is, `2M` and `2000k` as Mbit/s: the unit of q under a target rate."""
    found = _RATE.match(value)
    if found is None:
        return None
    number, unit = float(found[1]), found[2].lower()
    return number / 1000 if unit == "k" else number


def _argv(key: str, text: str) -> list[tuple[str, str]]:
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise SweepError(f"`{key}` is no argv string ({error}): {text!r:.60}") from None
    return _paired(key, words)


def _paired(key: str, words: Sequence[str]) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for word in words:
        if _is_option(word):
            pairs.append((word, ""))
        elif pairs and not pairs[-1][1]:
            pairs[-1] = (pairs[-1][0], word)
        else:
            raise SweepError(f"`{key}` holds {word!r:.60} without an option before it")
    return pairs


def _is_option(word: str) -> bool:
    return len(word) > 1 and word[0] == "-" and (word[1].isalpha() or word[1] == "-")


def _assignments(key: str, text: str) -> list[tuple[str, str]]:
    parts = [part.strip().partition("=") for part in text.split(",")] if text else []
    for name, equals, _ in parts:
        if not name.strip() or not equals:
            raise SweepError(f"`{key}` is not k=v,k=v: {text!r:.60}")
    return [(name.strip(), value.strip()) for name, _, value in parts]


def _check_distinct(key: str, names: Sequence[str]) -> None:
    """An object says each thing once: it has no last repeat that could win, dashes or not."""
    twice = next((name for name, count in Counter(names).items() if count > 1), None)
    if twice is not None:
        raise SweepError(f"`{key}` holds `{twice}` twice, with a dash and without")


def _object(key: str, text: str) -> object:
    try:
        return load_json(text)
    except (ValueError, RecursionError):
        raise SweepError(f"`{key}` is not a JSON object: {text!r:.60}") from None


def object_of(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object of JSON; a `Repeating` where a name stands twice."""
    found = dict(pairs)
    return found if len(found) == len(pairs) else Repeating(pairs)


def _scalar(key: str, value: object) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, str | int | float):
        return str(value)
    raise SweepError(f"`{key}` holds a value that is no text or number: {value!r:.60}")


def _quoted(text: str, special: Iterable[str]) -> str:
    return "".join(f"%{ord(c):02X}" if c in special else c for c in text)


def _unquoted(text: str) -> str:
    return re.sub(r"%(25|2C|3D)", lambda found: chr(int(found[1], 16)), text)
