"""The detector of the built-in software evidence is the one whose figures stand in the documentation."""

from __future__ import annotations

from pathlib import Path

from gate.policy.load import default_policy
from tests.simulation.check_detectors import CHOSEN


def test_the_simulation_asks_its_criteria_of_what_ships() -> None:
    detectors = {part.builtin: part.detector for part in default_policy().policy.samples}
    assert detectors == {"measured": CHOSEN, "research-0080": None}
    figures = (Path(__file__).parents[2] / "docs/detector-figures.md").read_text(encoding="utf-8")
    assert f"`{CHOSEN}`, by which the built-in software evidence is judged, meets both criteria." in figures
