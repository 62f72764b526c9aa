"""Cloud SQL's backups by the project's name for them, and the instance as it tells of itself."""

import secrets
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from clients.cloud_sql import Busy
from clients.database_backups import begin_backup, delete_backup, find_backup, read_backup
from clients.database_instance import read_configuration, read_instance
from clients.environment import Environment
from clients.errors import NotFound, Rejected
from clients.recovery_window import read_window
from clients.sql_operations import list_operations, read_operation
from domain.database_backup import DatabaseBackup
from domain.database_instance import Instance
from tests.conftest import Endpoints
from tests.contract.conftest import Faults
from tests.environments import environment
from tests.processes import wait_until
from tests.sandbox.sql_client import ROOT_PASSWORD

ELSEWHERE = "europe-west4"


def of(cloud: Endpoints, instance: str, location: str = "") -> Environment:
    database = {"instance": instance, "name": "app", "credentials": "x"}
    return environment(cloud, "sets", database=database, over={"backup": {"location": location}})


@pytest.fixture
def env(cloud: Endpoints, recoverable: str) -> Environment:
    return of(cloud, recoverable)


@pytest.fixture
def description() -> str:
    return f"muster set {secrets.token_hex(4)}"


def begun(env: Environment, description: str) -> str:
    """Begin a backup as soon as the instance's own work lets it be; its operation's name."""

    def attempt() -> tuple[str] | None:
        try:
            return (begin_backup(env, description),)
        except Busy:
            return None

    found = wait_until(attempt, what="the instance's own work")
    assert found
    return found[0]


def ended(env: Environment, description: str) -> DatabaseBackup:
    def look() -> DatabaseBackup | None:
        backup = find_backup(env, description)
        return backup if backup and backup.ended else None

    found = wait_until(look, what=description)
    assert found
    return found


def backups(http: httpx.Client, env: Environment, description: str) -> int:
    """How many there are of that description, as anybody sees them."""
    listed = http.get(f"/v1/projects/{env.project}/backups").json()["backups"]
    return sum(backup.get("description") == description for backup in listed)


def test_a_backup_tells_where_it_lies_how_large_it_is_and_since_when_it_holds(
    env: Environment, description: str, http: httpx.Client
) -> None:
    before = datetime.now(UTC) - timedelta(milliseconds=1)  # instants on the wire are cut to it
    operation = begun(env, description)
    backup = ended(env, description)
    assert backup == read_backup(env, backup.reference)
    assert backup.reference.startswith(f"projects/{env.project}/backups/")
    assert backup.instance == env.database.instance if env.database else ""
    assert (backup.state, backup.error, backup.location) == ("SUCCESSFUL", "", "us")
    assert backup.size
    assert backup.size > 1_000_000
    assert backup.started_at
    assert backup.ended_at
    assert before <= backup.started_at <= backup.ended_at <= datetime.now(UTC)
    done = wait_until(lambda: (op := read_operation(env, operation)) and op.ended and op)
    assert done
    assert (done.backup, done.succeeded) == (backup.reference, True)
    assert done in list_operations(env, "BACKUP_VOLUME")
    assert begin_backup(env, description) == "", "begun already"
    assert backups(http, env, description) == 1


def test_a_lost_answer_takes_no_second_one(
    env: Environment, description: str, faults: Faults, http: httpx.Client
) -> None:
    wait_until(lambda: all(each.ended for each in list_operations(env)), what="the instance's own work")
    faults.add("drop_answer", "/backups", "POST")
    begin_backup(env, description)
    ended(env, description)
    assert faults.met == 1
    assert backups(http, env, description) == 1


def test_a_busy_instance_says_so(env: Environment, description: str, faults: Faults) -> None:
    faults.add("refuse", "/backups", "POST", status=409, message="another operation was in progress")
    with pytest.raises(Busy, match=f"{env.database and env.database.instance}: taking a backup: another op"):
        begin_backup(env, description)
    assert find_backup(env, description) is None


