"""Whole workflows as a runner reads them: what `gate init` writes, gate.yml and re-evaluate.yml, by act on the engine."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.container.engine import IMAGE, Docker, output
from tests.container.server import serving
from tests.github.jobs import EVENTS, Origin, make_origin
from tests.github.standin import StandIn, serve

_ACTION = "codec-gate/codec-gate@" + "c" * 40 + " # v0.1.0"
_TOKEN = "a-token-of-the-job"
_STAND_INS = {
    "actions/checkout": """
inputs: {fetch-depth: {default: "1"}, persist-credentials: {default: "true"}}
runs:
  using: composite
  steps:
    - shell: bash
      run: |
        git init --quiet . && git remote add origin "$GITHUB_SERVER_URL/$GITHUB_REPOSITORY"
        git fetch --quiet --no-tags origin "+refs/heads/*:refs/remotes/origin/*" "$GITHUB_SHA"
        git checkout --quiet --detach "$GITHUB_SHA"
""",
    "actions/upload-artifact": """
inputs: {name: {default: artifact}, path: {required: true}, overwrite: {default: "false"}}
runs:
  using: composite
  steps:
    - {shell: bash, env: {FOLDER: "${{ inputs.path }}"}, run: 'find "$FOLDER" -type f | sort | sed "s|^|artifact |"'}
""",
}
_HELD = ["artifact codec-gate-report/report." + end for end in ("html", "json", "md", "sarif")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A workflow on an event, and how its job has to end. `reruns`: a run of the pull request is re-run."""

    workflow: str
    event: str
    number: int
    conclusion: str
    reruns: bool = False

    @property
    def name(self) -> str:
        return f"{self.workflow} on {self.event} of {'a blocking' if self.number == 7 else 'a passing'} pull request"


RUNS = (
    *(
        Run(workflow=workflow, event=event, number=number, conclusion=conclusion)
        for workflow in ("codec-gate.yml", "gate.yml")
        for event in ("pull_request", "merge_group")
        for number, conclusion in ((7, "failure"), (8, "success"))
    ),
    Run(workflow="codec-gate.yml", event="workflow_dispatch", number=7, conclusion="failure", reruns=True),
    Run(workflow="re-evaluate.yml", event="workflow_dispatch", number=7, conclusion="failure", reruns=True),
    Run(workflow="re-evaluate.yml", event="workflow_dispatch", number=8, conclusion="success"),
)


@dataclass(slots=True, kw_only=True)
class Ended:
    """What a runner saw of a job."""

    result: str = ""
    seconds: float = 0
    outputs: dict[str, str] = field(default_factory=dict)
    summary: str = ""
    annotations: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)


def workflow_faults(engine: Docker, top: Path) -> list[str]:
    """Which runs ended otherwise than they have to; a line for each."""
    act = shutil.which("act") or str(Path(sys.executable).with_name("act"))
    wrong = []
    with tempfile.TemporaryDirectory(prefix="gate-workflows-") as name:
        folder = Path(name)
        settings = folder / "gitconfig"
        settings.write_text("[user]\n\tname = t\n\temail = t@example.org\n[init]\n\tdefaultBranch = main\n")
        os.environ |= {"GIT_CONFIG_GLOBAL": str(settings), "GIT_CONFIG_NOSYSTEM": "1"}
        origin = _origin(folder, top)
        mapped = [*_mapped(folder, top)]
        for run in RUNS:
            ended, asked = _act(act, engine, folder, origin, run, mapped)
            faults = list(_faults(run, ended, asked))
            verdict = ended.outputs.get("verdict", "no verdict")
            print(
                f"{run.name}: job {ended.result or 'lost'}, {verdict} ({ended.seconds:.1f} s to the verdict)",
                flush=True,
            )
            for fault in faults:
                print(f"  WRONG: {fault}", flush=True)
            if faults:
                print("\n".join(ended.lines[-60:]), flush=True)
                wrong.append(run.name)
    return wrong


def _origin(folder: Path, top: Path) -> Origin:
    """A repository with what `gate init` writes and this repository's own workflows; 7 blocks, 8 passes."""
    (folder / "served/o").mkdir(parents=True)
    origin = make_origin(folder / "served/o/r")
    output(sys.executable, "-m", "gate", "init", "--repo", str(origin.top), "--action", _ACTION)
    for name in ("gate.yml", "re-evaluate.yml"):
        shutil.copy(top / ".github/workflows" / name, origin.top / ".github/workflows" / name)
    origin.commit({"action.yml": _released(top)})
    origin.pull(7, "b-frames")
    origin.pull(8, "harmless")
    return origin


def _released(top: Path) -> str:
    """action.yml as a release has it: by the name of an image, so that no job builds it."""
    return re.sub(r"image: Dockerfile.*", f"image: docker://{IMAGE}", (top / "action.yml").read_text())


