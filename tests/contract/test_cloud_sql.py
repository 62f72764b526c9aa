"""Recovery points: taken once, found again by their description, deleted without fuss."""

import secrets
from datetime import UTC

import pytest

from clients.cloud_sql import Busy, begin_backup, delete_backup, list_backups
from clients.environment import Environment
from clients.errors import NotFound, Rejected
from domain.recovery_point import Backup
from tests.conftest import Endpoints
from tests.contract.conftest import Faults
from tests.environments import environment
from tests.processes import wait_until


@pytest.fixture
def env(cloud: Endpoints, instance: str) -> Environment:
    database = {"instance": instance, "name": "app", "credentials": "app-database-url"}
    return environment(cloud, "sql", database=database)


@pytest.fixture
def description() -> str:
    return f"muster deploy {secrets.token_hex(4)}"


def own(env: Environment, description: str) -> list[Backup]:
    return [backup for backup in list_backups(env) if backup.description == description]


def ended(env: Environment, description: str) -> Backup:
    found = wait_until(lambda: [backup for backup in own(env, description) if backup.ended])
    return found[0]


def test_a_backup_is_taken_and_found_by_its_description(env: Environment, description: str) -> None:
    begin_backup(env, description)
    backup = ended(env, description)
    assert backup.successful
    assert backup.enqueued_at.utcoffset() == UTC.utcoffset(None)
    assert list_backups(env)[0] == backup, "newest first"


def test_beginning_it_again_takes_no_second_one(env: Environment, description: str) -> None:
    begin_backup(env, description)
    begin_backup(env, description)
    ended(env, description)
    begin_backup(env, description)
    assert len(own(env, description)) == 1


def test_a_lost_answer_takes_no_second_one(env: Environment, description: str, faults: Faults) -> None:
    faults.add("drop_answer", "backupRuns", "POST")
    begin_backup(env, description)
    ended(env, description)
    assert faults.met == 1
    assert len(own(env, description)) == 1


def test_a_busy_instance_says_so(env: Environment, description: str, faults: Faults) -> None:
    faults.add(
        "refuse", "backupRuns", "POST", status=409, message="another operation was already in progress"
    )
    with pytest.raises(Busy, match=f"{env.database and env.database.instance}: taking a backup: another op"):
        begin_backup(env, description)
    assert own(env, description) == []


def test_a_deleted_backup_is_gone_and_may_be_deleted_again(env: Environment, description: str) -> None:
    begin_backup(env, description)
    backup = ended(env, description)
    delete_backup(env, backup.id)
    wait_until(lambda: not [one for one in own(env, description) if one.successful])
    delete_backup(env, backup.id)
    delete_backup(env, "1234567890")


def test_a_busy_instance_keeps_what_was_to_be_deleted(
    env: Environment, description: str, faults: Faults
) -> None:
    begin_backup(env, description)
    backup = ended(env, description)
    faults.add("refuse", "backupRuns", "DELETE", status=409)
    delete_backup(env, backup.id)
    assert own(env, description) == [backup]


def test_an_instance_that_is_not_there_is_named(cloud: Endpoints) -> None:
    database = {"instance": "no-such-db", "name": "app", "credentials": "x"}
    with pytest.raises(NotFound, match="no-such-db: listing its backups: The Cloud SQL instance does not"):
        begin_backup(environment(cloud, "sql", database=database), "x")


def test_an_environment_without_a_database_has_no_backups(cloud: Endpoints) -> None:
    with pytest.raises(Rejected, match="sql: it has no database"):
        list_backups(environment(cloud, "sql"))
