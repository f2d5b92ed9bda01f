"""Estimates: what few encodes say of many."""

from __future__ import annotations

import pytest

from gate.errors import UsageError
from gate.evidence.measure.designs import Pace, calibrate, mean_times, typical
from gate.evidence.measure.model import Failure, RowKey
from tests.evidence.measure.grids import grid, made_up

SIZES = {"s0": 1.0, "s1": 1.0}


@pytest.fixture
def plan(tmp_path):
    return grid(tmp_path, 2, 2)


def test_the_mean_over_the_grid_counts(plan):
    pace = Pace(encode_ms={("libx264", "fast"): 100.0, ("libx264", "medium"): 300.0}, beside_ms=50.0)
    assert pace.seconds(plan, {"s0": 0.5, "s1": 1.5}, 40, 2) == pytest.approx(40 * 0.250 / 2)


@pytest.mark.parametrize(
    ("known", "expected"),
    [({("libx264", "fast"): 100.0}, 100.0), ({("libx265", "slow"): 80.0}, 80.0), ({}, 0.0)],
)
def test_what_is_unknown_is_taken_from_what_is_alike(plan, known, expected):
    assert Pace(encode_ms=known, beside_ms=0.0).seconds(plan, SIZES, 1000, 1) == pytest.approx(expected)


def test_times_are_meant_per_codec_and_preset():
    place = RowKey("s", "libx264", "crf", "bare", "fast", "20")
    times = mean_times(
        [(place, 10.0), (place._replace(q="21"), 30.0), (place._replace(preset="slow"), 50.0)], {"s": 2.0}
    )
    assert times == {("libx264", "fast"): 10.0, ("libx264", "slow"): 25.0}


def test_the_typical_encodes_are_bare_two_per_preset_and_of_all_sources(plan):
    encodes = list(typical(plan))
    assert [(p.source, p.rc_mode, p.recipe, p.preset, p.q) for p in (e.place for e in encodes)] == [
        ("s0", "crf", "bare", "fast", "20"),
        ("s1", "vbr", "bare", "fast", "4"),
        ("s0", "crf", "bare", "medium", "20"),
        ("s1", "vbr", "bare", "medium", "4"),
    ]
    found = calibrate(encodes, made_up, {"s0": 0.5, "s1": 2.0}).encode_ms
    assert found == {("libx264", "fast"): 1.25, ("libx264", "medium"): 1.25}


def test_a_calibration_that_fails_says_so(plan):
    def fails(encode):
        return Failure(key="", place=encode.place, command=(), reason="encoding ended with status 1", words="")

    with pytest.raises(UsageError, match="a bare encode failed, libx264 at preset fast: encoding ended with status 1"):
        calibrate(typical(plan), fails, SIZES)
