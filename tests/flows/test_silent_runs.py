"""What a killed run about recovery sets said in Slack does not stay there as it is."""

import secrets
from datetime import UTC, datetime, timedelta

import httpx

from clients.environment import Environment
from flows.expire import expire
from tasks.logbook import logged
from tasks.silent_runs import end_silent_runs, has_told_its_end
from tests.faults.api import Faults
from tests.flows.conftest import Environments
from tests.flows.runs import Command, slack_text
from tests.processes import wait_until
from tests.recovery_vault import make_bucket

AT_ONCE = timedelta(0)
ENDED = "its process ended without a word"


def test_the_message_of_a_killed_run_says_so_once_its_lease_has_lapsed(
    environment: Environments, http: httpx.Client
) -> None:
    name = f"t-silent-{secrets.token_hex(3)}"
    env = environment(name, vault=name, lease="5s")
    make_bucket(env, name)
    expire.fn(name)
    faults = Faults(http)
    listing = faults.arm("hold", method="GET", path=f"/b/{name}/o", times=9)
    command = Command("expire", name, "--apply")
    assert faults.wait_held(listing, lambda: command.process.poll() is None)
    wait_until(lambda: under_way(env), what="its message")
    assert not end_silent_runs(env, AT_ONCE), "a live lease answers for it"
    command.process.kill()
    command.end()
    faults.remove(listing)
    assert not end_silent_runs(env), "it was posted just now"
    wait_until(lambda: end_silent_runs(env, AT_ONCE) == 1, what="its lease to lapse")
    assert not end_silent_runs(env, AT_ONCE)
    assert not under_way(env)
    said = slack_text(env)
    assert said.count(f"{name}: expire → {name}") == 2
    assert said.count(ENDED) == 1, "the other has ended as it said itself"


def test_a_run_that_has_told_its_end_is_known_by_its_message(environment: Environments) -> None:
    name = f"t-silent-{secrets.token_hex(3)}"
    env = environment(name, vault=name)
    begun = datetime.now(UTC)
    with logged("restore drill", env) as book:
        book.heard()
        assert book.place
        assert not has_told_its_end(env, book.id, begun)
        book.ends("restored 8 MB")
        book.heard()
        assert has_told_its_end(env, book.id, begun), "though it is not over yet"
    assert not has_told_its_end(env, "another", begun)


def under_way(env: Environment) -> bool:
    return "begun" in slack_text(env)
