"""An adapter, what it emits, what changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum

from gate.model import ALL_QUALITIES, Emission, Location, OperatingPoint, Point, Qualities, Unresolved
from gate.values import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """Where adapters are: globs from the repository's root, and the name of what reads the files that match."""

    paths: tuple[str, ...]
    reader: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """A method of the adapter raises by design for this preset: nothing is emitted, nothing is judged."""

    preset: str
    exception: str
    message: str
    where: Location


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    """One registered adapter, as read. `key` is its registry key."""

    key: str
    name: str
    encoder: str
    where: Location
    quality_knob: str
    quality_default: str
    presets: tuple[str, ...]
    emissions: tuple[Emission, ...]
    points: tuple[Point, ...]
    quality_range: tuple[int, int] | None = None  # as it says itself
    raised: tuple[Raised, ...] = ()
    unresolved: tuple[Unresolved, ...] = ()
    files: frozenset[str] = frozenset()  # every path that its evaluation consulted, files and absences
    definitions: frozenset[str] = field(default=frozenset(), compare=False)  # of what can't be read: all consulted
    touched: frozenset[Location] = field(default=frozenset(), compare=False)  # lines that took part in its evaluation

    @property
    def notices(self) -> Mapping[tuple[str, Location], Sequence[str]]:
        """What FFmpeg passes over of what it emits, and where -> the presets that emit it."""
        found: dict[tuple[str, Location], list[str]] = {}
        for point in self.points:
            for notice in point.notices:
                where = notice.origins[0] if notice.origins else self.where
                found.setdefault((notice.text, where), []).append(point.adapter_preset)
        return found

    @property
    def at_default(self) -> Mapping[str, Emission]:
        """What each preset emits at the default quality."""
        default = self.default
        return {each.preset: each for each in self.emissions if default is None or default in each.qualities}

    @property
    def default(self) -> int | None:
        """The default quality, where it is a whole number."""
        return int(self.quality_default) if self.quality_default.removeprefix("-").isdigit() else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """What one tree's adapters emit: registry key -> adapter, and what could not be read outside any adapter."""

    adapters: Mapping[str, Adapter]
    unresolved: tuple[Unresolved, ...] = ()
    foreign: Mapping[str, Location] = field(default_factory=dict, compare=False)  # imported, and not in the language
    absent: frozenset[str] = field(default=frozenset(), compare=False)  # paths that were looked for in vain
    files: Mapping[str, bytes] = field(
        default_factory=dict, compare=False
    )  # path -> contents of what was read, ids of what lies beside


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What else a tree holds beside what the globs match: path -> object id, and how to read it. Imports lead there."""

    listed: Mapping[str, str]
    read: Callable[[str], bytes | None]


class ChangeKind(StrEnum):
    """What became of an adapter's default. `STANDING` is none: what base already emitted, for listing."""

    NEW_ADAPTER = "new-adapter"
    NEW_PRESET = "new-preset"
    ENCODER = "encoder"
    KNOB_ADDED = "knob-added"
    KNOB_CHANGED = "knob-changed"
    KNOB_REMOVED = "knob-removed"
    RATE_CONTROL = "rate-control"
    QUALITY = "quality-default"
    PRESET = "preset"
    STANDING = "standing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Differs:
    """One part of a point that head has otherwise than base. An empty text is absence."""

    kind: ChangeKind
    before: str
    after: str
    where: Location


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedPoint:
    """A point of head and the adapter's own names of the presets that emit it."""

    at: OperatingPoint
    presets: tuple[str, ...]
    condition: str = ""  # see Emission.condition; empty where one of the presets emits it unconditionally
    qualities: Qualities = ALL_QUALITIES  # see Emission.qualities


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference, or set of differences, that some of an adapter's points share.

    `kind` and `where` are the first difference's; `before` and `after` name them all.
    """

    adapter: str  # registry key
    codec: str
    kind: ChangeKind
    before: str
    after: str
    where: Location
    differences: tuple[Differs, ...]
    points: tuple[ChangedPoint, ...]
