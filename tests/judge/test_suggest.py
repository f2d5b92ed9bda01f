"""The nearest default that passes: offered only where the same judge passes it, and its edit makes the check pass."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from gate.judge.check import Request, check
from gate.judge.model import Action, Conclusion
from tests.evidence.small_sweep import small_sample

ADAPTERS = Path(__file__).parents[2] / "fixtures/adapters"
COMMON, H264 = "codec_adapters/_nvenc_common.py", "codec_adapters/h264_nvenc.py"


@pytest.fixture
def project(work):
    """A repository on main whose only commit holds the bundled adapters."""
    top = ADAPTERS / "vmaf-tune-shape"
    work.commit({str(path.relative_to(top)): path.read_bytes() for path in top.rglob("*.py")})
    return work


def judged(work, *, policy="", judge_all=False, sample=None):
    """The report on the work tree."""
    file = None
    if policy:
        file = work.top.parent / "policy.yml"
        file.write_text(policy)
    return check(
        Request(
            repo=work.top,
            base=None,
            head=None,
            trust=None,
            judge_all=judge_all,
            policy=file,
            sample=sample,
            adapters=(),
            reader=None,
            as_of=dt.date(2026, 6, 1),
        )
    )


def replaced(work, path, old, new):
    """Edit a file of the work tree."""
    text = (work.top / path).read_text()
    assert old in text
    work.write({path: text.replace(old, new, 1)})


def follow(work, offered):
    """Apply a suggested edit, as whoever reads it would."""
    lines = (work.top / offered.path).read_text().split("\n")
    start, count = offered.line - 1, len(offered.before_lines)
    assert tuple(lines[start : start + count]) == offered.before_lines
    lines[start : start + count] = offered.after_lines
    work.write({offered.path: "\n".join(lines)})


def test_following_the_suggestion_makes_the_fixture_pass(project):
    work_file = ADAPTERS / "changes/b-frames" / H264
    project.write({H264: work_file.read_bytes()})
    report = judged(project)
    (change,) = report.changes
    assert report.conclusion is Conclusion.FAILURE
    assert change.suggestion.before_lines == ('        return ("-bf", "3")',)
    assert change.suggestion.after_lines == ("        return ()",)
    assert "was read with this edit and judged again" in change.suggestion.verified
    follow(project, change.suggestion)
    assert judged(project).conclusion is Conclusion.SUCCESS


EDITS = [
    # file, old, new: changes that block
    (COMMON, '            "-cq",', '            "-bf",\n            "3",\n            "-cq",'),
    (COMMON, "return ()", 'return ("-rc-lookahead", "32", "-bf", "3", "-spatial-aq", "1")'),
    (COMMON, "return ()", 'return ("-bf", str(1 + 2))'),
    (COMMON, "return ()", 'return "-bf", "3"'),  # without its pair the line would return None
    (COMMON, "return ()", 'extra = ["-bf"]\n        extra.append("3")\n        return tuple(extra)'),
]


@pytest.mark.parametrize(("path", "old", "new"), EDITS)
def test_every_edit_that_is_offered_leaves_nothing_of_its_change(project, path, old, new):
    replaced(project, path, old, new)
    failing = [change for change in judged(project).changes if change.action is Action.FAIL]
    assert failing
    for change in failing:
        assert change.suggestion.before_lines
    follow(project, failing[0].suggestion)
    report = judged(project)
    assert (report.conclusion, report.changes) == (Conclusion.SUCCESS, ())


def test_what_cant_be_edited_in_few_lines_is_told_in_words(project):
    lines = "\n".join(f"        args.append(str({at}))" for at in range(12))
    body = f'args: list[str] = []\n{lines}\n        return ("-bf", "3" if args else "3")'
    replaced(project, COMMON, "return ()", body)
    failing = [change for change in judged(project).changes if change.action is Action.FAIL]
    for change in failing:
        offered = change.suggestion
        assert offered.text.startswith("Take bf=3 back")
        assert "edit" not in offered.verified or offered.before_lines


def test_two_changes_of_one_adapter_are_taken_back_one_by_one(project):
    replaced(
        project,
        H264,
        'encoder: str = "h264_nvenc"',
        'encoder: str = "h264_nvenc"\n\n    def extra_params(self):\n        return ("-bf", "3")',
    )
    replaced(
        project,
        "codec_adapters/hevc_nvenc.py",
        'encoder: str = "hevc_nvenc"',
        'encoder: str = "hevc_nvenc"\n\n    def extra_params(self):\n        return ("-spatial-aq", "1")',
    )
    failing = [change for change in judged(project).changes if change.action is Action.FAIL]
    assert len(failing) == 2
    for change in failing:
        assert change.suggestion.path == f"codec_adapters/{change.adapter}.py"
        follow(project, change.suggestion)
    assert judged(project).conclusion is Conclusion.SUCCESS


def test_under_all_the_bare_encoder_is_offered_for_what_base_emits_already(project):
    replaced(project, COMMON, "return ()", 'return ("-bf", "3")')
    project.commit({})
    failing = [change for change in judged(project, judge_all=True).changes if change.action is Action.FAIL]
    assert failing
    for change in failing:
        assert change.suggestion.text.startswith("Drop bf=3: the bare encoder passes.")
        assert not change.suggestion.before_lines


@pytest.mark.parametrize("policy", ["unmeasured: fail", "{undetermined: fail, contains: fail}"])
def test_a_stricter_policy_judges_the_suggestion_too(project, policy):
    replaced(project, COMMON, "return ()", 'return ("-temporal-aq", "1")')
    for change in judged(project, policy=policy).changes:
        assert (change.suggestion is not None) == (change.action is Action.FAIL)


MANIFEST_POLICY = "adapters: {paths: defaults.yml, reader: manifest}\npublished_patterns: false\n"


def declared(*knobs):
    """A manifest of one adapter with these arguments at p4."""
    return "adapters:\n  - name: a\n    encoder: h264_nvenc\n    presets:\n      p4: -b:v 2M " + " ".join(knobs) + "\n"


def test_the_best_recipe_on_the_hull_is_offered_beside_bare(work, tmp_path):
    work.commit({"defaults.yml": declared()})
    work.write({"defaults.yml": declared("-bf", "3")})
    (change,) = judged(work, policy=MANIFEST_POLICY, sample=small_sample(tmp_path)).changes
    offered = change.suggestion
    assert offered.text == (
        "Take bf=3 back: what base emits passes. Recipe temporal_aq (temporal-aq=1) in its place passes too: clean or cleared in "
        "all 3 cells that it reaches, and on the Pareto hull of 3 of the 3 slices in which it was measured."
    )
    assert (offered.before_lines, offered.after_lines) == (("      p4: -b:v 2M -bf 3",), ("      p4: -b:v 2M ",))
    follow(work, offered)
    assert judged(work, policy=MANIFEST_POLICY, sample=tmp_path / "small.parquet").conclusion is Conclusion.SUCCESS
    work.write({"defaults.yml": declared("-temporal-aq", "1")})
    assert judged(work, policy=MANIFEST_POLICY, sample=tmp_path / "small.parquet").conclusion is Conclusion.SUCCESS


def test_a_recipe_that_the_policy_forbids_is_not_offered(work, tmp_path):
    forbid = "forbid: [{codec: h264_nvenc, knobs: {temporal-aq: 1}, reason: so}]\n"
    work.commit({"defaults.yml": declared()})
    work.write({"defaults.yml": declared("-bf", "3")})
    (change,) = judged(work, policy=MANIFEST_POLICY + forbid, sample=small_sample(tmp_path)).changes
    assert "Recipe" not in change.suggestion.text


def test_what_passes_or_warns_gets_no_suggestion(project):
    replaced(project, COMMON, "return ()", 'return ("-bf", "4")')
    report = judged(project)
    assert report.changes
    assert {change.action for change in report.changes} == {Action.WARN}
    assert all(change.suggestion is None for change in report.changes)


def test_an_edit_that_goes_further_than_the_words_is_not_offered(project):
    """The line is shared by all adapters: without it this one would emit bare, not what base emits."""
    own = 'encoder: str = "h264_nvenc"\n\n    def extra_params(self):\n        return ("-bf", "2")'
    before = (project.top / H264).read_text()
    replaced(project, H264, 'encoder: str = "h264_nvenc"', own)
    project.commit({})
    project.write({H264: before})
    replaced(project, COMMON, "return ()", 'return ("-bf", "3")')
    (change,) = [change for change in judged(project).changes if change.action is Action.FAIL]
    assert change.suggestion.text.startswith("Go back to bf=2: what base emits passes.")
    assert change.suggestion.before_lines == ()


def test_of_very_many_failing_changes_the_first_get_a_recipe_too(work, tmp_path):
    def many(knobs):
        entries = (
            f"  - name: a{at:02}\n    encoder: h264_nvenc\n    presets:\n      p4: -b:v 2M {knobs}" for at in range(21)
        )
        return "adapters:\n" + "\n".join(entries) + "\n"

    work.commit({"defaults.yml": many("")})
    work.write({"defaults.yml": many("-bf 3")})
    offered = [
        change.suggestion for change in judged(work, policy=MANIFEST_POLICY, sample=small_sample(tmp_path)).changes
    ]
    assert all(one.text.startswith("Take bf=3 back: what base emits passes.") for one in offered)
    assert ["Recipe temporal_aq" in one.text for one in offered] == [True] * 20 + [False]
