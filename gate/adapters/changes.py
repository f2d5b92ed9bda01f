"""The diff of two trees' operating points, on the line at fault."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher

from gate.adapters.model import Adapter, Change, ChangedPoint, ChangeKind, Defaults, Differs
from gate.encoders.read import read_point
from gate.model import Location, OperatingPoint, Point, Qualities
from gate.values import replace

ChangedLines = Mapping[str, frozenset[int]]
"""path -> lines of head, counted from 1, that base doesn't have there."""

_MOST = 4_000_000  # pairs of lines; comparing more takes too long, and then all of them count as changed


def changed_files(base: Mapping[str, bytes], head: Mapping[str, bytes]) -> ChangedLines:
    """The changed lines of each of head's files, path -> contents; of a file that base doesn't have, all of them."""
    return {path: changed_lines(base.get(path, b""), text) for path, text in head.items() if base.get(path) != text}


def changed_lines(base: bytes, head: bytes) -> frozenset[int]:
    """The lines of `head`, counted from 1, that were added or altered since `base`. A deletion leaves none."""
    old, new = base.splitlines(), head.splitlines()
    start = _common(old, new)
    end = _common(old[start:][::-1], new[start:][::-1])
    old, new = old[start : len(old) - end], new[start : len(new) - end]
    if len(old) * len(new) > _MOST:
        return frozenset(range(start + 1, start + len(new) + 1))
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return frozenset(start + i + 1 for tag, _, _, first, last in blocks if tag != "equal" for i in range(first, last))


def _common(old: Sequence[bytes], new: Sequence[bytes]) -> int:
    pairs = zip(old, new, strict=False)
    return next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(old), len(new)))


def at_fault(origins: Sequence[Location], touched: Sequence[Location], changed: ChangedLines) -> Location | None:
    """The line to point at: an origin on a changed line, else a changed line that took part, else the first origin."""
    return next(
        (line for line in (*origins, *touched) if line.line in changed.get(line.path, ())),
        origins[0] if origins else None,
    )


def renamed(base: Defaults, head: Defaults) -> Mapping[str, str]:
    """Registry keys that only changed their names, new -> old: a gone one with the very same points, one to one.

    Where head's package can't be read, nobody knows which keys are gone.
    """
    if any(not part.adapter for part in head.unresolved):
        return {}
    gone = {key: _emitted(base.adapters[key]) for key in sorted(base.adapters.keys() - head.adapters.keys())}
    found: dict[str, str] = {}
    for key in sorted(head.adapters.keys() - base.adapters.keys()):
        emitted = _emitted(head.adapters[key])
        old = next((old for old, before in gone.items() if emitted and before == emitted), None)
        if old is not None:
            found[key] = old
            del gone[old]
    return found


def with_old_names(base: Defaults, names: Mapping[str, str]) -> Defaults:
    """`base` with its adapters under head's registry keys; `names` are the renamed ones, as `renamed` finds them."""
    old = set(names.values())
    kept = {key: adapter for key, adapter in base.adapters.items() if key not in old}
    return replace(base, adapters=kept | {new: base.adapters[key] for new, key in names.items()})


def _emitted(adapter: Adapter) -> frozenset[tuple[object, ...]]:
    return frozenset((point.adapter_preset, point.at, point.qualities, point.condition) for point in adapter.points)


def changes(base: Defaults, head: Defaults, changed: ChangedLines) -> tuple[Change, ...]:
    """What head's adapters newly emit, by registry key and then by what differs.

    A default is a registry key and a preset's name: a point that base emitted under both, at the same qualities, is
    none, from whichever file. Points that differ from base's in the same way make one change.

    `changed` are the lines of head's files that base doesn't have, as `changed_files` finds them.
    """
    pairs = ((base.adapters.get(key), adapter) for key, adapter in sorted(head.adapters.items()))
    return tuple(
        change
        for before, after in pairs
        if before is None or before.points is not after.points  # taken over: nothing to look for
        for change in _grouped(after, _differing(before, after, changed))
    )


def standing(base: Defaults, head: Defaults) -> tuple[Change, ...]:
    """What head emits that base emitted already, one `STANDING` change per adapter: for listing, and for `--all`."""
    found = []
    for key, adapter in sorted(head.adapters.items()):
        points = _by_point(point for point in adapter.points if _stands(base.adapters.get(key), adapter, point))
        kept = Differs(kind=ChangeKind.STANDING, before="", after="", where=adapter.where)
        found += _grouped(adapter, ((same, (kept,)) for same in points))
    return tuple(found)


