"""The yardstick: load, detector, hull and clusters in plain Python, as one would write them. Rows are objects."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

SliceKey = tuple[str, str, str]
CellKey = tuple[str, str, str, str, str]


@dataclass(slots=True)
class Encode:
    """One row of a sweep."""

    source: str
    codec: str
    rc_mode: str
    recipe: str
    preset: str
    q: str
    bitrate_kbps: float
    vmaf_score: float
    encode_time_ms: float
    is_bare_default: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What both programs must agree on."""

    rows: int
    slices: int
    hull_rows: int
    candidates: int
    not_comparable: int
    regressions: int
    cells: int
    structural: int


COLUMNS = tuple(Encode.__dataclass_fields__)


def run(path: Path) -> Counts:
    """Counts of the sweep in `path` (JSONL or Parquet, in the spelling of schema 3)."""
    rows = load_parquet(path) if path.suffix == ".parquet" else load_jsonl(path)
    slices: dict[SliceKey, list[Encode]] = defaultdict(list)
    for row in rows:
        slices[(row.source, row.codec, row.rc_mode)].append(row)
    hull_rows = sum(len(hull(members)) for members in slices.values())
    deltas = [(row, delta) for members in slices.values() for row, delta in compare(members)]
    cells = clusters(deltas)
    sources = len({row.source for row in rows})
    required = -(-7 * sources // 9)
    return Counts(
        rows=len(rows),
        slices=len(slices),
        hull_rows=hull_rows,
        candidates=len(deltas),
        not_comparable=sum(delta is None for _, delta in deltas),
        regressions=sum(delta is not None and delta < -0.1 for _, delta in deltas),
        cells=len(cells),
        structural=sum(len(hits) >= required for hits in cells.values()),
    )


def load_jsonl(path: Path) -> list[Encode]:
    """One object per line."""
    with path.open(encoding="utf-8") as stream:
        return [_encode(json.loads(line)) for line in stream]


def load_parquet(path: Path) -> list[Encode]:
    """By way of DuckDB's Python rows: nothing else on the machine reads Parquet."""
    import duckdb  # noqa: PLC0415

    found = duckdb.connect().execute(f"SELECT {', '.join(COLUMNS)} FROM read_parquet(?)", [str(path)])
    return [Encode(*values) for values in found.fetchall()]


def _encode(raw: dict[str, object]) -> Encode:
    return Encode(*(raw[column] for column in COLUMNS))  # type: ignore[arg-type]


def compare(members: list[Encode]) -> list[tuple[Encode, float | None]]:
    """Each candidate of one slice with its delta to the nearest bare row; None where none is within 5 %."""
    bare = [row for row in members if row.is_bare_default]
    found: list[tuple[Encode, float | None]] = []
    for row in members:
        if row.is_bare_default:
            continue
        reference, nearest = None, 5.0 / 100.0 * row.bitrate_kbps
        for other in bare:
            distance = abs(other.bitrate_kbps - row.bitrate_kbps)
            if distance < nearest or (distance == nearest and reference is None):
                reference, nearest = other, distance
        found.append((row, None if reference is None else row.vmaf_score - reference.vmaf_score))
    return found


def hull(members: list[Encode]) -> list[Encode]:
    """The Pareto hull of one slice."""
    kept: list[Encode] = []
    best = float("-inf")
    for row in sorted(members, key=lambda row: (row.bitrate_kbps, -row.vmaf_score, row.encode_time_ms)):
        if row.vmaf_score > best + 1e-6:
            kept.append(row)
            best = row.vmaf_score
    return kept


def clusters(deltas: list[tuple[Encode, float | None]]) -> dict[CellKey, set[str]]:
    """Each cell with the sources on which it regresses."""
    cells: dict[CellKey, set[str]] = {}
    for row, delta in deltas:
        hits = cells.setdefault((row.codec, row.rc_mode, row.recipe, row.preset, row.q), set())
        if delta is not None and delta < -0.1:
            hits.add(row.source)
    return cells
