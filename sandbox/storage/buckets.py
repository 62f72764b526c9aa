"""The project's buckets."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from sandbox.kernel.clock import Clock, stamp_ms
from sandbox.kernel.state import Document, State
from sandbox.storage import access, fields, lifecycle, retention_policy, soft_delete
from sandbox.storage.bucket import Bucket, check_name
from sandbox.storage.conditions import Conditions
from sandbox.storage.errors import bucket_exists, bucket_not_empty, invalid, no_bucket, required

DEFAULTS: Document = {"location": "US", "storageClass": "STANDARD"}
Change = Callable[[Document], Document]


class Buckets:
    """Kept with everything else the sandbox remembers: there are few."""

    def __init__(self, state: State, clock: Clock) -> None:
        self._kept = state.collection("storage.bucket")
        self._deleted = state.collection("storage.bucket.soft_deleted")
        self._clock = clock

    def insert(self, resource: Document, *, retains_objects: bool = False) -> Bucket:
        """Make a bucket; 409 when there is one of that name."""
        if not resource.get("name"):
            raise required("Required")
        name = check_name(resource["name"])
        if self._kept.get(name):
            raise bucket_exists()
        at = self._clock.now()
        made = fields.merged(DEFAULTS, fields.settable(resource, fields.BUCKET))
        made["location"] = made["location"].upper()
        if retains_objects:
            made["objectRetention"] = {"mode": "Enabled"}
        retention = retention_policy.first(resource.get("retentionPolicy"), name, stamp_ms(at))
        others = {key: resource.get(key) for key in fields.POLICIES if key != "retentionPolicy"}
        made = _with_policies({**made, "retentionPolicy": retention}, others, name, at)
        stamp = stamp_ms(at)
        return self._put(Bucket(name, int(at.timestamp() * 1e6), 1, stamp, stamp, made))

    def get(self, name: str) -> Bucket | None:
        document = self._kept.get(name)
        return Bucket.of(document) if document else None

    def find(self, name: str) -> Bucket:
        """The one of that name; 404 when there is none."""
        bucket = self.get(name)
        if bucket is None:
            raise no_bucket()
        return bucket

    def find_soft_deleted(self, name: str, generation: int | None) -> Bucket:
        """One that was deleted not long ago; 404 when it is gone for good, 400 without a generation."""
        if generation is None:
            raise required("You must specify a generation.")
        for bucket in self.soft_deleted(name):
            if (bucket.name, bucket.generation) == (name, generation):
                return bucket
        raise no_bucket()

    def soft_deleted(self, prefix: str = "") -> list[Bucket]:
        """Those deleted not long ago, by name and generation."""
        at = self._clock.stamp_ms()
        found = [Bucket.of(document) for document in self._deleted.list(prefix)]
        return [bucket for bucket in found if (bucket.due or "") > at]

    def list(self, prefix: str = "") -> list[Bucket]:
        return [Bucket.of(document) for document in self._kept.list(prefix)]

    def patch(self, name: str, patch: Document, conditions: Conditions) -> Bucket:
        """Change the fields named, remove those that are null. Without any, nothing changes."""
        if not patch:
            found = self.find(name)
            conditions.check(found)
            return found
        asked = {key: patch[key] for key in fields.POLICIES if key in patch}
        plain = {key: value for key, value in patch.items() if key not in fields.POLICIES}
        return self._change(name, lambda old: fields.merged(old, plain), patch, asked, conditions)

    def update(self, name: str, resource: Document, conditions: Conditions) -> Bucket:
        """Set all fields: what is not named goes back to what it is by default."""
        asked = {key: resource.get(key) for key in fields.POLICIES}
        return self._change(name, lambda _: resource, resource, asked, conditions)

    def lock(self, name: str, conditions: Conditions) -> Bucket:
        """Lock its retention policy, for ever; 400 unless there is one to lock."""
        found = self.find(name)
        if conditions.metageneration_match is None:
            raise required("Required parameter: ifMetagenerationMatch")
        policy = found.fields.get("retentionPolicy")
        retention_policy.check_lockable(policy, name)
        conditions.check(found)
        return self._touch(found, {**found.fields, "retentionPolicy": {**(policy or {}), "isLocked": True}})

    def _change(
        self, name: str, change: Change, asked: Document, policies: Document, conditions: Conditions
    ) -> Bucket:
        found = self.find(name)
        conditions.check(found)
        if str(asked.get("location") or found.location).upper() != found.location:
            raise invalid(f"The location of a bucket cannot be changed: {name} is in {found.location}.")
        changed = fields.merged({}, fields.settable(change(found.fields), fields.BUCKET))
        kept = {
            key: value for key, value in found.fields.items() if key in {*fields.POLICIES, "objectRetention"}
        }
        made = {**DEFAULTS, **changed, "location": found.location, **kept}
        return self._touch(found, _with_policies(made, policies, name, self._clock.now()))

    def _touch(self, found: Bucket, made: Document) -> Bucket:
        """The bucket with other fields."""
        metageneration, updated = found.metageneration + 1, self._clock.stamp_ms()
        return self._put(replace(found, metageneration=metageneration, updated=updated, fields=made))

    def delete(
        self, name: str, conditions: Conditions, *, is_empty: bool, last_due: str | None = None
    ) -> None:
        """409 while there is an object in it, even a noncurrent version of one.

        It can be restored as long as its soft delete policy says, and as any of its objects could be, of
        which the last goes for good at `last_due`.
        """
        found = self.find(name)
        conditions.check(found)
        if not is_empty:
            raise bucket_not_empty()
        at = self._clock.now()
        due = max(stamp_ms(at + found.soft_delete), last_due or "")
        self._kept.delete(name)
        if due > stamp_ms(at):
            gone = replace(found, soft_deleted=stamp_ms(at), due=due)
            self._deleted.put(found.id, gone.document())

    def restore(self, name: str, generation: int | None) -> Bucket:
        """Bring back one that was deleted; 409 while there is another one of its name."""
        found = self.find_soft_deleted(name, generation)
        if self._kept.get(name):
            raise bucket_exists()
        self._deleted.delete(found.id)
        back = replace(found, soft_deleted=None, due=None, metageneration=found.metageneration + 1)
        return self._put(replace(back, updated=self._clock.stamp_ms()))

    def remove_due(self, at: datetime) -> None:
        """Forget those whose time has come."""
        for document in self._deleted.list():
            bucket = Bucket.of(document)
            if (bucket.due or "") <= stamp_ms(at):
                self._deleted.delete(bucket.id)

    def _put(self, bucket: Bucket) -> Bucket:
        self._kept.put(bucket.name, bucket.document())
        return bucket


def _with_policies(made: Document, asked: Document, name: str, at: datetime) -> Document:
    """The fields with the policies as they are then; those that are not there leave no trace."""
    become: dict[str, Callable[[Document | None, object], Document | None]] = {
        "iamConfiguration": lambda old, new: access.changed(old, new, at),
        "lifecycle": lifecycle.changed,
        "retentionPolicy": lambda old, new: retention_policy.changed(old, new, name, stamp_ms(at)),
        "softDeletePolicy": lambda old, new: soft_delete.changed(old, new, stamp_ms(at)),
    }
    changed = {key: become[key](made.get(key), value) for key, value in asked.items()}
    return {key: value for key, value in {**made, **changed}.items() if value is not None}