def of_preset(adapter: Adapter | None, preset: str) -> Sequence[Point]:
    """What an adapter emits for one of its presets, the default quality's point first."""
    return [point for point in adapter.points if point.adapter_preset == preset] if adapter else ()


def _stands(before: Adapter | None, after: Adapter, point: Point) -> bool:
    """Whether base emitted this for the same preset, at every quality at which head does.

    Beside the default's interval, which comes first, a point's q says only where its interval begins.
    """
    exactly = _at_its_quality(before, point) if before is not None else None
    if exactly is not None and apart_from_quality(exactly) == apart_from_quality(point):
        return True
    old = of_preset(before, point.adapter_preset)
    if of_preset(after, point.adapter_preset)[0] is point:
        same = [one for one in old if one.at == point.at]
    else:
        apart = apart_from_quality(point)
        same = [one for one in old if apart_from_quality(one) == apart]
    low, high = point.qualities.low, point.qualities.high
    # An open end reaches as far as either side's own range does, and at least over the widest CRF scale (AV1, VP9).
    ranges = [one.quality_range for one in (before, after) if one is not None and one.quality_range is not None]
    lowest, highest = min((0, *(ends[0] for ends in ranges))), max((63, *(ends[1] for ends in ranges)))
    asked = Qualities(low=lowest if low is None else low, high=highest if high is None else max(high, lowest))
    return any(one.qualities.covers(asked) for one in same)


def _at_its_quality(before: Adapter, point: Point) -> Point | None:
    """What base emits at the only quality at which a point stands; an interval's own says less (NVENC's `-cq 0`)."""
    quality = point.qualities.low
    if quality is None or quality != point.qualities.high:
        return None
    for emission in before.emissions:
        if emission.preset == point.adapter_preset and quality in emission.qualities:
            argv, extra = ([token.at(quality) for token in part] for part in (emission.argv, emission.extra))
            at = replace(emission, argv=tuple(argv), extra=tuple(extra))
            found = read_point(at, encoder=before.encoder, adapter=before.key, where=before.where)
            return replace(found, qualities=point.qualities) if isinstance(found, Point) else None
    return None


def apart_from_quality(point: Point) -> object:
    """What a point comes to with its quality left open."""
    at = point.at
    return at.codec, at.rc_mode, at.preset, at.knobs, at.context


_Differing = tuple[list[Point], tuple[Differs, ...]]
"""The emissions that come to one point, and how it differs from base's."""


def _differing(before: Adapter | None, after: Adapter, changed: ChangedLines) -> Iterator[_Differing]:
    """Every new point once, as it differs least: presets that come to the same point may have come from others."""
    for same in _by_point(point for point in after.points if not _stands(before, after, point)):
        ways = [tuple(_differences(before, after, point, changed)) for point in same]
        yield same, min(ways, key=_extent)


def _extent(differences: tuple[Differs, ...]) -> tuple[bool, int]:
    # A knob that was added says more than that the preset is new.
    return differences[0].kind is ChangeKind.NEW_PRESET, len(differences)


def _by_point(points: Iterable[Point]) -> Iterable[list[Point]]:
    found: dict[tuple[OperatingPoint, Qualities], list[Point]] = {}
    for point in points:
        found.setdefault((point.at, point.qualities), []).append(point)
    return found.values()


def _differences(before: Adapter | None, after: Adapter, point: Point, changed: ChangedLines) -> Iterator[Differs]:
    if before is None:
        yield Differs(kind=ChangeKind.NEW_ADAPTER, before="", after=point.at.codec, where=after.where)
        return
    old = counterpart(before, point)
    if old is None:
        where = _line(after, point, "preset", changed)
        yield Differs(kind=ChangeKind.NEW_PRESET, before="", after=point.adapter_preset, where=where)
        return
    # Beside the default's interval a point's q says only where its interval begins.
    default = of_preset(after, point.adapter_preset)[0] is point
    parts = list(_parts(old.at, point.at if default else replace(point.at, q=old.at.q)))
    for kind, part, was, becomes in parts:
        yield Differs(kind=kind, before=was, after=becomes, where=_line(after, point, part, changed))
    if not parts:  # the same argv, at more qualities than before
        where = _line(after, point, "q", changed)
        yield Differs(kind=ChangeKind.QUALITY, before=str(old.qualities), after=str(point.qualities), where=where)


def _line(adapter: Adapter, point: Point, part: str, changed: ChangedLines) -> Location:
    # The adapter's own file first: a line there says more than one in a module that it shares.
    touched = sorted(adapter.touched, key=lambda line: (line.path != adapter.where.path, line))
    return at_fault(point.origins.get(part, ()), touched, changed) or adapter.where


