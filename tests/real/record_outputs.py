"""Records what the command line and the action put out, so that two commits can be held against each other.

python tests/real/record_outputs.py --gate GATE --action "PYTHON -I -m gate.action" --out DIR [--real CLONE] [--top TOP]
python tests/real/record_outputs.py compare DIR DIR

Nothing of the gate is imported. What it judges are the fixtures of TOP (this tree), and all happens in WORK, a fixed
place: two recordings with one TOP differ by the programs alone.
"""

from __future__ import annotations

import argparse
import difflib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

WORK = Path("/tmp/codec-gate-recording")
SHAPE, CHANGES = WORK / "fixtures/adapters/vmaf-tune-shape", WORK / "fixtures/adapters/changes"
SWEEPS = {"research-0080": "fixtures/research-0080/sweep.jsonl.gz", "measured": "fixtures/measured/sweep.parquet"}
CLONES_ADAPTERS = "tools/vmaf-tune/src/vmaftune/codec_adapters"
AS_OF, SCREEN = ("--as-of", "2026-06-01"), ("--design", "screen:1")
CHECKED, LISTED = ("json", "text", "markdown", "html", "sarif"), ("json", "text")
EXPLAINED, COMPARED, VETTED = (*LISTED, "html", "svg"), (*LISTED, "markdown"), (*LISTED, "csv")
TOKEN = re.compile(rb"(?<![0-9a-f])(gate_|::stop-commands::|::)[0-9a-f]{32}(?![0-9a-f])")  # fresh in every run
PROGRAMS_SEE = {
    "PATH": os.environ["PATH"], "HOME": str(WORK), "LC_ALL": "C.UTF-8", "TZ": "UTC", "NO_COLOR": "1", "COLUMNS": "100",
    "PYTHONSAFEPATH": "1", "CODEC_GATE_CACHE": str(WORK / "cache"), "GIT_CONFIG_NOSYSTEM": "1",
}  # fmt: skip
DATED = {"NAME": "T", "EMAIL": "t@example.org", "DATE": "2026-05-01T12:00:00Z"}  # so that commits have fixed ids
GIT_SEES = PROGRAMS_SEE | {f"GIT_{who}_{key}": DATED[key] for who in ("AUTHOR", "COMMITTER") for key in DATED}
POLICY = """{detector: both, unmeasured: fail, unresolved: warn, max_evidence_age: {days: 30, action: warn},
forbid: [{codec: libx264, knobs: {tune: film}, reason: not for us, reference: ADR-1}],
discourage: [{codec: libx264, knobs: {bf: 8}, reason: slow}], waivers: [
  {codec: h264_nvenc, recipe: bf3, rc_mode: cbr, reason: known, owner: video team, expires: 2032-01-01},
  {codec: h264_nvenc, recipe: bf3, rc_mode: vbr, reason: known, owner: video team, expires: 2026-01-01}]}"""


