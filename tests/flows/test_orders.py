"""What an operator says while a canary is on trial is heard at the next look, and kept with who said it."""

import pytest

from clients.drafts import list_drafts, read_draft
from clients.environment import Environment
from domain.orders import Verb
from domain.record import Result
from domain.refusal import Refused
from tasks.orders import give_order
from tests.flows.conftest import Environments, Releases
from tests.flows.runs import (
    Ended,
    aftermath,
    begin,
    canary_share,
    establish,
    muster,
    users,
)
from tests.processes import wait_until

HOLD = 20  # seconds: long enough for a command to be heard within it on a busy machine


def say(env: Environment, verb: str) -> Ended:
    said = muster(verb, env.name, MUSTER_WHO="ana")
    assert said.code == 0, said.said
    assert f"was told to {verb}" in said.said
    return said


def test_aborted(trial: Environment, releases: Releases) -> None:
    before = aftermath(trial).record.canary
    with users(trial):
        command = begin(trial, releases("good"))
        say(trial, "abort")
        ended = command.end()
    left = aftermath(trial)
    assert ended.code == 1
    assert left.is_settled_on(before)
    assert left.record.result is Result.ROLLED_BACK
    assert left.record.reason == "aborted by ana"
    assert "aborted by ana at 20 %" in left.slack


@pytest.mark.slow
def test_promoted_without_further_steps(trial: Environment, releases: Releases) -> None:
    with users(trial):
        command = begin(trial, releases("good"))
        say(trial, "promote")
        ended = command.end()
    left = aftermath(trial)
    assert ended.code == 0, ended.said
    assert left.is_settled_on(left.record.canary)
    assert [step.name for step in left.record.steps if step.name.startswith("prove at")] == ["prove at 20 %"]
    assert any("promoted by ana at 20 %" in note for note in left.record.notes)


@pytest.mark.slow
def test_held_until_it_is_resumed(environment: Environments, releases: Releases) -> None:
    env = environment("t-o-held", canary={"hold": f"{HOLD}s", "steps": [20]})
    establish(env, releases("first"))
    with users(env):
        command = begin(env, releases("good"))
        say(env, "hold")
        wait_until(lambda: "held by ana" in muster("status", env.name).said, what="the status tells of it")
        wait_until(lambda: looks_beyond(env, HOLD + 2), seconds=60, what="looks beyond the hold")
        assert canary_share(env) == 20
        say(env, "resume")
        ended = command.end()
    left = aftermath(env)
    assert ended.code == 0, ended.said
    assert left.is_settled_on(left.record.canary)
    said = " ".join(left.record.notes)
    assert "held by ana" in said
    assert "resumed by ana" in said


@pytest.mark.parametrize("verb", Verb)
def test_nobody_to_say_it_to(environment: Environments, verb: Verb) -> None:
    with pytest.raises(Refused, match=f"no deploy is under way to {verb}"):
        give_order(environment("t-o-nobody"), verb)


def looks_beyond(env: Environment, seconds: float) -> bool:
    """Whether the draft tells of looks over so long a time."""
    drafts = [draft for kept in list_drafts(env) if (draft := read_draft(env, kept.id))]
    looks = drafts[0].record.looks if drafts else []
    return bool(looks) and (looks[-1].at - looks[0].at).total_seconds() > seconds
