"""The window of instants to which an instance can be recovered, and the backup from which."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.kernel.clock import instant
from sandbox.kernel.state import Document
from sandbox.sql.backups import usable

MILLISECOND = timedelta(milliseconds=1)  # what instants on the wire are cut to


@dataclass(frozen=True)
class RecoveryWindow:
    """From the end of the earliest backup beside the log, as far as retention goes, to the log's own end."""

    earliest: datetime
    latest: datetime


def window(
    record: Document, backups: Sequence[Document], latest: datetime | None, now: datetime
) -> RecoveryWindow | None:
    """The window, or None while there is none: no backup yet, or nothing archived after it."""
    found = _beside(record, backups)
    if not found or latest is None:
        return None
    days = record["settings"]["backupConfiguration"]["transactionLogRetentionDays"]
    earliest = max(_recoverable_from(found[0]), now - timedelta(days=days))
    return RecoveryWindow(earliest, latest) if earliest <= latest else None


def base(record: Document, backups: Sequence[Document], at: datetime) -> Document | None:
    """The backup to recover to that instant from: the newest that had ended by then."""
    before = [one for one in _beside(record, backups) if _recoverable_from(one) <= at]
    return before[-1] if before else None


def first(record: Document, backups: Sequence[Document], now: datetime, days: int) -> Document | None:
    """The backup that the earliest recovery begins from; logs before it serve nothing."""
    found = _beside(record, backups)
    return base(record, found, now - timedelta(days=days)) or (found[0] if found else None)


def _beside(record: Document, backups: Sequence[Document]) -> list[Document]:
    """Those that the present log continues, oldest first."""
    found = [one for one in backups if one["log"] and one["log"] == record["log"] and usable(one)]
    return sorted(found, key=_recoverable_from)


def _recoverable_from(backup: Document) -> datetime:
    return instant(backup["body"]["endTime"]) + MILLISECOND
