"""Cloud SQL Admin as its callers meet it: instances, and what is refused."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import httpx
import psycopg
import pytest
from googleapiclient.errors import HttpError

from tests.conftest import Endpoints
from tests.processes import wait_until
from tests.sandbox.sql_client import NEW, PROJECT, Client, Document, connected, one


@pytest.fixture(scope="module")
def sql(cloud: Endpoints) -> Iterator[Client]:
    with closing(Client(cloud.google)) as client:
        yield client


@pytest.fixture(scope="module")
def orders(sql: Client) -> Iterator[str]:
    """An instance that runs; its address."""
    yield sql.create("orders")
    sql.do("instances", "delete", instance="orders")


def reason(answer: httpx.Response) -> tuple[int, str, str]:
    """An error's HTTP status, its reason and its text, which must be the same in all their places."""
    error = answer.json()["error"]
    assert error["code"] == answer.status_code
    assert [item["message"] for item in error["errors"]] == [error["message"]]
    return answer.status_code, error["errors"][0]["reason"], error["message"]


def test_an_instance_is_told_as_the_real_one_is(sql: Client, orders: str) -> None:
    found = sql.get("orders")
    told = {name: found[name] for name in ("kind", "name", "state", "connectionName", "databaseVersion")}
    assert told == {
        "kind": "sql#instance",
        "name": "orders",
        "state": "RUNNABLE",
        "connectionName": f"{PROJECT}:us-central1:orders",
        "databaseVersion": "POSTGRES_17",
    }
    settings = found["settings"]
    assert (settings["settingsVersion"], settings["dataDiskSizeGb"]) == ("1", "10")
    assert settings["backupConfiguration"]["transactionLogRetentionDays"] == 7
    assert "password" not in str(found).lower()
    assert found["selfLink"].endswith(f"/v1/projects/{PROJECT}/instances/orders")
    assert "orders" in [item["name"] for item in sql.call("instances", "list")["items"]]


