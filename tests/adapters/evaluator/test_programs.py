"""Generated programs: what is read is what importing gives, at every quality that is asked; and most of it is read.

`GATE_FUZZ=2000` reads that many mutants and programs; `GATE_FUZZ_PYTHON` is the Python that imports them, `GATE_FUZZ_SEED` starts elsewhere.
"""

from __future__ import annotations

import importlib.util
import os
from collections import Counter, defaultdict
from pathlib import Path
from types import ModuleType
from typing import Any

from gate.adapters.vmaf_tune import read_vmaf_tune

SIZE = 40
COUNT = max(1, int(os.environ.get("GATE_FUZZ", "80")) // SIZE)
FIRST = int(os.environ.get("GATE_FUZZ_SEED", "0"))
QUALITIES = [0, 17, 51]


def _programs() -> ModuleType:
    spec = importlib.util.spec_from_file_location("programs", Path(__file__).with_name("programs.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _differs(adapter: Any, preset: str, quality: int | None, real: dict[str, Any]) -> bool | None:
    """Whether what was read of one preset and quality is something else than importing gives; None for unresolved."""
    if any(part.preset in ("", preset) for part in adapter.unresolved):
        return None
    wanted = int(adapter.quality_default) if quality is None else quality
    emitted = [each for each in adapter.emissions if each.preset == preset and wanted in each.qualities]
    if "argv" not in real:
        return bool(emitted)
    texts = [[token.at(wanted).text for token in (*each.argv, *each.extra)] for each in emitted]
    return texts != [[*real["argv"], *real["extra"]]]


def test_generated_programs_are_read_as_imported_or_unresolved(sandbox: Any) -> None:
    programs = _programs()
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    wrong = []
    for seed in range(FIRST, FIRST + COUNT):
        files, kinds = programs.package(seed, SIZE)
        (real,) = sandbox([files], QUALITIES)
        found = read_vmaf_tune({f"p/{name}": content.encode() for name, content in files.items()})
        assert not found.unresolved, found.unresolved
        for key, kind in kinds.items():
            adapter, emits = found.adapters[key], real["adapters"][key]
            answers = [_differs(adapter, preset, None, each) for preset, each in emits["emits"].items()]
            for quality in QUALITIES:
                answers += [
                    _differs(adapter, preset, quality, each) for preset, each in emits["at"][str(quality)].items()
                ]
            wrong += [f"seed {seed}: {key}, {kind}"] if True in answers else []
            counts[kind]["different" if True in answers else "unresolved" if None in answers else "agree"] += 1
    for kind, held in sorted(counts.items()):
        print(f"{kind:12} {dict(held)}")
    assert wrong == []
    assert all(held["agree"] >= 0.6 * held.total() for held in counts.values())
