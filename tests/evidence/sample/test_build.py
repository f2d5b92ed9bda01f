"""Building a sample from a sweep, and telling a sound one from one that isn't."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gate.errors import PolicyError, SampleError, SweepError
from gate.evidence.model import Basis, CellKey, CellVerdict, Provenance
from gate.evidence.sample.build import build_sample, compare, grids, structural_verdicts, sweep_file
from gate.evidence.sample.design import Design, Draw
from gate.evidence.sample.file import Sample, packed, read_sample
from gate.evidence.sample.manifest import SampleManifest, ScreenValues
from gate.evidence.sample.strata import Judged, source_order
from gate.evidence.sample.verify import unreachable, verify_sample
from gate.evidence.sweep.cells import Cells, Rule, find_cells
from gate.evidence.sweep.codecs import to_model
from gate.evidence.sweep.columns import Sweep, take
from gate.evidence.sweep.manifest import SweepFile, SweepManifest
from gate.evidence.sweep.read import read_sweep

SOURCES = tuple(f"s{i}" for i in range(9))
ORIGIN = SweepManifest.model_validate(
    {
        "schema": "codec-gate.sweep/1",
        "provenance": "measured",
        "title": "nine clips",
        "corpus": SOURCES,
        "recipes": {"c": {"bf3": {"bf": "3"}}},
        "rc_modes": {"c": {"vbr": ["vbr"]}},
    }
)


def _row(source: str, recipe: str, preset: str, vmaf: float, **more: object) -> dict[str, object]:
    row: dict[str, object] = {
        "source": source,
        "codec": "c",
        "rc_mode": "vbr",
        "recipe": recipe,
        "preset": preset,
        "q": 1,
    }
    return row | {"bitrate_kbps": 1000.0, "vmaf_score": vmaf, "encode_time_ms": 1.0} | more


def _rows(hits: int = 8) -> list[dict[str, object]]:
    """bf3 regresses on `hits` of nine clips at p1 and on none at p7, aq on none at all."""
    rows = []
    for i, source in enumerate(SOURCES):
        for preset in ("p1", "p7"):
            rows += [
                _row(source, "bare", preset, 80.0),
                _row(source, "bf3", preset, 70.0 if preset == "p1" and i < hits else 81.0, knob_combo="bf=3"),
                _row(source, "aq", preset, 81.0, knob_combo="aq=1"),
            ]
    return rows


def _written(folder: Path, rows: list[dict[str, object]]) -> Path:
    path = folder / "sweep.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def _built(folder: Path, rows: list[dict[str, object]] | None = None, **more: Any) -> tuple[SampleManifest, Sweep]:
    path = _written(folder, _rows() if rows is None else rows)
    sweep = read_sweep(path)
    return build_sample(sweep, more.pop("origin", ORIGIN), sweep_file(path, sweep), **more)


def _sample(folder: Path) -> Sample:
    return read_sample(packed(*_built(folder)))


def _cells(sweep: Sweep, rule: int = 7) -> Cells:
    return find_cells(sweep, Rule(structural=rule), sources=SOURCES)


def test_what_the_manifest_says(tmp_path: Path) -> None:
    manifest, rows = _built(tmp_path, seed=5)
    path = tmp_path / "sweep.jsonl"
    assert manifest.sweep == SweepFile(name=path.name, sha256=hashlib.sha256(path.read_bytes()).hexdigest(), rows=54)
    assert (manifest.title, manifest.corpus, manifest.design.name, manifest.design.seed) == (
        "nine clips",
        SOURCES,
        "exact",
        5,
    )
    assert (manifest.miss_bound.exact, manifest.miss_bound.value) == ("0", 0.0)
    assert (manifest.threshold.rule, manifest.threshold.hits, manifest.threshold.sources) == ("7/9", 7, 9)
    assert manifest.grids["c"].presets == ("p1", "p7")
    assert manifest.grids["c"].qualities == {"vbr": ("1",)}
    # 9 ladders of two rungs, 9 rows of the structural cell, 3 holds of each of the three others
    assert (manifest.rows.total, manifest.rows.bare, manifest.rows.per_codec) == (36, 18, {"c": 36})
    assert len(rows) == 36
    assert manifest.basis.rows == {Basis.MEASURED: 36}
    assert manifest.basis.cells == {Basis.MEASURED: 4}


def test_knobs_that_only_the_rows_name_join_the_catalogue(tmp_path: Path) -> None:
    manifest, _ = _built(tmp_path)
    assert manifest.recipes == {"c": {"bf3": {"bf": "3"}, "aq": "aq=1"}}


def test_rows_of_an_imported_sweep_are_imported(tmp_path: Path) -> None:
    rows = [row | {"basis": "imported"} if row["source"] == "s0" else row for row in _rows()]
    manifest, sweep = _built(tmp_path, rows, origin=ORIGIN.model_copy(update={"provenance": Provenance.IMPORTED}))
    assert manifest.basis.rows == {Basis.IMPORTED: len(sweep)}
    assert {cell.basis for cell in to_model(_cells(sweep)).values()} == {Basis.IMPORTED}


def test_a_reconstruction_cannot_pass_for_a_measurement(tmp_path: Path) -> None:
    with pytest.raises(SampleError, match="is reconstructed, but holds rows whose basis is measured"):
        _built(tmp_path, origin=ORIGIN.model_copy(update={"provenance": Provenance.RECONSTRUCTED}))


def test_rows_stay_in_the_sweeps_order(tmp_path: Path) -> None:
    _, rows = _built(tmp_path, _rows()[::-1])
    order = [SOURCES.index(rows.source.of(row)) for row in range(len(rows))]
    assert order == sorted(order, reverse=True)


def test_taking_rows_keeps_names_in_the_order_of_first_appearance(tmp_path: Path) -> None:
    sweep = read_sweep(_written(tmp_path, _rows()))
    some = take(sweep, np.array([10, 20, 21]))
    for name in ("source", "recipe", "preset"):
        taken = [getattr(some, name).of(row) for row in range(3)]
        assert taken == [getattr(sweep, name).of(row) for row in (10, 20, 21)]
        assert getattr(some, name).names == tuple(dict.fromkeys(taken))


def test_grids_tell_codecs_and_modes_apart(tmp_path: Path) -> None:
    rows = [
        _row("s0", "bare", "p7", 1.0, q=4),
        _row("s0", "bare", "p1", 1.0, q=2),
        _row("s0", "bare", "slow", 1.0, q=23, codec="d", rc_mode="crf"),
        _row("s0", "bare", "p1", 1.0, q=23, rc_mode="cqp"),
    ]
    found = grids(read_sweep(_written(tmp_path, rows)))
    assert {codec: (grid.presets, grid.qualities) for codec, grid in found.items()} == {
        "c": (("p7", "p1"), {"vbr": ("4", "2"), "cqp": ("23",)}),
        "d": (("slow",), {"crf": ("23",)}),
    }


def test_what_can_not_be_drawn_from(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="impossible"):
        _built(tmp_path, rule=Rule(structural=10))
    with pytest.raises(SweepError, match="'s0'"):
        _built(tmp_path, origin=ORIGIN.model_copy(update={"corpus": ("s1", "s2")}))
    unnamed = [{name: value for name, value in row.items() if name != "knob_combo"} for row in _rows()]
    with pytest.raises(SampleError, match=r"which knobs recipe 'aq' of c sets \(name them under recipes.c in"):
        _built(tmp_path, unnamed)
    sweep = read_sweep(_written(tmp_path, _rows()))
    with pytest.raises(SampleError, match="no rows to draw from"):
        build_sample(take(sweep, np.empty(0, np.int64)), ORIGIN, SweepFile(name="x", sha256="0" * 64, rows=0))


class _FirstRows(Design):
    """Keeps the first half and claims to miss nothing, or `number` of 36."""

    def draw(self, judged: Judged, seed: int) -> Draw:
        return Draw(rows=np.arange(len(judged.sweep) // 2), miss_bound=Fraction(self.number, 36))


def test_a_design_that_claims_too_much_is_a_bug_and_one_that_says_its_bound_is_not(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="design first: verdicts differ"):
        _built(tmp_path, design=_FirstRows("first"))
    manifest, _ = _built(tmp_path, design=_FirstRows("first", 1))
    assert (manifest.miss_bound.exact, manifest.miss_bound.value) == ("1/36", 1 / 36)


@pytest.mark.parametrize(
    ("design", "text", "bound", "parameters"),
    [
        (Design("screen", 1), "screen:1", "2/9", {"screen": 1}),
        (Design("screen", 2), "screen:2", "1/36", {"screen": 2}),
        (Design("budget", 40), "budget:40 (exact)", "0", {"rows": 40}),
        (Design("budget", 35), "budget:35 (screen:2)", "1/36", {"rows": 35, "screen": 2}),
        (Design("budget", 26), "budget:26 (screen:1)", "2/9", {"rows": 26, "screen": 1}),
    ],
)
def test_a_design_that_may_miss_says_so(
    tmp_path: Path, design: Design, text: str, bound: str, parameters: dict[str, object]
) -> None:
    """The order is seed 0's; its first source is one that the structural cell regresses on."""
    sample = read_sample(packed(*_built(tmp_path, design=design)))
    assert (sample.manifest.design.text, sample.manifest.design.parameters) == (text, parameters)
    assert (sample.manifest.miss_bound.exact, sample.manifest.miss_bound.value) == (bound, float(Fraction(bound)))
    order = source_order(SOURCES, 0, 0)
    screen = tuple(SOURCES[at] for at in order[: sample.manifest.screen])
    expected = (ScreenValues(codec="c", rc_mode="vbr", sources=screen),) if screen else ()
    assert sample.manifest.screens == expected
    assert verify_sample(sample, read_sweep(tmp_path / "sweep.jsonl")).problems == ()
    assert sample.manifest.design.text == text


