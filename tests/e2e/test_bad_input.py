"""Whatever is wrong with what the gate is given: one clear line, exit status 2, and nothing executed."""

from __future__ import annotations

import os

import pytest

PLACE = ".github/codec-gate.yml"
H264 = "codec_adapters/h264_nvenc.py"
CQ = '"-cq",\n            str(quality),\n'
FIELD = '    encoder: str = "h264_nvenc"\n'


def _one_line(ended, message):
    assert ended.status == 2, ended.out
    assert ended.err.startswith("gate: error: ")
    assert ended.err.count("\n") == 1, ended.err
    assert message in ended.err


USAGE = [
    (["check", "--base", "nope"], "--base: no such commit: nope"),
    (["check", "--head", "nope"], "--head: no such commit: nope"),
    (["check", "--trust", "nope"], "--trust: no such commit: nope"),
    (["check", "--base", "--upload-pack=x"], "--base: no such commit"),
    (["check", "--head", "HEAD", "--worktree"], "two different heads"),
    (["check", "--base", ""], "--base: no such commit"),
    (["check", "--trust", ""], "--trust: no such commit"),
    (["check", "--as-of", "tomorrow"], "--as-of: tomorrow is not a date"),
    (["check", "--policy", "gone.yml"], "gone.yml: can't be read"),
    (["check", "--sample", "gone.parquet"], "gone.parquet: can't be read"),
    (["check", "--format", "pdf"], "'pdf' is not one of"),
    (["check", "--adapters", "\udcff"], "--adapters: paths[0]: input should be a valid string"),
    (
        ["defaults", "--adapters", "a.py", "--adapters", "\udcff"],
        "--adapters: paths[1]: input should be a valid string",
    ),
    (["check", "--policy", "\udcff"], "can't be read"),
    (["check", "--base", "\udcff"], "--base: no such commit"),
    (["check", "--nope"], "No such option"),
    (["check", "-o", "no/such/folder/out"], "can't be written"),
    (["defaults", "--ref", "nope"], "no such commit: nope"),
    (["analyze", "gone.jsonl", "--out", "x"], "gone.jsonl"),
    (["sample", "info", "gone.parquet"], "gone.parquet: can't be read"),
    (["sample", "info", "builtin:gone"], "no built-in sample is called 'gone'"),
    (["sample", "build", "gone.jsonl", "-o", "x.parquet"], "gone.jsonl"),
    (["analyze", "README", "--out", "x", "--structural", "9/7"], "--structural"),
    (["nope"], "No such command"),
]


@pytest.mark.parametrize(("args", "message"), USAGE, ids=[" ".join(args)[:40] for args, _ in USAGE])
def test_a_wrong_command_line(project, gate, args, message):
    project.write({"README": "text"})
    _one_line(gate(*args, cwd=project.top), message)


def test_no_repository(gate, tmp_path):
    (tmp_path / "empty").mkdir()
    _one_line(gate("check", "--repo", tmp_path / "empty"), "not a git repository")
    _one_line(gate("check", "--repo", tmp_path / "gone"), "no such folder")


