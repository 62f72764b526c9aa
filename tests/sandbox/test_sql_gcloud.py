"""Cloud SQL as the gcloud CLI meets it: each verb in turn, and what psycopg then finds."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import psycopg
import pytest

from tests.processes import wait_until
from tests.sandbox.gcloud import NEEDED, Gcloud
from tests.sandbox.sql_client import PROJECT, connected, one

pytestmark = NEEDED
VERSION, TIER = "--database-version=POSTGRES_17", "--tier=db-custom-1-3840"


@pytest.fixture(scope="module")
def shop(gcloud: Gcloud) -> Iterator[str]:
    """An instance that the tests of this module share; its address."""
    region = "--region=us-central1"
    gcloud("sql", "instances", "create", "shop", VERSION, TIER, region, "--root-password=open sesame")
    yield described(gcloud)["ipAddresses"][0]["ipAddress"]
    gcloud("sql", "instances", "delete", "shop")
    assert "does not exist" in gcloud.refused("sql", "instances", "describe", "shop")


def described(gcloud: Gcloud, name: str = "shop") -> Any:
    return gcloud.json("sql", "instances", "describe", name)


def of_shop(gcloud: Gcloud, kind: str, verb: str, *arguments: str) -> Any:
    return gcloud.json("sql", kind, verb, *arguments, "--instance=shop")


def test_an_instance_is_described_and_listed(gcloud: Gcloud, shop: str) -> None:
    found = described(gcloud)
    assert (found["state"], found["databaseVersion"], found["gceZone"]) == (
        "RUNNABLE", "POSTGRES_17", "us-central1-a"
    )  # fmt: skip
    assert "shop" in [one["name"] for one in gcloud.json("sql", "instances", "list")]
    with connected(shop) as connection:
        assert one(connection, "SHOW server_version_num").startswith("17")


def test_a_patch_reaches_the_server(gcloud: Gcloud, shop: str) -> None:
    gcloud("sql", "instances", "patch", "shop", "--database-flags=work_mem=8192,max_connections=42")
    with connected(shop) as connection:
        assert (one(connection, "SHOW work_mem"), one(connection, "SHOW max_connections")) == ("8MB", "42")
    gcloud("sql", "instances", "patch", "shop", "--clear-database-flags")
    assert "databaseFlags" not in described(gcloud)["settings"]
    with connected(shop) as connection:
        assert one(connection, "SHOW max_connections") == "100"


def test_a_restart_is_one(gcloud: Gcloud, shop: str) -> None:
    def born() -> Any:
        with connected(shop) as connection:
            return one(connection, "SELECT pg_postmaster_start_time()")

    before = born()
    gcloud("sql", "instances", "restart", "shop")
    assert born() > before


def test_a_stopped_instance_is_runnable_and_gcloud_calls_it_stopped(
    gcloud: Gcloud, shop: str, http: httpx.Client
) -> None:
    """wire-cloud-sql 2: on the wire its state stays; gcloud makes its own word of the activation policy."""
    gcloud("sql", "instances", "patch", "shop", "--activation-policy=NEVER")
    assert http.get(f"/v1/projects/{PROJECT}/instances/shop").json()["state"] == "RUNNABLE"
    assert described(gcloud)["state"] == "STOPPED"
    assert "STOPPED" in gcloud("sql", "instances", "list", "--filter=name:shop")
    with pytest.raises(psycopg.OperationalError):
        connected(shop).close()
    gcloud("sql", "instances", "patch", "shop", "--activation-policy=ALWAYS")
    assert described(gcloud)["state"] == "RUNNABLE"
    connected(shop).close()


def test_settings_are_kept_as_gcloud_asks_for_them(gcloud: Gcloud) -> None:
    """Without a region, too: gcloud then sends the name that the first generation had for it."""
    later = f"{(datetime.now(UTC).hour + 8) % 24:02}:00"  # so that no automated backup holds it now
    asked = (
        "--cpu=1", "--memory=4GB", "--availability-type=REGIONAL", "--storage-size=20",
        "--storage-auto-increase", f"--backup-start-time={later}", "--deletion-protection",
    )  # fmt: skip
    gcloud("sql", "instances", "create", "kept", VERSION, *asked)
    found = described(gcloud, "kept")
    assert (found["region"], found["secondaryGceZone"]) == ("us-central1", "us-central1-b")
    settings = found["settings"]
    told = {name: settings[name] for name in ("tier", "dataDiskSizeGb", "storageAutoResize")}
    assert told == {"tier": "db-custom-1-4096", "dataDiskSizeGb": "20", "storageAutoResize": True}
    assert (settings["backupConfiguration"]["enabled"], settings["backupConfiguration"]["startTime"]) == (
        True, later
    )  # fmt: skip
    assert "The instance is protected." in gcloud.refused("sql", "instances", "delete", "kept")
    gcloud("sql", "instances", "patch", "kept", "--no-deletion-protection")
    begun = gcloud.json("sql", "instances", "delete", "kept", "--async")
    gcloud("sql", "operations", "wait", begun["name"])
    assert "kept" not in [one["name"] for one in gcloud.json("sql", "instances", "list")]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(
            ["instances", "create", "shop", VERSION, TIER],
            "The Cloud SQL instance already exists. When you delete an instance",
            id="a name that is taken",
        ),
        pytest.param(
            ["instances", "describe", "none"], "The Cloud SQL instance does not exist.", id="no such instance"
        ),
        pytest.param(
            ["instances", "patch", "shop", "--database-flags=fsync=off"],
            "The requested flag is either misspelled or unsupported by Cloud SQL.",
            id="a flag that Cloud SQL keeps to itself",
        ),
        pytest.param(
            ["databases", "create", "postgres", "--instance=shop"],
            'database "postgres" already exists',
            id="a database that is there",
        ),
        pytest.param(["operations", "describe", "none"], "operation does not exist", id="no such operation"),
        pytest.param(
            ["backups", "describe", "17", "--instance=shop"],
            "The backup run does not exist.",
            id="no such backup",
        ),
    ],
)
def test_a_refusal_reaches_the_user(gcloud: Gcloud, shop: str, arguments: list[str], said: str) -> None:
    assert said in gcloud.refused("sql", *arguments)


def test_databases(gcloud: Gcloud, shop: str) -> None:
    gcloud("sql", "databases", "create", "orders", "--instance=shop", "--charset=UTF8")
    assert [one["name"] for one in of_shop(gcloud, "databases", "list")] == ["orders", "postgres"]
    assert of_shop(gcloud, "databases", "describe", "orders")["charset"] == "UTF8"
    connected(shop, database="orders").close()
    gcloud("sql", "databases", "delete", "orders", "--instance=shop")
    assert [one["name"] for one in of_shop(gcloud, "databases", "list")] == ["postgres"]


def test_users(gcloud: Gcloud, shop: str) -> None:
    gcloud("sql", "users", "create", "ada", "--instance=shop", "--password=first")
    connected(shop, "ada", "first").close()
    gcloud("sql", "users", "set-password", "ada", "--instance=shop", "--password=second")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        connected(shop, "ada", "first").close()
    connected(shop, "ada", "second").close()
    assert [one["name"] for one in of_shop(gcloud, "users", "list")] == ["ada", "postgres"]
    assert of_shop(gcloud, "users", "describe", "ada")["name"] == "ada"
    gcloud("sql", "users", "delete", "ada", "--instance=shop")
    assert [one["name"] for one in of_shop(gcloud, "users", "list")] == ["postgres"]


def test_backups(gcloud: Gcloud, shop: str) -> None:
    gcloud("sql", "backups", "create", "--instance=shop", "--description=by hand", "--location=eu")
    (run,) = of_shop(gcloud, "backups", "list")
    assert (run["status"], run["type"], run["description"]) == ("SUCCESSFUL", "ON_DEMAND", "by hand")
    assert of_shop(gcloud, "backups", "describe", run["id"])["location"] == "eu"
    gcloud("sql", "backups", "create", "--instance=shop", "--async")
    newest = of_shop(gcloud, "backups", "list")[0]["id"]
    assert newest != run["id"], "newest first"
    wait_until(
        lambda: of_shop(gcloud, "backups", "describe", newest)["status"] == "SUCCESSFUL", what="the backup"
    )
    everywhere = gcloud.json("sql", "backups", "list", "--instance=-")
    assert [one["id"] for one in everywhere if one["instance"] == "shop"] == [newest, run["id"]]
    for number in (run["id"], newest):
        gcloud("sql", "backups", "delete", number, "--instance=shop")
    assert of_shop(gcloud, "backups", "list") == []


def test_operations(gcloud: Gcloud, shop: str) -> None:
    begun = gcloud.json("sql", "instances", "restart", "shop", "--async")
    assert begun["operationType"] == "RESTART"
    gcloud("sql", "operations", "wait", begun["name"])
    ended = gcloud.json("sql", "operations", "describe", begun["name"])
    assert (ended["status"], ended["targetId"]) == ("DONE", "shop")
    listed = of_shop(gcloud, "operations", "list")
    assert (listed[0]["name"], listed[-1]["operationType"]) == (begun["name"], "CREATE")
    assert len(of_shop(gcloud, "operations", "list", "--limit=1")) == 1
