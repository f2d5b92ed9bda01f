"""The HTML report as people meet it: in a real browser, without a network, by mouse, by keyboard, and read aloud."""

from __future__ import annotations

import json
import re

import pytest
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

from gate.report.wording import delta, target
from tests.browser.conftest import AXE, PAGES, READY, WITH_CELLS
from tests.e2e.test_first_screen import QUESTIONS

pytestmark = pytest.mark.skipif(not READY, reason="Chromium or axe-core isn't installed: tests/browser/setup.sh")

every_page = pytest.mark.parametrize("tab", PAGES, indirect=True)
with_cells = pytest.mark.parametrize("tab", WITH_CELLS, indirect=True)
SOURCES = 9


def status(tab):
    return tab.one("#cells [role=status]").text


def rows(tab):
    return tab.count("#cells tbody tr")


@every_page
def test_it_starts_without_a_complaint_and_without_a_request(tab):
    assert tab.run("return performance.getEntriesByName('interactive').length") == tab.count("#data")
    assert tab.console() == []
    assert tab.requests() == []
    assert tab.run("return performance.getEntriesByType('resource').length") == 0


def test_nothing_but_the_page_s_own_script_could_run(tab):
    """The policy holds: what is put in afterwards is refused, and asks for nothing."""
    refused = tab.driver.execute_async_script("""
        const found = [];
        document.addEventListener('securitypolicyviolation', (event) => found.push(event.effectiveDirective));
        const script = document.createElement('script');
        script.textContent = "document.title = 'broken'";
        const image = new Image();
        image.src = 'https://example.org/x.png';
        const handler = document.createElement('p');
        handler.setAttribute('onclick', "document.title = 'broken'");
        document.body.append(script, image, handler);
        handler.click();
        setTimeout(() => arguments[0](found.sort()), 200);
    """)
    assert refused == ["img-src", "script-src-attr", "script-src-elem"]
    assert tab.run("return document.title") != "broken"


@pytest.mark.parametrize("tab", ["hostile"], indirect=True)
def test_hostile_names_are_text(tab):
    assert tab.run("return document.title").startswith("codec-gate: BLOCKED")
    assert tab.count("img") == 0
    assert tab.count("script") == 2
    tab.press("#cells tbody tr:nth-child(2) button")
    tab.press("#curves details summary")
    assert "<img src=x onerror=" in tab.one("#cell-title").text
    assert "\u202e" not in tab.run("return document.body.textContent")
    assert tab.console() == []


@pytest.mark.parametrize("tab", [f"first-{name}" for name in QUESTIONS], indirect=True)
@pytest.mark.parametrize("width", [800, 1400])
def test_the_first_screen_answers_what_people_ask(tab, width):
    """What changed, where, how bad, how sure, what to do: above the fold of 900 pixels."""
    tab.resize(width, 900)
    tab.driver.refresh()
    above = tab.run("""return [...document.querySelectorAll('h1, main > .warning, .note *')]
        .filter((node) => node.getBoundingClientRect().bottom <= innerHeight).map((node) => node.textContent).join('\\n')""")
    (questions,) = (of for name, of in QUESTIONS.items() if tab.url.endswith(f"first-{name}.html"))
    for question in questions:
        assert re.search(question, above), question


# --- charts ---


def marks(tab, kind, within="#cell"):
    return tab.count(f"{within} [data-mark={kind}]")


def test_a_cell_of_all_sources_has_every_mark(tab):
    cell = tab.run("return JSON.parse(document.getElementById('data').textContent)")
    spoke = sum(value is not None for value in cell["sources"]["second_vmaf"][:SOURCES])
    assert 0 < spoke < SOURCES, "the page's first cell should show both a witness that speaks and one that abstains"
    assert tab.count("#curves svg.plot") == SOURCES
    assert marks(tab, "bar") == SOURCES
    assert marks(tab, "candidate") == marks(tab, "reference") == marks(tab, "hull") == SOURCES
    assert marks(tab, "interpolated") == marks(tab, "interpolated-delta") == spoke
    assert marks(tab, "ladder") == 3 * SOURCES  # presets p1, p4, p7
    assert marks(tab, "rung") == 12 * SOURCES  # of four qualities each
    assert marks(tab, "own-rung") == 4 * SOURCES
    assert marks(tab, "tolerance") == 1


