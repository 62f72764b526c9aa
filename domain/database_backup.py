"""A Cloud SQL backup as its API tells it, and whether it may be counted on."""

from dataclasses import dataclass
from datetime import datetime

SUCCESSFUL = "SUCCESSFUL"
UNDER_WAY = ("ENQUEUED", "RUNNING")


@dataclass(frozen=True)
class DatabaseBackup:
    """One backup. Its reference is projects/PROJECT/backups/ID."""

    reference: str
    instance: str
    state: str  # Cloud SQL's own word
    error: str = ""
    location: str = ""
    started_at: datetime | None = None  # all writes up to this instant are in it
    ended_at: datetime | None = None  # none after this instant is
    size: int | None = None  # bytes that are charged for, at most; None while it is not told

    @property
    def ended(self) -> bool:
        return self.state not in UNDER_WAY


def failure(backup: DatabaseBackup, operation_error: str = "") -> str:
    """Why a backup that has ended is none, as Cloud SQL says it; empty for one that is.

    An operation that is DONE may carry an error, whatever the backup says: that one counts.
    """
    if backup.state == SUCCESSFUL and not operation_error and backup.started_at:
        return ""
    if backup.state == SUCCESSFUL and not operation_error:
        return "it does not say since when it holds the writes"
    said = operation_error or backup.error or "no reason is told"
    return f"it is {backup.state}: {said}"