def test_no_git(project, gate, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    _one_line(gate("check", "--repo", project.top), "git is not installed")


@pytest.mark.parametrize("policy", ["modee: enforce", "a: [", "structural: 12/9", "- x", ""])
def test_a_bad_policy_on_the_target_branch(project, gate, policy):
    project.commit({PLACE: policy})
    _one_line(gate("check", "--repo", project.top), PLACE)


WITNESS = "witness-of-execution"

HOSTILE = [
    # what stands in h264_nvenc.py, and what the one line or the report says
    ("syntax", "def broken(:\n", "h264_nvenc.py:1"),
    ("conflict markers", "<<<<<<< HEAD\nx = 1\n=======\n", "h264_nvenc.py:1"),
    ("null byte", "x = 1\x00\n", "h264_nvenc.py"),
    ("not UTF-8", b"# \xff\xfe\nx = 1\n", "h264_nvenc.py"),
    ("deep nesting", "x = " + "(" * 100_000 + "\n", "h264_nvenc.py"),
]


@pytest.mark.parametrize(("contents", "message"), [case[1:] for case in HOSTILE], ids=[case[0] for case in HOSTILE])
def test_adapters_that_do_not_parse(project, gate, contents, message):
    project.write({H264: contents})
    _one_line(gate("check", "--repo", project.top), message)
    _one_line(gate("defaults", "--repo", project.top, "--format", "json"), message)


METHOD = FIELD + "\n    def extra_params(self):\n"

UNRESOLVED = [
    ("endless loop", METHOD + "        while True:\n            pass\n"),
    ("gigabyte string", METHOD + "        return ('-x', 'a' * 10**9)\n"),
    ("gigabyte list", METHOD + "        return tuple(['-x'] * 10**9)\n"),
    ("huge number", METHOD + "        return ('-x', str(9**9**9))\n"),
    ("recursion", METHOD + "        return self.extra_params()\n"),
    ("wide format", METHOD + "        return ('-x', f'{1:>999999999}')\n"),
    ("reads a file", METHOD + f"        open('{WITNESS}', 'w').write('x')\n        return ()\n"),
    ("environment", METHOD + "        import os\n        return ('-bf', os.environ['BF'])\n"),
    (
        "a program",
        METHOD + f"        import subprocess\n        return tuple(subprocess.check_output(['touch', '{WITNESS}']))\n",
    ),
    ("eval", METHOD + f"        return eval(\"open('{WITNESS}', 'w')\")\n"),
    ("import", METHOD + "        import importlib\n        return importlib.import_module('x').y\n"),
    ("clock", METHOD + "        import time\n        return ('-bf', str(int(time.time()) % 4))\n"),
    ("chance", METHOD + "        import random\n        return ('-bf', str(random.randint(0, 3)))\n"),
]


@pytest.mark.parametrize("text", [case[1] for case in UNRESOLVED], ids=[case[0] for case in UNRESOLVED])
def test_adapters_that_leave_the_closed_world(project, gate, edit, text):
    edit(project, H264, (FIELD, text))
    project.write({"codec_adapters/h264_nvenc.py": (project.top / H264).read_text()})
    ended = gate("check", "--repo", project.top, cwd=project.top)
    assert ended.status == 2
    assert ended.out.startswith("COULD NOT JUDGE") or ended.err.startswith("gate: error: ")
    assert "codec_adapters/h264_nvenc.py:" in ended.out + ended.err
    assert "Traceback" not in ended.err
    assert not list(project.top.rglob(WITNESS))
    assert not (project.top / "codec_adapters/__pycache__").exists()


def test_module_level_code_is_never_run(project, gate):
    text = (project.top / H264).read_text()
    project.write({H264: f"open({WITNESS!r}, 'w').close()\n" + text})
    ended = gate("check", "--repo", project.top, cwd=project.top)
    assert ended.status == 2
    assert not list(project.top.rglob(WITNESS))


def test_unresolved_may_warn_and_then_is_counted(project, gate, edit):
    project.commit({PLACE: "unresolved: warn\n"})
    edit(project, H264, (FIELD, UNRESOLVED[7][1]))
    ended = gate("check", "--repo", project.top)
    assert ended.status == 0
    assert "NOT JUDGED" in ended.out.splitlines()[0]


def test_what_was_unresolved_already_is_only_listed(project, gate, edit):
    edit(project, H264, (FIELD, UNRESOLVED[7][1]))
    project.commit({})
    ended = gate("check", "--repo", project.top, "--format", "json")
    assert ended.status == 0
    assert {part["action"] for part in ended.report["unresolved"]} == {"listed"}


SHADOWS = ["h264_nvenc/__init__.py", "h264_nvenc.abi3.so", "__pycache__/h264_nvenc.cpython-311.pyc"]


@pytest.mark.parametrize("name", SHADOWS)
def test_what_python_would_import_in_an_adapters_place_is_never_passed_over(project, gate, name):
    base = project.git("rev-parse", "HEAD")
    shadow = project.commit({f"codec_adapters/{name}": "x = 1\n"})
    changed = project.commit({f"codec_adapters/{name}": "x = 2\n"})
    other = project.commit({"README": "nothing"})
    for before, after, status in ((base, shadow, 2), (shadow, changed, 2), (changed, other, 0)):
        ended = gate("check", "--repo", project.top, "--base", before, "--head", after)
        source = name.endswith(".py")  # Python imports it, and finds no adapter in it
        assert ended.status == (2 if source else status), ended.out
        assert "codec_adapters/" in ended.out + ended.err
    project.write({f"codec_adapters/{name}": "x = 3\n"})
    assert gate("check", "--repo", project.top).status == 2


def test_advisory_says_so_also_where_it_could_not_judge(project, gate, edit):
    project.commit({PLACE: "mode: advisory\n"})
    edit(project, H264, (FIELD, UNRESOLVED[7][1]))
    ended = gate("check", "--repo", project.top)
    assert ended.status == 2
    assert ended.out.startswith("ADVISORY, COULD NOT JUDGE: ")


def test_python_m_gate_runs_nothing_of_the_repository(project, program):
    for name in ("click", "yaml", "duckdb", "json", "pathlib", "subprocess", "typing"):
        project.write({f"{name}.py": f"open({WITNESS!r}, 'w').close()\nprint('PASSED')\nraise SystemExit(0)\n"})
    ended = program("check", cwd=project.top)
    assert ended.out.startswith("COULD NOT JUDGE: ")  # Python could import these in the standard library's place
    assert not list(project.top.rglob(WITNESS))


def test_a_symlink_out_of_the_tree(project, gate, tmp_path):
    (tmp_path / "secret.py").write_text("TOKEN = 1\n")
    (project.top / "codec_adapters/secret.py").symlink_to(tmp_path / "secret.py")
    _one_line(gate("check", "--repo", project.top), "codec_adapters/secret.py: is a symlink")
    project.git("add", "--all")
    project.git("commit", "-qm", "link")
    _one_line(gate("check", "--repo", project.top, "--base", "HEAD~1", "--head", "HEAD"), "is a symlink")


def test_a_file_name_forges_no_line(project, gate):
    project.write({"codec_adapters/a\n::error::x.py": "def broken(:\n"})
    _one_line(gate("check", "--repo", project.top), "a\\n::error::x.py")


def test_a_reader_that_goes_away_is_no_bug(project):
    import subprocess  # noqa: PLC0415
    import sys  # noqa: PLC0415

    done = subprocess.run(
        f"{sys.executable} -m gate schema policy | head -c 1 >/dev/null; exit ${{PIPESTATUS[0]}}",
        shell=True,
        executable="/bin/bash",
        capture_output=True,
        text=True,
        cwd=project.top,
        env={**os.environ},
        check=False,
    )
    assert "Traceback" not in done.stderr
    assert done.returncode != 3


def test_no_output_takes_the_place_of_what_is_no_file(project, gate, tmp_path):
    """As root it would replace a device."""
    os.mkfifo(tmp_path / "pipe")
    rows = [
        f'{{"source": "{s}", "codec": "h264_nvenc", "rc_mode": "vbr", "recipe": "{r}", "preset": "p1", "q": "1", '
        f'"bitrate_kbps": 9, "vmaf_score": 9, "encode_time_ms": 1, "knob_combo": "{k}"}}\n'
        for s in "abc"
        for r, k in (("bare", ""), ("bf3", "bf=3"))
    ]
    (tmp_path / "s.jsonl").write_text("".join(rows))
    (tmp_path / "s.jsonl.manifest.yaml").write_text("schema: codec-gate.sweep/1\nprovenance: measured\n")
    (tmp_path / "out").mkdir()
    os.mkfifo(tmp_path / "out/clusters.csv")
    for command in (
        ("check", "--repo", project.top, "-o", "pipe"),
        ("defaults", "--repo", project.top, "-o", "pipe"),
        ("explain", "h264_nvenc", "vbr", "bf3", "p1", "1", "-o", "pipe"),
        ("sample", "build", "s.jsonl", "-o", "pipe"),
        ("analyze", "s.jsonl", "--out", "out"),
    ):
        ended = gate(*command)
        assert (ended.status, "is not a regular file, and stays as it is" in ended.err) == (2, True), (command, ended)
    assert (tmp_path / "pipe").is_fifo()
    assert (tmp_path / "out/clusters.csv").is_fifo()


def test_defaults_that_go_into_a_file_say_on_standard_error_what_cant_be_read(project, gate, tmp_path):
    unread = FIELD + "\n    def extra_params(self):\n        return (open('x').read(),)\n"
    project.commit({H264: (project.top / H264).read_text().replace(FIELD, unread)})
    ended = gate("defaults", "--repo", project.top, "--format", "json", "--output", tmp_path / "void")
    assert (ended.status, ended.out) == (2, "")
    assert f"gate: error: {H264}:" in ended.err
    assert "can't be read: " in ended.err


def test_a_report_that_goes_into_a_file_says_on_standard_error_why_it_doesnt_pass(project, gate, edit, tmp_path):
    edit(project, "codec_adapters/_nvenc_common.py", (CQ, CQ + '            "-bf",\n            "3",\n'))
    ended = gate("check", "--repo", project.top, "--output", tmp_path / "report.txt")
    assert (ended.status, ended.out) == (1, "")
    assert ended.err.startswith("gate: BLOCKED")
    assert gate("check", "--repo", project.top, "--head", "HEAD", "--output", tmp_path / "report.txt").err == ""
