"""Holds together what says the same thing twice: action.yml, the code's inputs, documents, workflows and locks."""

from __future__ import annotations

import datetime as dt
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from gate import __version__
from gate.cli.init import _action
from gate.errors import GateError
from gate.github.outcome import not_judged
from gate.github.outputs import ReportFiles, outputs
from gate.github.runner import read_inputs, read_runner

TOP = Path(__file__).parents[1]
WORKFLOWS = sorted((TOP / ".github/workflows").glob("*.yml"))
TEMPLATE = TOP / "gate/cli/templates/workflow.yml"
DOCUMENTS = [TOP / "README.md", *sorted((TOP / "docs").glob("*.md"))]
REQUIRED = [TOP / ".github/workflows/gate.yml", TEMPLATE]
TODAY = dt.date(2026, 1, 1)


def read(path):
    document = yaml.safe_load(path.read_text())
    if True in document:
        document["on"] = document.pop(True)  # YAML 1.1 reads `on` as a boolean
    return document


def steps(path):
    return [step for job in read(path)["jobs"].values() for step in job["steps"]]


ACTION = read(TOP / "action.yml")
PIP = read(TOP / "pip/action.yml")


class Asked(dict[str, str]):
    """An environment that remembers what it was asked for."""

    def __init__(self, *args):
        super().__init__(*args)
        self.names = set()

    def get(self, key, default=None):
        self.names.add(key)
        return super().get(key, default)


def runner_environment(folder):
    event = folder / "event.json"
    event.write_text("{}")
    return {"GITHUB_EVENT_NAME": "push", "GITHUB_REPOSITORY": "o/r", "GITHUB_EVENT_PATH": str(event)}


def test_the_actions_inputs_are_those_that_the_code_reads(tmp_path):
    asked = Asked(runner_environment(tmp_path))
    read_runner(asked)
    read_inputs(asked, Path(), TODAY)
    names = {name.removeprefix("INPUT_").lower().replace("_", "-") for name in asked.names if name.startswith("INPUT_")}
    assert names == ACTION["inputs"].keys()


def test_an_inputs_declared_default_is_the_codes_own():
    declared = {f"INPUT_{name.upper()}": str(given["default"]) for name, given in ACTION["inputs"].items()}
    assert read_inputs(declared, Path(), TODAY) == read_inputs({}, Path(), TODAY)


def test_the_actions_outputs_are_those_that_the_code_writes():
    assert outputs(not_judged(GateError("x")), ReportFiles()).keys() == ACTION["outputs"].keys()


def test_every_input_and_output_is_described():
    for part in (*ACTION["inputs"].values(), *ACTION["outputs"].values()):
        assert len(part["description"]) > 15
    assert ACTION["branding"].keys() == {"icon", "color"}


def test_the_pip_action_takes_and_gives_the_same():
    assert PIP["inputs"] == ACTION["inputs"]
    judge = PIP["runs"]["steps"][-1]
    assert judge["env"] == {
        f"INPUT_{name.upper().replace('-', '_')}": f"${{{{ inputs.{name} }}}}" for name in ACTION["inputs"]
    }
    for name, output in PIP["outputs"].items():
        assert output["description"] == ACTION["outputs"][name]["description"]
        assert output["value"] == f"${{{{ steps.{judge['id']}.outputs.{name} }}}}"
    assert PIP["outputs"].keys() == ACTION["outputs"].keys()


def examples():
    for document in DOCUMENTS:
        for number, block in enumerate(re.findall(r"```yaml\n(.*?)```", document.read_text(), re.DOTALL)):
            yield pytest.param(block, id=f"{document.name}-{number}")


@pytest.mark.parametrize("block", [*examples()])
def test_examples_in_documents_are_yaml_and_give_only_inputs_that_exist(block):
    found = yaml.safe_load(block)
    for step in _steps_in(found):
        if "codec-gate" in str(step.get("uses", "")):
            assert step.get("with", {}).keys() <= ACTION["inputs"].keys()


def _steps_in(node):
    if isinstance(node, dict):
        if "uses" in node:
            yield node
        for part in node.values():
            yield from _steps_in(part)
    elif isinstance(node, list):
        for part in node:
            yield from _steps_in(part)


@pytest.mark.parametrize("path", [*WORKFLOWS, TEMPLATE], ids=lambda path: path.name)
def test_actions_are_pinned_by_commit_with_the_version_beside(path):
    for line in path.read_text().splitlines():
        if re.match(r"\s+(- )?uses:", line) and "ACTION_REFERENCE" not in line:
            assert re.search(r"uses: (\./|[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$)", line), line


