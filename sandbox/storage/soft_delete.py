"""A bucket's soft delete policy (https://cloud.google.com/storage/docs/soft-delete)."""

from typing import Any

from sandbox.kernel.state import Document
from sandbox.storage.conditions import number
from sandbox.storage.errors import invalid, unsupported

DAY = 86400
USUAL = 7 * DAY  # seconds
LONGEST = 90 * DAY


def changed(old: Document | None, asked: Any, at: str) -> Document:
    """The policy that the bucket has then. Null puts the usual one back; 0 seconds turn it off."""
    if asked is None:
        return _policy(USUAL, at)
    if asked.get("hardDeletePause"):
        raise unsupported("hardDeletePause")
    seconds = number(asked, "retentionDurationSeconds")
    if seconds is None:
        return old or _policy(0, at)
    if seconds and not USUAL <= seconds <= LONGEST:
        raise invalid("Soft delete policy must have a retention duration between 7 days and 90 days.")
    if old and seconds == int(old["retentionDurationSeconds"]):
        return old
    return _policy(seconds, at)


def _policy(seconds: int, at: str) -> Document:
    return {"retentionDurationSeconds": str(seconds), **({"effectiveTime": at} if seconds else {})}
