"""What keeps an object from going: holds, its bucket's retention policy, its own retention.

As the service was seen to answer in September 2026: a precondition is checked first; of a version that is to
become noncurrent only holds are asked; metadata may be changed throughout.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from sandbox.kernel.clock import instant
from sandbox.kernel.errors import ReasonError
from sandbox.storage.bucket import Bucket
from sandbox.storage.object import Object

HOLDS = {"temporaryHold": "Temporary", "eventBasedHold": "Event-Based"}
GOOGLES = ZoneInfo("America/Los_Angeles")  # the zone in which the refusal tells the instant


def retained_until(found: Object, bucket: Bucket) -> datetime | None:
    """When its retention ends; None where none applies, or an event-based hold defers the bucket's."""
    own = found.fields.get("retention")
    ends = [instant(own["retainUntilTime"])] if own else []
    if bucket.retention and not found.fields.get("eventBasedHold"):
        ends.append(instant(found.retained_from or found.created) + bucket.retention)
    return max(ends, default=None)


def check(found: Object, bucket: Bucket, at: datetime, *, archived: bool) -> None:
    """403 unless it may go at that instant: for good, or (`archived`) to become a noncurrent version."""
    what = f"Object '{found.bucket}/{found.name}'"
    for field, kind in HOLDS.items():
        if found.fields.get(field):
            text = (
                f"{what} is under active {kind} hold and cannot be deleted, overwritten or archived "
                "until hold is removed."
            )
            raise ReasonError(403, "forbidden", text)
    until = retained_until(found, bucket)
    if until and at < until and not archived:
        told = until.astimezone(GOOGLES).isoformat(timespec="microseconds")
        text = (
            f"{what} is subject to bucket's retention policy or object retention and cannot be deleted or "
            f"overwritten until {told}"
        )
        raise ReasonError(403, "retentionPolicyNotMet", text)