def test_a_mark_stands_where_its_figures_say(tab):
    """The lowest bar of Δ is the longest, and ends where the axis has its value."""
    lengths = [
        float(rect.get_attribute("width")) for rect in tab.driver.find_elements("css selector", "#deltas .bar rect")
    ]
    said = [float(text.text.replace("−", "-")) for text in tab.driver.find_elements("css selector", "#deltas .value")]
    ratio = [length / -value for length, value in zip(lengths, said, strict=True)]
    assert max(ratio) == pytest.approx(min(ratio), rel=0.01)


def test_the_close_view_moves_the_frame_and_keeps_the_marks(tab):
    def place():
        return tab.one("#curves [data-mark=ladder]").get_attribute("d")

    whole, count = place(), marks(tab, "candidate")
    tab.press("#curves .scope button:nth-child(2)")
    assert place() != whole
    assert marks(tab, "candidate") == count
    assert tab.one("#curves .scope button:nth-child(2)").get_attribute("aria-pressed") == "true"
    tab.press("#curves .scope button:nth-child(1)")
    assert place() == whole


def test_each_chart_has_its_figures_as_a_table(tab):
    tab.press("#deltas details summary")
    assert tab.count("#deltas tbody tr") == SOURCES
    tab.press("#curves details summary")
    WebDriverWait(tab.driver, 10).until(lambda _: tab.count("#curves tbody tr") > 12 * SOURCES)


@with_cells
def test_every_figure_says_what_it_rests_on(tab):
    captions = [caption.text for caption in tab.driver.find_elements("css selector", "figure figcaption")]
    assert len(captions) == tab.count("#map") + 2
    for caption in captions:
        assert re.search(r"RECONSTRUCTED|SYNTHETIC|measured, natural", caption)
        assert re.search(r"9 clips.*; a loss is more than 0\.1 VMAF by (nearest, within ±5 %|pooled)", caption)
    if not all("measured, natural" in caption for caption in captions):
        assert re.search(r"RECONSTRUCTED|SYNTHETIC", tab.one("main > .warning").text)


DOUBLED = """
const doubled = [];
for (const chart of document.querySelectorAll('#cell svg')) for (const side of ['x', 'y']) {
  const rows = Map.groupBy(chart.querySelectorAll('.axes text'), (text) => text.getAttribute(side));
  for (const texts of rows.values()) {
    const labels = texts.map((text) => text.textContent);
    if (new Set(labels).size < labels.length) doubled.push(labels.join(' '));
  }
}
return doubled;
"""


@with_cells
@pytest.mark.parametrize("width", [400, 1400])
def test_no_axis_says_a_label_twice(tab, width):
    tab.resize(width)
    tab.driver.refresh()
    for at in range(min(100, tab.count("#cells tbody button") or 1)):
        tab.run("document.querySelectorAll('#cells tbody button')[arguments[0]]?.click()", at)
        assert tab.run(DOUBLED) == []


# --- figures: as the report's JSON has them ---


@pytest.mark.parametrize("tab", ["check"], indirect=True)
def test_the_table_and_the_first_screen_have_the_figures_of_the_report(tab, files):
    report = json.loads(files["check.json"].read_text())
    told = [
        f"Δ worst {delta(loss['worst_delta'])}, median {delta(loss['median_delta'])};"
        for change in report["changes"]
        for loss in change["losses"]
    ]
    page = tab.one("main").text
    assert told
    assert all(said in page for said in told)
    cells = [cell for change in report["changes"] for point in change["points"] for cell in point["cells"]]
    expected = {
        (change["codec"], cell["rc_mode"], cell["recipe"], cell["preset"], target(cell["rc_mode"], cell["q"])): (
            cell["verdict"],
            *(f"{of['hits']}/{of['hits'] + of['holds'] + of['unknown']}" for of in (cell, cell["nearest"], cell["interpolated"])),
            delta(cell["mean_delta"]),
            delta(cell["worst"] and cell["worst"]["delta"]),
        )
        for change in report["changes"]
        for point in change["points"]
        for cell in point["cells"]
    }  # fmt: skip
    rows = [
        [cell.text for cell in row.find_elements("css selector", "th, td")][1:]
        for row in tab.driver.find_elements("css selector", "#cells tbody tr")
    ]
    found = {
        tuple(row[:5]): (row[5].removesuffix(" filler"), *(clips.split(" (")[0] for clips in row[6:9]), *row[9:11])
        for row in rows
    }
    assert len(cells) >= len(found) == len(expected) > 30
    assert found == expected


