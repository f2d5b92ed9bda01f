"""Cells beside the rule of design 4, written out plainly."""

from __future__ import annotations

import re
from collections import defaultdict
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.errors import PolicyError, SweepError
from gate.evidence.model import Basis, Cell, CellKey, CellVerdict
from gate.evidence.sweep.cells import COUNTED, Rule, find_cells, threshold
from gate.evidence.sweep.codecs import to_model
from gate.evidence.sweep.columns import Sweep
from gate.evidence.sweep.exact import sweep_of

Encode = tuple[str, str, str, float, float, str]  # source, recipe, q, kbit/s, VMAF, basis


def sweep(encodes: list[Encode]) -> Sweep:
    return sweep_of(
        (
            number,
            {
                "source": source,
                "codec": "hevc_nvenc",
                "rc_mode": "cbr",
                "recipe": recipe,
                "preset": "p4",
                "q": q,
                "bitrate_kbps": bitrate,
                "vmaf_score": vmaf,
                "encode_time_ms": 1.0,
                "basis": basis,
            },
        )
        for number, (source, recipe, q, bitrate, vmaf, basis) in enumerate(encodes)
    )


def plain_delta(encodes: list[Encode], row: int) -> float | None:
    source, _, _, bitrate, vmaf, _ = encodes[row]
    near = [
        (abs(b[3] - bitrate), index)
        for index, b in enumerate(encodes)
        if b[0] == source and b[1] == "bare" and abs(b[3] - bitrate) <= 5.0 / 100.0 * bitrate
    ]
    return vmaf - encodes[min(near)[1]][4] if near else None


def plain_cells(encodes: list[Encode], corpus: tuple[str, ...], required: int, enough: int) -> dict[CellKey, Cell]:
    deltas: dict[CellKey, dict[str, list[float | None]]] = defaultdict(lambda: defaultdict(list))
    basis: dict[CellKey, Basis] = {}
    for row, (source, recipe, q, _, _, based) in enumerate(encodes):
        if recipe != "bare":
            key = CellKey(codec="hevc_nvenc", rc_mode="cbr", recipe=recipe, preset="p4", q=q)
            deltas[key][source].append(plain_delta(encodes, row))
            basis[key] = Basis.FILLER if Basis.FILLER in (based, basis.get(key)) else basis.get(key, Basis(based))
    return {key: plain_cell(key, found, corpus, required, basis[key], enough) for key, found in deltas.items()}


def plain_cell(
    key: CellKey,
    by_source: dict[str, list[float | None]],
    corpus: tuple[str, ...],
    required: int,
    basis: Basis,
    enough: int,
) -> Cell:
    regressing: dict[str, float] = {}
    held = 0
    for source, deltas in by_source.items():
        known = [delta for delta in deltas if delta is not None]
        if not known or 2 * len(known) < len(deltas):
            continue
        mean = known[0] if len(set(known)) == 1 else sum(known) / len(known)
        if mean < -0.1:
            regressing[source] = mean
        else:
            held += 1
    hits, unknown = len(regressing), len(corpus) - len(regressing) - held
    if hits >= required and len(corpus) >= enough:
        verdict = CellVerdict.STRUCTURAL
    elif hits + unknown >= required:
        verdict = CellVerdict.UNDETERMINED
    elif hits:
        verdict = CellVerdict.CONTENT_DEPENDENT
    else:
        verdict = CellVerdict.CLEARED if unknown else CellVerdict.CLEAN
    worst = min(((lost, source) for source, lost in regressing.items()), default=None, key=lambda found: found[0])
    return Cell(
        key=key,
        verdict=CellVerdict.UNMEASURED if basis is Basis.FILLER else verdict,
        basis=basis,
        hits=hits,
        holds=held,
        unknown=unknown,
        mean_delta=sum(regressing.values()) / hits if hits else None,
        worst_source=worst[1] if worst else None,
        worst_delta=worst[0] if worst else None,
    )


