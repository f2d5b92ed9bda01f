"""Reach, stand-ins, and why a point has no cell."""

from __future__ import annotations

from typing import Any

import pytest

from gate.evidence.model import Basis, Cell, CellKey, CellVerdict, CodecEvidence
from gate.judge.place import OffGrid, Reach, coordinates, place
from gate.model import Coordinates, OperatingPoint, Qualities, StandsFor

NOBODY_ASKS: Any = None  # for details
RATES = ("1", "2", "4", "8")
QUANTISERS = ("18", "25", "31", "37")


def evidence(*missing: CellKey) -> CodecEvidence:
    """Recipe bf3 of h264_nvenc at every preset, mode and q of its grid, but for `missing`."""
    qualities = {"cqp": QUANTISERS, "vbr": RATES, "cbr": RATES}
    keys = [
        CellKey(codec="h264_nvenc", rc_mode=mode, recipe="bf3", preset=preset, q=q)
        for mode, grid in qualities.items()
        for preset in ("p1", "p4", "p7")
        for q in grid
    ]
    return CodecEvidence(
        codec="h264_nvenc",
        sample="digest",
        sources=("a", "b"),
        threshold=2,
        rc_modes={"cqp": frozenset({"cqp"}), "vbr": frozenset({"vbr"}), "cbr": frozenset({"cbr"})},
        presets=("p1", "p4", "p7"),
        qualities=qualities,
        recipes={"bare": (), "bf3": (("bf", "3"),)},
        cells={key: _clean(key) for key in keys if key not in missing},
        details=NOBODY_ASKS,
    )


def _clean(key: CellKey) -> Cell:
    return Cell(key=key, verdict=CellVerdict.CLEAN, basis=Basis.MEASURED, hits=0, holds=2, unknown=0)


def point(rc_mode: str, preset: str, q: str) -> OperatingPoint:
    return OperatingPoint(codec="h264_nvenc", rc_mode=rc_mode, preset=preset, q=q, knobs=(("bf", "3"),))


def places(at: OperatingPoint, reach: Reach, off_grid: OffGrid = OffGrid.NEAREST) -> list[tuple[str, str, str]]:
    found = place(at, "bf3", evidence(), reach=reach, off_grid=off_grid)
    assert bool(found.cells) == (not found.unmeasured)
    return [(cell.key.rc_mode, cell.key.preset, cell.key.q) for cell in found.cells]


def test_all_reaches_every_measured_mode_and_quality() -> None:
    expected = [(mode, "p4", q) for mode, grid in (("cqp", QUANTISERS), ("vbr", RATES), ("cbr", RATES)) for q in grid]
    assert places(point("vbr-cq", "p4", "23"), Reach.ALL) == expected


def test_all_asks_neither_for_the_mode_nor_for_the_quality() -> None:
    assert places(point("nonesuch", "p4", ""), Reach.ALL) == places(point("cqp", "p4", "99"), Reach.ALL)


@pytest.mark.parametrize(
    ("low", "high", "off_grid", "quantisers"),
    [
        (None, None, OffGrid.NEAREST, QUANTISERS),
        (None, 20, OffGrid.NEAREST, ("18",)),
        (None, 20, OffGrid.BRACKET, ("18", "25")),  # 19 and 20 stand between them
        (21, None, OffGrid.NEAREST, ("18", "25", "31", "37")),  # 21 is nearer to 18
        (22, 25, OffGrid.NEAREST, ("25",)),
        (22, 24, OffGrid.EXACT, ()),
        (38, None, OffGrid.NEAREST, ()),  # off the measured range
    ],
)
def test_a_point_of_some_qualities_reaches_these_of_its_own_mode_and_all_of_others(
    low: int | None, high: int | None, off_grid: OffGrid, quantisers: tuple[str, ...]
) -> None:
    at, qualities = point("cqp", "p4", "18"), Qualities(low=low, high=high)
    found = place(at, "bf3", evidence(), reach=Reach.ALL, off_grid=off_grid, qualities=qualities).cells
    by_mode = {mode: tuple(one.key.q for one in found if one.key.rc_mode == mode) for mode in ("cqp", "vbr", "cbr")}
    assert by_mode == {"cqp": quantisers, "vbr": RATES, "cbr": RATES}