def test_an_instance_is_a_server_of_its_own(orders: str) -> None:
    assert re.fullmatch(r"127\.(?!0\.|1\.)\d+\.\d+\.\d+", orders)
    with connected(orders) as connection:
        assert (
            one(connection, "SELECT inet_server_addr()::text || ':' || inet_server_port()")
            == f"{orders}/32:5432"
        )
        assert one(connection, "SHOW server_version_num").startswith("17")
        assert one(connection, "SHOW data_checksums") == "on"
        assert one(connection, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
        connection.execute("CREATE EXTENSION pgcrypto")


def test_an_administrator_may_use_amcheck_in_a_new_database(sql: Client, orders: str) -> None:
    sql.ended(sql.call("databases", "insert", instance="orders", body={"name": "examined"}))
    with connected(orders, database="examined") as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS amcheck")
        connection.execute("CREATE TABLE examined (id int PRIMARY KEY)")
        assert one(connection, "SELECT count(*) FROM verify_heapam('examined', check_toast => true)") == 0
        connection.execute("SELECT bt_index_check('examined_pkey', true)")


def test_gcloud_finds_the_same_under_its_own_path(sql: Client, http: httpx.Client, orders: str) -> None:
    there = http.get(f"/sql/v1beta4/projects/{PROJECT}/instances/orders").json()
    here = sql.get("orders")
    assert there["selfLink"].endswith(f"/sql/v1beta4/projects/{PROJECT}/instances/orders")
    assert {**there, "selfLink": ""} == {**here, "selfLink": ""}


def test_an_operation_tells_no_more_than_has_happened(sql: Client) -> None:
    begun = sql.call("instances", "insert", body=NEW | {"name": "begun"})
    assert begun.keys() == {
        *("kind", "name", "operationType", "status", "insertTime", "user"),
        *("targetId", "targetLink", "targetProject", "selfLink"),
    }
    assert (begun["status"], begun["operationType"], begun["targetId"]) == ("PENDING", "CREATE", "begun")
    assert "ipAddresses" not in sql.get("begun")
    assert sql.get("begun")["state"] == "PENDING_CREATE"
    more: dict[str, set[str]] = {}

    def ended() -> Document | None:
        found = sql.call("operations", "get", operation=begun["name"])
        more.setdefault(found["status"], found.keys() - begun.keys())
        return found if found["status"] == "DONE" else None

    end = wait_until(ended)
    more.pop("PENDING", None)  # it may have been seen again
    assert more == {"RUNNING": {"startTime"}, "DONE": {"startTime", "endTime"}}
    assert end
    assert end["insertTime"] <= end["startTime"] <= end["endTime"]
    assert sql.get("begun")["state"] == "RUNNABLE"
    sql.do("instances", "delete", instance="begun")


def test_operations_are_listed_newest_first_and_in_pages(sql: Client, orders: str) -> None:
    sql.patch("orders", userLabels={"a": "b"})
    first = sql.call("operations", "list", instance="orders", maxResults=1)
    rest = sql.call("operations", "list", instance="orders", pageToken=first["nextPageToken"])
    kinds = [item["operationType"] for item in first["items"] + rest["items"]]
    assert (kinds[0], kinds[-1]) == ("UPDATE", "CREATE")
    assert {item["targetId"] for item in rest["items"]} == {"orders"}


INSTANCES = f"/v1/projects/{PROJECT}/instances"
STALE: Document = {"settings": {"settingsVersion": "77"}}


@pytest.mark.parametrize(
    ("method", "path", "body", "refusal"),
    [
        pytest.param(
            "GET",
            f"{INSTANCES}/none",
            None,
            (404, "instanceDoesNotExist", "The Cloud SQL instance does not exist."),
            id="an instance that is not there",
        ),
        pytest.param(
            "GET",
            f"/v1/projects/{PROJECT}/operations/none",
            None,
            (404, "operationDoesNotExist", "The Cloud SQL instance operation does not exist."),
            id="an operation that is not there",
        ),
        pytest.param(
            "GET",
            "/v1/projects/somebody-elses/instances/orders",
            None,
            (403, "notAuthorized", "The client is not authorized to make this request."),
            id="a project of somebody else",
        ),
        pytest.param(
            "POST",
            INSTANCES,
            NEW | {"name": "orders"},
            (409, "instanceAlreadyExists", "The Cloud SQL instance already exists. When you delete"),
            id="a name that is taken",
        ),
        pytest.param(
            "POST",
            INSTANCES,
            NEW | {"name": "Orders"},
            (400, "invalid", "Invalid request: instance name (Orders)."),
            id="a name that is none",
        ),
        pytest.param(
            "POST",
            INSTANCES,
            NEW | {"name": "untiered", "settings": {}},
            (400, "invalid", "Invalid request: settings.tier is missing."),
            id="no tier",
        ),
        pytest.param(
            "PATCH",
            f"{INSTANCES}/orders",
            STALE,
            (412, "staleData", "Condition does not match."),
            id="a patch of settings that have moved on",
        ),
        pytest.param(
            "PUT",
            f"{INSTANCES}/orders",
            {"settings": {"tier": "db-f1-micro"}},
            (412, "staleData", "Condition does not match."),
            id="an update that does not say of which settings",
        ),
        pytest.param(
            "PATCH",
            f"{INSTANCES}/orders",
            {"settings": {"databaseFlags": [{"name": "fsync", "value": "off"}]}},
            (404, "invalidFlagName", "The requested flag is either misspelled or unsupported by Cloud SQL."),
            id="a flag that Cloud SQL keeps to itself",
        ),
        pytest.param(
            "PATCH",
            f"{INSTANCES}/orders",
            {"settings": {"databaseFlags": [{"name": "log_min_messages", "value": "loud"}]}},
            (400, "invalidFlagValue", "Value requested is not valid."),
            id="a flag's value that PostgreSQL does not know",
        ),
        pytest.param(
            "PATCH",
            f"{INSTANCES}/orders",
            {"settings": {"databaseFlags": [{"name": "work_mem", "value": "9999\nfsync=off"}]}},
            (400, "invalidFlagValue", "Value requested is not valid."),
            id="a flag's value that would smuggle in another",
        ),
    ],
)  # fmt: skip
def test_refusals(
    http: httpx.Client, orders: str, method: str, path: str, body: Any, refusal: tuple[int, str, str]
) -> None:
    code, why, text = reason(http.request(method, path, json=body))
    assert (code, why) == refusal[:2]
    assert text.startswith(refusal[2])


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        pytest.param("POST", "/orders/failover", {}, id="what is not there"),
        pytest.param("POST", "", NEW | {"name": "o", "databaseVersion": "POSTGRES_15"}, id="another version"),
        pytest.param(
            "PATCH",
            "/orders",
            {"settings": {"ipConfiguration": {"sslMode": "ENCRYPTED_ONLY"}}},
            id="encryption that would be a lie",
        ),
        pytest.param("GET", "?filter=state:RUNNABLE", None, id="a filter"),
    ],
)
def test_what_is_not_emulated_says_so(
    http: httpx.Client, orders: str, method: str, path: str, body: Any
) -> None:
    answer = http.request(method, INSTANCES + path, json=body)
    assert answer.status_code == 501
    assert "not emulated by the sandbox" in answer.json()["error"]["message"]


