"""Every way a deploy can end, on a service without a database: through the command, with real users."""

import httpx
import pytest

from clients.environment import Environment
from domain.record import Result
from tests.flows.conftest import Environments, Releases
from tests.flows.runs import aftermath, canary_share, deploy, establish, jobs, promote, users

QUIET = {"canary": {"minimum_requests": 1_000}}


def test_a_first_release_is_smoked_and_serves(environment: Environments, releases: Releases) -> None:
    env = environment("t-first")
    ended = deploy(env, releases("first"))
    left = aftermath(env)
    assert ended.code == 0
    assert left.is_settled_on(left.record.canary)
    assert left.record.result is Result.PROMOTED
    assert left.record.service_url == left.service.uri
    assert "there is no baseline yet" in left.slack
    assert "promoted" in left.slack


@pytest.mark.slow
def test_a_first_release_that_fails_its_smoke_check_is_replaced_by_the_next(
    environment: Environments, releases: Releases
) -> None:
    env = environment("t-first-fails")
    ended = deploy(env, releases("sick", health=500))
    assert ended.code == 1
    left = aftermath(env)
    assert left.record.result is Result.FAILED
    assert "GET /health: 500 where 200 is wanted" in ended.said
    assert "muster/unproven" in left.marks
    assert deploy(env, releases("first")).code == 0
    healed = aftermath(env)
    assert healed.is_settled_on(healed.record.canary)


def test_a_good_release_is_promoted_and_the_former_one_kept(served: Environment, releases: Releases) -> None:
    before = aftermath(served).record.canary
    with users(served) as load:
        promote(served, releases("good"))
    left = aftermath(served)
    assert left.is_settled_on(left.record.canary)
    assert left.tags == {"previous": before}
    assert left.record.baseline == before
    assert [look.percent for look in left.record.verdicts] == [10, 50]
    assert left.record.exposure[left.record.canary].errors == 0
    assert load.tally.errors == 0, "no request was lost or cut on the way"
    assert "10 %: pass" in left.slack
    assert "50 %: pass" in left.slack


def test_a_release_that_errs_is_caught_on_the_canary(served: Environment, releases: Releases) -> None:
    before = aftermath(served).record.canary
    with users(served, rate=120) as load:
        ended = deploy(served, releases("erring", error_share=0.5))
    left = aftermath(served)
    assert ended.code == 1
    assert left.is_settled_on(before)
    assert left.record.result is Result.ROLLED_BACK
    assert left.record.verdicts[-1].outcome == "fail"
    assert "the canary errs more than the baseline" in ended.said
    seen = left.record.exposure[left.record.canary]
    told = load.tally.revisions[left.record.canary]
    assert seen.errors == sum(told.errors.values()), "the record says what the users say"
    assert f"saw {seen.errors} errors" in left.slack


@pytest.mark.parametrize(
    ("behaviour", "why"),
    [
        pytest.param({"crash": True}, "did not start", id="one that crashes at start"),
        pytest.param(
            {"health": 500, "error_share": 1}, "smoke check 'page' failed", id="one that answers 500"
        ),
    ],
)
def test_a_broken_release_never_meets_a_user(
    environment: Environments, releases: Releases, behaviour: dict[str, object], why: str
) -> None:
    name = "crash" if "crash" in behaviour else "sick-all"
    env = environment(f"t-broken-{name}")
    establish(env, releases("first"))
    before = aftermath(env).record.canary
    with users(env) as load:
        ended = deploy(env, releases(name, **behaviour))
    left = aftermath(env)
    assert ended.code == 1
    assert why in ended.said
    assert left.is_settled_on(before)
    assert left.record.result is Result.FAILED
    assert set(load.tally.revisions) == {before}
    assert load.tally.errors == 0


@pytest.mark.slow
def test_after_a_release_that_crashed_the_service_can_still_be_deployed(
    served: Environment, releases: Releases
) -> None:
    assert deploy(served, releases("crash", crash=True)).code == 1
    with users(served):
        promote(served, releases("good"))


