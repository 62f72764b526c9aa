"""The instants of a recovery, from its record."""

from datetime import datetime, timedelta

from domain.recovery_record import RecoveryRecord
from domain.timeline import Moment, Timeline

BEAT = timedelta(seconds=1)  # from one beat of the heartbeat to the next


def timeline_of(record: RecoveryRecord, checked_at: datetime | None = None) -> Timeline:
    """What is known of T0 to T8; what was not seen is absent. A recovery begins with its fence."""
    seen = {
        Moment.LAST_GOOD: record.good_at,
        Moment.DETECTED: record.detected_at,
        Moment.DECLARED: record.begun_at,
        Moment.FENCED: record.fenced_at,
        Moment.BEGUN: record.fenced_at,
        Moment.WRITABLE: record.restored_at,
        Moment.REPOINTED: record.repointed_at,
        Moment.SERVED: record.served_at,
        Moment.CHECKED: checked_at,
    }
    return Timeline({moment: at for moment, at in seen.items() if at})


def loss_at(fenced_at: datetime, acknowledged_at: datetime | None) -> datetime:
    """When the loss was, where nobody says: before the next beat would have been acknowledged, and no later
    than the fence, which ends all writes."""
    return min(fenced_at, acknowledged_at + BEAT) if acknowledged_at else fenced_at
