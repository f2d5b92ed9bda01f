"""An event to the commits that are judged: base, head, and the trust ref that policy and samples come from."""

from __future__ import annotations

from dataclasses import dataclass

from gate.errors import GateError, GitError, UsageError
from gate.github.checkout import FULL, Checkout
from gate.github.event import Given, PullRequest, Push, QueueGroup, Standing
from gate.github.pulls import Live, LivePull

SingleEvent = PullRequest | QueueGroup | Push | Given | Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Commits:
    """What to judge, as full commit ids that are at hand. `subject` is the commit that a report belongs to."""

    base: str
    head: str
    trust: str
    subject: str
    number: int | None = None
    judge_all: bool = False
    notes: tuple[str, ...] = ()


def commits_of(event: SingleEvent, checkout: Checkout, live: Live | None, *, ask: bool) -> Commits:
    """The commits that an event means, made present in the checkout.

    `ask` asks GitHub for the pull request first, because the payload may be a replayed one.

    Raises:
        GateError: they can't be told, or are not at hand; says what to set.
    """
    match event:
        case PullRequest():
            return _pull_request(event, checkout, live, ask=ask)
        case QueueGroup():
            base = checkout.need(event.base, "event.merge_group.base_sha")
            head = checkout.need(event.head, "event.merge_group.head_sha")
            return Commits(base=base, head=head, trust=base, subject=head)
        case Push():
            return _push(event, checkout)
        case Given():
            return _given(event, checkout)
        case Standing():
            tip = default_tip(checkout, event.default)
            return Commits(base=tip, head=tip, trust=tip, subject=tip, judge_all=True)


def _pull_request(event: PullRequest, checkout: Checkout, live: Live | None, *, ask: bool) -> Commits:
    now, notes = _asked(event, live, ask=ask)
    target = f"refs/heads/{now.target if now else event.target}"
    pull = f"refs/pull/{event.number}/head"
    tips, unasked = checkout.tips((target, pull))
    trust = tips.get(target, "")
    if not trust:
        why = unasked or "the branch is gone"
        raise GitError(f"its live tip can't be told: {why}", where=f"target branch {target[11:]}", fix=FULL)
    if unasked:
        notes = (*notes, f"the checkout's own branches were taken as live: {unasked}")
    head = now.head if now else tips.get(pull) or event.head
    checkout.need(trust, f"target branch {target[11:]}", target)
    base, judged = _merged(event, checkout, head, same_target=not now or now.target == event.target) or ("", head)
    if not base:
        checkout.need(head, f"pull request {event.number}", pull)
        base = checkout.merge_base(head, trust)
    if event.head and head != event.head:
        notes = (*notes, f"the pull request moved on from {event.head[:12]}, which the event names, to {head[:12]}")
    return Commits(base=base, head=judged, trust=trust, subject=head, number=event.number, notes=notes)


def _asked(event: PullRequest, live: Live | None, *, ask: bool) -> tuple[LivePull | None, tuple[str, ...]]:
    """The pull request as it is now, where a payload is frozen or there is none."""
    if not ask and event.target:
        return None, ()
    if live is None:
        if event.target:
            return None, ("without a token, a changed target branch of the pull request goes unseen",)
        fix = "give the action a `token` with `pull-requests: read`"
        raise UsageError("can't be looked up", where=f"pull request {event.number}", fix=fix)
    try:
        now = live.pull(event.number)
    except GateError as error:
        if not event.target:
            raise
        return None, (f"the pull request could not be asked for, the event's word counts: {error}",)
    if not now.open and not event.target:
        raise UsageError("is closed", where=f"pull request {event.number}", fix="give an open one")
    return now, ()


def _merged(event: PullRequest, checkout: Checkout, head: str, *, same_target: bool) -> tuple[str, str] | None:
    """On the merge ref: its first parent and itself, unless it merges another head or target than the live ones."""
    if not event.merge or not same_target:
        return None
    parents = checkout.parents(event.merge)
    if len(parents) != 2 or parents[1] != head or not checkout.has(parents[0]):
        return None
    return parents[0], event.merge


