"""What processes that died have left is put right by `muster settle`, and nothing else is touched."""

import signal
import subprocess
import sys

import httpx
import pytest

from clients.cloud_run import full_name
from clients.drafts import list_drafts
from clients.environment import Environment
from clients.leases import delete_lease, read_lease, write_lease
from domain.lease import Lease
from domain.record import Result
from flows.settle import settle
from tests.faults.api import Faults
from tests.flows.conftest import LONG, Environments, Releases
from tests.flows.runs import (
    Command,
    aftermath,
    begin,
    canary_share,
    establish,
    muster,
    promote,
    users,
)
from tests.processes import wait_until


def settled(env: Environment) -> None:
    """Rounds until nothing is left."""
    wait_until(lambda: settle(env.name).records, seconds=30, what="something to settle")
    assert not settle(env.name).records, "one round is enough"


def test_a_killed_deploy_is_undone_once_its_lease_has_lapsed(trial: Environment, releases: Releases) -> None:
    before = aftermath(trial).record.canary
    with users(trial) as load:
        command = begin(trial, releases("good"))
        assert not settle(trial.name).records, "a live lease answers for it"
        assert canary_share(trial) == 20
        command.process.kill()
        command.end()
        settled(trial)
    left = aftermath(trial)
    assert left.is_settled_on(before)
    assert left.record.ref == "good"
    assert left.record.result is Result.ROLLED_BACK
    assert left.record.reason == "the deploy's process ended without a word at step 'prove at 20 %'"
    assert left.record.exposure[left.record.canary].requests > 0
    assert "rolled back to" in left.slack
    assert "ended without a word" in left.slack
    assert not list_drafts(trial)
    assert load.tally.errors == 0


@pytest.mark.slow
def test_several_copies_do_it_once(trial: Environment, releases: Releases) -> None:
    before = aftermath(trial)
    with users(trial):
        command = begin(trial, releases("good"))
        command.process.kill()
        command.end()
        copies = [Command("settle", trial.name, "--every", "1s") for _ in range(3)]
        wait_until(lambda: aftermath(trial).record.id != before.record.id, seconds=40, what="a record")
        wait_until(lambda: read_lease(trial).reading is None, what="the lease given back")
        for copy in copies:
            copy.process.send_signal(signal.SIGTERM)
        assert [copy.end().code for copy in copies] == [0, 0, 0]
    left = aftermath(trial)
    assert left.is_settled_on(before.record.canary)
    assert left.slack.count("ended without a word") == 2, "the message and one word in its thread"


def test_a_canary_share_without_a_lease_is_undone_whoever_set_it(promoted: Environment) -> None:
    left = aftermath(promoted)
    send(promoted, {left.record.baseline: 70, left.record.canary: 30}, {"canary": left.record.canary})
    assert muster("settle", promoted.name).code == 0
    now = aftermath(promoted)
    assert now.is_settled_on(left.record.baseline)
    assert now.record.kind == "settle"
    assert now.record.reason == f"canary {left.record.canary} had 30 % and no lease"
    assert "settle" in now.slack


@pytest.mark.slow
def test_a_lease_that_goes_to_others_meanwhile_is_left_to_them(promoted: Environment) -> None:
    left = aftermath(promoted)
    send(promoted, {left.record.baseline: 70, left.record.canary: 30}, {"canary": left.record.canary})
    with httpx.Client(base_url=promoted.endpoints.google) as http:
        faults = Faults(http)
        fault = faults.arm("hold", method="POST", path="/upload", body=f"leases/{promoted.name}", times=1)
        late = Command("settle", promoted.name)
        assert faults.wait_held(fault, lambda: late.process.poll() is None)
        write_lease(promoted, Lease(nonce="other", counter=1, length=promoted.lease, holder="another"), 0)
        faults.remove(fault)
    ended = late.end()
    assert ended.code == 0, ended.said
    assert "left to others: " in ended.said
    assert "another is under way" in ended.said
    assert canary_share(promoted) == 30, "who holds the lease answers for it"
    theirs = read_lease(promoted).reading
    assert theirs
    delete_lease(promoted, theirs.generation)
    assert muster("settle", promoted.name).code == 0
    assert aftermath(promoted).is_settled_on(left.record.baseline)


def test_a_split_by_hand_between_proven_revisions_is_left_alone(promoted: Environment) -> None:
    left = aftermath(promoted)
    send(promoted, {left.record.baseline: 70, left.record.canary: 30}, {})
    assert not settle(promoted.name).records
    assert aftermath(promoted).shares == {left.record.baseline: 70, left.record.canary: 30}


@pytest.mark.slow
def test_what_a_woken_process_changed_is_undone_and_it_changes_nothing_more(
    trial: Environment, releases: Releases
) -> None:
    before = aftermath(trial)
    with users(trial):
        command = begin(trial, releases("good"))
        canary = aftermath(trial).tags["canary"]
        command.process.send_signal(signal.SIGSTOP)
        settled(trial)
        marks = {"muster/lease": before.service.annotations["muster/lease"]}
        command.process.send_signal(signal.SIGCONT)
        ended = command.end()
    left = aftermath(trial)
    assert ended.code == 3
    assert "the lease is gone" in ended.said
    assert left.is_settled_on(before.record.canary)
    assert left.record.result is Result.ROLLED_BACK, "as settle had it"
    assert "has woken up" in left.slack
    assert "⏳" not in left.slack, "what it was about to say is not what Slack says in the end"
    assert marks["muster/lease"] != left.service.annotations["muster/lease"], "settle has signed"
    assert canary not in left.tags.values()


