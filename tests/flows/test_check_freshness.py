"""The alarm of freshness: heard once while it lasts, over when all is fresh; the run fails all the while."""

import secrets
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from clients.environment import Environment
from clients.objects import read_json, write_json
from domain.freshness_report import TooOld
from domain.recovery_set import State
from flows.check_freshness import check_freshness
from tests.flows.conftest import Environments
from tests.flows.runs import slack_text
from tests.recovery_vault import DAY, Vault, make_bucket

LIMITS = {"complete": "1d", "checked": None, "proven": "35d"}

Vaults = Callable[..., Vault]


@pytest.fixture
def vault(environment: Environments) -> Vaults:
    def make(**over: Any) -> Vault:
        name = f"t-fresh-{secrets.token_hex(3)}"
        env = environment(name, vault=name, backup={"freshness": LIMITS}, **{"lease": "30s", **over})
        make_bucket(env, name)
        return Vault(env)

    return make


def memory(env: Environment) -> str:
    return f"alarms/{env.name}/freshness.json"


def headlines(env: Environment) -> int:
    """How many messages there are of the alarm, whatever is in their threads."""
    return slack_text(env).count(f"{env.name}: freshness → {env.name}")


def test_what_is_fresh_is_not_heard(vault: Vaults) -> None:
    here = vault()
    here.set(0.5, State.PROVEN)
    assert check_freshness.fn(here.env.name) == "all 2 are fresh"
    assert headlines(here.env) == 0
    assert "check freshness" not in slack_text(here.env)


def test_an_alarm_is_one_message_while_it_lasts_and_says_when_it_is_over(vault: Vaults) -> None:
    here = vault()
    with pytest.raises(TooOld, match="there is no complete set; at most 24 h is asked for; there is no prov"):
        check_freshness.fn(here.env.name)
    here.set(2, State.PROVEN)
    with pytest.raises(TooOld, match=r"is 2 days old; at most 24 h is asked for$"):
        check_freshness.fn(here.env.name)
    said = slack_text(here.env)
    assert headlines(here.env) == 1
    assert "is 2 days old; at most 24 h is asked for" in said
    assert "docs/runbooks/freshness.md" in said
    assert "no longer: proven set" in said, "in its thread"
    here.set(0.1)
    check_freshness.fn(here.env.name)
    check_freshness.fn(here.env.name)
    said = slack_text(here.env)
    assert headlines(here.env) == 1
    assert "all is fresh again" in said
    assert "not fresh" not in said
    assert read_json(here.env, here.env.state, memory(here.env)) is None


def test_an_alarm_that_lasts_is_said_anew_after_a_day(vault: Vaults) -> None:
    here = vault()
    with pytest.raises(TooOld):
        check_freshness.fn(here.env.name)
    kept = read_json(here.env, here.env.state, memory(here.env))
    assert kept
    for key in ("began_at", "said_at"):
        kept[key] = (here.now - 1.1 * DAY).isoformat()
    write_json(here.env, here.env.state, memory(here.env), kept)
    with pytest.raises(TooOld):
        check_freshness.fn(here.env.name)
    assert headlines(here.env) == 2
    assert "not fresh for 26 h 24 min" in slack_text(here.env)


def test_what_cannot_be_told_is_not_fresh_though_the_alarm_cannot_be_remembered(vault: Vaults) -> None:
    here = vault(lease="5s")
    fault = {"action": "refuse", "path": "muster-state", "times": 1000, "status": 403, "name": "state"}
    faults = f"{here.env.endpoints.google}/faults"
    httpx.post(faults, json={key: fault[key] for key in fault if key != "name"}).raise_for_status()
    for _ in range(2):
        with pytest.raises(TooOld, match="how old things are cannot be told: gs://muster-state/"):
            check_freshness.fn(here.env.name)
    httpx.delete(faults).raise_for_status()
    assert headlines(here.env) == 1, "found again in Slack itself"
