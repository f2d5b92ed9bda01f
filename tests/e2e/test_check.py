"""`gate check` over real repositories: what blocks, what passes, and where it points."""

from __future__ import annotations

import re
import subprocess

import pytest

BASE = "codec_adapters/_nvenc_common.py"
H264 = "codec_adapters/h264_nvenc.py"
CQ = '"-cq",\n            str(quality),\n'
BF3 = CQ + '            "-bf",\n            "3",\n'
AQ = CQ + '            "-spatial-aq",\n            "1",\n'
EXTRA = (
    '    encoder: str = "h264_nvenc"\n\n    def extra_params(self) -> tuple[str, ...]:\n        return ("-bf", "3")\n'
)


def _cells(change):
    return {(c["rc_mode"], c["recipe"], c["preset"], c["q"]): c for point in change["points"] for c in point["cells"]}


def test_three_b_frames_are_blocked_with_the_published_figures(project, gate, edit):
    edit(project, H264, ('    encoder: str = "h264_nvenc"\n', EXTRA))
    ended = gate("check", "--repo", project.top, "--format", "json")
    assert ended.status == 1
    (change,) = ended.report["changes"]
    assert (change["adapter"], change["kind"], change["after"]) == ("h264_nvenc", "knob-added", "bf=3")
    assert (change["path"], change["line"]) == (H264, _line(project, H264, '"-bf"'))
    cell = _cells(change)["vbr", "bf3", "p1", "2"]
    assert (cell["verdict"], cell["hits"], round(cell["mean_delta"], 2)) == ("structural", 9, -5.81)
    assert ended.report["samples"][0]["provenance"] == "reconstructed"


def _line(project, path, text):
    return next(i for i, line in enumerate((project.top / path).read_text().splitlines(), 1) if text in line)


def test_the_first_line_is_the_verdict_and_the_next_say_what_to_change(project, gate, edit):
    edit(project, H264, ('    encoder: str = "h264_nvenc"\n', EXTRA))
    lines = gate("check", "--repo", project.top).out.splitlines()
    assert lines[0].startswith("BLOCKED: 1 of 1 changed default must not ship (h264_nvenc)")
    assert "RECONSTRUCTED" in lines[1]
    assert lines[3] == f"{H264}:{_line(project, H264, '-bf')}"
    assert lines[5].endswith("bf3 loses VMAF at equal bitrate on at least 7 of 9 clips.")
    assert ["worst −" in line for line in lines[6:8]] == [True, True]
    assert "Take bf=3 back" in lines[8]
    assert any("2 Mbit/s" in line and "9/9" in line and "−5.81" in line for line in lines)


def test_a_base_class_blocks_through_its_line_for_the_codecs_that_it_hurts(project, gate, edit):
    edit(project, BASE, (CQ, BF3))
    report = gate("check", "--repo", project.top, "--format", "json").report
    found = {change["adapter"]: change for change in report["changes"]}
    assert set(found) == {"h264_nvenc", "hevc_nvenc", "av1_nvenc"}
    assert {(change["path"], change["line"]) for change in found.values()} == {(BASE, _line(project, BASE, '"3",'))}
    verdicts = {key: {point["verdict"] for point in change["points"]} for key, change in found.items()}
    assert verdicts == {"h264_nvenc": {"structural"}, "hevc_nvenc": {"unmeasured"}, "av1_nvenc": {"unmeasured"}}


AT_QUALITIES = {
    "quality <= 20": "quality ≤ 20: bf=3",
    "quality >= 28": "quality ≥ 28: bf=3",
    "quality != 23": "quality ≤ 22, ≥ 24: bf=3",
    "abs(quality - 23) > 1": "quality ≤ 21, ≥ 25: bf=3",
    "quality % 2": "quality 1, 3, 5, 7, … (26 of them): bf=3",
    "preset == 'slow' and quality <= 20": "quality ≤ 20: bf=3",
    "preset == 'placebo' and quality % 2 == 0": "quality 0, 2, 4, 6, … (26 of them): bf=3",
    "quality >= 0": "bf=3",
}


