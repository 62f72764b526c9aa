"""Read replicas: how one follows its primary, what it keeps from being done, how it becomes a primary."""

from collections.abc import Iterator

import httpx
import psycopg
import pytest

from tests.processes import wait_until
from tests.sandbox.sql_client import NEW, PROJECT, Client, Document, connected, one, only_sql
from tests.sandbox.test_sql import reason
from tests.sandbox.test_sql_backups import take

INSTANCES = f"/v1/projects/{PROJECT}/instances"


@pytest.fixture(scope="module")
def sql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with only_sql(tmp_path_factory.mktemp("replicas"), lock_linger=3.0) as (_, client):
        yield client


@pytest.fixture
def http(sql: Client) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sql.url, timeout=60) as client:
        yield client
        assert client.get("/truth").json()["mismatches"] == []


@pytest.fixture(scope="module")
def shop(sql: Client) -> str:
    flags = [{"name": "max_connections", "value": "42"}]
    with connected(sql.create("shop", databaseFlags=flags)) as connection:
        connection.execute("CREATE TABLE orders (id int)")
    return "shop"


def replica_body(name: str, of: str, region: str = "us-east1", **settings: object) -> Document:
    return {
        "name": name,
        "masterInstanceName": of,
        "region": region,
        "databaseVersion": "POSTGRES_17",
        "settings": {**NEW["settings"], **settings},
    }


def follow(sql: Client, name: str, of: str) -> str:
    """A replica that runs; its address."""
    operation = sql.call("instances", "insert", body=replica_body(name, of))
    assert (operation["operationType"], operation["targetId"]) == ("CREATE_REPLICA", of)
    assert "error" not in sql.ended(operation)
    return sql.address(name)


def orders(address: str) -> int:
    with connected(address) as connection:
        found: int = one(connection, "SELECT count(*) FROM orders")
        return found


def write(address: str, count: int = 1) -> None:
    with connected(address) as connection:
        connection.execute("INSERT INTO orders SELECT generate_series(1, %s)", (count,))


def free(http: httpx.Client, name: str) -> None:
    """Wait until no lock lingers on it."""
    wait_until(
        lambda: http.post(f"{INSTANCES}/{name}/restart").status_code != 409, what=f"{name} is free again"
    )
    wait_until(
        lambda: all(
            one["status"] == "DONE"
            for one in http.get(f"/v1/projects/{PROJECT}/operations", params={"instance": name}).json()[
                "items"
            ]
        ),
        what="its restart",
    )


def test_a_replica_follows_and_is_told_as_one(sql: Client, http: httpx.Client, shop: str) -> None:
    address = follow(sql, "follower", shop)
    found, primary = sql.get("follower"), sql.get(shop)
    told = {name: found[name] for name in ("instanceType", "masterInstanceName", "region", "state")}
    assert told == {
        "instanceType": "READ_REPLICA_INSTANCE",
        "masterInstanceName": f"{PROJECT}:{shop}",
        "region": "us-east1",
        "state": "RUNNABLE",
    }
    assert (primary["instanceType"], primary["replicaNames"]) == ("CLOUD_SQL_INSTANCE", ["follower"])
    lingering = http.post(f"{INSTANCES}/{shop}/restart")
    assert reason(lingering)[:2] == (409, "operationInProgress"), "locks outlive DONE"
    write(sql.address(shop), 5)
    wait_until(lambda: orders(address) == 5, what="what the primary committed")
    with connected(address) as connection:
        assert one(connection, "SHOW max_connections") == "42", "its primary's flags"
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            connection.execute("INSERT INTO orders VALUES (1)")
    free(http, shop)
    write(sql.address(shop), 1)
    wait_until(lambda: orders(address) == 6, what="what the primary committed after its restart")
    before = sql.get(shop)["settings"]["settingsVersion"]
    sql.delete("follower")
    after = sql.get(shop)
    assert "replicaNames" not in after
    assert int(after["settings"]["settingsVersion"]) == int(before) + 1, "it moves by itself"
    assert reason(http.post(f"{INSTANCES}/{shop}/restart"))[:2] == (409, "operationInProgress")
    free(http, shop)
    with connected(sql.address(shop)) as connection:
        assert one(connection, "SELECT count(*) FROM pg_replication_slots") == 0


@pytest.fixture(scope="module")
def pair(sql: Client, shop: str) -> tuple[str, str]:
    """A primary with its replica."""
    sql.create("pair")
    with connected(sql.address("pair")) as connection:
        connection.execute("CREATE TABLE orders (id int)")
    follow(sql, "pair-replica", "pair")
    with httpx.Client(base_url=sql.url) as http:
        free(http, "pair")
    return "pair", "pair-replica"