def test_one_version_of_an_action_everywhere():
    pins: dict[str, set[str]] = {}
    for path in [*WORKFLOWS, TEMPLATE]:
        for name, pin in re.findall(r"uses: ([\w/-]+)@(.+)", path.read_text()):
            pins.setdefault(name, set()).add(pin)
    assert {name: found for name, found in pins.items() if len(found) > 1} == {}


@pytest.mark.parametrize("path", [*WORKFLOWS, TEMPLATE], ids=lambda path: path.name)
def test_workflows_grant_nothing_by_default_and_expand_nothing_in_a_shell(path):
    document = read(path)
    assert document["permissions"] == {}
    for job in document["jobs"].values():
        assert "permissions" in job
        assert job["timeout-minutes"] <= 60
    for step in steps(path):
        assert "${{" not in step.get("run", "")
        if "actions/checkout" in step.get("uses", ""):
            assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("path", REQUIRED, ids=lambda path: path.name)
def test_a_required_workflow_always_starts_and_is_never_skipped(path):
    document = read(path)
    assert "concurrency" not in document
    assert {"pull_request", "merge_group"} <= document["on"].keys()
    assert document["on"]["pull_request"].keys() == {"types"}
    assert set(document["on"]["pull_request"]["types"]) >= {"opened", "synchronize", "reopened", "edited"}
    for job in document["jobs"].values():
        assert not {"if", "continue-on-error", "concurrency", "needs"} & job.keys()
        gate = next(at for at, step in enumerate(job["steps"]) if step["uses"] in {"./", "ACTION_REFERENCE"})
        assert not any({"if", "continue-on-error"} & step.keys() for step in job["steps"][: gate + 1])
        # What comes after the verdict runs whatever it is, and can't turn it.
        for step in job["steps"][gate + 1 :]:
            assert step["if"].startswith("always()")
            assert step["continue-on-error"] is True


def test_the_starter_workflow_keeps_the_folder_that_the_action_names():
    *_, gate, keep = steps(TEMPLATE)
    assert keep["with"]["path"] == f"${{{{ steps.{gate['id']}.outputs.report-folder }}}}"
    assert "report-folder" in ACTION["outputs"]


def locked(name):
    text = (TOP / name).read_text()
    return {re.sub(r"[-_.]+", "-", found).lower() for found in re.findall(r"^([\w.-]+)==", text, re.MULTILINE)}


def names_of(requirements):
    return {re.sub(r"[-_.]+", "-", name).lower() for line in requirements for name in re.findall(r"^[\w.-]+", line)}


def test_the_locks_hold_what_the_project_needs():
    project = tomllib.loads((TOP / "pyproject.toml").read_text())
    extras = project["project"]["optional-dependencies"]
    needed = names_of([*project["project"]["dependencies"], *extras.get("github", [])])
    assert needed <= locked("requirements.lock")
    assert names_of(project["build-system"]["requires"]) <= locked("requirements-build.lock")


def test_what_only_tests_and_sweeps_need_is_not_in_the_image():
    heavy = {"scipy", "bjontegaard", "altair", "vl-convert-python", "imageio-ffmpeg", "distributed", "matplotlib"}
    assert not heavy & locked("requirements.lock")


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-build.lock"])
def test_every_locked_package_has_hashes_and_no_index(name):
    text = (TOP / name).read_text()
    for block in re.split(r"\n(?=[a-zA-Z])", text.split("\n", 2)[2]):
        assert "--hash=sha256:" in block
    assert "--index" not in text
    assert "://" not in text


def dockerfile():
    return re.sub(r"\\\n", " ", (TOP / "Dockerfile").read_text())


def test_the_image_imports_nothing_from_the_workspace():
    assert '"/opt/gate/bin/python", "-I", "-m", "gate.github.action"' in dockerfile().splitlines()[-1]
    assert "-I -m gate.github.action" in (TOP / "pip/judge").read_text()


