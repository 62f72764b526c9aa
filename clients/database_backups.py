"""Cloud SQL's backups by their project's name for them, which may outlive their instance.

A backup's reference is projects/PROJECT/backups/ID.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from google.cloud import sqladmin_v1

from clients.cloud_sql import Busy, admin, instance_of
from clients.environment import Environment
from clients.errors import AlreadyThere, NotFound, told
from clients.patience import patient
from clients.sql_operations import error_text
from domain.database_backup import DatabaseBackup


@patient
def read_backup(env: Environment, reference: str) -> DatabaseBackup | None:
    """The backup as it is now; None when there is none (any more)."""
    try:
        with told(f"{reference}: looking at it"):
            found = admin(env).Backups().GetBackup(name=reference).execute()
    except NotFound:
        return None
    return _backup(found)


@patient
def find_backup(env: Environment, description: str) -> DatabaseBackup | None:
    """The instance's backup with that description; None when there is none."""
    instance = instance_of(env)
    found = (item for item in _items(env, instance) if item.get("description") == description)
    return next((_backup(item) for item in found), None)


@patient
def list_backups_of(env: Environment, instance: str) -> list[str]:
    """The references of all backups of the instance of that name, whether or not it is there (any more)."""
    return [item["name"] for item in _items(env, instance)]


@patient
def begin_backup(env: Environment, description: str) -> str:
    """Begin a backup on demand, in the environment's location; its operation's name. One with this
    description that there is already is not repeated: then the name is empty.

    Raises:
        Busy: the instance works on something else.
    """
    if find_backup(env, description):
        return ""
    instance = instance_of(env)
    body: dict[str, Any] = {"instance": instance, "description": description}
    if env.backup.location:
        body["location"] = env.backup.location
    try:
        with told(f"{instance}: taking a backup"):
            begun = admin(env).Backups().CreateBackup(parent=f"projects/{env.project}", body=body).execute()
    except AlreadyThere as error:
        raise Busy(error.what, "wait for it, then try again") from error
    return str(begun["name"])


@patient
def delete_backup(env: Environment, reference: str) -> None:
    """Delete a backup; what is gone already is gone.

    Raises:
        Busy: the instance works on something else.
    """
    try:
        with told(f"{reference}: deleting the backup"):
            admin(env).Backups().DeleteBackup(name=reference).execute()
    except NotFound:
        return
    except AlreadyThere as error:
        raise Busy(error.what, "wait for it, then try again") from error


def _items(env: Environment, instance: str) -> Iterator[dict[str, Any]]:
    page = ""
    while True:
        with told(f"{instance}: listing its backups"):
            found = (
                admin(env)
                .Backups()
                .ListBackups(
                    parent=f"projects/{env.project}", filter=f"instance:{instance}", pageToken=page or None
                )
                .execute()
            )
        yield from (item for item in found.get("backups", []) if item.get("instance") == instance)
        page = found.get("nextPageToken", "")
        if not page:
            return


def _backup(item: dict[str, Any]) -> DatabaseBackup:
    typed = sqladmin_v1.Backup.from_json(json.dumps(item), ignore_unknown_fields=True)
    interval = item.get("backupInterval", {})
    return DatabaseBackup(
        reference=typed.name,
        instance=typed.instance,
        state=item.get("state", ""),
        error=error_text(typed.error) if "error" in item else "",
        location=typed.location,
        started_at=_instant(interval.get("startTime")),
        ended_at=_instant(interval.get("endTime")),
        size=int(typed.max_chargeable_bytes) or None,
    )


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None