def test_a_screen_that_was_chosen_is_told(tmp_path: Path) -> None:
    """The seed says on which sources cells are tried; others may have been picked because the cells hold there."""
    sample = read_sample(packed(*_built(tmp_path, design=Design("screen", 1))))
    last = SOURCES[int(source_order(SOURCES, 0, 0)[-1])]
    found = verify_sample(
        _changed(sample, screens=[{"codec": "c", "rc_mode": "vbr", "sources": [last]}]),
        read_sweep(tmp_path / "sweep.jsonl"),
    )
    assert "screens: that of c (vbr) is not what seed 0 draws" in found.problems


def test_what_the_screen_missed_is_told_and_is_no_fault(tmp_path: Path) -> None:
    """Seven hits, and the first source of the order holds: cleared, as the bound allows."""
    first = SOURCES[int(source_order(SOURCES, 0, 0)[0])]
    rows = [
        row | {"vmaf_score": 81.0 if row["source"] == first else row["vmaf_score"]}
        for row in _rows(hits=9)
        if row["recipe"] != "aq"
    ]
    sample = read_sample(packed(*_built(tmp_path, rows, design=Design("screen", 1))))
    found = verify_sample(sample, read_sweep(tmp_path / "sweep.jsonl"))
    assert found.comparison is not None
    assert found.sound
    assert [key.preset for key in found.comparison.missed] == ["p1"]
    assert (found.comparison.structural, found.comparison.found, found.comparison.wrong) == (1, 0, ())
    assert verify_sample(_sample(tmp_path)).sound