def test_one_operation_at_a_time(sql: Client, http: httpx.Client) -> None:
    begun = sql.call("instances", "insert", body=NEW | {"name": "busy"})
    busy = (409, "operationInProgress", "Operation failed because another operation was already in progress.")
    idle = (400, "invalid", "Invalid request: Invalid request since instance is not running.")
    assert reason(http.delete(f"{INSTANCES}/busy")) == busy
    assert reason(http.patch(f"{INSTANCES}/busy", json={"settings": {}})) == busy
    assert reason(http.get(f"{INSTANCES}/busy/users")) == idle
    sql.ended(begun)
    begun = sql.call("instances", "restart", instance="busy")
    assert reason(http.post(f"{INSTANCES}/busy/restart")) == busy
    assert "error" not in sql.ended(begun)
    sql.do("instances", "delete", instance="busy")


def test_settings_move_and_a_stale_version_is_told_where(sql: Client, orders: str) -> None:
    """Whoever moved them: Google itself does, too, as when it deletes a replica. There are none here."""
    before = sql.get("orders")["settings"]["settingsVersion"]
    sql.patch("orders", settingsVersion=before, userLabels={"team": "blue"})
    after = sql.get("orders")["settings"]
    assert after["settingsVersion"] == str(int(before) + 1)
    assert after["userLabels"]["team"] == "blue"
    with pytest.raises(HttpError) as refused:
        sql.patch("orders", settingsVersion=before)
    assert refused.value.resp.status == 412
    assert refused.value.error_details[0]["location"] == "If-Match"


def test_put_replaces_what_patch_would_keep(sql: Client, orders: str) -> None:
    sql.patch("orders", userLabels={"team": "blue"}, dataDiskSizeGb=20)
    kept = sql.get("orders")["settings"]
    assert kept["dataDiskSizeGb"] == "20", "64 bits go out as text, however they came in"
    body = {"settings": {"tier": kept["tier"], "settingsVersion": kept["settingsVersion"]}}
    sql.do("instances", "update", instance="orders", body=body)
    settings = sql.get("orders")["settings"]
    assert "userLabels" not in settings
    assert settings["dataDiskSizeGb"] == "10"


@pytest.mark.parametrize(
    ("flag", "value", "restarts"),
    [
        pytest.param("log_min_duration_statement", "250ms", False, id="a flag that is loaded"),
        pytest.param("max_connections", "42", True, id="a flag that needs a restart"),
    ],
)
def test_flags_change_the_server(sql: Client, orders: str, flag: str, value: str, restarts: bool) -> None:
    with connected(orders) as connection:
        born, usual = one(connection, "SELECT pg_postmaster_start_time()"), one(connection, f"SHOW {flag}")
    sql.patch("orders", databaseFlags=[{"name": flag, "value": value.removesuffix("ms")}])
    with connected(orders) as connection:
        assert one(connection, f"SHOW {flag}") == value
        assert (one(connection, "SELECT pg_postmaster_start_time()") != born) is restarts
    sql.patch("orders", databaseFlags=[])
    with connected(orders) as connection:
        assert one(connection, f"SHOW {flag}") == usual