def counterpart(before: Adapter, point: Point) -> Point | None:
    """What base emits for the same preset, at the same qualities; None where it emits nothing for it.

    Where an interval grew, that is what base emits in the part by which it grew.
    """
    exactly = _at_its_quality(before, point)
    if exactly is not None:
        return exactly
    old = of_preset(before, point.adapter_preset)
    there = [one for one in old if one.qualities.overlaps(point.qualities)]
    other = (one for one in there if apart_from_quality(one) != apart_from_quality(point))
    return next(other, next(iter((*there, *old)), None))


def _parts(old: OperatingPoint, new: OperatingPoint) -> Iterator[tuple[ChangeKind, str, str, str]]:
    """(kind, part, before, after) of all that differs, what matters most to a recipe first."""
    if old.codec != new.codec:
        yield ChangeKind.ENCODER, "codec", old.codec, new.codec
    yield from _knobs(dict(old.knobs + old.context), dict(new.knobs + new.context))
    for kind, part, before, after in (
        (ChangeKind.RATE_CONTROL, "rc_mode", old.rc_mode, new.rc_mode),
        (ChangeKind.QUALITY, "q", old.q, new.q),
        (ChangeKind.PRESET, "preset", old.preset, new.preset),
    ):
        if before != after:
            yield kind, part, _named(part, before), _named(part, after)


def _knobs(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[tuple[ChangeKind, str, str, str]]:
    for name in sorted(new.keys() - old.keys()):
        yield ChangeKind.KNOB_ADDED, name, "", f"{name}={new[name]}"
    for name in sorted(new.keys() & old.keys()):
        if old[name] != new[name]:
            yield ChangeKind.KNOB_CHANGED, name, f"{name}={old[name]}", f"{name}={new[name]}"
    for name in sorted(old.keys() - new.keys()):
        yield ChangeKind.KNOB_REMOVED, name, f"{name}={old[name]}", ""


def _named(part: str, value: str) -> str:
    return f"{part}={value}" if value else ""


def _grouped(adapter: Adapter, differing: Iterable[_Differing]) -> list[Change]:
    """One change per codec and set of texts."""
    groups: dict[tuple[object, ...], list[_Differing]] = {}
    for same, differences in differing:
        texts = tuple((found.kind, found.before, found.after) for found in differences)
        groups.setdefault((same[0].at.codec, texts), []).append((same, differences))
    return [_change(adapter, members) for members in groups.values()]


def _change(adapter: Adapter, members: list[_Differing]) -> Change:
    (first, *_), differences = members[0]
    before, after = (_listed(getattr(found, side) for found in differences) for side in ("before", "after"))
    where = _where(adapter, members)
    return Change(
        adapter=adapter.key,
        codec=first.at.codec,
        kind=differences[0].kind,
        before=before if after else where + before,
        after=where + after if after else "",
        where=differences[0].where,
        differences=differences,
        points=tuple(_changed_point(same) for same, _ in members),
    )


def _where(adapter: Adapter, members: Sequence[_Differing]) -> str:
    """At which qualities, where not at all that the adapter takes: `quality ≤ 20: `."""
    lowest, highest = adapter.quality_range or (None, None)
    found: list[Qualities] = []
    for each in sorted(
        {same[0].qualities for same, _ in members}, key=lambda each: -1 if each.low is None else each.low
    ):
        low = (
            None if lowest is not None and each.low is not None and each.low <= lowest < (each.high or 0) else each.low
        )
        high = None if highest is not None and each.high is not None and each.high >= highest else each.high
        if found and found[-1].high is not None and low is not None and low <= found[-1].high + 1:
            low = None if found[-1].low == lowest else found[-1].low  # the rate control alone parts them
            found.pop()
        found.append(Qualities(low=low, high=high))
    texts = list(map(str, found))
    said = members[0][1][0].kind in (ChangeKind.NEW_ADAPTER, ChangeKind.NEW_PRESET, ChangeKind.STANDING)
    if said or "" in texts or set(texts) & {difference.after for difference in members[0][1]}:
        return ""
    more = [f"… ({len(texts)} of them)"] if len(texts) > 6 else []
    return (
        ", ".join([texts[0], *(each.removeprefix("quality ") for each in texts[1 : 4 if more else None]), *more]) + ": "
    )


def _listed(texts: Iterable[str]) -> str:
    return ", ".join(text for text in texts if text)


def _changed_point(same: list[Point]) -> ChangedPoint:
    return ChangedPoint(
        at=same[0].at,
        presets=tuple(dict.fromkeys(point.adapter_preset for point in same)),
        condition="" if any(not point.condition for point in same) else same[0].condition,
        qualities=same[0].qualities,
    )
