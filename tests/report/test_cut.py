"""Cutting Markdown to a byte limit."""

from __future__ import annotations

import re

import pytest

from gate.report.cut import cut_markdown
from gate.report.markdown import render_markdown

REST = "The whole report is in `codec-gate.md`."
HEAD = "## BLOCKED\n\n| adapter | where |\n|---|---|\n"


def table(rows, cell="x"):
    return HEAD + "".join(f"| {cell} | {i} |\n" for i in range(rows)) + "\nlast words\n"


@pytest.mark.parametrize("text", ["", "one\n", table(3)])
def test_what_fits_stays_as_it_is(text):
    assert cut_markdown(text, limit=len(text.encode()), rest=REST) == text


@pytest.mark.parametrize("cell", ["x", "é", "🎬", "`a|b`"])
@pytest.mark.parametrize("limit", [200, 333, 1000, 4096])
def test_is_cut_at_a_row_and_counts_what_was_cut(cell, limit):
    cut = cut_markdown(table(500, cell), limit=limit, rest=REST)
    assert len(cut.encode()) <= limit
    rows = [line for line in cut.splitlines() if line.startswith(f"| {cell} |")]
    assert rows == [f"| {cell} | {i} |" for i in range(len(rows))]
    assert f"**Cut here: {500 - len(rows)} more rows didn't fit.** {REST}" in cut
    assert cut.startswith("## BLOCKED\n")


def test_every_limit_is_kept_whatever_it_is():
    text = table(40)
    for limit in range(len(text.encode())):
        assert len(cut_markdown(text, limit=limit, rest=REST).encode()) <= limit


def test_a_heading_or_a_tables_head_is_not_left_without_what_it_announces():
    text = "## BLOCKED\n\n" + "".join(f"### {i}\n\n| a | b |\n|---|---|\n| x | y |\n\n" for i in range(50))
    for limit in range(150, 800):
        body = cut_markdown(text, limit=limit, rest=REST).partition("\n\n**Cut here")[0]
        assert body in {"## BLOCKED"} or body.endswith("| x | y |")


def test_a_folded_part_that_is_cut_is_closed():
    folded = "## BLOCKED\n\n<details><summary>40 cells</summary>\n\n" + table(40).removeprefix("## BLOCKED\n\n")
    cut = cut_markdown(folded + "\n</details>\n", limit=400, rest=REST)
    assert cut.count("<details>") == cut.count("</details>") == 1
    assert cut.index("</details>") < cut.index("**Cut here")


def test_a_block_of_code_is_kept_whole_or_left_out():
    text = "## BLOCKED\n\nWords.\n\n```diff\n" + "- a\n+ b\n" * 20 + "```\n\n" + table(40)
    for limit in range(150, 900, 7):
        cut = cut_markdown(text, limit=limit, rest=REST)
        assert cut.count("```") in {0, 2}
        assert len(cut.encode()) <= limit
    assert "40 more rows" in cut_markdown(text, limit=200, rest=REST)  # lines of code are no rows


def test_list_items_count_as_rows():
    cut = cut_markdown("## X\n\n" + "- item\n" * 100, limit=300, rest=REST)
    kept = cut.count("- item")
    assert f"{100 - kept} more rows" in cut


def test_five_thousand_findings_stay_under_a_mebibyte_and_under_a_comments_limit():
    text = table(5000, "a default that must not ship, with many words about why " * 8)
    assert len(text.encode()) > 1024 * 1024
    for limit in (1024 * 1024 - 1024, 65_000):
        cut = cut_markdown(text, limit=limit, rest=REST)
        assert limit * 0.99 < len(cut.encode()) <= limit


def test_a_hostile_report_forges_no_fold_and_no_end(hostile_report):
    whole = render_markdown(hostile_report)
    for limit in range(600, len(whole.encode()), 97):
        cut = cut_markdown(whole, limit=limit, rest=REST)
        assert len(cut.encode()) <= limit
        openings = re.findall(r"^<details>", cut, re.MULTILINE)
        assert len(openings) == len(re.findall(r"^</details>", cut, re.MULTILINE))
        assert cut.count("**Cut here") == 1
