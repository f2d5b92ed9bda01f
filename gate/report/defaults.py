"""What adapters emit by default, as JSON and as a table for people."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from gate.adapters.model import Adapter, Defaults
from gate.errors import one_line
from gate.model import Emission, Location, Point, Unresolved
from gate.report.text import paper, written


def render_defaults_json(defaults: Defaults) -> str:
    """A list with one object per adapter, in the registry's order. ASCII only."""
    return json.dumps([_adapter(adapter) for adapter in defaults.adapters.values()], indent=2) + "\n"


def _adapter(adapter: Adapter) -> dict[str, Any]:
    certain = [emission for emission in adapter.at_default.values() if not emission.condition]
    return {
        "key": adapter.key,
        "name": adapter.name,
        "encoder": adapter.encoder,
        "path": adapter.where.path,
        "line": adapter.where.line,
        "quality_knob": adapter.quality_knob,
        "quality_default": _number(adapter.quality_default),
        "presets": list(adapter.presets),
        "argv": {emission.preset: _texts(emission)[0] for emission in certain},
        "extra": {emission.preset: _texts(emission)[1] for emission in certain},
        "conditional": [_conditional(emission) for emission in adapter.at_default.values() if emission.condition],
        "raises": [
            {
                "preset": raised.preset,
                "exception": raised.exception,
                "message": raised.message,
                "path": raised.where.path,
                "line": raised.where.line,
            }
            for raised in adapter.raised
        ],
        "points": [_point(point) for point in adapter.points],
        "notices": [
            {"text": text, "presets": presets, "path": where.path, "line": where.line}
            for (text, where), presets in adapter.notices.items()
        ],
        "unresolved": [_unresolved(part) for part in adapter.unresolved],
    }


def _conditional(emission: Emission) -> dict[str, Any]:
    argv, extra = _texts(emission)
    return {"preset": emission.preset, "condition": emission.condition, "argv": argv, "extra": extra}


def _texts(emission: Emission) -> tuple[list[str], list[str]]:
    return [token.text for token in emission.argv], [token.text for token in emission.extra]


def _point(point: Point) -> dict[str, Any]:
    at = point.at
    return {
        "adapter_preset": point.adapter_preset,
        "codec": at.codec,
        "rc_mode": at.rc_mode,
        "preset": at.preset,
        "q": at.q,
        "knobs": dict(at.knobs),
        "context": dict(at.context),
        "condition": point.condition,
    }


def _unresolved(part: Unresolved) -> dict[str, Any]:
    return {"preset": part.preset, "path": part.where.path, "line": part.where.line, "reason": part.reason}


def _number(text: str) -> int | str:
    return int(text) if text.removeprefix("-").isdigit() and len(text) < 19 else text


def render_defaults_text(defaults: Defaults, *, width: int, color: bool) -> str:
    """One line per operating point, its context in brackets; presets that emit the same share it."""
    console = paper(width=width, color=color)
    console.print(
        Text("  rate control and quality, encoder preset, knobs [context], the adapter's presets", style="dim")
    )
    for adapter in defaults.adapters.values():
        title = Text(one_line(adapter.key), style="bold")
        title.append(f"  {one_line(str(adapter.where))}", style="dim")
        console.print(title)
        console.print(_points(adapter))
        for line in _remarks(adapter):
            console.print(Text(f"  {one_line(line)}", style="yellow"))
    for part in defaults.unresolved:
        console.print(Text(one_line(f"can't be read: {part.reason} ({part.where})"), style="red"))
    return written(console)


def _points(adapter: Adapter) -> Table:
    grouped: dict[tuple[object, str], list[str]] = {}
    for point in adapter.points:
        grouped.setdefault((point.at, point.condition), []).append(point.adapter_preset)
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for point in _firsts(adapter.points):
        at = point.at
        names = ", ".join(name for name in grouped[(at, point.condition)] if name)
        knobs = " ".join(f"{name}={value}" for name, value in at.knobs) or "bare"
        knobs += "".join(f" [{name}={value}]" for name, value in at.context)
        condition = f" ({point.condition})" if point.condition else ""
        cells = (f"  {at.rc_mode or '?'} q={at.q or '–'}", f"preset {at.preset or '–'}", knobs + condition, names)
        table.add_row(*(Text(one_line(cell)) for cell in cells))
    return table


def _firsts(points: Sequence[Point]) -> list[Point]:
    return list({(point.at, point.condition): point for point in reversed(points)}.values())[::-1]


def _remarks(adapter: Adapter) -> list[str]:
    raised: dict[tuple[str, Location], list[str]] = {}
    for part in adapter.raised:
        raised.setdefault((part.exception, part.where), []).append(part.preset)
    lines = [] if adapter.points or adapter.unresolved or adapter.raised else ["emits nothing: it has no presets"]
    for (what, where), names in raised.items():
        lines.append(f"emits nothing at {', '.join(names)}: raises {what} ({where})")
    lines += [f"{text} ({where})" for text, where in adapter.notices]
    return lines + [f"can't be read: {part.reason} ({part.where})" for part in adapter.unresolved]
