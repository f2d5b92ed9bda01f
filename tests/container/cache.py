"""A sample with a `url`: downloaded in the container, and kept by the runner's user as actions/cache does it."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

from tests.container.engine import Buildah, Docker
from tests.container.origin import make_origin
from tests.container.runner import Judged, as_runner, judge_in_container
from tests.container.server import serving_files

_CACHE = ".codec-gate-cache"
_ENVIRONMENT = {"CODEC_GATE_CACHE": _CACHE, "NO_PROXY": "127.0.0.1"}


def cache_faults(engine: Docker | Buildah, top: Path) -> list[str]:
    """What is wrong with two jobs on one policy: a first that downloads, a second that has only the cache."""
    sample = top / "fixtures/research-0080/sample.parquet"
    digest = hashlib.sha256(sample.read_bytes()).hexdigest()
    with tempfile.TemporaryDirectory(prefix="gate-container-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # the runner's user works below it
        with serving_files(sample.parent) as server:
            policy = f"samples: [{{url: '{server}/{sample.name}', sha256: {digest}}}]\n"
            origin = make_origin(folder, top / "fixtures/adapters", "b-frames", policy)
            first = judge_in_container(engine, origin, folder / "first", _ENVIRONMENT)
        kept = as_runner("tar", "-C", str(folder / "first/workspace"), "-c", _CACHE)

        def restore(workspace: Path) -> None:
            as_runner("tar", "-C", str(workspace), "-x", given=kept)

        second = judge_in_container(engine, origin, folder / "second", _ENVIRONMENT, restore)
        cold = judge_in_container(engine, origin, folder / "third", _ENVIRONMENT)
    faults = [*_faults("with a download", first, 1), *_faults("from the cache", second, 1)]
    if first.report != second.report:
        faults.append("the report from the cache is another one")
    if cold.status != 2 or cold.log.count("127.0.0.1") == 0:
        faults.append(f"without cache and server it ended with {cold.status}, not as one that can't judge")
    return faults


def _faults(when: str, judged: Judged, expected: int) -> list[str]:
    found = [f"{when}: left root's files: {', '.join(judged.left[:3])}"] if judged.left else []
    if judged.status != expected or judged.report is None:
        found.append(f"{when}: exit status {judged.status}, not {expected}: {judged.log[-2000:]}")
    return found
