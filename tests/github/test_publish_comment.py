"""The sticky comment: one, found over all pages by marker and author, updated in place."""

from __future__ import annotations

import pytest

from gate.github.client import Client
from gate.github.publish import MARKER, publish_comment
from tests.github.standin import BOT, Fault

OTHER = {"login": "mallory", "type": "User"}


@pytest.fixture
def client(github, idle):
    made = Client(repository="o/r", api=github.url, token="t", clock=idle.clock())
    yield made
    made.close()


def bodies(github):
    return [str(text["body"]).removeprefix(MARKER + "\n") for text in github.comments]


def test_it_is_updated_in_place_also_when_the_verdict_turns_green(client, github):
    assert publish_comment(client, number=7, text="blocked", worth_starting=True)
    assert publish_comment(client, number=7, text="passed", worth_starting=False)
    assert bodies(github) == ["passed"]


def test_nothing_worth_saying_starts_no_comment(client, github):
    assert not publish_comment(client, number=7, text="no default changed", worth_starting=False)
    assert github.comments == []


def test_it_is_found_behind_the_first_page(client, github):
    github.comments += [{"id": i + 1, "body": "chat", "user": OTHER} for i in range(130)]
    github.comments.append({"id": 131, "body": MARKER + "\nold", "user": BOT})
    publish_comment(client, number=7, text="new", worth_starting=True)
    assert (len(github.comments), bodies(github)[-1]) == (131, "new")


@pytest.mark.parametrize(
    "fake",
    [
        {"body": MARKER + "\nPASSED", "user": OTHER},
        {"body": "> " + MARKER, "user": BOT},
        {"body": MARKER, "user": None},
        {"body": None, "user": BOT},
    ],
)
def test_somebody_elses_marker_is_left_alone(client, github, fake):
    github.comments.append({"id": 1, **fake})
    publish_comment(client, number=7, text="blocked", worth_starting=True)
    assert github.comments[0]["body"] == fake["body"]
    assert bodies(github)[1:] == ["blocked"]


def test_with_a_persons_token_only_his_own_comment_counts(client, github):
    github.user = {"login": "release-manager", "type": "User"}
    github.comments.append({"id": 1, "body": MARKER, "user": BOT})
    for text in ("one", "two"):
        publish_comment(client, number=7, text=text, worth_starting=True)
    assert bodies(github)[1:] == ["two"]


def test_an_unanswered_comment_is_not_written_twice(client, github):
    github.faults.append(Fault(pattern="POST", status=504, times=1, after=True))
    publish_comment(client, number=7, text="blocked", worth_starting=True)
    assert bodies(github) == ["blocked"]
