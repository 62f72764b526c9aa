"""The database in a recovery set: a Cloud SQL backup, and what is noted of the database beside it."""

import logging
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from clients.cloud_sql import instance_of
from clients.database_backups import begin_backup, delete_backup, find_backup, read_backup
from clients.database_instance import read_configuration, read_instance
from clients.database_marks import marks_of
from clients.environment import Environment
from clients.errors import Denied, NotFound, Rejected
from clients.postgres import read_position
from clients.recovery_window import read_window
from clients.sql_operations import list_operations, read_operation
from domain import wording
from domain.database_backup import DatabaseBackup, failure
from domain.database_instance import remarks, unrecoverable
from domain.manifest import Fact, Manifest
from domain.position import NOTED_AT
from domain.recovery_set import Kind, Part, Window
from domain.refusal import Problem
from domain.set_names import backup_description
from domain.taken import Taken
from domain.window_cover import Cover, cover
from tasks.step import step
from tasks.turns import BUSY, in_turn
from tasks.waiting import CLOSELY, pauses, wait_for

logger = logging.getLogger("muster")

TAKES = timedelta(hours=6)  # a backup, at most
GONE = timedelta(minutes=15)  # until a deletion is done, at most

Keep = Callable[[], None]
Tell = Callable[[str], None]


class BackupFailed(Exception):
    """Cloud SQL did not make, or did not delete, the backup."""


def database_problems(env: Environment) -> list[Problem]:
    """What stands in the way of a set with this database, before anything of it is taken."""
    instance = read_instance(env)
    found = unrecoverable(instance_of(env), instance)
    if found:
        return found
    try:
        read_position(env)
    except (Denied, NotFound, Rejected) as error:
        return [Problem(error.what, error.hint or "check database.credentials in the environment's file")]
    return []


def database_remarks(env: Environment) -> list[str]:
    """What is lost with the instance, in sentences."""
    instance = read_instance(env)
    return remarks(instance) if instance else []


def database_configuration(env: Environment) -> dict[str, Any]:
    """The instance as it is set up, flags included, as JSON; never a password."""
    return read_configuration(env)


@step
def take_database_backup(env: Environment, set_id: str, keep: Keep, tell: Tell) -> Taken:
    """Take an on-demand backup for a set, and wait for it; `keep` renews what must not lapse meanwhile.

    Where the database is, is noted before the backup begins: it holds at least that. The part stands for
    the backup's own beginning: "All database writes up to this time are available" (backupInterval's
    start_time, https://docs.cloud.google.com/sql/docs/mysql/admin-api/rest/v1/Backups); it may hold later
    ones.

    Raises:
        BackupFailed: it ended as anything but SUCCESSFUL, or its operation ended with an error; or the set
            has a backup already, before which nobody noted where the database was.
        NotFound: there is no such instance.
    """
    name, description = instance_of(env), backup_description(set_id)
    instance = read_instance(env)
    if instance is None:
        raise NotFound(f"{name}: there is no such Cloud SQL instance")
    if find_backup(env, description):
        raise BackupFailed(f"{name}: there is a backup {description!r} already; take another set")
    noted: list[Mapping[str, Fact]] = []

    def begin() -> str:
        if not find_backup(env, description):  # else it was begun, and its answer was lost
            noted.append({**marks_of(env).facts(), **read_position(env).facts()})
        return begin_backup(env, description)

    operation = in_turn(name, begin, keep, away=BUSY, tell=tell)  # an exhausted quota looks like it
    began = time.monotonic()

    def ended() -> DatabaseBackup | None:
        tell(_since(began))
        return _ended(env, description, operation)

    assert env.database
    backup = wait_for(ended, TAKES, f"{name}: the backup", keep, growth=CLOSELY)
    assert backup.started_at
    tell(f"{wording.size(backup.size)}, {_since(began)}" if backup.size else _since(began))
    return Taken(
        Part(Kind.DATABASE, (backup.reference,), backup.started_at, backup.size),
        {
            **noted[-1],
            "database.instance": name,
            "database.name": env.database.name,
            "database.version": instance.version,
            "database.location": backup.location,
            "database.retained_on_delete": "yes" if instance.retains_backups else "no",
        },
        window=read_window(env),
    )


