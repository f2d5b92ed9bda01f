"""Each event on each occasion (first run, re-run, after a force push, a retarget, the merge): commit, base, trust."""

from __future__ import annotations

import pytest

from tests.github.test_commits import ADVISORY, PLACE, payload

# What the event is of: pull request 7, whose commit A gives B-frames, onto main at M; its merge commit is AM. Afterwards:
# B, a harmless commit, is pushed over A; R is the tip of release/1; N is main with A merged. None: exit 2, with the words.
TABLE: dict[str, dict[str, tuple[str, str, str] | str]] = {
    "pull_request": {
        "first run": ("AM", "M", "M"),
        "re-run": ("AM", "M", "M"),
        "force push, first run": ("AM", "M", "M"),
        "force push, re-run": ("AM", "M", "M"),
        "retarget": ("A", "M", "R"),
        "merge": ("AM", "M", "N"),
        "target moved": ("AM", "M", "T"),
        "target gone": "the branch is gone",
    },
    "pull_request_target": {
        "first run": ("A", "M", "M"),
        "re-run": ("A", "M", "M"),
        "force push, first run": ("A", "M", "M"),
        "force push, re-run": ("A", "M", "M"),
        "retarget": ("A", "M", "R"),
        "merge": ("A", "M", "N"),
        "target moved": ("A", "M", "T"),
        "target gone": "the branch is gone",
    },
    "merge_group": {
        "first run": ("AM", "M", "M"),
        "re-run": ("AM", "M", "M"),
        "merge": ("AM", "M", "M"),
        "target moved": ("AM", "M", "M"),
        "target gone": ("AM", "M", "M"),
    },
    "push": {
        "first run": ("A", "M", "M"),
        "re-run": ("A", "M", "M"),
        "force push, first run": ("A", "M", "M"),
        "force push, re-run": ("A", "M", "M"),
        "merge": ("A", "M", "N"),
        "target moved": ("A", "M", "T"),
        "target gone": "main is gone",
    },
    "workflow_dispatch": {
        "first run": ("A", "M", "M"),
        "force push, first run": ("B", "M", "M"),
        "retarget": ("A", "M", "R"),
        "merge": "is closed",
        "target moved": ("A", "M", "T"),
        "target gone": "the branch is gone",
    },
}
CASES = [(event, occasion) for event, row in TABLE.items() for occasion in row]


def happen(occasion, job, origin):
    """What happens between the event and the run; the commits by their letters."""
    names = {"M": origin.sha("main"), "A": origin.sha("topic-7"), "AM": origin.sha("refs/pull/7/merge")}
    if occasion.startswith("force push"):
        origin.git("checkout", "-q", "-B", "topic-7", "main")
        names["B"] = origin.commit({"notes.txt": "harmless"})
        origin.git("update-ref", "refs/pull/7/head", names["B"])
        origin.git("checkout", "-q", "main")
        origin.merge(7)
    elif occasion == "retarget":
        origin.git("branch", "release/1", "main")
        names["R"] = origin.move({PLACE: ADVISORY}, "release/1")
    elif occasion == "merge":
        origin.git("merge", "-q", "--no-ff", "-m", "merged", "topic-7")
        names["N"] = origin.sha("main")
    elif occasion == "target moved":
        names["T"] = origin.move({PLACE: "mode: enforce\n"})
    elif occasion == "target gone":
        origin.git("checkout", "-q", "topic-7")
        origin.git("branch", "-q", "-D", "main")
    job.github.pulls[7] = payload(
        origin,
        target="release/1" if occasion == "retarget" else "main",
        state="closed" if occasion == "merge" else "open",
    )
    return names


@pytest.mark.parametrize("depth", [0, 1, None])  # None: nothing is checked out, and GitHub is asked
@pytest.mark.parametrize(("name", "occasion"), CASES)
def test_what_is_judged(job, origin, tmp_path, name, occasion, depth):
    base, head, merge = (origin.sha(ref) for ref in ("main", "topic-7", "refs/pull/7/merge"))
    kind, ref, sha, words = {
        "pull_request": ("pull_request_synchronize", "refs/pull/7/merge", merge, {"number": "7", "base": base, "head": head}),
        "pull_request_target": ("pull_request_target", "refs/heads/main", base, {"number": "7", "base": base, "head": head}),
        "merge_group": ("merge_group", "refs/pull/7/merge", merge, {"target": "main", "base": base, "head": merge}),
        "push": ("push", "refs/heads/topic-7", head, {"branch": "topic-7", "before": "0" * 40, "after": head}),
        "workflow_dispatch": ("workflow_dispatch", "refs/heads/main", base, {}),
    }[name]  # fmt: skip
    event = job.event(kind, **words)
    if name == "push":
        event["commits"] = [{"id": head}]
    (tmp_path / "empty").mkdir()
    workspace = tmp_path / "empty" if depth is None else job.checkout(ref, depth)
    names = happen(occasion, job, origin)
    first = "first run" in occasion or (name == "workflow_dispatch" and occasion != "re-run")
    inputs = {"INPUT_PULL_REQUEST": "7"} if name == "workflow_dispatch" else {}
    attempt = "1" if first else "2"
    ended = job.run(name, event, workspace, sha=sha, token="t", GITHUB_RUN_ATTEMPT=attempt, **inputs)
    right = TABLE[name][occasion]
    if isinstance(right, str):
        assert (ended.status, right in ended.log, "fetch-depth" in ended.log) == (2, True, False), ended.log
        return
    judged, compared, trust = (names[letter] for letter in right)
    assert ended.refs == (compared, judged, trust)
    assert ended.status == (0 if right[0] == "B" or occasion == "retarget" else 1), ended.log
    if name.startswith("pull_request") and occasion == "force push, re-run":
        assert "this is the check of" in ended.log


