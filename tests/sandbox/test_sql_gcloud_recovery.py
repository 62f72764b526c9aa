"""Cloud SQL's backups and recovery as the gcloud CLI meets them, and what psycopg then finds."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from tests.conftest import Endpoints
from tests.processes import wait_until
from tests.sandbox.gcloud import NEEDED, Gcloud
from tests.sandbox.sql_client import Client, connected, one, only_sql
from tests.sandbox.test_sql_recovery import opened, present, reached

pytestmark = NEEDED
VERSION, TIER = "--database-version=POSTGRES_17", "--tier=db-custom-1-3840"
PITR = ("--backup", "--enable-point-in-time-recovery", "--root-password=open sesame")


@pytest.fixture(scope="module")
def sql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Client, Gcloud]]:
    home: Path = tmp_path_factory.mktemp("gcloud-recovery")
    with only_sql(home, recovery_lag=1.0) as (_, client):
        endpoints = Endpoints(home=home, **json.loads((home / "endpoints.json").read_text()))
        yield client, Gcloud.of(endpoints, tmp_path_factory.mktemp("gcloud-config"))
        assert httpx.get(f"{client.url}/truth").json()["mismatches"] == []


@pytest.fixture(scope="module")
def shop(sql: tuple[Client, Gcloud]) -> str:
    """An instance that can be recovered to an instant; its address."""
    client, gcloud = sql
    gcloud("sql", "instances", "create", "shop", VERSION, TIER, "--region=us-central1", *PITR)
    opened(client, "shop")
    address = client.address("shop")
    with connected(address) as connection:
        connection.execute("CREATE TABLE orders AS SELECT generate_series(1, 10) AS id")
    return address


def count(address: str) -> int:
    with connected(address) as connection:
        found: int = one(connection, "SELECT count(*) FROM orders")
        return found


def address(gcloud: Gcloud, name: str) -> str:
    found: Any = gcloud.json("sql", "instances", "describe", name)
    return str(found["ipAddresses"][0]["ipAddress"])


def test_a_clone_to_an_instant(sql: tuple[Client, Gcloud], shop: str) -> None:
    client, gcloud = sql
    at = present(shop)
    with connected(shop) as connection:
        connection.execute("DELETE FROM orders WHERE id > 5")
    reached(client, "shop", at)
    told = gcloud.json("sql", "instances", "get-latest-recovery-time", "shop")
    assert told["kind"] == "sql#getLatestRecoveryTime"
    gcloud("sql", "instances", "clone", "shop", "then", f"--point-in-time={at.isoformat()}")
    assert (count(address(gcloud, "then")), count(shop)) == (10, 5)
    early = "--point-in-time=2020-01-01T00:00:00Z"
    refused = gcloud.refused("sql", "instances", "clone", "shop", "never", early)
    assert "A successful backup that's required" in refused
    with connected(shop) as connection:
        connection.execute("INSERT INTO orders SELECT generate_series(6, 10)")


def test_a_restore(sql: tuple[Client, Gcloud], shop: str) -> None:
    _, gcloud = sql
    gcloud("sql", "instances", "create", "target", VERSION, TIER, "--region=us-central1")
    gcloud("sql", "backups", "create", "--instance=shop", "--description=by hand")
    run = gcloud.json("sql", "backups", "list", "--instance=shop")[0]
    (backup,) = gcloud.json("sql", "backups", "list", "--filter=instance=shop AND type=ON_DEMAND")
    assert backup["backupRun"].endswith(run["id"])
    assert gcloud.json("sql", "backups", "describe", backup["name"])["state"] == "SUCCESSFUL"
    gcloud("sql", "backups", "restore", run["id"], "--restore-instance=target", "--backup-instance=shop")
    assert count(address(gcloud, "target")) == 10
    with connected(address(gcloud, "target")) as connection:
        connection.execute("DROP TABLE orders")
    gcloud(
        "sql", "instances", "restore-backup", "target", f"--backup-id={run['id']}", "--backup-instance=shop"
    )
    assert count(address(gcloud, "target")) == 10
    gcloud("sql", "backups", "restore", backup["name"], "--restore-instance=fresh")
    assert count(address(gcloud, "fresh")) == 10


def test_a_replica_that_is_promoted(sql: tuple[Client, Gcloud], shop: str) -> None:
    _, gcloud = sql
    gcloud("sql", "instances", "create", "follower", "--master-instance-name=shop", TIER, "--region=us-east1")
    wait_until(lambda: count(address(gcloud, "follower")) == 10, what="the replica follows")
    assert gcloud.json("sql", "instances", "describe", "shop")["replicaNames"] == ["follower"]
    refused = gcloud.refused("sql", "instances", "delete", "shop")
    assert "The requested operation is not valid for a replication master instance." in refused
    follower = address(gcloud, "follower")
    with connected(follower) as reader, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        reader.execute("DELETE FROM orders")
    gcloud("sql", "instances", "promote-replica", "follower")
    with connected(follower) as connection:
        connection.execute("DELETE FROM orders")
    assert count(shop) == 10


def test_an_export_and_its_import(sql: tuple[Client, Gcloud], shop: str) -> None:
    _, gcloud = sql
    gcloud("storage", "buckets", "create", "gs://dumps")
    gcloud("sql", "export", "sql", "shop", "gs://dumps/shop.sql.gz", "--database=postgres", "--offload")
    gcloud("sql", "databases", "create", "copy", "--instance=shop")
    gcloud("sql", "import", "sql", "shop", "gs://dumps/shop.sql.gz", "--database=copy")
    with connected(shop, database="copy") as connection:
        assert one(connection, "SELECT count(*) FROM orders") == 10


def test_a_query_as_csv(sql: tuple[Client, Gcloud], shop: str) -> None:
    _, gcloud = sql
    gcloud("storage", "buckets", "create", "gs://queries")
    gcloud("sql", "export", "csv", "shop", "gs://queries/ids.csv", "--database=postgres", "--query=SELECT 1")
    assert gcloud("storage", "cat", "gs://queries/ids.csv").strip() == "1"
    assert "does not have the required permissions" in gcloud.refused(
        "sql", "export", "sql", "shop", "gs://none/shop.sql", "--database=postgres"
    )


def test_a_final_backup(sql: tuple[Client, Gcloud], shop: str) -> None:
    _, gcloud = sql
    gcloud("sql", "instances", "create", "last", VERSION, TIER, "--region=us-central1")
    gcloud("sql", "instances", "delete", "last", "--enable-final-backup", "--final-backup-retention-days=3")
    (final,) = gcloud.json("sql", "backups", "list", "--filter=instance=last")
    assert (final["type"], final["state"]) == ("FINAL", "SUCCESSFUL")
    gcloud("sql", "backups", "delete", final["name"])
    assert gcloud.json("sql", "backups", "list", "--filter=instance=last") == []