def _push(event: Push, checkout: Checkout) -> Commits:
    after = checkout.need(event.after, "event.after")
    trust = default_tip(checkout, event.default)
    if event.before and checkout.has(event.before):
        base = checkout.merge_base(event.before, after)
        return Commits(base=base, head=after, trust=trust, subject=after)
    base = checkout.merge_base(after, trust)
    # A repository's very first push has nothing before it: all that stands is new.
    return Commits(base=base, head=after, trust=trust, subject=after, judge_all=base == after == trust)


def _given(event: Given, checkout: Checkout) -> Commits:
    trust = default_tip(checkout, event.default)
    head = named(checkout, event.head, "input head")
    base = named(checkout, event.base, "input base") if event.base else checkout.merge_base(head, trust)
    return Commits(base=base, head=head, trust=trust, subject=head)


def named(checkout: Checkout, ref: str, what: str) -> str:
    """The commit that an input names: an id, a branch of the repository, or a ref of the checkout.

    Raises:
        GitError: nothing is called that.
    """
    branch = f"refs/heads/{ref.removeprefix('refs/heads/').removeprefix('origin/')}"
    tips, _ = checkout.tips((branch,))
    commit = tips.get(branch) or checkout.resolve(ref)
    if commit is None and checkout.is_id(ref) and checkout.has(ref):
        commit = ref
    if commit is None:
        raise GitError(f"no such commit or branch: {ref}", where=what, fix=FULL)
    return checkout.need(commit, what, branch if branch in tips else "")


def default_tip(checkout: Checkout, branch: str) -> str:
    """The live tip of the default branch.

    Raises:
        GitError: it can't be told.
    """
    ref = f"refs/heads/{branch}"
    tips, why = checkout.tips((ref,)) if branch else ({}, "the event doesn't name it")
    if ref not in tips:
        raise GitError(f"its live tip can't be told: {why or 'it is gone'}", where="default branch", fix=FULL)
    return checkout.need(tips[ref], "default branch", ref)


def api_commits(event: SingleEvent, live: Live) -> Commits:
    """The commits that an event means where nothing is checked out: GitHub is asked.

    Raises:
        GateError: the API can't say, or the event needs a checkout.
    """
    match event:
        case PullRequest():
            now = live.pull(event.number)
            trust = live.tip(now.target)
            base = live.merge_base(trust, now.head)
            return Commits(base=base, head=now.head, trust=trust, subject=now.head, number=now.number)
        case QueueGroup():
            return Commits(base=event.base, head=event.head, trust=event.base, subject=event.head)
        case Push():
            trust = live.tip(event.default)
            base = live.merge_base(event.before or trust, event.after)
            first = not event.before and base == event.after == trust
            return Commits(base=base, head=event.after, trust=trust, subject=event.after, judge_all=first)
        case Standing():
            tip = live.tip(event.default)
            return Commits(base=tip, head=tip, trust=tip, subject=tip, judge_all=True)
        case Given():
            raise GitError("nothing is checked out, and inputs name refs", where="input head", fix=FULL)


def refuse_other(event: SingleEvent, commits: Commits, checkout: Checkout, base: str, head: str) -> None:
    """Where the event says what is judged, inputs must not say otherwise: they could pick a harmless pair.

    Raises:
        UsageError: an input names another commit than the event's.
    """
    if not isinstance(event, PullRequest | QueueGroup):
        return
    for ref, what, allowed in ((base, "base", {commits.base}), (head, "head", {commits.head, commits.subject})):
        if ref and named(checkout, ref, f"input {what}") not in allowed:
            says = ", ".join(sorted(commit[:12] for commit in allowed))
            fix = f"leave `{what}` empty: this event says what is judged ({says})"
            raise UsageError("names another commit than the event's", where=f"input {what}", fix=fix)