@pytest.mark.parametrize("tab", ["explain-cell"], indirect=True)
def test_an_explained_cell_has_no_map_and_the_figures_of_the_report(tab, files):
    assert (tab.count("#map"), tab.count("#cells")) == (0, 0)
    (cell,) = json.loads(files["explain-cell.json"].read_text())["cells"]
    sources = cell["exhibit"]["sources"]
    assert [text.text for text in tab.driver.find_elements("css selector", "#deltas .value")] == [
        delta(source["pooled_delta"]) for source in sources
    ]
    tab.press("#deltas details summary")
    rows = [
        [cell.text for cell in row.find_elements("css selector", "td")]
        for row in tab.driver.find_elements("css selector", "#deltas tbody tr")
    ]
    assert [(row[1], row[8], row[10]) for row in rows] == [
        tuple(delta(source[name]) for name in ("pooled_delta", "delta", "interpolated_delta")) for source in sources
    ]


# --- addresses ---


def address(tab, row):
    tab.press(f"#cells tbody tr:nth-child({row}) button")
    return tab.run("return location.hash")


@pytest.mark.parametrize("tab", ["check", "sweep", "hostile"], indirect=True)
def test_a_cell_has_an_address_that_opens_it(tab):
    first = tab.one("#cell-title").text
    second = address(tab, 3)
    title = tab.one("#cell-title").text
    assert title != first or tab.run("return document.querySelectorAll('#cells tbody tr').length") < 4
    assert len(second.split("/")) == 5
    tab.driver.get("about:blank")
    tab.driver.get(tab.url + second)
    assert tab.one("#cell-title").text == title
    tab.run("location.hash = '#nothing/of/the/kind'")
    assert tab.one("#cell-title").text == title
    tab.driver.get("about:blank")
    tab.driver.get(f"{tab.url}#no/such/cell/at/all")
    assert tab.one("#cell-title").text == first


# --- the table of cells ---


def test_filters_narrow_the_table(tab):
    assert status(tab).startswith("1,188 of 1,188 cells")
    assert rows(tab) == 100
    Select(tab.one("#by-verdict")).select_by_value("structural")
    assert status(tab) == "45 of 1,188 cells"
    assert rows(tab) == 45
    Select(tab.one("#by-codec")).select_by_value("hevc_nvenc")
    assert status(tab) == "14 of 1,188 cells"
    tab.one("#by-text").send_keys("p7 vbr")
    shown = [row.text for row in tab.driver.find_elements("css selector", "#cells tbody tr")]
    assert shown
    assert all("hevc_nvenc vbr" in row and "p7" in row for row in shown)
    tab.press(".filters button")
    assert status(tab).startswith("1,188 of 1,188 cells")


def test_text_that_nothing_holds_shows_no_cell(tab):
    tab.one("#by-text").send_keys("nosuchrecipe")
    assert status(tab) == "0 of 1,188 cells"
    assert rows(tab) == 0


def test_more_rows_on_demand(tab):
    tab.press("#more")
    assert rows(tab) == 200
    assert tab.run(
        "return document.activeElement === document.querySelectorAll('#cells tbody tr')[100].querySelector('button')"
    )


def test_columns_sort_both_ways_and_say_so(tab):
    def column(name):
        at = tab.run(
            "return [...document.querySelectorAll('#cells thead tr > *')].findIndex((h) => h.dataset.column === arguments[0])",
            name,
        )
        cells = tab.driver.find_elements("css selector", f"#cells tbody tr > :nth-child({at + 1})")
        return [float(cell.text.replace("−", "-")) for cell in cells if cell.text != "–"]

    tab.press("#cells th[data-column=hits] button")
    assert tab.one("#cells tbody tr td.number").text == "9/9"  # the worst first
    tab.press("#cells th[data-column=worst] button")
    assert tab.one("#cells th[data-column=worst]").get_attribute("aria-sort") == "ascending"
    up = column("worst")
    assert up == sorted(up)
    tab.press("#cells th[data-column=worst] button")
    assert tab.one("#cells th[data-column=worst]").get_attribute("aria-sort") == "descending"
    down = column("worst")
    assert down == sorted(down, reverse=True)
    assert down[0] > up[0]


def test_a_square_of_the_map_shows_its_cells_and_opens_the_worst(tab):
    square = "return [...document.querySelectorAll('#map button')].find((b) => b.textContent.startsWith('h264_nvenc vbr bf3:'))"
    tab.press(f"#map button[data-cell='{tab.run(square).get_attribute('data-cell')}']")
    assert tab.one("#cell-title").text.startswith("h264_nvenc · vbr · bf3")
    assert status(tab) == "12 of 1,188 cells"
    assert Select(tab.one("#by-recipe")).first_selected_option.text == "bf3"


# --- keyboard ---


def press_key(tab, *keys):
    for key in keys:
        tab.driver.switch_to.active_element.send_keys(key)