@pytest.mark.parametrize("condition", AT_QUALITIES)
def test_a_knob_at_some_qualities_is_blocked_with_the_interval_and_at_its_line(project, gate, condition):
    body = f"    def extra_params(self, preset: str, quality: int) -> tuple[str, ...]:\n        if {condition}:\n"
    text = (project.top / H264).read_text() + f'\n{body}            return ("-bf", "3")\n        return ()\n'
    project.write({H264: text})
    ended = gate("check", "--repo", project.top, "--format", "json")
    (change,) = ended.report["changes"]
    assert (ended.status, change["kind"], change["before"]) == (1, "knob-added", "")
    assert change["after"] == AT_QUALITIES[condition]
    assert (change["path"], change["line"]) == (H264, _line(project, H264, '"-bf"'))
    presets = {name for point in change["points"] for name in point["adapter_presets"]}
    one = next((name for name in ("slow", "placebo") if f"'{name}'" in condition), None)
    assert presets == ({one} if one else {"ultrafast", "faster", "fast", "medium", "slow", "slower", "placebo"})


def test_spatial_aq_hurts_two_codecs(project, gate, edit):
    edit(project, BASE, (CQ, AQ))
    ended = gate("check", "--repo", project.top, "--format", "json")
    blocked = {c["adapter"] for c in ended.report["changes"] if any(p["action"] == "fail" for p in c["points"])}
    assert (ended.status, blocked) == (1, {"h264_nvenc", "hevc_nvenc"})


HARMLESS = [
    (BASE, ('"""Nothing beyond the defaults."""', '"""Nothing at all."""')),
    (
        BASE,
        (
            "        low, high = self.quality_range\n        if not low <= quality <= high:",
            "        a, b = self.quality_range\n        if not a <= quality <= b:",
        ),
        ("[{low}, {high}]", "[{a}, {b}]"),
    ),
    (
        H264,
        (
            '    encoder: str = "h264_nvenc"\n',
            '    encoder: str = "h264_nvenc"\n\n    def probe(self):\n        import os\n        return os.system("true")\n',
        ),
    ),
    (
        H264,
        ('    encoder: str = "h264_nvenc"\n', '    encoder: str = "h264_nvenc"\n    supports_b_frames: bool = True\n'),
    ),
    (BASE, ("    def ffmpeg_codec_args", "    # a comment\n\n    def ffmpeg_codec_args")),
    (
        BASE,
        (
            '"-preset",\n            nvenc_preset(preset),\n            "-cq",\n            str(quality),\n',
            '"-cq",\n            str(quality),\n            "-preset",\n            nvenc_preset(preset),\n',
        ),
    ),
    (BASE, (CQ, CQ + '            "-gpu",\n            "0",\n')),
]


@pytest.mark.parametrize(
    "change", HARMLESS, ids=["docstring", "renamed local", "new method", "new field", "comment", "order", "gpu"]
)
def test_a_harmless_change_changes_nothing(project, gate, edit, change):
    edit(project, *change)
    ended = gate("check", "--repo", project.top)
    assert (ended.status, ended.out.splitlines()[0]) == (0, "PASSED: no default changed")


def test_an_adapter_that_moves_to_another_file_is_no_change(project, gate, edit):
    text = (project.top / H264).read_text()
    (project.top / H264).unlink()
    project.write({"codec_adapters/moved.py": text})
    edit(project, "codec_adapters/__init__.py", ("from .h264_nvenc import", "from .moved import"))
    assert gate("check", "--repo", project.top).out.startswith("PASSED: no default changed")


def test_a_quality_default_passes_and_is_told(project, gate, edit):
    edit(project, BASE, ("CQ_DEFAULT: Final = 23", "CQ_DEFAULT: Final = 25"))
    ended = gate("check", "--repo", project.top, "--format", "json")
    assert ended.status == 0
    assert {(c["adapter"], c["kind"], c["before"], c["after"], c["line"]) for c in ended.report["changes"]} == {
        (codec, "quality-default", "q=23", "q=25", _line(project, BASE, "CQ_DEFAULT: Final"))
        for codec in ("h264_nvenc", "hevc_nvenc", "av1_nvenc")
    }
    assert {point["verdict"] for c in ended.report["changes"] for point in c["points"]} == {"bare"}


def test_what_base_has_already_is_judged_only_on_request(project, gate, edit):
    edit(project, H264, ('    encoder: str = "h264_nvenc"\n', EXTRA))
    project.commit({})
    assert gate("check", "--repo", project.top).status == 0
    ended = gate("check", "--repo", project.top, "--all", "--format", "json")
    assert ended.status == 1
    assert "standing" in {change["kind"] for change in ended.report["changes"]}


