"""A page to HTML: one file with everything in it, and a policy under which nothing but our own script can run."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any, Final

import jinja2
from markupsafe import Markup

from gate.errors import one_line
from gate.report.html.data import page_json
from gate.report.html.heat import heat_map
from gate.report.html.model import SIGNS, Page

_HERE: Final = Path(__file__).parent
_SCRIPTS: Final = ("dom.js", "cells.js", "plot.js", "curves.js", "panel.js", "table.js", "start.js")


def render_page(page: Page) -> str:
    """The whole page as HTML. Text from a pull request is data in it: escaped, on one line, never run."""
    style = _asset("page.css")
    script = "(() => {\n'use strict';\n" + "\n".join(_asset(name) for name in _SCRIPTS) + "})();\n"
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            page=page,
            heat=heat_map(page.cells),
            data=Markup(page_json(page)),  # noqa: S704 - escaped_json lets no sign of HTML through
            style=Markup(style),  # noqa: S704 - our own file
            script=Markup(script),  # noqa: S704 - our own files
            policy=_content_policy(style, script),
        )
    )


def _content_policy(style: str, script: str) -> str:
    """No network, no forms, no frames, no eval: the one style and the one script that the page is made with."""
    return (
        f"default-src 'none'; style-src 'sha256-{_digest(style)}'; script-src 'sha256-{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")


def _asset(name: str) -> str:
    return (_HERE / "assets" / name).read_text(encoding="utf-8")


def _environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_shown,
    )
    made.globals["signs"] = SIGNS
    return made


def _shown(value: Any) -> Any:
    """Control and bidirectional signs of data as escapes: text can't pretend to be other text."""
    return one_line(value) if isinstance(value, str) and not isinstance(value, Markup) else value