def same(found: Cell, expected: Cell) -> bool:
    """Equal, but for the last bits of a mean and for which of equally deep sources is named."""
    exact = ("key", "verdict", "basis", "hits", "holds", "unknown")
    near = ("mean_delta", "worst_delta")
    return all(getattr(found, name) == getattr(expected, name) for name in exact) and all(
        getattr(found, name) == (value if value is None else pytest.approx(value, rel=1e-12))
        for name in near
        for value in [getattr(expected, name)]
    )


encodes_ = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c", "d"]),
        st.sampled_from(["bare", "bf3", "full"]),
        st.sampled_from(["1", "2"]),
        st.sampled_from([100.0, 102.0, 104.0, 1000.0]),
        st.sampled_from([90.0, 89.95, 89.0, 70.0]),
        st.sampled_from(["measured", "measured", "published", "filler"]),
    ),
    min_size=1,
    max_size=60,
)


@given(
    encodes_,
    st.sampled_from([(), ("e",), ("e", "f", "g")]),
    st.sampled_from([1, Fraction(1, 2), Fraction(7, 9), Fraction(1)]),
    st.sampled_from([1, 5, 6]),
)
def test_equals_the_plain_rule(
    encodes: list[Encode], absent: tuple[str, ...], rule: int | Fraction, enough: int
) -> None:
    found = sweep(encodes)
    corpus = ("d", "c", "b", "a", *absent)
    cells = to_model(find_cells(found, Rule(structural=rule, min_sources=enough), sources=corpus))
    expected = plain_cells(encodes, corpus, threshold(len(corpus), rule), enough)
    assert cells.keys() == expected.keys()
    assert [key for key in cells if not same(cells[key], expected[key])] == []


def cell_of(*per_source: str) -> Cell:
    """One cell over nine sources, told as + (regresses), - (holds), ? (not comparable); the rest isn't in the sweep."""
    encodes: list[Encode] = []
    for number, marks in enumerate(per_source):
        encodes.append((f"s{number}", "bare", "2", 100.0, 90.0, "measured"))
        encodes += [
            (f"s{number}", "bf3", "2", {"?": 200.0}.get(mark, 100.0), {"+": 80.0}.get(mark, 90.0), "measured")
            for mark in marks
        ]
    found = sweep(encodes)
    corpus = tuple(f"s{number}" for number in range(9))
    (cell,) = to_model(find_cells(found, sources=corpus)).values()
    return cell


@pytest.mark.parametrize(
    ("marks", "verdict", "counts"),
    [
        pytest.param("+++++++--", CellVerdict.STRUCTURAL, (7, 2, 0), id="at T"),
        pytest.param("++++++---", CellVerdict.CONTENT_DEPENDENT, (6, 3, 0), id="just below T"),
        pytest.param("++++++?--", CellVerdict.UNDETERMINED, (6, 2, 1), id="an abstention widens"),
        pytest.param("++++++--", CellVerdict.UNDETERMINED, (6, 2, 1), id="a source that isn't there widens"),
        pytest.param("--", CellVerdict.UNDETERMINED, (0, 2, 7), id="too little to clear it"),
        pytest.param("---", CellVerdict.CLEARED, (0, 3, 6), id="three holds clear it"),
        pytest.param("---------", CellVerdict.CLEAN, (0, 9, 0), id="all hold"),
        pytest.param("+--------", CellVerdict.CONTENT_DEPENDENT, (1, 8, 0), id="one hit"),
        pytest.param(["+-", "-+", "?-", "?+", "??-", "-", "-", "-", "-"], CellVerdict.CONTENT_DEPENDENT, (3, 5, 1), id="repeats"),
    ],
)  # fmt: skip
def test_verdict(marks: list[str], verdict: CellVerdict, counts: tuple[int, int, int]) -> None:
    cell = cell_of(*marks)
    assert (cell.verdict, (cell.hits, cell.holds, cell.unknown)) == (verdict, counts)


def test_a_source_counts_by_the_mean_of_its_repeats() -> None:
    encodes: list[Encode] = [(source, "bare", "2", 100.0, 90.0, "measured") for source in "ab"]
    encodes += [("a", "bf3", "2", 100.0, vmaf, "measured") for vmaf in (88.0, 86.0, 90.0)]
    encodes += [("b", "bf3", "2", 100.0, 80.0, "measured")]
    (cell,) = to_model(find_cells(sweep(encodes))).values()
    assert cell.mean_delta == (-2.0 + -10.0) / 2
    assert (cell.worst_source, cell.worst_delta) == ("b", -10.0)


