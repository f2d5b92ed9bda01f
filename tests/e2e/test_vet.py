"""`gate vet` as a user runs it."""

from __future__ import annotations

import json

import pytest

ROWS = (
    "codec,rc_mode,recipe,preset,q,source\n"
    "h264_nvenc,vbr,bf3,p1,2,FoxBird_25fps\n"
    "h264_nvenc,vbr,bare,p1,2,FoxBird_25fps\n"
    "h264_nvenc,cqp,temporal_aq,p4,25,\n"
)


@pytest.fixture
def listed(tmp_path):
    """A recommender's output."""
    path = tmp_path / "list.csv"
    path.write_text(ROWS)
    return path


def test_what_survives_is_written_and_something_dropped_is_status_1(gate, listed, tmp_path):
    ended = gate("vet", listed, "-o", tmp_path / "kept.csv")
    assert ended.status == 1, ended.err
    assert ended.out.splitlines()[0] == "2 of 3 kept: 1 structural; 1 not judged"
    assert (tmp_path / "kept.csv").read_text() == "".join(ROWS.splitlines(keepends=True)[i] for i in (0, 2, 3))
    again = gate("vet", tmp_path / "kept.csv")
    assert (again.status, again.out.splitlines()[0]) == (0, "2 of 2 kept; 1 not judged")


def test_json_and_csv(gate, listed):
    report = gate("vet", listed, "--format", "json", "--as-of", "2026-06-01").report
    assert (report["schema"], report["counts"]["kept"], report["as_of"]) == ("codec-gate.vet/1", 2, "2026-06-01")
    lines = gate("vet", listed, "--format", "csv").out.splitlines()
    assert lines[0].startswith("line,codec,rc_mode,recipe,knobs,preset,q,source,source_class,verdict,action")
    assert [line.partition(",")[0] for line in lines[1:]] == ["3", "4"]


def test_a_project_whose_policy_forbids_it(project, gate, listed):
    rule = "{codec: h264_nvenc, knobs: {temporal-aq: 1}, rc_mode: cqp, reason: costs too much}"
    project.commit({".github/codec-gate.yml": f"forbid: [{rule}]\n"})
    ended = gate("vet", listed, "--repo", project.top)
    assert ended.out.splitlines()[0] == "1 of 3 kept: 1 structural, 1 forbidden"
    assert "costs too much" in ended.out


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "list.csv: is empty"),
        ("hello", "list.csv: is neither JSON, JSONL nor CSV"),
        ("codec,rc_mode,recipe,preset,q\nh264_nvenc,vbr,bf3,p1,\n", "list.csv:2: `q` is missing"),
        ("codec,rc_mode,recipe,preset,q\nh264_nvenc,vbr,bf9,p1,1\n", "list.csv:2: no sample has a recipe 'bf9'"),
        (json.dumps([{"codec": "h264_nvenc", "q": 1}]), "list.csv:1: `preset` is missing"),
        (json.dumps([{"codec": "h264_nvenc", "q": 1, "preset": "p4"}]), "list.csv:1: `rc_mode` is missing"),
        (
            json.dumps(
                {"codec": "h264_nvenc", "rc_mode": "vbr", "preset": "p1", "q": 2, "knobs": {"bf": "3", "-bf": "0"}}
            ),
            "list.csv:1: `knobs` holds `bf` twice, with a dash and without",
        ),
    ],
)
def test_bad_input_is_one_line_and_status_2(gate, listed, tmp_path, text, what):
    listed.write_text(text)
    ended = gate("vet", listed, "-o", tmp_path / "kept")
    assert (ended.status, ended.out, len(ended.err.splitlines())) == (2, "", 1)
    assert what in ended.err
    assert not (tmp_path / "kept").exists()


def test_a_file_that_is_not_there(gate, tmp_path):
    ended = gate("vet", tmp_path / "none")
    assert (ended.status, "No such file" in ended.err) == (2, True)


def test_the_help_says_where_it_is_judged(gate):
    assert "reach: emitted" in " ".join(gate("vet", "--help").out.split())
