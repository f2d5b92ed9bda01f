"""A tree's adapters, whichever way they are declared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from gate.adapters.model import Adapter, Around, Declared, Defaults
from gate.encoders import read_point
from gate.errors import AdapterError, UsageError
from gate.model import Emission, Location, Point, Qualities, Unresolved
from gate.tree import Tree
from gate.values import replace


def _read(
    reader: str, sources: Mapping[str, bytes], known: Defaults | None, beside: frozenset[str], around: Around
) -> Defaults:
    """The adapters among `sources` (path -> contents), by the declared reader. UsageError: there is no such reader.

    `known` is another tree's, to save evaluating twice; `beside` are the paths in the folders of `sources` that no glob
    matches, and `around` all else that the tree holds.
    """
    if reader == "vmaf-tune":
        from gate.adapters.vmaf_tune import read_vmaf_tune  # noqa: PLC0415 - only where it is needed

        return read_vmaf_tune(sources, known, beside, around)
    if reader == "manifest":
        from gate.adapters.manifest import read_manifest  # noqa: PLC0415 - only where it is needed

        return read_manifest(sources)
    raise UsageError(f"there is no reader {reader!r}", fix="one of vmaf-tune, manifest")


def read_adapters(tree: Tree, parts: Sequence[Declared], *, known: Defaults | None = None) -> Defaults:
    """Every adapter that the globs reach, with its operating points; `known` is another tree's, to take over from.

    Raises: AdapterError: a source doesn't parse, or two adapters share a key.
    """
    found: dict[str, Adapter] = {}
    unresolved: list[Unresolved] = []
    files: dict[str, bytes] = {}
    foreign: dict[str, Location] = {}
    absent: frozenset[str] = frozenset()
    for part in parts:
        found_here = tree.sources(part.paths)
        sources = found_here.contents
        files |= {path: oid.encode() for path, oid in found_here.beside.items()} | dict(sources)
        beside = frozenset(found_here.beside)
        around = Around(listed=found_here.listed, read=tree.read)
        read = _read(part.reader, sources, known, beside, around) if sources else Defaults(adapters={})
        files |= read.files
        foreign |= read.foreign
        absent |= read.absent
        unresolved += read.unresolved
        for key, adapter in read.adapters.items():
            if key in found:
                other = found[key].where
                raise AdapterError(f"adapter {key!r} is declared at {other} too", where=str(adapter.where))
            found[key] = _with_points(adapter, known.adapters.get(key) if known else None)
    return Defaults(adapters=found, unresolved=tuple(unresolved), files=files, foreign=foreign, absent=absent)


def _with_points(adapter: Adapter, other: Adapter | None) -> Adapter:
    if adapter.points:
        return adapter  # taken over whole from another tree
    if other is not None and other.points and _emitted(other) == _emitted(adapter):
        return replace(adapter, points=other.points)
    points: list[Point] = []
    unresolved: list[Unresolved] = []
    for emission in adapter.emissions:
        for found in _over_qualities(adapter, emission):
            if isinstance(found, Point):
                points.append(found)
            elif not any(each.preset == found.preset for each in unresolved):
                unresolved.append(found)
    merged = _merged(points, adapter.default)
    return replace(adapter, points=merged, unresolved=adapter.unresolved + tuple(unresolved))


def _emitted(adapter: Adapter) -> object:
    """What its points follow from, and, where they are read, that all of them could be."""
    ends = adapter.quality_default, adapter.quality_range
    return adapter.key, adapter.encoder, adapter.where, *ends, adapter.unresolved, adapter.emissions


def _over_qualities(adapter: Adapter, emission: Emission) -> Iterable[Point | Unresolved]:
    """The points of one emission: one for its interval, unless something else than the quality itself moves with it."""
    whole = _point(adapter, emission, emission.qualities)
    low, high = _ends(adapter, emission)
    if isinstance(whole, Unresolved) or low == high or not any(each.template for each in emission.tokens):
        yield whole
        return
    ends = [_point(adapter, _at(emission, quality), emission.qualities) for quality in (low, high)]
    # What an encoder refuses, or takes for no quality at all, at an end of its scale is its own affair.
    if all(isinstance(end, Unresolved) or _knobs(end) == _knobs(whole) for end in ends):
        yield whole
        return
    for quality in range(low, high + 1):
        yield _point(adapter, _at(emission, quality), Qualities(low=quality, high=quality))


def _ends(adapter: Adapter, emission: Emission) -> tuple[int, int]:
    """The ends of an emission's interval; an open one is the adapter's own, or the default."""
    default = adapter.default or 0
    first, last = adapter.quality_range or (default, default)
    low, high = emission.qualities.low, emission.qualities.high
    low = min(first, last if high is None else high) if low is None else low
    return low, max(last, low) if high is None else high


def _at(emission: Emission, quality: int) -> Emission:
    argv, extra = (tuple(token.at(quality) for token in part) for part in (emission.argv, emission.extra))
    return replace(emission, argv=argv, extra=extra)


def _point(adapter: Adapter, emission: Emission, qualities: Qualities) -> Point | Unresolved:
    found = read_point(emission, encoder=adapter.encoder, adapter=adapter.key, where=adapter.where)
    return replace(found, qualities=qualities) if isinstance(found, Point) else found


def _apart_from_quality(point: Point) -> object:
    at = point.at
    return at.codec, at.rc_mode, at.preset, at.knobs, at.limits, point.condition


def _knobs(point: Point) -> object:
    return point.at.codec, point.at.preset, point.at.knobs


def _merged(points: Sequence[Point], default: int | None) -> tuple[Point, ...]:
    """Neighbouring intervals in which a preset comes to the same point become one; the default's comes first."""
    found: list[Point] = []
    for preset in dict.fromkeys(point.adapter_preset for point in points):
        own = [point for point in points if point.adapter_preset == preset]
        first = own[0]
        runs: list[list[Point]] = []
        for point in sorted(own, key=lambda point: -1_000_000 if point.qualities.low is None else point.qualities.low):
            last = runs[-1][-1] if runs else None
            if last and _apart_from_quality(last) == _apart_from_quality(point) and _adjacent(last, point):
                runs[-1].append(point)
            else:
                runs.append([point])
        for run in runs:
            chosen = next((point for point in run if point is first or _holds(point, first, default)), run[0])
            around = Qualities(low=run[0].qualities.low, high=run[-1].qualities.high)
            found.append(replace(chosen, qualities=around))
        found[-len(runs) :] = sorted(found[-len(runs) :], key=lambda point: not _holds(point, first, default))
    return tuple(found)


def _adjacent(one: Point, other: Point) -> bool:
    high, low = one.qualities.high, other.qualities.low
    return high is None or low is None or high + 1 == low


def _holds(point: Point, first: Point, default: int | None) -> bool:
    return point.at == first.at if default is None else default in point.qualities


def holes(proposal: Defaults) -> Mapping[str, Sequence[Unresolved]]:
    """What could not be read: registry key (empty for the whole package) -> the parts."""
    found = {key: adapter.unresolved for key, adapter in proposal.adapters.items() if adapter.unresolved}
    return {**({"": proposal.unresolved} if proposal.unresolved else {}), **found}
