"""A project on a server with pull requests, and the action run on checkouts of it as the runner would."""

from __future__ import annotations

import io
import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gate.github.action import run
from gate.github.client import Clock
from tests.conftest import Work
from tests.github.standin import StandIn

ADAPTERS = Path(__file__).parents[2] / "fixtures/adapters"
H264 = "codec_adapters/h264_nvenc.py"
EVENTS = Path(__file__).parent / "events"
NOW = 1_780_315_200.0  # 2026-06-01T12:00:00Z


@dataclass(slots=True, kw_only=True)
class Idle:
    """A clock on which only sleeping takes time."""

    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def clock(self) -> Clock:
        return Clock(now=lambda: NOW, elapsed=lambda: sum(self.slept), sleep=self.sleep)


class Origin(Work):
    """The server's repository; pull request 7 gives h264_nvenc 3 B-frames, 8 only a docstring."""

    __slots__ = ()

    def sha(self, ref: str) -> str:
        return self.git("rev-parse", f"{ref}^{{commit}}")

    def pull(self, number: int, change: str, files: dict[str, Any] | None = None) -> str:
        """A pull request from a branch of its own, with its head and merge refs as GitHub keeps them."""
        self.git("checkout", "-q", "-B", f"topic-{number}", "main")
        head = self.commit({**_files(ADAPTERS / "changes" / change), **(files or {})} if change else files or {})
        self.git("update-ref", f"refs/pull/{number}/head", head)
        self.merge(number)
        return head

    def merge(self, number: int, target: str = "main") -> str:
        """The pull request's merge commit with the target as it is now."""
        self.git("checkout", "-q", "--detach", target)
        self.git("merge", "-q", "--no-ff", "-m", "merge", f"refs/pull/{number}/head")
        self.git("update-ref", f"refs/pull/{number}/merge", "HEAD")
        self.git("checkout", "-q", "main")
        return self.sha(f"refs/pull/{number}/merge")

    def move(self, files: dict[str, Any] | None = None, branch: str = "main") -> str:
        """Another commit on a branch."""
        self.git("checkout", "-q", branch)
        tip = self.commit(files or {f"notes-{len(self.git('log', '--oneline'))}.txt": "x"})
        self.git("checkout", "-q", "main")
        return tip


def _files(folder: Path) -> dict[str, Any]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.py")}


def make_origin(top: Path) -> Origin:
    top.mkdir()
    made = Origin(top=top)
    made.git("init", "-q")
    made.git("config", "uploadpack.allowAnySHA1InWant", "true")  # as GitHub does
    made.commit(_files(ADAPTERS / "vmaf-tune-shape"))
    made.pull(7, "b-frames")
    made.pull(8, "harmless")
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a job ended, and what it left behind."""

    status: int
    log: str
    summary: str
    outputs: dict[str, str]
    report: dict[str, Any]
    workspace: Path

    @property
    def refs(self) -> tuple[str, str, str]:
        return self.report["base"], self.report["head"], self.report["trust"]["commit"]

    @property
    def commands(self) -> list[str]:
        """Lines that the runner would take for annotations, those in a stopped block left out."""
        found, stopped = [], ""
        for line in self.log.splitlines():
            if stopped:
                stopped = "" if line.strip() == f"::{stopped}::" else stopped
            elif line.startswith("::stop-commands::"):
                stopped = line.removeprefix("::stop-commands::")
            elif line.lstrip().startswith("::") or "##[" in line:
                found.append(line)
        return found


@dataclass(slots=True, kw_only=True)
class Job:
    """Runs the action."""

    folder: Path
    origin: Origin
    github: StandIn
    idle: Idle
    count: int = 0

    def checkout(self, ref: str, depth: int = 1) -> Path:
        """What actions/checkout leaves: one ref, shallow by default, detached; `depth` 0 brings all branches."""
        self.count += 1
        place = self.folder / f"workspace-{self.count}"
        _git("init", "-q", str(place))
        _git("-C", str(place), "remote", "add", "origin", f"file://{self.origin.top}")
        depths = ("--depth", str(depth)) if depth else ()
        refs = (ref,) if depth else (ref, "+refs/heads/*:refs/remotes/origin/*")
        _git("-C", str(place), "fetch", "-q", "--no-tags", *depths, "origin", *refs)
        _git("-C", str(place), "checkout", "-q", "--detach", self.origin.sha(ref) if "/" in ref else ref)
        return place

    def event(self, name: str, **values: str) -> dict[str, Any]:
        """A payload of the folder `events`, its placeholders filled."""
        text = (EVENTS / f"{name}.json").read_text()
        for key, value in values.items():
            text = text.replace('"<number>"' if key == "number" else f"<{key}>", value)
        assert "<" not in text, text
        event: dict[str, Any] = json.loads(text)
        return event

    def run(
        self, name: str, event: dict[str, Any], workspace: Path, *, sha: str = "", token: str = "", **env: str
    ) -> Ended:
        """One step. `env` names variables with `_` for inputs' hyphens: `INPUT_PULL_REQUEST`."""
        self.count += 1
        place = self.folder / f"step-{self.count}"
        place.mkdir()
        (place / "event.json").write_text(json.dumps(event))
        given = {
            "GITHUB_EVENT_NAME": name,
            "GITHUB_EVENT_PATH": str(place / "event.json"),
            "GITHUB_REPOSITORY": "o/r",
            "GITHUB_SHA": sha,
            "GITHUB_WORKSPACE": str(workspace),
            "GITHUB_SERVER_URL": "http://127.0.0.1:9",
            "GITHUB_API_URL": self.github.url,
            "GITHUB_RUN_ID": "99",
            "GITHUB_OUTPUT": str(place / "outputs"),
            "GITHUB_STEP_SUMMARY": str(place / "summary"),
            "GITHUB_WORKFLOW_REF": "o/r/.github/workflows/codec-gate.yml@refs/pull/7/merge",
            "INPUT_TOKEN": token,
            **env,
        }
        stream = io.BytesIO()
        status = run(given, stream, self.idle.clock())
        outputs = read_outputs(place / "outputs")
        path = workspace / outputs["json-path"] if outputs.get("json-path") else None
        summary = place / "summary"
        return Ended(
            status=status,
            log=stream.getvalue().decode(),
            summary=summary.read_text() if summary.exists() else "",
            outputs=outputs,
            report=json.loads(path.read_text()) if path else {},
            workspace=workspace,
        )

    def pull_request(self, number: int = 7, *, kind: str = "pull_request_opened", depth: int = 1, **env: str) -> Ended:
        """The plain case: a checkout of the merge ref, and the event as it is sent."""
        ref = f"refs/pull/{number}/merge"
        sha = self.origin.sha(ref)
        event = self.event(
            kind, number=str(number), base=self.origin.sha("main"), head=self.origin.sha(f"refs/pull/{number}/head")
        )
        return self.run("pull_request", event, self.checkout(ref, depth), sha=sha, **env)


def _git(*args: str) -> None:
    subprocess.run(["git", *args], check=True, capture_output=True)


def read_outputs(path: Path) -> dict[str, str]:
    """The file of outputs as the runner reads it."""
    found: dict[str, str] = {}
    lines = iter(path.read_text().splitlines() if path.exists() else [])
    for line in lines:
        name, _, delimiter = line.partition("<<")
        value = []
        for part in lines:
            if part == delimiter:
                break
            value.append(part)
        found[name] = "\n".join(value)
    return found
