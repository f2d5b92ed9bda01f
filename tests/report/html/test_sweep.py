"""A sweep's report and figures: what they show of it, where they are written."""

from __future__ import annotations

import json

import pytest

from gate.errors import UsageError
from gate.evidence.model import CellVerdict, Provenance
from gate.evidence.sweep.cells import Rule
from gate.evidence.sweep.read import read_sweep
from gate.evidence.sweep.summary import analysed, summarise
from gate.report.charts.images import Form
from gate.report.html.sweep import sweep_page, write_figures, write_report

QUALITIES = (("18", 4000.0, 98.0), ("25", 2000.0, 95.0), ("31", 1000.0, 88.0), ("37", 500.0, 75.0))
LOSS = {"bf3": -2.0, "aq": 0.5}  # VMAF against bare at the same bitrate
CORPUS = ("A", "B", "C")


def lines():
    for source in CORPUS:
        for q, kbps, vmaf in QUALITIES:
            for recipe, loss in {"bare": 0.0, **LOSS}.items():
                yield {
                    "source": source, "codec": "h264_nvenc", "rc_mode": "cqp", "recipe": recipe, "preset": "p4", "q": q,
                    "bitrate_kbps": kbps, "vmaf_score": vmaf + loss, "encode_time_ms": 10.0, "is_bare_default": recipe == "bare",
                }  # fmt: skip


@pytest.fixture(scope="module")
def analysis(tmp_path_factory):
    """Three sources, one recipe that loses on all of them and one that gains."""
    file = tmp_path_factory.mktemp("sweep") / "sweep.jsonl"
    file.write_text("".join(f"{json.dumps(line)}\n" for line in lines()), encoding="utf-8")
    return analysed(read_sweep(file), Rule(min_sources=1))


def page_of(analysis, provenance=Provenance.RECONSTRUCTED):
    return sweep_page(analysis, summarise(analysis), name="toy", provenance=provenance)


def test_every_cell_is_there_with_every_source_the_gravest_first(analysis):
    page = page_of(analysis)
    assert len(page.cells) == len(LOSS) * len(QUALITIES)
    assert [item.cell.key.recipe for item in page.cells] == ["bf3"] * 4 + ["aq"] * 4
    assert [item.cell.verdict for item in page.cells[:4]] == [CellVerdict.STRUCTURAL] * 4
    for item in page.cells:
        assert [row.source for row in item.sources] == list(CORPUS)
        assert {round(row.delta, 6) for row in item.sources} == {LOSS[item.cell.key.recipe]}
    assert page.left_out == ""


def test_every_plane_is_there_with_its_hull(analysis):
    page = page_of(analysis)
    assert [plane.source for plane in page.slices] == list(CORPUS)
    for plane in page.slices:
        assert len(plane.rungs) == 12
        assert {rung.recipe for rung in plane.rungs if rung.on_hull} == {"aq"}


@pytest.mark.parametrize(
    ("provenance", "warned", "said"),
    [
        (Provenance.RECONSTRUCTED, 1, "RECONSTRUCTED from published aggregates"),
        (Provenance.MEASURED, 0, "measured, "),
        (Provenance.IMPORTED, 0, "imported, "),
        (None, 0, "provenance unknown"),
    ],
)
def test_provenance_is_said_in_every_caption_and_a_reconstruction_at_the_top(analysis, provenance, warned, said):
    page = page_of(analysis, provenance)
    assert len(page.warnings) == warned
    (corpus,) = page.corpora
    assert said in corpus.caption
    assert "3 clips; a loss is more than 0.1 VMAF by nearest, within ±5 % bitrate" in corpus.caption
    assert "structural from 3 of N = 3" in dict(page.facts)["Evidence"]


def test_what_does_not_fit_is_counted(analysis, monkeypatch):
    monkeypatch.setattr("gate.report.html.sweep.PAGE_ROWS", 15)
    page = page_of(analysis)
    assert len(page.cells) == 5
    assert page.left_out == "This page holds the gravest 5 of 8 cells; table clusters has all."


def test_files_are_written(analysis, tmp_path):
    summary = summarise(analysis)
    page = write_report(analysis, summary, tmp_path, name="toy", provenance=None)
    figures = write_figures(analysis, summary, tmp_path, name="toy", provenance=None, form=Form.SVG)
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert [figure.name for figure in figures] == ["hits.svg", "losses.svg", "rates.svg"]
    assert all(figure.read_text(encoding="utf-8").startswith("<svg") for figure in figures)


def test_a_folder_that_is_not_there_is_an_error(analysis, tmp_path):
    with pytest.raises(UsageError, match="can't be written"):
        write_report(analysis, summarise(analysis), tmp_path / "missing", name="toy", provenance=None)
