"""Point-in-time recovery: a window that is really archived, and clones to an instant in it."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.kernel.clock import instant, stamp_ms
from sandbox.kernel.kernel import Kernel
from sandbox.kernel.settings import Settings
from sandbox.sql import recovery_window
from sandbox.sql.locations import Locations
from sandbox.sql.recovery_logs import RecoveryLogs, segment
from tests.processes import wait_until
from tests.sandbox.sql_client import PROJECT, Client, Document, connected, one, only_sql
from tests.sandbox.test_sql import reason
from tests.sandbox.test_sql_backups import take

INSTANCES = f"/v1/projects/{PROJECT}/instances"
LOGGED = {"enabled": True, "pointInTimeRecoveryEnabled": True}
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def sql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with only_sql(tmp_path_factory.mktemp("recovery"), recovery_lag=0.5) as (_, client):
        yield client


@pytest.fixture
def http(sql: Client) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sql.url, timeout=60) as client:
        yield client
        client.delete("/faults")
        assert client.get("/truth").json()["mismatches"] == []


Span = tuple[datetime, datetime]


def window(sql: Client, instance: str) -> Span | None:
    api: Any = sql.api.projects().instances()
    found = api.getLatestRecoveryTime(project=PROJECT, instance=instance).execute()
    assert found.pop("kind") == "sql#getLatestRecoveryTime"
    times = (
        instant(found.pop("earliestRecoveryTime", "0001-01-01T00:00:00Z")),
        found.pop("latestRecoveryTime", None),
    )
    assert not found
    return (times[0], instant(times[1])) if times[1] else None


def reached(sql: Client, instance: str, at: datetime) -> None:
    """Wait until that instant can be recovered."""
    wait_until(
        lambda: (found := window(sql, instance)) and found[1] >= at,
        seconds=60,
        what=f"{instance}: a recovery window up to {at}",
    )


def opened(sql: Client, instance: str) -> Span:
    """The window, as soon as there is one."""
    found = wait_until(lambda: window(sql, instance), seconds=60, what=f"{instance}: the window opens")
    assert found
    return found


def present(address: str) -> datetime:
    """The instant by the server's clock, on whose either side transactions were committed."""
    with connected(address) as connection:
        found: datetime = one(connection, "SELECT clock_timestamp()")
        return found


@pytest.fixture(scope="module")
def ledger(sql: Client) -> tuple[str, datetime, datetime]:
    """An instance in which one row was written before an instant and one after it, both recoverable."""
    address = sql.create("ledger", backupConfiguration=LOGGED)
    assert window(sql, "ledger") is None, "empty at first"
    began, _ = opened(sql, "ledger")
    with connected(address) as connection:
        connection.execute("CREATE TABLE entries (what text)")
        connection.execute("INSERT INTO entries VALUES ('before')")
    at = present(address)
    with connected(address) as connection:
        connection.execute("INSERT INTO entries VALUES ('after')")
    reached(sql, "ledger", present(address))
    return "ledger", began, at


def entries(sql: Client, instance: str) -> list[str]:
    with connected(sql.address(instance)) as connection:
        return [what for (what,) in connection.execute("SELECT what FROM entries ORDER BY what DESC")]


def clone(sql: Client, source: str, to: str, **context: str) -> Document:
    body = {"cloneContext": {"kind": "sql#cloneContext", "destinationInstanceName": to, **context}}
    return sql.call("instances", "clone", instance=source, body=body)


def test_a_window_opens_with_the_first_backup_and_trails(
    sql: Client, ledger: tuple[str, datetime, datetime]
) -> None:
    name, began, _ = ledger
    (run,) = sql.call("backupRuns", "list", instance=name)["items"]
    assert (run["type"], run["status"]) == ("AUTOMATED", "SUCCESSFUL")
    assert instant(run["endTime"]) <= began
    found = window(sql, name)
    assert found
    assert found[0] == began
    assert found[1] < datetime.now(UTC)
    reached(sql, name, found[1] + timedelta(milliseconds=1))  # though nobody writes


def test_to_an_instant_it_is_as_it_was(sql: Client, ledger: tuple[str, datetime, datetime]) -> None:
    name, _, at = ledger
    operation = sql.ended(clone(sql, name, "then", pointInTime=at.isoformat().replace("+00:00", "Z")))
    assert "error" not in operation
    assert (operation["operationType"], operation["targetId"]) == ("CLONE", "then")
    assert entries(sql, "then") == ["before"]
    assert entries(sql, name) == ["before", "after"], "the source goes on"
    found = sql.get("then")
    assert found["state"] == "RUNNABLE"
    assert found["settings"]["backupConfiguration"]["pointInTimeRecoveryEnabled"] is True
    assert found["ipAddresses"][0]["ipAddress"] != sql.address(name)
    with connected(sql.address("then")) as connection:
        connection.execute("INSERT INTO entries VALUES ('of its own')")
    opened(sql, "then")
    own = present(sql.address("then"))
    reached(sql, "then", own)
    again = sql.ended(clone(sql, "then", "twice", pointInTime=stamp_ms(own)))
    assert "error" not in again, "a clone's log, on a timeline of its own, is recovered as well"
    assert entries(sql, "twice") == ["of its own", "before"]
    for one_of_them in ("twice", "then"):
        sql.delete(one_of_them)


