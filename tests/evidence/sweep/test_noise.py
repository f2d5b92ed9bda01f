"""The noise floor: what repeats say, what is assumed without any, and what doesn't move it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gate.evidence.sweep.columns import Sweep
from gate.evidence.sweep.exact import sweep_of
from gate.evidence.sweep.statistics import DEFAULT_BITRATE_FLOOR_PCT, DEFAULT_VMAF_FLOOR, Noise, noise_floor

Row = tuple[str, str, float, float]  # recipe, q, kbit/s, VMAF


def sweep(rows: list[Row]) -> Sweep:
    names = ("recipe", "q", "bitrate_kbps", "vmaf_score")
    fixed = {"source": "clip", "codec": "h264_qsv", "rc_mode": "icq", "preset": "veryslow", "encode_time_ms": 1.0}
    return sweep_of((n, fixed | dict(zip(names, row, strict=True))) for n, row in enumerate(rows, 1))


def assumed(groups: int) -> Noise:
    return Noise(
        vmaf=DEFAULT_VMAF_FLOOR, bitrate_pct=DEFAULT_BITRATE_FLOOR_PCT, groups=groups, differing=0, assumed=True
    )


@pytest.mark.parametrize(
    ("rows", "groups"),
    [
        pytest.param([("bare", "1", 100.0, 90.0), ("bare", "2", 200.0, 95.0), ("bf3", "1", 99.0, 91.0)], 0, id="none"),
        pytest.param([("bare", "1", 100.0, 90.0)] * 2 + [("bf3", "1", 99.0, 91.0)] * 3, 2, id="copies measure nothing"),
    ],
)
def test_assumed_where_nothing_differs(rows: list[Row], groups: int) -> None:
    assert noise_floor(sweep(rows)) == assumed(groups)


def test_one_pair_by_hand() -> None:
    """Residuals of 90 and 90.2 are ±0.1 √2; of 100 and 101, in per cent of the first, ±0.5 √2."""
    found = noise_floor(sweep([("bf3", "1", 100.0, 90.0), ("bare", "1", 50.0, 80.0), ("bf3", "1", 101.0, 90.2)]))
    scale = 1.96 * math.sqrt(2.0) * 1.4826022185056018 * math.sqrt(2.0)
    assert found.vmaf == pytest.approx(0.1 * scale)
    assert found.bitrate_pct == pytest.approx(0.5 * scale)
    assert (found.groups, found.differing, found.assumed) == (1, 1, False)


def test_what_differs_in_one_figure_only() -> None:
    found = noise_floor(sweep([("bare", "1", 100.0, 90.0), ("bare", "1", 100.0, 90.2)]))
    assert found.bitrate_pct == 0.0
    assert not found.assumed


def noisy(groups: int, repeats: int, vmaf_sd: float, bitrate_sd_pct: float) -> list[Row]:
    rng = np.random.default_rng(3)
    rows = []
    for group in range(groups):
        bitrate, vmaf = 100.0 * (group + 1), 60.0 + 30.0 * group / groups
        for _ in range(repeats):
            own = bitrate * (1.0 + bitrate_sd_pct / 100.0 * rng.normal())
            rows.append(("bare" if group % 2 else "bf3", str(group), own, vmaf + vmaf_sd * rng.normal()))
    return rows


@pytest.mark.parametrize("repeats", [2, 3, 6])
def test_finds_the_noise_that_is_there(repeats: int) -> None:
    """Within a tenth, on 600 groups; 95 % of differences lie within the floor."""
    found = noise_floor(sweep(noisy(600, repeats, 0.04, 0.3)))
    assert found.vmaf == pytest.approx(1.96 * math.sqrt(2.0) * 0.04, rel=0.1)
    assert found.bitrate_pct == pytest.approx(1.96 * math.sqrt(2.0) * 0.3, rel=0.1)
    assert found.groups == found.differing == 600


def test_a_few_broken_encodes_do_not_move_it() -> None:
    rows = noisy(200, 2, 0.04, 0.3)
    broken = [row if index % 40 else (row[0], row[1], 3.0 * row[2], row[3] - 20.0) for index, row in enumerate(rows)]
    whole, found = noise_floor(sweep(rows)), noise_floor(sweep(broken))
    assert found.vmaf == pytest.approx(whole.vmaf, rel=0.2)
    assert found.bitrate_pct == pytest.approx(whole.bitrate_pct, rel=0.2)


def test_equal_repeats_beside_noisy_ones_do_not_lower_it() -> None:
    rows = noisy(50, 2, 0.04, 0.3)
    equal: list[Row] = [("bare", f"x{index}", 100.0, 90.0) for index in range(80) for _ in range(2)]
    whole, found = noise_floor(sweep(rows)), noise_floor(sweep(rows + equal))
    assert found.vmaf == pytest.approx(whole.vmaf)
    assert (found.groups, found.differing) == (130, 50)
