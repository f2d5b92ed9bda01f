"""A real Chromium without a network, and the pages that it opens."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fixtures.pages import BLOCKS, blocks, change_html, hostile_html, sweep_html
from gate.cli.main import run
from tests.browser.chromium import chromium

AXE = Path(os.environ.get("CODEC_GATE_AXE") or Path(__file__).parent / ".axe") / "node_modules/axe-core/axe.min.js"
MADE = {"sweep": sweep_html, "change": lambda: change_html(500), "hostile": hostile_html}
RUNS = {
    "check": ("check",),
    "explain-change": ("explain", "--change", "codec_adapters/h264_nvenc.py"),
    "explain-cell": ("explain", "libx264", "crf", "cavlc", "medium", "26"),
    "error": ("check", "--policy", "nowhere.yml"),
}
"""Of a repository with three real changes."""
PAGES = (*MADE, *RUNS)
WITH_CELLS = tuple(name for name in PAGES if name != "error")
READY = AXE.exists() and all(map(shutil.which, ("chromium", "chromedriver")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """One page in the browser."""

    driver: Any
    url: str

    def run(self, script: str, *args: Any) -> Any:
        """What a function body returns in the page."""
        return self.driver.execute_script(script, *args)

    def count(self, selector: str) -> int:
        """How many elements a selector finds."""
        return len(self.driver.find_elements("css selector", selector))

    def one(self, selector: str) -> Any:
        """The first element that a selector finds."""
        return self.driver.find_element("css selector", selector)

    def press(self, selector: str) -> None:
        """A press with the mouse, wherever the element stands."""
        self.run("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", self.one(selector))
        self.one(selector).click()

    def resize(self, width: int, height: int = 900) -> None:
        """Give the window this size in CSS pixels."""
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False},
        )

    def prefer(self, scheme: str, media: str = "") -> None:
        """Let the system prefer light or dark, on screen or on paper."""
        features = [
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": features})

    def console(self) -> list[str]:
        """What the browser complained of since it was last asked."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self) -> list[str]:
        """Every address that was asked for since it was last asked, the page's own left out."""
        events = (json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance"))
        sent = (event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent")
        return [url for url in sent if url != self.url]


@pytest.fixture(scope="session")
def driver() -> Iterator[Any]:
    """One browser for all tests."""
    with chromium() as made:
        yield made


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """Every page as a file, made once."""
    folder = tmp_path_factory.mktemp("pages")
    top = blocks(folder, *BLOCKS)
    made = {name: folder / f"{name}.html" for name in PAGES}
    for name, page in MADE.items():
        made[name].write_text(page(), encoding="utf-8")
    for name, words in RUNS.items():
        run([*words, "--repo", str(top), "--format", "html", "--output", str(made[name])])
        made[f"{name}.json"] = folder / f"{name}.json"
        run([*words, "--repo", str(top), "--format", "json", "--output", str(made[f"{name}.json"])])
    for name in BLOCKS:
        made[f"first-{name}"] = folder / f"first-{name}.html"
        alone = str(blocks(folder / name, name))
        run(["check", "--repo", alone, "--format", "html", "--output", str(made[f"first-{name}"])])
    return made


@pytest.fixture
def tab(driver: Any, files: Mapping[str, Path], request: pytest.FixtureRequest) -> Tab:
    """The page that the test names (by `parametrize(..., indirect=True)`; the sweep's else), light, 1200 wide."""
    made = Tab(driver=driver, url=files[getattr(request, "param", "sweep")].as_uri())
    made.resize(1200)
    made.prefer("light")
    made.console()
    made.requests()
    driver.get(made.url)
    return made
