"""The JSON Schemas of what users write and read: policy, report, manifests, sweep specs."""

from __future__ import annotations

import ast
import inspect
import json
from typing import Any

from gate.evidence.measure.spec import spec_schema
from gate.evidence.sample.manifest import manifest_schemas
from gate.policy import schema as policy_schema
from gate.policy.schema import Policy
from gate.report.json import report_schema

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema_of(name: str) -> str:
    """The schema called `policy`, `report`, `manifest` or `spec`, as JSON text."""
    made = {"policy": _policy, "report": report_schema, "manifest": _manifest, "spec": spec_schema}[name]()
    return json.dumps(made, indent=2) + "\n"


def _policy() -> dict[str, Any]:
    schema = Policy.model_json_schema()
    described = _described()
    for title, part in (("Policy", schema), *schema.get("$defs", {}).items()):
        for key, text in described.get(title, {}).items():
            part["properties"].get(key, {})["description"] = text
    return {"$schema": _DIALECT, **schema, "title": "codec-gate policy"}


def _manifest() -> dict[str, Any]:
    """Either manifest; which one a document is, its `schema` says."""
    made = manifest_schemas()
    definitions = {key: value for part in made.values() for key, value in part.pop("$defs", {}).items()}
    return {"$schema": _DIALECT, "title": "codec-gate manifests", "oneOf": list(made.values()), "$defs": definitions}


def _described() -> dict[str, dict[str, str]]:
    """Class -> field -> the docstring under it, so that the schema says what the source says.

    Pydantic can do this itself, but at every start of the program and not only when somebody asks for the schema.
    """
    own: dict[str, dict[str, str]] = {}
    bases: dict[str, list[str]] = {}
    for node in ast.parse(inspect.getsource(policy_schema)).body:
        if not isinstance(node, ast.ClassDef):
            continue
        pairs = zip(node.body, node.body[1:], strict=False)
        own[node.name] = {
            field.target.id: doc.value.value
            for field, doc in pairs
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
            if isinstance(doc, ast.Expr) and isinstance(doc.value, ast.Constant) and isinstance(doc.value.value, str)
        }
        bases[node.name] = [base.id for base in node.bases if isinstance(base, ast.Name)]
    return {name: {k: v for base in bases[name] for k, v in own.get(base, {}).items()} | own[name] for name in own}
