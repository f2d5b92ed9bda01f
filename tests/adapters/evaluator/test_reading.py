"""Edits of the fixture package: evasions end right or unresolved, idioms are read; each beside a real import.

Each line of the two tables is an edit: `edits` of files that count from the package above the adapters (`old` -> `new`,
`append`, `content`, `delete`), after those of `base`; `truth` is what importing gives, under the versions that `python` names.
"""

from __future__ import annotations

import base64
import json
import posixpath
import sys
from pathlib import Path
from typing import Any

import pytest

from gate.adapters.evaluator.harness import without_threads
from gate.adapters.model import Around, Defaults
from gate.adapters.vmaf_tune import read_vmaf_tune
from gate.errors import AdapterError

HERE = Path(__file__).parent
FIXTURES = HERE.parents[2] / "fixtures/adapters/vmaf-tune-shape"
ROOT = "src/vmaftune"
PACKAGE = {f"{ROOT}/{path.relative_to(FIXTURES)}": path.read_bytes() for path in FIXTURES.rglob("*.py")} | {
    f"{ROOT}/__init__.py": b""
}
VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"
Tree = dict[str, bytes]


def table(name: str) -> list[dict[str, Any]]:
    """The cases of one table."""
    return [json.loads(line) for line in (HERE / name).read_text(encoding="utf-8").splitlines()]


def edited(tree: Tree, edits: list[dict[str, Any]]) -> Tree:
    """The tree with edits made."""
    tree = dict(tree)
    for edit in edits:
        path = posixpath.normpath(f"{ROOT}/{edit['file']}")
        if "old" in edit:
            assert tree[path].count(edit["old"].encode()) == 1
            tree[path] = tree[path].replace(edit["old"].encode(), edit["new"].encode())
        elif "append" in edit:
            tree[path] += edit["append"].encode()
        elif "delete" in edit:
            del tree[path]
        else:
            tree[path] = edit["content"].encode() if "content" in edit else base64.b64decode(edit["content_base64"])
    return tree


def read(tree: Tree) -> Defaults:
    """What the reader makes of a tree whose adapters lie in one folder."""
    inside = {path for path in tree if path.startswith(f"{ROOT}/codec_adapters/")}
    sources = {path: tree[path] for path in inside if path.count("/") == 3 and path.endswith(".py")}
    around = Around(listed=dict.fromkeys(tree, ""), read=tree.get)
    return read_vmaf_tune(sources, None, frozenset(inside - sources.keys()), around)


def imported(tree: Tree, sandbox: Any, qualities: list[int]) -> dict[str, Any]:
    """What really importing gives."""
    files: dict[str, Any] = {}
    for path, content in tree.items():
        name = posixpath.relpath(path, f"{ROOT}/codec_adapters")
        files[name] = {"base64": base64.b64encode(content).decode()}
    found: dict[str, Any] = sandbox([files], qualities)[0]
    return found


def argv(found: Defaults, key: str, preset: str, quality: int | None) -> list[str] | str | None:
    """What an adapter emits as read; `?` where it isn't known, None where it emits nothing."""
    adapter = found.adapters.get(key)
    if adapter is None or found.unresolved or found.foreign:
        return "?"
    if any(part.preset in ("", preset) for part in adapter.unresolved):
        return "?"
    wanted = int(adapter.quality_default) if quality is None else quality
    for emission in adapter.emissions:
        if emission.preset == preset and wanted in emission.qualities:
            return [token.at(wanted).text for token in (*emission.argv, *emission.extra)]
    return None


def really(real: dict[str, Any], key: str, preset: str, quality: int | None) -> list[str] | None:
    """The same of what was imported."""
    adapter = real.get("adapters", {}).get(key, {})
    emits = adapter.get("emits" if quality is None else "at", {})
    whole = (emits if quality is None else emits.get(str(quality), {})).get(preset, {})
    return [*whole["argv"], *whole["extra"]] if "argv" in whole else None


@pytest.mark.parametrize("case", table("evasions.jsonl"), ids=lambda case: str(case["id"]))
def test_no_evasion_goes_unseen(case: dict[str, Any], sandbox: Any) -> None:
    tree, truth = edited(edited(PACKAGE, case.get("base", [])), case["edits"]), case["truth"]
    key, preset, quality = truth["adapter"], truth["preset"], truth.get("quality")
    if VERSION in case.get("python", [VERSION]):
        real = imported(tree, sandbox, [] if quality is None else [quality])
        assert really(real, key, preset, quality) == truth.get("after")
    try:
        found = read(tree)
    except AdapterError:
        return
    read_as = argv(found, key, preset, quality)
    assert read_as == "?" or without_threads(read_as or ()) == without_threads(truth.get("after") or ())


BEFORE = read(PACKAGE)


@pytest.mark.parametrize("case", table("idioms.jsonl"), ids=lambda case: str(case["id"]))
def test_an_idiom_is_read_or_contained(case: dict[str, Any], sandbox: Any) -> None:
    tree, truth = edited(PACKAGE, case["edits"]), case["truth"] or {}
    found = read(tree)
    # What this Python can't import, or not even parse, was imported by another when the table was made.
    importable = VERSION in case.get("python", [VERSION])
    real = imported(tree, sandbox, []) if importable else {}
    assert not found.unresolved
    assert not found.foreign
    unread = [key for key, adapter in found.adapters.items() if adapter.unresolved]
    assert set(unread) <= set(truth) if case["id"] in CONTAINED else not unread
    for key, adapter in found.adapters.items():
        for preset in adapter.presets:
            wanted = really(real, key, preset, None) if importable else told(truth.get(key), key, preset)
            read_as = argv(found, key, preset, None)
            assert read_as == "?" or without_threads(read_as or ()) == without_threads(wanted or ())


def told(truth: dict[str, Any] | None, key: str, preset: str) -> list[str]:
    """What the table says of an adapter at a preset."""
    if truth and "presets" in truth:
        return list(truth["presets"][preset])
    return [*(argv(BEFORE, key, preset, None) or ()), *(truth["added"] if truth else [])]


# Read only as far as that the adapter which they touch isn't known.
CONTAINED = set(
    "enum-flag dataclass-make fraction list-subclass set-name metaclass enum-intflag enum-functional dataclass-repr "  # noqa: SIM905 - words on a few lines
    "groupby count-zip cmp-to-key decimal deque counter-most str-format-map str-translate userdict path-purposix "
    "statistics-mean int-subclass dict-subclass exitstack descriptor-own format-dunder radd-sum except-star".split()
)
