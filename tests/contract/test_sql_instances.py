"""Instances by name: listed by their labels, stopped and started, promoted, protected, deleted."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from clients.cloud_sql import Busy
from clients.environment import Environment
from clients.errors import NotFound, Rejected
from clients.sql_instances import (
    delete_instance,
    list_instances,
    list_replicas,
    patch_instance,
    promote_replica,
    read_instance_named,
    start_instance,
    stop_instance,
)
from clients.sql_operations import list_operations, read_operation
from domain.sql_instance import SqlInstance
from tests.conftest import Endpoints
from tests.contract.conftest import Faults
from tests.environments import environment
from tests.processes import wait_until
from tests.sandbox.sql_client import Client, connected, one

NAME = f"named-{secrets.token_hex(3)}"
REPLICA = f"{NAME}-replica"
LABELS = {"muster-drill": "d1", "muster-environment": "here"}


@pytest.fixture(scope="module")
def env(cloud: Endpoints) -> Environment:
    return environment(cloud, "named", database={"instance": NAME, "name": "app", "credentials": "x"})


@pytest.fixture(scope="module")
def sql(cloud: Endpoints) -> Iterator[Client]:
    with closing(Client(cloud.google)) as client:
        client.create(NAME, userLabels=LABELS)
        yield client


def done(env: Environment, operation: str) -> None:
    """An operation to its end, which is to be a good one."""
    ended = wait_until(lambda: (op := read_operation(env, operation)) and op.ended and op, what=operation)
    assert ended
    assert ended.succeeded, ended.error


def there(env: Environment, name: str = NAME) -> SqlInstance:
    found = read_instance_named(env, name)
    assert found
    return found


def test_an_instance_tells_where_it_is_and_whose(env: Environment, sql: Client) -> None:
    found = there(env)
    assert (found.state, found.region, found.host) == ("RUNNABLE", "us-central1", sql.address(NAME))
    assert found.connection == f"{env.project}:us-central1:{NAME}"
    assert found.labels == LABELS
    assert (found.runs, found.replica_of, found.replicas, found.protected) == (True, "", (), False)
    assert abs(datetime.now(UTC) - found.created_at) < timedelta(minutes=10)
    assert read_instance_named(env, "no-such") is None


def test_instances_are_found_by_their_labels(env: Environment, sql: Client) -> None:
    assert there(env) in list_instances(env)
    assert [each.name for each in list_instances(env, LABELS)] == [NAME]
    assert list_instances(env, {**LABELS, "muster-environment": "elsewhere"}) == []


def test_a_stopped_instance_takes_no_write_and_a_second_stop_is_none(
    env: Environment, sql: Client, faults: Faults
) -> None:
    faults.add("drop_answer", f"/instances/{NAME}", "PATCH")
    assert stop_instance(env, NAME) == "", "its answer was lost, and it is being stopped"
    assert faults.met == 1
    quiet(env)
    assert (there(env).state, there(env).stopped, there(env).runs) == ("RUNNABLE", True, False)
    assert stop_instance(env, NAME) == ""
    with pytest.raises(psycopg.OperationalError, match="refused"):
        connected(there(env).host).close()
    done(env, start_instance(env, NAME))
    assert start_instance(env, NAME) == ""
    connected(there(env).host).close()


def test_what_another_operation_is_in_the_way_of_is_busy(env: Environment, sql: Client) -> None:
    restart = sql.call("instances", "restart", instance=NAME)
    with pytest.raises(Busy, match=f"{NAME}: changing its settings: .*already in progress; wait for it"):
        patch_instance(env, NAME, {"activationPolicy": "ALWAYS"})
    sql.ended(restart)


def quiet(env: Environment) -> None:
    wait_until(lambda: all(each.ended for each in list_operations(env)), what="an end of its operations")


def test_a_replica_is_promoted_once_and_leaves_its_primary_as_it_is(env: Environment, sql: Client) -> None:
    body = {
        "name": REPLICA,
        "databaseVersion": "POSTGRES_17",
        "masterInstanceName": NAME,
        "settings": {"tier": "db-custom-1-3840"},
    }
    sql.do("instances", "insert", body=body)
    (replica,) = list_replicas(env)
    assert (replica.name, replica.replica_of) == (REPLICA, NAME)
    assert there(env).replicas == (REPLICA,)
    with pytest.raises(Rejected, match="replication master"):
        begun(lambda: delete_instance(env, NAME))
    done(env, begun(lambda: promote_replica(env, REPLICA)))
    assert promote_replica(env, REPLICA) == ""
    assert list_replicas(env) == []
    for name in (NAME, REPLICA):
        with connected(there(env, name).host) as connection:
            assert one(connection, "SELECT pg_is_in_recovery()") is False
    with pytest.raises(NotFound, match="no-such: there is no such Cloud SQL instance"):
        promote_replica(env, "no-such")


def begun(call: Callable[[], str]) -> str:
    """A call that is made until nothing is in its way."""

    def attempt() -> tuple[str] | None:
        try:
            return (call(),)
        except Busy:
            return None

    found = wait_until(attempt, what="its turn")
    assert found
    return found[0]


def test_what_is_protected_is_not_deleted_and_what_is_gone_is_gone(
    env: Environment, sql: Client, faults: Faults
) -> None:
    name = f"{NAME}-gone"
    sql.create(name, deletionProtectionEnabled=True, retainBackupsOnDelete=True)
    assert (there(env, name).protected, there(env, name).retains_backups) == (True, True)
    with pytest.raises(Rejected, match="protected"):
        delete_instance(env, name)
    done(env, patch_instance(env, name, {"deletionProtectionEnabled": False}))
    faults.add("drop_answer", f"/instances/{name}", "DELETE")
    assert begun(lambda: delete_instance(env, name)) == "", "its answer was lost, and it is on its way"
    wait_until(lambda: read_instance_named(env, name) is None, what="the deletion")
    assert delete_instance(env, name) == ""