def test_the_head_that_is_gone_is_not_judged_by_another(job, origin):
    event = job.event("pull_request_target", number="7", base=origin.sha("main"), head="d" * 40)
    ended = job.run("pull_request_target", event, job.checkout("refs/heads/main"), sha=origin.sha("main"))
    assert (ended.status, "can't be fetched (if it was pushed over" in ended.log) == (2, True)


PUSHES = [  # ref, before, what stands there, changes ("standing": of all that stands), words of the log
    ("refs/heads/release-1", "0" * 40, "main", "", ""),
    ("refs/tags/v1", "0" * 40, "main", "", ""),
    ("refs/tags/v2", "0" * 40, "v2", "", ""),
    ("refs/tags/v3", "0" * 40, "main~1", "", ""),
    ("refs/heads/topic-7", "d" * 40, "topic-7", "", "d, which this push replaced, is gone"),
    ("refs/heads/main", "d" * 40, "main", "standing", "d, which this push replaced, is gone"),
    ("refs/heads/main", "0" * 40, "main", "standing", ""),
    ("refs/heads/topic-8", "topic-7", "main", "mended", ""),
    ("refs/heads/back", "main", "main~1", "changed", ""),
]


@pytest.mark.parametrize(("ref", "before", "after", "kinds", "words"), PUSHES)
def test_pushes(job, origin, ref, before, after, kinds, words):
    """main holds a bad default that its last commit mended."""
    origin.git("merge", "-q", "--no-ff", "-m", "bad", "topic-7")
    origin.git("revert", "--no-edit", "-m", "1", "HEAD")
    origin.git("tag", "-a", "v2", "-m", "x")
    oid = origin.sha(after) if after != "v2" else origin.git("rev-parse", "v2")
    event = job.event("push", branch="x", before=before if len(before) == 40 else origin.sha(before), after=oid)
    workspace = job.checkout("refs/heads/main", depth=0)
    ended = job.run("push", event | {"ref": ref}, workspace, sha=origin.sha(after))
    found = {c["kind"] if c["kind"] == "standing" else "changed" for c in ended.report["changes"]}
    assert "".join(found) == kinds.replace("mended", "changed"), ended.log
    assert words in ended.log
    if not kinds:
        assert ended.outputs["verdict"] == "PASSED: nothing was compared, base and head are one commit"
    assert ended.status == (1 if kinds == "changed" else 0)


def test_a_push_is_judged_itself(job, origin):
    """Neither another commit by an input, nor a payload of another run."""
    tip, topic = origin.sha("main"), origin.sha("topic-7")
    event = job.event("push", branch="topic-7", before="0" * 40, after=topic)
    workspace = job.checkout("refs/heads/topic-7", depth=0)
    for inputs in ({"INPUT_HEAD": "main"}, {"INPUT_PULL_REQUEST": "8"}, {"sha": tip}, {"INPUT_BASE": "topic-7"}):
        ended = job.run("push", event, workspace, **{"sha": topic, **inputs})
        assert ended.status == 2, ended.log
    for words in ({"before": topic}, {"after": tip}, {"ref": "refs/tags/x", "after": topic, "before": topic}):
        assert job.run("push", event | words, workspace, sha=topic).status == 2
    assert job.run("push", event | {"ref": "refs/tags/x", "after": tip}, workspace, sha=topic).refs[1] == topic
    assert job.run("push", event, workspace, sha=topic, INPUT_HEAD="topic-7", INPUT_BASE="main").status in {1, 2}


@pytest.mark.parametrize("inputs", [{"INPUT_HEAD": "main"}, {"INPUT_HEAD": "topic-7", "INPUT_BASE": "topic-7"}])
def test_a_commit_is_not_compared_with_itself(job, origin, inputs):
    ended = job.run("workflow_dispatch", job.event("workflow_dispatch"), job.checkout("refs/heads/main"), **inputs)
    assert (ended.status, "name the commit to compare with" in ended.log) == (2, True)


def test_a_queues_group_is_not_compared_with_itself(job, origin):
    tip = origin.sha("main")
    event = job.event("merge_group", target="main", base=tip, head=tip)
    assert job.run("merge_group", event, job.checkout("refs/heads/main"), sha=tip).status == 2


def test_a_name_that_means_a_branch_and_a_tag_is_refused(job, origin):
    origin.git("tag", "topic-8", "topic-7")
    workspace = job.checkout("refs/heads/main", depth=0)
    for name, status in (("topic-8", 2), ("refs/heads/topic-8", 0), ("refs/tags/topic-8", 1), ("origin/topic-7", 1)):
        ended = job.run("workflow_dispatch", job.event("workflow_dispatch"), workspace, INPUT_HEAD=name)
        assert ended.status == status, ended.log
