"""Cloud SQL Admin over REST, with google-cloud-sql's message types as the vocabulary (decision 5)."""

import json
from typing import Any

from google.cloud import sqladmin_v1

from clients.environment import Environment
from clients.errors import AlreadyThere, NotFound, Rejected, told
from clients.google import discovered
from clients.patience import patient
from domain.recovery_point import Backup

Status = sqladmin_v1.SqlBackupRunStatus
ON_DEMAND = sqladmin_v1.SqlBackupRunType.ON_DEMAND


class Busy(AlreadyThere):
    """Another operation is under way on the instance: it takes one at a time. Wait, then try again."""


@patient
def begin_backup(env: Environment, description: str) -> None:
    """Begin an on-demand backup. One with this description that there is already is not repeated.

    Raises:
        Busy: the instance works on something else.
    """
    instance = instance_of(env)
    if any(run.description == description for run in _runs(env)):
        return
    body = {"description": description}
    try:
        with told(f"{instance}: taking a backup"):
            admin(env).backupRuns().insert(project=env.project, instance=instance, body=body).execute()
    except AlreadyThere as error:
        raise Busy(error.what, "wait for it, then deploy again") from error


@patient
def list_backups(env: Environment) -> list[Backup]:
    """The instance's on-demand backups, newest first."""
    return [
        Backup(
            id=str(run.id),
            description=run.description,
            successful=run.status == Status.SUCCESSFUL,
            ended=run.status in {Status.SUCCESSFUL, Status.FAILED, Status.SKIPPED, Status.DELETED},
            enqueued_at=run.enqueued_time,
        )
        for run in _runs(env)
        if run.type_ == ON_DEMAND
    ]


@patient
def delete_backup(env: Environment, backup: str) -> None:
    """Delete a backup; what is gone is gone. A busy instance keeps it until the next deploy."""
    try:
        with told(f"{instance_of(env)}: deleting backup {backup}"):
            admin(env).backupRuns().delete(
                project=env.project, instance=instance_of(env), id=backup
            ).execute()
    except (NotFound, AlreadyThere):
        return


def _runs(env: Environment) -> list[sqladmin_v1.BackupRun]:
    with told(f"{instance_of(env)}: listing its backups"):
        found = admin(env).backupRuns().list(project=env.project, instance=instance_of(env)).execute()
    return [_typed(item) for item in found.get("items", [])]


def admin(env: Environment) -> Any:
    """The client of Cloud SQL Admin."""
    return discovered("sqladmin", "v1", env)


def _typed(item: dict[str, Any]) -> sqladmin_v1.BackupRun:
    run: sqladmin_v1.BackupRun = sqladmin_v1.BackupRun.from_json(json.dumps(item), ignore_unknown_fields=True)
    return run


def instance_of(env: Environment) -> str:
    """The name of the environment's instance. Rejected where it has none."""
    if env.database is None:
        raise Rejected(f"{env.name}: it has no database")
    return env.database.instance
