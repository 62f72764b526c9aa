"""The objects of all buckets, as they are made, changed and deleted. Every change is one transaction."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from sandbox.kernel.clock import Clock, stamp_ms
from sandbox.kernel.state import Document, State
from sandbox.storage import object_retention, protection
from sandbox.storage.bucket import Bucket
from sandbox.storage.buckets import Buckets
from sandbox.storage.errors import no_object, required
from sandbox.storage.files import Files
from sandbox.storage.object import Content, Destination, Object
from sandbox.storage.soft_deleted import SoftDeleted
from sandbox.storage.versions import Versions


class Objects:
    """What may be done to which version, and what comes of it. Nothing here awaits: a condition and its write
    are one step."""

    def __init__(self, state: State, files: Files, buckets: Buckets, clock: Clock) -> None:
        self._state = state
        self._buckets = buckets
        self._files = files
        self._clock = clock
        self.versions = Versions(state)
        self.soft_deleted = SoftDeleted(state, clock)
        self._newest = max(self.versions.newest(), self.soft_deleted.newest())

    def find(self, bucket: str, name: str, generation: int | None = None) -> Object:
        """That generation, by default the live one; 404 when there is none."""
        if generation is None:
            found = self.versions.live(bucket, name)
        else:
            found = self.versions.find(bucket, name, generation)
        if found is None:
            raise no_object(bucket, name)
        return found

    def find_soft_deleted(self, bucket: str, name: str, generation: int | None) -> Object:
        """That generation, deleted not long ago; 404 when it is gone for good, 400 without a generation."""
        if generation is None:
            raise required("You must specify a generation.")
        found = self.soft_deleted.find(self._buckets.find(bucket), name, generation)
        if found is None:
            raise no_object(bucket, name)
        return found

    def resource(self, found: Object, origin: str) -> Document:
        """The API's Object. When its retention ends depends on what its bucket's policy is just now."""
        until = protection.retained_until(found, self._buckets.find(found.bucket))
        return found.resource(origin, None if found.soft_deleted else until)

    def insert(
        self, to: Destination, content: Content, also: Callable[[Object], None] | None = None
    ) -> Object:
        """Make it the live version if the conditions hold, together with what is `also` to be kept.

        Its bytes must be on disk by now. 403 while the version that it would take the place of is kept.
        """
        home = self._buckets.find(to.bucket)
        fields = {"storageClass": home.storage_class, **to.fields}
        if home.holds_by_default and "eventBasedHold" not in fields and "retention" not in fields:
            fields["eventBasedHold"] = True
        at = self._clock.now()
        with self._state.transaction():
            old = self.versions.live(to.bucket, to.name)
            to.conditions.check(old)
            file = self._displace(old, home, at) if old else None
            generation = max(int(at.timestamp() * 1e6), self._newest + 1)
            stamp = stamp_ms(at)
            made = Object(to.bucket, to.name, generation, 1, stamp, stamp, content, fields)
            self.versions.put(made)
            if also:
                also(made)
        self._newest = generation
        self._discard(file)
        return made

    def change(self, found: Object, fields: Document) -> Object:
        """Give a version other fields; its bytes and generation stay. 400 for a hold beside a retention."""
        object_retention.check_with_hold(fields)
        changed = replace(
            found, fields=fields, metageneration=found.metageneration + 1, updated=self._clock.stamp_ms()
        )
        if found.fields.get("eventBasedHold") and not fields.get("eventBasedHold"):
            changed = replace(changed, retained_from=changed.updated)
        self.versions.put(changed)
        return changed

    def retention(self, found: Object, asked: Any, *, override: bool) -> Document | None:
        """The retention that it has then, if that is asked for; 403 for what its present one forbids."""
        return object_retention.changed(
            found.fields.get("retention"),
            asked,
            enabled=self._buckets.find(found.bucket).retains_objects,
            override=override,
            at=self._clock.now(),
        )

    def reclass(self, found: Object, storage_class: str) -> Object:
        """Give it another storage class, as a lifecycle rule does."""
        changed = self.change(found, {**found.fields, "storageClass": storage_class})
        changed = replace(changed, reclassed=changed.updated)
        self.versions.put(changed)
        return changed

    def delete(self, found: Object) -> None:
        """Remove it; in a versioned bucket it becomes a noncurrent version. 403 while it is kept."""
        with self._state.transaction():
            file = self._displace(found, self._buckets.find(found.bucket), self._clock.now())
        self._discard(file)

    def erase(self, found: Object) -> None:
        """Remove this very version. 403 while it is kept."""
        home = self._buckets.find(found.bucket)
        protection.check(found, home, self._clock.now(), archived=False)
        with self._state.transaction():
            file = self._remove(found, home)
        self._discard(file)

    def remove_due(self, at: datetime) -> int:
        """Remove for good what was deleted long enough ago; how many versions."""
        files = self.soft_deleted.remove_due(at)
        for file in files:
            self._files.discard(file)
        return len(files)

    def soft_deleted_from(
        self, bucket: str, name: str, generation: int, end: str | bytes
    ) -> Iterator[Object]:
        """Those deleted not long ago, from that one on, with names before the end."""
        return self.soft_deleted.rows_from(self._buckets.find(bucket), name, generation, end)

    def files(self) -> set[str]:
        """Of all versions, deleted ones among them."""
        return self.versions.files() | self.soft_deleted.files()

    def _displace(self, found: Object, home: Bucket, at: datetime) -> str | None:
        """Let the live version go; its file, if nothing names that any more."""
        protection.check(found, home, at, archived=home.versioned)
        if not home.versioned:
            return self._remove(found, home)
        self.versions.put(replace(found, deleted=stamp_ms(at)))
        return None

    def _remove(self, found: Object, home: Bucket) -> str | None:
        """Remove a version, unless for a while; its file, if nothing names that any more."""
        self.versions.remove(found)
        if not home.soft_delete:
            return found.content.file
        self.soft_deleted.put(home, found)
        return None

    def _discard(self, file: str | None) -> None:
        if file:
            self._files.discard(file)
