"""The second witness beside SciPy on one ladder at a time, and where it says nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.interpolate import PchipInterpolator

from gate.evidence.sweep.columns import Sweep
from gate.evidence.sweep.exact import sweep_of
from gate.evidence.sweep.interpolated import Abstention, Interpolation, interpolate
from gate.evidence.sweep.nearest import NO_REFERENCE, Tolerances

Row = tuple[str, str, str, str, float, float]  # source, recipe, preset, q, kbit/s, VMAF
LADDER = (("1", 1000.0, 80.0), ("2", 2000.0, 90.0), ("4", 4000.0, 95.0))


def sweep(rows: list[Row]) -> Sweep:
    names = ("source", "recipe", "preset", "q", "bitrate_kbps", "vmaf_score")
    fixed = {"codec": "h264_nvenc", "rc_mode": "vbr", "encode_time_ms": 1.0}
    return sweep_of((n, fixed | dict(zip(names, row, strict=True))) for n, row in enumerate(rows, 1))


def beside(bitrate: float, vmaf: float, rungs: tuple[tuple[str, float, float], ...] = LADDER) -> Interpolation:
    bare: list[Row] = [("clip", "bare", "p4", *rung) for rung in rungs]
    return interpolate(sweep([*bare, ("clip", "bf3", "p4", "2", bitrate, vmaf)]), Tolerances())


@pytest.mark.parametrize(
    ("bitrate", "vmaf", "regresses"),
    [
        pytest.param(2000.0, 89.0, True, id="below a rung"),
        pytest.param(2000.0, 90.0, False, id="on a rung"),
        pytest.param(1900.0, 89.5, False, id="fewer bits: on the curve, though 0.5 below the nearest rung"),
        pytest.param(2040.0, 90.0, True, id="more bits: below the curve, though level with the nearest rung"),
        pytest.param(1000.0, 79.0, True, id="at the lowest bitrate"),
        pytest.param(4000.0, 94.0, True, id="at the highest"),
        pytest.param(2800.0, 80.0, True, id="no bare row within 5 %"),
    ],
)
def test_speaks(bitrate: float, vmaf: float, regresses: bool) -> None:
    found = beside(bitrate, vmaf)
    assert found.findings.regression.tolist() == [False, False, False, regresses]
    assert found.findings.comparable.tolist() == [False, False, False, True]
    assert found.findings.delta[-1] == vmaf - found.baseline_vmaf[-1]
    assert found.why[-1] == Abstention.NONE


def test_the_tolerance_itself_is_no_regression() -> None:
    rungs = (("1", 1000.0, 0.1), ("2", 2000.0, 1.0), ("4", 4000.0, 2.0))
    assert beside(1000.0, 0.0, rungs).findings.delta[-1] == -0.1
    assert not beside(1000.0, 0.0, rungs).findings.regression.any()


@pytest.mark.parametrize(
    ("bitrate", "rungs", "why"),
    [
        pytest.param(2000.0, (), Abstention.NO_LADDER, id="no ladder"),
        pytest.param(2000.0, LADDER[:2], Abstention.TOO_FEW_RUNGS, id="two rungs"),
        pytest.param(999.9, LADDER, Abstention.BELOW_RANGE, id="below"),
        pytest.param(4000.1, LADDER, Abstention.ABOVE_RANGE, id="above"),
        pytest.param(
            2000.0, (*LADDER[:2], ("2", 2000.0, 91.0)), Abstention.TOO_FEW_RUNGS, id="a repeat is no third rung"
        ),
        pytest.param(
            2000.0, (*LADDER[:2], ("4", 2000.0, 91.0)), Abstention.TOO_FEW_RUNGS, id="nor is one of the same bitrate"
        ),
    ],
)
def test_abstains(bitrate: float, rungs: tuple[tuple[str, float, float], ...], why: Abstention) -> None:
    found = beside(bitrate, 1.0, rungs)
    assert found.why[-1] == why
    assert why.words
    assert not found.findings.comparable.any()
    assert not found.findings.regression.any()
    assert np.isnan(found.baseline_vmaf).all()
    assert np.isnan(found.findings.delta).all()


@pytest.mark.parametrize("label", ["source", "preset"])
def test_another_ladder_is_no_baseline(label: str) -> None:
    bare: list[Row] = [("clip", "bare", "p4", *rung) for rung in LADDER]
    own = {"source": ("other", "bf3", "p4"), "preset": ("clip", "bf3", "p7")}[label]
    assert interpolate(sweep([*bare, (*own, "2", 2000.0, 1.0)]), Tolerances()).why[-1] == Abstention.NO_LADDER


def test_repeats_are_averaged_and_order_does_not_matter() -> None:
    rungs = (("4", 4000.0, 95.0), ("2", 1900.0, 89.0), ("1", 1000.0, 80.0), ("2", 2100.0, 91.0))
    assert beside(2000.0, 90.0, rungs).findings.delta[-1] == 0.0


rows_ = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c"]),
        st.sampled_from(["bare", "bare", "bf3"]),
        st.sampled_from(["p1", "p4"]),
        st.integers(min_value=0, max_value=9).map(str),
        st.floats(min_value=100.0, max_value=2e4),
        st.integers(0, 10**8).map(lambda n: n / 1e6),  # as libvmaf prints it; SciPy overflows on denormal numbers
    ),
    min_size=1,
    max_size=60,
    unique_by=(lambda row: row[4], lambda row: row[:4]),
)


@given(rows_)
def test_agrees_with_scipy(rows: list[Row]) -> None:
    """To 1e-6 VMAF: where two bitrates are an ulp apart, their logarithms are too few digits for more."""
    found = interpolate(sweep(rows), Tolerances())
    assert (found.findings.reference == NO_REFERENCE).all()
    for row, (source, recipe, preset, _, bitrate, vmaf) in enumerate(rows):
        rungs = sorted(r[4:] for r in rows if r[:3] == (source, "bare", preset))
        x, y = np.log([b for b, _ in rungs]), [v for _, v in rungs]
        if recipe == "bare":
            assert np.isnan(found.findings.delta[row])
            assert found.why[row] == Abstention.NONE
        elif len(x) >= 3 and (np.diff(x) > 1e-9).all() and rungs[0][0] <= bitrate <= rungs[-1][0]:
            expected = float(PchipInterpolator(x, y)(np.log(bitrate)))
            assert found.baseline_vmaf[row] == pytest.approx(expected, abs=1e-6)
            assert found.findings.delta[row] == vmaf - found.baseline_vmaf[row]
            assert found.findings.regression[row] == (vmaf - found.baseline_vmaf[row] < -0.1)
        elif len(x) < 3:
            assert found.why[row] in (Abstention.NO_LADDER, Abstention.TOO_FEW_RUNGS)
            assert np.isnan(found.findings.delta[row])


def test_more_candidates_than_a_block() -> None:
    rng = np.random.default_rng(1)
    bitrate = rng.uniform(1000.0, 4000.0, 40_000)
    one = sweep([("clip", "bare", "p4", *rung) for rung in LADDER] + [("clip", "bf3", "p4", "2", 2000.0, 90.0)])
    rows = np.concatenate((np.arange(3), np.full(len(bitrate), 3)))
    many = _repeated(one, rows, np.concatenate((one.bitrate_kbps[:3], bitrate)))
    expected = PchipInterpolator(np.log([1000.0, 2000.0, 4000.0]), [80.0, 90.0, 95.0])(np.log(bitrate))
    np.testing.assert_allclose(interpolate(many, Tolerances()).baseline_vmaf[3:], expected, rtol=0.0, atol=1e-9)


def _repeated(one: Sweep, rows: np.ndarray, bitrate: np.ndarray) -> Sweep:
    labels = ("source", "codec", "rc_mode", "recipe", "preset", "q")
    columns = {name: replace(getattr(one, name), codes=getattr(one, name).codes[rows]) for name in labels}
    numbers = {name: getattr(one, name)[rows] for name in ("bare", "vmaf", "encode_ms", "basis")}
    return replace(one, **columns, **numbers, bitrate_kbps=bitrate)
