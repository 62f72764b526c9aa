"""Recovering for real, as the command does it: the primary is lost for good, its replica takes its place."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from clients.cloud_run import read_service
from clients.environment import Environment
from clients.errors import NotFound
from clients.recovery_window import read_window
from clients.secret_versions import read_secret
from clients.sql_instances import read_instance_named
from domain.recovery_record import RecoveryRecord
from domain.recovery_wish import Way
from tasks.recoveries import read_record
from tests.conftest import Endpoints
from tests.environments import write_environment
from tests.faults.api import Faults as Holds
from tests.flows.conftest import Environments
from tests.flows.runs import Command, establish, slack_text
from tests.processes import wait_until
from tests.recovery_ground import APPLICATION, READER, Ground, note, noted, patiently
from tests.sandbox.sql_client import Client

pytestmark = pytest.mark.timeout(900)  # instances are made, stopped and promoted

Grounds = Callable[[str], tuple[Ground, Environment]]


@pytest.fixture(scope="module")
def ground(
    landscape: Endpoints, environment: Environments, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Grounds]:
    """Makes a service with a database, and a replica of it."""
    folder = tmp_path_factory.mktemp("bound")
    with closing(Client(landscape.google)) as client:

        def make(name: str) -> tuple[Ground, Environment]:
            made = Ground(landscape, name, client).lay()
            establish(environment(name, service=made.over["service"]), made.source(folder))
            return made, environment(name, **made.over)  # its image has no migrations

        yield make


def test_a_lost_primary_is_failed_over_to_its_replica(ground: Grounds) -> None:
    made, env = ground("t-failover")
    made.follow()
    assert note(env, "before") == 201
    replica = made.sql.address(made.replica)
    wait_until(lambda: made.count(replica) >= 2, what="the replica has it")
    made.lose("disk")
    assert note(env, "meanwhile") == 503
    planned = patiently("recover", env.name, "--failover")
    assert planned.code == 0, planned.said
    assert f"promote {made.replica}" in planned.said
    assert "nothing was touched" in planned.said
    assert read_record(env) is None
    ended = patiently("recover", env.name, "--failover", "--apply")
    assert ended.code == 0, ended.said
    assert noted(env, "before") == 200
    assert note(env, "after") == 201
    assert f"write database.instance: {made.replica}" in ended.said
    old, new = (read_instance_named(env, name) for name in (made.name, made.replica))
    assert old
    assert old.stopped
    assert new
    assert not new.replica_of
    assert new.backups
    for user in (APPLICATION, READER):
        with pytest.raises(psycopg.OperationalError, match="authentication failed"):
            made.count(new.host, user)
    again = patiently("recover", env.name, "--failover", "--apply")
    assert again.code == 2, again.said
    assert f"write database.instance: {made.replica}" in again.said
    assert "fenced" in slack_text(env)


def write_as(made: Ground, env: Environment, over: dict[str, Any]) -> None:
    """Let the environment's file say this."""
    folder = Path(os.environ["MUSTER_ENVIRONMENTS"])
    slack = {"channel": f"#{env.name}", "token": "slack-bot-token"}
    write_environment(folder, made.cloud, env.name, over={**over, "slack": slack})


def noted_of(env: Environment) -> RecoveryRecord:
    """How far its recovery has come."""
    return read_record(env) or RecoveryRecord("", Way.FAILOVER, "", "", datetime.now(UTC))


@pytest.mark.slow
def test_a_recovery_that_is_killed_keeps_others_out_and_goes_on_when_it_is_run_again(
    ground: Grounds, http: httpx.Client
) -> None:
    made, env = ground("t-recover-killed")
    made.follow()
    assert note(env, "before") == 201
    made.lose("disk")
    first = Command("recover", env.name, "--failover", "--apply")
    wait_until(lambda: noted_of(env).fenced_at, seconds=120, what="it has fenced, and promotes")
    http.post("/faults", json={"operation": "UPDATE", "seconds": 120}).raise_for_status()
    wait_until(lambda: noted_of(env).secrets, seconds=120, what="it has promoted, and switches backups on")
    second = patiently("recover", env.name, "--failover", "--apply")
    assert second.code == 2, second.said
    assert "recover (" in second.said
    assert "is under way" in second.said
    first.process.kill()
    first.end()
    http.delete("/faults")
    other = patiently("recover", env.name, "--set", "newest")
    assert other.code == 2, other.said
    assert f"has made {made.replica} writable" in other.said
    record = read_record(env)
    assert record
    assert record.restored_at
    assert record.ended_at is None
    again = patiently("recover", env.name, "--failover", "--apply")
    assert again.code == 0, again.said
    assert f"go on with recovery {record.id}" in slack_text(env) or "is fenced" in slack_text(env)
    ended = read_record(env)
    assert ended
    assert (ended.id, ended.ended_at is None) == (record.id, False)
    assert noted(env, "before") == 200
    assert note(env, "after") == 201


