"""A set's backup on an instance of a drill's own: its logins, its configuration, its end, and its faults."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import httpx
import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from clients.environment import Environment
from clients.errors import NotFound
from clients.own_secrets import list_secrets, put_secret
from clients.postgres import schema_revision
from clients.sql_instances import list_instances, read_instance_named
from domain.drill import Path
from domain.restored_database import RestoredDatabase
from tasks.logbook import logged
from tasks.sql_work import WorkFailed
from tasks.target_configurations import database_drift, replay_database_configuration
from tasks.target_databases import restore_database
from tasks.target_instances import NotOurs
from tasks.target_leftovers import take_down_database
from tasks.targets import DRILL, administrator_secret, database_secret, logins_secret
from tests.conftest import Endpoints
from tests.contract.conftest import plain_secret
from tests.faults.api import Faults
from tests.flows.conftest import Environments
from tests.restores import (
    PASSWORDS,
    Ground,
    as_user,
    database_part,
    make_source,
    new_ground,
    orders,
    take_set,
)
from tests.sandbox.sql_client import Client

SOURCE = "t-restores-db"
ELSEWHERE = "europe-west4"
BUSY = "Operation failed because another operation was already in progress."


def nothing() -> None:
    """Nothing has to be renewed here."""


@pytest.fixture(scope="module")
def sql(landscape: Endpoints) -> Iterator[Client]:
    with closing(Client(landscape.google)) as client:
        yield client


@pytest.fixture(scope="module")
def address(sql: Client, landscape: Endpoints, http: httpx.Client) -> str:
    return make_source(sql, SOURCE, lambda name, value: plain_secret(http, landscape.project, name, value))


@pytest.fixture
def ground(environment: Environments, sql: Client, address: str) -> Iterator[Ground]:
    """A drill that is under way, and whatever it leaves is taken down."""
    env = environment("t-restores", database=database_part(SOURCE), backup={"location": ELSEWHERE})
    with logged("restore drill", env):
        found = new_ground(env, sql)
        yield found
        take_down_database(found.target, nothing)


@pytest.fixture
def faults(http: httpx.Client) -> Faults:
    return Faults(http)


def restored(ground: Ground, keep: Callable[[], None] = nothing) -> RestoredDatabase:
    said: list[str] = []
    found = restore_database(
        ground.target, take_set(ground.env), Path.BACKUP, None, keep=keep, tell=said.append
    )
    assert said
    return found


def test_a_backup_is_restored_with_logins_of_its_own_and_taken_down_without_a_trace(
    ground: Ground, address: str, http: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    env, target = ground.env, ground.target
    manifest = take_set(env)
    with as_user(address, "shop_app") as connection:
        connection.execute("INSERT INTO orders VALUES (11)")
    began, told = datetime.now(UTC), list[str]()
    found = restore_database(target, manifest, Path.BACKUP, None, keep=nothing, tell=told.append)
    assert began <= found.begun_at <= found.writable_at <= datetime.now(UTC)
    assert found.instance == target.name
    assert found.to.startswith("the set's own backup, which holds all writes up to 20")
    assert found.size
    assert found.size > 5_000_000
    assert " MB, " in told[-1]
    _logins_are_its_own(ground, address, found)
    for secret in (administrator_secret(target.name), database_secret(target.name)):
        password = conninfo_to_dict(ground.secret(secret).replace("+psycopg", "").partition("?")[0])[
            "password"
        ]
        assert password
        assert str(password) not in caplog.text
    _is_set_up_like_its_source(ground)
    assert replay_database_configuration(target, manifest, nothing) == []
    ground.sql.patch(target.name, databaseFlags=[{"name": "work_mem", "value": "4096"}])
    drift = ["databaseFlags.max_connections is not set, and 60 was noted"]
    drift += ["databaseFlags.work_mem is 4096, and 8192 was noted"]
    assert database_drift(target, manifest) == drift
    assert replay_database_configuration(target, manifest, nothing) == []
    assert {each.name for each in list_secrets(env, target.labels)} == {
        administrator_secret(target.name),
        database_secret(target.name),
        logins_secret(target.name),
    }
    for _ in range(2):
        take_down_database(target, nothing)
        assert ground.instances() == []
        assert list_secrets(env, target.labels) == []
    listed = http.get(f"/v1/projects/{env.project}/backups").json().get("backups", [])
    assert [each for each in listed if each["instance"] == target.name] == []
    assert read_instance_named(env, SOURCE), "the source is as it was"


def _logins_are_its_own(ground: Ground, address: str, found: RestoredDatabase) -> None:
    """Production's passwords are refused by the target, the target's by production."""
    administrator = ground.secret(administrator_secret(ground.target.name))
    service = ground.secret(database_secret(ground.target.name))
    connection = f"{ground.env.project}:us-central1:{ground.target.name}"
    assert service.endswith(f"@{found.host}/shop?application_name={connection}")
    service = service.replace("+psycopg", "").partition("?")[0]
    for own in (administrator, service):
        with psycopg.connect(own) as restored:
            assert own is administrator or orders(restored) == 10
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(own.replace(found.host, address)).close()
    for user in PASSWORDS:
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            as_user(found.host, user).close()
    with as_user(address, "shop_app") as there:
        assert orders(there) == 11
    assert schema_revision(ground.target.env) == "", "tasks reach it by the target's environment"


def _is_set_up_like_its_source(ground: Ground) -> None:
    settings = ground.sql.get(ground.target.name)["settings"]
    assert settings["userLabels"] == {"team": "shop", **ground.target.labels}
    assert [each.name for each in list_instances(ground.env, ground.target.labels)] == [ground.target.name]
    assert {flag["name"]: flag["value"] for flag in settings["databaseFlags"]} == {
        "work_mem": "8192",
        "max_connections": "60",
    }
    backups = settings["backupConfiguration"]
    assert (backups["startTime"], backups["transactionLogRetentionDays"]) == ("03:00", 3)
    assert not backups["enabled"]
    assert not backups["pointInTimeRecoveryEnabled"]
    assert not settings["deletionProtectionEnabled"]
    assert not settings["retainBackupsOnDelete"]


@pytest.mark.slow
def test_a_lost_answer_or_a_death_while_waiting_makes_no_second_instance(
    ground: Ground, faults: Faults
) -> None:
    manifest = take_set(ground.env)
    lost = faults.arm("drop_answer", method="POST", path="/restoreBackup")

    def dies() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        restore_database(ground.target, manifest, Path.BACKUP, None, keep=dies, tell=lambda _: None)
    assert faults.met(lost) == 1
    (name,) = ground.instances()
    made = read_instance_named(ground.env, name)
    for _ in range(2):
        found = restore_database(
            ground.target, manifest, Path.BACKUP, None, keep=nothing, tell=lambda _: None
        )
    assert ground.instances() == [name] == [found.instance]
    assert made
    assert found.begun_at == made.created_at
    with psycopg.connect(ground.secret(administrator_secret(name))) as connection:
        assert connection.execute("SELECT 1").fetchone()


def test_a_backup_that_cannot_be_read_fails_the_restore_and_is_taken_down(
    ground: Ground, http: httpx.Client
) -> None:
    manifest = take_set(ground.env)
    http.post("/faults", json={"location": ELSEWHERE}).raise_for_status()
    for _ in range(2):
        with pytest.raises(WorkFailed, match=f"{ground.target.name}: its restore: it failed: UNKNOWN"):
            restore_database(ground.target, manifest, Path.BACKUP, None, keep=nothing, tell=lambda _: None)
    take_down_database(ground.target, nothing)
    assert ground.instances() == []


@pytest.mark.slow
def test_a_busy_instance_is_waited_for_in_every_step(ground: Ground, faults: Faults) -> None:
    name = ground.target.name
    busy = [
        faults.arm(
            "refuse", method=method, path=f"/instances/{name}{path}", times=2, status=409, message=BUSY
        )
        for method, path in (("POST", "/restoreBackup"), ("PUT", "/users"), ("DELETE", ""))
    ]
    restored(ground)
    lost = faults.arm("drop_answer", method="DELETE", path=f"/instances/{name}")
    take_down_database(ground.target, nothing)
    assert [faults.met(fault) for fault in busy] == [2, 2, 2]
    assert faults.met(lost) == 1
    assert ground.instances() == []


@pytest.mark.slow
def test_an_instance_that_the_drill_did_not_make_is_not_touched(ground: Ground) -> None:
    name, other = ground.target.name, {**ground.target.labels, DRILL: "another"}
    ground.sql.create(name, userLabels=other)
    put_secret(ground.env, "of-another-drill", "x", other)
    before = ground.sql.get(name)
    with pytest.raises(NotOurs, match=f"{name}: there is such an instance, and this drill did not make it"):
        restored(ground)
    with pytest.raises(NotOurs):
        take_down_database(ground.target, nothing)
    assert ground.sql.get(name) == before
    assert [each.name for each in list_secrets(ground.env, other)] == ["of-another-drill"]
    ground.sql.delete(name)


@pytest.mark.slow
def test_what_lacks_the_services_user_is_anothers_backup(ground: Ground) -> None:
    env = _bound_to(ground.env, "somebody")
    ground.target = new_ground(env, ground.sql).target
    with pytest.raises(
        WorkFailed, match=r"there is no user somebody in what was restored; check database\.b"
    ):
        restored(ground)


def _bound_to(env: Environment, user: str) -> Environment:
    assert env.database
    assert env.database.binding
    binding = env.database.binding.model_copy(update={"user": user})
    return env.model_copy(update={"database": env.database.model_copy(update={"binding": binding})})


def test_a_backup_that_is_gone_makes_nothing(ground: Ground, http: httpx.Client) -> None:
    manifest = take_set(ground.env)
    reference = manifest.parts[0].references[0]
    while http.delete(f"/v1/{reference}").status_code == 409:
        pass
    deadline = datetime.now(UTC) + timedelta(seconds=30)
    while http.get(f"/v1/{reference}").status_code != 404:
        assert datetime.now(UTC) < deadline
    with pytest.raises(NotFound, match="backup does not exist"):
        restore_database(ground.target, manifest, Path.BACKUP, None, keep=nothing, tell=lambda _: None)
    assert ground.instances() == []
