"""The chart that GitHub draws: what it holds, and that no name gets out of its quotes."""

from __future__ import annotations

import dataclasses
import re

import pytest

from gate.evidence.model import Detector
from gate.report.mermaid import label, loss_chart
from tests.report.conftest import DEEP, DISPUTED, HOSTILE, detail, source_row

LABELS = [
    ("FoxBird_25fps", "FoxBird_25fps"),
    ('a"] bar [1', "a__ bar _1"),
    ("a\nb", "a_b"),
    ("`a`", "_a_"),
    ("%%{init}%%", "__{init}__".replace("{", "_").replace("}", "_")),
    ("", "_"),
    ("é" * 40, "_" * 24),
]


def drawn(one, title, *, detector):
    """The chart, where there is one."""
    chart = loss_chart(one, title, detector=detector)
    assert chart is not None
    return chart


@pytest.mark.parametrize(("text", "shown"), LABELS)
def test_labels(text, shown):
    assert label(text, 24) == shown


def test_a_bar_per_source_and_no_line_that_joins_them():
    chart = drawn(DISPUTED, "t", detector=Detector.NEAREST)
    assert chart.lines[10:] == ("    bar [0.11, 0.21, 0.31, 0.41, 0.51, 0.61, 0.71, -0.05, -0.05]",)
    assert chart.lines[9] == '    y-axis "VMAF lost (a gain is negative)" -1 --> 1'


def test_the_detector_that_decides_is_the_bars():
    assert drawn(DISPUTED, "t", detector=Detector.INTERPOLATED).lines[10].startswith("    bar [-0.02")


def test_a_source_without_a_figure_is_left_out_and_named():
    assert drawn(DEEP, "t", detector=Detector.INTERPOLATED).left_out == ("BigBuckBunny_25fps",)
    assert drawn(DEEP, "t", detector=Detector.NEAREST).left_out == ()


def test_nothing_compared_makes_no_chart():
    assert loss_chart(detail([source_row("a", None, None)]), "t", detector=Detector.NEAREST) is None


def test_no_label_comes_twice():
    rows = [source_row(name, -1.0, -1.0) for name in ("a" * 30, "a" * 40, "b<", "b>", "c")]
    chart = drawn(detail(rows), "t", detector=Detector.NEAREST)
    assert chart.lines[8] == f'    x-axis ["{"a" * 24}", "{"a" * 24} (2)", "b_", "b_ (4)", "c"]'


def test_a_hostile_name_leaves_no_label():
    rows = tuple(dataclasses.replace(row, source=HOSTILE) for row in DEEP.sources)
    chart = drawn(dataclasses.replace(DEEP, sources=rows), HOSTILE, detector=Detector.NEAREST)
    text = "\n".join(chart.lines[6:])
    assert len(chart.lines) == 6 + 5
    assert re.fullmatch(r'[A-Za-z0-9 _.,()=/+>\n\[\]"-]+', text)
    assert text.count('"') == 2 * (1 + 9 + 1)
