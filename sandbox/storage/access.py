"""Who may do what, as far as a bucket tells: nobody is asked who they are, but ACLs can be ruled out.

https://cloud.google.com/storage/docs/uniform-bucket-level-access
"""

from datetime import datetime, timedelta
from typing import Any

from sandbox.kernel.clock import instant, stamp_ms
from sandbox.kernel.errors import ReasonError
from sandbox.kernel.state import Document
from sandbox.storage.errors import invalid
from sandbox.storage.fields import merged

REVOCABLE = timedelta(days=90)  # for which uniform access can be turned off again
USUAL: Document = {
    "bucketPolicyOnly": {"enabled": False},
    "uniformBucketLevelAccess": {"enabled": False},
    "publicAccessPrevention": "inherited",
}
OLDER = "bucketPolicyOnly"  # what uniform access was once called; both names tell the same
READ_MORE = "Read more at https://cloud.google.com/storage/docs/uniform-bucket-level-access"


def changed(old: Document | None, asked: Any, at: datetime) -> Document:
    """The bucket's iamConfiguration then. 400 to turn uniform access off once its `lockedTime` has passed.

    The text of that refusal was not seen on the wire.
    """
    asked = asked or {}
    uniform = asked.get("uniformBucketLevelAccess") or asked.get(OLDER) or {}
    was = (old or USUAL)["uniformBucketLevelAccess"]
    enabled = bool(uniform.get("enabled", was["enabled"]))
    locked = was.get("lockedTime")
    if locked and not enabled and at >= instant(locked):
        raise invalid(f"Uniform bucket-level access can no longer be disabled: {locked} has passed.")
    now = was if enabled == was["enabled"] else _uniform(enabled=enabled, at=at)
    return {**merged(old or USUAL, asked), "uniformBucketLevelAccess": now, OLDER: now}


def is_uniform(fields: Document) -> bool:
    """Whether a bucket of these fields rules ACLs out."""
    return bool(fields["iamConfiguration"]["uniformBucketLevelAccess"]["enabled"])


def no_acls(verb: str) -> ReasonError:
    """What answers a call that brings an ACL into a bucket with uniform access."""
    what = (
        "Cannot insert legacy ACL for an object"
        if verb == "insert"
        else "Cannot use ACL API to update bucket policy"
    )
    return invalid(f"{what} when uniform bucket-level access is enabled. {READ_MORE}")


def _uniform(*, enabled: bool, at: datetime) -> Document:
    return {"enabled": enabled, **({"lockedTime": stamp_ms(at + REVOCABLE)} if enabled else {})}
