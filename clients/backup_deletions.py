"""How far the deletion of a Cloud SQL backup is: an operation of its instance, which may fail."""

from enum import Enum

from clients.database_backups import find_backup, read_backup
from clients.environment import Environment


class Deletion(Enum):
    """Of a backup, as Cloud SQL tells it now."""

    NOT_BEGUN = "not begun"
    UNDER_WAY = "under way"
    FAILED = "failed"
    DONE = "done"


def read_deletion(env: Environment, reference: str) -> Deletion:
    """How far it is; done where there is no such backup."""
    backup = read_backup(env, reference)
    if backup is None:
        return Deletion.DONE
    states = {"DELETING": Deletion.UNDER_WAY, "DELETION_FAILED": Deletion.FAILED}
    return states.get(backup.state, Deletion.NOT_BEGUN)


def find_reference(env: Environment, description: str) -> str | None:
    """The name of the instance's backup with that description; None when there is none."""
    backup = find_backup(env, description)
    return backup.reference if backup else None