def test_flags_are_those_of_the_server(http: httpx.Client) -> None:
    flags = {flag["name"]: flag for flag in http.get("/v1/flags?databaseVersion=POSTGRES_17").json()["items"]}
    assert flags["max_connections"] == {
        "kind": "sql#flag",
        "name": "max_connections",
        "type": "INTEGER",
        "minValue": "1",
        "maxValue": "262143",
        "appliesTo": ["POSTGRES_17"],
        "requiresRestart": True,
        "flagScope": "SQL_FLAG_SCOPE_DATABASE",
    }
    assert flags["track_commit_timestamp"]["requiresRestart"]
    assert not {"fsync", "listen_addresses", "archive_command", "ssl"} & flags.keys()


def test_a_stopped_instance_is_runnable_all_the_same(sql: Client, http: httpx.Client, orders: str) -> None:
    with connected(orders) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    sql.patch("orders", activationPolicy="NEVER")
    assert sql.get("orders")["state"] == "RUNNABLE"
    with pytest.raises(psycopg.OperationalError):
        connected(orders).close()
    for path in ("users", "databases"):
        assert reason(http.get(f"{INSTANCES}/orders/{path}"))[:2] == (400, "invalid")
    assert reason(http.post(f"{INSTANCES}/orders/restart"))[:2] == (400, "invalid")
    assert reason(http.post(f"{INSTANCES}/orders/backupRuns", json={}))[:2] == (400, "invalid")
    sql.patch("orders", activationPolicy="ALWAYS")
    with connected(orders) as connection:
        assert one(connection, "SELECT answer FROM kept") == 42


def test_a_failed_operation_is_done_with_an_error(sql: Client) -> None:
    address = sql.create("greedy")
    flags = [{"name": "shared_buffers", "value": "1073741823"}]
    begun = sql.call("instances", "patch", instance="greedy", body={"settings": {"databaseFlags": flags}})
    ended = sql.ended(begun)
    unknown = {"kind": "sql#operationError", "code": "UNKNOWN"}
    assert ended["status"] == "DONE"
    assert ended["error"] == {"kind": "sql#operationErrors", "errors": [unknown]}, "and no message"
    assert sql.get("greedy")["state"] == "FAILED"
    sql.patch("greedy", databaseFlags=[])
    assert sql.get("greedy")["state"] == "RUNNABLE"
    connected(address).close()
    sql.do("instances", "delete", instance="greedy")


def test_deleting(sql: Client, http: httpx.Client, cloud: Endpoints) -> None:
    address = sql.create("doomed", deletionProtectionEnabled=True)
    code, _, text = reason(http.delete(f"{INSTANCES}/doomed"))
    assert (code, text[:27]) == (400, "The instance is protected. ")
    sql.patch("doomed", deletionProtectionEnabled=False)
    assert sql.do("instances", "delete", instance="doomed")["operationType"] == "DELETE"
    assert reason(http.get(f"{INSTANCES}/doomed"))[1] == "instanceDoesNotExist"
    assert not (cloud.home / "sql" / "instances" / "doomed").exists()
    assert sql.create("doomed") != address, "who still connects to the old one does not reach the new one"
    sql.do("instances", "delete", instance="doomed")


def test_no_password_lies_about(sql: Client, cloud: Endpoints) -> None:
    sql.do("instances", "insert", body=NEW | {"name": "discreet", "rootPassword": "Root-Secret-1"})
    sql.do("users", "insert", instance="discreet", body={"name": "ali", "password": "User-Secret-2"})
    sql.do("users", "update", instance="discreet", name="ali", body={"password": "User-Secret-3"})
    with sqlite3.connect(cloud.home / "state.sqlite") as state:
        kept = state.execute("SELECT body FROM documents").fetchall()
    state.close()
    written = [path.read_bytes() for path in cloud.home.glob("sql/**/*") if path.is_file()]
    for secret in (b"Root-Secret-1", b"User-Secret-2", b"User-Secret-3"):
        assert secret.decode() not in str(kept)
        assert not any(secret in content for content in written)
        assert secret not in (cloud.home / "output.txt").read_bytes()
    assert (cloud.home / "state.sqlite").stat().st_mode & 0o077 == 0
    sql.do("instances", "delete", instance="discreet")
