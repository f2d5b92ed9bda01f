"""JSON Schemas as tables: one per kind of object, each key with its type, default and meaning."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from docsite.markdown import code, page, paragraphs, plain, table

Schema = Mapping[str, Any]

_PLAIN = {"integer": "whole number", "number": "number", "string": "text", "boolean": "true or false", "null": "null"}
_LIMITS = {
    "minimum": "≥ {}",
    "maximum": "≤ {}",
    "exclusiveMinimum": "> {}",
    "exclusiveMaximum": "< {}",
    "pattern": "matching {}",
}


def schema_page(name: str, title: str, text: str) -> str:
    """The page of the schema that `gate schema NAME` prints as `text`."""
    schema = json.loads(text)
    parts: Mapping[str, Schema] = schema.get("$defs", {})
    tops = schema.get("oneOf", [{**schema, "title": "Top level"}])
    sections = [_section(top, str(top["title"]), parts) for top in tops]
    sections += [_section(part, key, parts) for key, part in sorted(parts.items())]
    return page(title, f"Made from what `gate schema {name}` prints, which is what programs should read.", *sections)


def _section(schema: Schema, title: str, known: Mapping[str, Schema]) -> str:
    needed = schema.get("required", ())
    rows = [
        (code(key), _type(part), "required" if key in needed else _default(part), plain(_meaning(part, known)))
        for key, part in schema.get("properties", {}).items()
    ]
    parts = [
        f"## {title} {{: #{anchor(title)} }}",
        paragraphs(schema.get("description", "")),
        "" if rows else f"{_type(schema)}.",
        table(("key", "type", "default", "meaning"), rows),
    ]
    return "\n\n".join(part for part in parts if part)


def _meaning(schema: Schema, known: Mapping[str, Schema]) -> str:
    """The key's own description, else the first sentence on the object that it holds, or of which it is a list."""
    if "description" in schema:
        return str(schema["description"])
    held = [schema, schema.get("items", {}), *schema.get("anyOf", ())]
    names = (part["$ref"].rsplit("/", 1)[1] for part in held if "$ref" in part)
    return next((known[name].get("description", "").split("\n\n", 1)[0] for name in names), "")


def _default(schema: Schema) -> str:
    if schema.get("default") is None:
        return "–"
    return code(json.dumps(_said(schema["default"]), ensure_ascii=False))


def _said(value: Any) -> Any:
    """A default without the keys that it leaves out."""
    if isinstance(value, Mapping):
        return {key: _said(part) for key, part in value.items() if part is not None}
    return [_said(part) for part in value] if isinstance(value, list) else value


def anchor(title: str) -> str:
    """The identifier of an object's section."""
    return title.lower().replace(" ", "-")


def _type(schema: Schema) -> str:
    """What a value may be, in words; an object of its own is linked."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return f"[{name}](#{anchor(name)})"
    for word in ("anyOf", "oneOf"):
        if word in schema:
            return " or ".join(_type(part) for part in schema[word] if part != {"type": "null"})
    if "const" in schema:
        return code(str(schema["const"]))
    if "enum" in schema:
        return " or ".join(code(str(value)) for value in schema["enum"])
    if isinstance(schema.get("type"), list):
        return " or ".join(_type({**schema, "type": kind}) for kind in schema["type"] if kind != "null")
    return _container(schema) if schema.get("type") in {"array", "object"} else _simple(schema)


def _container(schema: Schema) -> str:
    if schema["type"] == "array":
        if "prefixItems" in schema:
            return "list of " + ", ".join(_type(part) for part in schema["prefixItems"])
        return f"list of {_type(schema['items'])}" if "items" in schema else "list"
    values = schema.get("additionalProperties")
    return f"map to {_type(values)}" if isinstance(values, Mapping) and values else "map"


def _simple(schema: Schema) -> str:
    kind = schema.get("type")
    if kind is None:
        return "anything"
    words = "date" if schema.get("format") == "date" else _PLAIN[kind]
    limits = list(_limits(schema))
    return f"{words} ({', '.join(limits)})" if limits else words


def _limits(schema: Schema) -> Iterator[str]:
    for key, words in _LIMITS.items():
        if key in schema:
            value = schema[key]
            yield words.format(code(value) if isinstance(value, str) else f"{value:g}").replace("<", "&lt;")
