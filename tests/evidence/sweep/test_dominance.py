"""Hull places against the plain reading of the rule: what has as much VMAF for no more bits beats a row."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.evidence.model import CellKey
from gate.evidence.sweep.exact import sweep_of
from gate.evidence.sweep.hull import hull_places
from gate.evidence.sweep.read import read_sweep


def _row(recipe: str, bitrate: float, vmaf: float, source: str = "s", preset: str = "p1", **more: object):
    row: dict[str, object] = {"source": source, "codec": "c", "rc_mode": "vbr", "recipe": recipe, "preset": preset}
    return row | {"q": 1, "bitrate_kbps": bitrate, "vmaf_score": vmaf, "encode_time_ms": 1.0} | more


def _key(recipe: str, preset: str = "p1") -> CellKey:
    return CellKey(codec="c", rc_mode="vbr", recipe=recipe, preset=preset, q="1")


def _places(folder: Path, rows, *wanted):
    path = folder / "s.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return hull_places(read_sweep(path), wanted)


BARE = (_row("bare", 1000, 80), _row("bare", 2000, 90, preset="p7"))


@pytest.mark.parametrize(
    ("row", "rival"),
    [
        (_row("bf3", 1500, 85), None),
        (_row("bf3", 900, 10), None),  # bad, but nothing has fewer bits
        (_row("bf3", 1500, 79), ("bare", "p1")),
        (_row("bf3", 1000, 80, encode_time_ms=2.0), ("bare", "p1")),  # a twin that takes longer
        (_row("bf3", 1000, 80, encode_time_ms=0.5), None),
        (_row("bf3", 2500, 89), ("bare", "p7")),
        (_row("bf3", 2500, 91), None),
        (_row("bf3", 1500, 70, basis="filler"), "no row"),
    ],
)
def test_a_row_beside_two_bare_ones(tmp_path, row, rival):
    found = _places(tmp_path, [*BARE, row], (_key("bf3"), "s"))
    if rival == "no row":
        assert found == {}
        return
    place = found[_key("bf3"), "s"]
    assert place.row.vmaf == row["vmaf_score"]
    assert (place.beaten_by and (place.beaten_by.recipe, place.beaten_by.preset)) == rival


def test_a_slice_is_a_source_of_its_own(tmp_path):
    rows = [*BARE, _row("bf3", 1500, 79), _row("bare", 1000, 70, source="t"), _row("bf3", 1500, 79, source="t")]
    found = _places(tmp_path, rows, (_key("bf3"), "s"), (_key("bf3"), "t"), (_key("bf3"), "u"), (_key("aq"), "s"))
    assert {source: place.beaten_by is None for (_, source), place in found.items()} == {"s": False, "t": True}


def test_of_repeats_the_best_placed_speaks(tmp_path):
    found = _places(tmp_path, [*BARE, _row("bf3", 1500, 79), _row("bf3", 1500, 85)], (_key("bf3"), "s"))
    assert found[_key("bf3"), "s"].beaten_by is None


POINTS = st.lists(
    st.tuples(st.sampled_from(["bare", "a", "b"]), st.sampled_from(["p1", "p2"]), st.integers(1, 9), st.integers(1, 9)),
    min_size=1,
    max_size=12,
    unique_by=lambda point: point[:2],
)


@given(POINTS)
def test_beaten_is_having_a_better_row_and_the_rival_is_one(points):
    rows = [_row(recipe, 100.0 * bits, 10.0 * vmaf, preset=preset) for recipe, preset, bits, vmaf in points]
    wanted = [(_key(recipe, preset), "s") for recipe, preset, *_ in points if recipe != "bare"]
    found = hull_places(sweep_of(enumerate(rows, start=1)), wanted)
    assert found.keys() == set(wanted)
    for (key, _), place in found.items():
        own = place.row
        better = [
            (bits, vmaf)
            for recipe, preset, bits, vmaf in points
            if (recipe, preset) != (key.recipe, key.preset) and 100 * bits <= own.bitrate_kbps and 10 * vmaf >= own.vmaf
        ]
        strictly = [one for one in better if (100 * one[0], 10 * one[1]) != (own.bitrate_kbps, own.vmaf)]
        assert (place.beaten_by is not None) or not strictly
        if place.beaten_by is not None:
            assert (place.beaten_by.bitrate_kbps / 100, place.beaten_by.vmaf / 10) in better
            assert place.beaten_by.on_hull