def test_a_sound_sample(tmp_path: Path) -> None:
    found = verify_sample(_sample(tmp_path), read_sweep(tmp_path / "sweep.jsonl"))
    assert found.sound
    assert found.problems == ()
    assert found.comparison is not None
    assert (found.comparison.right, found.comparison.wrong, found.comparison.left_open) == (4, (), ())
    assert verify_sample(_sample(tmp_path)).comparison is None


def test_info(tmp_path: Path) -> None:
    sample = _sample(tmp_path)
    made = sample.manifest
    assert (made.rows.total, made.rows.bare, made.sweep.rows) == (36, 18, 54)
    assert (made.threshold.rule, made.threshold.hits, made.threshold.sources) == ("7/9", 7, 9)
    assert (made.miss_bound.exact, made.design.text, tuple(made.grids)) == ("0", "exact", ("c",))
    assert list(unreachable(sample)) == []
    assert made.basis.cells == {Basis.MEASURED: 4}
    assert sample.digest == _sample(tmp_path).digest


def test_a_corpus_that_the_manifest_leaves_out_is_what_the_rows_show(tmp_path: Path) -> None:
    origin = ORIGIN.model_copy(update={"corpus": ()})
    assert _built(tmp_path, origin=origin)[0].corpus == SOURCES


def _changed(sample: Sample, **changes: object) -> Sample:
    """The sample with values of its manifest replaced, by dotted path."""
    record: dict[str, Any] = json.loads(sample.manifest.to_json())
    for path, value in changes.items():
        *parents, last = path.split("__")
        inner = record
        for parent in parents:
            inner = inner[parent]
        inner[last] = value
    return dataclasses.replace(sample, manifest=SampleManifest.model_validate(record))


