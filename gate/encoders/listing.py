"""What FFmpeg's encoders list as their options, and libraries as their keys: lines of `options.jsonl`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from gate.encoders import values
from gate.values import dataclass

DATA = Path(__file__).with_name("options.jsonl")
_LIMITS = {"INT_MAX": str(2**31 - 1), "INT_MIN": str(-(2**31)), "UINT32_MAX": str(2**32 - 1), "I64_MAX": str(2**63 - 1)}
GENERIC = "generic"  # the options that libavcodec gives to every encoder

Spec = tuple[str, str, Any, Any, str | None, Mapping[str, int | None]]
"""Versions (a space apart), type, lowest, highest, default as printed, constants: name -> number, null where unsaid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One option as every listed version has it.

    `default` is None where versions differ, or print none. `numbers` holds the constants whose number is known and
    the same in all of them, `moved` the others.
    """

    name: str
    type: str  # FFmpeg's own: int, float, boolean, string, flags, dictionary, …
    default: str | None
    numbers: Mapping[str, int]
    moved: frozenset[str]
    highest: float | None  # that every listed version takes; None where one has no bound
    everywhere: bool  # no listed version of the encoder lacks it


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The private options of one encoder, or the generic ones; `sets` are generic options' defaults of its own.

    False, and empty, where the data hold no such encoder.
    """

    versions: tuple[str, ...]
    options: Mapping[str, Listed]
    twins: Mapping[str, str]  # a name that differs in separators only -> the one that every version has
    sets: Mapping[str, str]

    def __bool__(self) -> bool:
        return bool(self.versions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """A library's keys -> kind of value, its aliases -> key, and the names that a key's numbers have."""

    kinds: Mapping[str, str]
    aliases: Mapping[str, str]
    names: Mapping[str, Mapping[str, int]]


@lru_cache(maxsize=64)
def listing(encoder: str) -> Listing:
    """The options of `encoder`."""
    found = _line("encoder", encoder) or {"versions": (), "options": {}}
    versions = tuple(found["versions"])
    options = {name: _merged(name, specs, versions) for name, specs in found["options"].items()}
    kept = {name.replace("-", "_"): name for name, option in options.items() if option.everywhere}
    twins = {name: kept[fold] for name in options if (fold := name.replace("-", "_")) in kept and kept[fold] != name}
    return Listing(versions=versions, options=options, twins=twins, sets=found.get("sets", {}))


@lru_cache(maxsize=8)
def keys(library: str) -> Keys:
    """The keys that `library`'s parameter string takes."""
    found = _line("library", library) or {}
    kinds = {key: kind for kind, names in found["keys"].items() for key in names.split()}
    return Keys(kinds=kinds, aliases=found["aliases"], names=found["names"])


@lru_cache(maxsize=2)
def known(where: str) -> frozenset[str]:
    """Names that FFmpeg takes though an encoder lacks them: `everywhere`, or `somewhere` (a build, a version)."""
    return frozenset((_line("known", where) or {"names": ""})["names"].split())


@lru_cache(maxsize=256)
def owners(name: str) -> tuple[str, ...]:
    """The listed encoders that have an option called `name`."""
    lines = DATA.read_text(encoding="utf-8").splitlines()
    marked = (json.loads(line) for line in lines if line.startswith('{"encoder"') and f'"{name}":[[' in line)
    return tuple(found["encoder"] for found in marked if found["encoder"] != GENERIC)


def _line(kind: str, name: str) -> dict[str, Any] | None:
    # One line is parsed, not the file: a cold start needs one encoder of the thirty.
    start = f'{{"{kind}":{json.dumps(name)}'
    with DATA.open(encoding="utf-8") as lines:
        found = next((line for line in lines if line.startswith(start)), None)
    return None if found is None else json.loads(found)


def _merged(name: str, specs: Iterable[Spec], versions: tuple[str, ...]) -> Listed:
    specs = list(specs)
    numbers: dict[str, set[int]] = {}
    for _, _, _, _, _, constants in specs:
        for constant, number in constants.items():
            numbers.setdefault(constant, set()).update(() if number is None else (number,))
    agreed = {constant: next(iter(found)) for constant, found in numbers.items() if len(found) == 1}
    defaults = {_default(printed, constants, agreed) for _, _, _, _, printed, constants in specs}
    bounds = [float(most) for _, _, _, most, _, _ in specs if isinstance(most, int | float)]
    listed = {version for in_versions, *_ in specs for version in in_versions.split()}
    return Listed(
        name=name,
        type=specs[0][1],
        default=defaults.pop() if len(defaults) == 1 else None,
        numbers=agreed,
        moved=frozenset(numbers.keys() - agreed.keys()),
        highest=min(bounds) if len(bounds) == len(specs) else None,
        everywhere=listed >= set(versions),
    )


def _default(printed: str | None, constants: Mapping[str, int | None], agreed: Mapping[str, int]) -> str | None:
    """A default, which versions print by name or by number: the number where all of them know it, else the name."""
    if printed is None:
        return None
    spelt = values.decimal(printed) or _LIMITS.get(printed, printed)
    named = [name for name, number in constants.items() if str(number) == spelt]
    name = named[0] if named else printed
    return str(agreed[name]) if name in agreed else name if named else spelt
