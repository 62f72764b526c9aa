"""A primary that is lost for real, and what brings its data back; operations at a set pace."""

import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.processes import wait_until
from tests.sandbox.sql_client import PROJECT, Client, connected, one, only_sql
from tests.sandbox.test_sql import reason
from tests.sandbox.test_sql_recovery import LOGGED, clone, opened, present, reached
from tests.sandbox.test_sql_replicas import follow

INSTANCES = f"/v1/projects/{PROJECT}/instances"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("losses")


@pytest.fixture(scope="module")
def sql(home: Path) -> Iterator[Client]:
    with only_sql(home, recovery_lag=1.0, pace={"RESTART": 1.5}) as (_, client):
        yield client


@pytest.fixture
def http(sql: Client) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sql.url, timeout=60) as client:
        yield client
        client.delete("/faults")
        assert client.get("/truth").json()["mismatches"] == []


def gone(address: str) -> bool:
    try:
        connected(address).close()
    except psycopg.OperationalError:
        return True
    return False


def test_a_killed_server_recovers_when_its_fault_goes(sql: Client, http: httpx.Client) -> None:
    address = sql.create("killed")
    with connected(address) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    assert http.post("/faults", json={"instance": "killed", "loss": "process"}).status_code == 200
    assert http.get("/faults").json()["instances"] == {"killed": {"loss": "process"}}
    assert gone(address)
    assert sql.get("killed")["state"] == "RUNNABLE", "nobody told the API"
    refused = http.post(f"{INSTANCES}/killed/backupRuns", json={})
    assert reason(refused)[:2] == (400, "invalid")
    http.delete("/faults/killed")
    with connected(address) as connection:
        assert one(connection, "SELECT answer FROM kept") == 42
    sql.delete("killed")


@pytest.mark.slow
def test_a_lost_disk_comes_back_from_its_log_and_its_replica(
    sql: Client, http: httpx.Client, home: Path
) -> None:
    address = sql.create("lost", backupConfiguration=LOGGED)
    opened(sql, "lost")
    replica = wait_until_free(sql, "lost")
    with connected(address) as connection:
        connection.execute("CREATE TABLE entries AS SELECT 'archived' AS what")
    at: datetime = present(address)
    reached(sql, "lost", at)
    with connected(address) as connection:
        connection.execute("INSERT INTO entries VALUES ('the last moment')")
    wait_until(lambda: count(replica) == 2, what="the replica has it")
    http.post("/faults", json={"instance": "lost", "loss": "disk"})
    assert not (home / "sql" / "instances" / "lost" / "data").exists()
    assert gone(address)
    assert sql.get("lost")["state"] == "FAILED"
    assert "error" not in sql.ended(clone(sql, "lost", "again", pointInTime=at.isoformat()))
    with connected(sql.address("again")) as connection:
        assert [what for (what,) in connection.execute("SELECT what FROM entries")] == ["archived"]
    assert "error" in sql.ended(sql.call("instances", "restart", instance="lost")), (
        "there is nothing to start"
    )
    sql.do("instances", "promoteReplica", instance="lost-replica")
    assert count(replica) == 2, "the replica lost nothing"
    with connected(replica) as connection:
        connection.execute("INSERT INTO entries VALUES ('of its own')")
    assert "replicaNames" not in sql.get("lost")
    for name in ("lost", "lost-replica", "again"):
        sql.delete(name)


def count(address: str) -> int:
    with connected(address) as connection:
        found: int = one(connection, "SELECT count(*) FROM entries")
        return found


def wait_until_free(sql: Client, name: str) -> str:
    """A replica, begun as soon as the automated backup lets its primary be."""
    wait_until(
        lambda: all(
            operation["status"] == "DONE"
            for operation in sql.call("operations", "list", instance=name)["items"]
        ),
        what=f"{name} is free",
    )
    return follow(sql, f"{name}-replica", name)


@pytest.mark.slow
def test_operations_at_a_set_pace(sql: Client, http: httpx.Client) -> None:
    def took(verb: str) -> float:
        began = time.monotonic()
        sql.do("instances", verb, instance="paced", **({"body": {}} if verb == "patch" else {}))
        return time.monotonic() - began

    sql.create("paced")
    assert took("restart") >= 1.5
    set_to = http.post("/faults", json={"operation": "UPDATE", "seconds": 1})
    assert set_to.json() == {"operation": "UPDATE", "seconds": 1, "bytes_per_second": 0.0}
    assert took("patch") >= 1
    http.delete("/faults/UPDATE")
    http.post("/faults", json={"operation": "UPDATE", "bytes_per_second": 20e6})
    assert took("patch") >= 1, "an empty cluster has more than 20 MB"
    http.delete("/faults")
    sql.delete("paced")


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        pytest.param({"instance": "none", "loss": "disk"}, 404, id="no such instance"),
        pytest.param({"instance": "none", "loss": "mind"}, 400, id="no such loss"),
        pytest.param({"operation": "CLONE", "seconds": -1}, 400, id="back in time"),
        pytest.param({"location": "../.."}, 400, id="no location"),
    ],
)
def test_what_is_no_fault_is_refused(http: httpx.Client, fault: dict[str, object], code: int) -> None:
    assert http.post("/faults", json=fault).status_code == code