def test_terminal_bare_and_shallow_repositories_say_the_same(project, program, edit, tmp_path):
    base = project.git("rev-parse", "HEAD")
    edit(project, H264, ('    encoder: str = "h264_nvenc"\n', EXTRA))
    head = project.commit({})
    subprocess.run(["git", "clone", "-q", "--bare", str(project.top), str(tmp_path / "bare.git")], check=True)
    subprocess.run(
        ["git", "clone", "-q", "--depth", "2", f"file://{project.top}", str(tmp_path / "shallow")], check=True
    )
    args = ("check", "--base", base, "--head", head, "--trust", base, "--as-of", "2026-06-01", "--format", "json")
    runs = [program(*args, cwd=top) for top in (project.top, tmp_path / "bare.git", tmp_path / "shallow")]
    assert [ended.status for ended in runs] == [1, 1, 1], runs[0].err
    assert runs[0].out == runs[1].out == runs[2].out


def test_two_runs_are_equal_to_the_byte_and_a_file_gets_what_the_terminal_gets(project, gate, edit, tmp_path):
    edit(project, H264, ('    encoder: str = "h264_nvenc"\n', EXTRA))
    for format_ in ("json", "markdown", "text"):
        runs = [
            gate("check", "--repo", project.top, "--format", format_, "--as-of", "2026-06-01").out for _ in range(2)
        ]
        gate("check", "--repo", project.top, "--format", format_, "--as-of", "2026-06-01", "-o", tmp_path / "out")
        assert runs[0] == runs[1] == (tmp_path / "out").read_text()


def test_a_base_that_cannot_be_read_makes_everything_new(project, gate, edit):
    good = (project.top / BASE).read_text()
    project.commit({BASE: "<<<<<<< ours\n" + good})
    project.write({BASE: good})
    ended = gate("check", "--repo", project.top, "--format", "json")
    assert ended.status == 0
    assert any("base can't be read" in notice for notice in ended.report["notices"])
    assert {change["kind"] for change in ended.report["changes"]} == {"new-adapter"}


def test_a_new_adapter_is_judged_whole_and_one_that_goes_is_told(project, gate, edit):
    edit(project, "codec_adapters/__init__.py", ('    "hevc_nvenc": HevcNvencAdapter(),\n', ""))
    ended = gate("check", "--repo", project.top, "--format", "json")
    assert (ended.status, ended.report["notices"]) == (0, ["adapter hevc_nvenc is no longer registered"])
    assert gate("check", "--repo", project.top).out.startswith("PASSED: no new default; 1 adapter gone, or silent")


def test_an_adapter_behind_a_glob_that_matches_nothing_never_looks_green(project, gate):
    ended = gate("check", "--repo", project.top, "--adapters", "src/*.py")
    assert ended.status == 2
    assert "no file of work tree matches src/*.py (give --adapters GLOB, or let `gate init` find them)" in ended.err
    project.write({".github/codec-gate.yml": "adapters: {paths: 'src/*.py'}\n"})
    ended = gate("check", "--repo", project.top, "--adapters", "src/*.py")
    assert "before it is on the target branch, give --policy .github/codec-gate.yml too" in ended.err


def test_measured_evidence_blocks_a_software_encoder_and_is_not_called_reconstructed(project, gate, edit):
    edit(project, "codec_adapters/x264.py", ("        return ()", '        return ("-coder", "vlc")'))
    ended = gate("check", "--repo", project.top)
    assert ended.status == 1
    lines = ended.out.splitlines()
    assert lines[0].startswith("BLOCKED")
    assert lines[0].startswith("BLOCKED: 1 of 1 changed default must not ship (libx264)")
    assert "RECONSTRUCTED" not in "".join(lines[:10])
    assert "cells of cavlc" in "".join(lines)
    (change,) = gate("check", "--repo", project.top, "--format", "json").report["changes"]
    bases = {cell["basis"] for cell in _cells(change).values()}
    assert bases == {"measured"}