@pytest.mark.slow
def test_a_primary_that_cannot_be_fenced_stays_the_only_one_until_somebody_gives_their_word(
    ground: Grounds, http: httpx.Client
) -> None:
    made, env = ground("t-recover-dark")
    none = patiently("recover", env.name, "--failover", "--apply")
    assert none.code == 2, none.said
    assert "no replica to promote" in none.said
    host = made.sql.address(made.name)
    replica = made.follow()
    assert note(env, "before") == 201
    wait_until(lambda: made.count(replica) >= 2, what="the replica has it")
    refusal = {"action": "refuse", "method": "PATCH", "path": rf"/instances/{made.name}(\?|$)", "status": 503}
    http.post("/faults", json={**refusal, "times": 1000}).raise_for_status()
    alive = patiently("recover", env.name, "--failover", "--apply", "--fenced-by-hand")
    assert alive.code == 1, alive.said
    assert "it still answers" in alive.said
    assert made.count(host) >= 2, "it does: users are on it"
    assert note(env, "still") == 201
    made.lose("process")
    dark = patiently("recover", env.name, "--failover", "--apply")
    assert dark.code == 1, dark.said
    assert "--fenced-by-hand" in dark.said
    found = read_instance_named(env, made.replica)
    assert found
    assert found.replica_of == made.name, "nothing was promoted"
    by_word = patiently("recover", env.name, "--failover", "--apply", "--fenced-by-hand")
    assert by_word.code == 0, by_word.said
    assert "by the operator's word" in slack_text(env)
    assert noted(env, "still") == 200
    assert note(env, "after") == 201


@pytest.mark.slow
def test_a_revision_that_does_not_pass_gets_no_traffic(ground: Grounds, http: httpx.Client) -> None:
    made, env = ground("t-recover-sick")
    made.follow()
    assert note(env, "before") == 201
    before = read_service(env)
    sick = {"smoke": [{"name": "sick", "path": "/nowhere/at-all"}]}
    write_as(made, env, {**made.over, "service": {**made.over["service"], **sick}})
    ended = patiently("recover", env.name, "--failover", "--apply")
    assert ended.code == 1, ended.said
    assert "traffic stays on" in ended.said
    after = read_service(env)
    assert before
    assert after
    assert after.served
    assert before.served
    assert after.served.shares == before.served.shares
    write_as(made, env, made.over)
    again = patiently("recover", env.name, "--failover", "--apply")
    assert again.code == 0, again.said
    assert noted(env, "before") == 200


@pytest.mark.slow
def test_a_damaged_database_goes_back_to_an_instant_before(ground: Grounds) -> None:
    made, env = ground("t-recover-instant")
    assert note(env, "good") == 201
    time.sleep(0.2)
    wait_until(lambda: read_window(env), seconds=60, what="a window that begins before it")
    before = datetime.now(UTC)
    time.sleep(0.2)
    assert note(env, "damage") == 201
    wait_until(lambda: window_reaches(env, before), seconds=60, what="the recovery window has it")
    ended = patiently("recover", env.name, "--at", before.isoformat(), "--apply")
    assert ended.code == 0, ended.said
    assert (noted(env, "good"), noted(env, "damage")) == (200, 404)
    assert note(env, "after") == 201
    record = noted_of(env)
    old, new = (read_instance_named(env, name) for name in (made.name, record.new))
    assert old
    assert old.stopped, "it holds the evidence, and takes no write"
    assert new
    assert new.backups
    assert not [label for label in new.labels if label.startswith("muster-drill")], "no reap takes it"
    with pytest.raises(NotFound):
        read_secret(env, f"{record.new}-administrator-url")


def window_reaches(env: Environment, at: datetime) -> bool:
    window = read_window(env)
    return bool(window and window.latest_at >= at)


@pytest.mark.slow
def test_a_lost_database_comes_back_from_a_set(ground: Grounds) -> None:
    made, env = ground("t-recover-set")
    assert note(env, "in-the-set") == 201
    ended = patiently("backup", env.name, "--alone")
    assert ended.code == 0, ended.said
    assert note(env, "since") == 201
    made.lose("disk")
    none = patiently("recover", env.name, "--set", "no-such-set", "--apply")
    assert none.code == 2, none.said
    assert "no such recovery set" in none.said
    ended = patiently("recover", env.name, "--set", "newest", "--apply")
    assert ended.code == 0, ended.said
    assert (noted(env, "in-the-set"), noted(env, "since")) == (200, 404)
    assert note(env, "after") == 201


@pytest.mark.slow
def test_a_password_that_a_stopped_restore_sets_late_locks_nobody_out(
    ground: Grounds, http: httpx.Client
) -> None:
    made, env = ground("t-recover-late")
    assert note(env, "in-the-set") == 201
    ended = patiently("backup", env.name, "--alone")
    assert ended.code == 0, ended.said
    made.lose("disk")
    holds = Holds(http)
    held = holds.arm("hold", method="PUT", path=f"instances/{made.name}-.*/users.*name={APPLICATION}")
    sleeper = Command("recover", env.name, "--set", "newest", "--apply")
    assert holds.wait_held(held, lambda: sleeper.process.poll() is None, seconds=120)
    sleeper.process.send_signal(signal.SIGSTOP)
    ended = patiently("recover", env.name, "--set", "newest", "--apply")
    assert ended.code == 0, ended.said
    holds.remove(held)
    sleeper.process.send_signal(signal.SIGCONT)
    woken = sleeper.end()
    assert "lease" in woken.said.splitlines()[-1]
    assert woken.code == 3, woken.said
    new = read_instance_named(env, noted_of(env).new)
    assert new
    for secret in (f"{made.name}-url", f"{made.name}-muster"):
        with psycopg.connect(read_secret(env, secret)) as connection:
            assert connection.info.host == new.host
    assert noted(env, "in-the-set") == 200
    assert note(env, "after") == 201
    with pytest.raises(NotFound):
        read_secret(env, f"{new.name}-logins")
