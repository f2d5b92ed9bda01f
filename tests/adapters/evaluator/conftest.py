"""The adapters that ship with the tests, and the sandbox that imports mutants of them for real."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest

from gate.adapters.model import Defaults
from gate.adapters.vmaf_tune import read_vmaf_tune
from gate.errors import AdapterError

FIXTURES = Path(__file__).parents[3] / "fixtures" / "adapters" / "vmaf-tune-shape" / "codec_adapters"
CHILD = Path(__file__).with_name("sandbox_child.py")
FOLDER = "src/vmaftune/codec_adapters"
Files = dict[str, str]


@pytest.fixture(scope="session")
def package() -> Files:
    """The fixture package: file name -> text."""
    return {path.name: path.read_text() for path in sorted(FIXTURES.glob("*.py"))}


class Sandbox(Protocol):
    """Imports packages for real."""

    def __call__(self, cases: Iterable[Any], qualities: list[int] | None = None) -> list[dict[str, Any]]: ...


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """A process that imports what it is sent, each package in a forked child with limits and without programs."""
    process = subprocess.Popen(
        [os.environ.get("GATE_FUZZ_PYTHON", sys.executable), "-I", str(CHILD)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PATH": "/nonexistent"},
    )

    def run(cases: Iterable[Any], qualities: list[int] | None = None) -> list[dict[str, Any]]:
        found = []
        assert process.stdin is not None
        assert process.stdout is not None
        for files in cases:
            process.stdin.write(
                json.dumps({"package": "vmaftune.codec_adapters", "files": files, "qualities": qualities or []}) + "\n"
            )
            process.stdin.flush()
            found.append(json.loads(process.stdout.readline()))
        return found

    yield run
    assert process.stdin is not None
    process.stdin.close()
    process.wait()
    if process.stdout is not None:
        process.stdout.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What the evaluator made of a package beside what importing it gives."""

    agreed: int
    unresolved: int
    mismatches: tuple[str, ...]
    error: str = ""


class Compare(Protocol):
    """Holds the evaluator against an import."""

    def __call__(self, files: Files, wanted: dict[str, Any]) -> Comparison: ...


def read(files: Files) -> Defaults:
    """What the reader makes of a package's files."""
    return read_vmaf_tune({f"{FOLDER}/{name}": text.encode() for name, text in files.items()})


@pytest.fixture(scope="session")
def compare() -> Compare:
    """Per preset: the same, unresolved, or a mismatch. An error counts as unresolved."""

    def run(files: Files, wanted: dict[str, Any]) -> Comparison:
        try:
            proposal = read(files)
        except AdapterError as error:
            return _refused(error, wanted)
        return _compared(proposal, wanted)

    return run


def _refused(error: AdapterError, wanted: dict[str, Any]) -> Comparison:
    """An error is right where importing fails alike, else it is as good as unresolved."""
    prefix = "importing the adapters raises "
    if error.what.startswith(prefix) and "import" in wanted:
        return Comparison(agreed=1, unresolved=0, mismatches=(), error=str(error))
    if error.what.startswith(prefix):
        return Comparison(agreed=0, unresolved=0, mismatches=(f"{error}, but it imports",), error=str(error))
    return Comparison(agreed=0, unresolved=1, mismatches=(), error=str(error))


def _alike(read: Any, real: Any) -> bool:
    """The same words, or the same exception; of Python's own exceptions the words may differ."""
    if read is None or "raises" not in read or "raises" not in real:
        return bool(read == real)
    return bool(read["raises"][0] == real["raises"][0])


def _compared(proposal: Defaults, wanted: dict[str, Any]) -> Comparison:
    if "import" in wanted:
        known = [key for key, each in proposal.adapters.items() if each.emissions]
        wrong = (f"import fails with {wanted['import']}, but {known} emit",) if known else ()
        return Comparison(agreed=not known, unresolved=0, mismatches=wrong)
    mismatches: list[str] = []
    agreed, unresolved = 0, len(proposal.unresolved)
    if not proposal.unresolved and list(proposal.adapters) != list(wanted["adapters"]):
        blurred = any(each.unresolved and not each.presets for each in proposal.adapters.values())
        if not blurred:
            mismatches.append(f"registry {list(proposal.adapters)}, not {list(wanted['adapters'])}")
    for key, adapter in proposal.adapters.items():
        if any(not each.preset for each in adapter.unresolved):
            unresolved += 1
            continue
        emits = wanted["adapters"].get(key, {})
        wanted_fields = {name: emits.get(name) for name in ("encoder", "quality_knob", "quality_default")}
        wanted_fields["name"] = emits.get("name") or key
        mismatches += [
            f"{key}.{name}: {getattr(adapter, name)!r}, not {real!r} {emits.get('raises')}"
            for name, real in wanted_fields.items()
            if getattr(adapter, name) != real
        ]
        if list(adapter.presets) != list(dict.fromkeys(emits.get("presets") or ())):  # a name is one preset
            mismatches.append(f"{key}.presets: {adapter.presets}, not {emits.get('presets')}")
            continue
        unknown = {each.preset for each in adapter.unresolved}
        raised = {each.preset: {"raises": [each.exception, each.message]} for each in adapter.raised}
        given = {
            each.preset: {"argv": [t.text for t in each.argv], "extra": [t.text for t in each.extra]}
            for each in adapter.at_default.values()
        }
        for preset, real in emits["emits"].items():
            if preset in unknown:
                unresolved += 1
            elif _alike(raised.get(preset, given.get(preset)), real):
                agreed += 1
            else:
                mismatches.append(f"{key} at {preset}: {raised.get(preset, given.get(preset))}, not {real}")
    return Comparison(agreed=agreed, unresolved=unresolved, mismatches=tuple(mismatches))
