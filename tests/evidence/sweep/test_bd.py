"""Bjontegaard deltas beside the `bjontegaard` package, and why there are none."""

from __future__ import annotations

import math

import bjontegaard
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.evidence.sweep.bd import Bd, NoBd, bd_rate, corpus_bd
from gate.evidence.sweep.columns import Floats, Sweep
from gate.evidence.sweep.exact import sweep_of

TOLERANCE = 1e-6  # of both figures, in their units, and relative to BD-rates above 1 %

Curve = tuple[Floats, Floats]


def curve(first: tuple[float, float], steps: list[tuple[float, float]]) -> Curve:
    """Log bitrates and VMAF that both rise from `first` on."""
    logs, vmafs = np.cumsum([first, *steps], axis=0).T
    return np.exp(logs), vmafs


rising = st.builds(
    curve,
    st.tuples(st.floats(min_value=6.0, max_value=8.0), st.floats(min_value=30.0, max_value=60.0)),
    st.lists(
        st.tuples(st.floats(min_value=0.05, max_value=1.0), st.floats(min_value=0.05, max_value=12.0)),
        min_size=3,
        max_size=8,
    ),
)


@given(rising, rising)
def test_agrees_with_the_package(bare: Curve, recipe: Curve) -> None:
    found = bd_rate(bare[0][::-1], bare[1][::-1], *recipe)  # their order is of no meaning
    low, high = max(bare[1][0], recipe[1][0]), min(bare[1][-1], recipe[1][-1])
    if low >= high:
        assert found is NoBd.NO_COMMON_VMAF
        return
    if max(bare[0][0], recipe[0][0]) >= min(bare[0][-1], recipe[0][-1]):
        assert found is NoBd.NO_COMMON_BITRATE
        return
    assert isinstance(found, Bd)
    how = {"method": "pchip", "require_matching_points": False, "min_overlap": 0.0}
    assert found.rate_pct == pytest.approx(bjontegaard.bd_rate(*bare, *recipe, **how), abs=TOLERANCE, rel=TOLERANCE)
    assert found.vmaf == pytest.approx(bjontegaard.bd_psnr(*bare, *recipe, **how), abs=TOLERANCE)
    assert found.overlap == pytest.approx(
        (high - low) / (max(bare[1][-1], recipe[1][-1]) - min(bare[1][0], recipe[1][0]))
    )
    assert 0.0 < found.bitrate_overlap <= 1.0


LADDER: Curve = (np.array([1000.0, 2000.0, 4000.0, 8000.0]), np.array([80.0, 88.0, 93.0, 96.0]))


@pytest.mark.parametrize("share", [0.5, 0.96, 1.0, 1.1])
def test_the_same_quality_for_a_share_of_the_bits(share: float) -> None:
    found = bd_rate(*LADDER, LADDER[0] * share, LADDER[1])
    assert isinstance(found, Bd)
    assert found.rate_pct == pytest.approx(100.0 * (share - 1.0))
    assert math.copysign(1.0, found.vmaf) == math.copysign(1.0, 1.0 - share) or share == 1.0
    assert found.overlap == 1.0
    assert found.bitrate_overlap == pytest.approx(
        (math.log(8) - abs(math.log(share))) / (math.log(8) + abs(math.log(share)))
    )


def test_a_constant_loss_at_every_bitrate() -> None:
    found = bd_rate(*LADDER, LADDER[0], LADDER[1] - 0.5)
    assert isinstance(found, Bd)
    assert found.vmaf == pytest.approx(-0.5)
    assert found.rate_pct > 0.0


@pytest.mark.parametrize(
    ("bare", "recipe", "why"),
    [
        pytest.param((LADDER[0][:3], LADDER[1][:3]), LADDER, NoBd.FEW_RUNGS, id="three rungs"),
        pytest.param(LADDER, (LADDER[0][:3], LADDER[1][:3]), NoBd.FEW_POINTS, id="three points"),
        pytest.param((LADDER[0], LADDER[1][[0, 2, 1, 3]]), LADDER, NoBd.LADDER_NOT_MONOTONE, id="the ladder falls"),
        pytest.param(LADDER, (LADDER[0], LADDER[1][[0, 0, 2, 3]]), NoBd.NOT_MONOTONE, id="the recipe is flat"),
        pytest.param(LADDER, (LADDER[0][[0, 0, 2, 3]], LADDER[1]), NoBd.NOT_MONOTONE, id="one bitrate twice"),
        pytest.param(LADDER, (LADDER[0], LADDER[1] - 16.0), NoBd.NO_COMMON_VMAF, id="touching VMAF"),
        pytest.param(LADDER, (LADDER[0] * 9.0, LADDER[1]), NoBd.NO_COMMON_BITRATE, id="apart in bitrate"),
    ],
)
def test_none_with_a_reason(bare: Curve, recipe: Curve, why: NoBd) -> None:
    assert bd_rate(*bare, *recipe) is why


def sweep(sources: dict[str, float]) -> Sweep:
    """A ladder per source, and `bf3` with that much VMAF more at every rung; its preset p7 and its rc cbr differ."""
    fixed = {"codec": "h264_nvenc", "encode_time_ms": 1.0}
    rows = []
    for source, gain in sources.items():
        for preset, rc_mode, extra in (("p4", "vbr", gain), ("p7", "vbr", -5.0), ("p4", "cbr", -9.0)):
            for q, (bitrate, vmaf) in enumerate(zip(*LADDER, strict=True)):
                cell = fixed | {"source": source, "preset": preset, "rc_mode": rc_mode, "q": q, "bitrate_kbps": bitrate}
                rows += [
                    cell | {"recipe": "bare", "vmaf_score": vmaf},
                    cell | {"recipe": "bf3", "vmaf_score": vmaf + extra},
                ]
    return sweep_of(enumerate(rows, 1))


def test_over_a_corpus() -> None:
    read = sweep({"a": -0.25, "b": -0.5, "c": 1.5, "far": -50.0})
    found = corpus_bd(read, 1, ("c", "unmeasured", "a", "far", "b"))
    assert [round(bd.vmaf, 9) if isinstance(bd, Bd) else bd for bd in found.by_source] == [
        1.5,
        NoBd.FEW_RUNGS,
        -0.25,
        NoBd.NO_COMMON_VMAF,
        -0.5,
    ]
    assert found.sources == 3
    assert found.median_vmaf == pytest.approx(-0.25)
    assert found.mean_vmaf == pytest.approx(0.25)
    assert found.median_rate_pct is not None
    assert found.median_rate_pct > 0.0
    assert found.mean_rate_pct is not None


def test_no_figure_anywhere() -> None:
    found = corpus_bd(sweep({"far": -50.0}), 1, ("far",))
    assert (found.sources, found.mean_rate_pct, found.median_rate_pct, found.mean_vmaf, found.median_vmaf) == (
        0,
        None,
        None,
        None,
        None,
    )