def test_a_baseline_that_broke_is_deployed_over_at_the_operators_word(
    served: Environment, releases: Releases
) -> None:
    httpx.get(aftermath(served).service.uri + "/break")
    ended = deploy(served, releases("good"), "--fix-forward")
    left = aftermath(served)
    assert ended.code == 0, ended.said
    assert left.is_settled_on(left.record.canary)
    assert left.record.verdicts == []
    assert "smoke check 'page' failed: GET /health: 500" in left.slack
    assert "its proofs and the canary steps are skipped" in left.slack


@pytest.mark.slow
def test_a_baseline_that_works_is_compared_with_whatever_the_operator_says(
    served: Environment, releases: Releases
) -> None:
    with users(served):
        promote(served, releases("good"), "--fix-forward")
    assert [look.percent for look in aftermath(served).record.verdicts] == [10, 50]


def test_what_serves_already_is_left_alone(served: Environment, releases: Releases) -> None:
    before = aftermath(served)
    ended = deploy(served, releases("first"))
    left = aftermath(served)
    assert ended.code == 0
    assert left.record.result is Result.UNCHANGED
    assert left.service.etag == before.service.etag


@pytest.mark.parametrize("served", [QUIET], indirect=True, ids=["no users"])
def test_without_traffic_there_is_no_verdict_and_it_goes_back(
    served: Environment, releases: Releases
) -> None:
    before = aftermath(served).record.canary
    ended = deploy(served, releases("good"))
    left = aftermath(served)
    assert ended.code == 1
    assert left.is_settled_on(before)
    assert "only 0 requests reached the canary, 1,000 are wanted" in ended.said
    assert [look.outcome for look in left.record.verdicts] == ["inconclusive"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "served",
    [{"canary": {**QUIET["canary"], "when_inconclusive": "promote"}}],
    indirect=True,
    ids=["the policy promotes"],
)
def test_a_policy_may_go_on_without_a_verdict(served: Environment, releases: Releases) -> None:
    ended = deploy(served, releases("good"))
    left = aftermath(served)
    assert ended.code == 0, ended.said
    assert left.is_settled_on(left.record.canary)
    assert "inconclusive, go on" in left.slack


@pytest.mark.slow
@pytest.mark.parametrize(
    "served",
    [{"canary": {**QUIET["canary"], "when_inconclusive": "hold"}}],
    indirect=True,
    ids=["the policy holds"],
)
def test_a_policy_may_hold_once_more_and_then_goes_back(served: Environment, releases: Releases) -> None:
    ended = deploy(served, releases("good"))
    left = aftermath(served)
    assert ended.code == 1
    assert [look.outcome for look in left.record.verdicts] == ["inconclusive", "inconclusive"]
    assert "hold once more" in left.slack


@pytest.mark.slow
def test_a_canary_that_hangs_shows_in_its_share_of_requests(
    environment: Environments, releases: Releases
) -> None:
    env = environment("t-hangs", canary={"hold": "3s", "steps": [50]})
    establish(env, releases("first"))
    before = aftermath(env).record.canary
    with users(env, rate=40):
        ended = deploy(env, releases("hanging", hang=8))
    assert ended.code == 1
    assert "it may hang" in ended.said
    assert aftermath(env).is_settled_on(before)


@pytest.mark.slow
def test_slack_being_down_neither_fails_nor_slows_a_deploy(served: Environment, releases: Releases) -> None:
    fault = {"action": "drop", "path": "/slack/api", "times": 1_000}
    httpx.post(f"{served.endpoints.google}/faults", json=fault).raise_for_status()
    with users(served):
        ended = promote(served, releases("good"))
    assert "Slack: no answer" in ended.said
    assert "the run goes on without it" in ended.said


def test_nothing_is_left_behind(served: Environment, releases: Releases) -> None:
    before = kept(served)
    deploy(served, releases("erring", error_share=0.5))
    assert kept(served) == before
    assert not jobs(served)
    assert canary_share(served) == 0


def kept(env: Environment) -> set[str]:
    """What is in the state bucket."""
    listed = httpx.get(f"{env.endpoints.google}/storage/v1/b/{env.state}/o").json()
    return {item["name"] for item in listed.get("items", [])}
