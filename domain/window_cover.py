"""Whether a database can be brought back to an instant by its recovery window."""

from datetime import datetime, timedelta
from enum import StrEnum

from domain.recovery_set import Window

DAY = timedelta(days=1)  # between two of Cloud SQL's own backups: by so much a window may begin later


class Cover(StrEnum):
    """What a window is to an instant."""

    COVERED = "covered"
    NOT_YET = "not yet"  # the log that is archived does not reach it
    OUTLIVED = "outlived"  # the log of then is no longer kept, as it should be
    MISSING = "missing"  # the log of then should be there, and is not


def cover(window: Window | None, at: datetime, log_kept: timedelta) -> Cover:
    """Judged by the window's own end, so that nobody's clock matters.

    A window begins with a backup, and the oldest one kept may be a day younger than the oldest log.
    """
    if window is None or window.latest_at < at:
        return Cover.NOT_YET
    if window.earliest_at <= at:
        return Cover.COVERED
    surely = window.latest_at - log_kept + min(DAY, log_kept / 2)
    return Cover.OUTLIVED if at < surely else Cover.MISSING
