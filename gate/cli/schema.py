"""`gate schema`: the JSON Schemas of what users write and read."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import click

from gate.cli.output import PASSED, write
from gate.evidence.measure.spec import spec_schema
from gate.evidence.sample.manifest import manifest_schemas
from gate.policy.schema import Policy
from gate.report.failure import ERROR_SCHEMA
from gate.report.json import explanation_schema, report_schema

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


@click.command()
@click.argument("name", type=click.Choice(["policy", "report", "manifest", "spec", "explain", "error"]))
def schema(name: str) -> int:
    """Print the JSON Schema of a policy, a report, a manifest, a sweep's spec, an explanation or an error."""
    write(schema_of(name), None)
    return PASSED


def schema_of(name: str) -> str:
    """The schema called `policy`, `report`, `manifest`, `spec`, `explain` or `error`, as JSON text."""
    made: Mapping[str, Callable[[], dict[str, Any]]] = {
        "policy": _policy,
        "report": report_schema,
        "manifest": _manifest,
        "spec": spec_schema,
        "explain": explanation_schema,
        "error": lambda: ERROR_SCHEMA,
    }
    return json.dumps(made[name](), indent=2) + "\n"


def _policy() -> dict[str, Any]:
    return {"$schema": _DIALECT, **Policy.model_json_schema(), "title": "codec-gate policy"}


def _manifest() -> dict[str, Any]:
    """Either manifest; which one a document is, its `schema` says."""
    made = manifest_schemas()
    definitions = {key: value for part in made.values() for key, value in part.pop("$defs", {}).items()}
    return {"$schema": _DIALECT, "title": "codec-gate manifests", "oneOf": list(made.values()), "$defs": definitions}