def test_info_names_what_no_adapter_can_reach(tmp_path: Path) -> None:
    sample = _changed(_sample(tmp_path), recipes={"c": {"aq": {"aq": "1"}}}, rc_modes={})
    assert list(unreachable(sample)) == [
        "c/bf3: the manifest names no knobs",
        "c/vbr: the manifest doesn't say what it means",
    ]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"rows__total": 37}, "rows: the manifest says"),
        ({"rows__bare": 1}, "rows: the manifest says"),
        ({"rows__per_codec": {"c": 30, "d": 6}}, "rows: the manifest says"),
        ({"basis__rows": {"published": 36}}, "basis.rows: the manifest says"),
        ({"basis__cells": {"measured": 3}}, "basis.cells: the manifest says"),
        ({"grids__c__presets": ["p1"]}, "grids: presets or qualities"),
        ({"grids__c__qualities": {"vbr": ["1", "2"]}}, "grids: presets or qualities"),
        ({"threshold__rule": "6/9"}, "threshold.hits: 6/9 of 9 sources is 6, not 7"),
        ({"threshold__rule": "most"}, "threshold.rule: 'most' is neither"),
        ({"threshold__rule": "7/0"}, "threshold.rule: '7/0' is neither"),
        ({"miss_bound__exact": "1/36"}, "miss_bound: 1/36 is not 0.0"),
        ({"miss_bound": {"exact": "1/4", "value": 0.25}}, "miss_bound: 1/4, but that of exact is 0"),
        (
            {
                "design__parameters": {"screen": 1},
                "screens": [{"codec": "c", "rc_mode": "vbr", "sources": ["s0"]}],
            },
            "miss_bound: 0, but that of exact:1 is 2/9",
        ),
    ],
)
def test_a_manifest_that_its_rows_do_not_bear_out(tmp_path: Path, changes: dict[str, object], said: str) -> None:
    found = verify_sample(_changed(_sample(tmp_path), **changes))
    assert [problem for problem in found.problems if problem.startswith(said)]
    assert not found.sound


def test_another_order_in_the_manifest_is_no_problem(tmp_path: Path) -> None:
    assert verify_sample(_changed(_sample(tmp_path), grids__c__presets=["p7", "p1"])).sound


@pytest.mark.parametrize(
    ("alter", "said"),
    [
        (lambda rows: rows[:-1], "sweep.rows: the manifest says 54, the sweep has 53"),
        (lambda rows: rows[::-1], "rows: "),
        (lambda rows: [row | {"vmaf_score": 79.0} for row in rows], "rows: 36 of 36 are not in the sweep"),
        (lambda rows: [row | {"source": f"other {row['source']}"} for row in rows], "rows: 36 of 36"),
    ],
)
def test_another_sweep_than_the_samples(
    tmp_path: Path, alter: Callable[[list[dict[str, object]]], list[dict[str, object]]], said: str
) -> None:
    sample = _sample(tmp_path)
    found = verify_sample(sample, read_sweep(_written(tmp_path, alter(_rows()))))
    assert [problem for problem in found.problems if problem.startswith(said)]
    assert not found.sound


def test_another_digest_than_the_samples_sweep(tmp_path: Path) -> None:
    found = verify_sample(_sample(tmp_path), read_sweep(tmp_path / "sweep.jsonl"), against_digest="f" * 64)
    assert [problem.split(":")[0] for problem in found.problems] == ["sweep.sha256"]


def test_right_wrong_and_left_open(tmp_path: Path) -> None:
    whole = read_sweep(_written(tmp_path, _rows(hits=9)))
    key = CellKey(codec="c", rc_mode="vbr", recipe="bf3", preset="p1", q="1")
    assert structural_verdicts(_cells(whole))[key] is CellVerdict.STRUCTURAL

    few = compare(_cells(take(whole, np.arange(5 * 6))), _cells(whole))  # five clips can't prove seven hits
    assert (few.right, few.wrong, few.left_open) == (3, (), (key,))

    other = read_sweep(_written(tmp_path, _rows(hits=5)))
    assert compare(_cells(other), _cells(whole)).wrong == (key,)

    without = compare(
        _cells(take(whole, np.flatnonzero(whole.recipe.codes != whole.recipe.names.index("bf3")))), _cells(whole)
    )
    assert len(without.left_open) == 2
    assert compare(_cells(whole), _cells(take(whole, np.arange(0, 54, 3)))).wrong != ()
