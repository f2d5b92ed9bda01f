"""A refresh in text, JSON and Markdown: what is shown, what is counted, and that labels stay data."""

from __future__ import annotations

import json

import pytest

from gate.evidence.model import Basis, Cell, CellKey, CellVerdict
from gate.evidence.sample.diff import CellChange, FactChange, HitCell, HitDefault, Refresh, SampleDifference, kind_of
from gate.report.sample_diff import render_difference_json, render_difference_markdown, render_difference_text


def cell(key: CellKey, verdict: str, hits: int = 0, unknown: int = 0) -> Cell:
    return Cell(
        key=key,
        verdict=CellVerdict(verdict),
        basis=Basis.MEASURED,
        hits=hits,
        holds=9 - hits - unknown,
        unknown=unknown,
    )


def change(before: str | None, after: str | None, *, recipe: str = "bf3", q: str = "1") -> CellChange:
    key = CellKey(codec="h264_nvenc", rc_mode="vbr", recipe=recipe, preset="p4", q=q)
    hits = {"structural": 8, "content-dependent": 2}
    return CellChange(
        key=key,
        before=None if before is None else cell(key, before, hits.get(before, 0)),
        after=None if after is None else cell(key, after, hits.get(after, 0)),
    )


def difference(*changes: CellChange, facts: tuple[FactChange, ...] = ()) -> SampleDifference:
    return SampleDifference(
        old="a" * 64,
        new="b" * 64,
        became=tuple(c for c in changes if kind_of(c) == "became"),
        ceased=tuple(c for c in changes if kind_of(c) == "ceased"),
        other=tuple(c for c in changes if kind_of(c) == "other"),
        appeared=tuple(c for c in changes if kind_of(c) == "appeared"),
        disappeared=tuple(c for c in changes if kind_of(c) == "disappeared"),
        facts=facts,
    )


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("clean", "structural", "became"),
        ("unmeasured", "structural", "became"),
        (None, "structural", "became"),
        ("structural", "undetermined", "ceased"),
        ("structural", None, "ceased"),
        ("clean", "content-dependent", "other"),
        (None, "clean", "appeared"),
        ("undetermined", None, "disappeared"),
        ("structural", "structural", None),
        ("clean", "clean", None),
    ],
)
def test_what_kind_of_change_it_is(before: str | None, after: str | None, kind: str | None) -> None:
    assert kind_of(change(before, after)) == kind


def test_text() -> None:
    became = change("clean", "structural")
    found = difference(
        became,
        change("structural", None, q="2"),
        change("clean", "content-dependent", q="4"),
        change("clean", "content-dependent", q="8"),
        change(None, "clean", recipe="aq"),
        facts=(FactChange(what="tools.ffmpeg", before="7.1", after="8.0"),),
    )
    hit = HitDefault(
        adapter="nvenc",
        codec="h264_nvenc",
        path="a/b.py",
        line=7,
        point="bf=3",
        cells=(HitCell(change=became, presets=("medium", "slow")),),
    )
    text = render_difference_text(
        Refresh(difference=found, defaults=(hit,), unread=("odd: a decorator (c.py:3)",)), width=100, color=False
    )
    assert text == (
        "1 cell became structural, 1 ceased; 1 shipped default is hit, 1 part of the adapters could not be read\n"
        "\n"
        "Shipped defaults that are hit\n"
        "  a/b.py:7  nvenc: bf=3\n"
        "      h264_nvenc bf3 at preset p4, vbr 1 Mbit/s: clean 0/9 → structural 8/9, for medium, slow\n"
        "\n"
        "Could not be read, and so may be hit too\n"
        "  odd: a decorator (c.py:3)\n"
        "\n"
        "Became structural\n"
        "  h264_nvenc bf3 at preset p4, vbr 1 Mbit/s: clean 0/9 → structural 8/9\n"
        "\n"
        "Ceased to be structural\n"
        "  h264_nvenc bf3 at preset p4, vbr 2 Mbit/s: structural 8/9 → not there\n"
        "\n"
        "Other verdicts that changed\n"
        "       2  clean → content-dependent\n"
        "\n"
        "Cells only in the new sample\n"
        "       1  clean\n"
        "\n"
        "What else differs\n"
        "  tools.ffmpeg: 7.1 → 8.0\n"
    )


def test_long_lists_are_cut_in_text_only() -> None:
    refresh = Refresh(difference=difference(*(change("clean", "structural", q=str(q)) for q in range(40))))
    assert "  … and 29 more\n" in render_difference_text(refresh, width=100, color=False)
    assert render_difference_markdown(refresh).count("structural 8/9 |") == 40
    assert json.loads(render_difference_json(refresh))["counts"]["became"] == 40


def test_json() -> None:
    report = json.loads(render_difference_json(Refresh(difference=difference(change("clean", "structural")))))
    assert report["schema"] == "codec-gate.difference/1"
    assert report["defaults"] is None
    assert report["became"] == [
        {
            "codec": "h264_nvenc",
            "rc_mode": "vbr",
            "recipe": "bf3",
            "preset": "p4",
            "q": "1",
            "before": {"verdict": "clean", "hits": 0, "holds": 9, "unknown": 0, "basis": "measured"},
            "after": {"verdict": "structural", "hits": 8, "holds": 1, "unknown": 0, "basis": "measured"},
        }
    ]


def test_labels_are_data() -> None:
    """A label can end neither its line, nor its code span, nor its cell of a table."""
    hostile = "x`|\n::error::y\x1b[31m<b>"
    facts = (FactChange(what="tools.x", before=hostile, after="@everyone"),)
    refresh = Refresh(difference=difference(change("clean", "structural", recipe=hostile), facts=facts))
    text, markdown = render_difference_text(refresh, width=100, color=False), render_difference_markdown(refresh)
    assert "\x1b" not in text + markdown
    assert not [line for line in (text + markdown).splitlines() if line.lstrip().startswith("::")]
    for line in markdown.splitlines():
        if "::error::" in line:
            assert "\\|" in line
            assert "``" in line
    assert render_difference_json(refresh).isascii()


def test_colour_only_where_it_is_asked_for() -> None:
    refresh = Refresh(difference=difference(change("clean", "structural")))
    assert "\x1b[" in render_difference_text(refresh, width=100, color=True)
