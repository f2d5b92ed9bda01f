"""Every evasion is read as an import would read it, or is unresolved; none is missed."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


def _table() -> ModuleType:
    spec = importlib.util.spec_from_file_location("evasions", Path(__file__).with_name("evasions.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


CASES = _table().CASES


def edited(package: dict[str, str], edits: tuple[tuple[str, ...], ...]) -> dict[str, str]:
    """The package with a case's edits made."""
    files = dict(package)
    for name, *change in edits:
        text = files.get(name, "")
        assert len(change) == 1 or change[0] in text
        files[name] = text + change[0] if len(change) == 1 else text.replace(change[0], change[1])
    return files


@pytest.mark.parametrize(("edits", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_an_evasion_is_read_right_or_unresolved(
    edits: tuple[tuple[str, ...], ...], expected: str, package: dict[str, str], sandbox: Any, compare: Any
) -> None:
    files = edited(package, edits)
    result = compare(files, sandbox([files])[0])
    assert result.mismatches == ()
    assert ("unresolved" if result.unresolved else "right") == expected
