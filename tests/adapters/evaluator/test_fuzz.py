"""Mutated adapters: the evaluator gives what a sandboxed import gives, or says that it doesn't know.

`GATE_FUZZ=5000` runs that many mutants of each kind instead of the default few; `GATE_FUZZ_SEED` starts elsewhere.
"""

from __future__ import annotations

import importlib.util
import os
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

COUNT = int(os.environ.get("GATE_FUZZ", "100"))
FIRST = int(os.environ.get("GATE_FUZZ_SEED", "0"))


def _mutants() -> ModuleType:
    spec = importlib.util.spec_from_file_location("mutants", Path(__file__).with_name("mutants.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("maker", "known"), [("mutant", 0.5), ("random_body", 0.03)])
def test_mutants_are_read_as_imported_or_unresolved(
    maker: str, known: float, package: dict[str, str], sandbox: Any, compare: Any
) -> None:
    make = getattr(_mutants(), maker)
    counts: Counter[str] = Counter()
    wrong = []
    for seed in range(FIRST, FIRST + COUNT):
        files = make(package, seed)
        result = compare(files, sandbox([files])[0])
        counts["mismatched" if result.mismatches else "unresolved" if result.unresolved else "agreed"] += 1
        wrong += [f"seed {seed}: {each}" for each in result.mismatches[:1]]
    print(maker, dict(counts))
    assert wrong == []
    assert counts["agreed"] >= known * COUNT
