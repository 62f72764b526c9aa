"""The recovery point before a schema change: an on-demand backup, of which a deploy keeps its last few.

Cloud SQL never expires on-demand backups by itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

PREFIX = "muster deploy "  # of the descriptions of the backups that deploys make
KEPT = 3


@dataclass(frozen=True)
class Backup:
    """A backup run as Cloud SQL lists it."""

    id: str
    description: str
    successful: bool
    ended: bool
    enqueued_at: datetime


def surplus(backups: Iterable[Backup]) -> list[Backup]:
    """The backups that deploys made and no longer need: all but the newest three that succeeded.

    One that is still being taken is left alone, and so is everything while none has succeeded.
    """
    own = [backup for backup in backups if backup.description.startswith(PREFIX) and backup.ended]
    own.sort(key=lambda backup: backup.enqueued_at, reverse=True)
    good = [backup for backup in own if backup.successful]
    failed = [backup for backup in own if not backup.successful]
    return good[KEPT:] + failed if good else []
