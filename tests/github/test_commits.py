"""Every event kind judges the right two commits over real checkouts, and trusts the live tip of the target branch."""

from __future__ import annotations

import subprocess

import pytest

from tests.github.jobs import H264
from tests.github.standin import Fault

PLACE = ".github/codec-gate.yml"
X264, QUALITY = "codec_adapters/x264.py", "quality_default: int = 2"
ADVISORY = "mode: advisory\n"


def payload(origin, number=7, target="main", state="open"):
    head = origin.sha(f"refs/pull/{number}/head")
    return {"number": number, "state": state, "base": {"ref": target, "sha": "0" * 40}, "head": {"sha": head}}


KINDS = ["synchronize", "edited", "fork", "dependabot"]


@pytest.mark.parametrize(("kind", "depth"), [("opened", 0), ("opened", 2), *((kind, 1) for kind in KINDS)])
def test_a_pull_request_on_its_merge_ref(job, origin, kind, depth):
    ended = job.pull_request(kind=f"pull_request_{kind}", depth=depth)
    assert ended.status == 1, ended.log
    assert ended.refs == (origin.sha("main"), origin.sha("refs/pull/7/merge"), origin.sha("main"))
    assert job.github.asked == []


def test_a_pull_request_that_changes_no_default_passes(job, origin):
    ended = job.pull_request(8)
    assert (ended.status, ended.outputs["conclusion"]) == (0, "success")
    assert ended.outputs["verdict"] == "PASSED: no default changed"


@pytest.mark.parametrize("depth", [0, 1])
def test_the_payloads_stale_base_counts_for_nothing(job, origin, depth):
    stale = origin.sha("main")
    text = (origin.top / X264).read_text()
    assert QUALITY in text
    tip = origin.move({X264: text.replace(QUALITY, QUALITY + "1")})
    merge = origin.merge(7)
    event = job.event("pull_request_synchronize", number="7", base=stale, head=origin.sha("refs/pull/7/head"))
    ended = job.run("pull_request", event, job.checkout("refs/pull/7/merge", depth), sha=merge)
    assert ended.refs == (tip, merge, tip)
    assert {change["adapter"] for change in ended.report["changes"]} == {"h264_nvenc"}


@pytest.mark.parametrize("depth", [0, 1])
def test_a_checkout_of_the_head_is_compared_with_the_merge_base(job, origin, depth):
    fork_point = origin.sha("main")
    for _ in range(3):
        tip = origin.move()
    head = origin.sha("refs/pull/7/head")
    event = job.event("pull_request_opened", number="7", base=tip, head=head)
    ended = job.run("pull_request", event, job.checkout("refs/pull/7/head", depth), sha=origin.sha("refs/pull/7/merge"))
    assert ended.refs == (fork_point, head, tip)


def test_a_long_branch_in_a_shallow_clone_is_deepened(job, origin):
    fork_point = origin.sha("main")
    origin.git("checkout", "-q", "topic-7")
    for _ in range(60):
        origin.git("commit", "-q", "--allow-empty", "-m", "more")
    origin.git("update-ref", "refs/pull/7/head", "HEAD")
    origin.git("checkout", "-q", "main")
    head, tip = origin.sha("topic-7"), origin.move()
    event = job.event("pull_request_opened", number="7", base=tip, head=head)
    ended = job.run("pull_request", event, job.checkout("refs/pull/7/head"), sha="")
    assert ended.refs == (fork_point, head, tip)


def test_pull_request_target_reads_the_head_as_data(job, origin):
    tip, head = origin.sha("main"), origin.sha("refs/pull/7/head")
    event = job.event("pull_request_target", number="7", base=tip, head=head)
    workspace = job.checkout("refs/heads/main")
    ended = job.run("pull_request_target", event, workspace, sha=tip)
    assert (ended.status, ended.refs) == (1, (tip, head, tip))
    assert "-bf" not in (workspace / H264).read_text()


def test_a_clone_of_the_fork_does_not_say_what_the_target_branch_is(job, origin, monkeypatch):
    """`origin` of such a checkout is the author's repository, and its main is his."""
    workspace = job.checkout("refs/pull/7/head", depth=0)
    subprocess.run(["git", "-C", workspace, "remote", "set-url", "origin", "http://127.0.0.1:9/stranger/r"], check=True)
    event = job.event("pull_request_target", number="7", base=origin.sha("main"), head=origin.sha("refs/pull/7/head"))
    ended = job.run("pull_request_target", event, workspace)
    assert (ended.status, ended.outputs["conclusion"]) == (2, "error")
    assert "its live tip can't be told" in ended.log


