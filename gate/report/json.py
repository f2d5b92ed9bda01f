"""Every report as JSON: its keys, which stay while the values behind them move, and their JSON Schemas."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from gate.evidence.model import CellDetail
from gate.judge.explain_model import ExplainedCell, Explanation
from gate.judge.model import JudgedCell, JudgedChange, Report
from gate.judge.vet_model import VetReport
from gate.report.explain import subject
from gate.report.first import Loss, losses

_KEY = ("rc_mode", "recipe", "preset", "q")
_COUNTED = ("verdict", "basis", "hits", "holds", "unknown", "mean_delta")
_NAMES = {
    Report: {"details": "exhibits"},
    ExplainedCell: {"judged": "cell", "detail": "exhibit"},
}
"""Where a key isn't its field's name."""


def render_json(report: Report | VetReport) -> str:
    """The versioned JSON report. ASCII only, so that no path of a pull request can break a consumer's decoder.

    On one line: laying it out would take longer than judging, and a report of thousands of cells twice the size.
    """
    return json.dumps(report, default=_object, allow_nan=False) + "\n"


def render_explanation_json(explanation: Explanation) -> str:
    """The versioned JSON of an explanation. ASCII only, as a report's."""
    return json.dumps(explanation, default=_object, indent=2, allow_nan=False) + "\n"


def _object(value: Any) -> dict[str, Any]:
    """A dataclass as an object; nothing else in a report is unknown to `json`."""
    kind = type(value)
    return _OBJECTS[kind](value) if kind in _OBJECTS else _fields(value)


def _fields(value: Any, *without: str) -> dict[str, Any]:
    names = _NAMES.get(type(value), {})
    return {names.get(n, n): getattr(value, n) for n in value.__dataclass_fields__ if n not in without}


def _judged_cell(judged: JudgedCell) -> dict[str, Any]:
    """The cell and its key flat, beside what the policy made of it."""
    cell, key = judged.cell, judged.key
    worst = None if cell.worst_delta is None else {"source": cell.worst_source, "delta": cell.worst_delta}
    return {
        **{name: getattr(key, name) for name in _KEY},
        **{name: getattr(cell, name) for name in _COUNTED},
        "worst": worst,
        "detector": cell.detector,
        "nearest": cell.nearest,
        "interpolated": cell.interpolated,
        "pooled": cell.pooled,
        "screened": cell.screened,
        **_fields(judged, "cell"),
    }


def _explanation(explanation: Explanation) -> dict[str, Any]:
    return {"schema": explanation.schema, "subject": subject(explanation)} | _fields(
        explanation, "schema", "path", "changes"
    )


_OBJECTS: Mapping[type, Callable[[Any], dict[str, Any]]] = {
    JudgedCell: _judged_cell,
    CellDetail: lambda detail: _fields(detail.key) | _fields(detail, "key"),
    JudgedChange: lambda change: _fields(change, "rows") | {"losses": [*losses(change)]},
    Explanation: _explanation,
}


# --- schemas --------------------------------------------------------------------------------------------------------


def report_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) that every JSON report meets."""
    return _schema(Report, "codec-gate report")


def explanation_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) that every explanation meets."""
    return _schema(Explanation, "codec-gate explanation")


def _schema(kind: type, title: str) -> dict[str, Any]:
    """The values' own schema, its objects written as `_object` writes them."""
    from pydantic import TypeAdapter  # noqa: PLC0415 - only `gate schema` needs it

    schema = TypeAdapter(kind).json_schema(mode="serialization")
    parts = schema["$defs"]
    key, cell = (parts.pop(name)["properties"] for name in ("CellKey", "Cell"))
    worst = {"type": "object", "properties": {"source": key["q"], "delta": {"type": "number"}}}
    cell["worst"] = {"anyOf": [worst | {"required": ["source", "delta"]}, {"type": "null"}]}
    parts.pop("CellRow", None)
    if change := parts.get("JudgedChange"):
        own = change["properties"]
        own.pop("rows")
        parts["Loss"] = TypeAdapter(Loss).json_schema(mode="serialization")
        _set(change, own | {"losses": {"type": "array", "items": {"$ref": "#/$defs/Loss"}}})
    told = ("worst", "detector", "nearest", "interpolated", "pooled", "screened")
    cell = {name: (key | cell)[name] for name in (*_KEY, *_COUNTED, *told)}
    for name, flat in (("JudgedCell", cell), ("CellDetail", key)):
        own = parts[name]["properties"]
        _set(parts[name], flat | {field: own[field] for field in own if field not in {"cell", "key"}})
    for of, names in _NAMES.items():
        part = schema if of is kind else parts.get(of.__name__)
        if part is not None:
            _set(part, {names.get(n, n): value for n, value in part["properties"].items()})
    if kind is Explanation:
        own = schema["properties"]
        _set(
            schema,
            {"schema": own["schema"], "subject": own["path"]}
            | {n: own[n] for n in own if n not in {"path", "changes"}},
        )
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": title}


def _set(part: dict[str, Any], properties: Mapping[str, Any]) -> None:
    """Every key of these objects is always there."""
    part["properties"], part["required"] = properties, list(properties)
