"""Policy, waivers and samples come from the target branch's live tip; nothing that an author controls loosens them."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest

from gate.evidence.sample.file import builtin_sample
from gate.policy.load import MISNAMED

PLACE = ".github/codec-gate.yml"
BASE = "codec_adapters/_nvenc_common.py"
CQ = '"-cq",\n            str(quality),\n'
BF3 = CQ + '            "-bf",\n            "3",\n'
WAIVER = "waivers: [{codec: h264_nvenc, recipe: bf3, reason: archive tier, owner: video, expires: 2026-07-01}]\n"


@pytest.fixture
def clone(project, tmp_path, edit):
    """A clone of the project on a branch that gives every NVENC codec 3 B-frames."""
    top = tmp_path / "clone"

    def make(policy=None):
        if policy is not None:
            project.commit({PLACE: policy})
        subprocess.run(["git", "clone", "-q", str(project.top), str(top)], check=True)
        cloned = type(project)(top=top)
        cloned.git("checkout", "-q", "-b", "topic")
        edit(cloned, BASE, (CQ, BF3))
        cloned.commit({})
        return cloned

    return make


def test_the_branchs_own_policy_does_not_count(clone, gate):
    topic = clone("mode: enforce\n")
    topic.commit({PLACE: "mode: advisory\n"})
    ended = gate("check", "--repo", topic.top, "--format", "json")
    assert ended.status == 1
    assert any(notice.startswith(f"this change edits {PLACE}; it was judged by") for notice in ended.report["notices"])


def test_a_policy_that_the_target_tightened_after_the_branch_point_applies(project, clone, gate):
    topic = clone("published_patterns: false\nstructural: 9\nmode: advisory\n")
    assert gate("check", "--repo", topic.top).out.startswith("ADVISORY, WOULD BLOCK")
    tip = project.commit({PLACE: "mode: enforce\n"})
    topic.git("fetch", "-q")
    ended = gate("check", "--repo", topic.top, "--format", "json")
    assert ended.status == 1
    assert (ended.report["trust"], ended.report["policy"]["mode"]) == ({"commit": tip, "trusted": True}, "enforce")
    assert ended.report["base"] != tip


@pytest.mark.parametrize(
    ("policy", "key"),
    [
        ("mode: advisory\n", "mode"),
        ("structural: 9/9\n", "structural"),
        (WAIVER, "waivers"),
        ("contains: pass\n", "contains"),
    ],
)
def test_a_flag_that_loosens_is_refused(clone, gate, tmp_path, policy, key):
    topic = clone("version: 1\n")
    (tmp_path / "mine.yml").write_text(policy)
    ended = gate("check", "--repo", topic.top, "--policy", tmp_path / "mine.yml")
    assert ended.status == 2
    assert f"looser than the trusted policy in {key}" in ended.err


def test_a_flag_that_tightens_is_taken(clone, gate, tmp_path):
    topic = clone("mode: advisory\n")
    (tmp_path / "mine.yml").write_text("mode: enforce\n")
    assert gate("check", "--repo", topic.top, "--policy", tmp_path / "mine.yml").status == 1


def test_adapters_of_the_command_line_cannot_hide_the_policys(clone, gate):
    topic = clone("adapters: [{paths: 'codec_adapters/*.py'}]\n")
    ended = gate("check", "--repo", topic.top, "--adapters", "codec_adapters/x264.py")
    assert ended.status == 2
    assert "looser than the trusted policy in adapters" in ended.err


def test_where_no_target_branch_is_known_a_policy_file_is_taken_as_it_is(project, gate, edit, tmp_path):
    edit(project, BASE, (CQ, BF3))
    (tmp_path / "mine.yml").write_text("mode: advisory\n")
    ended = gate("check", "--repo", project.top, "--policy", tmp_path / "mine.yml")
    assert (ended.status, ended.out.splitlines()[0].split(":")[0]) == (0, "ADVISORY, WOULD BLOCK")


def test_a_target_branch_without_a_policy_is_bound_by_the_defaults(clone, gate, tmp_path):
    topic = clone()
    (tmp_path / "mine.yml").write_text("mode: advisory\nadapters: [{paths: 'codec_adapters/*.py'}]\n")
    ended = gate("check", "--repo", topic.top, "--policy", tmp_path / "mine.yml")
    assert ended.status == 2
    assert "looser than the defaults, which bind a target branch without a policy, in mode (" in ended.err
    (tmp_path / "mine.yml").write_text("unmeasured: fail\nadapters: [{paths: 'codec_adapters/*.py'}]\n")
    assert gate("check", "--repo", topic.top, "--policy", tmp_path / "mine.yml").status == 1


VETTED = '[{"codec": "h264_nvenc", "rc_mode": "vbr", "preset": "p4", "q": "4", "recipe": "bare"}]'
READS_A_POLICY = {
    "check": ("check", "--all"),
    "check, given globs": ("check", "--adapters", "codec_adapters/*.py"),
    "defaults": ("defaults",),
    "defaults of a commit": ("defaults", "--ref", "HEAD"),
    "defaults, given globs": ("defaults", "--adapters", "codec_adapters/*.py"),
    "explain a cell": ("explain", "h264_nvenc", "vbr", "full_hq", "p4", "4"),
    "explain a change": ("explain", "--change", "codec_adapters/h264_nvenc.py"),
    "vet": ("vet", "../vetted.json"),
    "sample fetch": ("sample", "fetch"),
    "sample diff": ("sample", "diff", "builtin:measured", "builtin:measured"),
}


@pytest.mark.parametrize("name", MISNAMED)
@pytest.mark.parametrize("command", READS_A_POLICY.values(), ids=READS_A_POLICY)
def test_a_policy_where_no_gate_looks_is_an_error_of_every_command(project, gate, command, name):
    project.commit({name: "unmeasured: fail\n"})
    (project.top / "../vetted.json").write_text(VETTED)
    ended = gate(*command, "--repo", project.top, cwd=project.top)
    assert (ended.status, f"{name}: is not where the policy is looked for" in ended.err) == (2, True)


@pytest.mark.parametrize("command", READS_A_POLICY.values(), ids=READS_A_POLICY)
def test_a_policy_in_its_place_is_read_by_every_command(project, gate, command):
    project.commit({".github/codec-gate.yml": "unmeasured: perhaps\n"})
    (project.top / "../vetted.json").write_text(VETTED)
    ended = gate(*command, "--repo", project.top, cwd=project.top)
    assert (ended.status, "unmeasured: input should be 'fail', 'warn' or 'pass'" in ended.err) == (2, True)


def test_a_policy_behind_a_link_is_an_error(project, gate):
    (project.top / "elsewhere").mkdir()
    (project.top / ".github").symlink_to("elsewhere")
    project.commit({"elsewhere/codec-gate.yml": "mode: advisory\n"})
    ended = gate("check", "--repo", project.top)
    assert (ended.status, ".github: is a symlink" in ended.err) == (2, True)


@pytest.mark.parametrize(("day", "status", "state"), [("2026-06-30", 0, "used"), ("2026-07-01", 1, "expired")])
def test_a_waiver_lets_it_ship_until_its_day(clone, gate, day, status, state):
    topic = clone("published_patterns: false\n" + WAIVER)
    ended = gate("check", "--repo", topic.top, "--as-of", day, "--format", "json")
    assert ended.status == status
    (waiver,) = ended.report["waivers"]
    assert (waiver["status"], waiver["owner"], ended.report["as_of"]) == (state, "video", day)


def test_an_unused_waiver_is_told(project, gate):
    project.commit({PLACE: WAIVER})
    ended = gate("check", "--repo", project.top, "--as-of", "2026-06-01")
    assert "waiver unused: h264_nvenc bf3, until 2026-07-01, video: archive tier" in ended.out


def test_a_sample_of_the_trust_ref_serves_pinned_by_its_digest(project, gate, edit):
    contents = builtin_sample("research-0080").read_bytes()
    pin = hashlib.sha256(contents).hexdigest()
    policy = f"samples: [{{path: evidence/a.parquet, sha256: {pin}}}]\n"
    project.commit({PLACE: policy, "evidence/a.parquet": contents})
    edit(project, BASE, (CQ, BF3))
    ended = gate("check", "--repo", project.top, "--format", "json")
    assert (ended.status, ended.report["samples"][0]["name"]) == (1, "evidence/a.parquet")
    project.commit({"evidence/a.parquet": contents + b"x"})
    ended = gate("check", "--repo", project.top)
    assert ended.status == 2
    assert "evidence/a.parquet: is another file than the policy names" in ended.err


SAMPLES = [
    ("samples: [{path: gone.parquet, sha256: %s}]" % ("a" * 64), "gone.parquet: no such file in the trust ref"),
    ("samples: [{path: lfs.parquet, sha256: %s}]" % ("a" * 64), "lfs.parquet: is a Git LFS pointer"),
    ("samples: [{builtin: nope}]", "no built-in sample is called 'nope'"),
    ("samples: [{builtin: research-0080, sha256: %s}]" % ("a" * 64), "is another file than the policy names"),
    ("samples: [{builtin: research-0080, codecs: libx264}]", "builtin:research-0080 holds no rows of libx264"),
    ("samples: [{builtin: research-0080}, {builtin: research-0080}]", "is served by builtin:research-0080 and by"),
    ("structural: 10", "structural at 10 is impossible"),
    ("max_evidence_age: {days: 30, action: fail}", "doesn't say when it was measured"),
    ("forbid: [{codec: h264_nvenc, recipe: nope, reason: r}]", "no sample has a recipe 'nope'"),
    (
        "waivers: [{codec: h264_nvenc, knobs: {tune: hq}, reason: r, owner: o, expires: 2027-01-01}]",
        "is what h264_nvenc does anyway",
    ),
]


@pytest.mark.parametrize(("policy", "message"), SAMPLES)
def test_evidence_that_is_not_what_the_policy_says_is_an_error(project, gate, policy, message):
    project.commit({PLACE: policy, "lfs.parquet": "version https://git-lfs.github.com/spec/v1\noid sha256:0\n"})
    ended = gate("check", "--repo", project.top)
    assert (ended.status, ended.out) == (2, "")
    assert message in ended.err
    assert ended.err.count("\n") == 1


def test_old_evidence_warns(project, gate):
    project.commit({PLACE: "max_evidence_age: {days: 30}\n"})
    ended = gate("check", "--repo", project.top)
    assert ended.status == 0
    assert "doesn't say when it was measured, and the policy allows 30 days" in " ".join(ended.out.split())


def test_a_sample_that_is_given_must_be_one_that_the_trusted_policy_lists(clone, gate, tmp_path):
    topic = clone("version: 1\n")
    own = tmp_path / "own.parquet"
    own.write_bytes(Path(builtin_sample("research-0080")).read_bytes())
    assert gate("check", "--repo", topic.top, "--sample", own).status == 1
    ended = gate("sample", "build", _small_sweep(tmp_path), "-o", tmp_path / "small.parquet")
    assert ended.status == 0, ended.err
    ended = gate("check", "--repo", topic.top, "--sample", tmp_path / "small.parquet")
    assert ended.status == 2
    assert "the trusted policy lists no sample with sha256" in ended.err


def _small_sweep(folder):
    head = (
        '{"codec": "h264_nvenc", "rc_mode": "vbr", "preset": "p1", "q": 1, "bitrate_kbps": 900, "encode_time_ms": 1, '
    )
    rows = [f'{head}"source": "s{i}", "recipe": "{name}", "vmaf_score": {vmaf}, "knob_combo": "{knobs}"}}'
            for i in range(9) for name, vmaf, knobs in (("bare", 80, ""), ("bf3", 80, "bf=3"))]  # fmt: skip
    (folder / "small.jsonl").write_text("\n".join(rows) + "\n")
    (folder / "small.jsonl.manifest.yaml").write_text("schema: codec-gate.sweep/1\nprovenance: measured\n")
    return folder / "small.jsonl"
