"""Builds the image, runs it as GitHub's runner does, holds its verdicts to `gate check`; then whole workflows by act."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from tests.container.cache import cache_faults
from tests.container.engine import BASE, IMAGE, Buildah, Docker, engine
from tests.container.origin import CHANGES, make_origin
from tests.container.runner import Judged, judge_here, judge_in_container
from tests.container.workflows import workflow_faults

TOP = Path(__file__).resolve().parents[2]
_EXPECTED = {"b-frames": 1, "harmless": 0}
_OUTPUTS = {
    "verdict", "conclusion", "counts", "json-path", "sarif-path", "markdown-path", "report-html", "report-folder",
}  # fmt: skip
_RUNS = 3  # the first finds a cold disk


def main() -> int:
    """0 where every verdict is the expected one, and the command line's to the byte. `image` or `workflows` does that alone."""
    parts = set(sys.argv[1:]) or {"image", "workflows"}
    with engine() as found:
        print(f"built and run by {type(found).__name__}", flush=True)
        found.build(TOP)
        wrong = _image(found) if "image" in parts else []
        if "workflows" in parts:
            wrong += workflow_faults(found, TOP) if isinstance(found, Docker) else []
            if not isinstance(found, Docker):
                print("workflows: left out, for no Docker engine may run here", flush=True)
    if wrong:
        print(f"container test failed: {', '.join(wrong)}", file=sys.stderr)
    return 1 if wrong else 0


def _image(found: Docker | Buildah) -> list[str]:
    print(f"image: {(found.size(IMAGE) - found.size(BASE)) / 1e6:.0f} MB over its base (at most 300)", flush=True)
    wrong = [change for change in CHANGES for token in ("", "t0ken") if not _agrees(found, change, token)]
    for fault in cache_faults(found, TOP):
        print(f"  WRONG: {fault}", flush=True)
        wrong.append("a sample from a URL")
    return wrong


def _agrees(found: Docker | Buildah, change: str, token: str) -> bool:
    with tempfile.TemporaryDirectory(prefix="gate-container-") as folder:
        origin = make_origin(Path(folder), TOP / "fixtures/adapters", change)
        runs = [
            (judge_in_container(found, origin, Path(folder) / str(i), token=token), judge_here(origin))
            for i in range(1 if token else _RUNS)
        ]
    there = runs[-1][0]
    _print(
        f"{change}, private, sparse and partial" if token else change, there.outputs.get("verdict", "no verdict"), runs
    )
    faults = [fault for run in runs for fault in _faults(change, *run)]
    for fault in faults:
        print(f"  WRONG: {fault}", flush=True)
    if faults:
        print(there.log, flush=True)
    return not faults


def _faults(change: str, there: Judged, here: Judged) -> list[str]:
    found = []
    if (there.status, here.status) != (_EXPECTED[change], _EXPECTED[change]):
        found.append(f"exit status {there.status} in the container, {here.status} here, not {_EXPECTED[change]}")
    if there.report is None or there.report != here.report:
        found.append("the container's JSON is not the command line's, byte for byte")
    missing = _OUTPUTS - {name for name, value in there.outputs.items() if value}
    if missing:
        found.append(f"outputs are missing: {', '.join(sorted(missing))}")
    if there.left:
        found.append(f"root's files are left in the workspace: {', '.join(there.left[:3])}")
    if not there.summary:
        found.append("the job summary is empty")
    return found


def _print(change: str, verdict: str, runs: Sequence[tuple[Judged, Judged]]) -> None:
    there, here = (median(judged.seconds for judged in side) for side in zip(*runs, strict=True))
    print(f"{change}: {verdict}")
    print(
        f"  container start to verdict {there:.2f} s, `gate check` here {here:.2f} s "
        f"(medians of {_RUNS}): {there / here:.2f} × (at most 3)",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
