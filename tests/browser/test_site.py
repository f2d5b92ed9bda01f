"""The documentation from a disk, and the README, in a real browser without a network: search, copying, narrow screens."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from mkdocs.commands.build import build
from mkdocs.config import load_config
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from tests.browser.conftest import READY, Tab

pytestmark = pytest.mark.skipif(not READY, reason="Chromium or axe-core isn't installed: tests/browser/setup.sh")

TOP = Path(__file__).parents[2]
QUERY, RESULTS = "[data-md-component=search-query]", ".md-search-result__link"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    build(load_config(str(TOP / "mkdocs.yml"), site_dir=str(folder)))
    return folder


@pytest.fixture
def at(driver):
    def opened(page, width):
        tab = Tab(driver=driver, url=page.as_uri())
        tab.resize(width)
        tab.prefer("light")  # on screen: the test before may have looked at paper
        tab.console()
        tab.requests()
        driver.get(tab.url)
        return tab

    return opened


@pytest.mark.parametrize("word", ["undetermined", "waiver", "CAVLC"])
def test_the_search_finds_a_word_from_a_disk(site, at, word):
    tab = at(site / "how-to/work-offline.html", 1200)
    tab.one(QUERY).send_keys(word)
    WebDriverWait(tab.driver, 20).until(lambda _: tab.count(RESULTS))
    assert tab.console() == []
    assert [address for address in tab.requests() if not address.startswith(("file:", "data:"))] == []
    tab.driver.get(tab.one(RESULTS).get_attribute("href"))
    assert word.lower() in tab.one("article").text.lower()


def test_a_code_blocks_button_copies_its_commands_and_nothing_that_they_print(site, at):
    tab = at(site / "how-to/waive-a-loss.html", 1200)
    (block,) = [one for one in tab.driver.find_elements("css selector", ".highlight") if "PASSED" in one.text]
    tab.run("arguments[0].scrollIntoView({block: 'center'})", block)
    button = block.find_element("css selector", "button")
    ActionChains(tab.driver).move_to_element(block).click(button).perform()
    WebDriverWait(tab.driver, 10).until(lambda _: "Copied" in tab.one(".md-dialog").text)
    tab.one(QUERY).click()
    tab.one(QUERY).send_keys(Keys.CONTROL, "v")
    assert tab.one(QUERY).get_attribute("value") == "gate check --trust main --as-of 2027-01-30"


WIDER = """
    const inner = document.documentElement.clientWidth
    const cut = node => { for (let up = node.parentElement; up; up = up.parentElement)
        if (getComputedStyle(up).overflowX !== "visible" && up.tagName !== "BODY") return up.clientWidth; return inner }
    return [document.documentElement.scrollWidth > inner ? "the page" : "",
        ...Array.from(document.querySelectorAll("article img, article svg, article iframe, main img"))
            .filter(one => one.getBoundingClientRect().width > cut(one)).map(one => one.outerHTML)].filter(Boolean)
"""


def test_no_page_and_no_picture_is_wider_than_a_telephone(site, at):
    found = {}
    for page in sorted(site.rglob("*.html")):
        tab = at(page, 400)
        found[page.name] = tab.run(WIDER)
        drawn = tab.run("return Array.from(document.querySelectorAll('pre'), pre => pre.innerText)")
        found[page.name] += [text for text in drawn if re.search("[─│┌┐└┘►▼]", text)]  # characters can't wrap
    assert len(found) > 25
    assert {name: wide for name, wide in found.items() if wide} == {}


@pytest.mark.parametrize("width", [400, 1012])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_readme_stands_on_its_page_with_its_picture(at, tmp_path, width, scheme):
    """As GitHub lays it out: pictures and code blocks are as wide as the page at most, and code scrolls."""
    body = MarkdownIt("commonmark", {"html": True}).enable("table").render((TOP / "README.md").read_text())
    style = "img { max-width: 100% } pre { overflow: auto } body { margin: 16px; overflow-wrap: break-word }"
    page = tmp_path / "readme.html"
    page.write_text(f'<!doctype html><base href="{TOP.as_uri()}/"><style>{style}</style><main>{body}</main>')
    tab = at(page, width)
    tab.prefer(scheme)
    assert tab.run(WIDER) == []
    natural, drawn = tab.run("const one = document.images[0]; return [one.naturalWidth, one.width]")
    assert natural >= drawn > width / 2
