"""Others act too: a second deploy, a person, a signal, a death."""

import signal

import httpx
import pytest

from clients.cloud_run import full_name
from clients.environment import Environment
from domain.record import Result
from tests.flows.conftest import LONG, Environments, Releases
from tests.flows.runs import (
    Command,
    aftermath,
    begin,
    canary_share,
    deploy,
    establish,
    muster,
    promote,
    users,
)
from tests.processes import wait_until


def test_a_second_deploy_is_refused_and_touches_nothing(trial: Environment, releases: Releases) -> None:
    with users(trial):
        first = begin(trial, releases("good"))
        second = deploy(trial, releases("better"))
        assert canary_share(trial) == 20, "the first one goes on"
        first.process.send_signal(signal.SIGTERM)
        first.end()
    assert second.code == 2
    assert "deploy good" in second.said
    assert "is under way" in second.said


@pytest.mark.slow
def test_a_deploy_that_waits_plans_anew_when_its_turn_comes(
    environment: Environments, releases: Releases
) -> None:
    env = environment("t-waits", canary={"hold": "4s", "steps": [20, 50]})
    establish(env, releases("first"))
    with users(env):
        first = begin(env, releases("good"))
        promote(env, releases("better"), "--wait", "60s")
        assert first.end().code == 0
    left = aftermath(env)
    assert left.record.ref == "better"
    assert left.is_settled_on(left.record.canary)
    assert left.tags["previous"] == left.record.baseline, "the first release became its baseline"


@pytest.mark.parametrize(
    "number",
    [
        pytest.param(signal.SIGTERM, id="SIGTERM"),
        pytest.param(signal.SIGINT, id="SIGINT", marks=pytest.mark.slow),
        pytest.param(signal.SIGHUP, id="SIGHUP", marks=pytest.mark.slow),
    ],
)
def test_a_signal_takes_the_users_back(
    environment: Environments, releases: Releases, number: signal.Signals
) -> None:
    env = environment(f"t-stopped-{number.name.lower()}", **LONG)
    establish(env, releases("first"))
    before = aftermath(env).record.canary
    with users(env) as load:
        command = begin(env, releases("good"))
        command.process.send_signal(number)
        command.process.send_signal(signal.SIGTERM)  # impatience changes nothing
        ended = command.end()
    left = aftermath(env)
    assert ended.code == 1
    assert left.is_settled_on(before)
    assert left.record.result is Result.ROLLED_BACK
    assert number.name in left.record.reason
    assert "rolled back" in left.slack
    assert load.tally.errors == 0


def test_somebody_else_changing_the_split_ends_the_deploy(trial: Environment, releases: Releases) -> None:
    before = aftermath(trial).record.canary
    with users(trial):
        command = begin(trial, releases("good"))
        canary = aftermath(trial).service.asked
        assert canary
        address = f"{trial.endpoints.google}/v2/{full_name(trial)}"
        theirs = [
            {"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION", "revision": before, "percent": 70},
            {
                "type": "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION",
                "revision": canary.tags["canary"],
                "percent": 30,
            },
        ]
        httpx.patch(f"{address}?updateMask=traffic", json={"traffic": theirs}).raise_for_status()
        ended = command.end()
    left = aftermath(trial)
    assert ended.code == 3
    assert left.shares == {before: 70, canary.tags["canary"]: 30}, "theirs stays"
    assert left.record.result is Result.HANDED_OVER
    assert "someone else acts on it" in ended.said
    assert "handed over" in left.slack
    assert left.lease is None


def test_a_person_rolls_back_in_mid_canary(trial: Environment, releases: Releases) -> None:
    before = aftermath(trial).record.canary
    with users(trial) as load:
        command = begin(trial, releases("good"))
        back = muster("rollback", trial.name)
        gone = command.end()
    left = aftermath(trial)
    assert back.code == 0, back.said
    assert gone.code == 3
    assert "the lease is" in gone.said, "held by the rollback, or gone with it"
    assert left.is_settled_on(before)
    assert load.tally.errors == 0


@pytest.mark.slow
def test_a_killed_deploy_is_cleaned_up_by_the_next(environment: Environments, releases: Releases) -> None:
    env = environment("t-killed", canary={"hold": "3s", "steps": [20, 50]}, lease="15s")
    establish(env, releases("first"))
    before = aftermath(env).record.canary
    with users(env):
        command = begin(env, releases("good"))
        command.process.kill()
        command.end()
        assert canary_share(env) == 20, "nobody is there to undo it"
        status = muster("status", env.name)
        refused = deploy(env, releases("better"))
        promote(env, releases("better"), "--wait", "30s")
    left = aftermath(env)
    assert refused.code == 2, "its lease has not lapsed yet"
    assert "is under way" in refused.said
    assert status.code == 0
    assert left.is_settled_on(left.record.canary)
    assert left.record.baseline == before, "the killed deploy's canary is no baseline"


@pytest.mark.slow
def test_the_same_deploy_run_again_after_a_kill_goes_on_with_its_evidence(
    environment: Environments, releases: Releases
) -> None:
    env = environment("t-carries", canary={"hold": "60s", "steps": [20, 50], "alpha": 1e-12})
    establish(env, releases("first"))
    bucket = f"{env.endpoints.google}/storage/v1/b/{env.state}/o"
    with users(env, rate=100):
        command = begin(env, releases("erring-little", error_share=0.2))
        kept = wait_until(lambda: errors_counted(bucket, env), what="errors counted in the state bucket")
        command.process.kill()
        command.end()
        again = Command(
            "deploy", env.name, "--source", releases("erring-little"), "--ref", "again", "--wait", "30s"
        )
        ended = again.end()
    left = aftermath(env)
    assert ended.code == 1, ended.said
    assert left.record.looks[0].canary_errors == 0, "a look before anything new was logged"
    assert left.record.looks[0].e_value > 1, f"carries the {kept} errors counted before"
    assert not errors_counted(bucket, env), "a trial that ended leaves none for the next"


def errors_counted(bucket: str, env: Environment) -> int:
    """How many errors the kept evidence holds."""
    listed = httpx.get(bucket, params={"prefix": f"evidence/{env.name}/"}).json().get("items", [])
    found = httpx.get(listed[0]["mediaLink"]) if listed else None  # gone, if the deploy ended just now
    return len(found.json()["open"]) if found and found.is_success else 0


@pytest.mark.slow
def test_a_storage_that_is_away_for_good_takes_the_users_back(trial: Environment, releases: Releases) -> None:
    """The lease cannot be renewed: the deploy goes back while it is still its own."""
    before = aftermath(trial).record.canary
    with users(trial):
        command = begin(trial, releases("good"))
        fault = {"action": "refuse", "status": 503, "path": "^/(upload/)?storage/", "times": 10_000}
        httpx.post(f"{trial.endpoints.google}/faults", json=fault).raise_for_status()
        ended = command.end()
        httpx.delete(f"{trial.endpoints.google}/faults").raise_for_status()
    assert ended.code == 1, ended.said
    assert "could not be renewed" in ended.said
    assert aftermath(trial).shares == {before: 100}
