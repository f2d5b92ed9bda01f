"""An explanation as JSON, and its JSON Schema, both made from the Explanation's own fields."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from gate.explanation import Explanation


def render_explanation_json(told: Explanation) -> str:
    """The versioned JSON. ASCII only, so that no name of a pull request can break a consumer's decoder."""
    return json.dumps(dataclasses.asdict(told), indent=2, allow_nan=False) + "\n"


def explanation_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) that every explanation meets."""
    from pydantic import TypeAdapter  # noqa: PLC0415 - only `gate schema` needs it

    schema = TypeAdapter(Explanation).json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "codec-gate explanation"}