def _mapped(folder: Path, top: Path) -> Iterator[str]:
    """Local folders in place of the actions that the workflows use, at the very commits that they name."""
    texts = (top / ".github/workflows/gate.yml").read_text()
    actions = {"codec-gate/codec-gate": _released(top), **{name: f"name: x{text}" for name, text in _STAND_INS.items()}}
    for action, text in actions.items():
        place = folder / "actions" / action
        place.mkdir(parents=True)
        (place / "action.yml").write_text(text)
        for words in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "x"]):
            output("git", "-C", str(place), *words)
        pin = re.search(rf"{action}@([0-9a-f]{{40}})", texts + _ACTION)
        assert pin is not None, action
        yield f"--local-repository={action}@{pin[1]}={place}"


def _act(
    act: str, engine: Docker, folder: Path, origin: Origin, run: Run, mapped: Sequence[str]
) -> tuple[Ended, Sequence[str]]:
    base, head, merge = (
        origin.sha(ref) for ref in ("main", f"refs/pull/{run.number}/head", f"refs/pull/{run.number}/merge")
    )
    github = StandIn(repository=origin.top)
    github.pulls[run.number] = {"number": run.number, "state": "open", "base": {"ref": "main"}, "head": {"sha": head}}
    path = ".github/workflows/" + ("codec-gate.yml" if run.workflow == "codec-gate.yml" else "gate.yml")
    github.runs.append(
        {
            "id": 5,
            "head_sha": head,
            "event": "pull_request",
            "path": path,
            "status": "completed",
            "conclusion": "success",
        }
    )
    words = {"<base>": base, "<head>": merge if run.event == "merge_group" else head, "<target>": "main"}
    kind = "pull_request_opened" if run.event == "pull_request" else run.event
    text = (EVENTS / f"{kind}.json").read_text().replace('"<number>"', str(run.number))
    for word, value in words.items():
        text = text.replace(word, value)
    event = json.loads(text) | ({"inputs": {"pull-request": str(run.number)}} if "dispatch" in run.event else {})
    (folder / "event.json").write_text(json.dumps(event))
    place = folder / f"{run.workflow}-{run.event}-{run.number}"
    output("git", "clone", "--quiet", str(origin.top), str(place))
    output("git", "-C", str(place), "fetch", "--quiet", "origin", merge)
    output("git", "-C", str(place), "checkout", "--quiet", base if "dispatch" in run.event else merge)
    output("git", "-C", str(place), "remote", "set-url", "origin", "https://github.com/o/r")
    api = serve(github)
    try:
        with serving(folder / "served") as server:
            variables = {
                "GITHUB_API_URL": github.url, "GITHUB_SERVER_URL": server,
                "GITHUB_WORKFLOW_REF": f"o/r/.github/workflows/{run.workflow}@refs/heads/main",
            }  # fmt: skip
            command = [
                act, run.event, "--json", "--eventpath", str(folder / "event.json"), "--pull=false", "--rm",
                "--platform", f"ubuntu-latest={IMAGE}", "--no-skip-checkout", "--network", "host",
                "--container-daemon-socket", "-", "--workflows", f".github/workflows/{run.workflow}",
                "--secret", f"GITHUB_TOKEN={_TOKEN}", *mapped,
                *(f"--env={name}={value}" for name, value in variables.items()),
            ]  # fmt: skip
            env = {**engine.env, "HOME": str(folder)}
            return _ended(command, place, env), github.asked
    finally:
        api.shutdown()
        api.server_close()


def _ended(command: Sequence[str], place: Path, env: Mapping[str, str]) -> Ended:
    ended = Ended()
    with subprocess.Popen(
        command,
        cwd=place,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as job:
        assert job.stdout is not None
        start = 0.0
        for line in job.stdout:
            ended.lines.append(line.rstrip()[:2000])
            try:
                said: dict[str, Any] = json.loads(line)
            except ValueError:
                continue
            start = start or time.monotonic()
            match said.get("command"):
                case "set-output":
                    ended.outputs[said["name"]] = said["arg"]
                    ended.seconds = ended.seconds or time.monotonic() - start
                case "summary":
                    ended.summary = said["content"]
                case "error" | "warning" | "notice":
                    ended.annotations.append(str(said.get("raw")))
            ended.result = said.get("jobResult", ended.result)
    return ended


def _faults(run: Run, ended: Ended, asked: Sequence[str]) -> Iterator[str]:
    if ended.result != run.conclusion or ended.outputs.get("conclusion") != run.conclusion:
        yield f"the job ended in {ended.result}, and said {ended.outputs.get('conclusion')}"
    if not ended.summary.lstrip("# \n").startswith(("BLOCKED", "PASSED")):
        yield f"the summary begins with {ended.summary[:60]!r}"
    if any("file=codec_adapters/h264_nvenc.py" in note for note in ended.annotations) is not (run.number == 7):
        yield f"annotations: {ended.annotations}"
    text = "\n".join(ended.lines)
    missing = [held for held in _HELD if held not in text]
    if missing and run.workflow != "re-evaluate.yml":
        yield f"the artifact lacks {missing}"
    if ("POST /repos/o/r/actions/runs/5/rerun" in asked) is not run.reruns:
        yield f"the check was{'' if run.reruns else ' not'} to be re-run: {asked}"
    if _TOKEN in text.replace("***", ""):
        yield "the token is in the log"
