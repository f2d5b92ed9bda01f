"""The detector beside the published rule, written out plainly."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gate.evidence.sweep.columns import Sweep
from gate.evidence.sweep.exact import sweep_of
from gate.evidence.sweep.nearest import NO_REFERENCE, Baseline, Tolerances, detect


@dataclass(frozen=True, slots=True, kw_only=True)
class Encode:
    """A row as the plain rule sees it."""

    bitrate: float
    vmaf: float
    bare: bool = False
    source: str = "clip"
    preset: str = "p1"


def sweep(*encodes: Encode) -> Sweep:
    return sweep_of(
        (
            number,
            {
                "source": encode.source,
                "codec": "h264_nvenc",
                "rc_mode": "vbr",
                "recipe": "bare" if encode.bare else "bf3",
                "preset": encode.preset,
                "q": 2,
                "bitrate_kbps": encode.bitrate,
                "vmaf_score": encode.vmaf,
                "encode_time_ms": 1.0,
            },
        )
        for number, encode in enumerate(encodes, start=1)
    )


def plain_reference(encodes: tuple[Encode, ...], row: int, tolerance_pct: float, baseline: Baseline) -> int:
    """The published rule, row by row: the first in the file of the nearest bare rows within tolerance, or -1."""
    c = encodes[row]
    nearest, found = math.inf, NO_REFERENCE
    for index, b in enumerate(encodes):
        if not b.bare or b.source != c.source or (baseline is Baseline.SAME_PRESET and b.preset != c.preset):
            continue
        distance = abs(b.bitrate - c.bitrate)
        if distance <= tolerance_pct / 100.0 * c.bitrate and distance < nearest:
            nearest, found = distance, index
    return found


BARE = Encode(bitrate=1000.0, vmaf=90.0, bare=True)
FIRES = [
    pytest.param((BARE, Encode(bitrate=1000.0, vmaf=89.0)), -1.0, id="same bitrate"),
    pytest.param(
        (BARE, Encode(bitrate=1052.0, vmaf=80.0)), -10.0, id="within 5 % of the candidate, not of the bare row"
    ),
    pytest.param((BARE, Encode(bitrate=1000.0, vmaf=89.5, preset="p7")), -0.5, id="the reference has another preset"),
    pytest.param(
        (
            Encode(bitrate=990.0, vmaf=90.0, bare=True),
            Encode(bitrate=1010.0, vmaf=50.0, bare=True),
            Encode(bitrate=1000.0, vmaf=80.0),
        ),
        -10.0,
        id="a tie goes to the first in the file, below",
    ),
    pytest.param(
        (
            Encode(bitrate=1010.0, vmaf=90.0, bare=True),
            Encode(bitrate=990.0, vmaf=50.0, bare=True),
            Encode(bitrate=1000.0, vmaf=80.0),
        ),
        -10.0,
        id="a tie goes to the first in the file, above",
    ),
    pytest.param(
        (BARE, Encode(bitrate=1000.0, vmaf=99.0, bare=True), Encode(bitrate=1001.0, vmaf=89.0)),
        -1.0,
        id="of equal bitrates the first in the file",
    ),
]
HOLDS = [
    pytest.param((BARE, Encode(bitrate=1000.0, vmaf=91.0)), id="better"),
    pytest.param(
        (Encode(bitrate=1000.0, vmaf=0.1, bare=True), Encode(bitrate=1000.0, vmaf=0.0)), id="exactly at the tolerance"
    ),
    pytest.param((Encode(bitrate=100.0, vmaf=90.0, bare=True), Encode(bitrate=100.0, vmaf=90.0)), id="equal"),
]
ABSTAINS = [
    pytest.param((BARE, Encode(bitrate=1053.0, vmaf=1.0)), id="too far above"),
    pytest.param((BARE, Encode(bitrate=952.0, vmaf=1.0)), id="too far below: within 5 % of the bare row only"),
    pytest.param((Encode(bitrate=1000.0, vmaf=1.0),), id="no bare row"),
    pytest.param(
        (Encode(bitrate=1000.0, vmaf=90.0, bare=True, source="other"), Encode(bitrate=1000.0, vmaf=1.0)),
        id="another slice",
    ),
]


@pytest.mark.parametrize(("encodes", "delta"), FIRES)
def test_fires(encodes: tuple[Encode, ...], delta: float) -> None:
    found = detect(sweep(*encodes), Tolerances())
    assert found.regression[-1]
    assert found.delta[-1] == delta


@pytest.mark.parametrize("encodes", HOLDS)
def test_holds(encodes: tuple[Encode, ...]) -> None:
    found = detect(sweep(*encodes), Tolerances())
    assert found.comparable[-1]
    assert not found.regression.any()


@pytest.mark.parametrize("encodes", ABSTAINS)
def test_abstains(encodes: tuple[Encode, ...]) -> None:
    found = detect(sweep(*encodes), Tolerances())
    assert found.candidate[-1]
    assert not found.comparable[-1]
    assert not found.regression.any()
    assert found.reference[-1] == NO_REFERENCE
    assert np.isnan(found.delta[-1])


def test_bare_rows_are_no_candidates() -> None:
    found = detect(sweep(BARE, BARE), Tolerances())
    assert not found.candidate.any()
    assert found.reference.tolist() == [NO_REFERENCE, NO_REFERENCE]


def test_same_preset_is_stricter() -> None:
    encodes = (Encode(bitrate=1000.0, vmaf=90.0, bare=True, preset="p7"), Encode(bitrate=1000.0, vmaf=80.0))
    assert detect(sweep(*encodes), Tolerances(), Baseline.ANY).regression[-1]
    assert not detect(sweep(*encodes), Tolerances(), Baseline.SAME_PRESET).comparable[-1]


bitrates = st.one_of(
    st.sampled_from([950.0, 990.0, 1000.0, 1010.0, 1050.0, 1052.6315789473683, 1e-3]),
    st.floats(min_value=900.0, max_value=1100.0),
    st.floats(min_value=1e-12, max_value=1e6),
)
encodes_ = st.lists(
    st.builds(
        Encode,
        bitrate=bitrates,
        vmaf=st.one_of(st.sampled_from([89.9, 90.0, 90.1]), st.floats(min_value=0.0, max_value=100.0)),
        bare=st.booleans(),
        source=st.sampled_from(["a", "b", "c"]),
        preset=st.sampled_from(["p1", "p7"]),
    ),
    min_size=1,
    max_size=40,
)


@given(encodes_, st.sampled_from([0.0, 1.0, 5.0, 49.9, 50.0, 100.0, 1000.0]), st.sampled_from(Baseline))
@example(  # at 1e6, neither of the small bitrates changes the difference: a tie by rounding
    [
        Encode(bitrate=1e-12, vmaf=90.0, bare=True),
        Encode(bitrate=1e-13, vmaf=80.0, bare=True),
        Encode(bitrate=1e6, vmaf=85.0),
    ],
    100.0,
    Baseline.ANY,
)
@example(
    [
        Encode(bitrate=1e-13, vmaf=90.0, bare=True),
        Encode(bitrate=1e-12, vmaf=80.0, bare=True),
        Encode(bitrate=1e6, vmaf=85.0),
    ],
    100.0,
    Baseline.ANY,
)
@example(
    [
        *(Encode(bitrate=bitrate, vmaf=90.0, bare=True) for bitrate in (1e-15, 1e-14, 1e-13, 1e-12)),
        Encode(bitrate=1e6, vmaf=85.0),
    ],
    100.0,
    Baseline.ANY,
)
def test_equals_the_plain_rule(encodes: list[Encode], tolerance_pct: float, baseline: Baseline) -> None:
    rows = tuple(encodes)
    found = detect(sweep(*rows), Tolerances(bitrate_pct=tolerance_pct, vmaf=0.1), baseline)
    for row, encode in enumerate(rows):
        expected = NO_REFERENCE if encode.bare else plain_reference(rows, row, tolerance_pct, baseline)
        assert found.reference[row] == expected
        assert found.comparable[row] == (expected != NO_REFERENCE)
        if expected == NO_REFERENCE:
            assert np.isnan(found.delta[row])
            assert not found.regression[row]
        else:
            assert found.delta[row] == encode.vmaf - rows[expected].vmaf
            assert found.regression[row] == (encode.vmaf - rows[expected].vmaf < -0.1)


def test_more_candidates_than_a_block() -> None:
    rng = np.random.default_rng(1)
    rows = tuple(
        Encode(bitrate=float(bitrate), vmaf=float(vmaf), bare=index % 97 == 0)
        for index, (bitrate, vmaf) in enumerate(
            zip(rng.uniform(900, 1100, 20_000), rng.uniform(80, 99, 20_000), strict=True)
        )
    )
    found = detect(sweep(*rows), Tolerances(bitrate_pct=0.01))
    for row in range(1, 20_000, 411):
        assert found.reference[row] == (
            NO_REFERENCE if rows[row].bare else plain_reference(rows, row, 0.01, Baseline.ANY)
        )
