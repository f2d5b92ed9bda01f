"""HTML reports: how big, how long to make, and how long until they answer in headless Chromium."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

from fixtures.pages import change_html, sweep_html
from tests.browser.chromium import chromium

LOADS = 5
LIMIT_BYTES, LIMIT_MS = 3_000_000, 1_000


def main() -> None:
    """Print each page's figures beside their limits. Times are of fresh loads: from navigation to the last handler."""
    heads = ("bytes", "of limit", "made in s", "interactive ms (median, worst)", "of limit")
    print(f"{'page':24} {heads[0]:>10} {heads[1]:>9} {heads[2]:>10} {heads[3]:>32} {heads[4]:>9}")
    for name, make in (("whole reconstruction", sweep_html), ("change of 500 cells", partial(change_html, 500))):
        _measure(name, make)


def _measure(name: str, make: Callable[[], str]) -> None:
    began = time.perf_counter()
    html = make()
    made = time.perf_counter() - began
    times = _loads(html)
    size = len(html.encode())
    said = f"{median(times):.0f}, {max(times):.0f}"
    print(f"{name:24} {size:10,} {size / LIMIT_BYTES:9.0%} {made:10.2f} {said:>32} {max(times) / LIMIT_MS:9.0%}")


def _loads(html: str) -> list[float]:
    """Milliseconds of each load, each in a browser of its own: nothing compiled before helps the next."""
    times = []
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "report.html"
        page.write_text(html, encoding="utf-8")
        for _ in range(LOADS):
            with chromium() as driver:
                driver.get(page.as_uri())
                times.append(driver.execute_script("return performance.getEntriesByName('interactive')[0].startTime"))
    return times


if __name__ == "__main__":
    main()
