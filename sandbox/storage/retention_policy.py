"""A bucket's retention policy and its lock (https://cloud.google.com/storage/docs/bucket-lock).

Texts, and what changes nothing, as the service was seen to answer in September 2026.
"""

from typing import Any

from sandbox.kernel.errors import ReasonError
from sandbox.kernel.state import Document
from sandbox.storage.conditions import number
from sandbox.storage.errors import invalid

LONGEST = 3_155_760_000  # seconds: 100 years


def changed(old: Document | None, asked: Any, bucket: str, at: str) -> Document | None:
    """The policy that the bucket has then, or None; 403 for what would weaken a locked one.

    Null removes it; a period sets it. Without one nothing changes: `isLocked` and `effectiveTime` are not
    the caller's to set.
    """
    locked = bool(old and old.get("isLocked"))
    if asked is None:
        if locked:
            text = f"Bucket '{bucket}' has a locked Retention Policy which cannot be removed."
            raise ReasonError(403, "retentionPolicyNotMet", text)
        return None
    period = number(asked, "retentionPeriod")
    if period is None:
        return old
    if not 1 <= period <= LONGEST:
        raise invalid("Retention policy must have a retention period greater than 0 and less than 100 years.")
    if old and locked and period < int(old["retentionPeriod"]):
        text = f"Cannot reduce retention duration of a locked Retention Policy for bucket '{bucket}'."
        raise ReasonError(403, "forbidden", text)
    return {"effectiveTime": at, **(old or {}), "retentionPeriod": str(period)}


def first(asked: Any, bucket: str, at: str) -> Document | None:
    """That of a new bucket, which cannot be made locked."""
    if isinstance(asked, dict) and asked.get("isLocked"):
        text = f"Retention Policy should not set/unset lock at insertion time for bucket '{bucket}'."
        raise invalid(text)
    return changed(None, asked, bucket, at)


def check_lockable(policy: Document | None, bucket: str) -> None:
    """400 unless there is one to lock; a second lock is refused like that, too."""
    if not policy or policy.get("isLocked"):
        raise invalid(f"Bucket '{bucket}' does not have an unlocked retention policy.")
