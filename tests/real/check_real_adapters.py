"""Holds the evaluator against a real repository: every commit that touches its adapters, beside a sandboxed import.

Not part of the test suite: `python tests/real/check_real_adapters.py REPOSITORY [FOLDER]`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from gate.adapters.model import Adapter
from gate.adapters.vmaf_tune import read_vmaf_tune
from gate.errors import AdapterError

FOLDER = "tools/vmaf-tune/src/vmaftune/codec_adapters"
CHILD = Path(__file__).parents[1] / "adapters" / "evaluator" / "sandbox_child.py"


def git(repository: str, *args: str) -> bytes:
    """What git prints."""
    return subprocess.run(["git", "-C", repository, *args], capture_output=True, check=True).stdout


def sources_at(repository: str, commit: str, folder: str) -> dict[str, bytes]:
    """The adapters' files at a commit."""
    found = {}
    for line in git(repository, "ls-tree", "-r", commit, f"{folder}/").decode().splitlines():
        meta, path = line.split("\t")
        if path.endswith(".py"):
            found[path] = git(repository, "cat-file", "blob", meta.split()[2])
    return found


def imported(sources: dict[str, bytes], folder: str) -> dict[str, Any]:
    """What importing the package gives, in another process without any program on its PATH."""
    files = {path.removeprefix(f"{folder}/"): content.decode() for path, content in sources.items()}
    case = json.dumps({"package": "vmaftune.codec_adapters", "files": files})
    command = [sys.executable, "-I", str(CHILD)]
    done = subprocess.run(
        command, input=case, text=True, capture_output=True, check=True, env={**os.environ, "PATH": "/nonexistent"}
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def differences(adapter: Adapter, wanted: dict[str, Any]) -> list[str]:
    """How what was read differs from what importing gives."""
    found = [
        f"{name}: {getattr(adapter, name)!r}, not {wanted[name]!r}"
        for name in ("name", "encoder", "quality_knob", "quality_default")
        if getattr(adapter, name) != wanted[name]
    ]
    if list(adapter.presets) != wanted["presets"]:
        found.append(f"presets: {adapter.presets}, not {wanted['presets']}")
    emissions = adapter.at_default
    raised = {each.preset: [each.exception, each.message] for each in adapter.raised}
    for preset, emits in wanted["emits"].items():
        emission = emissions.get(preset)
        if raised.get(preset) != emits.get("raises"):
            found.append(f"{preset}: raises {raised.get(preset)}, not {emits.get('raises')}")
        if emission is not None and emission.condition and "raises" in emits:
            continue
        given = None if emission is None else ([t.text for t in emission.argv], [t.text for t in emission.extra])
        if given != (None if "raises" in emits else (emits["argv"], emits["extra"])):
            found.append(f"{preset}: emits {given}, not {emits}")
    return found + [f"unresolved: {each}" for each in adapter.unresolved]


def main(repository: str, folder: str = FOLDER) -> int:
    """Prints a line per commit that differs, and the totals; 1 where anything differs."""
    commits = git(repository, "log", "--all", "--format=%H", "--", folder).decode().split()
    counts: Counter[str] = Counter()
    for commit in commits:
        sources = sources_at(repository, commit, folder)
        counts["commits"] += 1
        try:
            proposal = read_vmaf_tune(sources)
        except AdapterError as error:
            print(f"{commit[:8]} {error}")
            counts["errors"] += 1
            if "import" not in imported(sources, folder):
                counts["different"] += 1
            continue
        wanted = imported(sources, folder)["adapters"]
        if list(wanted) != list(proposal.adapters):
            print(f"{commit[:8]} registry: {list(proposal.adapters)}, not {list(wanted)}")
            counts["different"] += 1
        for key, adapter in proposal.adapters.items():
            counts["adapters"] += 1
            counts["emissions"] += len(adapter.emissions)
            counts["raised"] += len(adapter.raised)
            for difference in differences(adapter, wanted[key]):
                print(f"{commit[:8]} {key}: {difference}")
                counts["different"] += 1
    print(dict(counts))
    return int(counts["different"] > 0)


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
