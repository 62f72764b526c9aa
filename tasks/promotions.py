"""Promoting a replica: it takes writes, that is seen, and it takes backups from then on."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from clients.database_instance import read_configuration, read_instance
from clients.environment import Environment
from clients.errors import NotFound
from clients.sql_instances import patch_instance, promote_replica, read_instance_named
from clients.write_attempt import Answer, try_write
from domain.sql_instance import SqlInstance
from tasks.bound import bound_to
from tasks.logbook import logbook
from tasks.sql_work import WorkFailed, work
from tasks.step import step
from tasks.waiting import wait_for

PROMOTES = timedelta(minutes=30)
RESUMES = timedelta(minutes=30)  # switching backups on restarts the instance
OPENS = timedelta(minutes=10)
BACKUPS = {"enabled": True, "pointInTimeRecoveryEnabled": True}
AS_BEFORE = ("deletionProtectionEnabled", "retainBackupsOnDelete")  # settings that the old primary had
HOW_KEPT = ("startTime", "location", "transactionLogRetentionDays", "backupRetentionSettings")  # its backups

Keep = Callable[[], None]


@step(named="promote {replica}")
def promote(env: Environment, replica: str, keep: Keep) -> datetime:
    """Make a primary of the replica, which cannot be undone, and see a write taken; when it was. Its former
    primary must be fenced. Promoted already counts as done.

    Raises:
        WorkFailed: the operation ended with an error, or it still follows.
        Unavailable: it took no write in time.
    """
    work(
        env,
        replica,
        f"{replica}: its promotion",
        lambda: promote_replica(env, replica),
        keep=keep,
        within=PROMOTES,
    )
    found = read_instance_named(env, replica)
    if found is None or found.replica_of:
        raise WorkFailed(f"{replica}: its promotion ended, and it is no primary; look at it in the console")
    return see_writable(env, replica, keep)


@step(named="see that {instance} takes writes")
def see_writable(env: Environment, instance: str, keep: Keep) -> datetime:
    """Attempt a write until one is taken: an operation that is DONE does not show it; when it was taken.

    A server that answers, and does not know Muster's login any more, is past its restart: that is a second
    run, after the passwords were set anew.

    Raises:
        Unavailable: none was taken in time.
    """

    def taken() -> datetime | None:
        found: SqlInstance | None = read_instance_named(env, instance)
        if found is None or not found.host:
            return None
        answer, _ = try_write(env, found.host)
        return datetime.now(UTC) if answer is Answer.TAKEN else None

    return wait_for(taken, OPENS, f"{instance}: a write to it", keep)


@step(named="take backups of {instance} again")
def resume_backups(env: Environment, instance: str, keep: Keep) -> None:
    """Switch backups and point-in-time recovery on, as the old primary had them; it may restart. A promoted
    replica has neither, nor has an instance that was restored."""
    found = read_instance(bound_to(env, instance))
    if found and found.backups and found.point_in_time_recovery:
        return
    before = _settings(env)
    kept = before.get("backupConfiguration", {})
    wanted: dict[str, Any] = {name: before[name] for name in AS_BEFORE if name in before}
    wanted["backupConfiguration"] = {**{name: kept[name] for name in HOW_KEPT if name in kept}, **BACKUPS}
    work(
        env,
        instance,
        f"{instance}: its backups",
        lambda: patch_instance(env, instance, wanted),
        keep=keep,
        within=RESUMES,
    )
    logbook().note(f"{instance} takes backups, and keeps its log; its first backup begins by itself")
    if before.get("availabilityType") == "REGIONAL":
        again = f"gcloud sql instances patch {instance} --availability-type=REGIONAL"
        logbook().note(
            f"{instance} is in one zone, and the old primary was in two: {again} (when it is calm)"
        )


def _settings(env: Environment) -> dict[str, Any]:
    """Of the instance that the environment's file names, as far as it still tells."""
    try:
        found: dict[str, Any] = read_configuration(env).get("settings", {})
    except NotFound:
        return {}
    return found
