"""The database's part of a recovery set: taken once, checked without restoring, deleted for good."""

import secrets
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from clients.database_backups import begin_backup, find_backup, read_backup
from clients.environment import Environment
from clients.errors import NotFound
from clients.sql_operations import list_operations
from domain.manifest import Manifest
from domain.recovery_set import Kind, Part
from domain.strict_json import iso
from domain.taken import Taken
from examples.landscape import DATABASE, INSTANCE, RECOVERABLE
from tasks.database_backups import (
    BackupFailed,
    check_database_backup,
    database_configuration,
    database_problems,
    database_remarks,
    delete_database_backup,
    take_database_backup,
)
from tasks.logbook import logged
from tasks.turns import in_turn
from tests.conftest import Endpoints
from tests.faults.api import Faults
from tests.flows.conftest import Environments
from tests.processes import wait_until
from tests.sandbox.sql_client import Client

OWN: dict[str, Any] = {"instance": INSTANCE, "name": DATABASE, "credentials": "ali-muster-database-url"}
ELSEWHERE = "europe-west4"
BUSY = "Operation failed because another operation was already in progress."
DAY = timedelta(days=1)


def nothing() -> None:
    """Nothing has to be renewed here."""


@pytest.fixture
def env(environment: Environments) -> Iterator[Environment]:
    """An environment whose backup is under way."""
    found = environment("t-database-backups", database=OWN, backup={"location": ELSEWHERE})
    with logged("backup", found):
        yield found


def with_database(env: Environment, **changed: str) -> Environment:
    """The same with something else as its database's part."""
    assert env.database
    return env.model_copy(update={"database": env.database.model_copy(update=changed)})


@pytest.fixture
def set_id() -> str:
    return f"set-{secrets.token_hex(4)}"


@pytest.fixture
def faults(http: httpx.Client) -> Faults:
    return Faults(http)


def backups(env: Environment, http: httpx.Client, set_id: str) -> int:
    listed = http.get(f"/v1/projects/{env.project}/backups").json().get("backups", [])
    return sum(backup.get("description") == f"muster set {set_id}" for backup in listed)


def manifest(taken: Taken, **facts: str) -> Manifest:
    """One of that part alone, in which these facts are others."""
    at = taken.part.at
    return Manifest("a", "e", "s", at, at, (taken.part,), facts={**taken.facts, **facts})


def test_a_backup_is_taken_with_what_was_noted_before_it_and_checked(
    env: Environment, http: httpx.Client, set_id: str
) -> None:
    told: list[str] = []
    kept: list[int] = []
    before = datetime.now(UTC)
    taken = take_database_backup(env, set_id, lambda: kept.append(1), told.append)
    backup = find_backup(env, f"muster set {set_id}")
    assert backup
    assert taken.part.kind is Kind.DATABASE
    assert taken.part.references == (backup.reference,)
    assert (taken.part.at, taken.part.size) == (backup.started_at, backup.size)
    noted = taken.facts["database.noted_at"]
    assert isinstance(noted, str)
    assert before <= datetime.fromisoformat(noted)
    assert datetime.fromisoformat(noted) <= taken.part.at + timedelta(milliseconds=1), "noted before it began"
    assert {name: taken.facts[name] for name in taken.facts if name != "database.noted_at"} == {
        "database.lsn": taken.facts["database.lsn"],
        "database.schema": taken.facts["database.schema"],
        "database.system": taken.facts["database.system"],
        "database.horizon": taken.facts["database.horizon"],
        "database.structure": taken.facts["database.structure"],
        "database.instance": INSTANCE,
        "database.name": DATABASE,
        "database.version": "POSTGRES_17",
        "database.location": ELSEWHERE,
        "database.retained_on_delete": "yes",
    }
    assert told[-1].endswith(" s")
    assert "MB, " in told[-1]
    assert kept
    assert check_database_backup(env, manifest(taken), timedelta(seconds=30)) == []
    with pytest.raises(BackupFailed, match="already; take another set"):
        take_database_backup(env, set_id, nothing, told.append)
    assert backups(env, http, set_id) == 1


def test_a_busy_instance_is_waited_for_and_a_lost_answer_makes_no_second_backup(
    env: Environment, http: httpx.Client, set_id: str, faults: Faults
) -> None:
    busy = faults.arm("refuse", method="POST", path="/backups", times=3, status=409, message=BUSY)
    lost = faults.arm("drop_answer", method="POST", path="/backups")
    taken = take_database_backup(env, set_id, nothing, lambda _: None)
    assert (faults.met(busy), faults.met(lost)) == (3, 1)
    assert backups(env, http, set_id) == 1
    backup = read_backup(env, taken.part.references[0])
    assert backup
    assert backup.state == "SUCCESSFUL"


def test_a_backup_that_failed_is_none_and_says_why(env: Environment, http: httpx.Client, set_id: str) -> None:
    http.post("/faults", json={"location": ELSEWHERE}).raise_for_status()
    with pytest.raises(BackupFailed, match=rf"{INSTANCE}: projects/.*: it is FAILED: UNKNOWN"):
        take_database_backup(env, set_id, nothing, lambda _: None)
    assert backups(env, http, set_id) == 1, "left for what cleans up, which finds it by its description"