FILM = {  # what engineers argue about, on film: status, and what the deciding method says of it
    ("libx264", "-preset medium -crf 26", "-coder vlc"): (1, r"median −3\.\d\d; 9 of 9 clips, 12 of 12 settings"),
    ("libx265", "-preset fast -crf 26", "-x265-params rc-lookahead=40"): (
        0,
        r"median \+0\.\d\d; 2 of 9 clips, 0 of 12",
    ),
    ("libx265", "-preset fast -crf 26", "-x265-params no-sao=1"): (
        0,
        r"worst \+0\.\d\d, median \+0\.3\d; 0 of 9 clips",
    ),
    ("libsvtav1", "-preset 8 -crf 42", "-svtav1-params enable-qm=1"): (
        0,
        r"worst −0\.1\d, median −0\.0\d; 2 of 9 clips",
    ),
    ("libx265", "-preset medium -crf 26", "-tune grain"): (1, r"unseen tune=grain gives fidelity away for looks"),
    ("libx264", "-preset medium -crf 26", "-tune grain"): (0, r"unseen tune=grain gives fidelity away for looks"),
    ("libsvtav1", "-preset 8 -crf 42", "-svtav1-params film-grain=8"): (1, r"unseen film-grain=8 makes grain anew"),
}


@pytest.mark.parametrize(("change", "expected"), FILM.items(), ids=lambda of: of[2] if len(of) == 3 else None)
def test_what_recipes_do_on_film(work, gate, change, expected):
    encoder, before, more = change
    policy = "version: 1\nadapters: [{paths: [defaults.yml], reader: manifest}]\n"
    work.commit({".github/codec-gate.yml": policy, "defaults.yml": PLAIN.format(encoder, before)})
    work.commit({"defaults.yml": PLAIN.format(encoder, f"{before} {more}")})
    ended = gate("check", "--repo", work.top, "--base", "HEAD~1", "--head", "HEAD", "--trust", "HEAD~1")
    assert (ended.status, "SYNTHETIC" in ended.out) == (expected[0], False)
    assert re.search(expected[1], " ".join(ended.out.split())), ended.out


def test_figures_are_of_what_decides(project, gate, edit):
    """Presets that nobody measured decide here: the others lose on some clips, and their figures aren't the change's."""
    edit(project, "codec_adapters/x264.py", ("        return ()", '        return ("-tune", "grain")'))
    (change,) = gate("check", "--repo", project.top, "--format", "json").report["changes"]
    assert {point["action"] for point in change["points"]} == {"notice", "warn"}
    assert change["losses"] == []


MANIFEST = """\
adapters:
  - {{name: a, encoder: h264_nvenc, argv: "-preset p1 -cq 23{0}", presets: {{only: ""}}}}
  - {{name: b, encoder: libx264, argv: "-preset fast -crf 24{1}", presets: {{only: ""}}}}
"""


def test_the_worst_is_the_worst_over_all_changes_and_all_their_cells(work, gate):
    policy = "version: 1\nadapters: [{paths: [defaults.yml], reader: manifest}]\npublished_patterns: false\n"
    work.commit({".github/codec-gate.yml": policy, "defaults.yml": MANIFEST.format("", "")})
    work.commit({"defaults.yml": MANIFEST.format(" -bf 3", " -coder vlc")})
    argv = ("check", "--repo", work.top, "--base", "HEAD~1", "--head", "HEAD", "--trust", "HEAD~1", "--format")
    changes = gate(*argv, "json").report["changes"]
    depths = [
        min(cell["worst"]["delta"] for point in change["points"] for cell in point["cells"] if cell["action"] == "fail")
        for change in changes
    ]
    assert depths == sorted(depths)
    shown = gate(*argv, "markdown").out
    assert f"−{-depths[0]:.2f}" in shown.split("```mermaid")[0]
    chart = shown.split("    bar [")[1].split("]")[0]
    assert max(map(float, chart.split(", "))) == round(-depths[0], 2)


PLAIN = "adapters:\n  - {{name: a, encoder: {0}, argv: '{1}', presets: {{only: ''}}}}\n"
PASSED_OVER = {
    ("libx265", "-preset fast -crf 28 -x265-params rc-lookahead=40", "-preset fast -crf 28 -rc-lookahead 40"): (
        ["rc-lookahead=40"],
        "a: libx265 has no option rc-lookahead: FFmpeg warns and ignores it; -x265-params rc-lookahead=40 would set it",
    ),
    ("libx264", "-preset fast -crf 26", "-preset fast -crf 26 -aq_mode 3"): (
        [],
        "a: libx264 has no option aq_mode: FFmpeg warns and ignores it; a build without av1_amf refuses it; "
        "-aq-mode 3 would set it",
    ),
    ("h264_nvenc", "-preset p4 -cq 23", "-preset p4 -cq 23 -crf 23"): (
        [],
        "a: h264_nvenc has no option crf: FFmpeg warns and ignores it",
    ),
}


