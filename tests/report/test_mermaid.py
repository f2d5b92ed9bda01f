"""The chart that GitHub draws: what it holds, and that no name gets out of its quotes."""

from __future__ import annotations

import dataclasses
import re

import pytest

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


def test_a_bar_per_source_and_the_other_witness_as_a_line():
    chart = drawn(DISPUTED, "t", detector="nearest")
    assert chart.lines[10] == "    bar [0.11, 0.21, 0.31, 0.41, 0.51, 0.61, 0.71, -0.05, -0.05]"
    assert chart.lines[11] == "    line [-0.02, -0.02, -0.02, -0.02, -0.02, -0.02, -0.02, -0.04, -0.04]"
    assert chart.lines[9] == '    y-axis "VMAF lost" -1 --> 1'
    assert (chart.with_line, chart.left_out) == (True, ())


def test_the_witness_that_decides_is_the_bars():
    chart = drawn(DISPUTED, "t", detector="interpolated")
    assert chart.lines[10].startswith("    bar [-0.02")


def test_a_source_without_a_figure_is_left_out_and_named_and_a_line_with_a_hole_isnt_drawn():
    chart = drawn(DEEP, "t", detector="interpolated")
    assert chart.left_out == ("BigBuckBunny_25fps",)
    assert chart.with_line
    assert not drawn(DEEP, "t", detector="nearest").with_line


def test_nothing_compared_makes_no_chart():
    assert loss_chart(detail([source_row("a", None, None)]), "t", detector="nearest") is None


def test_no_label_comes_twice():
    rows = [source_row(name, -1.0, -1.0) for name in ("a" * 30, "a" * 40, "b<", "b>", "c")]
    chart = drawn(detail(rows), "t", detector="nearest")
    assert chart.lines[8] == f'    x-axis ["{"a" * 24}", "{"a" * 24} (2)", "b_", "b_ (4)", "c"]'


def test_a_hostile_name_leaves_no_label():
    rows = tuple(dataclasses.replace(row, source=HOSTILE) for row in DEEP.sources)
    chart = drawn(dataclasses.replace(DEEP, sources=rows), HOSTILE, detector="nearest")
    text = "\n".join(chart.lines[6:])
    assert len(chart.lines) == 6 + 5
    assert re.fullmatch(r'[A-Za-z0-9 _.,()=/+>\n\[\]"-]+', text)
    assert text.count('"') == 2 * (1 + 9 + 1)
