"""Every report as JSON."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from gate.judge.model import Explanation, Report


def render_json(report: Report) -> str:
    """The versioned JSON report. ASCII only, so that no path of a pull request can break a consumer's decoder.

    On one line: laying it out would take longer than judging, and a report of thousands of cells twice the size.
    """
    return json.dumps(report, default=_fields, allow_nan=False) + "\n"


def report_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) that every JSON report meets."""
    from pydantic import TypeAdapter  # noqa: PLC0415 - only `gate schema` needs it

    schema = TypeAdapter(Report).json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "codec-gate report"}


def _fields(value: Any) -> dict[str, Any]:
    """A dataclass as its fields; nothing else in a report is unknown to `json`."""
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


def render_explanation_json(told: Explanation) -> str:
    """The versioned JSON. ASCII only, so that no name of a pull request can break a consumer's decoder."""
    return json.dumps(dataclasses.asdict(told), indent=2, allow_nan=False) + "\n"


def explanation_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) that every explanation meets."""
    from pydantic import TypeAdapter  # noqa: PLC0415 - only `gate schema` needs it

    schema = TypeAdapter(Explanation).json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "codec-gate explanation"}
