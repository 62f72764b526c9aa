"""The project's buckets."""

from collections.abc import Callable
from dataclasses import replace

from sandbox.kernel.clock import now, stamp_ms
from sandbox.kernel.state import Document, State
from sandbox.storage import fields
from sandbox.storage.bucket import Bucket, check_name
from sandbox.storage.conditions import Conditions
from sandbox.storage.errors import bucket_exists, bucket_not_empty, invalid, no_bucket, required

DEFAULTS: Document = {
    "location": "US",
    "storageClass": "STANDARD",
    "iamConfiguration": {
        "uniformBucketLevelAccess": {"enabled": False},
        "publicAccessPrevention": "inherited",
    },
}


class Buckets:
    """Kept with everything else the sandbox remembers: there are few."""

    def __init__(self, state: State) -> None:
        self._kept = state.collection("storage.bucket")

    def insert(self, resource: Document) -> Bucket:
        """Make a bucket; 409 when there is one of that name."""
        if not resource.get("name"):
            raise required("Required")
        name = check_name(resource["name"])
        if self._kept.get(name):
            raise bucket_exists()
        at = now()
        made = fields.merged(DEFAULTS, fields.settable(resource, fields.BUCKET))
        made["location"] = made["location"].upper()
        stamp = stamp_ms(at)
        return self._put(Bucket(name, int(at.timestamp() * 1e6), 1, stamp, stamp, made))

    def find(self, name: str) -> Bucket:
        document = self._kept.get(name)
        if document is None:
            raise no_bucket()
        return Bucket.of(document)

    def list(self, prefix: str) -> list[Bucket]:
        return [Bucket.of(document) for document in self._kept.list(prefix)]

    def patch(self, name: str, patch: Document, conditions: Conditions) -> Bucket:
        """Change the fields named, remove those that are null."""
        return self._change(name, lambda old: fields.merged(old, patch), patch, conditions)

    def update(self, name: str, resource: Document, conditions: Conditions) -> Bucket:
        """Set all fields: what is not named goes back to what it is by default."""
        return self._change(name, lambda _: fields.merged(DEFAULTS, resource), resource, conditions)

    def _change(
        self, name: str, change: Callable[[Document], Document], asked: Document, conditions: Conditions
    ) -> Bucket:
        found = self.find(name)
        conditions.check(found)
        location = found.fields["location"]
        if str(asked.get("location") or location).upper() != location:
            raise invalid(f"The location of a bucket cannot be changed: {name} is in {location}.")
        changed = fields.settable(change(found.fields), fields.BUCKET)
        return self._put(
            replace(
                found,
                metageneration=found.metageneration + 1,
                updated=stamp_ms(),
                fields={**DEFAULTS, **changed, "location": location},
            )
        )

    def delete(self, name: str, conditions: Conditions, *, is_empty: bool) -> None:
        """409 while there is an object in it, even a noncurrent version of one."""
        conditions.check(self.find(name))
        if not is_empty:
            raise bucket_not_empty()
        self._kept.delete(name)

    def _put(self, bucket: Bucket) -> Bucket:
        self._kept.put(bucket.name, bucket.document())
        return bucket
