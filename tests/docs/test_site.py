"""The built site: no warnings, nothing from elsewhere, and links that lead somewhere."""

from __future__ import annotations

import logging
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from mkdocs.commands.build import build
from mkdocs.config import load_config

from gate.report.sarif import RULES

TOP = Path(__file__).parents[2]

FETCHED = {"src", "srcset", "data", "poster", "action"}  # attributes that a browser fetches from


class Page(HTMLParser):
    """What a page fetches, what it links to, and what can be linked to in it."""

    def __init__(self, text):
        super().__init__()
        self.fetches: list[str] = []
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = {name: value or "" for name, value in attrs}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        self.fetches += [given[name] for name in FETCHED if name in given]
        if "href" in given:
            (self.links if tag == "a" else self.fetches).append(given["href"])


class Warnings(logging.Handler):
    """Keeps what MkDocs warns of."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record):
        self.said.append(record.getMessage())


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The site's folder, and the warnings of its build."""
    site = tmp_path_factory.mktemp("site")
    heard = Warnings()
    log = logging.getLogger("mkdocs")
    log.addHandler(heard)
    try:
        # Strict would end at the first: here all of them are wanted.
        build(load_config(str(TOP / "mkdocs.yml"), site_dir=str(site), strict=False))
    finally:
        log.removeHandler(heard)
    return site, heard.said


@pytest.fixture(scope="module")
def pages(built):
    site, _ = built
    return {path: Page(path.read_text(encoding="utf-8")) for path in sorted(site.rglob("*.html"))}


def elsewhere(address):
    return bool(urlsplit(address).netloc)


def test_it_builds_without_a_warning(built):
    _, said = built
    assert said == []


def test_no_page_fetches_anything_from_elsewhere(pages):
    assert len(pages) > 15
    fetched = {(path.name, address) for path, page in pages.items() for address in page.fetches if elsewhere(address)}
    assert fetched == set()


def test_no_page_makes_a_script_fetch_from_elsewhere(built, pages):
    """Material's script asks a CDN for Mermaid and GitHub for stars, but only where a page holds one of these."""
    site, _ = built
    for path in pages:
        assert not re.search(r'class="mermaid"|data-md-component="source"', path.read_text(encoding="utf-8")), path
    for sheet in site.rglob("*.css"):
        found = re.findall(r"(?:url\(|@import)\s*[\"']?((?:https?:)?//[^\"')\s]+)", sheet.read_text(encoding="utf-8"))
        assert found == [], sheet


def test_links_within_the_site_lead_somewhere(pages):
    broken = []
    for path, page in pages.items():
        if path.name == "404.html":
            continue  # is served at any address, so its links start at the root
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            known = pages[target].anchors if target in pages else None
            if known is None or (parts.fragment and unquote(parts.fragment) not in known):
                broken.append((path.name, link))
    assert broken == []


def test_every_rule_has_its_fixed_address(built, pages):
    site, _ = built
    assert pages[site / "reference/rules.html"].anchors >= RULES.keys()


def test_links_elsewhere_are_https_addresses(pages):
    links = {link for page in pages.values() for link in page.links if urlsplit(link).scheme}
    bad = {link for link in links if not re.fullmatch(r"https://[\w.-]+\.[a-z]{2,}(/[^\s]*)?", link)}
    assert bad == set()