@pytest.fixture(scope="module")
def taken(environment: Environments) -> Taken:
    """The database's part of a set of an hour ago, as if there had been one."""
    env = environment("t-database-checks", database=OWN)
    with logged("backup", env):
        return take_database_backup(env, f"set-{secrets.token_hex(4)}", nothing, lambda _: None)


def ago(span: timedelta) -> str:
    return iso(datetime.now(UTC) - span)


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        pytest.param({}, [], id="nothing wrong"),
        pytest.param(
            {"database.instance": "other-db"}, [f"backup of {INSTANCE}, and other-db"], id="of another"
        ),
        pytest.param(
            {"database.noted_at": ago(-DAY)}, ["after 1 s the recovery window ends at"], id="not yet covered"
        ),
        pytest.param({"database.noted_at": ago(30 * DAY)}, [], id="older than any log is kept"),
    ],
)
def test_a_check_names_what_is_wrong(
    env: Environment, taken: Taken, facts: dict[str, str], said: list[str]
) -> None:
    wait = timedelta(seconds=1 if said else 30)
    found = check_database_backup(env, manifest(taken, **facts), wait)
    assert len(found) == len(said)
    assert all(text in sentence for text, sentence in zip(said, found, strict=True)), found


@pytest.mark.slow
def test_a_log_that_was_switched_off_and_on_is_lost(env: Environment, cloud: Endpoints) -> None:
    """The backup is there, and between it and the new log nothing can be reached."""
    name = "t-relogged-db"
    with closing(Client(cloud.google)) as sql:
        sql.create(name, **RECOVERABLE)
        other = with_database(env, instance=name)
        at = datetime.now(UTC)
        in_turn(name, lambda: begin_backup(other, "muster set relogged"), nothing)
        found = wait_until(lambda: (one := find_backup(other, "muster set relogged")) and one.ended and one)
        assert found
        part = Part(Kind.DATABASE, (found.reference,), at)
        facts = {"database.instance": name, "database.noted_at": iso(at)}
        kept = Manifest("a", "e", "s", at, at, (part,), facts=facts)
        assert check_database_backup(other, kept, timedelta(seconds=30)) == []

        def switch(*, on: bool) -> None:
            body = {"settings": {"backupConfiguration": {"pointInTimeRecoveryEnabled": on}}}
            wait_until(lambda: all(each.ended for each in list_operations(other)), what="its own work")
            sql.do("instances", "patch", instance=name, body=body)

        switch(on=False)
        assert "point-in-time recovery is off" in database_problems(other)[0].what
        (said,) = check_database_backup(other, kept, timedelta(seconds=30))
        assert "point-in-time recovery is off" in said
        switch(on=True)
        (said,) = check_database_backup(other, kept, timedelta(seconds=30))
        assert f"{name}: the recovery window begins at" in said
        assert said.endswith("is lost")
        wait_until(lambda: all(each.ended for each in list_operations(other)), what="its own work")
        sql.delete(name)


def test_a_backup_that_is_gone_and_a_part_that_never_was(env: Environment, taken: Taken) -> None:
    gone = replace(taken.part, references=(f"projects/{env.project}/backups/none",))
    found = check_database_backup(env, manifest(replace(taken, part=gone)), timedelta(seconds=30))
    assert found == [f"projects/{env.project}/backups/none: the backup is gone"]
    other = replace(taken.part, kind=Kind.CONFIGURATION)
    assert check_database_backup(env, manifest(replace(taken, part=other)), timedelta(0)) == []


def test_an_instance_that_is_gone_makes_no_backup_wrong(env: Environment, taken: Taken) -> None:
    """The sets are what is left then: none may become incomplete by it."""
    lost = with_database(env, instance="lost-db")
    assert check_database_backup(lost, manifest(taken), timedelta(0)) == []
    assert "no such Cloud SQL instance" in database_problems(lost)[0].what
    with pytest.raises(NotFound, match="lost-db"):
        take_database_backup(lost, "set-lost", nothing, lambda _: None)


def test_a_backup_is_deleted_for_good_once_the_instance_is_free_and_its_location_is_up(
    env: Environment, http: httpx.Client, set_id: str, faults: Faults
) -> None:
    reference = take_database_backup(env, set_id, nothing, lambda _: None).part.references[0]
    http.post("/faults", json={"location": ELSEWHERE}).raise_for_status()
    with pytest.raises(BackupFailed, match=r"could not be deleted \(DELETION_FAILED"):
        delete_database_backup(env, reference, nothing)
    http.delete(f"/faults/{ELSEWHERE}").raise_for_status()
    busy = faults.arm("refuse", method="DELETE", path="/backups", times=2, status=409, message=BUSY)
    delete_database_backup(env, reference, nothing)
    assert faults.met(busy) == 2
    assert read_backup(env, reference) is None
    delete_database_backup(env, reference, nothing)


def test_what_would_be_refused_and_what_is_remarked(env: Environment) -> None:
    assert database_problems(env) == []
    assert database_remarks(env) == []
    (problem,) = database_problems(with_database(env, credentials="no-such"))
    assert "no-such" in problem.what
    assert problem.remedy
    assert database_configuration(env)["settings"]["retainBackupsOnDelete"] is True