def check_database_backup(
    env: Environment, manifest: Manifest, wait: timedelta, keep: Keep = lambda: None
) -> list[str]:
    """What is wrong with the database's part of a set, without restoring it; nothing, if all is well.

    The backup is to be there, SUCCESSFUL, and of the instance that was noted. The recovery window is to cover
    the instant that was noted; its end is waited for so long, and it may begin with this very backup. Not
    wrong, but told in the log: that the log of then is no longer kept, as with any set older than the
    instance keeps it, or that the instance is gone; the set is what is left then.

    Raises:
        ClientError: it cannot be told.
    """
    part = next((part for part in manifest.parts if part.kind is Kind.DATABASE), None)
    if part is None:
        return []
    backup = read_backup(env, part.references[0])
    if backup is None:
        return [f"{part.references[0]}: the backup is gone"]
    return [*_backup_faults(manifest, backup), *_window_faults(env, manifest, backup, wait, keep)]


@step(named="delete {reference}")
def delete_database_backup(env: Environment, reference: str, keep: Keep) -> None:
    """Delete a backup, and see it gone; what is gone already is gone. A busy instance is waited for.

    Raises:
        Unavailable: the instance worked on something else for too long.
        BackupFailed: Cloud SQL could not delete it.
    """
    backup = read_backup(env, reference)
    if backup is None:
        return
    if backup.state != "DELETING":
        in_turn(backup.instance, partial(delete_backup, env, reference), keep)
    state = wait_for(lambda: _deleted(env, reference), GONE, f"{reference}: its deletion", keep)
    if state:
        raise BackupFailed(f"{reference}: it could not be deleted ({state}); delete it again later")


def _ended(env: Environment, description: str, operation: str) -> DatabaseBackup | None:
    """The backup, once it and its operation have ended well. BackupFailed as soon as it cannot any more."""
    doing = read_operation(env, operation) if operation else None
    if doing and not doing.ended:
        return None
    name, backup = instance_of(env), find_backup(env, description)
    if not operation:
        doing = next(
            (each for each in list_operations(env) if backup and each.backup == backup.reference), None
        )
    error = doing.error if doing else ""
    if backup is None:
        if doing is None or doing.ended:
            raise BackupFailed(f"{name}: no backup was made: {error or 'it is not there'}")
        return None
    if not backup.ended or (doing and not doing.ended):
        return None
    if reason := failure(backup, error):
        raise BackupFailed(f"{name}: {backup.reference}: {reason}")
    return backup


def _backup_faults(manifest: Manifest, backup: DatabaseBackup) -> list[str]:
    faults = []
    if reason := failure(backup):
        faults.append(f"{backup.reference}: {reason}")
    noted = manifest.facts.get("database.instance")
    if backup.instance != noted:
        faults.append(f"{backup.reference}: it is a backup of {backup.instance}, and {noted} was noted")
    return faults


def _window_faults(
    env: Environment, manifest: Manifest, backup: DatabaseBackup, wait: timedelta, keep: Keep
) -> list[str]:
    name, noted = instance_of(env), manifest.facts.get(NOTED_AT)
    if not isinstance(noted, str):
        return ["the manifest does not say when the database's position was noted"]
    at = datetime.fromisoformat(noted)
    instance = read_instance(env)
    if instance is None:
        logger.warning(f"{name}: it is gone, and its recovery window with it; {manifest.id} is left")
        return []
    if not instance.point_in_time_recovery:
        return [f"{name}: point-in-time recovery is off, so it cannot be brought back to {at}"]
    window = _window_reaching(env, at, wait, keep)
    match cover(window, at, instance.log_kept, backup.ended_at):
        case Cover.NOT_YET:
            ends = f"ends at {window.latest_at}" if window else "is empty"
            return [f"{name}: after {wording.length(wait)} the recovery window {ends}: it lacks {at}"]
        case Cover.MISSING:
            begins = window.earliest_at if window else ""
            return [f"{name}: the recovery window begins at {begins}, so the log of {at} is lost"]
        case Cover.OUTLIVED:
            kept = wording.age(instance.log_kept)
            logger.info(f"{name}: the log of {at} is no longer kept: it is for {kept}")
    return []


def _window_reaching(env: Environment, at: datetime, wait: timedelta, keep: Keep) -> Window | None:
    """The recovery window, once its end has come to that instant, or as it is after so long."""
    end = time.monotonic() + wait.total_seconds()
    for pause in pauses(longest=1.0):
        window = read_window(env)
        left = end - time.monotonic()
        if (window and window.latest_at >= at) or left <= 0:
            return window
        keep()
        time.sleep(min(pause, left))
    raise AssertionError("pauses never end")


def _deleted(env: Environment, reference: str) -> str | None:
    """Empty once it is gone, what became of it instead; None while it is being deleted."""
    backup = read_backup(env, reference)
    if backup is None:
        return ""
    return None if backup.state == "DELETING" else f"{backup.state} {backup.error}".rstrip()


def _since(began: float) -> str:
    """In whole seconds: each other text is a message."""
    return wording.length(timedelta(seconds=int(time.monotonic() - began)))
