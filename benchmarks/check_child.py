"""Where one check spends its CPU time: `python -m benchmarks.check_child PROJECT SAMPLE` prints seconds by stage."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

SHARED = ("numpy", "pydantic", "yaml", "duckdb")
OWN = ("gate.cli.main", "gate.cli.check", "gate.adapters.vmaf_tune", "gate.judge.suggest", "gate.report.json")
STAGES = {"resolve_refs": "refs and policy", "in_force": "refs and policy", "gather": "evidence",
          "_judged": "judging, the suggestion included", "details": "details for the report"}  # fmt: skip
EMITTED = ("adapters, head", "adapters, base", "  of it adapters, read again with the suggested edit")


def main(top: str, sample: str) -> None:
    """Stages are timed around the functions of `gate.judge.check`; git's own processes are not in them."""
    found: dict[str, float] = {}

    def timed(stage: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **given: Any) -> Any:
            begin = time.process_time()
            try:
                return call(*args, **given)
            finally:
                found[stage] = found.get(stage, 0.0) + time.process_time() - begin

        return counted

    for name in SHARED:
        import_module(name)
    found["Python, and the yardstick's imports"] = time.process_time()
    modules = timed("the gate's own imports", lambda: [import_module(name) for name in OWN])()
    judge, names = import_module("gate.judge.check"), iter(EMITTED)
    emitted = judge.emitted

    def named(*args: Any, **given: Any) -> Any:
        return timed(next(names), emitted)(*args, **given)

    vars(judge)["emitted"] = named
    for name, stage in STAGES.items():
        setattr(judge, name, timed(stage, getattr(judge, name)))
    vars(modules[-1])["render_json"] = timed("the report as JSON", modules[-1].render_json)
    said, sys.stdout = sys.stdout, open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
    modules[0].run(["check", "--repo", top, "--sample", sample, "--format", "json"])
    found["all"] = time.process_time()
    print(json.dumps(found), file=said)


if __name__ == "__main__":
    main(*sys.argv[1:])
