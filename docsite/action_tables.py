"""The reference of the action's inputs and outputs, from action.yml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from docsite.markdown import code, page, plain, table

ACTION = Path(__file__).parents[1] / "action.yml"


def action_page() -> str:
    """Inputs and outputs, each with its default and its own description."""
    action: dict[str, Any] = yaml.safe_load(ACTION.read_text(encoding="utf-8"))
    inputs = [
        (code(name), code(str(given["default"])) if given["default"] else "–", plain(given["description"]))
        for name, given in action["inputs"].items()
    ]
    outputs = [(code(name), plain(given["description"])) for name, given in action["outputs"].items()]
    return page(
        "Inputs and outputs of the action",
        "Made from `action.yml`. How the action is used, and what it needs: [The GitHub Action](../action.md).",
        "## Inputs",
        table(("input", "default", "meaning"), inputs),
        "Beside a policy on the target branch, inputs can only be stricter. A looser one ends in *could not judge*.",
        "## Outputs",
        table(("output", "meaning"), outputs),
    )