def test_repeats_that_scatter_about_no_loss_are_no_hit() -> None:
    encodes: list[Encode] = [("a", "bare", "2", 100.0, 90.0, "measured")]
    encodes += [("a", "bf3", "2", 100.0, vmaf, "measured") for vmaf in (89.85, 90.15, 90.0, 89.95, 90.05)]
    assert find_cells(sweep(encodes)).hits.tolist() == [0]


@pytest.mark.parametrize(
    ("n", "enough", "verdict"), [(4, 5, "undetermined"), (5, 5, "structural"), (1, 1, "structural")]
)
def test_too_few_sources_prove_nothing(n: int, enough: int, verdict: str) -> None:
    encodes: list[Encode] = []
    for source in map(str, range(n)):
        encodes += [(source, "bare", "2", 100.0, 90.0, "measured"), (source, "bf3", "2", 100.0, 80.0, "measured")]
    cells = find_cells(sweep(encodes), Rule(min_sources=enough))
    assert COUNTED[int(cells.verdict[0])] == verdict


@pytest.mark.parametrize(
    ("streams", "verdict"),
    [
        ({}, CellVerdict.CLEAN),
        ({"a": "s", "b": "s"}, CellVerdict.NO_EFFECT),
        ({"a": "s", "b": "t"}, CellVerdict.CLEAN),
        ({"a": "s"}, CellVerdict.CLEAN),
    ],
)
def test_no_effect_takes_every_stream(streams: dict[str, str], verdict: CellVerdict) -> None:
    common = {"codec": "x", "rc_mode": "crf", "preset": "p", "q": 1, "bitrate_kbps": 9.0, "encode_time_ms": 1}
    rows = [
        {**common, "source": source, "recipe": recipe, "vmaf_score": 90.0, **({"bitstream": stream} if stream else {})}
        for source in "ab"
        for recipe, stream in (("bare", "s"), ("r", streams.get(source)))
    ]
    cells = find_cells(sweep_of(enumerate(rows)))
    assert COUNTED[int(cells.verdict[0])] is verdict


def test_filler_is_counted_but_never_judged() -> None:
    found = sweep([("a", "bare", "2", 100.0, 90.0, "published"), ("a", "bf3", "2", 100.0, 80.0, "filler")])
    cells = find_cells(found, Rule(min_sources=1))
    assert COUNTED[int(cells.verdict[0])] is CellVerdict.STRUCTURAL
    (cell,) = to_model(cells).values()
    assert (cell.verdict, cell.basis) == (CellVerdict.UNMEASURED, Basis.FILLER)


def test_no_cells_where_all_is_bare() -> None:
    found = sweep([("a", "bare", "2", 100.0, 90.0, "measured")])
    assert to_model(find_cells(found)) == {}


@pytest.mark.parametrize(
    ("sources", "rule", "expected"),
    [(9, Fraction(7, 9), 7), (6, Fraction(7, 9), 5), (5, Fraction(7, 9), 4), (20, Fraction(7, 9), 16), (18, Fraction(7, 9), 14), (9, 3, 3), (9, 9, 9), (1, Fraction(7, 9), 1), (3, Fraction(1, 3), 1)],
)  # fmt: skip
def test_threshold(sources: int, rule: int | Fraction, expected: int) -> None:
    assert threshold(sources, rule) == expected


@pytest.mark.parametrize("rule", [0, 10, -1, Fraction(10, 9), Fraction(0, 1)])
def test_impossible_threshold(rule: int | Fraction) -> None:
    with pytest.raises(PolicyError, match="impossible"):
        threshold(9, rule)


def test_a_source_outside_the_corpus() -> None:
    found = sweep([("a", "bare", "2", 100.0, 90.0, "measured")])
    with pytest.raises(SweepError, match=re.escape("source 'a'")):
        find_cells(found, sources=("b",))