@pytest.mark.slow
def test_a_change_that_comes_late_without_a_mark_is_known_by_its_signature(
    environment: Environments, releases: Releases
) -> None:
    """The last PATCH of a promotion, sent by a process that slept until settle had undone its trial."""
    env = environment("t-s-late", **LONG)
    establish(env, releases("first"))
    before = aftermath(env).record.canary
    with users(env):
        command = begin(env, releases("good"))
        trial = aftermath(env)
        command.process.kill()
        command.end()
        settled(env)
    send(env, {trial.tags["canary"]: 100}, {}, {"muster/lease": trial.service.annotations["muster/lease"]})
    assert len(settle(env.name).records) == 1
    left = aftermath(env)
    assert left.is_settled_on(before)
    assert "slept through the loss of its lease" in left.record.reason


@pytest.mark.slow
def test_after_settling_the_same_deploy_succeeds(environment: Environments, releases: Releases) -> None:
    env = environment("t-s-again", canary={"hold": "3s", "steps": [20, 50]})
    establish(env, releases("first"))
    with users(env):
        command = begin(env, releases("good"))
        command.process.kill()
        command.end()
        settled(env)
        promote(env, releases("good"))
    left = aftermath(env)
    assert left.is_settled_on(left.record.canary)


@pytest.mark.slow
@pytest.mark.parametrize(
    "call",
    [
        pytest.param({"path": "builds:submit"}, id="while it builds"),
        pytest.param({"path": "/upload/", "body": "leases/"}, id="while it takes the lease"),
    ],
)
def test_a_deploy_that_dies_before_it_held_the_lease_leaves_no_open_record(
    trial: Environment, releases: Releases, call: dict[str, str]
) -> None:
    before = aftermath(trial)
    fault = {"action": "delay", "seconds": 3, **call}
    httpx.post(f"{trial.endpoints.google}/faults", json=fault).raise_for_status()
    command = Command("deploy", trial.name, "--source", releases("good"), "--ref", "good")
    faults = f"{trial.endpoints.google}/faults"
    wait_until(lambda: httpx.get(faults).json()["faults"][0]["met"], seconds=60, what="the call")
    command.process.kill()
    command.end()
    settled(trial)
    left = aftermath(trial)
    assert left.record.id != before.record.id
    assert left.record.result is Result.FAILED
    assert "ended without a word" in left.record.reason
    assert left.shares == before.shares
    items = httpx.get(
        f"{trial.endpoints.google}/storage/v1/b/{trial.state}/o", params={"prefix": f"sources/{trial.name}/"}
    )
    assert items.json().get("items", []) == []


@pytest.mark.slow
def test_a_deploy_that_sleeps_before_it_held_the_lease_is_over(
    trial: Environment, releases: Releases
) -> None:
    before = aftermath(trial)
    fault = {"action": "delay", "seconds": 1, "path": "builds:submit"}
    httpx.post(f"{trial.endpoints.google}/faults", json=fault).raise_for_status()
    command = Command("deploy", trial.name, "--source", releases("good"), "--ref", "good")
    faults = f"{trial.endpoints.google}/faults"
    wait_until(lambda: httpx.get(faults).json()["faults"][0]["met"], seconds=60, what="the build")
    command.process.send_signal(signal.SIGSTOP)
    settled(trial)
    command.process.send_signal(signal.SIGCONT)
    ended = command.end()
    left = aftermath(trial)
    assert ended.code == 3, ended.said
    assert "taken for dead" in ended.said
    assert left.shares == before.shares
    assert left.record.result is Result.FAILED
    assert "has woken up" in left.slack


@pytest.mark.slow
def test_a_process_that_slept_until_its_record_was_ended_does_not_tell_of_a_success(
    environment: Environments, releases: Releases
) -> None:
    """A first release, which serves already: nothing is undone, and nothing but the record shows it."""
    env = environment("t-slept-at-the-end")
    with httpx.Client(base_url=env.endpoints.google) as http:
        faults = Faults(http)
        fault = faults.arm("hold", method="PATCH", path=f"services/{env.service.name}", times=1)
        command = Command("deploy", env.name, "--source", releases("first"), "--ref", "first")
        assert faults.wait_held(fault, lambda: command.process.poll() is None)
        command.process.send_signal(signal.SIGSTOP)
        settled(env)
        faults.remove(fault)
    command.process.send_signal(signal.SIGCONT)
    ended = command.end()
    assert ended.code == 3, ended.said
    assert "taken for dead" in ended.said
    left = aftermath(env)
    assert left.record.result is Result.FAILED
    assert "has woken up" in left.slack
    assert left.shares == {left.record.canary: 100}


def test_it_never_imports_prefect(trial: Environment) -> None:
    script = (
        "import sys; sys.argv = ['muster', 'settle', sys.argv[1]]\n"
        "from cli.__main__ import main\n"
        "try: main()\n"
        "except SystemExit as end: print(end.code, 'prefect' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, trial.name],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["0", "False"]


def send(
    env: Environment, shares: dict[str, int], tags: dict[str, str], annotations: dict[str, str] | None = None
) -> None:
    """Set the split by hand, past Muster."""
    by_revision = {revision: tag for tag, revision in tags.items()}
    traffic = [
        {
            "type": "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION",
            "revision": revision,
            "percent": percent,
            **({"tag": by_revision[revision]} if revision in by_revision else {}),
        }
        for revision, percent in shares.items()
    ]
    mask = "traffic,annotations" if annotations else "traffic"
    address = f"{env.endpoints.google}/v2/{full_name(env)}?updateMask={mask}"
    answer = httpx.patch(address, json={"traffic": traffic, "annotations": annotations or {}})
    assert answer.is_success, f"{traffic}: {answer.text}"
    wait_until(lambda: aftermath(env).shares == shares, what="the split")
