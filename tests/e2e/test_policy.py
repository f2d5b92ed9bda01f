"""`gate policy`, and `gate check --fail-on`: whole programs over real repositories."""

from __future__ import annotations

import json

import pytest

PLACE = ".github/codec-gate.yml"
UNMEASURED = {
    "d.yaml": 'adapters: [{name: x, encoder: libx264, argv: "-preset fast -me_range 24", presets: {only: ""}}]\n'
}
BEFORE = {"d.yaml": 'adapters: [{name: x, encoder: libx264, argv: "-preset fast", presets: {only: ""}}]\n'}
READER = "adapters: [{paths: d.yaml, reader: manifest}]\n"


def test_every_key_is_shown_with_where_it_comes_from(work, gate):
    work.commit({PLACE: "version: 1\nstructural: 6/9\n"})
    ended = gate("policy", "show", "--repo", work.top)
    assert ended.status == 0
    assert "  reach: all  # default" in ended.out.splitlines()
    (line,) = [line for line in ended.out.splitlines() if "structural:" in line]
    assert line.startswith(f"  structural: 6/9  # {PLACE}:2")
    shown = json.loads(gate("policy", "show", "--repo", work.top, "--format", "json").out)
    assert shown["keys"]["mode"] == {"value": "enforce", "from": "default"}


def test_without_a_policy_the_defaults_are_shown(work, gate):
    work.commit({"a": "b"})
    ended = gate("policy", "show", "--repo", work.top)
    assert ended.out.startswith("policy built-in defaults")
    assert all(line.endswith("# default") for line in ended.out.splitlines()[1:])


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("mode: enforce\n", []),
        (
            "mode: enforc\nfrobid: []\nforbid:\n  - {codec: a}\n",
            [":1: mode: ", ":2: frobid: unknown key", ":4: forbid[0]"],
        ),
        (
            "forbid:\n  - {codec: h264_nvnec, knobs: {bf: 3}, reason: r}\n  - {codec: libx264, recipe: nope, reason: r}\n",
            ["forbid[0] can match nothing", "forbid[1].recipe: no sample has a recipe 'nope'"],
        ),
        ("samples: [{builtin: nonesuch}]\n", ["nonesuch"]),
    ],
)
def test_all_faults_of_a_file_at_once(text, faults, work, gate):
    work.commit({PLACE: text, **BEFORE})
    ended = gate("policy", "check", "--repo", work.top)
    assert ended.status == (2 if faults else 0)
    for fault in faults:
        assert fault in ended.out
    assert len(ended.out.splitlines()) >= len(faults)


def test_a_folder_without_a_policy_has_nothing_to_check(work, gate):
    work.commit({"a": "b"})
    ended = gate("policy", "check", "--repo", work.top)
    assert (ended.status, "there is no policy" in ended.err) == (2, True)


@pytest.mark.parametrize(("fail_on", "status"), [("blocked", 0), ("not-judged", 1), ("warning", 1)])
def test_more_than_what_blocks_may_fail(fail_on, status, work, gate):
    work.commit({PLACE: READER, **BEFORE})
    work.write(UNMEASURED)
    ended = gate("check", "--repo", work.top, "--fail-on", fail_on)
    assert (ended.status, "NOT JUDGED" in ended.out.splitlines()[0]) == (status, True)
    assert (f"failed by --fail-on {fail_on}" in ended.err) == bool(status)