@pytest.mark.parametrize(("argvs", "expected"), PASSED_OVER.items())
def test_an_option_that_ffmpeg_passes_over_is_a_notice(work, gate, argvs, expected):
    policy = "version: 1\nadapters: [{paths: [defaults.yml], reader: manifest}]\n"
    encoder, before, after = argvs
    work.commit({".github/codec-gate.yml": policy, "defaults.yml": PLAIN.format(encoder, before)})
    work.commit({"defaults.yml": PLAIN.format(encoder, after)})
    argv = ("check", "--repo", work.top, "--base", "HEAD~1", "--head", "HEAD", "--trust", "HEAD~1", "--format")
    ended = gate(*argv, "json")
    assert [change["before"] for change in ended.report["changes"]] == expected[0]
    said = next(notice for notice in ended.report["notices"] if "option" in notice)
    assert said == f"{expected[1]} (defaults.yml:2)"
    (run,) = gate(*argv, "sarif").report["runs"]
    told = [note["message"]["text"] for note in run["invocations"][0]["toolExecutionNotifications"]]
    assert said in told
    adapter = gate("defaults", "--repo", work.top, "--format", "json").report[0]
    assert [f"a: {notice['text']} ({notice['path']}:{notice['line']})" for notice in adapter["notices"]] == [said]


def test_a_changed_context_is_a_change_that_nobody_measured(work, gate):
    policy = "version: 1\nadapters: [{paths: [defaults.yml], reader: manifest}]\npublished_patterns: false\n"
    before, after = "-preset fast -crf 26 -tune grain", "-preset fast -crf 26 -tune grain -g 50"
    work.commit({".github/codec-gate.yml": policy, "defaults.yml": PLAIN.format("libx264", before)})
    work.commit({"defaults.yml": PLAIN.format("libx264", after)})
    argv = ("check", "--repo", work.top, "--base", "HEAD~1", "--head", "HEAD", "--trust", "HEAD~1", "--format", "json")
    report = gate(*argv).report
    (change,) = report["changes"]
    (point,) = change["points"]
    assert (change["before"], change["after"]) == ("", "g=50")
    assert (point["verdict"], point["action"]) == ("unmeasured", "warn")
    assert "a emits g=50, which shapes every encode alike (context): only the knobs are judged" in report["notices"]


def test_fix_makes_the_verified_edit_and_judges_again(project, gate, edit):
    before = (project.top / H264).read_text()
    edit(project, H264, ('    encoder: str = "h264_nvenc"\n', EXTRA))
    line = _line(project, H264, '"-bf"')
    ended = gate("check", "--repo", project.top, "--fix")
    assert (ended.status, ended.out.splitlines()[0].split(":")[0]) == (0, "PASSED")
    assert ended.err == f"gate: edited {H264}:{line}\n"
    assert '"-bf"' not in (project.top / H264).read_text() != before


def test_fix_edits_no_commit_and_nothing_behind_a_link(project, gate, edit, tmp_path):
    assert gate("check", "--repo", project.top, "--head", "HEAD", "--fix").status == 2
    edit(project, H264, ('    encoder: str = "h264_nvenc"\n', EXTRA))
    elsewhere = tmp_path / "elsewhere.py"
    (project.top / H264).rename(elsewhere)
    (project.top / H264).symlink_to(elsewhere)
    there = elsewhere.read_bytes()
    gate("check", "--repo", project.top, "--fix")
    assert elsewhere.read_bytes() == there


def test_quiet_says_the_verdict_and_verbose_every_cell(project, gate, edit):
    assert gate("check", "--repo", project.top, "-q").out == ""
    edit(project, H264, ('    encoder: str = "h264_nvenc"\n', EXTRA))
    quiet = gate("check", "--repo", project.top, "-q")
    assert (quiet.status, quiet.out.count("\n"), quiet.out[:8]) == (1, 1, "BLOCKED:")
    cells = [gate("check", "--repo", project.top, *more).out.count("structural  ") for more in ((), ("-v",))]
    assert cells[0] == 12 < cells[1]


def test_colour_is_a_choice(project, gate, monkeypatch):
    coloured = lambda *more: "\x1b[" in gate("check", "--repo", project.top, *more).out  # noqa: E731
    assert (coloured(), coloured("--color", "always")) == (False, True)
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert (coloured(), coloured("--color", "never")) == (True, False)
    monkeypatch.setenv("NO_COLOR", "1")
    assert not coloured()
