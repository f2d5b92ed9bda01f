"""The generated reference says what the code says, all of it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import click
import jsonschema
import pytest
import yaml

from docsite.command_line import command_line_page, commands
from docsite.error_list import errors_page, kinds
from docsite.hooks import generated, schema_names
from docsite.markdown import code, page, paragraphs, plain, table
from docsite.rule_list import rules_page
from docsite.schema_tables import schema_page
from docsite.shown import Contents, steps
from gate.cli.main import cli
from gate.cli.schema import schema_of
from gate.errors import GateError
from gate.report.sarif import RULES

TOP = Path(__file__).parents[2]


def rows(text):
    """First cells of all tables."""
    return re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE)


def registered(group, context):
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from (f"{name} {below}" for below in registered(command, click.Context(command, parent=context)))
        else:
            yield name


def test_every_registered_command_has_its_section():
    titles = re.findall(r"^## gate (.+)$", command_line_page(), re.MULTILINE)
    assert titles == list(registered(cli, click.Context(cli)))
    assert {"check", "defaults", "sample build"} <= set(titles)


def test_every_option_is_listed():
    sections = dict(re.findall(r"^## (gate .+?)\n(.*?)(?=^## |\Z)", command_line_page(), re.MULTILINE | re.DOTALL))
    for context in commands():
        for option in context.command.params:
            if isinstance(option, click.Option) and option.help:
                assert any(option.opts[0] in names for names in rows(sections[context.command_path])), option.opts


@pytest.mark.parametrize("name", schema_names())
def test_every_key_of_a_schema_is_listed(name):
    schema = json.loads(schema_of(name))
    objects = [*schema.get("oneOf", [schema]), *schema.get("$defs", {}).values()]
    wanted = sorted(key for one in objects for key in one.get("properties", {}))
    assert sorted(rows(generated()[f"reference/{name}.md"])) == wanted


@pytest.mark.parametrize("name", schema_names())
def test_links_between_objects_lead_to_their_sections(name):
    text = generated()[f"reference/{name}.md"]
    assert set(re.findall(r"\]\((#[\w-]+)\)", text)) <= set(re.findall(r"\{: (#[\w-]+) \}", text))


def written():
    """Files of a kind that has a schema, as pages and fixtures have them, and as an editor reads YAML: days are text."""
    kinds = {"codec-gate.yml": "policy", ".manifest.yaml": "manifest", "spec.yaml": "spec"}
    texts = {
        path: path.read_text()
        for path in [*TOP.glob("fixtures/*/spec.yaml"), TOP / ".github/codec-gate.yml"]
        if path.exists()
    }
    for shown in sorted((TOP / "docs").rglob("*.md")):
        found = (step for step in steps(shown.read_text()) if isinstance(step, Contents))
        texts |= {shown / step.path: step.text for step in found}
    for path, text in texts.items():
        for end, kind in kinds.items():
            if path.name.endswith(end):
                yield pytest.param(kind, text, id=str(path.relative_to(TOP)))


@pytest.mark.parametrize(("kind", "text"), [*written()])
def test_what_pages_tell_to_write_meets_its_schema(kind, text):
    document = json.loads(json.dumps(yaml.safe_load(text), default=str))
    jsonschema.Draft202012Validator(json.loads(schema_of(kind))).validate(document)


def test_the_actions_inputs_and_outputs_are_listed():
    action = yaml.safe_load((TOP / "action.yml").read_text())
    assert rows(generated()["reference/action-inputs.md"]) == [*action["inputs"], *action["outputs"]]


def test_every_kind_of_error_is_listed():
    assert rows(errors_page()) == [kind.__name__ for kind in kinds()]
    assert set(kinds()) >= {kind for kind in GateError.__subclasses__() if kind.__module__ == "gate.errors"}


@pytest.mark.parametrize(
    ("schema", "shown"),
    [
        ({"type": "string"}, "text"),
        ({"type": "integer", "minimum": 1}, "whole number (≥ 1)"),
        ({"type": "number", "exclusiveMinimum": 0, "maximum": 100.0}, "number (≤ 100, > 0)"),
        ({"type": "string", "format": "date"}, "date"),
        ({"type": "string", "pattern": "^a|b$"}, "text (matching `^a|b$`)"),
        ({"enum": ["a", "b"], "type": "string"}, "`a` or `b`"),
        ({"const": 1, "type": "integer"}, "`1`"),
        ({"type": "array", "items": {"type": "string"}}, "list of text"),
        ({"type": "object", "additionalProperties": {"type": "boolean"}}, "map to true or false"),
        ({"type": "object", "additionalProperties": False}, "map"),
        ({"anyOf": [{"type": "number"}, {"type": "null"}]}, "number"),
        ({"type": ["string", "number", "null"]}, "text or number"),
        ({"oneOf": [{"$ref": "#/$defs/Waiver"}, {"const": 1}]}, "[Waiver](#waiver) or `1`"),
        ({"anyOf": [{"type": "integer"}, {"type": "string"}]}, "whole number or text"),
        ({"$ref": "#/$defs/Waiver"}, "[Waiver](#waiver)"),
    ],
)
def test_a_type_in_words(schema, shown):
    whole = {"properties": {"key": schema}, "required": ["key"], "$defs": {"Waiver": {"type": "object"}}}
    text = schema_page("x", "X", json.dumps(whole))
    assert f"| `key` | {shown} | required |  |" in text


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "–"),
        ("", '`""`'),
        ([], "`[]`"),
        (5.0, "`5.0`"),
        (False, "`false`"),
        ([{"a": 1, "b": None}], '`[{"a": 1}]`'),
        ("7/9", '`"7/9"`'),
    ],
)
def test_a_default(value, shown):
    text = schema_page("x", "X", json.dumps({"properties": {"key": {"type": "string", "default": value}}}))
    assert f"| `key` | text | {shown} |" in text


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ({"$ref": "#/$defs/Part", "description": "Its own."}, "Its own."),
        ({"$ref": "#/$defs/Part"}, "A part."),
        ({"type": "array", "items": {"$ref": "#/$defs/Part"}}, "A part."),
        ({"anyOf": [{"$ref": "#/$defs/Part"}, {"type": "null"}]}, "A part."),
        ({"type": "string"}, ""),
    ],
)
def test_a_key_without_words_has_those_of_what_it_holds(key, shown):
    part = {"description": "A part.\n\nAnd more.", "type": "object"}
    text = schema_page("x", "X", json.dumps({"properties": {"key": key}, "$defs": {"Part": part}}))
    assert f"| – | {shown} |" in text


def test_text_of_the_code_is_no_markup():
    assert plain("a *b* <c> | d_e `f*g|h`\n  i") == r"a \*b\* &lt;c\> \| d\_e `f*g|h` i"
    assert paragraphs("a\nb\n\n  c") == "a b\n\nc"
    assert code("a") == "`a`"
    assert code("a`b") == "`` a`b ``"


def test_empty_parts_are_left_out():
    assert table(("a",), []) == ""
    assert page("T", "", "x") == "# T\n\nx\n"


def test_every_rule_of_a_report_has_a_fixed_address():
    assert re.findall(r"\{#([a-z-]+)\}", rules_page()) == list(RULES)