@pytest.mark.slow
def test_to_the_last_instant_of_the_window(sql: Client, ledger: tuple[str, datetime, datetime]) -> None:
    """Nobody writes after it but the platform: the recovery must know where to stop all the same."""
    found = window(sql, ledger[0])
    assert found
    operation = sql.ended(clone(sql, ledger[0], "last", pointInTime=stamp_ms(found[1])))
    assert "error" not in operation
    assert entries(sql, "last") == ["before", "after"]
    sql.delete("last")


def test_outside_of_the_window_it_is_refused(
    sql: Client, http: httpx.Client, ledger: tuple[str, datetime, datetime]
) -> None:
    name, began, _ = ledger

    def refused(at: datetime) -> tuple[int, str, str]:
        context = {"destinationInstanceName": "never", "pointInTime": stamp_ms(at)}
        return reason(http.post(f"{INSTANCES}/{name}/clone", json={"cloneContext": context}))

    code, why, text = refused(began - timedelta(seconds=1))
    assert (code, why) == (400, "errorBackupNotFound")
    assert text.startswith("A successful backup that's required for carrying out the CLONE operation")
    code, why, text = refused(datetime.now(UTC) + timedelta(minutes=1))
    assert (code, why) == (400, "invalid")
    assert text.startswith("The timestamp for point-in-time recovery is after the latest recovery time of 20")
    assert text.endswith("Z. Clone the instance with a time that's earlier than this recovery time.")
    assert "never" not in [found["name"] for found in sql.call("instances", "list")["items"]]


@pytest.mark.slow
def test_a_clone_as_it_is(sql: Client, http: httpx.Client) -> None:
    flags = [{"name": "work_mem", "value": "8192"}]
    with connected(sql.create("origin", databaseFlags=flags)) as connection:
        connection.execute("CREATE TABLE entries AS SELECT 'now' AS what")
    begun = clone(sql, "origin", "copy")
    assert begun["targetId"] == "copy"
    for name in ("origin", "copy"):
        answer = http.post(f"{INSTANCES}/{name}/restart")
        assert reason(answer)[:2] == (409, "operationInProgress")
    assert "error" not in sql.ended(begun)
    assert entries(sql, "copy") == ["now"]
    with connected(sql.address("copy")) as connection:
        assert one(connection, "SHOW work_mem") == "8MB"
    sql.do("instances", "restart", instance="copy")
    taken = http.post(f"{INSTANCES}/origin/clone", json={"cloneContext": {"destinationInstanceName": "copy"}})
    assert reason(taken)[:2] == (409, "instanceAlreadyExists")
    absent = http.post(f"{INSTANCES}/absent/clone", json={"cloneContext": {"destinationInstanceName": "x"}})
    assert reason(absent)[:2] == (404, "instanceDoesNotExist")
    for name in ("copy", "origin"):
        sql.delete(name)


@pytest.mark.slow
def test_switching_it_restarts_the_instance_and_drops_the_log(sql: Client, http: httpx.Client) -> None:
    def born() -> datetime:
        with connected(sql.address("switched")) as connection:
            found: datetime = one(connection, "SELECT pg_postmaster_start_time()")
            return found

    sql.create("switched")
    asked = f"{INSTANCES}/switched/getLatestRecoveryTime"
    assert reason(http.get(asked))[:2] == (400, "invalid")
    alone = http.patch(
        f"{INSTANCES}/switched",
        json={"settings": {"backupConfiguration": {"pointInTimeRecoveryEnabled": True}}},
    )
    text = "Invalid request: Point in time recovery must be disabled when backup is disabled."
    assert reason(alone) == (400, "invalid", text)
    before = born()
    sql.patch("switched", backupConfiguration=LOGGED)
    on = born()
    assert before < on
    opened(sql, "switched")
    sql.patch("switched", backupConfiguration={"pointInTimeRecoveryEnabled": False})
    assert on < born()
    assert reason(http.get(asked))[:2] == (400, "invalid")
    sql.patch("switched", backupConfiguration=LOGGED)
    assert window(sql, "switched") is None, "a log begun anew is empty"
    sql.delete("switched")


