"""What `gate explain` finds: one cell by name with what the policy would do, and every cell of what a file proposes."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from gate.errors import GitError, UsageError
from gate.evidence.model import CellKey, CellVerdict, disagree
from gate.judge import check
from gate.judge.explain import explain_cell, explain_change
from gate.judge.model import Action
from gate.report.explain import subject
from tests.evidence.small_sweep import small_sample

ADAPTERS = Path(__file__).parents[2] / "fixtures/adapters"
DAY = dt.date(2026, 6, 1)
CELL = {"codec": "h264_nvenc", "rc_mode": "vbr", "recipe": "bf3", "preset": "p1", "q": "2"}


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """A folder that is no repository."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def explained(**changed):
    given = {name: changed.pop(name, value) for name, value in CELL.items()}
    request = {"repo": None, "trust": None, "policy": None, "sample": None, "as_of": DAY} | changed
    return explain_cell(CellKey(**given), **request)


def test_a_cell_with_its_sources_threshold_and_fate(elsewhere):
    told = explained()
    (one,) = told.cells
    assert (one.judged.cell.verdict, one.judged.action) == (CellVerdict.STRUCTURAL, Action.FAIL)
    assert len(one.detail.sources) == one.sample.sources == 9
    assert one.sample.threshold == 7
    assert [rule.kind for rule in one.rules] == ["forbid"]
    assert {plane.rc_mode for plane in told.slices} == {"vbr"}
    assert told.trust is None
    assert "no repository here" in told.notices[0]


UNKNOWN = [
    (
        {"codec": "h264_nvenk"},
        "the evidence has no codec 'h264_nvenk'; known are h264_nvenc",
        "did you mean h264_nvenc?",
    ),
    ({"rc_mode": "vbq"}, "no rate control 'vbq'; known are cqp, vbr, cbr", "did you mean vbr?"),
    ({"recipe": "bf33"}, "no recipe 'bf33'; known are bf0, bf3", "did you mean bf3?"),
    ({"recipe": "bare"}, "bare is what every recipe is compared with", ""),
    ({"preset": "p2"}, "no preset 'p2'; known are p1, p4, p7", "did you mean p"),
    ({"q": "3"}, "h264_nvenc vbr has no quality '3'; known are 1, 2, 4, 8", "did you mean 2?"),
    ({"q": "7"}, "no quality '7'", "did you mean 8?"),  # by number, not by looks
    ({"q": "81"}, "no quality '81'", "did you mean 8?"),
    ({"codec": "x" * 40}, "no codec", ""),
]


@pytest.mark.parametrize(("changed", "what", "fix"), UNKNOWN)
def test_what_isnt_there_is_an_error_that_says_what_is(elsewhere, changed, what, fix):
    with pytest.raises(UsageError) as raised:
        explained(**changed)
    assert what in raised.value.what
    assert raised.value.fix.startswith(fix)


FATES = [
    ("version: 1", "bf2", Action.FAIL, False),
    ("detector: both", "bf2", Action.PASS, False),
    ("detector: interpolated", "bf2", Action.PASS, False),
    ("detector: filled", "bf2", Action.FAIL, False),
    ("detector: pooled", "bf2", Action.PASS, False),
    ("version: 1", "temporal_aq", Action.PASS, False),
    (
        "waivers: [{codec: h264_nvenc, recipe: bf2, reason: r, owner: o, expires: 2027-01-01}]",
        "bf2",
        Action.NOTICE,
        True,
    ),
    (
        "waivers: [{codec: h264_nvenc, recipe: bf2, reason: r, owner: o, expires: 2026-01-01}]",
        "bf2",
        Action.FAIL,
        False,
    ),
]


@pytest.mark.parametrize(("policy", "recipe", "action", "waived"), FATES)
def test_the_policy_given_decides_what_would_become_of_it(elsewhere, policy, recipe, action, waived):
    (elsewhere / "p.yml").write_text(policy)
    told = explained(recipe=recipe, preset="p4", policy=elsewhere / "p.yml", sample=small_sample(elsewhere))
    (one,) = told.cells
    assert one.judged.action is action
    assert [waiver.status for waiver in told.waivers if waiver.status == "used"] == ["used"] * waived
    assert disagree(one.judged.cell.nearest, one.judged.cell.interpolated) == (recipe == "bf2")


def test_a_repository_that_is_asked_for_must_be_one(elsewhere):
    with pytest.raises(GitError):
        explained(repo=elsewhere)


def test_the_trusted_policy_counts_in_a_repository(work):
    work.commit({".github/codec-gate.yml": "structural: 8/9\npublished_patterns: false\n"})
    (one,) = explained(repo=work.top, q="1").cells
    assert (one.sample.threshold, one.judged.cell.hits, one.judged.cell.verdict) == (
        8,
        7,
        CellVerdict.CONTENT_DEPENDENT,
    )
    assert one.rules == ()


@pytest.fixture
def proposing(work):
    """A repository whose work tree proposes B-frames."""
    top = ADAPTERS / "vmaf-tune-shape"
    work.commit({str(path.relative_to(top)): path.read_bytes() for path in top.rglob("*.py")})
    changed = "codec_adapters/h264_nvenc.py"
    work.write({changed: (ADAPTERS / "changes/b-frames" / changed).read_bytes()})
    return work


def proposed(work, path, **changed):
    given = {
        "repo": work.top, "base": None, "head": None, "trust": None, "judge_all": False, "policy": None, "sample": None,
        "adapters": (), "reader": None, "as_of": DAY,
    } | changed  # fmt: skip
    return explain_change(path, check.Request(**given))


@pytest.mark.parametrize("absolute", [False, True])
def test_every_deciding_cell_of_a_change(proposing, absolute):
    path = "codec_adapters/h264_nvenc.py"
    told = proposed(proposing, str(proposing.top / path) if absolute else path)
    assert len(told.cells) == 18
    assert {one.judged.cell.verdict for one in told.cells} == {CellVerdict.STRUCTURAL}
    assert {(one.adapter, one.path) for one in told.cells} == {("h264_nvenc", path)}
    assert subject(told) == f"{path}: 1 change of defaults, 18 cells with evidence"


def test_a_file_without_a_change_says_so(proposing):
    told = proposed(proposing, "codec_adapters/x264.py")
    assert (told.cells, subject(told)) == ((), "codec_adapters/x264.py: no default changed here")


def test_a_file_that_isnt_there_is_an_error_that_says_where_defaults_change(proposing):
    with pytest.raises(UsageError) as raised:
        proposed(proposing, "codec_adapters/nope.py")
    assert raised.value.fix == "defaults change in codec_adapters/h264_nvenc.py"


def test_a_file_outside_the_repository_is_an_error(proposing, tmp_path):
    (tmp_path / "other.py").write_text("")
    with pytest.raises(UsageError, match="lies outside the repository"):
        proposed(proposing, str(tmp_path / "other.py"))
