"""Bare ladders beside a plain reading of the rule: repeats averaged, equal bitrates merged, flaws named."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.evidence.sweep.columns import Sweep
from gate.evidence.sweep.exact import sweep_of
from gate.evidence.sweep.ladders import Flaw, Ladders, bare_ladders, flawed

Row = tuple[str, str, str, str, float, float]  # source, recipe, preset, q, kbit/s, VMAF


def sweep(rows: list[Row]) -> Sweep:
    names = ("source", "recipe", "preset", "q", "bitrate_kbps", "vmaf_score")
    fixed = {"codec": "h264_nvenc", "rc_mode": "vbr", "encode_time_ms": 1.0}
    return sweep_of((n, fixed | dict(zip(names, row, strict=True))) for n, row in enumerate(rows, 1))


def ladder(*rungs: tuple[str, float, float]) -> list[Row]:
    return [("clip", "bare", "p4", *rung) for rung in rungs]


def shown(ladders: Ladders, index: int) -> list[tuple[float, float]]:
    rungs = ladders.rungs
    part = slice(rungs.start[index], rungs.start[index + 1])
    return list(zip(rungs.bitrate_kbps[part].tolist(), rungs.vmaf[part].tolist(), strict=True))


def plain(rows: list[Row], source: str, preset: str) -> list[tuple[float, float]]:
    by_q = defaultdict(list)
    for row in rows:
        if (row[0], row[1], row[2]) == (source, "bare", preset):
            by_q[row[3]].append(row[4:])
    by_bitrate = defaultdict(list)
    for repeats in by_q.values():
        by_bitrate[sum(b for b, _ in repeats) / len(repeats)].append(sum(v for _, v in repeats) / len(repeats))
    return [(bitrate, sum(vmafs) / len(vmafs)) for bitrate, vmafs in sorted(by_bitrate.items())]


rows_ = st.lists(
    st.tuples(
        st.sampled_from(["a", "b"]),
        st.sampled_from(["bare", "bare", "bf3"]),
        st.sampled_from(["p1", "p4"]),
        st.sampled_from(["1", "2", "4", "8"]),
        st.integers(min_value=1, max_value=6).map(lambda k: 256.0 * k),
        st.integers(min_value=320, max_value=400).map(lambda k: k / 4.0),
    ),
    min_size=1,
    max_size=40,
)


@given(rows_)
def test_equals_the_plain_rule(rows: list[Row]) -> None:
    read = sweep(rows)
    ladders = bare_ladders(read)
    for row, (source, _, preset, *_) in enumerate(rows):
        expected, own = plain(rows, source, preset), int(ladders.groups.of[row])
        np.testing.assert_allclose(shown(ladders, own), expected or np.empty((0,)), rtol=1e-12)
        vmafs = [vmaf for _, vmaf in shown(ladders, own)]
        assert ladders.saturated[own] == any(vmaf > 99.0 for vmaf in vmafs)
        assert ladders.monotone[own] == (vmafs == sorted(vmafs))


@pytest.mark.parametrize(
    ("rows", "flaws"),
    [
        pytest.param(ladder(("1", 100.0, 80.0), ("2", 200.0, 99.0)), (), id="99 is not above 99"),
        pytest.param(ladder(("1", 100.0, 80.0), ("2", 200.0, 99.01)), ("saturated",), id="saturated"),
        pytest.param(ladder(("2", 200.0, 79.0), ("1", 100.0, 80.0)), ("not monotone",), id="falls"),
        pytest.param(ladder(("1", 100.0, 80.0), ("2", 200.0, 80.0)), (), id="flat is no fall"),
        pytest.param(
            ladder(("1", 100.0, 99.9), ("2", 200.0, 99.5)), ("saturated", "not monotone"), id="both, in one order"
        ),
        pytest.param(
            [*ladder(("1", 100.0, 90.0)), ("clip", "bare", "p7", "1", 50.0, 95.0)], (), id="another preset is no fall"
        ),
        pytest.param(ladder(("1", 100.0, 90.0), ("1", 200.0, 80.0)), (), id="repeats are one rung"),
    ],
)
def test_flaws(rows: list[Row], flaws: tuple[Flaw, ...]) -> None:
    ladders = bare_ladders(sweep(rows))
    assert ladders.flaws(0) == flaws
    assert list(flawed(ladders)) == ([(0, flaws)] if flaws else [])


def test_bitrates_that_only_their_logarithms_take_for_one_are_merged() -> None:
    near = float(np.nextafter(1e6, 2e6))
    assert np.log(near) == np.log(1e6)
    assert shown(bare_ladders(sweep(ladder(("1", 1e6, 90.0), ("2", near, 92.0)))), 0) == [(1e6, 91.0)]