@pytest.mark.slow
def test_a_restore_deletes_the_log(sql: Client, http: httpx.Client) -> None:
    sql.create("restored", backupConfiguration=LOGGED)
    opened(sql, "restored")
    context = {"backupRunId": take(sql, "restored")["id"], "instanceId": "restored"}
    sql.do("instances", "restoreBackup", instance="restored", body={"restoreBackupContext": context})
    assert reason(http.get(f"{INSTANCES}/restored/getLatestRecoveryTime"))[:2] == (400, "invalid")
    assert sql.get("restored")["settings"]["backupConfiguration"]["enabled"] is False
    sql.delete("restored")


def test_while_its_location_is_down_the_window_stands_still(
    sql: Client, http: httpx.Client, ledger: tuple[str, datetime, datetime]
) -> None:
    name = ledger[0]
    http.post("/faults", json={"location": "us-central1"})
    stood = window(sql, name)
    assert stood
    with connected(sql.address(name)) as connection:
        connection.execute("INSERT INTO entries VALUES ('and more')")
        connection.execute("SELECT pg_sleep(2)")  # four times the archive's interval
    assert window(sql, name) == stood
    http.delete("/faults/us-central1")
    reached(sql, name, present(sql.address(name)))


@pytest.mark.parametrize(
    ("timeline", "lsn", "name"),
    [
        pytest.param(1, "0/2000028", "000000010000000000000020", id="early"),
        pytest.param(2, "1/FFF00000", "000000020000000100000FFF", id="the last of its unit"),
    ],
)
def test_a_position_lies_in_a_file(timeline: int, lsn: str, name: str) -> None:
    assert segment(timeline, lsn) == name


def test_what_lies_before_the_earliest_recovery_goes(tmp_path: Path) -> None:
    kernel = Kernel.open(Settings(home=tmp_path))
    record = {"region": "us-central1", "name": "shop", "log": "a"}
    folder = tmp_path / "sql" / "locations" / "us-central1" / "logs" / "shop" / "a"
    folder.mkdir(parents=True)
    early, late = segment(1, "0/4FFFFF"), [segment(1, "0/500000"), segment(2, "0/500000"), "00000002.history"]
    for name in (early, *late):
        (folder / name).touch()
    logs = RecoveryLogs(kernel, Locations(kernel))
    asyncio.run(logs.prune(record, {"timeline": 1, "lsn": "0/5000D8"}))
    assert {path.name for path in folder.iterdir()} == set(late)
    kernel.state.close()


def backup(ended: datetime, log: str = "a", status: str = "SUCCESSFUL") -> Document:
    return {"log": log, "body": {"status": status, "endTime": stamp_ms(ended)}}


HOUR = timedelta(hours=1)
RECORD = {"log": "a", "settings": {"backupConfiguration": {"transactionLogRetentionDays": 7}}}


@pytest.mark.parametrize(
    ("backups", "latest", "began"),
    [
        pytest.param([], NOON, None, id="no backup"),
        pytest.param([backup(NOON - HOUR)], None, None, id="nothing archived"),
        pytest.param([backup(NOON)], NOON, None, id="the backup ended after what is archived"),
        pytest.param([backup(NOON - HOUR, log="b")], NOON, None, id="a backup of another log"),
        pytest.param([backup(NOON - HOUR, status="FAILED")], NOON, None, id="a backup that failed"),
        pytest.param([backup(NOON - HOUR), backup(NOON - 3 * HOUR)], NOON, NOON - 3 * HOUR, id="two backups"),
        pytest.param([backup(NOON - 200 * HOUR)], NOON, NOON - 168 * HOUR, id="as far as retention goes"),
    ],
)
def test_the_window(backups: list[Document], latest: datetime | None, began: datetime | None) -> None:
    found = recovery_window.window(RECORD, backups, latest, NOON)
    assert (found is None) == (began is None)
    if found and began:
        assert timedelta(0) <= found.earliest - began <= timedelta(milliseconds=1)
        assert found.latest == latest


def test_a_recovery_begins_with_the_newest_backup_that_had_ended() -> None:
    backups = [backup(NOON - HOUR), backup(NOON - 2 * HOUR), backup(NOON - 3 * HOUR)]
    assert recovery_window.base(RECORD, backups, NOON - HOUR) == backups[1]
    assert recovery_window.base(RECORD, backups, NOON - 4 * HOUR) is None
    assert recovery_window.first(RECORD, backups, NOON, 7) == backups[2]
    assert (
        recovery_window.first(RECORD, [*backups, backup(NOON - 200 * HOUR)], NOON + 170 * HOUR, 7)
        == (backups[0])
    )