def test_the_build_context_holds_what_the_image_copies_and_nothing_of_git():
    let_in = {line[1:] for line in (TOP / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = set()
    for line in dockerfile().splitlines():
        if line.startswith("COPY ") and "--from" not in line:
            copied |= set(line.split()[1:-1])
    assert copied == let_in
    assert all((TOP / path).exists() for path in copied)


def test_the_base_image_is_an_argument_with_a_debian_default():
    assert re.search(r"^ARG BASE=docker\.io/library/debian:\w+-slim$", dockerfile(), re.MULTILINE)


HOOKS = yaml.safe_load((TOP / ".pre-commit-hooks.yaml").read_text())


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_hooks_run_before_commit_and_push_on_any_change(hook):
    assert {"pre-commit", "pre-push"} <= set(hook["stages"])
    assert hook["always_run"]
    assert not hook["pass_filenames"]


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_hooks_need_no_network(hook, work):
    work.commit({"codec_adapters/a.yaml": "adapters: [{name: x, encoder: libx264, presets: [fast]}]\n"})
    options = ["--adapters", "codec_adapters/*.yaml", "--reader", "manifest"]
    # An address that nobody answers at stands for a network that isn't there.
    nowhere = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
    environment = {**os.environ, **nowhere, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    command = [*shlex.split(hook["entry"]), *options]
    done = subprocess.run(command, cwd=work.top, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("hook", "change", "status", "said"),
    [
        ("codec-gate", 'return ("-bf", "3")', 1, ("BLOCKED", "c/a.py:12", "knob added", "bf=3")),
        ("codec-gate", 'return (open("x").read(),)', 2, ("COULD NOT JUDGE", "c/a.py:12")),
        ("codec-gate-defaults", 'return ("-bf", "3")', 0, ("",)),
        ("codec-gate-defaults", 'return (open("x").read(),)', 2, ("c/a.py:12: n", "can't be read: ")),
    ],
)
def test_hooks_say_what_is_wrong_and_where(work, hook, change, status, said):
    fields = 'encoder = "h264_nvenc"\n    quality_knob = "cq"\n    quality_default = 23\n    presets = ("p1",)\n'
    adapter = f"class A:\n    {fields}\n" + "\n" * 4 + "    def extra_params(self):\n        return ()\n"
    work.commit({"c/__init__.py": 'from .a import A\n_REGISTRY = {"n": A()}\n', "c/a.py": adapter})
    work.write({"c/a.py": adapter.replace("return ()", change)})
    (entry,) = [each["entry"] for each in HOOKS if each["id"] == hook]
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "NO_COLOR": "1"}
    command = [*shlex.split(entry), "--adapters", "c/*.py"]
    done = subprocess.run(command, cwd=work.top, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == status, done.stderr
    assert [part for part in said if part not in done.stdout + done.stderr] == []
    assert status or not done.stdout


def test_the_wheel_is_published_without_a_token_and_by_a_job_that_may_do_nothing_else():
    jobs = read(TOP / ".github/workflows/release.yml")["jobs"]
    publish = jobs["pypi"]
    assert publish["permissions"].keys() == {"id-token"}
    assert publish["environment"]["name"] == "pypi"
    assert publish["needs"] == "tag"
    names = [step["uses"].partition("@")[0] for step in publish["steps"]]
    assert names == ["actions/download-artifact", "pypa/gh-action-pypi-publish"]
    assert "with" not in publish["steps"][-1]  # no password, no other index
    handed = next(step for step in jobs["tag"]["steps"] if "upload-artifact" in step.get("uses", ""))
    assert handed["with"]["name"] == publish["steps"][0]["with"]["name"]


def test_a_release_makes_what_gate_init_refers_to(tmp_path):
    """`.ci/release tag`, on a clone whose server is a folder: its tag holds the image's digest, its wheel names its commit."""
    bare, top = tmp_path / "server/o/r.git", tmp_path / "top"
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org"]
    for path in ("action.yml", ".ci/release", "pyproject.toml", "gate/cli/templates/action.txt"):
        (top / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(TOP / path, top / path)
    (top / "requirements-build.lock").write_text("")
    subprocess.run(["git", "init", "-q", "--bare", str(bare)], check=True)
    subprocess.run(["git", "init", "-q", "-b", "main", str(top)], check=True)
    subprocess.run([*git, "-C", str(top), "add", "-A"], check=True)
    subprocess.run([*git, "-C", str(top), "commit", "-qm", "x"], check=True)
    digest = "sha256:" + "d" * 64
    env = {
        **os.environ, "VERSION": __version__, "DIGEST": digest, "IMAGE": "ghcr.io/o/r", "TOKEN": "t", "GITHUB_REPOSITORY": "o/r",
        "GITHUB_SERVER_URL": f"file://{tmp_path}/server", "RUNNER_TEMP": str(tmp_path),
    }  # fmt: skip
    # What builds the wheel needs the index; all before it is what counts here.
    subprocess.run(
        ["bash", "-c", "sed -i '/python3 -m venv/,/pip\" wheel/d' .ci/release && .ci/release tag"],
        cwd=top,
        env=env,
        check=True,
    )
    commit = subprocess.run(
        ["git", "-C", str(bare), "rev-parse", f"v{__version__}"], check=True, capture_output=True, text=True
    ).stdout.strip()
    shown = subprocess.run(
        ["git", "-C", str(bare), "show", f"{commit}:action.yml"], check=True, capture_output=True, text=True
    )
    assert f"image: docker://ghcr.io/o/r@{digest}" in shown.stdout
    assert (top / "gate/cli/templates/action.txt").read_text() == f"o/r@{commit} # v{__version__}\n"
    # What a build of no release refers to is the tag that a release of its version makes.
    assert _action(None).split(" ")[0] == f"codec-gate/codec-gate@v{__version__}"
