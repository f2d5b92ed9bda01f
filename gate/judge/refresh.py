"""What `gate sample diff` does: which verdicts a new sample changes, and which shipped defaults that hits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from gate import git
from gate.adapters.model import Adapter, Defaults
from gate.adapters.read import holes
from gate.evidence.model import CellKey, CodecEvidence
from gate.evidence.sample.diff import CellChange, HitCell, HitDefault, Refresh, difference
from gate.evidence.sample.file import Sample
from gate.judge.evidence import sample_evidence
from gate.judge.place import OffGrid, Reach, read_point
from gate.judge.refs import open_tree
from gate.judge.trust import emitted, in_force
from gate.model import Point
from gate.policy.schema import knob_text
from gate.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """How defaults are placed: both samples' evidence by codec, and the policy's reach and off-grid rule."""

    samples: tuple[Mapping[str, CodecEvidence], ...]
    reach: Reach
    off_grid: OffGrid

    def reached(self, point: Point) -> set[CellKey]:
        """The cells of either sample that a default is judged by there."""
        served = (evidence.get(point.at.codec) for evidence in self.samples)
        placed = partial(read_point, point.at, reach=self.reach, off_grid=self.off_grid, qualities=point.qualities)
        readings = map(placed, served)
        return {cell.key for reading in readings for cell in (*reading.exact, *reading.contained)}


def refresh(old: Sample, new: Sample, *, repo: Path | None, adapters: Sequence[str]) -> Refresh:
    """`new` beside `old`, and the defaults of `repo`'s work tree that it hits; without `repo` no defaults are read.

    Raises: GitError, AdapterError, PolicyError where the repository's defaults can't be read.
    """
    found = difference(old, new)
    if repo is None:
        return Refresh(difference=found)
    tree = open_tree(git.open_repository(repo), None)
    policy = in_force(tree, adapters=adapters).policy
    defaults = emitted(tree, policy)
    reading = _Reading(
        samples=(_evidence(old), _evidence(new)), reach=Reach(policy.reach), off_grid=OffGrid(policy.off_grid)
    )
    changes = {change.key: change for change in found.verdicts}
    hits = [hit for adapter in defaults.adapters.values() for hit in _hits(adapter, reading, changes)]
    hits.sort(key=lambda hit: not hit.structurally)
    return Refresh(difference=found, defaults=tuple(hits), unread=tuple(_unread(defaults)))


def _hits(adapter: Adapter, reading: _Reading, changes: Mapping[CellKey, CellChange]) -> Iterator[HitDefault]:
    """One for each knob set that the adapter emits, if it reaches a changed cell."""
    groups: dict[tuple[str, str], list[Point]] = {}
    for point in adapter.points:
        groups.setdefault((point.at.codec, _text(point, reading.reach)), []).append(point)
    for (codec, text), points in groups.items():
        cells = tuple(_cells(points, reading, changes))
        if cells:
            lines = (line for name, _ in points[0].at.knobs for line in points[0].origins.get(name, ()))
            where = next(lines, adapter.where)  # of the first knob that has one
            yield HitDefault(
                adapter=adapter.key, codec=codec, path=where.path, line=where.line, point=text, cells=cells
            )


def _cells(points: Sequence[Point], reading: _Reading, changes: Mapping[CellKey, CellChange]) -> Iterator[HitCell]:
    reached = [(point.adapter_preset, reading.reached(point)) for point in points]
    for key, change in changes.items():
        presets = tuple(dict.fromkeys(preset for preset, keys in reached if key in keys))
        if presets:
            yield HitCell(change=change, presets=presets)


def _text(point: Point, reach: Reach) -> str:
    """What is judged of a point: its knobs, and under `emitted` its rate control and quality too."""
    knobs = knob_text(dict(point.at.knobs))
    return knobs if reach is Reach.ALL else f"{knobs} at {point.at.rc_mode} q={point.at.q}"


def _unread(defaults: Defaults) -> Iterator[str]:
    for key, parts in holes(defaults).items():
        for part in parts:
            yield f"{key or 'adapters'}: {part.reason} ({part.where})"


def _evidence(sample: Sample) -> Mapping[str, CodecEvidence]:
    return sample_evidence(sample, sample.manifest.rule(), sample.manifest.kept)
