"""On-demand backup runs: taken for real, listed, removed, rationed."""

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from sandbox.sql.quota import Bucket
from tests.conftest import Endpoints
from tests.sandbox.sql_client import PROJECT, Client, Document, only_sql
from tests.sandbox.test_sql import reason

VAULTED = f"/v1/projects/{PROJECT}/instances/vaulted"


@pytest.fixture(scope="module")
def sql(cloud: Endpoints) -> Iterator[Client]:
    with closing(Client(cloud.google)) as client:
        yield client


@pytest.fixture(scope="module")
def vaulted(sql: Client) -> Iterator[str]:
    """An instance that runs; its name."""
    sql.create("vaulted")
    yield "vaulted"
    sql.do("instances", "delete", instance="vaulted")


def take(sql: Client, instance: str, **body: str) -> Document:
    """A backup run that succeeded."""
    operation = sql.do("backupRuns", "insert", instance=instance, body=body)
    assert operation["operationType"] == "BACKUP_VOLUME"
    run = sql.call("backupRuns", "get", instance=instance, id=operation["backupContext"]["backupId"])
    assert run["status"] == "SUCCESSFUL"
    return run


def test_a_backup_is_told_as_the_real_one_is(sql: Client, vaulted: str) -> None:
    run = take(sql, vaulted, description="before the release", location="eu")
    told = {name: run[name] for name in ("kind", "type", "backupKind", "description", "location", "instance")}
    assert told == {
        "kind": "sql#backupRun",
        "type": "ON_DEMAND",
        "backupKind": "SNAPSHOT",
        "description": "before the release",
        "location": "eu",
        "instance": "vaulted",
    }
    assert isinstance(run["id"], str)
    assert run["windowStartTime"] == run["enqueuedTime"] <= run["startTime"] <= run["endTime"]


def test_a_backup_is_there(sql: Client, vaulted: str, cloud: Endpoints) -> None:
    run = take(sql, vaulted)
    assert run["location"] == "us", "where none is asked for, the continent of the instance"
    folder = cloud.home / "sql" / "locations" / "us" / "backups" / "vaulted" / run["id"]
    with sqlite3.connect(cloud.home / "state.sqlite") as state:
        (kept,) = state.execute(
            "SELECT body FROM documents WHERE kind = 'sql_backup_run' AND name = ?", (f"vaulted/{run['id']}",)
        ).fetchone()
    state.close()
    files = {file["name"]: (file["bytes"], file["sha256"]) for file in json.loads(kept)["files"]}
    assert files.keys() == {"base.tar.lz4", "pg_wal.tar", "backup_manifest"}
    assert files == {path.name: _measured(path) for path in folder.iterdir()}
    assert run["maxChargeableBytes"] == str(sum(size for size, _ in files.values()))
    assert (folder / "base.tar.lz4").read_bytes()[:4] == b"\x04\x22\x4d\x18", "lz4's own mark"


def test_backups_come_newest_first_in_pages_and_of_all_instances(sql: Client, vaulted: str) -> None:
    runs = [take(sql, vaulted)["id"] for _ in range(2)][::-1]
    first = sql.call("backupRuns", "list", instance=vaulted, maxResults=1)
    second = sql.call("backupRuns", "list", instance=vaulted, maxResults=1, pageToken=first["nextPageToken"])
    assert [page["items"][0]["id"] for page in (first, second)] == runs
    everywhere = sql.call("backupRuns", "list", instance="-")["items"]
    assert runs[0] in [run["id"] for run in everywhere if run["instance"] == vaulted]


def test_a_deleted_backup_is_gone(sql: Client, http: httpx.Client, vaulted: str, cloud: Endpoints) -> None:
    run = take(sql, vaulted)
    deleted = sql.do("backupRuns", "delete", instance=vaulted, id=run["id"])
    assert deleted["operationType"] == "DELETE_BACKUP"
    assert reason(http.get(f"{VAULTED}/backupRuns/{run['id']}"))[:2] == (404, "backupRunDoesNotExist")
    assert not (cloud.home / "sql" / "locations" / "us" / "backups" / "vaulted" / run["id"]).exists()


def test_a_backup_holds_the_instance(sql: Client, http: httpx.Client, vaulted: str) -> None:
    begun = sql.call("backupRuns", "insert", instance=vaulted, body={})
    assert begun["status"] == "PENDING"
    status = sql.call("backupRuns", "get", instance=vaulted, id=begun["backupContext"]["backupId"])["status"]
    assert status in {"ENQUEUED", "RUNNING"}
    for answer in (
        http.post(f"{VAULTED}/backupRuns", json={}),
        http.post(f"{VAULTED}/users", json={"name": "x"}),
        http.post(f"{VAULTED}/restart"),
    ):
        assert reason(answer)[:2] == (409, "operationInProgress")
    sql.ended(begun)


def test_a_failed_backup_says_so_and_costs_nothing(tmp_path: Path) -> None:
    home = tmp_path / "cloud"
    with only_sql(home, backup_quota=1) as (_, sql):
        sql.create("only")
        blocked = home / "sql" / "locations" / "us" / "backups" / "only"
        blocked.parent.mkdir(parents=True, exist_ok=True)
        blocked.write_text("where its folder should be")
        ended = sql.ended(sql.call("backupRuns", "insert", instance="only", body={}))
        assert ended["error"]["kind"] == "sql#operationErrors"
        (run,) = sql.call("backupRuns", "list", instance="only")["items"]
        assert run["status"] == "FAILED"
        blocked.unlink()
        take(sql, "only")
        with httpx.Client(base_url=sql.url) as http:
            code, why, text = reason(http.post(f"{VAULTED}/backupRuns".replace("vaulted", "only"), json={}))
            assert (code, why) == (429, "rateLimitExceeded")
            assert "can be taken at 20" in text
            assert http.get("/truth").json()["mismatches"] == []
        assert len(sql.call("backupRuns", "list", instance="only")["items"]) == 2
        sql.do("instances", "delete", instance="only")
        assert not any(blocked.iterdir()), "backups end with their instance"


NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("bucket", "after", "tokens", "wait"),
    [
        pytest.param(Bucket(5, NOON), 100, 5.0, 0, id="a full bucket overflows"),
        pytest.param(Bucket(0, NOON), 10, 1.0, 0, id="ten minutes are a token"),
        pytest.param(Bucket(0, NOON), 4, 0.4, 6, id="a part of one is none"),
        pytest.param(Bucket(2, NOON), 10, 3.0, 0, id="tokens add up"),
    ],
)
def test_the_bucket(bucket: Bucket, after: int, tokens: float, wait: int) -> None:
    now = NOON + timedelta(minutes=after)
    refilled = bucket.refilled(5, now)
    assert refilled.tokens == pytest.approx(tokens)
    assert refilled.next_token_at(5) == now + timedelta(minutes=wait)


def _measured(path: Path) -> tuple[int, str]:
    content = path.read_bytes()
    return len(content), hashlib.sha256(content).hexdigest()
