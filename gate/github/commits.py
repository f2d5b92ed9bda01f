"""Which commits an event means: base and head to judge, and the trust ref that policy and samples come from."""

from __future__ import annotations

from gate.errors import GateError, GitError, UsageError
from gate.github.api import Live, LivePull
from gate.github.checkout import Checkout
from gate.github.event import Given, PullRequest, Push, QueueGroup, Standing
from gate.values import dataclass, replace

SingleEvent = PullRequest | QueueGroup | Push | Given | Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Commits:
    """What to judge, as full commit ids that are at hand. `subject` is the commit that the check belongs to."""

    base: str
    head: str
    trust: str
    subject: str
    number: int | None = None
    judge_all: bool = False
    notes: tuple[str, ...] = ()


Places = Checkout | Live
"""Where commits are looked up: the job's checkout, or GitHub's API where it has none; both answer alike."""


def commits_of(event: SingleEvent, places: Places, live: Live | None, *, ask: bool) -> Commits:
    """The commits that an event means, made present.

    `ask` asks GitHub first which branch the pull request is aimed at, because the payload may be a replayed one.

    Raises: GateError: they can't be told, or are not at hand; says what to set.
    """
    match event:
        case PullRequest():
            found = _pull_request(event, places, live, ask=ask)
        case QueueGroup():
            base = places.need(event.base, "event.merge_group.base_sha")
            head = places.need(event.head, "event.merge_group.head_sha")
            found = Commits(base=base, head=head, trust=base, subject=head)
        case Push():
            found = _push(event, places)
        case Given():
            found = _given(event, places)
        case Standing():
            tip = default_tip(places, event.default)
            found = Commits(base=tip, head=tip, trust=tip, subject=tip, judge_all=True)
    return replace(found, notes=(*found.notes, *places.notes))


def _pull_request(event: PullRequest, places: Places, live: Live | None, *, ask: bool) -> Commits:
    """The judged head is the event's, on which the check lands; the live pull request tells only the target."""
    now, notes = _asked(event, live, ask=ask)
    target = now.target if now else event.target
    trust = places.tip(target)
    if not trust and live and not now:  # deleted meanwhile, by which GitHub aims the pull request at another branch
        now, notes = _asked(event, live, ask=True)
        target = now.target if now else target
        trust = places.tip(target)
    if not trust:
        fix = "give the pull request another base branch, or restore this one"
        raise GitError("the branch is gone", where=f"target branch {target}", fix=fix)
    head, pull = event.head or (now.head if now else ""), f"refs/pull/{event.number}/head"
    places.need(trust, f"target branch {target}", f"refs/heads/{target}")
    base, judged = _merged(event, places, head) if target == event.target else ("", "")
    if not base:
        gone = "if it was pushed over, its check no longer counts; else push again"
        judged = places.need(head, f"pull request {event.number}", pull, fix=gone)
        base = places.merge_base(head, trust)
    if base == judged:
        # The target holds the head already: it was merged since, and is judged against where it went into.
        base = places.merge_base(head, places.need(event.base or trust, "event.pull_request.base.sha"))
        notes = (*notes, f"{target} holds the head already, so that it is compared with what the event names as base")
    if base == judged:
        fix = "push to the pull request, or give it another base branch"
        raise GitError(f"{target} held its head before", where=f"pull request {event.number}", fix=fix)
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
    if event.head and now.head != event.head:
        moved = f"this is the check of {event.head[:12]}; the pull request moved on to {now.head[:12]}"
        return now, (f"{moved}, which has a check of its own",)
    return now, ()


def _merged(event: PullRequest, places: Places, head: str) -> tuple[str, str]:
    """On the merge ref: its first parent and itself, unless it merges another head than the event's."""
    parents = places.parents(event.merge) if event.merge else ()
    if len(parents) != 2 or parents[1] != head or parents[0] == head or not places.has(parents[0]):
        return "", ""
    return parents[0], event.merge


def _push(event: Push, places: Places) -> Commits:
    """Against what was there before; a new branch or tag against the default branch, which itself is judged whole."""
    after = places.need(event.after, "event.after")
    trust = default_tip(places, event.default)
    before = places.need(event.before, "event.before") if event.before and places.has(event.before) else ""
    notes = () if before or not event.before else (f"{event.before}, which this push replaced, is gone",)
    found = Commits(base=after, head=after, trust=trust, subject=after, notes=notes)
    if before:
        base = places.merge_base(before, after)
        return replace(found, base=before if base == after else base)  # a branch that was set back
    if event.ref == f"refs/heads/{event.default}":
        return replace(found, judge_all=True)  # nothing is before it: all that stands is new
    base = places.merge_base(after, trust)
    if base == after and event.oldest:  # merged since: what the push brought begins at its oldest commit
        base = next(iter(places.parents(places.need(event.oldest, "event.commits[0].id"))), "")
        return replace(found, base=places.need(base, "event.commits[0]") if base else after, judge_all=not base)
    return replace(found, base=base)


def _given(event: Given, places: Places) -> Commits:
    places = _checkout(places)
    trust = default_tip(places, event.default)
    head = places.named(event.head, "input head")
    base = places.named(event.base, "input base") if event.base else places.merge_base(head, trust)
    if base == head:
        what = f"is {head[:12]} like head" if event.base else f"{head[:12]} is part of {event.default} already"
        raise UsageError(what, where="input base", fix="name the commit to compare with")
    return Commits(base=base, head=head, trust=trust, subject=head)


def _checkout(places: Places) -> Checkout:
    if not isinstance(places, Checkout):
        fix = "leave them empty, or check out with `fetch-depth: 0`"
        raise UsageError("need a checkout", where="inputs base and head", fix=fix)
    return places


def default_tip(places: Places, branch: str) -> str:
    """The live tip of the default branch. GitError: it can't be told."""
    tip = places.tip(branch) if branch else ""
    if not tip:
        why = f"{branch} is gone" if branch else "the event doesn't name it"
        raise GitError(f"its live tip can't be told: {why}", where="default branch", fix="run on a newer event")
    return places.need(tip, "default branch", f"refs/heads/{branch}")


def refuse_other(event: SingleEvent, commits: Commits, places: Places, base: str, head: str) -> None:
    """Where the event says what is judged, inputs must not say otherwise: they could pick a harmless pair.

    Raises: UsageError: an input names another commit than the event's.
    """
    if not isinstance(event, PullRequest | QueueGroup | Push) or not (base or head):
        return
    places = _checkout(places)
    for ref, what, allowed in ((base, "base", {commits.base}), (head, "head", {commits.head, commits.subject})):
        if ref and places.named(ref, f"input {what}") not in allowed:
            says = ", ".join(sorted(commit[:12] for commit in allowed))
            fix = f"leave `{what}` empty: this event says what is judged ({says})"
            raise UsageError("names another commit than the event's", where=f"input {what}", fix=fix)
