"""The newer backups: named by the project, with an end, kept beyond their instance."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from sandbox.kernel.clock import instant, stamp_ms
from sandbox.kernel.errors import ApiError
from sandbox.sql.backup_filter import parsed
from sandbox.sql.expiry import expiry
from tests.processes import wait_until
from tests.sandbox.sql_client import PROJECT, Client, Document, connected, one, only_sql
from tests.sandbox.test_sql import reason

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
PARENT = f"projects/{PROJECT}"


@pytest.fixture(scope="module")
def sql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with only_sql(tmp_path_factory.mktemp("backups")) as (_, client):
        yield client


@pytest.fixture
def http(sql: Client) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sql.url, timeout=60) as client:
        yield client
        client.delete("/faults")
        assert client.get("/truth").json()["mismatches"] == []


@pytest.fixture(scope="module")
def shop(sql: Client) -> str:
    with connected(sql.create("shop")) as connection:
        connection.execute("CREATE TABLE orders AS SELECT generate_series(1, 100) AS id")
    return "shop"


def api(sql: Client) -> Any:
    return sql.api.Backups()


def create(sql: Client, **body: Any) -> Document:
    """A backup that was taken."""
    begun = api(sql).CreateBackup(parent=PARENT, body=body).execute()
    assert "error" not in sql.ended(begun)
    found: Document = api(sql).GetBackup(name=begun["backupContext"]["name"]).execute()
    return found


def listed(sql: Client, text: str = "") -> list[Document]:
    found: list[Document] = api(sql).ListBackups(parent=PARENT, filter=text).execute().get("backups", [])
    return found


def test_a_backup_is_told_as_the_real_one_is(sql: Client, http: httpx.Client, shop: str) -> None:
    before = datetime.now(UTC)
    found = create(sql, instance=shop, description="by hand", location="eu", ttlDays="7")
    told = {name: found[name] for name in ("kind", "instance", "type", "state", "location", "description")}
    assert told == {
        "kind": "sql#backup",
        "instance": shop,
        "type": "ON_DEMAND",
        "state": "SUCCESSFUL",
        "location": "eu",
        "description": "by hand",
    }
    assert "status" not in found
    ends = instant(found["expiryTime"]) - before
    assert timedelta(days=7) - timedelta(seconds=1) <= ends <= timedelta(days=7, minutes=2)
    assert found["instanceSettings"]["settings"]["tier"] == "db-custom-1-3840"
    assert instant(found["backupInterval"]["startTime"]) <= instant(found["backupInterval"]["endTime"])
    run = http.get(f"/v1/{found['backupRun']}").json()
    assert (run["status"], run["maxChargeableBytes"]) == ("SUCCESSFUL", found["maxChargeableBytes"])
    assert found["name"] in [one["name"] for one in listed(sql)]
    deleted = sql.ended(api(sql).DeleteBackup(name=found["name"]).execute())
    assert deleted["operationType"] == "DELETE_BACKUP"
    assert reason(http.get(f"/v1/{found['name']}"))[0] == 404
    assert http.get(f"/v1/{found['backupRun']}").status_code == 404


@pytest.mark.slow
def test_an_expired_backup_goes_by_itself(sql: Client, shop: str) -> None:
    soon = stamp_ms(datetime.now(UTC) + timedelta(seconds=20))
    found = create(sql, instance=shop, expiryTime=soon)
    assert found["expiryTime"] == soon
    wait_until(
        lambda: found["name"] not in [one["name"] for one in listed(sql)],
        seconds=60,
        what="the end of the expired backup",
    )
    assert datetime.now(UTC) >= instant(soon)


def test_a_list_is_filtered_and_paged_and_warns(sql: Client, http: httpx.Client, shop: str) -> None:
    near, far = create(sql, instance=shop, location="us"), create(sql, instance=shop, location="asia")
    assert [one["name"] for one in listed(sql, "instance:shop AND location:asia")] == [far["name"]]
    first = api(sql).ListBackups(parent=PARENT, pageSize=1).execute()
    second = api(sql).ListBackups(parent=PARENT, pageSize=1, pageToken=first["nextPageToken"]).execute()
    assert [page["backups"][0]["name"] for page in (first, second)] == [far["name"], near["name"]]
    http.post("/faults", json={"location": "asia"})
    (warning,) = api(sql).ListBackups(parent=PARENT).execute()["warnings"]
    assert (warning["code"], warning["region"]) == ("REGION_UNREACHABLE", "asia")
    http.delete("/faults/asia")
    for found in (near, far):
        sql.ended(api(sql).DeleteBackup(name=found["name"]).execute())


@pytest.mark.slow
def test_retained_backups_outlive_their_instance(sql: Client, http: httpx.Client) -> None:
    with connected(sql.create("gone", retainBackupsOnDelete=True)) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    found = create(sql, instance="gone")
    deletion = sql.do("instances", "delete", instance="gone")
    retained = api(sql).GetBackup(name=found["name"]).execute()
    assert instant(deletion["startTime"]) <= instant(retained["instanceDeletionTime"])
    assert http.get(f"/v1/{found['backupRun']}").status_code == 404, "its instance's runs went with it"
    body = {"backup": found["name"], "restoreInstanceSettings": {"settings": {"tier": "db-custom-2-7680"}}}
    restored = sql.do("instances", "restoreBackup", instance="again", body=body)
    assert restored["operationType"] == "RESTORE_VOLUME"
    again = sql.get("again")
    assert (again["state"], again["settings"]["tier"]) == ("RUNNABLE", "db-custom-2-7680")
    with connected(sql.address("again")) as connection:
        assert one(connection, "SELECT answer FROM kept") == 42
    assert "error" not in sql.ended(api(sql).DeleteBackup(name=found["name"]).execute())
    sql.do("instances", "delete", instance="again")
    assert not listed(sql, "instance:again")


@pytest.mark.slow
def test_a_final_backup_is_taken_before_the_end(sql: Client, http: httpx.Client, shop: str) -> None:
    with connected(sql.create("last")) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    create(sql, instance="last")
    sql.do(
        "instances", "delete", instance="last",
        enableFinalBackup=True, finalBackupTtlDays="3", finalBackupDescription="farewell",
    )  # fmt: skip
    (final,) = listed(sql, "instance:last")
    assert (final["type"], final["state"], final["description"]) == ("FINAL", "SUCCESSFUL", "farewell")
    left = instant(final["expiryTime"]) - datetime.now(UTC)
    assert timedelta(days=2) < left <= timedelta(days=3)
    changed = (
        api(sql)
        .UpdateBackup(
            name=final["name"], updateMask="description,ttlDays", body={"description": "x", "ttlDays": "9"}
        )
        .execute()
    )
    assert (changed["operationType"], changed["status"]) == ("UPDATE_BACKUP", "DONE")
    final = api(sql).GetBackup(name=final["name"]).execute()
    assert (final["description"], instant(final["expiryTime"]) > NOON) == ("x", True)
    sql.do("instances", "restoreBackup", instance=shop, body={"backup": final["name"]})
    with connected(sql.address(shop)) as connection:
        assert one(connection, "SELECT answer FROM kept") == 42
    on_demand = create(sql, instance=shop)
    refused = http.patch(f"/v1/{on_demand['name']}", json={"description": "y"})
    assert reason(refused)[:2] == (400, "invalid")


def test_an_instance_may_ask_for_a_final_backup_itself(sql: Client, http: httpx.Client) -> None:
    created = sql.begin("careful", finalBackupConfig={"enabled": True, "retentionDays": 5})
    assert "error" not in sql.ended(created)
    http.post("/faults", json={"location": "us"})
    assert "error" in sql.ended(sql.call("instances", "delete", instance="careful"))
    assert sql.get("careful")["state"] == "RUNNABLE", "without its final backup it is not deleted"
    http.delete("/faults/us")
    sql.do("instances", "delete", instance="careful")
    assert [one["state"] for one in listed(sql, "instance:careful type:FINAL")] == ["SUCCESSFUL"]


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param({}, id="no instance"),
        pytest.param({"instance": "shop", "ttlDays": "366"}, id="beyond a year"),
        pytest.param({"instance": "shop", "ttlDays": "1", "expiryTime": "2027-01-01T00:00:00Z"}, id="two"),
        pytest.param({"instance": "shop", "location": "../x"}, id="no location"),
    ],
)
def test_what_cannot_be_is_refused(http: httpx.Client, shop: str, asked: Document) -> None:
    assert reason(http.post(f"/v1/{PARENT}/backups", json=asked))[:2] == (400, "invalid")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("", "abc", id="all"),
        pytest.param("instance:one", "ab", id="by instance"),
        pytest.param('instance="one" AND type=FINAL', "b", id="as gcloud writes it"),
        pytest.param("type:FINAL location:eu", "c", id="joined by a space"),
        pytest.param("type!=FINAL", "a", id="not"),
        pytest.param("backupInterval.startTime>=2026-11-22T12:00:00Z", "bc", id="from an instant"),
        pytest.param("instanceDeletionTime<2027-01-01T00:00:00Z", "c", id="of deleted instances"),
    ],
)
def test_a_filter(text: str, found: str) -> None:
    def backup(name: str, instance: str, kind: str, location: str, hours: int, **more: str) -> Document:
        interval = {"startTime": stamp_ms(NOON + timedelta(hours=hours))}
        told = {"name": name, "instance": instance, "type": kind, "location": location}
        return {**told, "backupInterval": interval, **more}

    backups = [
        backup("a", "one", "ON_DEMAND", "us", -1),
        backup("b", "one", "FINAL", "us", 0),
        backup("c", "two", "FINAL", "eu", 1, instanceDeletionTime=stamp_ms(NOON)),
    ]
    assert "".join(one["name"] for one in filter(parsed(text), backups)) == found


@pytest.mark.parametrize("text", ["instance", "state:FAILED", "instance:a OR instance:b", "location<us"])
def test_what_is_no_filter_is_refused(text: str) -> None:
    with pytest.raises(ApiError):
        parsed(text)


def test_an_end_is_within_a_year() -> None:
    assert expiry({}, NOON) == ""
    assert expiry({"ttlDays": "365"}, NOON) == stamp_ms(NOON + timedelta(days=365))
    for wrong in ({"ttlDays": "0"}, {"expiryTime": stamp_ms(NOON)}, {"expiryTime": "tomorrow"}):
        with pytest.raises(ApiError):
            expiry(wrong, NOON)
