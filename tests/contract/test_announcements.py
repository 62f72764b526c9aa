"""A run has one message in Slack, whatever becomes of the calls that post it, and of the run."""

import secrets
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from slack_sdk import WebClient

from clients.environment import Environment
from domain.messages import Message
from tasks.announcements import Announcer
from tests.conftest import Endpoints
from tests.contract.conftest import Faults
from tests.environments import environment
from tests.faults.api import Faults as Holds
from tests.processes import wait_until


@pytest.fixture
def heard(cloud: Endpoints, foundation: None) -> Environment:
    """An environment with a channel of its own."""
    name = f"heard-{secrets.token_hex(4)}"
    return environment(cloud, name, over={"slack": {"channel": f"#{name}", "token": "slack-bot-token"}})


@pytest.fixture
def begun() -> Message:
    return Message("app: deploy", "begun", "by somebody", (), run="20260101-1", since=datetime.now(UTC))


def say(announcer: Announcer, message: Message) -> None:
    """Show it, and see it there before the end, which waits for seconds only."""
    announcer.show(message)
    wait_until(lambda: announcer.shown == message, what="the message in Slack")
    announcer.close()


def messages(env: Environment) -> list[str]:
    """What the channel shows, oldest first."""
    assert env.slack
    slack = WebClient("xoxb-muster-1", base_url=f"{env.endpoints.slack}/api/")
    channels: Any = slack.users_conversations(limit=999)["channels"]
    found = next(one["id"] for one in channels if one["name"] == env.name)
    return [one["text"].rpartition(": ")[2] for one in slack.conversations_history(channel=found)["messages"]]


@pytest.mark.parametrize("action", ["drop_answer", "drop"])
def test_a_call_that_was_not_answered_leaves_one_message(
    heard: Environment, begun: Message, faults: Faults, action: str
) -> None:
    faults.add(action, "chat.postMessage")
    announcer = Announcer(heard)
    say(announcer, begun)
    assert faults.met == 1
    assert messages(heard) == ["begun"]


def test_a_text_that_is_longer_than_slack_takes_is_shown_as_far_as_it_goes(
    heard: Environment, begun: Message
) -> None:
    announcer = Announcer(heard)
    announcer.show(begun)
    wait_until(lambda: announcer.shown == begun, what="the message in Slack")
    say(announcer, replace(begun, text="x" * 50_000))
    (text,) = messages(heard)
    assert len(text) > 1000
    assert set(text) == {"x"}


def test_who_ends_a_run_that_died_finds_its_message(heard: Environment, begun: Message) -> None:
    for run in ("20260101-1", "20260101-2"):
        died = Announcer(heard)
        say(died, replace(begun, run=run))
    resumed = Announcer(heard, resumes=True)
    say(resumed, replace(begun, text="ended"))
    assert messages(heard) == ["begun", "ended"], "newest first"


def test_a_run_that_died_before_it_was_heard_has_a_message_in_the_end(
    heard: Environment, begun: Message
) -> None:
    resumed = Announcer(heard, resumes=True)
    say(resumed, replace(begun, text="ended"))
    assert messages(heard) == ["ended"]


def test_a_process_that_slept_goes_on_with_the_message_of_who_took_it_for_dead(
    heard: Environment, begun: Message
) -> None:
    sleeper = Announcer(heard)
    sleeper._begun -= heard.lease.total_seconds() + 1  # as its clock goes on while it is stopped
    other = Announcer(heard, resumes=True)
    say(other, replace(begun, text="ended"))
    say(sleeper, replace(begun, text="woken"))
    assert messages(heard) == ["woken"]


def test_a_process_that_slept_in_the_very_call_takes_its_message_back(
    heard: Environment, begun: Message, http: httpx.Client
) -> None:
    holds = Holds(http)
    held = holds.arm("hold", path="chat.postMessage")
    sleeper = Announcer(heard)
    sleeper.show(begun)
    assert holds.wait_held(held, lambda: sleeper.shown is None)
    other = Announcer(heard, resumes=True)
    say(other, replace(begun, text="ended"))
    sleeper._begun -= heard.lease.total_seconds() + 1  # as its clock goes on while it is stopped
    holds.remove(held)
    say(sleeper, replace(begun, text="woken"))
    assert messages(heard) == ["woken"]
    assert sleeper.place == other.place