@pytest.mark.parametrize("depth", [0, 1])
def test_a_queues_group_on_a_release_branch(job, origin, depth):
    origin.git("branch", "release/1", "main")
    origin.move({PLACE: ADVISORY}, "main")
    base = origin.move(branch="release/1")
    origin.git("checkout", "-q", "-b", "gh-readonly-queue/release/1/pr-7", "release/1")
    origin.git("merge", "-q", "--no-ff", "-m", "queued", "refs/pull/7/head")
    head = origin.sha("HEAD")
    origin.git("checkout", "-q", "main")
    event = job.event("merge_group", target="release/1", base=base, head=head)
    ended = job.run("merge_group", event, job.checkout("refs/heads/gh-readonly-queue/release/1/pr-7", depth), sha=head)
    assert (ended.status, ended.refs) == (1, (base, head, base))
    assert ended.report["policy"]["mode"] == "enforce"


@pytest.mark.parametrize("depth", [0, 1])
def test_the_first_push_of_a_branch(job, origin, depth):
    base, after = origin.sha("main"), origin.sha("topic-7")
    tip = origin.move()
    event = job.event("push", branch="topic-7", before="0" * 40, after=after)
    ended = job.run("push", event, job.checkout("refs/heads/topic-7", depth), sha=after)
    assert (ended.status, ended.refs) == (1, (base, after, tip))


@pytest.mark.parametrize("depth", [0, 1])
def test_a_later_push_is_compared_with_what_was_there(job, origin, depth):
    before = origin.sha("topic-7")
    origin.git("checkout", "-q", "topic-7")
    after = origin.commit({"notes.txt": "x"})
    event = job.event("push", branch="topic-7", before=before, after=after)
    ended = job.run("push", event, job.checkout("refs/heads/topic-7", depth), sha=after)
    assert (ended.status, ended.refs) == (0, (before, after, origin.sha("main")))


def test_a_forced_push_is_compared_with_the_merge_base(job, origin):
    before = origin.sha("topic-7")
    after = origin.pull(9, "harmless", {H264: (origin.top / H264).read_text() + "# other\n"})
    event = job.event("push", branch="topic-9", before=before, after=after)
    ended = job.run("push", event, job.checkout("refs/heads/topic-9", depth=0), sha=after)
    assert ended.refs == (origin.sha("main"), after, origin.sha("main"))


def test_a_repositorys_first_push_is_judged_whole(job, origin):
    tip = origin.sha("main")
    event = job.event("push", branch="main", before="0" * 40, after=tip)
    ended = job.run("push", event, job.checkout("refs/heads/main"), sha=tip)
    assert {change["kind"] for change in ended.report["changes"]} == {"standing"}


def test_a_deleted_branch_cannot_be_judged(job, origin):
    event = job.event("push", branch="topic-7", before=origin.sha("topic-7"), after="0" * 40) | {"deleted": True}
    ended = job.run("push", event, job.checkout("refs/heads/main"), sha=origin.sha("main"))
    assert ended.status == 2
    assert "the push deletes its branch" in ended.log


def test_a_schedule_judges_what_the_default_branch_emits(job, origin):
    tip = origin.sha("main")
    ended = job.run("schedule", job.event("schedule"), job.checkout("refs/heads/main"), sha=tip)
    assert (ended.status, ended.refs) == (0, (tip, tip, tip))
    assert {change["kind"] for change in ended.report["changes"]} == {"standing"}


