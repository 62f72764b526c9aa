"""Whether a database can be brought back to an instant by its recovery window."""

from datetime import datetime, timedelta
from enum import StrEnum

from domain.recovery_set import Window

TICK = timedelta(seconds=1)  # a window begins just after its first backup's end
DAY = timedelta(days=1)  # between two of Cloud SQL's own backups: by so much a window may begin later


class Cover(StrEnum):
    """What a window is to an instant."""

    COVERED = "covered"
    NOT_YET = "not yet"  # the log that is archived does not reach it
    OUTLIVED = "outlived"  # the log of then is no longer kept, as it should be
    MISSING = "missing"  # the log of then should be there, and is not


def cover(
    window: Window | None, at: datetime, log_kept: timedelta, backup_ended_at: datetime | None = None
) -> Cover:
    """Judged by the window's own end, so that nobody's clock matters.

    A window may begin with the set's own backup, where that was the instance's first: the backup is what is
    restored then, and all after it is in the log. The oldest backup kept may be a day younger than the oldest
    log.
    """
    if window is None or window.latest_at < at:
        return Cover.NOT_YET
    if window.earliest_at <= (max(at, backup_ended_at + TICK) if backup_ended_at else at):
        return Cover.COVERED
    surely = window.latest_at - log_kept + min(DAY, log_kept / 2)
    return Cover.OUTLIVED if at < surely else Cover.MISSING
