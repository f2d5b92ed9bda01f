"""Markdown reports as GitHub renders them: by cmark-gfm, and their charts by Mermaid's own parser."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from gate.report.cut import cut_markdown
from gate.report.markdown import render_markdown

FOLDER = Path(os.environ.get("CODEC_GATE_MERMAID") or Path(__file__).parent / ".mermaid") / "node_modules"
CMARK = shutil.which("cmark-gfm")
NEEDS_CMARK = pytest.mark.skipif(CMARK is None, reason="cmark-gfm isn't installed: apt-get install cmark-gfm")
NEEDS_MERMAID = pytest.mark.skipif(
    not (FOLDER / "mermaid").exists(), reason="Mermaid isn't installed: tests/markdown/setup.sh"
)
FENCE = re.compile(r"^```mermaid\n(.*?)\n```$", re.MULTILINE | re.DOTALL)


def html(markdown):
    """What cmark-gfm makes of it, with GitHub's extensions; raw HTML is let through, to see what data could do."""
    assert CMARK is not None
    extensions = [part for name in ("table", "autolink", "strikethrough", "tagfilter") for part in ("-e", name)]
    done = subprocess.run([CMARK, "--unsafe", *extensions], input=markdown, capture_output=True, text=True, check=True)
    return done.stdout


def parsed(texts):
    """What Mermaid's parser makes of these charts."""
    words = ["node", str(Path(__file__).parent / "parse.mjs"), str(FOLDER)]
    done = subprocess.run(words, input=json.dumps(texts), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@NEEDS_CMARK
def test_tables_folds_and_code_are_what_they_should_be(named_report):
    _, report = named_report
    markdown = render_markdown(report)
    shown = html(markdown)
    tables = len(re.findall(r"^\|[ :|-]+\|$", markdown, re.MULTILINE))
    assert shown.count("<table>") == tables
    assert shown.count("<details>") == shown.count("</details>") == markdown.count("<details>")
    assert shown.count("<pre>") == markdown.count("\n```") / 2
    words = re.sub(r"<(pre|code)[^>]*>.*?</\1>", "", shown, flags=re.DOTALL)
    assert not re.search(r"^(<p>)?\|", words, re.MULTILINE)  # a row that isn't in its table
    assert "`" not in re.sub(r"`(?:detector: )?\w+`", "", words)


@NEEDS_CMARK
def test_hostile_text_makes_no_element_and_no_link(hostile_report):
    shown = html(render_markdown(hostile_report))
    allowed = {"h2", "h3", "blockquote", "p", "table", "thead", "tbody", "tr", "th", "td", "code", "pre", "strong"}
    allowed |= {"details", "summary", "ul", "li", "em"}
    assert {name.lower() for name in re.findall(r"<([A-Za-z][A-Za-z0-9]*)", shown)} <= allowed
    words = re.sub(r"<(pre|code)[^>]*>.*?</\1>", "", shown, flags=re.DOTALL)
    assert "@everyone" not in words
    assert "http://evil" not in words


@NEEDS_CMARK
@pytest.mark.parametrize("limit", [1500, 3000, 5000, 8000])
def test_a_cut_report_still_renders(hostile_report, limit):
    shown = html(cut_markdown(render_markdown(hostile_report), limit=limit, rest="The rest is elsewhere."))
    assert shown.count("<details>") == shown.count("</details>")
    assert shown.rstrip().endswith("The rest is elsewhere.</p>")


@NEEDS_MERMAID
def test_mermaid_reads_every_chart(named_report):
    name, report = named_report
    texts = FENCE.findall(render_markdown(report))
    assert bool(texts) == (name in {"blocked", "advisory"})
    for chart in parsed(texts):
        assert chart["type"] == "xychart"
        assert chart["title"] == "VMAF lost per clip, h264_nvenc bf3 at preset p1, vbr 2 Mbit/s"
        (bars,) = chart["plots"]
        assert [source for source, _ in bars["data"]] == chart["categories"]
        assert [lost for _, lost in bars["data"]] == [3.0 + at for at in range(9)]


@NEEDS_MERMAID
def test_mermaid_takes_hostile_names_for_names(hostile_report):
    texts = FENCE.findall(render_markdown(hostile_report))
    assert len(texts) == 1
    (chart,) = parsed(texts)
    assert len(chart["categories"]) == len(chart["plots"][0]["data"]) == 9
    assert [plot["type"] for plot in chart["plots"]] == ["bar"]


@NEEDS_MERMAID
def test_mermaid_refuses_what_is_no_chart():
    (chart,) = parsed(['xychart-beta\n    bar ["a"'])
    assert "Parse error" in chart["error"]
