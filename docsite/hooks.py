"""What MkDocs calls while it builds: adds the generated reference to the pages and to the navigation."""

from __future__ import annotations

from collections.abc import Mapping

import click
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from docsite.action_tables import action_page
from docsite.command_line import command_line_page
from docsite.error_list import errors_page
from docsite.rule_list import rules_page
from docsite.schema_tables import schema_page
from gate.cli.main import cli
from gate.cli.schema import schema_of

_TITLES = {
    "policy": "Policy file",
    "report": "JSON report",
    "manifest": "Manifests",
    "spec": "Sweep specification",
    "explain": "JSON explanation",
}


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put the generated pages into the navigation, before what stands under Reference already."""
    for entry in config.nav or ():
        if isinstance(entry, dict) and "Reference" in entry:
            entry["Reference"] = [*generated(), *entry["Reference"]]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages."""
    for path, text in generated().items():
        files.append(File.generated(config, path, content=text))
    return files


def generated() -> Mapping[str, str]:
    """Path -> page, in the order of the navigation."""
    return {
        "reference/command-line.md": command_line_page(),
        **{f"reference/{name}.md": schema_page(name, _title(name), schema_of(name)) for name in schema_names()},
        "reference/action-inputs.md": action_page(),
        "reference/errors.md": errors_page(),
        "reference/rules.md": rules_page(),
    }


def schema_names() -> tuple[str, ...]:
    """What `gate schema` knows."""
    command = cli.get_command(click.Context(cli), "schema")
    kinds = (part.type for part in command.params) if command else ()
    return tuple(str(choice) for kind in kinds if isinstance(kind, click.Choice) for choice in kind.choices)


def _title(name: str) -> str:
    return _TITLES.get(name, name.capitalize())