def test_a_backup_whose_location_is_down_has_failed_and_so_has_its_operation(
    cloud: Endpoints, recoverable: str, description: str, http: httpx.Client
) -> None:
    env = of(cloud, recoverable, ELSEWHERE)
    http.post("/faults", json={"location": ELSEWHERE}).raise_for_status()
    operation = begun(env, description)
    backup = ended(env, description)
    assert (backup.state, backup.error, backup.size) == ("FAILED", "UNKNOWN", None)
    done = wait_until(lambda: (op := read_operation(env, operation)) and op.ended and op)
    assert done
    assert (done.error, done.succeeded) == ("UNKNOWN", False)
    assert done.backup == backup.reference


def test_what_is_deleted_is_gone_and_may_be_deleted_again(env: Environment, description: str) -> None:
    begun(env, description)
    backup = ended(env, description)
    wait_until(lambda: all(each.ended for each in list_operations(env)), what="the end of it")
    delete_backup(env, backup.reference)
    wait_until(lambda: read_backup(env, backup.reference) is None, what="the deletion")
    delete_backup(env, backup.reference)


def test_an_operation_that_nobody_knows_is_none(env: Environment) -> None:
    assert read_operation(env, "no-such-operation") is None


def test_the_instance_is_told_as_it_is(env: Environment, cloud: Endpoints, instance: str) -> None:
    found = read_instance(env)
    assert found
    assert found == Instance(
        name="contract-recoverable-db",
        state="RUNNABLE",
        version="POSTGRES_17",
        service_account=found.service_account,
    )
    assert "@" in found.service_account
    plain = read_instance(of(cloud, instance))
    assert plain
    assert (plain.backups, plain.point_in_time_recovery, plain.retains_backups) == (False, False, False)
    assert read_instance(of(cloud, "no-such-db")) is None


def test_the_configuration_tells_flags_and_settings_and_no_password(
    env: Environment, cloud: Endpoints
) -> None:
    found = read_configuration(env)
    assert found["settings"]["databaseFlags"] == [{"name": "max_connections", "value": "60"}]
    assert found["settings"]["backupConfiguration"]["pointInTimeRecoveryEnabled"] is True
    assert found["databaseVersion"] == "POSTGRES_17"
    assert "state" not in found
    assert ROOT_PASSWORD not in str(found)
    assert list(found) == sorted(found)
    with pytest.raises(NotFound, match="no-such-db: there is no such Cloud SQL instance"):
        read_configuration(of(cloud, "no-such-db"))


def test_the_recovery_window_is_empty_at_first_then_it_moves_on(env: Environment) -> None:
    began = datetime.now(UTC)
    window = wait_until(lambda: (w := read_window(env)) and w.latest_at >= began and w, what="the window")
    assert window
    assert window.earliest_at <= began <= window.latest_at <= datetime.now(UTC)


def test_a_window_that_is_not_there_yet_is_none(env: Environment, http: httpx.Client) -> None:
    """As in the minutes after point-in-time recovery was switched on: the archive has nothing yet."""
    name = f"young-{secrets.token_hex(3)}"
    body = {
        "name": name,
        "databaseVersion": "POSTGRES_17",
        "settings": {
            "tier": "db-custom-1-3840",
            "backupConfiguration": {"enabled": True, "pointInTimeRecoveryEnabled": True},
        },
    }
    root = f"/v1/projects/{env.project}/instances"
    http.post(root, json=body).raise_for_status()
    young = env.model_copy(
        update={"database": env.database and env.database.model_copy(update={"instance": name})}
    )
    assert read_window(young) is None
    wait_until(lambda: (found := read_instance(young)) and found.state == "RUNNABLE", what=name)
    wait_until(lambda: http.delete(f"{root}/{name}").status_code == 200, what="its own work")


def test_where_point_in_time_recovery_is_off_it_is_said_how_to_switch_it_on(
    cloud: Endpoints, instance: str
) -> None:
    with pytest.raises(Rejected, match="Point in time recovery is not enabled") as told:
        read_window(of(cloud, instance))
    assert told.value.hint.startswith(f"gcloud sql instances patch {instance} --enable-point-in-time-recov")
    with pytest.raises(NotFound, match="no-such-db: reading its recovery window"):
        read_window(of(cloud, "no-such-db"))
