"""Three-valued logic of two witnesses, every case of it, and the signed mismatch."""

from __future__ import annotations

import numpy as np
import pytest

from gate.evidence.sweep.columns import Bytes
from gate.evidence.sweep.detector import ABSENT, ABSTAINS, HIT, HOLD, Detector, combine, mismatch_pct
from gate.evidence.sweep.exact import sweep_of
from gate.evidence.sweep.nearest import Tolerances, detect

# nearest, interpolated: both, either
TABLE = {
    (ABSENT, ABSENT): (ABSENT, ABSENT),
    (ABSTAINS, ABSTAINS): (ABSTAINS, ABSTAINS),
    (ABSTAINS, HOLD): (HOLD, ABSTAINS),
    (ABSTAINS, HIT): (ABSTAINS, HIT),
    (HOLD, ABSTAINS): (HOLD, ABSTAINS),
    (HOLD, HOLD): (HOLD, HOLD),
    (HOLD, HIT): (HOLD, HIT),
    (HIT, ABSTAINS): (ABSTAINS, HIT),
    (HIT, HOLD): (HOLD, HIT),
    (HIT, HIT): (HIT, HIT),
}


def column(codes: list[int]) -> Bytes:
    """Cells of one source: shape (C, 1)."""
    return np.array(codes, np.int8)[:, None]


@pytest.mark.parametrize(
    ("detector", "expected"),
    [
        (Detector.NEAREST, [nearest for nearest, _ in TABLE]),
        (Detector.INTERPOLATED, [interpolated for _, interpolated in TABLE]),
        (Detector.BOTH, [both for both, _ in TABLE.values()]),
        (Detector.EITHER, [either for _, either in TABLE.values()]),
    ],
)
def test_combine(detector: Detector, expected: list[int]) -> None:
    nearest, interpolated = zip(*TABLE, strict=True)
    found = combine(column(list(nearest)), column(list(interpolated)), detector)
    assert found.dtype == np.int8
    assert found.shape == (len(TABLE), 1)
    assert found[:, 0].tolist() == expected


def test_mismatch_is_positive_where_the_reference_has_more_bits() -> None:
    rows = [("bare", 1000.0), ("bf3", 1025.0), ("bf3", 960.0), ("bf3", 500.0)]
    fixed = {"source": "clip", "codec": "h264_nvenc", "rc_mode": "vbr", "preset": "p4", "q": 2, "vmaf_score": 90.0}
    sweep = sweep_of(
        (n, fixed | {"recipe": recipe, "bitrate_kbps": bitrate, "encode_time_ms": 1.0})
        for n, (recipe, bitrate) in enumerate(rows, 1)
    )
    found = mismatch_pct(sweep, detect(sweep, Tolerances()))
    assert found[1:3].tolist() == pytest.approx([-100.0 * 25 / 1025, 100.0 * 40 / 960])
    assert np.isnan(found[[0, 3]]).all()
