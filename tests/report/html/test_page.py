"""One file, nothing from elsewhere, and no text in it that could act."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest

from gate.report.html.page import render_page
from tests.report.html.made import CAPTION, page

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)>'\"&\u2028\u202e\x1b"
REFERENCES = {"src", "srcset", "data", "action", "formaction", "background", "poster", "xlink:href"}
Element = tuple[str, dict[str, str | None], list[str]]
VOID = {"meta", "br", "img", "link", "input", "hr"}


class Elements(HTMLParser):
    """Every element of a page with its attributes and its own text."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.found: list[Element] = []
        self.open: list[Element] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        element: Element = (tag, dict(attrs), [])
        self.found.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag, f"</{tag}> closes something else"

    def handle_data(self, data):
        if self.open:
            self.open[-1][2].append(data)

    def of(self, tag):
        return [(attributes, "".join(text)) for name, attributes, text in self.found if name == tag]


@pytest.fixture(params=["plain", "hostile"])
def elements(request):
    """A page, and the same with hostile text wherever text can come from outside."""
    name = {"plain": "toy", "hostile": HOSTILE}[request.param]
    return Elements(render_page(page(name=name, warnings=(f"{name} is RECONSTRUCTED.",))))


def test_it_is_whole_and_refers_to_nothing_outside(elements):
    assert elements.open == []
    for tag, attributes, _ in elements.found:
        assert not REFERENCES & attributes.keys(), tag
        assert attributes.get("href", "#").startswith("#")
        assert not [name for name in attributes if name.startswith("on")]
        assert "style" not in attributes, "the policy would refuse it"
    assert {tag for tag, *_ in elements.found}.isdisjoint({"link", "img", "iframe", "object", "embed", "form", "base"})


def test_the_policy_allows_the_page_s_own_style_and_script_and_nothing_else(elements):
    policy = next(attributes["content"] for attributes, _ in elements.of("meta") if attributes.get("http-equiv"))
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    ((_, style),) = elements.of("style")
    (data, _), (own, script) = elements.of("script")

    def digest(text):
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    assert data == {"type": "application/json", "id": "data"}
    assert own == {}
    assert rules == {
        "default-src": "'none'", "style-src": digest(style), "script-src": digest(script), "base-uri": "'none'",
        "form-action": "'none'",
    }  # fmt: skip
    assert "url(http" not in style
    assert not re.search(r"\beval\b|new Function|innerHTML|outerHTML|insertAdjacent|document\.write|fetch\(", script)


def test_the_first_words_are_the_verdict_and_then_the_warning(elements):
    order = [tag for tag, *_ in elements.found]
    assert elements.of("h1")[0][1].startswith("BLOCKED: ")
    assert order.index("h1") < order.index("strong")
    assert "RECONSTRUCTED" in elements.of("strong")[0][1]


def test_control_signs_of_data_are_shown_not_obeyed():
    text = render_page(page(name=HOSTILE))
    assert not {"\u202e", "\u2028", "\x1b"} & set(text)
    assert "\\u202e" in text


def test_the_evidence_is_described_once_and_each_square_is_a_button():
    elements = Elements(render_page(page()))
    assert [text for _, text in elements.of("dd")] == ["Take it back.", CAPTION]
    squares = [attributes for attributes, _ in elements.of("button") if "data-cell" in attributes]
    assert [square["data-cell"] for square in squares] == ["0", "1"]
    assert {square["type"] for square in squares} == {"button"}


def test_what_needs_no_script_is_there_without_one():
    text = " ".join(re.sub(r"<script.*?</script>|<style.*?</style>", "", render_page(page()), flags=re.DOTALL).split())
    for said in (
        "Take it back.",
        "- a",
        "+ toy",
        "<b>1 of 1</b>",
        " structural",
        "Evidence",
        "<caption>Codecs</caption>",
    ):
        assert said in text


def test_a_page_without_cells_has_no_map_and_no_data():
    elements = Elements(render_page(page(cells=())))
    assert len(elements.of("script")) == 1
    assert not [attributes for attributes, _ in elements.of("table") if attributes.get("id") == "map"]


def test_the_same_page_is_the_same_file():
    assert render_page(page()) == render_page(page())


def test_data_is_json():
    data = json.loads(Elements(render_page(page(name=HOSTILE))).of("script")[0][1])
    assert data["cells"]["hits"] == [2, 0]
