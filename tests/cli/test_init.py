"""`gate init`: what it writes, where it finds adapters, and what it must not do."""

from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
from contextlib import redirect_stdout
from pathlib import Path

import pytest
import yaml

from gate import git
from gate.cli.init import RULESET, WORKFLOW, Globs, find_adapters
from gate.cli.init import init as command
from gate.cli.main import run
from gate.errors import GateError
from gate.evidence.sample.file import builtin_samples
from gate.policy.load import POLICY_PATH, load_policy

FIXTURES = Path(__file__).parents[2] / "fixtures/adapters"
SHA = "0123456789abcdef0123456789abcdef01234567"


def wanted(work, **given):
    defaults = {"repo": work.top, "adapters": (), "reader": "vmaf-tune", "action": None, "owner": None}
    return {**defaults, **given}


def init(options):
    """What the command prints."""
    printed = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    assert command.callback is not None
    with redirect_stdout(printed):
        command.callback(**options)
    return printed.buffer.getvalue().decode()


def with_adapters(work, place="tools/enc"):
    shutil.copytree(FIXTURES / "vmaf-tune-shape/codec_adapters", work.top / place)
    return work


def workflow(work):
    document = yaml.safe_load((work.top / WORKFLOW).read_text())
    document["on"] = document.pop(True)  # YAML 1.1 reads `on` as a boolean
    return document


def test_a_fresh_repository_is_judged_by_what_was_written(work, capfd):
    with_adapters(work)
    assert run(["init", "--repo", str(work.top)]) == 0
    work.git("add", "--all")
    work.git("commit", "--quiet", "--message", "first")
    assert run(["check", "--repo", str(work.top)]) == 0
    assert "PASSED: no default changed" in capfd.readouterr().out
    source = work.top / "tools/enc/h264_nvenc.py"
    shutil.copy(FIXTURES / "changes/b-frames/codec_adapters/h264_nvenc.py", source)
    assert run(["check", "--repo", str(work.top)]) == 1


def test_before_it_is_merged_the_new_policy_judges_by_its_name(work, tmp_path, capfd):
    with_adapters(work)
    work.commit({}, "adapters, and no policy yet")
    clone = tmp_path / "clone"
    work.git("clone", "--quiet", str(work.top), str(clone))
    assert run(["init", "--repo", str(clone)]) == 0
    assert f"- gate check --policy {POLICY_PATH}" in capfd.readouterr().out
    assert run(["check", "--repo", str(clone), "--policy", str(clone / POLICY_PATH)]) == 0


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({}, ()),
        ({"a.py": "_REGISTRY = {}\nquality_knob = 1\n"}, ()),
        ({"p/__init__.py": "_REGISTRY = {}\n", "p/other.py": "x = 1\n"}, ()),
        ({"p/__init__.py": "_REGISTRY = {}\n", "q/x.py": "quality_knob = 'cq'\n"}, ()),
        (
            {"p/__init__.py": "_REGISTRY = {}\n", "p/x.py": "quality_knob = 'cq'\n"},
            (Globs(reader="vmaf-tune", paths=("p/*.py",)),),
        ),
        ({"d.yaml": "adapters: encoder presets\n"}, ()),
        ({"d.json": '{"adapters": [{"encoder": 1, "presets": 2}]}'}, ()),
        (
            {"d.json": '{"adapters": [{"name": "x", "encoder": "libx264", "presets": ["fast"]}]}'},
            (Globs(reader="manifest", paths=("d.json",)),),
        ),
    ],
    ids=["nothing", "no package", "no knob", "knob elsewhere", "package", "prose", "no manifest", "manifest"],
)
def test_finds_adapters(work, files, found):
    work.write(files)
    assert find_adapters(git.open_repository(work.top)) == found


def test_ignored_files_and_symlinks_are_no_adapters(work):
    with_adapters(work, "build/pkg")
    work.write({".gitignore": "build/\n"})
    (work.top / "link.yaml").symlink_to(FIXTURES / "manifest/encoder-defaults.yaml")
    assert find_adapters(git.open_repository(work.top)) == ()


def test_the_policy_is_valid_and_names_what_was_found(work):
    with_adapters(work)
    init(wanted(work))
    policy = load_policy((work.top / POLICY_PATH).read_bytes(), POLICY_PATH).policy
    assert [(part.reader, part.paths) for part in policy.adapters] == [("vmaf-tune", ("tools/enc/*.py",))]


def test_given_globs_stand_as_they_are(work):
    glob = 'a "b" ü/*.yaml'
    init(wanted(work, adapters=(glob,), reader="manifest"))
    policy = load_policy((work.top / POLICY_PATH).read_bytes(), POLICY_PATH).policy
    assert [(part.reader, part.paths) for part in policy.adapters] == [("manifest", (glob,))]


def test_without_adapters_it_says_so_and_writes_the_usual_place(work):
    assert "No adapters were found" in init(wanted(work))
    assert load_policy((work.top / POLICY_PATH).read_bytes(), POLICY_PATH).policy.adapters[0].paths == (
        "**/codec_adapters/*.py",
    )


def test_the_workflow_always_starts_and_always_ends(work):
    init(wanted(work))
    document = workflow(work)
    assert document["on"].keys() == {"pull_request", "merge_group", "workflow_dispatch"}
    assert document["on"]["pull_request"] == {"types": ["opened", "synchronize", "reopened", "edited"]}
    assert "concurrency" not in document
    (job,) = document["jobs"].values()
    assert "if" not in job
    assert [step["name"] for step in job["steps"] if "if" in step or "continue-on-error" in step] == ["Keep the report"]


