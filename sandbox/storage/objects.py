"""The objects of all buckets: which versions there are, which is live. Every change is one transaction."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
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

BEYOND = b"\xff"  # a bound above every name: in SQLite a blob is greater than any text

SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    bucket TEXT, name TEXT, generation INTEGER, live INTEGER, file TEXT, body TEXT,
    PRIMARY KEY (bucket, name, generation)
) WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS live_objects ON objects (bucket, name) WHERE live = 1;
"""


NEWEST = """
SELECT max(generation) FROM (
    SELECT generation FROM objects UNION ALL SELECT generation FROM soft_deleted_objects
)
"""


@dataclass(frozen=True)
class Usage:
    """What lies in a bucket: live objects and their bytes, and versions that are no longer live."""

    objects: int = 0
    bytes: int = 0
    noncurrent: int = 0


class Objects:
    """A table with a row for each version. Nothing here awaits: a condition and its write are one step."""

    def __init__(self, state: State, files: Files, buckets: Buckets, clock: Clock) -> None:
        self._state = state
        self._buckets = buckets
        self._connection = state.connection
        self._files = files
        self._clock = clock
        self.soft_deleted = SoftDeleted(state, clock)
        self._connection.executescript(SCHEMA)
        self._newest: int = self._connection.execute(NEWEST).fetchone()[0] or 0

    def live(self, bucket: str, name: str) -> Object | None:
        row = self._connection.execute(
            "SELECT body FROM objects WHERE live = 1 AND bucket = ? AND name = ?", (bucket, name)
        ).fetchone()
        return Object.of(json.loads(row[0])) if row else None

    def find(self, bucket: str, name: str, generation: int | None = None) -> Object:
        """That generation, by default the live one; 404 when there is none."""
        if generation is None:
            found = self.live(bucket, name)
        else:
            row = self._connection.execute(
                "SELECT body FROM objects WHERE bucket = ? AND name = ? AND generation = ?",
                (bucket, name, generation),
            ).fetchone()
            found = Object.of(json.loads(row[0])) if row else None
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
            old = self.live(to.bucket, to.name)
            to.conditions.check(old)
            file = self._displace(old, home, at) if old else None
            generation = max(int(at.timestamp() * 1e6), self._newest + 1)
            stamp = stamp_ms(at)
            made = Object(to.bucket, to.name, generation, 1, stamp, stamp, content, fields)
            self._put(made)
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
        self._put(changed)
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
        self._put(changed)
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

    def newer(self, found: Object) -> int:
        """How many newer versions there are of its name."""
        row = self._connection.execute(
            "SELECT count(*) FROM objects WHERE bucket = ? AND name = ? AND generation > ?",
            (found.bucket, found.name, found.generation),
        ).fetchone()
        return int(row[0])

    def is_empty(self, bucket: str) -> bool:
        row = self._connection.execute("SELECT 1 FROM objects WHERE bucket = ? LIMIT 1", (bucket,)).fetchone()
        return row is None

    def live_from(self, bucket: str, name: str, end: str | bytes) -> Iterator[Object]:
        """The live versions with names in [name, end), in the order of names; read as they are asked for."""
        return self._read("live = 1 AND bucket = ? AND name >= ? AND name < ?", (bucket, name, end))

    def all_from(self, bucket: str, name: str, generation: int, end: str | bytes) -> Iterator[Object]:
        """All versions from that one on, with names before the end, oldest first under each name."""
        where = "bucket = ? AND (name, generation) >= (?, ?) AND name < ?"
        return self._read(where, (bucket, name, generation, end))

    def soft_deleted_from(
        self, bucket: str, name: str, generation: int, end: str | bytes
    ) -> Iterator[Object]:
        """Those deleted not long ago, from that one on, with names before the end."""
        return self.soft_deleted.rows_from(self._buckets.find(bucket), name, generation, end)

    def usage(self) -> dict[str, Usage]:
        """What lies in each bucket that is not empty."""
        rows = self._connection.execute(
            "SELECT bucket, sum(live), sum(live * json_extract(body, '$.content.size')), sum(1 - live) "
            "FROM objects GROUP BY bucket"
        )
        return {bucket: Usage(*counts) for bucket, *counts in rows}

    def files(self) -> set[str]:
        live = {file for (file,) in self._connection.execute("SELECT file FROM objects")}
        return live | self.soft_deleted.files()

    def _read(self, where: str, values: tuple[str | bytes | int, ...]) -> Iterator[Object]:
        rows = self._connection.execute(
            f"SELECT body FROM objects WHERE {where} ORDER BY name, generation",  # noqa: S608 - words of ours
            values,
        )
        return (Object.of(json.loads(body)) for (body,) in rows)

    def _displace(self, found: Object, home: Bucket, at: datetime) -> str | None:
        """Let the live version go; its file, if nothing names that any more."""
        protection.check(found, home, at, archived=home.versioned)
        if not home.versioned:
            return self._remove(found, home)
        self._put(replace(found, deleted=stamp_ms(at)))
        return None

    def _remove(self, found: Object, home: Bucket) -> str | None:
        """Remove a version, unless for a while; its file, if nothing names that any more."""
        self._connection.execute(
            "DELETE FROM objects WHERE bucket = ? AND name = ? AND generation = ?",
            (found.bucket, found.name, found.generation),
        )
        if not home.soft_delete:
            return found.content.file
        self.soft_deleted.put(home, found)
        return None

    def _discard(self, file: str | None) -> None:
        if file:
            self._files.discard(file)

    def _put(self, made: Object) -> None:
        self._connection.execute(
            "INSERT INTO objects VALUES (?, ?, ?, ?, ?, ?) "
            "ON CONFLICT DO UPDATE SET live = excluded.live, body = excluded.body",
            (
                made.bucket,
                made.name,
                made.generation,
                int(made.deleted is None),
                made.content.file,
                json.dumps(made.document()),
            ),
        )
