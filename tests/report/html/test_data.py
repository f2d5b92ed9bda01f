"""Cells as columns: every figure under its name, rounded, and text that can't break out."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.report.html.data import _bitrate, _rounded, escaped_json, page_json
from gate.report.wording import delta, kbps
from tests.report.html.made import page

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(json_values)
def test_escaped_json_means_the_same_and_holds_no_sign_of_html(value):
    text = escaped_json(value)
    assert json.loads(text) == value
    assert not re.search("[<>&\u2028\u2029]", text)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_json_has_no_word_for_is_refused(value):
    with pytest.raises(ValueError, match="JSON"):
        escaped_json([value])


@pytest.fixture
def data():
    """The columns of a small page."""
    return json.loads(page_json(page()))


def test_every_column_of_a_table_is_as_long(data):
    for table, size in (("cells", 2), ("sources", 2), ("slices", 2), ("rungs", 6)):
        assert {len(column) for column in data[table].values()} == {size}, table


def test_labels_are_indices_into_one_vocabulary(data):
    names = data["names"]
    assert len(set(names)) == len(names)
    assert [names[at] for at in data["cells"]["recipe"]] == ["bf3", "spatial_aq"]
    assert [names[at] for at in data["cells"]["verdict"]] == ["structural", "clean"]
    assert [names[at] for at in data["cells"]["about"][0]] == ["One thing.", "Another thing."]
    assert [names[at] for at in data["cells"]["target"]] == ["1 Mbit/s", "1 Mbit/s"]


def test_figures_have_the_digits_that_text_prints(data):
    assert data["sources"]["kbps"] == [1000, None]
    assert data["rungs"]["kbps"][:3] == [500, 1010, 1000]


@given(st.floats(-100, 100))
def test_a_delta_of_the_page_reads_as_that_of_the_text(value):
    cut = _rounded(value)
    assert f"{cut:+.2f}".replace("-", "−").replace("−0.00", "+0.00") == delta(value)


@given(st.floats(0.1, 200_000))
def test_a_bitrate_of_the_page_reads_as_that_of_the_text(value):
    cut = _bitrate(value) or 0
    assert (f"{cut:.1f}" if cut < 99.95 else f"{cut:,.0f}") == kbps(value)


def test_what_nobody_knows_is_null(data):
    assert data["sources"]["delta"] == [-1, None]
    assert data["sources"]["bare_kbps"] == [1010, None]
    assert data["cells"]["mean"] == [-1, None]
    assert data["cells"]["begin"] == [0, None]
    assert data["cells"]["count"] == [2, 0]