@pytest.mark.parametrize("depth", [0, 1])
def test_a_dispatch_with_a_number_judges_the_live_pull_request(job, origin, depth):
    origin.git("branch", "release/1", "main")
    job.github.pulls[7] = payload(origin, target="release/1")
    ended = job.run(
        "workflow_dispatch", job.event("workflow_dispatch"), job.checkout("refs/heads/main", depth),
        sha=origin.sha("main"), token="t", INPUT_PULL_REQUEST="7",
    )  # fmt: skip
    head = origin.sha("refs/pull/7/head")
    assert (ended.status, ended.refs) == (1, (origin.sha("main"), head, origin.sha("release/1")))


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({}, "a workflow_dispatch event names no commits to judge"),
        ({"INPUT_PULL_REQUEST": "404"}, "not found: HTTP 404"),
        ({"INPUT_PULL_REQUEST": "7"}, "is closed"),
        ({"INPUT_PULL_REQUEST": "seven"}, "seven is not a pull request's number"),
        ({"INPUT_PULL_REQUEST": "-1"}, "-1 is not a pull request's number"),
        ({"INPUT_HEAD": "nope"}, "no such commit or branch: nope"),
        ({"INPUT_HEAD": "--upload-pack=x"}, "no such commit or branch"),
    ],
)
def test_a_dispatch_that_names_nothing_usable_is_an_error(job, origin, inputs, words):
    job.github.pulls[7] = payload(origin, state="closed")
    event = job.event("workflow_dispatch")
    ended = job.run(
        "workflow_dispatch", event, job.checkout("refs/heads/main"), sha=origin.sha("main"), token="t", **inputs
    )
    assert (ended.status, ended.outputs["conclusion"]) == (2, "error")
    assert words in ended.log
    assert "COULD NOT JUDGE" in ended.summary
    assert len(ended.commands) == 1


def test_a_dispatch_with_refs(job, origin):
    event = job.event("workflow_dispatch")
    workspace = job.checkout("refs/heads/main")
    ended = job.run("workflow_dispatch", event, workspace, sha=origin.sha("main"), INPUT_HEAD="topic-7")
    assert (ended.status, ended.refs[:2]) == (1, (origin.sha("main"), origin.sha("topic-7")))


def test_a_policy_that_the_target_tightened_after_the_branch_point_applies(job, origin):
    origin.move({PLACE: ADVISORY})
    origin.pull(7, "b-frames")
    assert job.pull_request().status == 0
    base = origin.sha("main")
    tip = origin.move({PLACE: "mode: enforce\n"})
    event = job.event("pull_request_opened", number="7", base=base, head=origin.sha("refs/pull/7/head"))
    ended = job.run("pull_request", event, job.checkout("refs/pull/7/merge"), sha=origin.sha("refs/pull/7/merge"))
    assert (ended.status, ended.refs[2]) == (1, tip)


def test_the_pull_requests_own_policy_does_not_count_and_is_told(job, origin):
    origin.move({PLACE: "mode: enforce\n"})
    origin.pull(7, "b-frames", {PLACE: ADVISORY})
    ended = job.pull_request()
    assert ended.status == 1
    assert f"this change edits {PLACE}; it was judged by {PLACE} of the trust ref" in ended.log


@pytest.mark.parametrize(("policy", "status"), [(ADVISORY, 2), ("unmeasured: fail\n", 1)])
def test_an_input_may_tighten_the_trusted_policy_and_not_loosen_it(job, origin, policy, status):
    origin.move({PLACE: "mode: enforce\n", "mine.yml": policy})
    origin.pull(7, "b-frames", {"mine.yml": "mode: advisory\n" if status == 1 else "unmeasured: fail\n"})
    ended = job.pull_request(INPUT_POLICY="mine.yml")
    assert ended.status == status
    assert ("looser than the trusted policy in mode" in ended.log) is (status == 2)


@pytest.mark.parametrize(("name", "ref"), [("INPUT_HEAD", "main"), ("INPUT_BASE", "topic-7")])
def test_inputs_cannot_pick_other_commits_than_the_pull_requests(job, origin, name, ref):
    ended = job.pull_request(**{name: ref})
    assert ended.status == 2
    assert "names another commit than the event's" in ended.log


def test_inputs_may_name_the_events_own_commits(job, origin):
    ended = job.pull_request(INPUT_HEAD=origin.sha("refs/pull/7/head"), INPUT_BASE="main")
    assert ended.status == 1


def test_without_a_way_to_the_live_tip_it_says_what_to_set(job, origin):
    workspace = job.checkout("refs/pull/7/merge")
    merge, head, base = (origin.sha(ref) for ref in ("refs/pull/7/merge", "refs/pull/7/head", "main"))
    event = job.event("pull_request_opened", number="7", base=base, head=head)
    origin.top.rename(origin.top.with_name("away"))
    ended = job.run("pull_request", event, workspace, sha=merge)
    assert ended.status == 2
    assert "check out with `fetch-depth: 0`" in ended.log


