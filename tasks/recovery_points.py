"""A point to return to, before the schema changes."""

import logging
from datetime import timedelta

from clients.cloud_sql import begin_backup, delete_backup, list_backups
from clients.environment import Environment
from domain.recovery_point import PREFIX, Backup, surplus
from tasks.held_lease import HeldLease
from tasks.journal import journal
from tasks.step import step
from tasks.turns import BUSY, in_turn
from tasks.waiting import wait_for

logger = logging.getLogger("muster")

TAKES = timedelta(hours=2)


class RecoveryPointFailed(Exception):
    """The backup before the migration did not succeed, so nothing is migrated."""


@step
def mark_recovery_point(env: Environment, lease: HeldLease) -> str:
    """Take an on-demand backup and wait for it; which one it is, for the record.

    The deploys' own backups beyond the last three go: Cloud SQL never expires on-demand backups.
    """
    assert env.database
    description = PREFIX + journal().record.id
    instance = env.database.instance
    in_turn(instance, lambda: begin_backup(env, description), lease.keep, away=BUSY)
    logger.info(f"{instance}: taking a backup before the schema changes")
    backup = wait_for(lambda: _ended(env, description), TAKES, f"{instance}: the backup", lease.keep)
    if not backup.successful:
        raise RecoveryPointFailed(
            f"{instance}: backup {backup.id} before the migration failed; nothing was migrated"
        )
    for old in surplus(list_backups(env)):
        delete_backup(env, old.id)
        lease.keep()
    return f"{instance}: backup {backup.id}"


def _ended(env: Environment, description: str) -> Backup | None:
    own = (backup for backup in list_backups(env) if backup.description == description)
    return next((backup for backup in own if backup.ended), None)
