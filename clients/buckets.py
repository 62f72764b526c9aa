"""What a bucket is like: where it lies, and how it keeps what is in it."""

from dataclasses import dataclass
from typing import Any

from clients.environment import Environment
from clients.errors import NotFound
from clients.patience import patient
from clients.storage_rest import ask, bucket_address

FIELDS = "name,location,versioning,iamConfiguration,retentionPolicy,defaultEventBasedHold,softDeletePolicy"


@dataclass(frozen=True)
class Bucket:
    """`location` in lower case, such as europe-west1, or eu for a multi-region."""

    name: str
    location: str
    versioned: bool
    uniform: bool  # access is by the bucket alone, not object by object
    keeps: bool  # by a retention policy, or a hold on each new object
    soft_deletes: bool


@patient
def read_bucket(env: Environment, name: str) -> Bucket | None:
    """None when there is none of that name."""
    try:
        answer = ask(
            env, "GET", bucket_address(env, name), f"gs://{name}: looking at it", params={"fields": FIELDS}
        )
    except NotFound:
        return None
    return _bucket(answer.json())


def _bucket(found: dict[str, Any]) -> Bucket:
    return Bucket(
        name=found["name"],
        location=found["location"].lower(),
        versioned=bool(found.get("versioning", {}).get("enabled")),
        uniform=bool(found.get("iamConfiguration", {}).get("uniformBucketLevelAccess", {}).get("enabled")),
        keeps=bool(found.get("retentionPolicy") or found.get("defaultEventBasedHold")),
        soft_deletes=int(found.get("softDeletePolicy", {}).get("retentionDurationSeconds", 0)) > 0,
    )