@pytest.mark.parametrize(
    ("off_grid", "presets"), [(OffGrid.NEAREST, {"p4"}), (OffGrid.BRACKET, {"p4", "p7"}), (OffGrid.EXACT, set())]
)
def test_a_preset_off_the_grid(off_grid: OffGrid, presets: set[str]) -> None:
    found = places(point("vbr", "p5", "4"), Reach.ALL, off_grid)
    assert {preset for _, preset, _ in found} == presets
    assert len(found) == 12 * len(presets)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (point("vbr", "p4", "2"), [("vbr", "p4", "2")]),
        (point("cbr", "p1", "8"), [("cbr", "p1", "8")]),
        (point("vbr", "p5", "2.5"), [("vbr", "p4", "2")]),
        (point("cqp", "p7", "28"), [("cqp", "p7", "25"), ("cqp", "p7", "31")]),
        (point("vbr", "", "2"), [("vbr", "p4", "2")]),
        (point("vbr", "p4", "16"), []),
        (point("cqp", "p4", ""), []),
        (point("icq", "p4", "23"), []),
        (point("vbr-cq", "p4", "4"), []),  # a quality is no rate
        (point("", "p4", "23"), []),
    ],
)
def test_emitted_reaches_what_the_adapter_emits(at: OperatingPoint, expected: list[tuple[str, str, str]]) -> None:
    assert places(at, Reach.EMITTED) == expected


def test_the_report_can_say_which_cell_stood_in_for_which() -> None:
    at = point("vbr", "p5", "2.5")
    (emitted,) = place(at, "bf3", evidence(), reach=Reach.EMITTED, off_grid=OffGrid.NEAREST).cells
    assert emitted.stands_for == StandsFor(preset="p5", q="2.5")
    reached = place(at, "bf3", evidence(), reach=Reach.ALL, off_grid=OffGrid.NEAREST).cells
    assert [cell.stands_for for cell in reached] == [StandsFor(preset="p5", q=cell.key.q) for cell in reached]
    on_grid = place(point("vbr", "p4", "2"), "bf3", evidence(), reach=Reach.ALL, off_grid=OffGrid.NEAREST).cells
    assert {cell.stands_for for cell in on_grid} == {None}


@pytest.mark.parametrize(
    ("at", "recipe", "reach", "why"),
    [
        (point("icq", "p4", "23"), "bf3", Reach.EMITTED, "the sample has no rate control that means icq"),
        (point("", "p4", ""), "bf3", Reach.EMITTED, "the sample has no rate control that means this one"),
        (point("vbr", "p4", "4"), "other", Reach.ALL, "the sample has no cell of recipe other under cqp, vbr, cbr"),
        (point("vbr", "lossless", "4"), "bf3", Reach.ALL, "preset lossless wasn't measured"),
        (point("vbr", "p4", "16"), "bf3", Reach.EMITTED, "preset p4 with q 16 wasn't measured"),
        (point("vbr", "p4", ""), "bf3", Reach.EMITTED, "preset p4 with no quality set wasn't measured"),
    ],
)
def test_why_a_point_is_unmeasured(at: OperatingPoint, recipe: str, reach: Reach, why: str) -> None:
    found = place(at, recipe, evidence(), reach=reach, off_grid=OffGrid.NEAREST)
    assert (found.cells, found.unmeasured) == ((), why)


def test_neighbours_are_looked_for_where_the_recipe_was_measured() -> None:
    gap = [CellKey(codec="h264_nvenc", rc_mode="vbr", recipe="bf3", preset="p4", q=q) for q in RATES]
    found = place(point("vbr", "p4", "2"), "bf3", evidence(*gap), reach=Reach.EMITTED, off_grid=OffGrid.NEAREST)
    assert [(cell.key.preset, cell.key.q) for cell in found.cells] == [("p1", "2"), ("p7", "2")]


@pytest.mark.parametrize("known", [True, False])
def test_coordinates_under_all_leave_mode_and_quality_open(known: bool) -> None:
    found = coordinates(
        point("vbr-cq", "p4", "23"), evidence() if known else None, reach=Reach.ALL, off_grid=OffGrid.NEAREST
    )
    assert found == (Coordinates(rc_mode="", preset="p4", q=""),)


def test_coordinates_of_a_preset_off_the_grid_hold_its_stand_in() -> None:
    found = coordinates(point("vbr", "p6", "4"), evidence(), reach=Reach.ALL, off_grid=OffGrid.NEAREST)
    assert [coordinate.preset for coordinate in found] == ["p6", "p7"]


def test_coordinates_under_emitted() -> None:
    at = point("vbr", "p4", "2.5")
    assert coordinates(at, None, reach=Reach.EMITTED, off_grid=OffGrid.NEAREST) == (
        Coordinates(rc_mode="vbr", preset="p4", q="2.5"),
    )
    assert coordinates(at, evidence(), reach=Reach.EMITTED, off_grid=OffGrid.NEAREST) == (
        Coordinates(rc_mode="vbr", preset="p4", q="2"),
        Coordinates(rc_mode="vbr", preset="p4", q="2.5"),
    )
