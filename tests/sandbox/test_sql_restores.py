"""Restoring a backup run: what comes back, what is lost, what is refused, what a fault makes of it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.processes import wait_until
from tests.sandbox.sql_client import PROJECT, Client, Document, connected, one, only_sql, running_in
from tests.sandbox.test_sql import reason
from tests.sandbox.test_sql_backups import take

INSTANCES = f"/v1/projects/{PROJECT}/instances"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("restores")


@pytest.fixture(scope="module")
def sql(home: Path) -> Iterator[Client]:
    with only_sql(home, restore_quota=100) as (_, client):
        yield client


@pytest.fixture
def http(sql: Client) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sql.url, timeout=60) as client:
        yield client
        client.delete("/faults")
        assert client.get("/truth").json()["mismatches"] == []


@pytest.fixture(scope="module")
def shop(sql: Client) -> tuple[str, Document]:
    """An instance with its backup; what was written after it is not in the backup."""
    with connected(sql.create("shop")) as connection:
        connection.execute("CREATE TABLE orders AS SELECT generate_series(1, 1000) AS id")
        connection.execute("CREATE UNLOGGED TABLE carts AS SELECT 1 AS id")
        connection.execute("CREATE ROLE teller LOGIN PASSWORD 'before'")
    run = take(sql, "shop")
    with connected(sql.address("shop")) as connection:
        connection.execute("DELETE FROM orders WHERE id > 10")
        connection.execute("ALTER ROLE teller PASSWORD 'after'")
    return "shop", run


def restore(sql: Client, target: str, source: str, run: Document) -> Document:
    context = {"backupRunId": run["id"], "instanceId": source}
    return sql.call("instances", "restoreBackup", instance=target, body={"restoreBackupContext": context})


def test_an_instance_goes_back_to_its_backup(sql: Client, shop: tuple[str, Document]) -> None:
    name, run = shop
    sql.patch(
        name,
        databaseFlags=[{"name": "work_mem", "value": "8192"}],
        backupConfiguration={"transactionLogRetentionDays": 3},
    )
    before = sql.get(name)
    with closing(connected(sql.address(name))) as connection:
        operation = restore(sql, name, name, run)
        assert (operation["operationType"], operation["targetId"]) == ("RESTORE_VOLUME", name)
        assert "error" not in sql.ended(operation)
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    with connected(sql.address(name)) as connection:
        assert one(connection, "SELECT count(*) FROM orders") == 1000
        assert one(connection, "SELECT count(*) FROM carts") == 0, "an unlogged table comes back empty"
        assert one(connection, "SHOW work_mem") == "8MB", "flags stay the target's"
    connected(sql.address(name), "teller", "before").close()
    after = sql.get(name)
    assert after["state"] == "RUNNABLE"
    assert after["settings"]["backupConfiguration"]["transactionLogRetentionDays"] == 7, "reset"
    assert int(after["settings"]["settingsVersion"]) == int(before["settings"]["settingsVersion"]) + 1
    assert take(sql, name)["status"] == "SUCCESSFUL", "and it can be backed up again"


def test_another_instance_takes_its_data_and_users(sql: Client, shop: tuple[str, Document]) -> None:
    source, run = shop
    other = {"rootPassword": "of its own", "name": "other"}
    sql.do("instances", "insert", body={**other, "databaseVersion": "POSTGRES_17", "settings": {"tier": "x"}})
    address = sql.address("other")
    assert "error" not in sql.ended(restore(sql, "other", source, run))
    assert sql.address("other") == address
    with connected(address) as connection:
        assert one(connection, "SELECT count(*) FROM orders") == 1000
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        connected(address, password="of its own").close()
    sql.patch("other", databaseFlags=[{"name": "work_mem", "value": "4096"}])
    sql.do("instances", "restart", instance="other")
    sql.do("instances", "delete", instance="other")


@pytest.mark.slow
def test_a_restore_that_is_killed_is_done_again(tmp_path: Path) -> None:
    with only_sql(tmp_path) as (process, sql):
        with connected(sql.create("only")) as connection:
            connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 5000) AS id")
        run = take(sql, "only")
        begun = restore(sql, "only", "only", run)
        process.kill()
        wait_until(lambda: not running_in(tmp_path), what="the children of a killed sandbox are gone")
    with only_sql(tmp_path) as (_, sql):
        assert "error" not in sql.ended(begun)
        with connected(sql.address("only")) as connection:
            assert one(connection, "SELECT count(*) FROM kept") == 5000


@pytest.mark.parametrize("defect", ["bit flip", "truncation", "missing file"])
def test_a_damaged_backup_leaves_its_target_as_it_is(
    sql: Client, home: Path, shop: tuple[str, Document], defect: str
) -> None:
    name, _ = shop
    run = take(sql, name)
    base = home / "sql" / "locations" / "us" / "backups" / name / run["id"] / "base.tar.lz4"
    content = bytearray(base.read_bytes())
    if defect == "bit flip":
        content[len(content) // 2] ^= 1
        base.write_bytes(content)
    elif defect == "truncation":
        base.write_bytes(content[:-100])
    else:
        base.unlink()
    with closing(connected(sql.address(name))) as connection:
        assert "error" in sql.ended(restore(sql, name, name, run))
        connection.execute("SELECT 1")
    assert sql.get(name)["state"] == "RUNNABLE"


def test_a_location_that_is_down(sql: Client, http: httpx.Client, shop: tuple[str, Document]) -> None:
    name, _ = shop
    far = take(sql, name, location="eu")
    assert http.post("/faults", json={"location": "eu"}).json() == {"location": "eu"}
    assert http.get("/faults").json()["locations"] == ["eu"]
    assert "error" in sql.ended(restore(sql, name, name, far))
    failed = sql.ended(sql.call("backupRuns", "insert", instance=name, body={"location": "eu"}))
    assert "error" in failed
    assert sql.call("backupRuns", "list", instance=name)["items"][0]["status"] == "FAILED"
    take(sql, name, location="us")
    assert "error" in sql.ended(sql.call("backupRuns", "delete", instance=name, id=far["id"]))
    assert sql.call("backupRuns", "get", instance=name, id=far["id"])["status"] == "DELETION_FAILED"
    http.delete("/faults/eu")
    far = take(sql, name, location="eu")
    assert "error" not in sql.ended(restore(sql, name, name, far))


@pytest.mark.parametrize(
    ("target", "context", "refusal"),
    [
        pytest.param("none", {"backupRunId": "1"}, (404, "backupRunDoesNotExist"), id="no such backup"),
        pytest.param("shop", {"backupRunId": "1"}, (404, "backupRunDoesNotExist"), id="not one of its own"),
        pytest.param("shop", {}, (400, "invalid"), id="no backup named"),
        pytest.param(
            "shop", {"backupRunId": "1", "project": "other"}, (403, "notAuthorized"), id="another project"
        ),
    ],
)
def test_a_restore_is_refused(
    http: httpx.Client, shop: tuple[str, Document], target: str, context: Document, refusal: tuple[int, str]
) -> None:
    answer = http.post(f"{INSTANCES}/{target}/restoreBackup", json={"restoreBackupContext": context})
    assert reason(answer)[:2] == refusal


def test_a_restore_needs_an_instance_that_runs_and_is_free(
    sql: Client, http: httpx.Client, shop: tuple[str, Document]
) -> None:
    name, run = shop
    asked = {"restoreBackupContext": {"backupRunId": run["id"], "instanceId": name}}
    created = sql.begin("young")
    answer = http.post(f"{INSTANCES}/young/restoreBackup", json=asked)
    assert reason(answer)[:2] == (409, "operationInProgress")
    sql.ended(created)
    sql.patch("young", activationPolicy="NEVER")
    answer = http.post(f"{INSTANCES}/young/restoreBackup", json=asked)
    assert reason(answer) == (
        400,
        "invalid",
        "Invalid request: Invalid request since instance is not running.",
    )
    answer = http.post(f"{INSTANCES}/absent/restoreBackup", json=asked)
    assert reason(answer)[:2] == (404, "instanceDoesNotExist")
    sql.do("instances", "delete", instance="young")


def test_a_backup_of_another_version_is_refused(tmp_path: Path) -> None:
    with only_sql(tmp_path) as (_, sql), httpx.Client(base_url=sql.url) as http:
        sql.create("only")
        run = take(sql, "only")
        with closing(sqlite3.connect(tmp_path / "state.sqlite")) as state, state:
            state.execute(
                "UPDATE documents SET body = replace(body, 'POSTGRES_17', 'POSTGRES_16') "
                "WHERE kind = 'sql_backup_run'"
            )
        asked = {"restoreBackupContext": {"backupRunId": run["id"]}}
        text = (
            "Invalid request: Database type of target instance and backup differ. "
            "Instance database type: POSTGRES_17, Backup database type: POSTGRES_16."
        )
        assert reason(http.post(f"{INSTANCES}/only/restoreBackup", json=asked)) == (400, "invalid", text)


@pytest.mark.slow
def test_restores_of_one_backup_are_rationed(tmp_path: Path) -> None:
    with only_sql(tmp_path, restore_quota=1) as (_, sql), httpx.Client(base_url=sql.url) as http:
        sql.create("only")
        run = take(sql, "only")
        assert "error" not in sql.ended(restore(sql, "only", "only", run))
        asked = {"restoreBackupContext": {"backupRunId": run["id"]}}
        assert reason(http.post(f"{INSTANCES}/only/restoreBackup", json=asked))[:2] == (
            429,
            "rateLimitExceeded",
        )
        assert "error" not in sql.ended(restore(sql, "only", "only", take(sql, "only")))
