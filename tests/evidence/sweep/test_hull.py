"""The Pareto hull beside the rule, written out plainly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.evidence.sweep.columns import Sweep
from gate.evidence.sweep.exact import sweep_of
from gate.evidence.sweep.groups import slices
from gate.evidence.sweep.hull import hull

Encode = tuple[str, float, float, float]  # source, kbit/s, VMAF, ms


def sweep(encodes: list[Encode]) -> Sweep:
    return sweep_of(
        (
            number,
            {
                "source": source,
                "codec": "h264_qsv",
                "rc_mode": "cqp",
                "recipe": "bare",
                "preset": "medium",
                "q": number,
                "bitrate_kbps": bitrate,
                "vmaf_score": vmaf,
                "encode_time_ms": milliseconds,
            },
        )
        for number, (source, bitrate, vmaf, milliseconds) in enumerate(encodes)
    )


def plain_hull(encodes: list[Encode]) -> list[int]:
    """Slice by slice: admit by VMAF, then let the fastest of what can't be told from an admitted row stand for it."""
    found: list[int] = []
    for source in dict.fromkeys(encode[0] for encode in encodes):
        rows = [row for row, encode in enumerate(encodes) if encode[0] == source]
        rows.sort(key=lambda row: (encodes[row][1], -encodes[row][2], encodes[row][3], row))
        best = float("-inf")
        for at, row in enumerate(rows):
            _, bitrate, vmaf, _ = encodes[row]
            if vmaf > best + 1e-6:
                best = vmaf
                alike = [
                    other
                    for other in rows[at:]
                    if encodes[other][1] - bitrate <= 1e-6 and abs(encodes[other][2] - vmaf) <= 1e-6
                ]
                found.append(min(alike, key=lambda other: (encodes[other][3], rows.index(other))))
    return found


CASES = [
    pytest.param([("a", 100.0, 90.0, 1.0)], [0], id="one row"),
    pytest.param([("a", 100.0, 90.0, 1.0), ("a", 200.0, 95.0, 1.0)], [0, 1], id="both"),
    pytest.param([("a", 200.0, 90.0, 1.0), ("a", 100.0, 95.0, 1.0)], [1], id="dominated"),
    pytest.param([("a", 100.0, 90.0, 1.0), ("a", 100.0, 95.0, 1.0)], [1], id="one bitrate, more VMAF"),
    pytest.param([("a", 100.0, 90.0, 2.0), ("a", 100.0, 90.0, 1.0)], [1], id="equal, the faster"),
    pytest.param([("a", 100.0, 90.0, 1.0), ("a", 100.0, 90.0, 1.0)], [0], id="equal, the first"),
    pytest.param([("a", 100.0, 90.0, 2.0), ("a", 100.0 + 5e-7, 90.0 + 5e-7, 1.0)], [1], id="alike, the faster"),
    pytest.param([("a", 100.0, 90.0, 1.0), ("a", 100.0 + 5e-7, 90.0 + 5e-7, 2.0)], [0], id="alike, the slower doesn't"),
    pytest.param([("a", 100.0, 90.0, 2.0), ("a", 101.0, 90.0 + 5e-7, 1.0)], [0], id="too small a step"),
    pytest.param([("a", 100.0, 0.0, 2.0), ("a", 101.0, 1e-6, 1.0)], [0], id="a step of exactly 1e-6"),
    pytest.param([("a", 100.0, 90.0, 2.0), ("a", 101.0, 90.0 + 5e-7, 1.0), ("a", 102.0, 90.0 + 11e-7, 1.0)], [0, 2], id="steps that creep"),
    pytest.param([("a", 100.0, 90.0, 1.0), ("b", 200.0, 80.0, 1.0), ("a", 50.0, 80.0, 1.0)], [2, 0, 1], id="slices apart"),
]  # fmt: skip


@pytest.mark.parametrize(("encodes", "expected"), CASES)
def test_hull(encodes: list[Encode], expected: list[int]) -> None:
    found = sweep(encodes)
    assert hull(found, slices(found)).tolist() == expected


bitrates = st.one_of(
    st.sampled_from([100.0, 100.0 + 5e-7, 100.0 + 15e-7, 200.0]), st.floats(min_value=90.0, max_value=110.0)
)
vmafs = st.one_of(
    st.sampled_from([0.0, 90.0, 90.0 + 4e-7, 90.0 + 8e-7, 90.0 + 12e-7, 95.0, 100.0]),
    st.floats(min_value=0.0, max_value=100.0),
)


@given(
    st.lists(
        st.tuples(st.sampled_from(["a", "b", "c"]), bitrates, vmafs, st.sampled_from([1.0, 2.0, 3.0])),
        min_size=1,
        max_size=40,
    )
)
def test_equals_the_plain_rule(encodes: list[Encode]) -> None:
    found = sweep(encodes)
    assert hull(found, slices(found)).tolist() == plain_hull(encodes)