def test_what_a_replica_keeps_from_being_done(sql: Client, http: httpx.Client, pair: tuple[str, str]) -> None:
    primary, replica = pair
    run = take(sql, primary)
    restore = {"restoreBackupContext": {"backupRunId": run["id"], "instanceId": primary}}
    clone = {"cloneContext": {"destinationInstanceName": "never"}}
    enabled = {"settings": {"backupConfiguration": {"enabled": True}}}
    master, slave = "errorReplicationMasterInvalidOperation", "errorReplicaInvalidOperation"
    for answer, why in (
        (http.delete(f"{INSTANCES}/{primary}"), master),
        (http.post(f"{INSTANCES}/{primary}/restoreBackup", json=restore), master),
        (http.post(f"{INSTANCES}/{replica}/restoreBackup", json=restore), slave),
        (http.post(f"{INSTANCES}/{replica}/backupRuns", json={}), slave),
        (http.post(f"{INSTANCES}/{replica}/clone", json=clone), slave),
        (http.post(f"{INSTANCES}/{replica}/users", json={"name": "ada"}), slave),
        (http.patch(f"{INSTANCES}/{replica}", json=enabled), slave),
        (http.post(INSTANCES, json=replica_body("second", replica)), slave),
    ):
        assert reason(answer)[:2] == (400, why)
    absent = http.post(INSTANCES, json=replica_body("second", "absent"))
    assert reason(absent)[:2] == (403, "notAuthorized"), "not 404"
    taken = http.post(INSTANCES, json=replica_body(replica, primary))
    assert reason(taken)[:2] == (409, "instanceAlreadyExists")
    assert reason(http.post(f"{INSTANCES}/{primary}/promoteReplica"))[:2] == (400, "invalid")
    undesignated = http.post(f"{INSTANCES}/{replica}/promoteReplica", params={"failover": "true"})
    assert reason(undesignated)[:2] == (400, "invalid")
    assert sql.get(replica)["instanceType"] == "READ_REPLICA_INSTANCE"


@pytest.mark.slow
def test_a_promoted_replica_is_independent(sql: Client, http: httpx.Client, pair: tuple[str, str]) -> None:
    primary, replica = pair
    write(sql.address(primary), 3)
    wait_until(lambda: orders(sql.address(replica)) == 3, what="what the primary committed")
    operation = sql.do("instances", "promoteReplica", instance=replica)
    assert (operation["operationType"], operation["targetId"]) == ("PROMOTE_REPLICA", replica)
    promoted = sql.get(replica)
    assert promoted["instanceType"] == "CLOUD_SQL_INSTANCE"
    assert "masterInstanceName" not in promoted
    assert "replicaNames" not in sql.get(primary)
    write(sql.address(replica), 10)
    write(sql.address(primary), 1)
    assert (orders(sql.address(replica)), orders(sql.address(primary))) == (13, 4), "two primaries"
    again = http.post(f"{INSTANCES}/{replica}/promoteReplica")
    assert reason(again)[:2] == (400, "invalid"), "it cannot be undone, nor done twice"
    assert take(sql, replica)["status"] == "SUCCESSFUL"
    free(http, primary)
    sql.delete(primary)
    sql.delete(replica)


@pytest.mark.slow
def test_a_designated_replica_takes_its_primarys_place(sql: Client, http: httpx.Client, shop: str) -> None:
    with connected(sql.create("main", edition="ENTERPRISE_PLUS")) as connection:
        connection.execute("CREATE TABLE orders (id int)")
    follow(sql, "standby", "main")
    free(http, "main")
    designated = {"replicationCluster": {"failoverDrReplicaName": "standby"}}
    sql.do("instances", "patch", instance="main", body=designated)
    found = sql.get("main")["replicationCluster"]
    assert found == {"failoverDrReplicaName": f"{PROJECT}:standby"}
    write(sql.address("main"), 2)
    wait_until(lambda: orders(sql.address("standby")) == 2, what="what the primary committed")
    sql.do("instances", "promoteReplica", instance="standby", failover=True)
    wait_until(
        lambda: (
            sql.get("main").get("masterInstanceName") == f"{PROJECT}:standby"
            and sql.call("operations", "list", instance="main")["items"][0]["status"] == "DONE"
        ),
        seconds=120,
        what="the old primary is reconfigured",
    )
    newest = sql.call("operations", "list", instance="main")["items"][0]
    assert newest["operationType"] == "RECONFIGURE_OLD_PRIMARY"
    assert "error" not in newest
    write(sql.address("standby"), 1)
    wait_until(lambda: orders(sql.address("main")) == 3, what="the old primary follows the new one")
    refused = http.patch(f"{INSTANCES}/{shop}", json={"replicationCluster": {"failoverDrReplicaName": "x"}})
    assert reason(refused)[:2] == (400, "invalid"), "Enterprise has no such designation"