def test_with_all_branches_fetched_no_network_is_needed(job, origin):
    workspace = job.checkout("refs/pull/7/merge", depth=0)
    merge, head, base = (origin.sha(ref) for ref in ("refs/pull/7/merge", "refs/pull/7/head", "main"))
    event = job.event("pull_request_opened", number="7", base=base, head=head)
    origin.top.rename(origin.top.with_name("away"))
    ended = job.run("pull_request", event, workspace, sha=merge)
    assert (ended.status, ended.refs) == (1, (base, merge, base))
    assert "the checkout's own branches were taken as live" in ended.log


@pytest.mark.parametrize(("number", "status"), [(7, 1), (8, 0)])
def test_without_a_checkout_the_trees_come_through_the_api(job, origin, tmp_path, number, status):
    base = origin.sha("main")
    origin.move({PLACE: "mode: enforce\n"})
    job.github.pulls[number] = payload(origin, number)
    head = origin.sha(f"refs/pull/{number}/head")
    event = job.event("pull_request_target", number=str(number), base=base, head=head)
    workspace = tmp_path / "empty"
    workspace.mkdir()
    through_api = job.run("pull_request_target", event, workspace, token="t")
    assert (through_api.status, through_api.refs) == (status, (base, head, origin.sha("main")))
    with_checkout = job.run("pull_request_target", event, job.checkout("refs/heads/main"), token="t")
    assert through_api.report == with_checkout.report


def test_without_checkout_and_token_it_says_what_to_do(job, origin, tmp_path):
    workspace = tmp_path / "empty"
    workspace.mkdir()
    event = job.event("pull_request_opened", number="7", base=origin.sha("main"), head=origin.sha("refs/pull/7/head"))
    ended = job.run("pull_request", event, workspace)
    assert ended.status == 2
    assert "run actions/checkout with `fetch-depth: 0` first, or give the action a `token`" in ended.log


def test_a_dispatch_with_a_number_needs_a_token(job, origin):
    event = job.event("workflow_dispatch")
    ended = job.run("workflow_dispatch", event, job.checkout("refs/heads/main"), INPUT_PULL_REQUEST="7")
    assert ended.status == 2
    assert "give the action a `token` with `pull-requests: read`" in ended.log


def test_a_replay_without_an_api_goes_by_the_payload_and_says_so(job, origin):
    job.github.faults.append(Fault(pattern="pulls", status=403, message="Resource not accessible by integration"))
    ended = job.pull_request(token="t", GITHUB_RUN_ATTEMPT="2")
    assert (ended.status, ended.refs[1]) == (1, origin.sha("refs/pull/7/merge"))
    assert "the pull request could not be asked for, the event's word counts" in ended.log


API_EVENTS = {
    "merge_group": {"target": "main", "base": "main", "head": "topic-7"},
    "push": {"branch": "topic-7", "before": "", "after": "topic-7"},
    "schedule": {},
}


@pytest.mark.parametrize("name", API_EVENTS)
def test_other_events_without_a_checkout_judge_what_they_do_with_one(job, origin, tmp_path, name):
    words = {
        key: value if key in {"target", "branch"} else origin.sha(value) if value else "0" * 40
        for key, value in API_EVENTS[name].items()
    }
    event = job.event(name, **words)
    (tmp_path / "empty").mkdir()
    through_api = job.run(name, event, tmp_path / "empty", token="t")
    with_checkout = job.run(name, event, job.checkout("refs/heads/topic-7", depth=0), token="t")
    assert through_api.report == with_checkout.report
    assert through_api.status == with_checkout.status


@pytest.mark.parametrize("inputs", [{"INPUT_HEAD": "main"}, {"INPUT_BASE": "main"}])
def test_inputs_that_name_refs_need_a_checkout(job, origin, tmp_path, inputs):
    (tmp_path / "empty").mkdir()
    job.github.pulls[7] = payload(origin)
    event = job.event("pull_request_target", number="7", base=origin.sha("main"), head=origin.sha("topic-7"))
    for name, given in (("pull_request_target", event), ("workflow_dispatch", job.event("workflow_dispatch"))):
        ended = job.run(name, given, tmp_path / "empty", sha=origin.sha("main"), token="t", **inputs)
        assert ended.status == 2


def test_an_event_without_a_default_branch_is_told(job, origin):
    event = job.event("schedule") | {"repository": {}}
    ended = job.run("schedule", event, job.checkout("refs/heads/main"))
    assert ended.status == 2
    assert "default branch: its live tip can't be told: the event doesn't name it" in ended.log