def test_permissions_are_least_and_explained(work):
    told = init(wanted(work))
    document = workflow(work)
    assert document["permissions"] == {}
    permissions = document["jobs"]["codec-gate"]["permissions"]
    assert permissions == {"contents": "read", "pull-requests": "read", "actions": "write"}
    for name, level in permissions.items():
        assert f"{name}: {level}" in told


def test_the_evidence_is_pinned_and_is_what_a_policy_without_samples_has(work):
    init(wanted(work))
    policy = load_policy((work.top / POLICY_PATH).read_bytes(), POLICY_PATH).policy
    default = load_policy(b"version: 1", POLICY_PATH).policy.samples
    assert [(part.builtin, part.detector) for part in policy.samples] == [(p.builtin, p.detector) for p in default]
    for part in policy.samples:
        assert part.sha256 == hashlib.sha256(builtin_samples()[part.builtin or ""].read_bytes()).hexdigest()


@pytest.mark.parametrize("owner", [None, "@org/team"])
def test_the_ruleset_requires_the_very_job_imposes_what_is_told_and_locks_nobody_out(work, owner):
    told = init(wanted(work, owner=owner))
    ruleset = json.loads((work.top / RULESET).read_text())
    rules = {rule["type"]: rule["parameters"] for rule in ruleset["rules"]}
    assert rules.keys() == {"pull_request", "required_status_checks"}
    (check,) = rules["required_status_checks"]["required_status_checks"]
    assert check["context"] in {job["name"] for job in workflow(work)["jobs"].values()}
    assert "the check `codec-gate` of GitHub Actions has to pass" in told
    imposed = {key for key, value in rules["pull_request"].items() if value}
    reviewed = {"required_approving_review_count", "require_code_owner_review"} if owner else set()
    assert imposed == {"dismiss_stale_reviews_on_push"} | reviewed
    assert ("one approval of every pull request, @org/team's" in told) == bool(owner)
    # An administrator's own pull request has nobody else to approve it: 5 is GitHub's number of that role.
    assert ruleset["bypass_actors"] == [{"actor_id": 5, "actor_type": "RepositoryRole", "bypass_mode": "pull_request"}]
    assert "Administrators may merge a pull request past all that" in told


@pytest.mark.parametrize(("action", "pinned"), [(f"me/gate@{SHA}", True), ("me/gate@v1", False), (None, False)])
def test_it_says_what_it_pinned(work, action, pinned):
    told = init(wanted(work, action=action))
    name = action or "codec-gate/codec-gate@v"
    assert "Pinned: the evidence by sha256, the workflow's actions by commit" in told
    assert (f"but for {name}" in told, f"pin {name}" in told) == (not pinned, not pinned)
    for line in (work.top / WORKFLOW).read_text().splitlines():
        if line.strip().startswith("uses: ") and name not in line:
            assert re.search(r"@[0-9a-f]{40} # v", line)


@pytest.mark.parametrize("path", [POLICY_PATH, WORKFLOW, RULESET])
@pytest.mark.parametrize("kind", ["file", "dangling link"])
def test_never_overwrites_and_then_writes_nothing(work, path, kind, capfd):
    place = work.top / path
    place.parent.mkdir(parents=True)
    if kind == "file":
        place.write_text("mine")
    else:
        place.symlink_to("nowhere")
    before = sorted(work.top.rglob("*"))
    assert run(["init", "--repo", str(work.top)]) == 2
    assert f"gate: error: {path}: is there already" in capfd.readouterr().err
    assert sorted(work.top.rglob("*")) == before


@pytest.mark.parametrize("place", [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"])
def test_code_owners_are_written_once(work, place):
    init(wanted(work, owner="@org/team"))
    assert "/.github/ @org/team\n" in (work.top / ".github/CODEOWNERS").read_text()
    shutil.rmtree(work.top / ".github")
    work.write({place: "* @me\n"})
    with pytest.raises(GateError, match="CODEOWNERS: is there already"):
        init(wanted(work, owner="@org/team"))
    assert not (work.top / POLICY_PATH).exists()


@pytest.mark.parametrize(
    ("action", "written"),
    [
        (f"org/gate@{SHA}", f"uses: org/gate@{SHA}\n"),
        (f"org/gate@{SHA} # v1.2.3", f"uses: org/gate@{SHA} # v1.2.3\n"),
        (f"docker://ghcr.io/org/gate@sha256:{'a' * 64}", f"uses: docker://ghcr.io/org/gate@sha256:{'a' * 64}\n"),
        ("org/gate@v1", "uses: org/gate@v1 # zizmor: ignore[unpinned-uses]"),
    ],
)
def test_the_action_is_the_given_one(work, action, written):
    init(wanted(work, action=action))
    assert written in (work.top / WORKFLOW).read_text()


@pytest.mark.parametrize(
    "given", [{"action": "x\n      - run: evil"}, {"action": "a b"}, {"owner": "team"}, {"owner": "@a\n* @evil"}]
)
def test_refuses_what_is_no_action_or_owner(work, given):
    with pytest.raises(GateError):
        init(wanted(work, **given))
    assert not (work.top / ".github").exists()


def test_needs_a_clone_with_a_work_tree(tmp_path, work):
    work.git("clone", "--quiet", "--bare", str(work.top), str(tmp_path / "bare"))
    with pytest.raises(GateError, match="bare repository"):
        init(wanted(work, repo=tmp_path / "bare"))
    with pytest.raises(GateError, match="not a git repository"):
        init(wanted(work, repo=tmp_path))