def git(top: Path, *args: str) -> str:
    done = subprocess.run(["git", "-C", str(top), *args], env=GIT_SEES, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def commit(top: Path, folder: Path, **texts: str) -> Path:
    """A folder and texts laid over the work tree and committed; in a new repository where there is none."""
    if not top.exists():
        git(WORK, "init", "-q", "-b", "main", str(top))
    shutil.copytree(folder, top, dirs_exist_ok=True)
    for path, text in texts.items():
        (top / path).parent.mkdir(parents=True, exist_ok=True)
        (top / path).write_text(text)
    git(top, "add", "--all", "--force")
    git(top, "commit", "-q", "-m", "change")
    return top


def files_in(top: Path) -> list[Path]:
    return sorted(path for path in (top, *top.rglob("*")) if path.is_file())


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorder:
    """Runs the two programs and keeps what each run puts out in a folder of its own under `out`."""

    gate: Sequence[str]
    action: Sequence[str]
    out: Path

    def run(self, name: str, *args: str, cwd: Path = WORK, written: Sequence[Path] = (), **sees: str) -> None:
        """`gate` with these arguments, without any the action; `written` are files and folders that it writes."""
        command = [*self.gate, *args] if args else self.action
        done = subprocess.run(command, cwd=cwd, env=PROGRAMS_SEE | sees, capture_output=True, check=False)
        kept = {"stdout": done.stdout, "stderr": done.stderr}
        kept["status"] = f"{shlex.join(args)}\n{done.returncode}\n".encode()
        kept |= {f"written/{path.relative_to(WORK)}": path.read_bytes() for top in written for path in files_in(top)}
        for path, contents in kept.items():
            (self.out / name / path).parent.mkdir(parents=True, exist_ok=True)
            (self.out / name / path).write_bytes(TOKEN.sub(rb"\1TOKEN", contents))

    def forms(self, name: str, formats: Sequence[str], *args: str, cwd: Path = WORK) -> None:
        """The same in several formats, text in two widths."""
        for format_ in formats:
            for columns in ("80", "120") if format_ == "text" else ("100",):
                self.run(f"{name}/{format_}-{columns}", *args, "--format", format_, cwd=cwd, COLUMNS=columns)


def record_evidence(recorder: Recorder) -> None:
    """`vet`, `analyze`, `sample` and `explain` on samples and sweeps, outside of any repository."""
    recipes = ("bare", "bf0", "bf3", "bf4", "spatial_aq", "temporal_aq", "full", "full_hq")
    recommended = [{
        "codec": f"{('h264', 'hevc', 'av1')[at % 3]}_nvenc", "rc_mode": ("cqp", "vbr", "cbr")[at // 3 % 3],
        **({"knobs": {"bf": 3, "rc-lookahead": at % 33}} if at % 10 == 9 else {"recipe": recipes[at // 9 % 8]}),
        "preset": f"p{1 + at // 7 % 7}", "q": ((19, 25, 31), (1, 2, 4), (1, 3, 8.5))[at // 3 % 3][at // 5 % 3],
        **({"source": ("CrowdRun_25fps", "FoxBird_25fps", "elsewhere")[at // 11 % 3]} if at % 4 else {}),
    } for at in range(1000)]  # fmt: skip
    (WORK / "list.jsonl").write_text("".join(json.dumps(row) + "\n" for row in recommended))
    recorder.forms("vet/1000", VETTED, "vet", "list.jsonl", *AS_OF)
    recorder.run("vet/kept", "vet", "list.jsonl", *AS_OF, "-o", "kept.jsonl", written=[WORK / "kept.jsonl"])
    recorder.run("sample/build", "sample", "build", SWEEPS["research-0080"], "-o", "screen.parquet", *SCREEN)
    for name, sweep in SWEEPS.items():
        sample, tables = f"builtin:{name}", ("--figures", "svg", "--out", f"tables-{name}")
        recorder.run(f"analyze/{name}", "analyze", sweep, *tables, written=[WORK / tables[-1]])
        recorder.run(f"sample/info-{name}", "sample", "info", sample)
        recorder.run(f"sample/verify-{name}", "sample", "verify", sample, "--against", sweep)
        recorder.run(f"sample/verify-screen-{name}", "sample", "verify", "screen.parquet", "--against", sweep)
        recorder.forms(f"sample/diff-from-{name}", COMPARED, "sample", "diff", sample, "screen.parquet")
        recorder.forms(f"sample/diff-to-{name}", COMPARED, "sample", "diff", "screen.parquet", sample)
    for cell in ("h264_nvenc vbr bf3 p1 2", "libsvtav1 cbr film_grain 6 0.1", "h264_nvenc vbr bf3 p1 3"):
        recorder.forms(f"explain/{cell.replace(' ', '-')}", EXPLAINED, "explain", *cell.split(), *AS_OF)


def record_changes(recorder: Recorder) -> None:
    """The demo's changes, 500 cells, a manifest, and a policy with all that a report can tell, also misnamed."""
    explain = ("explain", "--change", "codec_adapters/h264_nvenc.py", *AS_OF)
    diff = ("sample", "diff", "builtin:research-0080", "../screen.parquet", "--repo", ".")
    for change in ("b-frames", "harmless"):
        top = commit(WORK / change, SHAPE)
        shutil.copytree(CHANGES / change, top, dirs_exist_ok=True)
        recorder.forms(f"check/{change}", CHECKED, "check", *AS_OF, cwd=top)
        recorder.forms(f"explain/{change}", EXPLAINED, *explain, cwd=top)
        recorder.forms(f"sample/diff-{change}", COMPARED, *diff, cwd=top)
    recorder.forms("check/all", CHECKED, "check", "--all", *AS_OF, cwd=top)
    top = commit(WORK / "cells-500", SHAPE)  # two knobs on three codecs with seven presets each: 504 cells
    commit(top, SHAPE, **edited("_nvenc_common", "return ()", 'return ("-bf", "3", "-spatial-aq", "1")'))
    recorder.forms("check/cells-500", CHECKED, "check", "--base", "HEAD~1", "--head", "HEAD", *AS_OF, cwd=top)
    top = commit(WORK / "manifest", SHAPE.parent / "manifest")
    recorder.forms("defaults/manifest", LISTED, "defaults", "--reader", "manifest", "--adapters", "*.yaml", cwd=top)
    new = edited("x264", "return ()", 'return ("-bf", "8", "-tune", "film")') | edited("libaom", "SPEED[", "id(0)[")
    for name, suffix in (("policy", "yml"), ("misnamed", "yaml")):
        top = commit(WORK / name, SHAPE, **{f".github/codec-gate.{suffix}": POLICY})
        git(top, "checkout", "-q", "-b", "topic")
        commit(top, CHANGES / "b-frames", **new)
        recorder.forms(f"check/{name}", CHECKED, "check", "--trust", "main", *AS_OF, cwd=top)
        recorder.forms(f"defaults/{name}", LISTED, "defaults", cwd=top)
        recorder.run(f"explain/{name}", *explain, "--trust", "main", cwd=top)
        recorder.run(f"vet/{name}", "vet", "../list.jsonl", "--trust", "main", *AS_OF, cwd=top)
        recorder.run(f"sample/diff-{name}", *diff, cwd=top)


def edited(adapter: str, old: str, new: str) -> dict[str, str]:
    path = f"codec_adapters/{adapter}.py"
    return {path: (SHAPE / path).read_text().replace(old, new)}


def record_real(recorder: Recorder, clone: Path) -> None:
    """Defaults at ten commits of a real project, and what changed from each to the next."""
    touching = git(clone, "log", "--topo-order", "--reverse", "--format=%H", "HEAD", "--", CLONES_ADAPTERS).split()
    chosen = [touching[at * (len(touching) - 1) // 9] for at in range(10)]
    for at, head in enumerate(chosen):
        recorder.forms(f"real/{at}-defaults", LISTED, "defaults", "--repo", str(clone), "--ref", head)
        refs = ("--base", chosen[max(at - 1, 0)], "--head", head, "--trust", chosen[-1], *AS_OF)
        recorder.run(f"real/{at}-check", "check", "--repo", str(clone), *refs, "--format", "json")


def record_action(recorder: Recorder, events: Path) -> None:
    """Every event's payload on the checkout that its job would have; pull request 7 blocks, 8 passes."""
    origin = commit(WORK / "origin", SHAPE)
    git(origin, "config", "uploadpack.allowAnySHA1InWant", "true")  # as GitHub does
    for number, change in (("7", "b-frames"), ("8", "harmless")):
        git(origin, "checkout", "-q", "-b", f"topic-{number}", "main")
        git(commit(origin, CHANGES / change), "update-ref", f"refs/pull/{number}/head", "HEAD")
        git(origin, "checkout", "-q", "--detach", "main")
        git(origin, "merge", "-q", "--no-ff", "-m", "merge", f"topic-{number}")
        git(origin, "update-ref", f"refs/pull/{number}/merge", "HEAD")
    git(origin, "branch", "gh-readonly-queue/main/pr-7", "refs/pull/7/merge")

    def step(name: str, event: str, ref: str, number: str = "7", **given: str) -> None:
        base, head, sha = (git(origin, "rev-parse", of) for of in ("main", f"topic-{number}", ref))
        values = {"base": base, "head": sha if event == "merge_group" else head, "after": head, "before": "0" * 40}
        payload = (events / f"{event}.json").read_text().replace('"<number>"', number)
        for key, value in {**values, "target": "main", "branch": "topic-7"}.items():
            payload = payload.replace(f"<{key}>", value)
        place, workspace = WORK / "steps" / name, WORK / "steps" / name / "workspace"
        workspace.mkdir(parents=True)
        (place / "event").write_text(payload)
        for words in ("init -q", f"remote add origin file://{origin}", f"fetch -q --no-tags --depth 1 origin {ref}"):
            git(workspace, *words.split())
        git(workspace, "checkout", "-q", "--detach", sha)
        runner = {
            "GITHUB_EVENT_NAME": re.sub("^pull_request_(?!target).*", "pull_request", event), "GITHUB_SHA": sha,
            "GITHUB_EVENT_PATH": str(place / "event"), "GITHUB_WORKSPACE": str(workspace), "GITHUB_REPOSITORY": "o/r",
            "GITHUB_OUTPUT": str(place / "outputs"), "GITHUB_STEP_SUMMARY": str(place / "summary"),
            "GITHUB_ACTIONS": "true", "GITHUB_RUN_ID": "99", "GITHUB_WORKFLOW_REF": "o/r/.github/workflows/w.yml@main",
            "GITHUB_SERVER_URL": "http://127.0.0.1:9", "GITHUB_API_URL": "http://127.0.0.1:9",  # nobody listens there
            "INPUT_AS-OF": "2031-06-01", **given,  # the action refuses a day that has gone by
        }  # fmt: skip
        written = [place / "outputs", place / "summary", workspace / "codec-gate-report"]
        recorder.run(f"action/{name}", cwd=workspace, written=written, **runner)

    merge, default = "refs/pull/7/merge", "refs/heads/main"
    places = dict.fromkeys(("pull_request_target", "schedule", "workflow_dispatch"), default)
    places |= {"merge_group": "refs/heads/gh-readonly-queue/main/pr-7", "push": "refs/heads/topic-7"}
    for event in sorted(path.stem for path in events.glob("*.json")):
        step(event, event, places.get(event, merge))
    step("passes", "pull_request_opened", "refs/pull/8/merge", "8")
    step("strict", "pull_request_opened", merge, INPUT_FAIL_ON="warning", INPUT_ANNOTATIONS="false")
    step("bad-input", "pull_request_opened", merge, INPUT_FAIL_ON="never")
    step("dispatch-head", "workflow_dispatch", default, INPUT_HEAD="topic-7")
    step("dispatch-number", "workflow_dispatch", default, INPUT_PULL_REQUEST="7")
    step("no-api", "pull_request_opened", merge, INPUT_TOKEN="t", INPUT_CHECK_RUN="true", INPUT_COMMENT="true")


def differences(one: Path, other: Path) -> Iterator[str]:
    """Per file that differs: its name, the first bytes that do, and the first lines that do."""
    for name in sorted({path.relative_to(top) for top in (one, other) for path in files_in(top)}):
        a, b = ((top / name).read_bytes() if (top / name).exists() else b"(no such file)" for top in (one, other))
        if a != b:
            at = next((at for at, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
            yield f"{name}: from byte {at:,}: {a[max(at - 40, 0) : at + 80]!r} became {b[max(at - 40, 0) : at + 80]!r}"
            old, new = (text.decode("utf-8", "replace").splitlines() for text in (a, b))
            yield from (f"    {line[:160]}" for line in list(difflib.unified_diff(old, new, lineterm="", n=1))[2:14])


def main(argv: Sequence[str]) -> int:
    if argv[:1] == ["compare"]:
        found = list(differences(*map(Path, argv[1:3])))
        print("\n".join(found) or "no difference")
        return 1 if found else 0
    parser = argparse.ArgumentParser(usage=__doc__)
    for option in ("--gate", "--action", "--out", "--real", "--top"):
        parser.add_argument(option, required=option not in ("--real", "--top"))
    told = parser.parse_args(argv)
    out, top = Path(told.out).absolute(), Path(told.top or Path(__file__).resolve().parents[2])
    gate, action = ([str(Path(it).absolute()), *words] for it, *words in map(shlex.split, (told.gate, told.action)))
    out.mkdir(parents=True)
    WORK.mkdir()  # fails where another recording runs, or where one was killed: remove it then
    try:
        shutil.copytree(top / "fixtures", WORK / "fixtures")
        recorder = Recorder(gate=gate, action=action, out=out)
        record_evidence(recorder)
        record_changes(recorder)
        if told.real:
            record_real(recorder, Path(told.real).absolute())
        record_action(recorder, top / "tests/github/events")
    finally:
        shutil.rmtree(WORK)
    print(f"{len(files_in(out)):,} files in {out}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