def focused(tab):
    return tab.run("const e = document.activeElement; return e.id || e.textContent.trim()")


def test_keys_alone_lead_from_the_first_link_to_a_cell_and_back(tab):
    press_key(tab, Keys.TAB)
    assert focused(tab) == "Skip to the report"
    assert tab.one(".skip").is_displayed()
    press_key(tab, Keys.ENTER)
    assert focused(tab) == "main"
    press_key(tab, Keys.TAB, Keys.TAB)
    assert tab.run("return Boolean(document.activeElement.closest('#map'))")
    opener = focused(tab)
    press_key(tab, Keys.ENTER)
    assert focused(tab) == "cell-title"
    assert tab.one("#cell-title").text.split(" · ")[0] == opener.split()[0]
    tab.run("document.getElementById('back').focus()")
    press_key(tab, Keys.ENTER)
    assert focused(tab) == opener


def test_what_has_the_focus_shows_it(tab):
    press_key(tab, Keys.TAB, Keys.TAB)
    assert tab.run("return getComputedStyle(document.activeElement).outlineStyle") == "solid"


# --- looks ---


@every_page
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1400, 400])
def test_axe_finds_nothing(tab, scheme, width):
    tab.prefer(scheme)
    tab.resize(width)
    tab.driver.refresh()
    for summary in tab.driver.find_elements("css selector", "details summary"):
        tab.run("arguments[0].parentElement.open = true", summary)
    tab.driver.execute_cdp_cmd("Page.setBypassCSP", {"enabled": True})
    try:
        tab.driver.execute_cdp_cmd("Runtime.evaluate", {"expression": AXE.read_text(encoding="utf-8")})
        found = tab.driver.execute_async_script(
            "axe.run(document).then(arguments[0], (e) => arguments[0]({error: String(e)}))"
        )
    finally:
        tab.driver.execute_cdp_cmd("Page.setBypassCSP", {"enabled": False})
    assert "error" not in found
    assert len(found["passes"]) > 20
    assert [(broken["id"], broken["impact"], broken["nodes"][0]["html"][:200]) for broken in found["violations"]] == []


WIDE = """
const width = document.documentElement.clientWidth;
const scrolls = (node) => node && (['auto', 'scroll'].includes(getComputedStyle(node).overflowX) || scrolls(node.parentElement));
const shown = (node) => getComputedStyle(node).clipPath === 'none' && !node.closest('.unseen, .skip');
return [...document.querySelectorAll('body *')].filter((node) => shown(node) && !scrolls(node.parentElement))
  .filter((node) => node.getBoundingClientRect().width && node.getBoundingClientRect().right > width + 1)
  .map((node) => `${node.tagName} ${node.className} ${node.textContent.slice(0, 30)}`).slice(0, 5);
"""
PAPER = 718  # CSS pixels between the margins of A4


@every_page
@pytest.mark.parametrize(("width", "media"), [(400, ""), (800, ""), (1400, ""), (PAPER, "print")])
def test_no_element_is_wider_than_its_viewport(tab, width, media):
    """What scrolls in itself, on screen, may be; paper doesn't scroll."""
    tab.prefer("light", media=media)
    tab.resize(width)
    tab.driver.refresh()
    tab.run("for (const details of document.querySelectorAll('details')) details.open = true")
    assert tab.run(WIDE) == []
    assert tab.run("return document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@with_cells
def test_a_chart_is_wide_enough_at_400_pixels(tab):
    tab.resize(400)
    tab.driver.refresh()
    assert float(tab.run("return document.querySelector('svg.plot').clientWidth")) > 300


def test_the_button_turns_light_to_dark_and_back(tab):
    def ground():
        return tab.run("return getComputedStyle(document.body).backgroundColor")

    light = ground()
    tab.press("#theme")
    dark = ground()
    assert light != dark
    assert tab.one("#theme").get_attribute("aria-pressed") == "true"
    tab.press("#theme")
    assert ground() == light
    tab.prefer("dark")
    tab.driver.refresh()
    assert ground() == dark
    tab.press("#theme")
    assert ground() == light


def test_paper_is_white_and_has_no_controls(tab):
    tab.prefer("dark", media="print")
    assert tab.run("return getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    for control in ("#theme", ".filters", ".scope", "#cells tbody button"):
        assert not tab.one(control).is_displayed()
    assert tab.one("#cell-title").is_displayed()
    pdf = tab.driver.execute_cdp_cmd("Page.printToPDF", {})["data"]
    assert len(pdf) > 50_000
